//! A lent connection whose statements are counted and told of. Used by whoever has several statements to run on one
//! connection: transactions, loads of relations, streams.

use std::panic::Location;
use std::sync::Arc;

use super::Shared;
use crate::engine::{Access, Connection, Done, NoRows, RowSink, Runs, Sql, TransactionOptions};
use crate::error::Result;
use crate::now::Now;
use crate::observe::{Counted, Source};
use crate::value::ValueRef;

/// A lent connection whose statements are counted and told of.
pub(crate) struct Link {
    pub(super) connection: Box<dyn Connection>,
    pub(super) shared: Arc<Shared>,
    /// What its transaction was begun for.
    pub(super) access: Access,
    /// Who asked for what runs now.
    pub(crate) caller: &'static Location<'static>,
}

impl Link {
    pub(crate) fn is_usable(&self) -> bool {
        self.connection.is_usable()
    }

    /// Runs a statement.
    pub(crate) fn run<'a>(
        &'a mut self,
        sql: &'a Arc<Sql>,
        values: &'a [ValueRef<'a>],
        sink: &'a mut dyn RowSink,
    ) -> Now<'a, Result<Done>> {
        let Link { connection, shared, access: _, caller } = self;
        let source = Source { system: shared.engine.dialect().name(), target: shared.engine.target() };
        let Some(watch) = shared.observer.start(sql.text(), values, source, caller) else {
            return connection.run(sql, values, sink);
        };
        Now::later(async move {
            let mut counted = Counted { sink, rows: 0 };
            let outcome = connection.run(sql, values, &mut counted).await;
            watch.finish(&outcome, counted.rows);
            outcome
        })
    }

    /// Runs an UPDATE or DELETE for each row of `width` values: how many runs matched one row before one did not. Each run is a
    /// statement of its own to whoever counts them or listens.
    pub(crate) async fn run_each(
        &mut self,
        sql: &Arc<Sql>,
        values: &[ValueRef<'_>],
        width: usize,
    ) -> Result<usize> {
        let Link { connection, shared, access: _, caller: _ } = self;
        if shared.observer.listens() {
            let mut matched = 0;
            for row in values.chunks_exact(width) {
                if self.run(sql, row, &mut NoRows).await?.rows_affected != 1 {
                    break;
                }
                matched += 1;
            }
            return Ok(matched);
        }
        let Runs { matched, end } = connection.run_each(sql, values, width).await;
        let ended_early = matched * width < values.len();
        shared.observer.count(matched as u64 + u64::from(ended_early));
        end.map(|()| matched)
    }

    /// Runs a statement that is not worth preparing.
    pub(crate) async fn run_once(&mut self, sql: &str) -> Result<Done> {
        self.watched(sql, |connection| connection.run_once(sql)).await
    }

    /// What its transaction was begun for.
    pub(crate) fn access(&self) -> Access {
        self.access
    }

    pub(crate) async fn begin(&mut self, options: TransactionOptions) -> Result<()> {
        self.access = options.access;
        self.command("BEGIN", |connection| connection.begin(options)).await
    }

    pub(crate) async fn commit(&mut self) -> Result<()> {
        self.command("COMMIT", |connection| connection.commit()).await
    }

    pub(crate) async fn rollback(&mut self) -> Result<()> {
        self.command("ROLLBACK", |connection| connection.rollback()).await
    }

    async fn command<'a>(
        &'a mut self,
        sql: &str,
        act: impl FnOnce(&'a mut dyn Connection) -> Now<'a, Result<()>>,
    ) -> Result<()> {
        self.watched(sql, |connection| match act(connection) {
            Now::Ready(outcome) => Now::Ready(outcome.map(|outcome| outcome.map(|()| Done::default()))),
            Now::Later(future) => Now::later(async move { future.await.map(|()| Done::default()) }),
        })
        .await
        .map(|_| ())
    }

    async fn watched<'a>(
        &'a mut self,
        sql: &str,
        act: impl FnOnce(&'a mut dyn Connection) -> Now<'a, Result<Done>>,
    ) -> Result<Done> {
        let Link { connection, shared, access: _, caller } = self;
        let source = Source { system: shared.engine.dialect().name(), target: shared.engine.target() };
        let watch = shared.observer.start(sql, &[], source, caller);
        let outcome = act(connection.as_mut()).await;
        if let Some(watch) = watch {
            watch.finish(&outcome, 0);
        }
        outcome
    }
}
