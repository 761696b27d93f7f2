//! The session that buffers and tracks: SQLAlchemy's unit of work. It owns its objects; applications hold handles.
//!
//! Invariants: nothing is written but by a flush, and a flush changes the objects only when all of it succeeded. A future
//! that is dropped leaves a phase behind that the next call notices. Between transactions a session holds no connection.

mod batch;
mod bulk;
mod flush;
mod graph;
mod journal;
mod nested;
mod objects;
mod per_slot;
mod plan;
mod reading;
mod reconcile;
mod relate;
mod related;
mod slot;
mod slot_map;
mod tail;
mod tracking;
mod turns;
mod work;
mod writing;

use std::ops::{Index, IndexMut};
use std::panic::Location;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::any_engine::{AnyEngine, Link};
use crate::engine::TransactionOptions;
use crate::handle::{Handle, SessionId, SlotId};
use crate::model::{Branch, Model};
use crate::node::Select;
use crate::value::Value;

use journal::Journal;
use nested::Savepoints;
use objects::Objects;

pub use bulk::{Upserted, WriteRequest};
pub(crate) use bulk::{checked, count_version, execute, is_one_statement};
pub use plan::Plan;
pub use reading::{LoadRequest, LoadTargets};
pub use slot::ObjectState;
pub use tail::Tail;
pub(crate) use tail::Tailed;
pub use tracking::Populate;

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
    /// Objects of a mixed selection whose rows are being placed.
    placed: Vec<SlotId>,
}

/// What the session is at. A phase that is still there when the next call comes was left by a dropped future.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Phase {
    Active,
    Beginning,
    Flushing,
    /// A write by a query.
    Writing,
    Committing,
    RollingBack,
    /// A stream has the connection of the transaction.
    Streaming,
    /// The first cause, as text, until `rollback`.
    Failed(String),
}

/// What comes after a flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    GoOn,
    /// Nothing but the COMMIT.
    Commit,
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
    #[inline]
    pub fn session(&self) -> UnitOfWork {
        UnitOfWork::new(self.clone(), SessionOptions::default())
    }
}

impl UnitOfWork {
    #[inline]
    pub(crate) fn new(engine: AnyEngine, options: SessionOptions) -> Self {
        UnitOfWork {
            engine,
            options,
            objects: Objects::new(next_session()),
            transaction: None,
            journal: Journal::default(),
            savepoints: Savepoints::default(),
            phase: Phase::Active,
            placed: Vec::new(),
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
        let objects = objects.into_iter();
        let mut handles = Vec::with_capacity(objects.size_hint().0);
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
        let (Some(object), Some(snapshot)) = (entry.object.as_deref(), entry.snapshot()) else {
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

    pub(crate) fn session_id(&self) -> SessionId {
        self.objects.session
    }
}

impl Request {
    pub(crate) fn populate(&self) -> Populate {
        if self.populate_existing { Populate::Existing } else { Populate::Stale }
    }
}

/// What a statement asks of a session besides being run.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Errand {
    /// What it is called in messages.
    pub(crate) what: &'static str,
    pub(crate) autoflush: Option<bool>,
    pub(crate) effect: Effect,
    pub(crate) caller: &'static Location<'static>,
}

/// Whether a statement may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Reads,
    Writes,
}

impl Errand {
    pub(crate) fn of(request: &Request) -> Errand {
        let Request { select, with: _, autoflush, populate_existing: _, tail: _, caller } = request;
        let what = select.model().map_or("rows", |model| model.name);
        Errand { what, autoflush: *autoflush, effect: Effect::Reads, caller }
    }
}

/// A connection that a stream runs on.
#[doc(hidden)]
pub struct Lent {
    pub(crate) link: Link,
    pub(crate) of: Lender,
}

/// Whose connection a stream runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lender {
    /// One of its own.
    Pool,
    /// That of the session's transaction, which waits until the stream ends.
    Transaction,
}

/// What a query asks of a session.
#[derive(Clone, Debug)]
pub struct Request {
    pub(crate) select: Box<Select>,
    /// Relations to load along.
    pub(crate) with: Vec<Branch>,
    /// The session's own setting where `None`.
    pub(crate) autoflush: Option<bool>,
    pub(crate) populate_existing: bool,
    /// Values behind the others, which the reader of the rows does not see.
    pub(crate) tail: Option<Tail>,
    pub(crate) caller: &'static Location<'static>,
}

/// A number that no other session of the process has, so that handles of one are strange to the others.
fn next_session() -> SessionId {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    SessionId(NEXT.fetch_add(1, Ordering::Relaxed))
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
