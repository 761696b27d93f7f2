//! A lent connection: statements and transactions. Safe code over [`crate::raw`]; made by [`crate::engine`].
//!
//! What ends at once is done here, on the caller's thread and without a poll; what does not becomes a [`Flight`]. The
//! writers of an engine wait in a queue of their own, so that they do not find the database locked by each other.

mod flight;
mod held;
mod reading;

use std::sync::{Arc, LazyLock};

use orm_core::engine::{
    Access, Connection, Done, NoRows, RowSink, Runs, Sql, TransactionOptions, run_one_by_one,
};
use orm_core::error::{Error, ErrorKind, Result};
use orm_core::now::Now;
use orm_core::pool::Lease;
use orm_core::value::ValueRef;

use self::flight::Flight;
pub(crate) use self::held::Locks;
use self::held::{Held, Progress, rolled_back};
use crate::errors::{self, Moment, NativeError};
use crate::raw::{Each, RawConn, Step, Text};

static BEGIN: LazyLock<Arc<Sql>> = LazyLock::new(|| Sql::new("BEGIN"));
static BEGIN_IMMEDIATE: LazyLock<Arc<Sql>> = LazyLock::new(|| Sql::new("BEGIN IMMEDIATE"));
static COMMIT: LazyLock<Arc<Sql>> = LazyLock::new(|| Sql::new("COMMIT"));
static PING: LazyLock<Arc<Sql>> = LazyLock::new(|| Sql::new("PRAGMA schema_version"));

/// A COMMIT of more changed rows than these is left to a blocking thread. One of fewer takes less time than the way there.
const CHANGES_OF_A_SHORT_COMMIT: i64 = 2_000;

/// Whether an idle connection still reads its file.
pub(crate) fn ping(raw: &mut RawConn) -> bool {
    raw.control(&PING).is_ok()
}

/// Runs a statement on a connection that goes back to the pool after it.
pub(crate) fn run_alone<'a>(
    lease: Lease<Box<RawConn>>,
    locks: &Arc<Locks>,
    sql: &'a Arc<Sql>,
    values: &'a [ValueRef<'a>],
    sink: &'a mut dyn RowSink,
) -> Now<'a, Result<Done>> {
    if sink.hands_on() {
        let mut connection = SqliteConnection::new(lease, Arc::clone(locks));
        return Now::later(async move { connection.run(sql, values, sink).await });
    }
    let mut held = Held::new(lease);
    match held.attempt(locks, Text::Kept(sql), values, sink) {
        Ok(Progress::Step(Step::Finished(done))) => Now::ready(Ok(done)),
        Err(error) => Now::ready(Err(error)),
        Ok(progress) => {
            let mut connection = SqliteConnection { held: Some(held), locks: Arc::clone(locks) };
            Now::later(async move {
                Flight::new(&mut connection).go_on(progress, Text::Kept(sql), values, sink).await
            })
        }
    }
}

/// A connection on loan from the pool of an engine.
#[derive(Debug)]
pub(crate) struct SqliteConnection {
    /// None once an operation was dropped before its end, or the connection was lost.
    held: Option<Held>,
    locks: Arc<Locks>,
}

impl SqliteConnection {
    pub(crate) fn new(lease: Lease<Box<RawConn>>, locks: Arc<Locks>) -> Self {
        SqliteConnection { held: Some(Held::new(lease)), locks }
    }

    fn execute<'a>(
        &'a mut self,
        text: Text<'a>,
        values: &'a [ValueRef<'a>],
        mut sink: Sink<'a>,
    ) -> Now<'a, Result<Done>> {
        if sink.get().hands_on() {
            return self.hand_on(text, values, sink);
        }
        let Some(held) = &mut self.held else { return Now::ready(Err(errors::unusable())) };
        match held.attempt(&self.locks, text, values, sink.get()) {
            Ok(Progress::Step(Step::Finished(done))) => {
                if !held.in_transaction {
                    held.settle();
                }
                Now::ready(Ok(done))
            }
            Err(error) => {
                held.settle();
                Now::ready(Err(error))
            }
            Ok(progress) => {
                let flight = Flight::new(self);
                Now::later(async move { flight.go_on(progress, text, values, sink.get()).await })
            }
        }
    }

    /// Runs a statement whose rows reach their reader while it runs.
    fn hand_on<'a>(
        &'a mut self,
        text: Text<'a>,
        values: &'a [ValueRef<'a>],
        mut sink: Sink<'a>,
    ) -> Now<'a, Result<Done>> {
        let Some(held) = &mut self.held else { return Now::ready(Err(errors::unusable())) };
        match held.attempt_with_copies(&self.locks, text, values, sink.get()) {
            Ok(Progress::Step(Step::Finished(done))) => {
                held.settle();
                Now::ready(Ok(done))
            }
            Err(error) => {
                held.settle();
                Now::ready(Err(error))
            }
            Ok(progress) => {
                let flight = Flight::new(self);
                Now::later(async move { flight.hand_on(progress, text, values, sink.get()).await })
            }
        }
    }
}

/// Where rows go.
enum Sink<'a> {
    To(&'a mut dyn RowSink),
    Nowhere(NoRows),
}

impl Sink<'_> {
    fn get(&mut self) -> &mut dyn RowSink {
        match self {
            Sink::To(sink) => *sink,
            Sink::Nowhere(none) => none,
        }
    }
}

impl Connection for SqliteConnection {
    /// SQLite's transactions are serializable: a weaker level that is asked for is given the stronger one.
    fn begin(&mut self, options: TransactionOptions) -> Now<'_, Result<()>> {
        let TransactionOptions { access, isolation: _ } = options;
        let Some(held) = &mut self.held else { return Now::ready(Err(errors::unusable())) };
        if held.in_transaction || !held.raw().is_autocommit() {
            return Now::ready(Err(Error::invalid_query(
                "a transaction is open on this connection: end it first, or use a savepoint",
            )));
        }
        let done = |held: &mut Held| held.begun();
        let failed = |native| errors::translate(native, Moment::Run);
        let sql = match access {
            Access::Read => &BEGIN,
            Access::Write => &BEGIN_IMMEDIATE,
        };
        let needs_permit = match access {
            Access::Read => false,
            Access::Write => {
                held.writer = Arc::clone(&self.locks.writers).try_acquire_owned().ok();
                held.writer.is_none()
            }
        };
        if !needs_permit {
            match held.raw().control(sql) {
                Ok(()) => {
                    done(held);
                    return Now::ready(Ok(()));
                }
                Err(native) if native.is_busy() => {}
                Err(native) => {
                    held.settle();
                    return Now::ready(Err(failed(native)));
                }
            }
        }
        Now::later(Flight::new(self).control(sql, needs_permit, done, failed))
    }

    fn commit(&mut self) -> Now<'_, Result<()>> {
        let Some(held) = &mut self.held else { return Now::ready(Err(errors::unusable())) };
        if held.raw().is_autocommit() {
            let error = if held.in_transaction {
                rolled_back()
            } else {
                Error::invalid_query("no transaction is open on this connection")
            };
            return Now::ready(Err(error));
        }
        let done = |held: &mut Held| held.in_transaction = false;
        if held.changes() > CHANGES_OF_A_SHORT_COMMIT {
            return Now::later(Flight::new(self).commit_elsewhere(&COMMIT, done, commit_failed));
        }
        match held.raw().control(&COMMIT) {
            Ok(()) => {
                done(held);
                held.settle();
                Now::ready(Ok(()))
            }
            Err(native) if native.is_busy() => {
                Now::later(Flight::new(self).control(&COMMIT, false, done, commit_failed))
            }
            Err(native) => {
                held.settle();
                Now::ready(Err(commit_failed(native)))
            }
        }
    }

    fn rollback(&mut self) -> Now<'_, Result<()>> {
        // Where an operation was dropped, the transaction went with it.
        let Some(held) = &mut self.held else { return Now::ready(Ok(())) };
        match held.rollback() {
            Ok(()) => Now::ready(Ok(())),
            Err(native) => {
                self.held = None;
                let error = errors::translate(native, Moment::Run);
                Now::ready(Err(error.context("the connection was closed, which rolls back as well")))
            }
        }
    }

    fn run<'a>(
        &'a mut self,
        sql: &'a Arc<Sql>,
        values: &'a [ValueRef<'a>],
        sink: &'a mut dyn RowSink,
    ) -> Now<'a, Result<Done>> {
        self.execute(Text::Kept(sql), values, Sink::To(sink))
    }

    fn run_each<'a>(
        &'a mut self,
        sql: &'a Arc<Sql>,
        values: &'a [ValueRef<'a>],
        width: usize,
    ) -> Now<'a, Runs> {
        let Some(held) = &mut self.held else {
            return Now::ready(Runs { matched: 0, end: Err(errors::unusable()) });
        };
        match held.run_each(sql, values, width) {
            Ok(Each::Ended(runs)) => {
                if runs.end.is_err() {
                    held.settle();
                }
                Now::ready(runs)
            }
            Ok(Each::OneByOne(matched)) => run_one_by_one(self, sql, values, width, matched),
            Err(error) => Now::ready(Runs { matched: 0, end: Err(error) }),
        }
    }

    fn run_once<'a>(&'a mut self, sql: &'a str) -> Now<'a, Result<Done>> {
        self.execute(Text::Once(sql), &[], Sink::Nowhere(NoRows))
    }

    fn is_usable(&self) -> bool {
        self.held.is_some()
    }
}

fn commit_failed(native: NativeError) -> Error {
    if native.is_io() {
        let cause = errors::translate(native, Moment::Run);
        return Error::with_source(ErrorKind::OutcomeUnknown, cause);
    }
    errors::translate(native, Moment::Run)
}
