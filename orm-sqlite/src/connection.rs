//! A lent connection: statements, transactions, waiting for locks, and going back to the pool. Safe code over
//! [`crate::raw`]; made by [`crate::engine`].
//!
//! Invariants:
//! - What goes back to the pool has no statement running and no transaction open: [`Held`] sees to it when it is dropped,
//!   on whichever thread that happens. What cannot be brought there is closed.
//! - An operation that does not end at once owns the right to lend on: [`Flight`] takes the connection away from its
//!   holder when the operation's future is dropped.
//! - The writers of an engine wait in a queue of their own, so that they do not find the database locked by each other.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use orm_core::engine::{Access, Connection, Done, NoRows, RowSink, Sql, TransactionOptions};
use orm_core::error::{Error, ErrorKind, Result};
use orm_core::now::Now;
use orm_core::pool::Lease;
use orm_core::value::ValueRef;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::errors::{self, Moment, NativeError};
use crate::raw::{RawConn, Step, Text};
use crate::worker::{self, Cancel};

static BEGIN: LazyLock<Arc<Sql>> = LazyLock::new(|| Sql::new("BEGIN"));
static BEGIN_IMMEDIATE: LazyLock<Arc<Sql>> = LazyLock::new(|| Sql::new("BEGIN IMMEDIATE"));
static COMMIT: LazyLock<Arc<Sql>> = LazyLock::new(|| Sql::new("COMMIT"));
static ROLLBACK: LazyLock<Arc<Sql>> = LazyLock::new(|| Sql::new("ROLLBACK"));
static SETTINGS: LazyLock<Arc<Sql>> = LazyLock::new(|| Sql::new("PRAGMA foreign_keys = ON"));
static PING: LazyLock<Arc<Sql>> = LazyLock::new(|| Sql::new("PRAGMA schema_version"));

const OUR_WRITER: &str = "the write transaction of another session of this engine";
const ANY_LOCK: &str = "a lock on the database, which another connection or process holds";

/// The locks of an engine.
#[derive(Debug)]
pub(crate) struct Locks {
    /// One permit: the right to write.
    writers: Arc<Semaphore>,
    /// How long a lock is waited for.
    limit: Duration,
}

impl Locks {
    pub(crate) fn new(limit: Duration) -> Self {
        Locks { writers: Arc::new(Semaphore::new(1)), limit }
    }
}

/// Whether an idle connection still reads its file.
pub(crate) fn ping(raw: &mut RawConn) -> bool {
    raw.control(&PING).is_ok()
}

/// A place in the pool, with its connection and the right to write while it has it.
#[derive(Debug)]
struct Held {
    lease: Option<Lease<Box<RawConn>>>,
    /// Dropped after the connection is rolled back: the next writer finds the lock free.
    writer: Option<OwnedSemaphorePermit>,
    /// Whether a transaction was begun and not ended. SQLite may have rolled it back since.
    in_transaction: bool,
}

impl Held {
    #[inline]
    fn raw(&mut self) -> &mut RawConn {
        self.lease.as_mut().expect("only `drop` takes the lease away")
    }

    /// Lets the next writer go where nothing is left to commit.
    #[inline]
    fn settle(&mut self) {
        if self.writer.is_some() && self.raw().is_autocommit() {
            self.writer = None;
        }
    }

    /// Runs a statement as far as it goes without waiting.
    fn attempt<'v>(
        &mut self,
        locks: &Locks,
        text: Text<'_>,
        values: &[ValueRef<'v>],
        sink: &mut dyn RowSink,
    ) -> Result<Progress<'v>> {
        if self.in_transaction && self.raw().is_autocommit() {
            return Err(rolled_back());
        }
        let Some(execution) = self.raw().start(text, values)? else {
            return Ok(Progress::Step(Step::Busy));
        };
        if execution.writes() && self.writer.is_none() {
            match Arc::clone(&locks.writers).try_acquire_owned() {
                Ok(permit) => self.writer = Some(permit),
                Err(_) => {
                    self.raw().stop();
                    return Ok(Progress::Queue);
                }
            }
        }
        self.raw().advance(execution, sink).map(Progress::Step)
    }
}

impl AsMut<RawConn> for Held {
    fn as_mut(&mut self) -> &mut RawConn {
        self.raw()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(mut lease) = self.lease.take() else { return };
        if lease.restore(&ROLLBACK, &SETTINGS) {
            lease.give_back();
        }
    }
}

/// How far a statement came.
enum Progress<'v> {
    Step(Step<'v>),
    /// Another writer of this engine is at work.
    Queue,
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
        SqliteConnection {
            held: Some(Held { lease: Some(lease), writer: None, in_transaction: false }),
            locks,
        }
    }

    fn execute<'a>(
        &'a mut self,
        text: Text<'a>,
        values: &'a [ValueRef<'a>],
        mut sink: Sink<'a>,
    ) -> Now<'a, Result<Done>> {
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

/// An operation that goes on. Where it does not [land](Flight::land), its connection goes back to the pool at once.
struct Flight<'a> {
    connection: &'a mut SqliteConnection,
    landed: bool,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        if !self.landed {
            self.connection.held = None;
        }
    }
}

impl<'a> Flight<'a> {
    fn new(connection: &'a mut SqliteConnection) -> Self {
        Flight { connection, landed: false }
    }

    fn held(&mut self) -> Result<&mut Held> {
        self.connection.held.as_mut().ok_or_else(errors::unusable)
    }

    /// The operation is over, well or not: the connection can be used again.
    fn land(mut self) {
        if let Some(held) = &mut self.connection.held {
            held.settle();
        }
        self.landed = true;
    }

    async fn go_on<'v>(
        mut self,
        mut progress: Progress<'v>,
        text: Text<'_>,
        values: &[ValueRef<'v>],
        sink: &mut dyn RowSink,
    ) -> Result<Done> {
        let mut patience = Patience::new(self.connection.locks.limit);
        let outcome = loop {
            match self.next(progress, &mut patience, text, values, sink).await {
                Ok(Progress::Step(Step::Finished(done))) => break Ok(done),
                Ok(next) => progress = next,
                Err(error) => break Err(error),
            }
        };
        self.land();
        outcome
    }

    async fn next<'v>(
        &mut self,
        progress: Progress<'v>,
        patience: &mut Patience,
        text: Text<'_>,
        values: &[ValueRef<'v>],
        sink: &mut dyn RowSink,
    ) -> Result<Progress<'v>> {
        match progress {
            Progress::Step(Step::Finished(done)) => Ok(Progress::Step(Step::Finished(done))),
            Progress::Step(Step::Tired(execution)) => {
                tokio::task::yield_now().await;
                self.held()?.raw().advance(execution, sink).map(Progress::Step)
            }
            Progress::Step(Step::Stalled(execution)) => {
                sink.restart();
                let cancel = Cancel::default();
                let execution = self.held()?.raw().start_again(execution, values, cancel.flag())?;
                let Some(held) = self.connection.held.take() else { return Err(errors::unusable()) };
                let (held, step) = worker::run(held, execution, cancel, sink).await;
                self.connection.held = held;
                step.map(Progress::Step)
            }
            Progress::Step(Step::Busy) => {
                sink.restart();
                patience.pause().await?;
                self.attempt(text, values, sink)
            }
            Progress::Queue => {
                let permit = patience.queue(&self.connection.locks.writers).await?;
                self.held()?.writer = Some(permit);
                self.attempt(text, values, sink)
            }
        }
    }

    fn attempt<'v>(
        &mut self,
        text: Text<'_>,
        values: &[ValueRef<'v>],
        sink: &mut dyn RowSink,
    ) -> Result<Progress<'v>> {
        let SqliteConnection { held, locks } = &mut *self.connection;
        held.as_mut().ok_or_else(errors::unusable)?.attempt(locks, text, values, sink)
    }

    /// Runs a statement of transaction control until no lock stands in its way.
    async fn control(
        mut self,
        sql: &Sql,
        needs_permit: bool,
        done: fn(&mut Held),
        failed: fn(NativeError) -> Error,
    ) -> Result<()> {
        let outcome = async {
            let mut patience = Patience::new(self.connection.locks.limit);
            if needs_permit {
                let permit = patience.queue(&self.connection.locks.writers).await?;
                self.held()?.writer = Some(permit);
            }
            loop {
                let held = self.held()?;
                match held.raw().control(sql) {
                    Ok(()) => {
                        done(held);
                        return Ok(());
                    }
                    Err(native) if native.is_busy() => patience.pause().await?,
                    Err(native) => return Err(failed(native)),
                }
            }
        }
        .await;
        self.land();
        outcome
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
        let done = |held: &mut Held| held.in_transaction = true;
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
        held.raw().stop();
        if !held.raw().is_autocommit()
            && let Err(native) = held.raw().control(&ROLLBACK)
        {
            self.held = None;
            let error = errors::translate(native, Moment::Run);
            return Now::ready(Err(error.context("the connection was closed, which rolls back as well")));
        }
        held.in_transaction = false;
        held.settle();
        Now::ready(Ok(()))
    }

    fn run<'a>(
        &'a mut self,
        sql: &'a Arc<Sql>,
        values: &'a [ValueRef<'a>],
        sink: &'a mut dyn RowSink,
    ) -> Now<'a, Result<Done>> {
        self.execute(Text::Kept(sql), values, Sink::To(sink))
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

#[cold]
fn rolled_back() -> Error {
    Error::database(
        "0",
        "SQLite rolled the transaction back when an earlier statement failed: roll back, start again",
    )
}

/// How long locks are still waited for, over all the steps of one operation.
struct Patience {
    limit: Duration,
    deadline: Instant,
    pauses: u32,
}

impl Patience {
    fn new(limit: Duration) -> Self {
        Patience { limit, deadline: Instant::now() + limit, pauses: 0 }
    }

    /// Waits a moment, longer from time to time, until a lock is tried again.
    async fn pause(&mut self) -> Result<()> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(errors::lock_timeout(self.limit, ANY_LOCK));
        }
        let pause = Duration::from_millis(1 << self.pauses.min(6));
        self.pauses += 1;
        tokio::time::sleep(pause.min(left)).await;
        Ok(())
    }

    /// Waits for the other writers of the engine.
    async fn queue(&mut self, writers: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit> {
        match tokio::time::timeout_at(self.deadline, Arc::clone(writers).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_closed)) => Err(Error::new(ErrorKind::Closed { what: "engine" })),
            Err(_elapsed) => Err(errors::lock_timeout(self.limit, OUR_WRITER)),
        }
    }
}
