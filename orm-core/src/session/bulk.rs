//! UPDATE and DELETE by a query, as the end of a query builder, and what they return.

mod insert;
mod upsert;

use std::marker::PhantomData;
use std::panic::Location;

use super::Session;
use super::query::{Query, Whole};
use super::selection::{Cells, Picking, Selected, Selection};
use crate::any_engine::AnyEngine;
use crate::column::Assignments;
use crate::dialect::Dialect;
use crate::engine::NoRows;
use crate::error::{Error, Result};
use crate::model::{Cols, Model};
use crate::node::{Assignment, Delete, Synchronize, Update, Write};
use crate::now::BoxFuture;
use crate::path::Path;
use crate::render::{self, Rendered};
use crate::unit::{self, WriteRequest};

pub use insert::{InsertColumns, InsertFrom, InsertInto, InsertMany, KeptIn};
pub use upsert::{OnConflict, UniqueColumns, Upsert};

/// An UPDATE, DELETE or INSERT .. SELECT. Await it: it gives how many rows it matched.
#[must_use = "a write does nothing until it is awaited"]
#[derive(Debug)]
pub struct BulkWrite<S, T> {
    session: S,
    request: Box<WriteRequest>,
    /// A query that says what this write has no place for.
    misfit: Option<Error>,
    _type: PhantomData<fn() -> T>,
}

/// A write that gives something of each row that it wrote. Await it.
#[must_use = "a write does nothing until it is awaited"]
pub struct BulkReturning<S, T, Q> {
    write: BulkWrite<S, T>,
    _type: PhantomData<fn() -> Q>,
}

impl<S, T: Model> Query<S, T, Whole> {
    /// Changes all rows that the query finds, in one statement, without reading them: `column.set(..)`, or a tuple of them.
    /// Await it: it gives how many rows there were. Values speak of the rows as they are before.
    ///
    /// ```ignore
    /// let written = session
    ///     .query::<User>()
    ///     .filter(|u| u.active)
    ///     .update(|u| (u.points.set(u.points + 1), u.nick.set(None)))
    ///     .await?;
    /// ```
    #[track_caller]
    pub fn update<A: Assignments>(self, set: impl FnOnce(Cols<T>) -> A) -> BulkWrite<S, T> {
        let root = self.select.root;
        let mut assignments: Vec<Assignment> = Vec::new();
        set(<T as Model>::columns(root)).append_to(&mut assignments);
        unit::count_version(T::model(), root, &mut assignments);
        self.written(|rows| Write::Update(Update { rows, assignments, returning: Vec::new() }))
    }

    /// Deletes all rows that the query finds, in one statement, without reading them. Await it: it gives how many there
    /// were. Cascades of the models (`cascade = ".."`) need the objects, and do not run; those of the database do.
    #[track_caller]
    pub fn delete(self) -> BulkWrite<S, T> {
        self.written(|rows| Write::Delete(Delete { rows, returning: Vec::new() }))
    }

    #[track_caller]
    fn written(self, write: impl FnOnce(crate::node::Select) -> Write) -> BulkWrite<S, T> {
        let Query { session, select, with, autoflush, populate_existing: _, _type } = self;
        let misfit = (!with.is_empty()).then(|| {
            Error::invalid_query(format!(
                "a write of `{}` reads no objects, so `with` has nothing to load along: leave it out",
                T::model().name
            ))
        });
        BulkWrite::new(session, write(*select), autoflush, misfit, Location::caller())
    }
}

impl<S, T> BulkWrite<S, T> {
    fn new(
        session: S,
        write: Write,
        autoflush: Option<bool>,
        misfit: Option<Error>,
        caller: &'static Location<'static>,
    ) -> Self {
        let request =
            Box::new(WriteRequest { write, synchronize: Synchronize::default(), autoflush, caller });
        BulkWrite { session, request, misfit, _type: PhantomData }
    }

    /// How the objects of the session are kept in step. An engine has none.
    pub fn synchronize(mut self, how: Synchronize) -> Self {
        self.request.synchronize = how;
        self
    }

    fn root(&self) -> Path {
        match &self.request.write {
            Write::Update(update) => update.rows.root,
            Write::Delete(delete) => delete.rows.root,
            Write::Insert(insert) => insert.root,
        }
    }
}

impl<S, T: Model> BulkWrite<S, T> {
    /// Gives something of each row: as it is after an UPDATE or INSERT, as it was before a DELETE. Whole models are plain
    /// objects that nobody tracks. Where the backend has no RETURNING for it, the rows are locked and read in the same
    /// transaction; INSERT .. SELECT is `Unsupported` there.
    pub fn returning<Q: Selection>(mut self, picked: impl FnOnce(Cols<T>) -> Q) -> BulkReturning<S, T, Q> {
        let columns = <T as Model>::columns(self.root());
        picked(columns).append_to(self.request.write.returning_mut());
        BulkReturning { write: self, _type: PhantomData }
    }
}

impl<S, T> BulkWrite<S, T> {
    /// The SQL for a dialect, without a connection.
    pub fn to_sql_for(&self, dialect: &dyn Dialect) -> Result<Rendered> {
        unit::checked(&self.request.write, dialect)?;
        render::write(&self.request.write, dialect)
    }
}

impl<S: Session, T> BulkWrite<S, T> {
    /// The SQL that would be sent, and the values that it would bind.
    pub fn to_sql(&self) -> Result<Rendered> {
        self.to_sql_for(self.session.engine().dialect())
    }

    async fn run(self) -> Result<u64> {
        let BulkWrite { mut session, request, misfit, _type } = self;
        match misfit {
            None => session.write(&request, &mut NoRows).await,
            Some(error) => Err(error),
        }
    }
}

impl<S: Session, T, Q: Selected<AnyEngine>> BulkReturning<S, T, Q> {
    /// The SQL that would be sent, and the values that it would bind.
    pub fn to_sql(&self) -> Result<Rendered> {
        self.write.to_sql()
    }

    async fn run(self) -> Result<Vec<Q::Row>> {
        let BulkWrite { mut session, request, misfit, _type } = self.write;
        if let Some(error) = misfit {
            return Err(error);
        }
        let read: fn(&mut Cells<'_>) -> Result<Q::Raw> = Q::read;
        let mut sink = Picking { rows: Vec::new(), read };
        session.write(&request, &mut sink).await?;
        let mut engine = session.engine().clone();
        let mut rows = Vec::with_capacity(sink.rows.len());
        for raw in sink.rows {
            rows.push(Q::place(raw, &mut engine)?);
        }
        Ok(rows)
    }
}

/// Futures of what runs on a session, borrowed, or on an engine.
macro_rules! awaited {
    ($($name:ident<$($parameter:ident $(: $bound:path)?),*> -> $output:ty;)*) => {$(
        impl<'s, Where: Session + 's, $($parameter $(: $bound)? + 's),*> IntoFuture
            for $name<&'s mut Where, $($parameter),*>
        {
            type Output = Result<$output>;
            type IntoFuture = BoxFuture<'s, Result<$output>>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.run())
            }
        }

        impl<$($parameter $(: $bound)? + 'static),*> IntoFuture for $name<AnyEngine, $($parameter),*> {
            type Output = Result<$output>;
            type IntoFuture = BoxFuture<'static, Result<$output>>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.run())
            }
        }
    )*};
}
use awaited;

awaited! {
    BulkWrite<T: Send> -> u64;
    BulkReturning<T: Send, Q: Selected<AnyEngine>> -> Vec<Q::Row>;
}
