//! Savepoints inside the session's transaction, and whole transactions as closures that are run again where that helps.

use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::{Phase, Then, UnitOfWork};
use crate::any_engine::AnyEngine;
use crate::error::{Error, ErrorKind, Result};

/// How often `transaction` runs a closure whose transaction was chosen as the victim of a deadlock.
const ATTEMPTS: u32 = 5;

/// The open savepoints of a session: for each, how long the journal was when it was opened.
#[derive(Debug, Default)]
pub(super) struct Savepoints {
    pub(super) marks: Vec<usize>,
    /// The outermost depth of a closure that was dropped before it ended, plus one; zero for none. Made with the first
    /// closure: most sessions run none.
    dropped: Option<Arc<AtomicUsize>>,
}

impl Savepoints {
    pub(super) fn clear(&mut self) {
        self.marks.clear();
        self.forget_dropped();
    }

    fn forget_dropped(&self) {
        if let Some(dropped) = &self.dropped {
            dropped.store(0, Ordering::Relaxed);
        }
    }

    pub(super) fn a_closure_was_dropped(&self) -> bool {
        self.dropped.as_ref().is_some_and(|dropped| dropped.load(Ordering::Relaxed) > 0)
    }
}

/// Notices that the future of a closure was dropped.
struct Watch {
    dropped: Arc<AtomicUsize>,
    depth: usize,
    ended: bool,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !self.ended {
            self.dropped.store(self.depth, Ordering::Relaxed);
        }
    }
}

fn name(depth: usize) -> String {
    format!("orm_{depth}")
}

impl UnitOfWork {
    /// Opens a savepoint, after a flush. End it with [`release`](UnitOfWork::release) or
    /// [`rollback_nested`](UnitOfWork::rollback_nested); savepoints nest to any depth.
    #[track_caller]
    pub fn begin_nested(&mut self) -> impl Future<Output = Result<()>> + Send + '_ {
        let caller = Location::caller();
        async move {
            self.flush_from(Then::GoOn, caller).await?;
            self.begin_from(self.options.transaction, caller).await?;
            let depth = self.savepoints.marks.len() + 1;
            self.savepoint_command(&format!("SAVEPOINT {}", name(depth))).await?;
            self.savepoints.marks.push(self.journal.mark());
            Ok(())
        }
    }

    /// Ends the innermost savepoint; its changes go on as changes of the transaction around it.
    #[track_caller]
    pub fn release(&mut self) -> impl Future<Output = Result<()>> + Send + '_ {
        let caller = Location::caller();
        async move {
            self.flush_from(Then::GoOn, caller).await?;
            let depth = self.savepoints.marks.len();
            if depth == 0 {
                return Err(no_savepoint());
            }
            self.savepoint_command(&format!("RELEASE SAVEPOINT {}", name(depth))).await?;
            self.savepoints.marks.pop();
            Ok(())
        }
    }

    /// Takes back what happened since the innermost savepoint was opened, objects included, and ends it. After a flush that
    /// failed inside it, the session goes on.
    #[track_caller]
    pub fn rollback_nested(&mut self) -> impl Future<Output = Result<()>> + Send + '_ {
        let caller = Location::caller();
        async move {
            let depth = self.savepoints.marks.len();
            let Some(mark) = self.savepoints.marks.last().copied() else { return Err(no_savepoint()) };
            let usable = self.transaction.as_ref().is_some_and(|link| link.is_usable());
            if !usable
                || matches!(
                    self.phase,
                    Phase::Flushing | Phase::Writing | Phase::Committing | Phase::RollingBack
                )
            {
                // The transaction went with its connection: only a rollback of all of it helps.
                self.ready()?;
                return Err(Error::new(ErrorKind::ConnectionLost));
            }
            if let Some(link) = self.transaction.as_mut() {
                link.caller = caller;
            }
            self.phase = Phase::RollingBack;
            let name = name(depth);
            let ended = async {
                self.savepoint_command(&format!("ROLLBACK TO SAVEPOINT {name}")).await?;
                self.savepoint_command(&format!("RELEASE SAVEPOINT {name}")).await
            }
            .await;
            if let Err(error) = ended {
                self.abandon_all(&error).await;
                return Err(error);
            }
            self.phase = Phase::Active;
            self.savepoints.marks.pop();
            self.savepoints.forget_dropped();
            self.journal.roll_back_to(mark, &mut self.objects);
            Ok(())
        }
    }

    /// How many savepoints are open.
    pub fn nesting(&self) -> usize {
        self.savepoints.marks.len()
    }

    async fn savepoint_command(&mut self, sql: &str) -> Result<()> {
        match self.transaction.as_mut() {
            Some(link) => link.run_once(sql).await.map(|_| ()),
            None => Err(Error::new(ErrorKind::ConnectionLost)),
        }
    }

    /// Runs a closure inside a savepoint: its changes stay on `Ok`, and are taken back, objects included, on `Err`.
    pub async fn nested<R>(&mut self, work: impl AsyncFnOnce(&mut UnitOfWork) -> Result<R>) -> Result<R> {
        self.begin_nested().await?;
        let depth = self.savepoints.marks.len();
        let dropped = Arc::clone(self.savepoints.dropped.get_or_insert_default());
        let mut watch = Watch { dropped, depth, ended: false };
        let outcome = work(self).await;
        watch.ended = true;
        let outcome = match outcome {
            Ok(value) => {
                let mut released = Ok(());
                while released.is_ok() && self.savepoints.marks.len() >= depth {
                    released = self.release().await;
                }
                released.map(|()| value)
            }
            Err(error) => Err(error),
        };
        if outcome.is_err() {
            while self.savepoints.marks.len() >= depth {
                self.rollback_nested().await?;
            }
        }
        outcome
    }
}

fn no_savepoint() -> Error {
    Error::app("there is no open savepoint: call `begin_nested` first")
}

impl AnyEngine {
    /// Runs a closure in a session of its own: commits on `Ok`, rolls back on `Err` and on panic.
    ///
    /// A transaction that the database rolled back because of a deadlock is run again from the start, with a fresh session
    /// and a fresh clone of the closure (so a closure must not change what it captured), up to five times in all, after a
    /// short and growing pause.
    pub async fn transaction<R, F>(&self, work: F) -> Result<R>
    where
        F: AsyncFnOnce(&mut UnitOfWork) -> Result<R> + Clone,
    {
        let mut attempt = 1;
        loop {
            let mut session = self.session();
            let once = work.clone();
            let outcome = match once(&mut session).await {
                Ok(value) => session.commit().await.map(|()| value),
                Err(error) => Err(error),
            };
            match outcome {
                Ok(value) => return Ok(value),
                Err(error) => {
                    // The first cause is the one to report; a connection that cannot roll back is closed.
                    let _reported = session.close().await;
                    if !error.is_retryable() || attempt == ATTEMPTS {
                        return Err(error);
                    }
                }
            }
            tokio::time::sleep(Duration::from_millis(5 << attempt)).await;
            attempt += 1;
        }
    }
}
