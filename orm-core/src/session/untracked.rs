//! An engine as a session that does not track: rows become objects of their own.

use std::panic::Location;

use super::{InsertInto, InsertMany, Query, RawSql, Rows, Session, Source, SqlRow};
use crate::along::{Along, Prefetched};
use crate::any_engine::AnyEngine;
use crate::definition::{AnyModel, ModelDef, Row as RowView};
use crate::engine::{Done, Next, RowSink};
use crate::error::{Error, Result};
use crate::key::{IntoKey, KeyValues};
use crate::model::Model;
use crate::node::{Conflict, Output};
use crate::owned::{self, OwnedAlong};
use crate::render::Rendered;
use crate::unit::{self, Errand, Lender, Lent, Request, Tailed, UnitOfWork, Upserted, WriteRequest};
use crate::value::{Value, ValueRef};

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
            let statement = self.prepare_along(&select, &along)?;
            let mut sink = OwnedAlong::new(T::model(), &mut rows, &along);
            self.run_alone(&statement.sql, &statement.bound(), &mut sink, caller).await?;
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
        let bound: Vec<ValueRef<'_>> = rendered.values.iter().map(Value::as_ref).collect();
        self.run_alone(&self.own_text(&rendered.sql), &bound, sink, caller).await?;
        Ok(())
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
        self.run_alone(&self.own_text(&statement.sql), &bound, sink, errand.caller).await
    }
}

async fn run(engine: &AnyEngine, request: &Request, output: Output, sink: &mut dyn RowSink) -> Result<()> {
    let statement = engine.prepare(&request.select, output)?;
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
    engine.run_alone(&statement.sql, &statement.bound(), sink, request.caller).await?;
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
    let bound = crate::key::bound(&key);
    engine.run_alone(sql, &bound, &mut row, caller).await?;
    Ok(row.0)
}

/// One row as an object of its own.
struct One<T>(Option<T>);

impl<T: Model> RowSink for One<T> {
    #[inline]
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        self.0 = Some(T::read(RowView::new(row, T::model()))?);
        // A key has one row: the statement need not look for another.
        Ok(Next::Enough)
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
