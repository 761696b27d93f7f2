//! The writing half of a session: plan, flush, commit, rollback, begin, and what a failure or a dropped future leaves behind.

use std::panic::Location;

use super::flush::Way;
use super::journal::Committed;
use super::turns::Turns;
use super::{Phase, Plan, ROUNDS, Then, UnitOfWork, flush, plan, relate, work};
use crate::any_engine::Link;
use crate::engine::{Access, TransactionOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::handle::SlotId;
use crate::now::at_once;

impl UnitOfWork {
    /// What the next flush would write, without writing it. What hangs on deleted objects and is not loaded is not known
    /// without asking the database: the plan says so, in lines of its own.
    pub fn plan(&mut self) -> Result<Plan> {
        self.ready()?;
        let (plan, _) = at_once(self.planned(&mut Turns::none()))?;
        let mut plan = plan.with_labels(&self.objects);
        plan.unknown = self.unknown()?;
        Ok(plan)
    }

    /// Works out the plan. Nothing but the effects of relations changes in the objects, which the next run takes back: it can
    /// be dropped wherever it gives others a turn.
    async fn planned(&mut self, turns: &mut Turns) -> Result<(Plan, relate::Asked)> {
        // Keys that the program makes are there before foreign keys are written.
        relate::take_back(&mut self.objects);
        relate::take_in(&mut self.objects, turns).await?;
        work::apply_defaults(&mut self.objects);
        let asked = relate::relate(&mut self.objects, turns).await?;
        let entries = work::collect(&self.objects, &asked, self.engine.dialect(), turns).await?;
        let plan = plan::build(&entries, &asked.copies, turns).await?;
        Ok((plan, asked))
    }

    /// Writes all changes inside the session's transaction, which it begins if there is none.
    ///
    /// An error of the plan (a value that a column cannot hold, say) changes nothing: correct the object and flush again.
    /// An error of the database rolls the transaction back; the session is inactive then until
    /// [`rollback`](UnitOfWork::rollback).
    #[track_caller]
    pub fn flush(&mut self) -> impl Future<Output = Result<()>> + Send + '_ {
        let caller = Location::caller();
        async move { self.flush_from(Then::GoOn, caller).await }
    }

    /// Refuses to write in a transaction that was begun for reading.
    pub(super) fn writable(&self, object: impl FnOnce() -> String) -> Result<()> {
        match self.transaction.as_ref().map_or(self.options.transaction.access, Link::access) {
            Access::Write => Ok(()),
            Access::Read => Err(Error::new(ErrorKind::ReadOnly { object: object() })),
        }
    }

    pub(super) async fn flush_from(&mut self, then: Then, caller: &'static Location<'static>) -> Result<()> {
        self.ready()?;
        if !self.objects.may_have_work() {
            return Ok(());
        }
        relate::take_back(&mut self.objects);
        let mut doomed = self.objects.doomed_now();
        if let Some(slot) = doomed.first() {
            self.writable(|| self.objects.label(*slot))?;
        }
        let mut turns = Turns::new();
        let (plan, asked) = loop {
            if self.objects.have_relations(&doomed) {
                // What hangs on the deleted rows is read in the transaction that deletes them.
                self.begin_from(self.options.transaction, caller).await?;
            }
            let known = self.load_for_flush(&doomed, caller).await?;
            let planned = self.planned(&mut turns).await;
            // Orphans have children as well.
            doomed = self.objects.doomed_now();
            let is_known = |slot: &SlotId| {
                let object = self.objects.object(*slot);
                known.contains(slot) || object.is_none_or(|object| object.definition().relations.is_empty())
            };
            let all_known = doomed.iter().all(is_known);
            let (plan, asked) = match planned {
                Ok((plan, asked)) if all_known && asked.lacking.is_empty() => break (plan, asked),
                Ok(planned) => planned,
                Err(error) if all_known => return Err(error),
                // What stands in the way may go with what is not loaded yet.
                Err(_) => Default::default(),
            };
            self.writable(|| match doomed.first() {
                Some(slot) if plan.is_empty() => self.objects.label(*slot),
                _ => plan.first(&self.objects),
            })?;
            relate::take_back(&mut self.objects);
            if !asked.lacking.is_empty() {
                // Rows that follow a key which changes are read in the transaction that changes it.
                self.begin_from(self.options.transaction, caller).await?;
                self.load_followers(&asked.lacking, caller).await?;
            }
        };
        if plan.is_empty() {
            let nothing = flush::Outcome::default();
            return self.journal.apply(nothing, Committed::NotYet, &mut self.objects, &mut turns).await;
        }
        self.writable(|| plan.first(&self.objects))?;
        let is_alone = then == Then::Commit
            && self.transaction.is_none()
            && self.options.transaction.isolation.is_none()
            && flush::is_one_safe_statement(&plan);
        if !is_alone {
            self.begin_from(self.options.transaction, caller).await?;
        }
        let way = match self.transaction.as_mut() {
            Some(link) => {
                link.caller = caller;
                self.phase = Phase::Flushing;
                Way::Transaction(link)
            }
            None => {
                self.phase = Phase::Committing;
                Way::Alone { caller }
            }
        };
        let written = flush::run(&plan, &asked.copies, &self.objects, &self.engine, way, &mut turns).await;
        if is_alone && written.as_ref().is_err_and(flush::is_before_any_write) {
            // As where a transaction cannot be begun: the session is as it was.
            self.phase = Phase::Active;
            return written.map(|_| ());
        }
        let written = written.map(|mut outcome| {
            outcome.add_followers(&asked.followed);
            outcome
        });
        let applied = match written {
            Ok(outcome) => {
                let committed = if is_alone { Committed::Already } else { Committed::NotYet };
                self.journal.apply(outcome, committed, &mut self.objects, &mut turns).await
            }
            Err(error) => Err(error),
        };
        match applied {
            Ok(()) => {
                self.phase = Phase::Active;
                Ok(())
            }
            Err(error) => {
                self.abandon(&error).await;
                Err(error)
            }
        }
    }

    /// Writes all changes and makes them permanent. The objects stay, readable, and stale: the next query renews them.
    ///
    /// After an error nothing is written, unless the error is
    /// [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown); call [`rollback`](UnitOfWork::rollback) and start again.
    #[track_caller]
    pub fn commit(&mut self) -> impl Future<Output = Result<()>> + Send + '_ {
        self.commit_from(Location::caller())
    }

    pub(crate) async fn commit_from(&mut self, caller: &'static Location<'static>) -> Result<()> {
        self.ready()?;
        let mut rounds = 0;
        while self.objects.may_have_work() {
            self.flush_from(Then::Commit, caller).await?;
            rounds += 1;
            if rounds == ROUNDS {
                return Err(Error::app(format!("there was still something to write after {ROUNDS} flushes")));
            }
        }
        if let Some(link) = self.transaction.as_mut() {
            link.caller = caller;
            self.phase = Phase::Committing;
            if let Err(error) = link.commit().await {
                self.abandon_all(&error).await;
                return Err(error);
            }
            self.transaction = None;
            self.savepoints.clear();
            self.phase = Phase::Active;
        }
        self.journal.commit(&mut self.objects);
        if self.options.expire_on_commit {
            self.objects.epoch += 1;
        }
        Ok(())
    }

    /// Gives up what was not committed. New objects are transient again and keep their values; deleted ones are back;
    /// changed columns hold what they held; everything is stale.
    #[track_caller]
    pub fn rollback(&mut self) -> impl Future<Output = Result<()>> + Send + '_ {
        self.rollback_from(Location::caller())
    }

    pub(super) async fn rollback_from(&mut self, caller: &'static Location<'static>) -> Result<()> {
        // Dropped while a connection is on its way back, the next call finds the phase and no transaction.
        let interrupted = self.phase != Phase::Active && !matches!(self.phase, Phase::Failed(_));
        self.phase = Phase::RollingBack;
        let mut outcome = Ok(());
        match self.transaction.take() {
            // Its last operation never ended: it is closed, or brought to a known state, as it goes back.
            Some(link) if interrupted || !link.is_usable() => drop(link),
            Some(mut link) => {
                link.caller = caller;
                outcome = link.rollback().await;
            }
            None => {}
        }
        self.savepoints.clear();
        self.journal.roll_back(&mut self.objects);
        self.objects.epoch += 1;
        self.phase = Phase::Active;
        // The transaction is gone either way; a connection that broke took it along.
        match outcome {
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionLost) => Ok(()),
            outcome => outcome,
        }
    }

    /// Begins the session's transaction now, for reads that belong together. Does nothing where it has begun.
    #[track_caller]
    pub fn begin(&mut self) -> impl Future<Output = Result<()>> + Send + '_ {
        self.begin_with(self.options.transaction)
    }

    /// Begins the session's transaction in a way of its own. One for reading ([`Access::Read`]) refuses to write: a flush
    /// that finds changes is a [`ReadOnly`](crate::ErrorKind::ReadOnly) error, and sends nothing.
    #[track_caller]
    pub fn begin_with(
        &mut self,
        options: TransactionOptions,
    ) -> impl Future<Output = Result<()>> + Send + '_ {
        let caller = Location::caller();
        async move {
            self.ready()?;
            self.begin_from(options, caller).await
        }
    }

    pub(super) async fn begin_from(
        &mut self,
        options: TransactionOptions,
        caller: &'static Location<'static>,
    ) -> Result<()> {
        if self.transaction.is_some() {
            return Ok(());
        }
        self.phase = Phase::Beginning;
        let begun = async {
            let mut link = self.engine.connect(caller).await?;
            link.begin(options).await?;
            Ok(link)
        }
        .await;
        // Nothing was written yet: a failure to begin leaves the session as it was.
        self.phase = Phase::Active;
        self.transaction = Some(begun?);
        self.objects.loads.clear();
        Ok(())
    }

    /// Whether the session is inside a transaction.
    pub fn in_transaction(&self) -> bool {
        self.transaction.is_some() || self.phase == Phase::Streaming
    }

    /// Rolls back what was not committed, gives the connection back and lets all objects go.
    #[track_caller]
    pub fn close(mut self) -> impl Future<Output = Result<()>> + Send {
        let caller = Location::caller();
        async move { self.rollback_from(caller).await }
    }

    /// After a failed flush: what happened since the innermost savepoint is rolled back, or the whole transaction where
    /// there is none, or the database gave it up itself. The first cause is kept.
    pub(super) async fn abandon(&mut self, error: &Error) {
        let survives = !matches!(error.kind(), ErrorKind::Deadlock | ErrorKind::ConnectionLost);
        let depth = self.savepoints.marks.len();
        if depth > 0
            && survives
            && let Some(link) = self.transaction.as_mut().filter(|link| link.is_usable())
        {
            self.phase = Phase::Flushing;
            if link.run_once(&format!("ROLLBACK TO SAVEPOINT orm_{depth}")).await.is_ok() {
                self.phase = Phase::Failed(error.to_string());
                return;
            }
        }
        self.abandon_all(error).await;
    }

    /// The whole transaction is rolled back.
    pub(super) async fn abandon_all(&mut self, error: &Error) {
        self.phase = Phase::Failed(error.to_string());
        self.savepoints.clear();
        if let Some(mut link) = self.transaction.take()
            && link.is_usable()
        {
            // The failure that led here is the one to report; a connection that cannot roll back is closed.
            let _reported_already = link.rollback().await;
        }
    }

    /// Whether the session may go on, and why not.
    pub(super) fn ready(&mut self) -> Result<()> {
        let dropped = "was dropped before it ended (a timeout, or a cancelled request)";
        match &self.phase {
            Phase::Active if self.savepoints.a_closure_was_dropped() => {
                self.fail(format!("a nested transaction {dropped}; all of the transaction was rolled back"));
            }
            Phase::Active => {
                if self.transaction.as_ref().is_some_and(|link| !link.is_usable()) {
                    self.fail(
                        "the connection was lost, or a statement on it was dropped, inside a transaction"
                            .into(),
                    );
                }
            }
            // Nothing was written in this transaction, so there is nothing to restore.
            Phase::Beginning => self.phase = Phase::Active,
            Phase::Flushing => self.fail(format!("a flush {dropped}; its transaction was rolled back")),
            Phase::Writing => {
                self.fail(format!("a write by a query {dropped}; its transaction was rolled back"));
            }
            Phase::Committing => {
                self.fail(format!("a commit {dropped}; it is not known whether it took place"))
            }
            Phase::RollingBack => self.fail(format!("a rollback {dropped}")),
            Phase::Streaming => {
                return Err(Error::invalid_query(
                    "a stream has the connection of this transaction: read it to its end, or `close` it, first",
                ));
            }
            Phase::Failed(_) => {}
        }
        match &self.phase {
            Phase::Failed(cause) => Err(Error::new(ErrorKind::Inactive { cause: cause.clone() })),
            _ => Ok(()),
        }
    }

    pub(super) fn fail(&mut self, cause: String) {
        self.phase = Phase::Failed(cause);
        // Dropped with an unfinished operation, the connection never reaches another borrower as it is.
        self.transaction = None;
        self.savepoints.clear();
    }
}
