//! The identity map: finds the slot of a row by its key. One row, one slot. No I/O.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::Objects;
use super::key_hash::KeyHash;
use crate::definition::{AnyModel, ModelDef, Row};
use crate::error::Result;
use crate::handle::SlotId;
use crate::unit::slot::{ObjectState, Slot, copy_columns};
use crate::value::{Encoded, ValueRef};

/// The slots of rows by the hashes of their keys.
#[derive(Debug, Default)]
pub(super) struct Identity(HashTable<Known>);

/// A slot in the map. The hash stands beside it, so that a growing map reads no slots.
#[derive(Clone, Copy, Debug)]
struct Known {
    slot: SlotId,
    hash: KeyHash,
}

/// A map of fewer rows than this that is full grows to four times its size, a larger one to twice: the smaller it is, the more
/// of a load is spent on making it larger.
const LARGE: usize = 1 << 16;

impl Identity {
    /// The place of a row of this hash, for which `is_row` holds.
    #[inline]
    fn entry(&mut self, hash: KeyHash, mut is_row: impl FnMut(SlotId) -> bool) -> Entry<'_, Known> {
        let Identity(table) = self;
        if table.len() == table.capacity() {
            let more = if table.len() < LARGE { table.len() * 3 } else { table.len() };
            table.reserve(more.max(1), Known::for_table);
        }
        let same = |known: &Known| known.hash == hash && is_row(known.slot);
        table.entry(hash.for_table(), same, Known::for_table)
    }
}

impl Known {
    #[inline]
    fn for_table(&self) -> u64 {
        self.hash.for_table()
    }
}

/// The object of a row that a query met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Met {
    /// It was there already, as it is.
    Known(SlotId),
    /// It was made from the row.
    New(SlotId),
}

impl Objects {
    /// The slot of the row with this key.
    pub(crate) fn find<'v>(
        &self,
        model: &'static ModelDef,
        key: impl Iterator<Item = ValueRef<'v>> + Clone,
    ) -> Option<SlotId> {
        let hash = KeyHash::of_key(model, key.clone());
        let same = |known: &Known| known.hash == hash && has_key(self.slot(known.slot), model, key.clone());
        self.identity.0.find(hash.for_table(), same).map(|known| known.slot)
    }

    /// The slot of the row whose key an object bears.
    pub(crate) fn find_object(&self, object: &dyn AnyModel) -> Option<SlotId> {
        let model = object.definition();
        let mut key: smallvec::SmallVec<[Encoded<'_>; 2]> = smallvec::SmallVec::new();
        for column in model.primary_key {
            key.push(object.value(*column));
        }
        self.find(model, key.iter().map(Encoded::as_ref))
    }

    /// Finds the object of a row that a query met, or makes it. For models whose keys [have one form](keys_have_one_form):
    /// of the others the object is built first and looked up by its own form.
    pub(crate) fn find_or_read(&mut self, model: &'static ModelDef, row: &[ValueRef<'_>]) -> Result<Met> {
        let hash = KeyHash::of_row(model, row);
        let Objects { identity, slots, traits, epoch, .. } = self;
        let vacant = match identity.entry(hash, |slot| is_row(slots.slot(slot), model, row)) {
            Entry::Occupied(known) => return Ok(Met::Known(known.get().slot)),
            Entry::Vacant(vacant) => vacant,
        };
        let object = (model.read)(Row::new(row, model))?;
        traits.note(model);
        // Where the field gives another form of the key than the row, the slot may be known by that.
        let is_own = bears_key(object.as_ref(), model, row);
        let id = slots.push(Slot::new(object, ObjectState::Persistent, *epoch, hash));
        if is_own {
            vacant.insert(Known { slot: id, hash });
        } else {
            self.remember_row(id);
        }
        Ok(Met::New(id))
    }

    /// Takes an object that was read; gives the slot that its row has already, where there is one.
    pub(crate) fn place(&mut self, object: Box<dyn AnyModel>, populate_existing: bool) -> SlotId {
        let model = object.definition();
        if !keys_have_one_form(model)
            && let Some(known) = self.find_object(object.as_ref())
        {
            if populate_existing || (self.is_stale(known) && !self.has_changes(known)) {
                self.overwrite(known, &copy_columns(object.as_ref()));
            }
            return known;
        }
        let id = self.push(object, ObjectState::Persistent);
        self.remember_row(id);
        id
    }

    /// Makes room for so many rows.
    pub(crate) fn expect_rows(&mut self, count: usize) {
        self.identity.0.reserve(count, Known::for_table);
    }

    /// Enters a slot under its row's key. Another slot that had the key lost its row without this session's doing; it is let
    /// go.
    pub(crate) fn remember_row(&mut self, id: SlotId) {
        let slot = self.slots.slot(id);
        let Some(object) = slot.object.as_deref() else { return };
        let model = object.definition();
        let hash = match slot.snapshot() {
            // An object that was not touched since is its row.
            None => KeyHash::of_object(object),
            Some(snapshot) => KeyHash::of_key(
                model,
                model.primary_key.iter().map(|column| snapshot[usize::from(*column)].as_ref()),
            ),
        };
        self.slots.slot_mut(id).hash = hash;
        let Objects { identity, slots, .. } = self;
        let same_row = |other: SlotId| other == id || same_key(slots.slot(id), slots.slot(other), model);
        let known = Known { slot: id, hash };
        match identity.entry(hash, same_row) {
            Entry::Vacant(vacant) => {
                vacant.insert(known);
            }
            Entry::Occupied(mut occupied) => {
                let other = std::mem::replace(occupied.get_mut(), known).slot;
                if other != id {
                    self.evict(other);
                }
            }
        }
    }

    /// Takes a slot out.
    pub(crate) fn forget_row(&mut self, id: SlotId) {
        let slot = self.slots.slot(id);
        if slot.object.is_none() {
            return;
        }
        if let Ok(entry) = self.identity.0.find_entry(slot.hash.for_table(), |known| known.slot == id) {
            entry.remove();
        }
    }
}

/// Whether a row's key is known by the values of the row.
pub(crate) fn keys_have_one_form(model: &ModelDef) -> bool {
    model.key_columns().all(|column| column.sql_type.has_one_form())
}

fn has_key<'v>(slot: &Slot, model: &ModelDef, mut key: impl Iterator<Item = ValueRef<'v>>) -> bool {
    let is_of_model = |object: &dyn AnyModel| object.definition().is(model);
    slot.object.as_deref().is_some_and(is_of_model)
        && model.primary_key.iter().all(|column| {
            let value = slot.row_value(*column);
            value.as_ref().map(|value| value.as_ref()) == key.next()
        })
}

/// Whether a slot is that of a row.
fn is_row(slot: &Slot, model: &ModelDef, row: &[ValueRef<'_>]) -> bool {
    has_key(slot, model, model.primary_key.iter().map(|column| row[usize::from(*column)]))
}

/// Whether an object that was read from a row gives the row's key as it is.
#[inline]
fn bears_key(object: &dyn AnyModel, model: &ModelDef, row: &[ValueRef<'_>]) -> bool {
    for column in model.primary_key {
        let value = row[usize::from(*column)];
        let is_plain = matches!(value, ValueRef::Int(_) | ValueRef::Text(_) | ValueRef::Bytes(_));
        let as_read = is_plain && model.columns[usize::from(*column)].as_read;
        if !as_read && object.value(*column).as_ref() != value {
            return false;
        }
    }
    true
}

fn same_key(one: &Slot, other: &Slot, model: &ModelDef) -> bool {
    let is_of_model = other.object.as_deref().is_some_and(|object| object.definition().is(model));
    is_of_model
        && model.primary_key.iter().all(|column| {
            let (one, other) = (one.row_value(*column), other.row_value(*column));
            one.as_ref().map(|value| value.as_ref()) == other.as_ref().map(|value| value.as_ref())
        })
}
