//! The identity map: finds the slot of a row by its key. One row, one slot. No I/O.

use hashbrown::hash_table::Entry;

use super::Objects;
use super::key_hash::KeyHash;
use crate::definition::{AnyModel, ModelDef, Row};
use crate::error::Result;
use crate::handle::SlotId;
use crate::unit::slot::{ObjectState, Slot, copy_columns};
use crate::value::{Encoded, ValueRef};

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
        let same = |slot: &u32| {
            let slot = self.slot(SlotId(*slot));
            slot.hash == hash && has_key(slot, model, key.clone())
        };
        self.identity.find(hash.for_table(), same).map(|slot| SlotId(*slot))
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
        let same = |slot: &u32| {
            let slot = slots.slot(SlotId(*slot));
            slot.hash == hash && is_row(slot, model, row)
        };
        let rehash = |slot: &u32| slots.slot(SlotId(*slot)).hash.for_table();
        let vacant = match identity.entry(hash.for_table(), same, rehash) {
            Entry::Occupied(known) => return Ok(Met::Known(SlotId(*known.get()))),
            Entry::Vacant(vacant) => vacant,
        };
        let object = (model.read)(Row::new(row, model))?;
        traits.note(model);
        // Where the field gives another form of the key than the row, the slot may be known by that.
        let is_own = bears_key(object.as_ref(), model, row);
        let id = slots.push(Slot::new(object, ObjectState::Persistent, *epoch, hash));
        if is_own {
            vacant.insert(id.0);
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
        let Objects { identity, slots, .. } = self;
        identity.reserve(count, |slot| slots.slot(SlotId(*slot)).hash.for_table());
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
        let same_row = |other: &u32| {
            *other == id.0 || {
                let (one, other) = (slots.slot(id), slots.slot(SlotId(*other)));
                other.hash == hash && same_key(one, other, model)
            }
        };
        match identity.entry(hash.for_table(), same_row, |slot| slots.slot(SlotId(*slot)).hash.for_table()) {
            Entry::Vacant(vacant) => {
                vacant.insert(id.0);
            }
            Entry::Occupied(mut occupied) => {
                let other = SlotId(std::mem::replace(occupied.get_mut(), id.0));
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
        if let Ok(entry) = self.identity.find_entry(slot.hash.for_table(), |other| *other == id.0) {
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
