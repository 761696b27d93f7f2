//! What generated CRUD and queries run against: the trait that a tracking session and an untracking engine share.

mod bulk;
mod cursor;
mod ends;
mod explain;
mod maps;
mod page;
mod projection;
mod query;
mod raw;
mod selection;
mod source;
mod stream;
mod subquery;

use std::panic::Location;

use crate::along::{Along, Prefetched};
use crate::any_engine::AnyEngine;
use crate::definition::{AnyModel, ModelDef, Row as RowView};
use crate::engine::{Done, Next, RowSink, Sql};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::key::{IntoKey, KeyValues};
use crate::model::Model;
use crate::node::{Conflict, Output};
use crate::owned::{self, OwnedAlong};
use crate::render::{self, Rendered};
use crate::unit::{
    self, Errand, Lender, Lent, Populate, Request, Tailed, UnitOfWork, Upserted, WriteRequest,
};
use crate::value::{Value, ValueRef};

pub use bulk::{
    BulkReturning, BulkWrite, InsertColumns, InsertFrom, InsertInto, InsertMany, KeptIn, OnConflict,
    UniqueColumns, Upsert,
};
pub use cursor::Cursor;
pub use ends::{Placed, Shape};
pub use explain::Explanation;
pub use maps::ReadKey;
pub use page::Page;
pub use projection::{
    Composite, FieldKind, FieldOf, Nested, Of, Part, Parts, Projected, ProjectedField, Projection,
    ProjectionDef, RowOf, locate,
};
pub use query::{Detached, Picked, Query, Tuples, Unselected, Whole, query, query_from};
pub use raw::{Bind, RawRows, RawSql, SqlLayout, SqlRow};
pub use selection::{Cells, Selected, Selection, Single, Tabular};
pub use source::{Derived, DerivedColumns, OptionalRows, Rows, Source, alias};
pub use stream::{RowChunks, RowStream};
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

    /// Inserts many rows in few statements, without tracking them. Await it: it gives the rows back, with the keys and
    /// defaults that the database made. Relations are not written: see `add_all` for graphs.
    #[track_caller]
    fn insert_many<T: Model>(&mut self, rows: impl IntoIterator<Item = T>) -> InsertMany<&mut Self, T>
    where
        Self: Sized,
    {
        InsertMany::new(self, rows, Location::caller())
    }

    /// Inserts the rows of a query, which do not leave the database: INSERT .. SELECT.
    #[track_caller]
    fn insert_into<T: Model>(&mut self) -> InsertInto<&mut Self, T>
    where
        Self: Sized,
    {
        InsertInto::new(self, Location::caller())
    }

    /// Starts a statement of the caller's own SQL: see [`RawSql`].
    fn sql<R: SqlRow<Self>>(&mut self, text: impl Into<String>) -> RawSql<&mut Self, R>
    where
        Self: Sized,
    {
        RawSql::new(self, text.into())
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

    #[doc(hidden)]
    fn write(
        &mut self,
        request: &WriteRequest,
        sink: &mut dyn RowSink,
    ) -> impl Future<Output = Result<u64>> + Send;

    #[doc(hidden)]
    fn insert_rows(
        &mut self,
        model: &'static ModelDef,
        rows: Vec<Box<dyn AnyModel>>,
        caller: &'static Location<'static>,
    ) -> impl Future<Output = Result<Vec<Box<dyn AnyModel>>>> + Send;

    #[doc(hidden)]
    fn upsert_rows(
        &mut self,
        model: &'static ModelDef,
        rows: Vec<Box<dyn AnyModel>>,
        conflict: &Conflict,
        caller: &'static Location<'static>,
    ) -> impl Future<Output = Result<Upserted>> + Send;

    /// Runs a further SELECT of a query that ran already.
    #[doc(hidden)]
    fn run(
        &mut self,
        rendered: Rendered,
        sink: &mut dyn RowSink,
        caller: &'static Location<'static>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Takes an object that a row was read into.
    #[doc(hidden)]
    fn place<T: Model>(&mut self, object: T) -> Result<Self::Row<T>>;

    /// The same, with what becomes of an object that is there already.
    #[doc(hidden)]
    fn place_as<T: Model>(&mut self, object: T, populate: Populate) -> Result<Self::Row<T>> {
        let _ = populate;
        self.place(object)
    }

    /// All objects of one query were taken.
    #[doc(hidden)]
    fn end_placing(&mut self);

    /// Flushes, and gives a stream its connection.
    #[doc(hidden)]
    fn lend(&mut self, errand: Errand) -> impl Future<Output = Result<Lent>> + Send;

    /// Runs a statement that no query builder made.
    #[doc(hidden)]
    fn run_sql(
        &mut self,
        errand: Errand,
        statement: &Rendered,
        sink: &mut dyn RowSink,
    ) -> impl Future<Output = Result<Done>> + Send;

    /// The stream came to its end.
    #[doc(hidden)]
    fn take_back(&mut self, lent: Lent) {
        drop(lent);
    }

    /// A stream with the transaction's connection was dropped before its end.
    #[doc(hidden)]
    fn lose_lent(&mut self) {}

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

    fn write(
        &mut self,
        request: &WriteRequest,
        sink: &mut dyn RowSink,
    ) -> impl Future<Output = Result<u64>> + Send {
        (**self).write(request, sink)
    }

    fn insert_rows(
        &mut self,
        model: &'static ModelDef,
        rows: Vec<Box<dyn AnyModel>>,
        caller: &'static Location<'static>,
    ) -> impl Future<Output = Result<Vec<Box<dyn AnyModel>>>> + Send {
        (**self).insert_rows(model, rows, caller)
    }

    fn upsert_rows(
        &mut self,
        model: &'static ModelDef,
        rows: Vec<Box<dyn AnyModel>>,
        conflict: &Conflict,
        caller: &'static Location<'static>,
    ) -> impl Future<Output = Result<Upserted>> + Send {
        (**self).upsert_rows(model, rows, conflict, caller)
    }

    fn run(
        &mut self,
        rendered: Rendered,
        sink: &mut dyn RowSink,
        caller: &'static Location<'static>,
    ) -> impl Future<Output = Result<()>> + Send {
        (**self).run(rendered, sink, caller)
    }

    fn place<T: Model>(&mut self, object: T) -> Result<S::Row<T>> {
        (**self).place(object)
    }

    fn place_as<T: Model>(&mut self, object: T, populate: Populate) -> Result<S::Row<T>> {
        (**self).place_as(object, populate)
    }

    fn end_placing(&mut self) {
        (**self).end_placing();
    }

    fn lend(&mut self, errand: Errand) -> impl Future<Output = Result<Lent>> + Send {
        (**self).lend(errand)
    }

    fn run_sql(
        &mut self,
        errand: Errand,
        statement: &Rendered,
        sink: &mut dyn RowSink,
    ) -> impl Future<Output = Result<Done>> + Send {
        (**self).run_sql(errand, statement, sink)
    }

    fn take_back(&mut self, lent: Lent) {
        (**self).take_back(lent);
    }

    fn lose_lent(&mut self) {
        (**self).lose_lent();
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

    async fn write(&mut self, request: &WriteRequest, sink: &mut dyn RowSink) -> Result<u64> {
        UnitOfWork::write(self, request, sink).await
    }

    async fn insert_rows(
        &mut self,
        model: &'static ModelDef,
        rows: Vec<Box<dyn AnyModel>>,
        caller: &'static Location<'static>,
    ) -> Result<Vec<Box<dyn AnyModel>>> {
        UnitOfWork::insert_rows(self, model, rows, caller).await
    }

    async fn upsert_rows(
        &mut self,
        model: &'static ModelDef,
        rows: Vec<Box<dyn AnyModel>>,
        conflict: &Conflict,
        caller: &'static Location<'static>,
    ) -> Result<Upserted> {
        UnitOfWork::upsert_rows(self, model, rows, conflict, caller).await
    }

    async fn run(
        &mut self,
        rendered: Rendered,
        sink: &mut dyn RowSink,
        caller: &'static Location<'static>,
    ) -> Result<()> {
        self.run_select(rendered, sink, caller).await
    }

    fn place<T: Model>(&mut self, object: T) -> Result<Handle<T>> {
        self.place_as(object, Populate::Stale)
    }

    fn place_as<T: Model>(&mut self, object: T, populate: Populate) -> Result<Handle<T>> {
        let slot = self.place_object(Box::new(object), populate)?;
        Ok(Handle::new(slot, self.session_id()))
    }

    fn end_placing(&mut self) {
        UnitOfWork::end_placing(self);
    }

    async fn lend(&mut self, errand: Errand) -> Result<Lent> {
        UnitOfWork::lend(self, errand).await
    }

    async fn run_sql(
        &mut self,
        errand: Errand,
        statement: &Rendered,
        sink: &mut dyn RowSink,
    ) -> Result<Done> {
        UnitOfWork::run_sql(self, errand, statement, sink).await
    }

    fn take_back(&mut self, lent: Lent) {
        UnitOfWork::take_back(self, lent);
    }

    fn lose_lent(&mut self) {
        UnitOfWork::lose_lent(self);
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
        find_owned(self, key, caller).await
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
        let Request { select, with, caller, .. } = &request;
        let mut prefetched = Prefetched::default();
        let (select, along) = Along::of_query(select, T::model(), with)?;
        if along.is_empty() {
            run(self, &request, Output::Rows, &mut rows).await?;
        } else {
            let rendered = render::select_along(&select, &along, self.dialect())?;
            let mut sink = OwnedAlong::new(T::model(), &mut rows, &along);
            send(self, rendered, &mut sink, caller).await?;
            prefetched = sink.finish();
        }
        if !with.is_empty() {
            let mut owners: Vec<&mut dyn AnyModel> = Vec::with_capacity(rows.0.len());
            for row in &mut rows.0 {
                owners.push(row);
            }
            let mut link = self.connect(caller).await?;
            owned::load(self, &mut link, T::model(), owners, with, prefetched).await?;
        }
        Ok(rows.0)
    }

    async fn fetch(&mut self, request: &Request, output: Output, sink: &mut dyn RowSink) -> Result<()> {
        run(self, request, output, sink).await
    }

    async fn write(&mut self, request: &WriteRequest, sink: &mut dyn RowSink) -> Result<u64> {
        let WriteRequest { write, synchronize: _, autoflush: _, caller } = request;
        let model = unit::checked(write, self.dialect())?;
        if !unit::is_one_statement(write, self.dialect()) {
            let mut session = self.session();
            let matched = UnitOfWork::write(&mut session, request, sink).await?;
            session.commit_from(caller).await?;
            return Ok(matched);
        }
        let mut link = self.connect(caller).await?;
        let matched = unit::execute(self, &mut link, write, sink).await;
        matched.map_err(|error| {
            error.context(format!("in the {} of `{}` at {caller}", write.verb(), model.name))
        })
    }

    async fn insert_rows(
        &mut self,
        model: &'static ModelDef,
        rows: Vec<Box<dyn AnyModel>>,
        caller: &'static Location<'static>,
    ) -> Result<Vec<Box<dyn AnyModel>>> {
        let mut session = self.session();
        let rows = UnitOfWork::insert_rows(&mut session, model, rows, caller).await?;
        session.commit_from(caller).await?;
        Ok(rows)
    }

    async fn upsert_rows(
        &mut self,
        model: &'static ModelDef,
        rows: Vec<Box<dyn AnyModel>>,
        conflict: &Conflict,
        caller: &'static Location<'static>,
    ) -> Result<Upserted> {
        let mut session = self.session();
        let done = UnitOfWork::upsert_rows(&mut session, model, rows, conflict, caller).await?;
        session.commit_from(caller).await?;
        Ok(done)
    }

    async fn run(
        &mut self,
        rendered: Rendered,
        sink: &mut dyn RowSink,
        caller: &'static Location<'static>,
    ) -> Result<()> {
        send(self, rendered, sink, caller).await
    }

    fn place<T: Model>(&mut self, object: T) -> Result<T> {
        Ok(object)
    }

    fn end_placing(&mut self) {}

    async fn lend(&mut self, errand: Errand) -> Result<Lent> {
        Ok(Lent { link: self.connect(errand.caller).await?, of: Lender::Pool })
    }

    async fn run_sql(
        &mut self,
        errand: Errand,
        statement: &Rendered,
        sink: &mut dyn RowSink,
    ) -> Result<Done> {
        let bound: Vec<ValueRef<'_>> = statement.values.iter().map(Value::as_ref).collect();
        self.connect(errand.caller).await?.run(&Sql::new(statement.sql.as_str()), &bound, sink).await
    }
}

async fn run(engine: &AnyEngine, request: &Request, output: Output, sink: &mut dyn RowSink) -> Result<()> {
    let rendered = render::select(&request.select, output, engine.dialect())?;
    if request.select.lock.is_some() {
        return Err(Error::invalid_query(
            "a lock lasts until its transaction ends, and a query of an engine has none: run it in a session \
             (`engine.session()`), whose transaction it begins",
        ));
    }
    let mut tailed;
    let sink: &mut dyn RowSink = match &request.tail {
        Some(tail) => {
            tailed = Tailed { tail, sink };
            &mut tailed
        }
        None => sink,
    };
    send(engine, rendered, sink, request.caller).await
}

async fn send(
    engine: &AnyEngine,
    rendered: Rendered,
    sink: &mut dyn RowSink,
    caller: &'static Location<'static>,
) -> Result<()> {
    let bound: Vec<ValueRef<'_>> = rendered.values.iter().map(Value::as_ref).collect();
    engine.connect(caller).await?.run(&Sql::new(rendered.sql), &bound, sink).await?;
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

async fn find_owned<T: Model>(
    engine: &AnyEngine,
    key: KeyValues,
    caller: &'static Location<'static>,
) -> Result<Option<T>> {
    let mut row = One(None);
    let sql = engine.select_by_key(T::model());
    let bound: smallvec::SmallVec<[ValueRef<'_>; 2]> = key.iter().map(Value::as_ref).collect();
    engine.connect(caller).await?.run(&sql, &bound, &mut row).await?;
    Ok(row.0)
}

/// One row as an object of its own.
struct One<T>(Option<T>);

impl<T: Model> RowSink for One<T> {
    #[inline]
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        self.0 = Some(T::read(RowView::new(row, T::model()))?);
        Ok(Next::More)
    }

    fn restart(&mut self) {
        self.0 = None;
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

    /// Inserts many rows in few statements, in a transaction of its own. Await it: it gives the rows back, with the keys and
    /// defaults that the database made. Relations are not written: [`insert`](AnyEngine::insert) writes an object with them.
    #[track_caller]
    pub fn insert_many<T: Model>(&self, rows: impl IntoIterator<Item = T>) -> InsertMany<AnyEngine, T> {
        InsertMany::new(self.clone(), rows, Location::caller())
    }

    /// Inserts the rows of a query, which do not leave the database: INSERT .. SELECT.
    #[track_caller]
    pub fn insert_into<T: Model>(&self) -> InsertInto<AnyEngine, T> {
        InsertInto::new(self.clone(), Location::caller())
    }

    /// Starts a statement of the caller's own SQL, outside of any transaction: see [`RawSql`].
    pub fn sql<R: SqlRow<AnyEngine>>(&self, text: impl Into<String>) -> RawSql<AnyEngine, R> {
        RawSql::new(self.clone(), text.into())
    }

    /// The row with this primary key, as an object that nobody tracks: `engine.get::<User>(1)`,
    /// `engine.get::<Line>((7, 1))`.
    #[track_caller]
    pub fn get<T: Model>(
        &self,
        key: impl IntoKey<T::Key>,
    ) -> impl Future<Output = Result<Option<T>>> + Send + '_ {
        let caller = Location::caller();
        let mut values = KeyValues::new();
        key.append_to(&mut values);
        find_owned(self, values, caller)
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
