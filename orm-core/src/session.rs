//! What generated CRUD and queries run against: the trait that a tracking session and an untracking engine share.

mod bulk;
mod crud;
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
mod tracked;
mod untracked;

use std::panic::Location;

use crate::any_engine::AnyEngine;
use crate::definition::{AnyModel, ModelDef};
use crate::engine::{Done, Next, RowSink};
use crate::error::{Error, Result};
use crate::key::KeyValues;
use crate::model::Model;
use crate::node::{Conflict, Output};
use crate::render::Rendered;
use crate::unit::{Errand, Lent, Populate, Request, Upserted, WriteRequest};
use crate::value::ValueRef;

pub use bulk::{
    BulkReturning, BulkWrite, InsertColumns, InsertFrom, InsertInto, InsertMany, KeptIn, OnConflict,
    UniqueColumns, Upsert,
};
pub use crud::Crud;
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

/// Where queries run, and what a row becomes. [`UnitOfWork`](crate::UnitOfWork) tracks and gives handles; [`AnyEngine`]
/// gives the objects themselves. Sealed by its hidden methods: implemented here only.
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
