//! The session that buffers and tracks: SQLAlchemy's unit of work. It owns its objects; applications hold handles.
//!
//! Invariants: nothing is written but by a flush, and a flush changes the objects only when all of it succeeded. A future
//! that is dropped leaves a phase behind that the next call notices. Between transactions a session holds no connection.

mod batch;
mod flush;
mod graph;
mod journal;
mod nested;
mod objects;
mod plan;
mod reconcile;
mod relate;
mod related;
mod slot;
mod tracking;
mod work;

use std::any::Any;
use std::ops::{Index, IndexMut};
use std::panic::Location;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::any_engine::{AnyEngine, Link};
use crate::definition::{Cascade, Items, Load, ModelDef, RelationKind};
use crate::engine::{Access, RowSink, Sql, TransactionOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::handle::{Handle, SessionId, SlotId};
use crate::key::{IntoKey, KeyValues};
use crate::links;
use crate::model::{Branch, Cols, Eager, Model, branches};
use crate::now::BoxFuture;
use crate::render;
use crate::statement::{Output, Select};
use crate::value::{Value, ValueRef};

use journal::Journal;
use nested::Savepoints;
use objects::Objects;
use related::Loading;
use tracking::{Populate, Tracking};

pub use plan::Plan;
pub use slot::ObjectState;

/// The greatest number of flushes in one commit: hooks may add work, but not for ever.
const ROUNDS: usize = 100;

/// How sessions behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SessionOptions {
    pub(crate) autoflush: bool,
    pub(crate) expire_on_commit: bool,
    pub(crate) transaction: TransactionOptions,
}

impl Default for SessionOptions {
    fn default() -> Self {
        SessionOptions { autoflush: true, expire_on_commit: true, transaction: TransactionOptions::default() }
    }
}

/// A session: holds objects, notices their changes, and writes them all with one [`commit`](UnitOfWork::commit).
///
/// `session[handle]` is the object, to read and to change. Nothing is sent before a flush: at `commit`, at
/// [`flush`](UnitOfWork::flush), and before a query. Reads run outside of a transaction until the session first writes, or
/// until [`begin`](UnitOfWork::begin); from then on everything runs in one, on one connection, until commit or rollback.
#[must_use = "a session that is dropped writes nothing"]
pub struct UnitOfWork {
    engine: AnyEngine,
    options: SessionOptions,
    objects: Objects,
    transaction: Option<Link>,
    journal: Journal,
    savepoints: Savepoints,
    phase: Phase,
}

/// What the session is at. A phase that is still there when the next call comes was left by a dropped future.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Phase {
    Active,
    Beginning,
    Flushing,
    Committing,
    RollingBack,
    /// The first cause, as text, until `rollback`.
    Failed(String),
}

/// A column that differs from its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The column.
    pub column: &'static str,
    /// What the row holds, as far as it is known.
    pub old: Value,
    /// What the object holds.
    pub new: Value,
}

/// What can be added to a session: a new object, or the handle of one that is transient or to be deleted.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be added to a session",
    label = "expected a model or a handle",
    note = "write `#[derive(orm::Model)]` on the type"
)]
pub trait Addable {
    /// The model.
    type Model: Model;
    #[doc(hidden)]
    fn add_to(self, session: &mut UnitOfWork) -> Handle<Self::Model>;
}

impl<T: Model> Addable for T {
    type Model = T;
    fn add_to(self, session: &mut UnitOfWork) -> Handle<T> {
        let slot = session.objects.add(Box::new(self));
        // What is wrong with a field is reported by the flush, which takes in again.
        let _reported_later = relate::take_in_one(&mut session.objects, slot);
        Handle::new(slot, session.objects.session)
    }
}

impl<T: Model> Addable for Handle<T> {
    type Model = T;
    #[track_caller]
    fn add_to(self, session: &mut UnitOfWork) -> Handle<T> {
        let slot = session.expect(self);
        session.objects.add_again(slot);
        self
    }
}

impl AnyEngine {
    /// A new session with the default options.
    pub fn session(&self) -> UnitOfWork {
        UnitOfWork::new(self.clone(), SessionOptions::default())
    }
}

impl UnitOfWork {
    pub(crate) fn new(engine: AnyEngine, options: SessionOptions) -> Self {
        UnitOfWork {
            engine,
            options,
            objects: Objects::new(next_session()),
            transaction: None,
            journal: Journal::default(),
            savepoints: Savepoints::default(),
            phase: Phase::Active,
        }
    }

    /// The engine that the session runs against.
    pub fn engine(&self) -> &AnyEngine {
        &self.engine
    }

    // Objects.

    /// Adds a new object, to be inserted at the next flush, and gives its handle. With the handle of an object that is
    /// transient (after a rollback, say) it is inserted again; with one that is to be deleted, the deletion is taken back.
    ///
    /// # Panics
    /// With a handle of another session, or of an object that is gone.
    #[track_caller]
    pub fn add<A: Addable>(&mut self, object: A) -> Handle<A::Model> {
        object.add_to(self)
    }

    /// Adds several objects.
    #[track_caller]
    pub fn add_all<A: Addable>(&mut self, objects: impl IntoIterator<Item = A>) -> Vec<Handle<A::Model>> {
        let mut handles = Vec::new();
        for object in objects {
            handles.push(object.add_to(self));
        }
        handles
    }

    /// Marks an object's row for deletion at the next flush. An object that was not inserted yet is not inserted.
    ///
    /// # Panics
    /// With a handle of another session, or of an object that is gone.
    #[track_caller]
    pub fn delete<T: Model>(&mut self, handle: Handle<T>) {
        let slot = self.expect(handle);
        self.objects.discard(slot);
    }

    /// Takes an object out of the session, without writing it, and gives it. None if the handle is of another session or
    /// the object is gone.
    pub fn expunge<T: Model>(&mut self, handle: Handle<T>) -> Option<T> {
        let slot = self.objects.resolve(handle)?;
        self.objects.forget_row(slot);
        let object: Box<dyn Any> = self.objects.slot_mut(slot).object.take()?;
        self.objects.evict(slot);
        object.downcast().ok().map(|object| *object)
    }

    /// The object of a handle; none if the handle is of another session or the object is gone. `session[handle]` panics then.
    pub fn get_ref<T: Model>(&self, handle: Handle<T>) -> Option<&T> {
        self.objects.get(handle)
    }

    /// The object of a handle, to change. See [`get_ref`](UnitOfWork::get_ref).
    pub fn get_mut<T: Model>(&mut self, handle: Handle<T>) -> Option<&mut T> {
        self.objects.get_mut(handle)
    }

    /// Where an object stands; none if the handle is of another session or the object is gone.
    pub fn state<T: Model>(&self, handle: Handle<T>) -> Option<ObjectState> {
        self.objects.resolve(handle).map(|slot| self.objects.slot(slot).state)
    }

    /// Whether the object's values were read or written before the last commit or rollback. The next query that meets the
    /// row renews them.
    pub fn is_stale<T: Model>(&self, handle: Handle<T>) -> bool {
        self.objects.resolve(handle).is_some_and(|slot| {
            self.objects.slot(slot).state == ObjectState::Persistent && self.objects.is_stale(slot)
        })
    }

    /// Whether a persistent object differs from its row, as far as that is known.
    pub fn is_modified<T: Model>(&self, handle: Handle<T>) -> bool {
        self.objects.resolve(handle).is_some_and(|slot| self.objects.has_changes(slot))
    }

    /// The columns in which a persistent object differs from its row, as far as that is known.
    pub fn changes<T: Model>(&self, handle: Handle<T>) -> Vec<Change> {
        let mut changes = Vec::new();
        let Some(slot) = self.objects.resolve(handle) else { return changes };
        let entry = self.objects.slot(slot);
        let (Some(object), Some(snapshot)) = (entry.object.as_deref(), &entry.snapshot) else {
            return changes;
        };
        for column in work::changed_columns(object, snapshot).iter() {
            changes.push(Change {
                column: T::model().columns[usize::from(column)].name,
                old: snapshot[usize::from(column)].clone(),
                new: object.value(column).into_value(),
            });
        }
        changes
    }

    #[track_caller]
    fn expect<T: Model>(&self, handle: Handle<T>) -> SlotId {
        match self.objects.resolve(handle) {
            Some(slot) => slot,
            None => foreign(T::model().name),
        }
    }

    // Writing.

    /// What the next flush would write, without writing it.
    pub fn plan(&mut self) -> Result<Plan> {
        self.ready()?;
        self.planned().map(|(plan, _)| plan)
    }

    fn planned(&mut self) -> Result<(Plan, Vec<relate::KeyCopy>)> {
        // Keys that the program makes are there before foreign keys are written.
        relate::take_back(&mut self.objects);
        relate::take_in(&mut self.objects)?;
        work::apply_defaults(&mut self.objects);
        let copies = relate::relate(&mut self.objects)?;
        let acts = work::collect(&self.objects, &copies, self.engine.dialect())?;
        let plan = plan::build(&work::entries(&self.objects, &acts), &copies)?;
        Ok((plan, copies))
    }

    /// Writes all changes inside the session's transaction, which it begins if there is none.
    ///
    /// An error of the plan (a value that a column cannot hold, say) changes nothing: correct the object and flush again.
    /// An error of the database rolls the transaction back; the session is inactive then until
    /// [`rollback`](UnitOfWork::rollback).
    #[track_caller]
    pub fn flush(&mut self) -> impl Future<Output = Result<()>> + Send + '_ {
        let caller = Location::caller();
        async move { self.flush_from(caller).await }
    }

    /// Refuses to write in a transaction that was begun for reading.
    fn writable(&self, object: impl FnOnce() -> String) -> Result<()> {
        match self.transaction.as_ref().map_or(self.options.transaction.access, Link::access) {
            Access::Write => Ok(()),
            Access::Read => Err(Error::new(ErrorKind::ReadOnly { object: object() })),
        }
    }

    async fn flush_from(&mut self, caller: &'static Location<'static>) -> Result<()> {
        self.ready()?;
        if !self.objects.may_have_work() {
            return Ok(());
        }
        relate::take_back(&mut self.objects);
        let mut doomed = self.objects.doomed_now();
        if let Some(slot) = doomed.first() {
            self.writable(|| self.objects.label(*slot))?;
        }
        let (plan, copies) = loop {
            if !doomed.is_empty() {
                // What hangs on the deleted rows is read in the transaction that deletes them.
                self.begin_from(self.options.transaction, caller).await?;
            }
            let known = self.load_for_flush(&doomed, caller).await?;
            let planned = self.planned()?;
            // Orphans have children as well.
            doomed = self.objects.doomed_now();
            let is_known = |slot: &SlotId| {
                let object = self.objects.object(*slot);
                known.contains(slot) || object.is_none_or(|object| object.definition().relations.is_empty())
            };
            if doomed.iter().all(is_known) {
                break planned;
            }
            self.writable(|| planned.0.first().to_owned())?;
            relate::take_back(&mut self.objects);
        };
        if plan.is_empty() {
            return self.journal.apply(flush::Outcome::default(), &mut self.objects);
        }
        self.writable(|| plan.first().to_owned())?;
        self.begin_from(self.options.transaction, caller).await?;
        let Some(link) = self.transaction.as_mut() else { return Err(Error::new(ErrorKind::ConnectionLost)) };
        link.caller = caller;
        self.phase = Phase::Flushing;
        let written = flush::run(&plan, &copies, &self.objects, &self.engine, link).await;
        match written.and_then(|outcome| self.journal.apply(outcome, &mut self.objects)) {
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
            self.flush_from(caller).await?;
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

    async fn rollback_from(&mut self, caller: &'static Location<'static>) -> Result<()> {
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

    async fn begin_from(
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
        self.transaction.is_some()
    }

    /// Rolls back what was not committed, gives the connection back and lets all objects go.
    #[track_caller]
    pub fn close(mut self) -> impl Future<Output = Result<()>> + Send {
        let caller = Location::caller();
        async move { self.rollback_from(caller).await }
    }

    /// After a failed flush: what happened since the innermost savepoint is rolled back, or the whole transaction where
    /// there is none, or the database gave it up itself. The first cause is kept.
    async fn abandon(&mut self, error: &Error) {
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
    async fn abandon_all(&mut self, error: &Error) {
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
    fn ready(&mut self) -> Result<()> {
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
            Phase::Committing => {
                self.fail(format!("a commit {dropped}; it is not known whether it took place"))
            }
            Phase::RollingBack => self.fail(format!("a rollback {dropped}")),
            Phase::Failed(_) => {}
        }
        match &self.phase {
            Phase::Failed(cause) => Err(Error::new(ErrorKind::Inactive { cause: cause.clone() })),
            _ => Ok(()),
        }
    }

    fn fail(&mut self, cause: String) {
        self.phase = Phase::Failed(cause);
        // Dropped with an unfinished operation, the connection never reaches another borrower as it is.
        self.transaction = None;
        self.savepoints.clear();
    }

    // Reading.

    /// The object with this primary key. One that the session holds, and that is not stale, costs no statement; one that is
    /// to be deleted is none.
    #[track_caller]
    pub fn get<T: Model>(
        &mut self,
        key: impl IntoKey<T::Key>,
    ) -> impl Future<Output = Result<Option<Handle<T>>>> + Send + '_ {
        let caller = Location::caller();
        let mut values = KeyValues::new();
        key.append_to(&mut values);
        async move {
            let session = self.objects.session;
            let slot = self.get_slot(T::model(), values, caller).await?;
            Ok(slot.map(|slot| Handle::new(slot, session)))
        }
    }

    pub(crate) async fn get_slot(
        &mut self,
        model: &'static ModelDef,
        key: KeyValues,
        caller: &'static Location<'static>,
    ) -> Result<Option<SlotId>> {
        self.ready()?;
        if let Some(slot) = self.objects.find(model, key.iter().map(Value::as_ref)) {
            if self.objects.slot(slot).state == ObjectState::Doomed {
                return Ok(None);
            }
            if !self.objects.is_stale(slot) {
                return Ok(Some(slot));
            }
        }
        self.autoflush(model, None, caller).await?;
        self.read_by_key(model, key, Populate::Stale, caller).await
    }

    async fn read_by_key(
        &mut self,
        model: &'static ModelDef,
        key: KeyValues,
        populate: Populate,
        caller: &'static Location<'static>,
    ) -> Result<Option<SlotId>> {
        let sql = self.engine.select_by_key(model);
        let bound: smallvec::SmallVec<[ValueRef<'_>; 2]> = key.iter().map(Value::as_ref).collect();
        let mut sink = Tracking { objects: &mut self.objects, model, populate, found: Vec::new() };
        run(&mut self.transaction, &self.engine, &sql, &bound, &mut sink, caller).await?;
        Ok(sink.found.first().copied())
    }

    /// Reads an object's row again, and overwrites the object with it, changes included.
    ///
    /// # Panics
    /// With a handle of another session, or of an object that is gone.
    #[track_caller]
    pub fn refresh<T: Model>(&mut self, handle: Handle<T>) -> impl Future<Output = Result<()>> + Send + '_ {
        let caller = Location::caller();
        let slot = self.expect(handle);
        async move { self.refresh_slot(slot, caller).await }
    }

    async fn refresh_slot(&mut self, slot: SlotId, caller: &'static Location<'static>) -> Result<()> {
        self.ready()?;
        let label = self.objects.label(slot);
        let entry = self.objects.slot(slot);
        let (Some(object), ObjectState::Persistent) = (entry.object.as_deref(), entry.state) else {
            return Err(Error::app(format!("{label} has no row to be refreshed from: flush first")));
        };
        let model = object.definition();
        let mut key = KeyValues::new();
        for column in model.primary_key {
            key.push(entry.row_value(*column).map_or(Value::Null, |value| value.into_value()));
        }
        match self.read_by_key(model, key, Populate::Existing, caller).await? {
            Some(_) => Ok(()),
            None => Err(Error::new(ErrorKind::Stale { object: label })),
        }
    }

    /// Loads relations of objects that the session holds: `session.load(post, |p| p.author()).await?`. All siblings that
    /// came from the same query are loaded at once, so a loop over them sends one statement; `.alone()` opts out.
    ///
    /// # Panics
    /// With a handle of another session, or of an object that is gone.
    #[track_caller]
    pub fn load<T: Model, E: Eager>(
        &mut self,
        targets: impl LoadTargets<T>,
        relations: impl FnOnce(Cols<T>) -> E,
    ) -> LoadRequest<'_> {
        let mut slots = Vec::new();
        for handle in targets.handles() {
            slots.push(self.expect(handle));
        }
        let branches = branches::<T, E>(relations);
        LoadRequest {
            session: self,
            model: T::model(),
            slots,
            branches,
            alone: false,
            caller: Location::caller(),
        }
    }

    pub(crate) async fn select(&mut self, request: &Request) -> Result<Vec<SlotId>> {
        let Request { select, with, autoflush, populate_existing, caller } = request;
        self.ready()?;
        self.autoflush(select.model, *autoflush, caller).await?;
        let rendered = render::select(select, Output::Rows, self.engine.dialect())?;
        let bound: Vec<ValueRef<'_>> = rendered.values.iter().map(Value::as_ref).collect();
        let populate = if *populate_existing { Populate::Existing } else { Populate::Stale };
        let model = select.model;
        let mut sink = Tracking { objects: &mut self.objects, model, populate, found: Vec::new() };
        run(&mut self.transaction, &self.engine, &Sql::new(rendered.sql), &bound, &mut sink, caller).await?;
        let found = sink.found;
        self.objects.remember_cohort(&found);
        if !with.is_empty() {
            self.load_branches(model, &found, with, populate, caller).await?;
        }
        Ok(found)
    }

    /// Loads relations of objects that the session holds, on the transaction's connection or a borrowed one.
    async fn load_branches(
        &mut self,
        model: &'static ModelDef,
        owners: &[SlotId],
        branches: &[Branch],
        populate: Populate,
        caller: &'static Location<'static>,
    ) -> Result<()> {
        let UnitOfWork { engine, objects, transaction, .. } = self;
        let mut borrowed;
        let link = match transaction {
            Some(link) => link,
            None => {
                borrowed = engine.connect(caller).await?;
                &mut borrowed
            }
        };
        link.caller = caller;
        Loading { objects, engine, link, populate }.branches(model, owners, branches).await
    }

    pub(crate) async fn load_slots(
        &mut self,
        model: &'static ModelDef,
        targets: &[SlotId],
        branches: &[Branch],
        alone: bool,
        caller: &'static Location<'static>,
    ) -> Result<()> {
        self.ready()?;
        self.autoflush(model, None, caller).await?;
        for branch in branches {
            // The siblings that came from the same query are loaded at once, so that a loop over them asks once.
            let relation = branch.relation;
            let lacks = |objects: &Objects, slot: SlotId| {
                objects.relation(slot, relation).is_some_and(|items| items.load != Load::Loaded)
            };
            let mut owners = targets.to_vec();
            if !alone && branch.narrowing.is_none() && targets.iter().any(|slot| lacks(&self.objects, *slot))
            {
                for target in targets {
                    let cohort = self.objects.slot(*target).cohort;
                    for sibling in &self.objects.cohorts[cohort as usize] {
                        let persistent = self.objects.slot(*sibling).state == ObjectState::Persistent;
                        if persistent && lacks(&self.objects, *sibling) {
                            owners.push(*sibling);
                        }
                    }
                }
            }
            self.load_branches(model, &owners, std::slice::from_ref(branch), Populate::Stale, caller).await?;
        }
        Ok(())
    }

    /// Loads what hangs on objects that are to be deleted, level by level, and what stood in collections that were replaced
    /// without having been loaded. Gives the objects whose children are known now.
    async fn load_for_flush(
        &mut self,
        doomed: &[SlotId],
        caller: &'static Location<'static>,
    ) -> Result<rustc_hash::FxHashSet<SlotId>> {
        let mut level = doomed.to_vec();
        let mut seen: rustc_hash::FxHashSet<SlotId> = level.iter().copied().collect();
        while !level.is_empty() {
            let mut next = Vec::new();
            for (model, owners) in self.objects.by_model(&level) {
                for relation in links::of(model)? {
                    let definition = relation.definition;
                    let cascades = definition.cascade.has(Cascade::DELETE);
                    let needed = match definition.kind {
                        RelationKind::BelongsTo => cascades,
                        RelationKind::HasOne | RelationKind::HasMany | RelationKind::ManyToMany => {
                            !definition.passive_deletes && !definition.view_only
                        }
                    };
                    if !needed {
                        continue;
                    }
                    let branch = Branch { relation: relation.index, narrowing: None, branches: Vec::new() };
                    let missing: Vec<SlotId> = owners
                        .iter()
                        .copied()
                        .filter(|slot| {
                            self.objects
                                .relation(*slot, relation.index)
                                .is_some_and(|items| items.load != Load::Loaded)
                        })
                        .collect();
                    if !missing.is_empty() {
                        self.load_branches(model, &missing, &[branch], Populate::Stale, caller).await?;
                    }
                    if cascades {
                        for owner in &owners {
                            let members = self
                                .objects
                                .relation(*owner, relation.index)
                                .into_iter()
                                .flat_map(Items::slots);
                            next.extend(members.filter(|member| seen.insert(*member)));
                        }
                    }
                }
            }
            level = next;
        }
        self.load_replaced(caller).await?;
        Ok(seen)
    }

    /// A collection that was not loaded and is set anew: what it held before is loaded, so that it can be let go.
    async fn load_replaced(&mut self, caller: &'static Location<'static>) -> Result<()> {
        for position in 0..self.objects.touched.len() {
            let slot = self.objects.touched[position];
            let Some(model) = self.objects.object(slot).map(|object| object.definition()) else { continue };
            for relation in links::of(model)? {
                let held =
                    self.objects.slot(slot).held.as_ref().map(|held| held[usize::from(relation.index)].load);
                let Some(items) = self.objects.relation_mut(slot, relation.index) else { continue };
                let replaced = held == Some(Load::NotLoaded)
                    && items.load == Load::Loaded
                    && relation.definition.kind != RelationKind::BelongsTo;
                if !replaced {
                    continue;
                }
                let wanted = std::mem::replace(items, Items::not_loaded());
                let branch = Branch { relation: relation.index, narrowing: None, branches: Vec::new() };
                let loaded = self.load_branches(model, &[slot], &[branch], Populate::Stale, caller).await;
                if let Some(items) = self.objects.relation_mut(slot, relation.index) {
                    *items = wanted;
                }
                loaded?;
            }
        }
        Ok(())
    }

    pub(crate) async fn select_into(
        &mut self,
        request: &Request,
        output: Output,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        let Request { select, with: _, autoflush, populate_existing: _, caller } = request;
        self.ready()?;
        self.autoflush(select.model, *autoflush, caller).await?;
        let rendered = render::select(select, output, self.engine.dialect())?;
        let bound: Vec<ValueRef<'_>> = rendered.values.iter().map(Value::as_ref).collect();
        run(&mut self.transaction, &self.engine, &Sql::new(rendered.sql), &bound, sink, caller).await
    }

    async fn autoflush(
        &mut self,
        model: &ModelDef,
        wanted: Option<bool>,
        caller: &'static Location<'static>,
    ) -> Result<()> {
        if !wanted.unwrap_or(self.options.autoflush) || !self.objects.may_have_work() {
            return Ok(());
        }
        self.flush_from(caller).await.map_err(|error| {
            error.context(format!("in the flush before the query of `{}` at {caller}", model.name))
        })
    }

    pub(crate) fn session_id(&self) -> SessionId {
        self.objects.session
    }
}

/// What `load` takes: a handle, or a list of them.
pub trait LoadTargets<T> {
    #[doc(hidden)]
    fn handles(self) -> Vec<Handle<T>>;
}

impl<T> LoadTargets<T> for Handle<T> {
    fn handles(self) -> Vec<Handle<T>> {
        vec![self]
    }
}

impl<T> LoadTargets<T> for &Handle<T> {
    fn handles(self) -> Vec<Handle<T>> {
        vec![*self]
    }
}

impl<T> LoadTargets<T> for &[Handle<T>] {
    fn handles(self) -> Vec<Handle<T>> {
        self.to_vec()
    }
}

impl<T> LoadTargets<T> for &Vec<Handle<T>> {
    fn handles(self) -> Vec<Handle<T>> {
        self.clone()
    }
}

/// A load under way. Await it.
#[must_use = "a load does nothing until it is awaited"]
pub struct LoadRequest<'s> {
    session: &'s mut UnitOfWork,
    model: &'static ModelDef,
    slots: Vec<SlotId>,
    branches: Vec<Branch>,
    alone: bool,
    caller: &'static Location<'static>,
}

impl LoadRequest<'_> {
    /// Leaves the siblings alone that came from the same query.
    pub fn alone(mut self) -> Self {
        self.alone = true;
        self
    }
}

impl<'s> IntoFuture for LoadRequest<'s> {
    type Output = Result<()>;
    type IntoFuture = BoxFuture<'s, Result<()>>;

    fn into_future(self) -> Self::IntoFuture {
        let LoadRequest { session, model, slots, branches, alone, caller } = self;
        Box::pin(async move { session.load_slots(model, &slots, &branches, alone, caller).await })
    }
}

/// What a query asks of a session.
#[derive(Clone, Debug)]
pub struct Request {
    pub(crate) select: Select,
    /// Relations to load along.
    pub(crate) with: Vec<Branch>,
    /// The session's own setting where `None`.
    pub(crate) autoflush: Option<bool>,
    pub(crate) populate_existing: bool,
    pub(crate) caller: &'static Location<'static>,
}

/// A number that no other session of the process has, so that handles of one are strange to the others.
fn next_session() -> SessionId {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    SessionId(NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Runs a SELECT on the transaction's connection, or on one that is borrowed for it.
async fn run(
    transaction: &mut Option<Link>,
    engine: &AnyEngine,
    sql: &std::sync::Arc<Sql>,
    values: &[ValueRef<'_>],
    sink: &mut dyn RowSink,
    caller: &'static Location<'static>,
) -> Result<()> {
    match transaction {
        Some(link) => {
            link.caller = caller;
            link.run(sql, values, sink).await?;
        }
        None => {
            engine.connect(caller).await?.run(sql, values, sink).await?;
        }
    }
    Ok(())
}

#[track_caller]
#[cold]
fn foreign(model: &str) -> ! {
    panic!(
        "this `{model}` handle does not belong to this session, or its object is gone; `get_ref` tests for that"
    )
}

impl<T: Model> Index<Handle<T>> for UnitOfWork {
    type Output = T;
    #[track_caller]
    fn index(&self, handle: Handle<T>) -> &T {
        match self.objects.get(handle) {
            Some(object) => object,
            None => foreign(T::model().name),
        }
    }
}

impl<T: Model> IndexMut<Handle<T>> for UnitOfWork {
    #[track_caller]
    fn index_mut(&mut self, handle: Handle<T>) -> &mut T {
        match self.objects.get_mut(handle) {
            Some(object) => object,
            None => foreign(T::model().name),
        }
    }
}

impl<T: Model> Index<&Handle<T>> for UnitOfWork {
    type Output = T;
    #[track_caller]
    fn index(&self, handle: &Handle<T>) -> &T {
        &self[*handle]
    }
}

impl<T: Model> IndexMut<&Handle<T>> for UnitOfWork {
    #[track_caller]
    fn index_mut(&mut self, handle: &Handle<T>) -> &mut T {
        &mut self[*handle]
    }
}

impl std::fmt::Debug for UnitOfWork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnitOfWork")
            .field("engine", &self.engine)
            .field("phase", &self.phase)
            .field("in_transaction", &self.transaction.is_some())
            .finish_non_exhaustive()
    }
}

/// `name: 'Ann' -> 'Bob'`
impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} -> {}", self.column, self.old, self.new)
    }
}
