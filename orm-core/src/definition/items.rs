//! What a relation field holds, without types: one storage for all models, so that sixty models in a chain cost the
//! compiler nothing. The typed fields are a face over it; the session and the loader work on it directly.

use std::sync::Arc;

use super::{AnyModel, List, Seen};
use crate::handle::{SessionId, SlotId};

/// The objects of a relation field, as far as they are known.
#[derive(Debug, Default)]
pub struct Items {
    pub(crate) load: Load,
    pub(crate) list: List,
    pub(crate) removed: Removed,
    /// Whether this is a copy of a field that held handles: adding its owner would steal them.
    pub(crate) copied: bool,
}

/// Objects that were taken out of a field while it was not loaded. Apart from the field: few have any, and every object of a
/// session has its fields.
#[derive(Clone, Debug, Default)]
pub(crate) struct Removed(Option<Box<Taken>>);

#[derive(Clone, Debug, Default)]
struct Taken {
    slots: Vec<SlotId>,
}

impl Removed {
    pub(crate) fn slots(&self) -> &[SlotId] {
        self.0.as_ref().map_or(&[], |taken| &taken.slots)
    }

    pub(crate) fn push(&mut self, slot: SlotId) {
        self.0.get_or_insert_default().slots.push(slot);
    }

    /// Forgets one that was put in again.
    pub(crate) fn forget(&mut self, slot: SlotId) {
        if let Some(taken) = &mut self.0 {
            taken.slots.retain(|removed| *removed != slot);
        }
    }
}

/// How much of a relation is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Load {
    /// Nothing was said: empty for a new object.
    #[default]
    Unset,
    /// The row was read and the relation was not; the list holds additions.
    NotLoaded,
    /// The list is all there is.
    Loaded,
    /// The list is a part: it was filtered or limited when it was loaded.
    Partial,
}

/// One object of a relation field.
#[derive(Debug)]
pub enum Item {
    /// A new object, or one of an untracked result.
    Owned(Box<dyn AnyModel>),
    /// An object of an untracked result that several others refer to.
    Shared(Arc<dyn AnyModel>),
    /// An object of a session.
    Tracked(SlotId, SessionId),
}

impl Items {
    /// A field whose relation was not read.
    pub fn not_loaded() -> Self {
        Items { load: Load::NotLoaded, ..Items::default() }
    }

    /// A field that holds exactly these.
    pub fn loaded(list: Vec<Item>) -> Self {
        Items::filled(Load::Loaded, list.into())
    }

    /// A field that holds these, of which a load knows as much.
    pub(crate) fn filled(load: Load, list: List) -> Self {
        Items { load, list, ..Items::default() }
    }

    /// The slots of the objects that a session holds.
    pub(crate) fn slots(&self) -> impl Iterator<Item = SlotId> + '_ {
        self.list.iter().filter_map(|item| match item {
            Seen::Tracked(slot, _) => Some(slot),
            Seen::Owned(_) | Seen::Shared(_) => None,
        })
    }

    /// Takes one object of a session out; whether it was there.
    pub(crate) fn take_out(&mut self, slot: SlotId) -> bool {
        let before = self.list.len();
        self.list.retain(|item| !matches!(item, Item::Tracked(other, _) if *other == slot));
        self.list.len() != before
    }
}
