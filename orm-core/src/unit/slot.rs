//! One object of a session: the value, what its row held when it was first touched, and where it stands.

use crate::definition::{AnyModel, Item, Items, Load, ModelDef};
use crate::handle::{SessionId, SlotId};
use crate::value::{Encoded, Value};

/// Where an object stands between the program and the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectState {
    /// Known by its handle only: nothing will be written of it. `add` it again to insert it.
    Transient,
    /// Will be inserted at the next flush.
    Pending,
    /// Has a row.
    Persistent,
    /// Has a row that will be deleted at the next flush.
    Doomed,
    /// Its row was deleted in this transaction; gone at commit, persistent again after a rollback.
    Deleted,
}

#[derive(Debug)]
pub(crate) struct Slot {
    /// None once the object is gone.
    pub(crate) object: Option<Box<dyn AnyModel>>,
    /// The columns as the row has them, from the first mutable access on.
    pub(crate) snapshot: Option<Box<[Value]>>,
    /// What the relation fields held at the same moment; none for a model without relations.
    pub(crate) held: Option<Box<[Held]>>,
    /// When the columns were last read or written: older than the session's epoch is stale.
    pub(crate) epoch: u32,
    /// What the identity map holds the slot under, while it does.
    pub(crate) hash: KeyHash,
    pub(crate) state: ObjectState,
    /// Whether the slot stands in one of the lists of work for the next flush.
    pub(crate) queued: bool,
    /// The query that gave the object last, so that its siblings are known; zero where it came alone.
    pub(crate) cohort: u32,
}

/// The hash of a row's key. Kept in the slot: a growing identity map reads it there, without asking the object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyHash(u32);

impl KeyHash {
    pub(crate) fn of(hash: u64) -> KeyHash {
        KeyHash((hash >> 32) as u32 ^ hash as u32)
    }

    /// The same for a table, which looks at the upper and at the lower bits.
    pub(crate) fn spread(self) -> u64 {
        u64::from(self.0).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// What a relation field held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) load: Load,
    pub(crate) slots: Vec<SlotId>,
}

impl Held {
    pub(crate) fn of(items: &Items) -> Held {
        Held { load: items.load, slots: items.slots().collect() }
    }

    /// Whether a field says something else by now.
    pub(crate) fn differs(&self, items: &Items) -> bool {
        self.load != items.load
            || !items.removed.is_empty()
            || self.slots.len() != items.list.len()
            || !items.slots().eq(self.slots.iter().copied())
    }

    /// Puts a field back.
    pub(crate) fn restore(&self, items: &mut Items, session: SessionId) {
        let list = self.slots.iter().map(|slot| Item::Tracked(*slot, session)).collect();
        *items = Items { load: self.load, ..Items::loaded(list) };
    }
}

/// What all relation fields of an object hold.
pub(crate) fn copy_relations(object: &dyn AnyModel) -> Option<Box<[Held]>> {
    let count = object.definition().relations.len();
    if count == 0 {
        return None;
    }
    let mut held = Vec::with_capacity(count);
    for relation in 0..count as u8 {
        held.push(object.relation(relation).map_or(Held { load: Load::Unset, slots: Vec::new() }, Held::of));
    }
    Some(held.into_boxed_slice())
}

impl Slot {
    /// The value of a column in the row, as far as it is known.
    pub(crate) fn row_value(&self, column: u16) -> Option<Encoded<'_>> {
        match (&self.snapshot, &self.object) {
            (Some(snapshot), _) => Some(snapshot[usize::from(column)].as_ref().into()),
            (None, Some(object)) => Some(object.value(column)),
            (None, None) => None,
        }
    }
}

/// All columns of an object, copied.
pub(crate) fn copy_columns(object: &dyn AnyModel) -> Box<[Value]> {
    let columns = object.definition().columns.len();
    let mut values = Vec::with_capacity(columns);
    for column in 0..columns as u16 {
        values.push(object.value(column).into_value());
    }
    values.into_boxed_slice()
}

/// `User#3 (id 7)`: how messages name an object.
pub(crate) fn label(model: &ModelDef, slot: SlotId, object: Option<&dyn AnyModel>) -> String {
    let mut text = format!("{}#{}", model.name, slot.0);
    if let Some(object) = object {
        let mut separator = " (";
        for column in model.key_columns() {
            let value = object.value(column.index);
            text.push_str(&format!("{separator}{} {}", column.name, value.as_ref()));
            separator = ", ";
        }
        text.push(')');
    }
    text
}
