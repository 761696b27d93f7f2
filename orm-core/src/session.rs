//! What generated CRUD and queries run against: the trait that a tracking session and an untracking engine share.

mod ends;
mod query;
mod selection;
mod source;
mod subquery;

use std::panic::Location;

use crate::any_engine::AnyEngine;
use crate::definition::{AnyModel, Row as RowView};
use crate::engine::{Next, RowSink, Sql};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::key::{IntoKey, KeyValues};
use crate::model::Model;
use crate::node::Output;
use crate::owned;
use crate::render;
use crate::unit::{Request, UnitOfWork};
use crate::value::{Value, ValueRef};

pub use ends::Shape;
pub use query::{Detached, Picked, Query, Tuples, Unselected, Whole, query, query_from};
pub use selection::{Cells, Selected, Selection, Single, Tabular};
pub use source::{Derived, DerivedColumns, OptionalRows, Rows, Source, alias};
pub use subquery::{OneColumn, Table, ValueRow, values};

/// Where queries run, and what a row becomes. [`UnitOfWork`] tracks and gives handles; [`AnyEngine`] gives the objects
/// themselves. Sealed by its hidden methods: implemented here only.
///
/// ```
/// # use orm_core::{Model, Result, Session};
/// // Tracked or not: the caller decides.
/// async fn everything<T: Model, S: Session>(session: &mut S) -> Result<Vec<S::Row<T>>> {
///     session.query::<T>().all().await
/// }
/// ```
pub trait Session: Send {
    /// What one row of `T` becomes: `Handle<T>` where objects are tracked, `T` where they are not.
    type Row<T: Model>: Send;

    /// The engine behind it.
    fn engine(&self) -> &AnyEngine;

    /// Starts a query.
    fn query<T: Model>(&mut self) -> Query<&mut Self, T>
    where
        Self: Sized,
    {
        Query::new(self)
    }

    /// Starts a query of rows that another query gives: a subquery, a common table expression, a list of values.
    fn query_from<T: Source>(&mut self, rows: &Rows<T>) -> Query<&mut Self, T, T::Natural>
    where
        Self: Sized,
    {
        Query::of(self, rows)
    }

    /// The row with this primary key. See [`Crud::get`].
    #[doc(hidden)]
    fn find<T: Model>(
        &mut self,
        key: KeyValues,
        caller: &'static Location<'static>,
    ) -> impl Future<Output = Result<Option<Self::Row<T>>>> + Send;

    /// Stores a new object. See [`Crud::insert`].
    #[doc(hidden)]
    fn store<T: Model>(
        &mut self,
        object: T,
        caller: &'static Location<'static>,
    ) -> impl Future<Output = Result<Self::Row<T>>> + Send;

    /// Deletes the row with this primary key. See [`Crud::delete`].
    #[doc(hidden)]
    fn remove<T: Model>(
        &mut self,
        key: KeyValues,
        caller: &'static Location<'static>,
    ) -> impl Future<Output = Result<bool>> + Send;

    #[doc(hidden)]
    fn rows<T: Model>(&mut self, request: Request) -> impl Future<Output = Result<Vec<Self::Row<T>>>> + Send;

    #[doc(hidden)]
    fn fetch(
        &mut self,
        request: &Request,
        output: Output,
        sink: &mut dyn RowSink,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Takes an object that a row was read into.
    #[doc(hidden)]
    fn place<T: Model>(&mut self, object: T) -> Result<Self::Row<T>>;

    /// All objects of one query were taken.
    #[doc(hidden)]
    fn end_placing(&mut self);

    #[doc(hidden)]
    fn number(&mut self, request: Request, output: Output) -> impl Future<Output = Result<i64>> + Send {
        async move {
            let mut number = Number(None);
            self.fetch(&request, output, &mut number).await?;
            number.get()
        }
    }
}

impl<S: Session> Session for &mut S {
    type Row<T: Model> = S::Row<T>;

    fn engine(&self) -> &AnyEngine {
        (**self).engine()
    }

    fn find<T: Model>(
        &mut self,
        key: KeyValues,
        caller: &'static Location<'static>,
    ) -> impl Future<Output = Result<Option<S::Row<T>>>> + Send {
        (**self).find(key, caller)
    }

    fn store<T: Model>(
        &mut self,
        object: T,
        caller: &'static Location<'static>,
    ) -> impl Future<Output = Result<S::Row<T>>> + Send {
        (**self).store(object, caller)
    }

    fn remove<T: Model>(
        &mut self,
        key: KeyValues,
        caller: &'static Location<'static>,
    ) -> impl Future<Output = Result<bool>> + Send {
        (**self).remove::<T>(key, caller)
    }

    fn rows<T: Model>(&mut self, request: Request) -> impl Future<Output = Result<Vec<S::Row<T>>>> + Send {
        (**self).rows(request)
    }

    fn fetch(
        &mut self,
        request: &Request,
        output: Output,
        sink: &mut dyn RowSink,
    ) -> impl Future<Output = Result<()>> + Send {
        (**self).fetch(request, output, sink)
    }

    fn place<T: Model>(&mut self, object: T) -> Result<S::Row<T>> {
        (**self).place(object)
    }

    fn end_placing(&mut self) {
        (**self).end_placing();
    }
}

impl Session for UnitOfWork {
    type Row<T: Model> = Handle<T>;

    fn engine(&self) -> &AnyEngine {
        UnitOfWork::engine(self)
    }

    async fn find<T: Model>(
        &mut self,
        key: KeyValues,
        caller: &'static Location<'static>,
    ) -> Result<Option<Handle<T>>> {
        let session = self.session_id();
        let slot = self.get_slot(T::model(), key, caller).await?;
        Ok(slot.map(|slot| Handle::new(slot, session)))
    }

    async fn store<T: Model>(&mut self, object: T, _caller: &'static Location<'static>) -> Result<Handle<T>> {
        Ok(self.add(object))
    }

    async fn remove<T: Model>(&mut self, key: KeyValues, caller: &'static Location<'static>) -> Result<bool> {
        let found: Option<Handle<T>> = self.find(key, caller).await?;
        if let Some(handle) = found {
            self.delete(handle);
        }
        Ok(found.is_some())
    }

    async fn rows<T: Model>(&mut self, request: Request) -> Result<Vec<Handle<T>>> {
        let session = self.session_id();
        let slots = self.select(T::model(), &request).await?;
        let mut handles = Vec::with_capacity(slots.len());
        for slot in slots {
            handles.push(Handle::new(slot, session));
        }
        Ok(handles)
    }

    async fn fetch(&mut self, request: &Request, output: Output, sink: &mut dyn RowSink) -> Result<()> {
        self.select_into(request, output, sink).await
    }

    fn place<T: Model>(&mut self, object: T) -> Result<Handle<T>> {
        let slot = self.place_object(Box::new(object))?;
        Ok(Handle::new(slot, self.session_id()))
    }

    fn end_placing(&mut self) {
        UnitOfWork::end_placing(self);
    }
}

impl Session for AnyEngine {
    type Row<T: Model> = T;

    fn engine(&self) -> &AnyEngine {
        self
    }

    async fn find<T: Model>(
        &mut self,
        key: KeyValues,
        caller: &'static Location<'static>,
    ) -> Result<Option<T>> {
        let mut rows = Owned(Vec::new());
        let sql = self.select_by_key(T::model());
        let bound: smallvec::SmallVec<[ValueRef<'_>; 2]> = key.iter().map(Value::as_ref).collect();
        self.connect(caller).await?.run(&sql, &bound, &mut rows).await?;
        Ok(rows.0.pop())
    }

    async fn store<T: Model>(&mut self, object: T, caller: &'static Location<'static>) -> Result<T> {
        let mut session = self.session();
        let handle = session.add(object);
        session.commit_from(caller).await?;
        session.expunge(handle).ok_or_else(|| Error::not_found(T::model().name))
    }

    async fn remove<T: Model>(&mut self, key: KeyValues, caller: &'static Location<'static>) -> Result<bool> {
        let mut session = self.session();
        let found = Session::remove::<T>(&mut session, key, caller).await?;
        session.commit_from(caller).await?;
        Ok(found)
    }

    async fn rows<T: Model>(&mut self, request: Request) -> Result<Vec<T>> {
        let mut rows: Owned<T> = Owned(Vec::new());
        run(self, &request, Output::Rows, &mut rows).await?;
        if !request.with.is_empty() {
            let mut owners: Vec<&mut dyn AnyModel> = Vec::with_capacity(rows.0.len());
            for row in &mut rows.0 {
                owners.push(row);
            }
            let mut link = self.connect(request.caller).await?;
            owned::load(self, &mut link, T::model(), owners, &request.with).await?;
        }
        Ok(rows.0)
    }

    async fn fetch(&mut self, request: &Request, output: Output, sink: &mut dyn RowSink) -> Result<()> {
        run(self, request, output, sink).await
    }

    fn place<T: Model>(&mut self, object: T) -> Result<T> {
        Ok(object)
    }

    fn end_placing(&mut self) {}
}

async fn run(engine: &AnyEngine, request: &Request, output: Output, sink: &mut dyn RowSink) -> Result<()> {
    let rendered = render::select(&request.select, output, engine.dialect())?;
    let bound: Vec<ValueRef<'_>> = rendered.values.iter().map(Value::as_ref).collect();
    engine.connect(request.caller).await?.run(&Sql::new(rendered.sql), &bound, sink).await?;
    Ok(())
}

/// Rows as objects of their own.
struct Owned<T>(Vec<T>);

impl<T: Model> RowSink for Owned<T> {
    #[inline]
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        self.0.push(T::read(RowView::new(row, T::model()))?);
        Ok(Next::More)
    }

    fn restart(&mut self) {
        self.0.clear();
    }
}

/// The one number that a statement gives.
struct Number(Option<i64>);

impl Number {
    fn get(self) -> Result<i64> {
        self.0.ok_or_else(|| Error::database("rows", "a statement that counts gave no number"))
    }
}

impl RowSink for Number {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        self.0 = match row {
            [ValueRef::Int(number), ..] => Some(*number),
            [ValueRef::Bool(flag), ..] => Some(i64::from(*flag)),
            _ => None,
        };
        Ok(Next::More)
    }

    fn restart(&mut self) {
        self.0 = None;
    }
}

impl AnyEngine {
    /// Starts a query whose rows come back as objects of their own, tracked by nobody.
    pub fn query<T: Model>(&self) -> Query<AnyEngine, T> {
        Query::new(self.clone())
    }

    /// Starts a query of rows that another query gives: a subquery, a common table expression, a list of values.
    pub fn query_from<T: Source>(&self, rows: &Rows<T>) -> Query<AnyEngine, T, T::Natural> {
        Query::of(self.clone(), rows)
    }

    /// The row with this primary key, as an object that nobody tracks: `engine.get::<User>(1)`,
    /// `engine.get::<Line>((7, 1))`.
    #[track_caller]
    pub fn get<T: Model>(
        &self,
        key: impl IntoKey<T::Key>,
    ) -> impl Future<Output = Result<Option<T>>> + Send + '_ {
        let (mut engine, caller) = (self.clone(), Location::caller());
        let mut values = KeyValues::new();
        key.append_to(&mut values);
        async move { engine.find(values, caller).await }
    }

    /// Inserts an object, and what it holds in its relations, in a transaction of its own. Gives the object with what the
    /// database made: `let ann = engine.insert(User { .. }).await?`.
    #[track_caller]
    pub fn insert<T: Model>(&self, object: T) -> impl Future<Output = Result<T>> + Send + '_ {
        let (mut engine, caller) = (self.clone(), Location::caller());
        async move { engine.store(object, caller).await }
    }

    /// Deletes the row with this primary key, and what its relations cascade to, in a transaction of its own; whether there
    /// was one: `engine.delete::<User>(1)`.
    #[track_caller]
    pub fn delete<T: Model>(
        &self,
        key: impl IntoKey<T::Key>,
    ) -> impl Future<Output = Result<bool>> + Send + '_ {
        let (mut engine, caller) = (self.clone(), Location::caller());
        let mut values = KeyValues::new();
        key.append_to(&mut values);
        async move { Session::remove::<T>(&mut engine, values, caller).await }
    }
}

/// Create, read and delete by primary key, for every model, against any [`Session`].
pub trait Crud: Model {
    /// The row with this primary key: `User::get(&mut session, 1)`, `Line::get(&mut session, (7, 1))`.
    #[track_caller]
    fn get<S: Session>(
        session: &mut S,
        key: impl IntoKey<Self::Key>,
    ) -> impl Future<Output = Result<Option<S::Row<Self>>>> + Send {
        let mut values = KeyValues::new();
        key.append_to(&mut values);
        session.find(values, Location::caller())
    }

    /// Stores a new object: a session inserts it at its next flush, an engine at once, in a transaction of its own.
    #[track_caller]
    fn insert<S: Session>(self, session: &mut S) -> impl Future<Output = Result<S::Row<Self>>> + Send {
        session.store(self, Location::caller())
    }

    /// Deletes the row with this primary key, and says whether there was one: a session at its next flush, an engine at
    /// once, in a transaction of its own.
    #[track_caller]
    fn delete<S: Session>(
        session: &mut S,
        key: impl IntoKey<Self::Key>,
    ) -> impl Future<Output = Result<bool>> + Send {
        let mut values = KeyValues::new();
        key.append_to(&mut values);
        session.remove::<Self>(values, Location::caller())
    }
}

impl<T: Model> Crud for T {}
