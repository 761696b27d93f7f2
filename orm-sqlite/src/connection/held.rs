//! A place in the pool with its connection, from being lent to being given back. Used by [`super`] and moved to a blocking
//! thread and back by [`crate::worker`].
//!
//! Invariant: what is given back has no statement running, no transaction open and its settings as they were. Dropping sees
//! to it, on whichever thread that happens; a connection that cannot be brought there is closed.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use orm_core::engine::{RowSink, Sql};
use orm_core::error::{Error, Result};
use orm_core::pool::Lease;
use orm_core::value::ValueRef;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::errors::NativeError;
use crate::raw::{Each, Execution, RawConn, Step, Text};

static ROLLBACK: LazyLock<Arc<Sql>> = LazyLock::new(|| Sql::new("ROLLBACK"));
static SETTINGS: LazyLock<Arc<Sql>> = LazyLock::new(|| Sql::new("PRAGMA foreign_keys = ON"));

/// The locks of an engine.
#[derive(Debug)]
pub(crate) struct Locks {
    /// One permit: the right to write.
    pub(super) writers: Arc<Semaphore>,
    /// How long a lock is waited for.
    pub(super) limit: Duration,
}

impl Locks {
    pub(crate) fn new(limit: Duration) -> Self {
        Locks { writers: Arc::new(Semaphore::new(1)), limit }
    }
}

/// A place in the pool, with its connection and the right to write while it has it.
#[derive(Debug)]
pub(super) struct Held {
    lease: Option<Lease<Box<RawConn>>>,
    /// Dropped after the connection is rolled back: the next writer finds the lock free.
    pub(super) writer: Option<OwnedSemaphorePermit>,
    /// Whether a transaction was begun and not ended. SQLite may have rolled it back since.
    pub(super) in_transaction: bool,
    /// How many rows the connection had changed in all when it was begun.
    changes_before: i64,
}

impl Held {
    pub(super) fn new(lease: Lease<Box<RawConn>>) -> Self {
        Held { lease: Some(lease), writer: None, in_transaction: false, changes_before: 0 }
    }

    #[inline]
    pub(super) fn raw(&mut self) -> &mut RawConn {
        self.lease.as_mut().expect("only `drop` takes the lease away")
    }

    /// A transaction was begun.
    pub(super) fn begun(&mut self) {
        self.in_transaction = true;
        self.changes_before = self.raw().all_changes();
    }

    /// How many rows were changed since then.
    pub(super) fn changes(&mut self) -> i64 {
        let before = self.changes_before;
        self.raw().all_changes() - before
    }

    /// Rolls back what is open.
    pub(super) fn rollback(&mut self) -> Result<(), NativeError> {
        let raw = self.raw();
        raw.stop();
        if !raw.is_autocommit() {
            raw.control(&ROLLBACK)?;
        }
        self.in_transaction = false;
        self.settle();
        Ok(())
    }

    /// Lets the next writer go where nothing is left to commit.
    #[inline]
    pub(super) fn settle(&mut self) {
        if self.writer.is_some() && self.raw().is_autocommit() {
            self.writer = None;
        }
    }

    /// Runs a statement as far as it goes without waiting.
    pub(super) fn attempt<'v>(
        &mut self,
        locks: &Locks,
        text: Text<'_>,
        values: &[ValueRef<'v>],
        sink: &mut dyn RowSink,
    ) -> Result<Progress<'v>> {
        self.check()?;
        let started = self.raw().start(text, values)?;
        self.first_steps(locks, started, sink)
    }

    /// The same with copies of the values, for a statement whose rows are handed on before it ends.
    pub(super) fn attempt_with_copies(
        &mut self,
        locks: &Locks,
        text: Text<'_>,
        values: &[ValueRef<'_>],
        sink: &mut dyn RowSink,
    ) -> Result<Progress<'static>> {
        self.check()?;
        let started = self.raw().start_with_copies(text, values)?;
        self.first_steps(locks, started, sink)
    }

    /// Runs a statement for each row of values. Only a transaction that may write goes through without waiting.
    pub(super) fn run_each(&mut self, sql: &Sql, values: &[ValueRef<'_>], width: usize) -> Result<Each> {
        self.check()?;
        if !self.in_transaction || self.writer.is_none() {
            return Ok(Each::OneByOne(0));
        }
        Ok(self.raw().run_each(sql, values, width))
    }

    #[inline]
    fn check(&mut self) -> Result<()> {
        if self.in_transaction && self.raw().is_autocommit() { Err(rolled_back()) } else { Ok(()) }
    }

    fn first_steps<'v>(
        &mut self,
        locks: &Locks,
        started: Option<Execution<'v>>,
        sink: &mut dyn RowSink,
    ) -> Result<Progress<'v>> {
        let Some(execution) = started else {
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
pub(super) enum Progress<'v> {
    Step(Step<'v>),
    /// Another writer of this engine is at work.
    Queue,
}

#[cold]
pub(super) fn rolled_back() -> Error {
    Error::database(
        "0",
        "SQLite rolled the transaction back when an earlier statement failed: roll back, start again",
    )
}
