//! An operation that does not end at once: it yields, waits for locks, or works on a blocking thread. Used by [`super`].
//!
//! Invariant: the connection can be used again only when the operation came to its end, well or not. Where its future is
//! dropped before, the connection goes back to the pool.

use std::sync::Arc;
use std::time::Duration;

use orm_core::engine::{Done, RowSink, Sql};
use orm_core::error::{Error, ErrorKind, Result};
use orm_core::value::ValueRef;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::SqliteConnection;
use super::held::{Held, Progress};
use crate::errors::{self, NativeError};
use crate::raw::{Step, Text};
use crate::worker::{self, Cancel};

const OUR_WRITER: &str = "the write transaction of another session of this engine";
pub(super) const ANY_LOCK: &str = "a lock on the database, which another connection or process holds";

/// An operation that goes on. Where it does not [land](Flight::land), its connection goes back to the pool at once.
pub(super) struct Flight<'a> {
    pub(super) connection: &'a mut SqliteConnection,
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
    pub(super) fn new(connection: &'a mut SqliteConnection) -> Self {
        Flight { connection, landed: false }
    }

    pub(super) fn held(&mut self) -> Result<&mut Held> {
        self.connection.held.as_mut().ok_or_else(errors::unusable)
    }

    /// The operation is over, well or not: the connection can be used again.
    pub(super) fn land(mut self) {
        if let Some(held) = &mut self.connection.held {
            held.settle();
        }
        self.landed = true;
    }

    pub(super) async fn go_on<'v>(
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
            // Only a sink that hands rows on waits, and that has a way of its own: see `reading`.
            Progress::Step(Step::Tired(execution) | Step::Waiting(execution)) => {
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
    pub(super) async fn control(
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

impl<'a> Flight<'a> {
    /// Commits on a blocking thread, as a COMMIT of many rows writes them all to the file. It is not stopped where the future
    /// is dropped.
    pub(super) async fn commit_elsewhere(
        self,
        sql: &Arc<Sql>,
        done: fn(&mut Held),
        failed: fn(NativeError) -> Error,
    ) -> Result<()> {
        let Some(held) = self.connection.held.take() else { return Err(errors::unusable()) };
        let (held, outcome) = match worker::control(held, Arc::clone(sql)).await {
            Ok(ended) => ended,
            Err(lost) => return Err(Error::with_source(ErrorKind::OutcomeUnknown, lost)),
        };
        let held = self.connection.held.insert(held);
        match outcome {
            Ok(()) => done(held),
            Err(native) if native.is_busy() => return self.control(sql, false, done, failed).await,
            Err(native) => {
                self.land();
                return Err(failed(native));
            }
        }
        self.land();
        Ok(())
    }
}

/// How long locks are still waited for, over all the steps of one operation.
pub(super) struct Patience {
    limit: Duration,
    deadline: Instant,
    pauses: u32,
}

impl Patience {
    pub(super) fn new(limit: Duration) -> Self {
        Patience { limit, deadline: Instant::now() + limit, pauses: 0 }
    }

    /// Waits a moment, longer from time to time, until a lock is tried again.
    pub(super) async fn pause(&mut self) -> Result<()> {
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
    pub(super) async fn queue(&mut self, writers: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit> {
        match tokio::time::timeout_at(self.deadline, Arc::clone(writers).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_closed)) => Err(Error::new(ErrorKind::Closed { what: "engine" })),
            Err(_elapsed) => Err(errors::lock_timeout(self.limit, OUR_WRITER)),
        }
    }
}
