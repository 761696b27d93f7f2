//! A statement whose rows reach their reader while it runs: a stream. Used by [`super`].
//!
//! The first rows are read where the caller is, so that a short result costs no thread. From then on the statement goes to a
//! blocking thread for each chunk of rows and comes back with it: a slow row holds up nobody, and a slow reader holds no
//! thread. Once a row may have been read by its reader the statement is never started again.

use orm_core::engine::{Done, Next, RowSink, ready};
use orm_core::error::Result;
use orm_core::value::ValueRef;

use super::flight::{ANY_LOCK, Flight, Patience};
use super::held::Progress;
use crate::errors;
use crate::raw::{Execution, Step, Text};
use crate::worker::{self, Cancel};

/// Whether rows may have reached their reader.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    Nothing,
    Rows,
}

impl Flight<'_> {
    pub(super) async fn hand_on(
        mut self,
        mut progress: Progress<'static>,
        text: Text<'_>,
        values: &[ValueRef<'_>],
        sink: &mut dyn RowSink,
    ) -> Result<Done> {
        let mut patience = Patience::new(self.connection.locks.limit);
        let cancel = Cancel::default();
        let mut given = Given::Nothing;
        let outcome = loop {
            let next = match progress {
                Progress::Step(Step::Finished(done)) => break Ok(done),
                Progress::Step(Step::Waiting(execution) | Step::Tired(execution)) => {
                    given = Given::Rows;
                    self.next_chunk(execution, &cancel, sink).await
                }
                Progress::Step(Step::Stalled(execution)) => {
                    sink.restart();
                    let raw = self.held().map(|held| held.raw());
                    match raw.and_then(|raw| raw.start_again(execution, values, cancel.flag())) {
                        Ok(execution) => self.next_chunk(execution, &cancel, sink).await,
                        Err(error) => Err(error),
                    }
                }
                Progress::Step(Step::Busy) if given == Given::Rows => {
                    break Err(errors::lock_timeout(self.connection.locks.limit, ANY_LOCK));
                }
                Progress::Step(Step::Busy) => {
                    sink.restart();
                    match patience.pause().await {
                        Ok(()) => self.attempt_with_copies(text, values, sink),
                        Err(error) => Err(error),
                    }
                }
                Progress::Queue => match patience.queue(&self.connection.locks.writers).await {
                    Ok(permit) => self
                        .held()
                        .map(|held| held.writer = Some(permit))
                        .and_then(|()| self.attempt_with_copies(text, values, sink)),
                    Err(error) => Err(error),
                },
            };
            match next {
                Ok(next) => progress = next,
                Err(error) => break Err(error),
            }
        };
        self.land();
        outcome
    }

    fn attempt_with_copies(
        &mut self,
        text: Text<'_>,
        values: &[ValueRef<'_>],
        sink: &mut dyn RowSink,
    ) -> Result<Progress<'static>> {
        let locks = std::sync::Arc::clone(&self.connection.locks);
        self.held()?.attempt_with_copies(&locks, text, values, sink)
    }

    /// Waits until the sink takes more rows, and fetches them.
    async fn next_chunk(
        &mut self,
        execution: Execution<'static>,
        cancel: &Cancel,
        sink: &mut dyn RowSink,
    ) -> Result<Progress<'static>> {
        if ready(sink).await == Next::Enough {
            self.held()?.raw().stop();
            return Ok(Progress::Step(Step::Finished(Done::default())));
        }
        self.held()?.raw().run_until(&execution, cancel.flag())?;
        let Some(held) = self.connection.held.take() else { return Err(errors::unusable()) };
        let (held, step, chunk) = worker::fill(held, execution, sink.wants_columns()).await?;
        let held = self.connection.held.insert(held);
        match chunk.hand_on(sink).await {
            // What was read before an error is the reader's.
            Ok(Next::More | Next::Wait) => step.map(Progress::Step),
            Ok(Next::Enough) => {
                held.raw().stop();
                Ok(Progress::Step(Step::Finished(Done::default())))
            }
            Err(error) => {
                held.raw().stop();
                Err(error)
            }
        }
    }
}
