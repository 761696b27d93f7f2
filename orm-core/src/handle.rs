//! Handles: what an application holds in place of a reference. An id of a slot in one session, not of a row, so an object
//! has its identity before it has a key.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

/// The slot of an object in its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId(pub(crate) u32);

/// The number of a session, unique in the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionId(pub(crate) u32);

/// An object of a session: `Copy`, `Send`, and good for as long as the session holds the object.
///
/// `session[handle]` is the object. A handle used with another session, or after its object is gone, panics there with a
/// message that names the model; `session.get_ref(handle)` gives an `Option`.
pub struct Handle<T> {
    pub(crate) slot: SlotId,
    pub(crate) session: SessionId,
    _type: PhantomData<fn() -> T>,
}

impl<T> Handle<T> {
    pub(crate) fn new(slot: SlotId, session: SessionId) -> Self {
        Handle { slot, session, _type: PhantomData }
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Handle<T> {}

impl<T> PartialEq for Handle<T> {
    fn eq(&self, other: &Self) -> bool {
        self.slot == other.slot && self.session == other.session
    }
}

impl<T> Eq for Handle<T> {}

impl<T> Hash for Handle<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.slot.hash(state);
        self.session.hash(state);
    }
}

/// `User#3`
impl<T> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = std::any::type_name::<T>();
        write!(f, "{}#{}", name.rsplit("::").next().unwrap_or(name), self.slot.0)
    }
}
