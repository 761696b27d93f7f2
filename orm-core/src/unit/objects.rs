//! The objects of a session: an arena of slots, and the identity map, which finds the slot of a row. One row, one slot.
//! No I/O.

use std::any::Any;
use std::hash::{Hash, Hasher};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rustc_hash::FxHasher;

use super::relate::Effects;
use super::slot::{Held, ObjectState, Slot, copy_columns, copy_relations, label};
use crate::definition::{AnyModel, Items, ModelDef, RelationKind};
use crate::handle::{Handle, SessionId, SlotId};
use crate::model::Model;
use crate::types::SqlType;
use crate::value::{Value, ValueRef};

#[derive(Debug)]
pub(crate) struct Objects {
    pub(crate) session: SessionId,
    /// Grows at each end of a transaction; what was read before is stale.
    pub(crate) epoch: u32,
    slots: Vec<Slot>,
    identity: HashTable<u32>,
    /// Slots that may have to be inserted, in the order of `add`.
    pub(crate) pending: Vec<SlotId>,
    /// Slots that were touched: those with a snapshot.
    pub(crate) touched: Vec<SlotId>,
    /// Slots that may have to be deleted.
    pub(crate) doomed: Vec<SlotId>,
    /// What relations changed in the objects since the last flush, to be worked out anew by the next one.
    pub(crate) effects: Effects,
    /// The relation fields that were loaded in this transaction: what they hold may be rolled back.
    pub(crate) loads: Vec<(SlotId, u8)>,
    /// The objects of each query, for loading relations of siblings together.
    pub(crate) cohorts: Vec<Vec<SlotId>>,
}

impl Objects {
    pub(crate) fn new(session: SessionId) -> Self {
        Objects {
            session,
            // One is the first, so that zero is always older.
            epoch: 1,
            slots: Vec::new(),
            identity: HashTable::new(),
            pending: Vec::new(),
            touched: Vec::new(),
            doomed: Vec::new(),
            effects: Effects::default(),
            loads: Vec::new(),
            cohorts: vec![Vec::new()],
        }
    }

    pub(crate) fn slot(&self, id: SlotId) -> &Slot {
        &self.slots[id.0 as usize]
    }

    pub(crate) fn slot_mut(&mut self, id: SlotId) -> &mut Slot {
        &mut self.slots[id.0 as usize]
    }

    pub(crate) fn object(&self, id: SlotId) -> Option<&dyn AnyModel> {
        self.slots.get(id.0 as usize)?.object.as_deref()
    }

    /// The slot of a handle, if it is of this session and its object is not gone.
    pub(crate) fn resolve<T: Model>(&self, handle: Handle<T>) -> Option<SlotId> {
        let known = handle.session == self.session;
        (known && self.object(handle.slot).is_some()).then_some(handle.slot)
    }

    pub(crate) fn get<T: Model>(&self, handle: Handle<T>) -> Option<&T> {
        let object: &dyn Any = self.object(self.resolve(handle)?)?;
        object.downcast_ref()
    }

    /// The object to change. The first such access of one that has a row remembers what the row holds.
    pub(crate) fn get_mut<T: Model>(&mut self, handle: Handle<T>) -> Option<&mut T> {
        let id = self.resolve(handle)?;
        self.touch(id);
        let object: &mut dyn Any = self.slots[id.0 as usize].object.as_deref_mut()?;
        object.downcast_mut()
    }

    pub(crate) fn touch(&mut self, id: SlotId) {
        let slot = &mut self.slots[id.0 as usize];
        if slot.snapshot.is_none()
            && matches!(slot.state, ObjectState::Persistent | ObjectState::Doomed)
            && let Some(object) = slot.object.as_deref()
        {
            slot.snapshot = Some(copy_columns(object));
            slot.held = copy_relations(object);
            self.touched.push(id);
        }
    }

    pub(crate) fn relation(&self, id: SlotId, relation: u8) -> Option<&Items> {
        self.object(id)?.relation(relation)
    }

    pub(crate) fn relation_mut(&mut self, id: SlotId, relation: u8) -> Option<&mut Items> {
        self.slot_mut(id).object.as_deref_mut()?.relation_mut(relation)
    }

    /// Puts relation fields back to what they held.
    pub(crate) fn restore_relations(&mut self, id: SlotId, held: &[Held]) {
        let session = self.session;
        for (relation, held) in held.iter().enumerate() {
            if let Some(items) = self.relation_mut(id, relation as u8) {
                held.restore(items, session);
            }
        }
    }

    pub(crate) fn label(&self, id: SlotId) -> String {
        match self.object(id) {
            Some(object) => label(object.definition(), id, Some(object)),
            None => format!("object #{}", id.0),
        }
    }

    /// The objects of a model that have a row, or will have one.
    pub(crate) fn with_rows(&self, model: &'static ModelDef) -> impl Iterator<Item = SlotId> {
        let has_row = |slot: &Slot| matches!(slot.state, ObjectState::Pending | ObjectState::Persistent);
        let of_model =
            |slot: &Slot| slot.object.as_deref().is_some_and(|object| object.definition().is(model));
        let slots = self.slots.iter().enumerate();
        slots
            .filter(move |(_, slot)| has_row(slot) && of_model(slot))
            .map(|(number, _)| SlotId(number as u32))
    }

    /// All objects of a model, whatever their state.
    pub(crate) fn of_model(&self, model: &'static ModelDef) -> impl Iterator<Item = (SlotId, &Slot)> {
        let is_one = |slot: &Slot| slot.object.as_deref().is_some_and(|object| object.definition().is(model));
        let slots = self.slots.iter().enumerate().filter(move |(_, slot)| is_one(slot));
        slots.map(|(number, slot)| (SlotId(number as u32), slot))
    }

    fn push(&mut self, object: Box<dyn AnyModel>, state: ObjectState) -> SlotId {
        let id = SlotId(
            u32::try_from(self.slots.len())
                .expect("a session holds fewer than four thousand million objects"),
        );
        self.slots.push(Slot {
            object: Some(object),
            snapshot: None,
            held: None,
            epoch: self.epoch,
            state,
            queued: false,
            cohort: 0,
        });
        id
    }

    /// A new object, to be inserted.
    pub(crate) fn add(&mut self, object: Box<dyn AnyModel>) -> SlotId {
        let id = self.push(object, ObjectState::Transient);
        self.add_again(id);
        id
    }

    /// Queues a transient object for insertion, and takes back the deletion of one that was to be deleted.
    pub(crate) fn add_again(&mut self, id: SlotId) {
        let slot = &mut self.slots[id.0 as usize];
        match slot.state {
            // A row that was deleted in this transaction is inserted anew, under its old key.
            ObjectState::Transient | ObjectState::Deleted => {
                slot.state = ObjectState::Pending;
                if !std::mem::replace(&mut slot.queued, true) {
                    self.pending.push(id);
                }
            }
            ObjectState::Doomed => slot.state = ObjectState::Persistent,
            ObjectState::Pending | ObjectState::Persistent => {}
        }
    }

    /// Queues a persistent object for deletion; a pending one becomes transient.
    pub(crate) fn delete(&mut self, id: SlotId) {
        let slot = &mut self.slots[id.0 as usize];
        match slot.state {
            ObjectState::Pending => slot.state = ObjectState::Transient,
            ObjectState::Persistent => {
                slot.state = ObjectState::Doomed;
                if !std::mem::replace(&mut slot.queued, true) {
                    self.doomed.push(id);
                }
            }
            ObjectState::Transient | ObjectState::Doomed | ObjectState::Deleted => {}
        }
    }

    /// Deletes an object because the program says so: a new one leaves the collections that would bring it back.
    pub(crate) fn discard(&mut self, id: SlotId) {
        if self.slot(id).state == ObjectState::Pending {
            for position in 0..self.pending.len() + self.touched.len() {
                let owner = match self.pending.get(position) {
                    Some(owner) => *owner,
                    None => self.touched[position - self.pending.len()],
                };
                let Some(object) = self.slot_mut(owner).object.as_deref_mut() else { continue };
                for (relation, definition) in object.definition().relations.iter().enumerate() {
                    if definition.kind != RelationKind::BelongsTo
                        && let Some(items) = object.relation_mut(relation as u8)
                    {
                        items.take_out(id);
                    }
                }
            }
        }
        self.delete(id);
    }

    /// The objects whose rows the next flush deletes, as far as that is known.
    pub(crate) fn doomed_now(&self) -> Vec<SlotId> {
        let doomed = |slot: &&SlotId| self.slot(**slot).state == ObjectState::Doomed;
        self.doomed.iter().filter(doomed).copied().collect()
    }

    /// Notes that these objects came from one query.
    pub(crate) fn remember_cohort(&mut self, found: &[SlotId]) {
        let has_relations = found
            .first()
            .and_then(|slot| self.object(*slot))
            .is_some_and(|object| !object.definition().relations.is_empty());
        if found.len() < 2 || !has_relations {
            return;
        }
        let Ok(cohort) = u32::try_from(self.cohorts.len()) else { return };
        self.cohorts.push(found.to_vec());
        for slot in found {
            self.slot_mut(*slot).cohort = cohort;
        }
    }

    /// The slots by the model of their objects, in the order of first sight.
    pub(crate) fn by_model(&self, slots: &[SlotId]) -> Vec<(&'static ModelDef, Vec<SlotId>)> {
        let mut groups: Vec<(&'static ModelDef, Vec<SlotId>)> = Vec::new();
        for slot in slots {
            let Some(model) = self.object(*slot).map(|object| object.definition()) else { continue };
            match groups.iter_mut().find(|(known, _)| known.is(model)) {
                Some((_, group)) => group.push(*slot),
                None => groups.push((model, vec![*slot])),
            }
        }
        groups
    }

    /// Whether a flush may have something to write.
    pub(crate) fn may_have_work(&self) -> bool {
        !(self.pending.is_empty() && self.touched.is_empty() && self.doomed.is_empty())
    }

    /// The object goes; its slot stays empty, so that its handles stay dead.
    pub(crate) fn evict(&mut self, id: SlotId) {
        self.forget_row(id);
        let slot = self.slot_mut(id);
        slot.object = None;
        slot.snapshot = None;
        slot.held = None;
        slot.state = ObjectState::Transient;
    }

    // The identity map.

    /// The slot of the row with this key.
    pub(crate) fn find<'v>(
        &self,
        model: &'static ModelDef,
        key: impl Iterator<Item = ValueRef<'v>> + Clone,
    ) -> Option<SlotId> {
        let hash = hash_key(model, key.clone());
        let same = |slot: &u32| {
            let slot = &self.slots[*slot as usize];
            let Some(object) = slot.object.as_deref() else { return false };
            object.definition().is(model)
                && model.primary_key.iter().zip(key.clone()).all(|(column, wanted)| {
                    slot.row_value(*column).is_some_and(|value| value.as_ref() == wanted)
                })
        };
        self.identity.find(hash, same).map(|slot| SlotId(*slot))
    }

    /// The slot of a row that a query met. None as well where the key's type has several forms in a database: then the
    /// object is built first and looked up by its own form.
    pub(crate) fn find_row(&self, model: &'static ModelDef, row: &[ValueRef<'_>]) -> Option<SlotId> {
        if !model.key_columns().all(|column| has_one_form(column.sql_type)) {
            return None;
        }
        self.find(model, model.primary_key.iter().map(|column| row[usize::from(*column)]))
    }

    /// Takes an object that was read; gives the slot that its row has already, where there is one.
    pub(crate) fn place(&mut self, object: Box<dyn AnyModel>, populate_existing: bool) -> SlotId {
        let model = object.definition();
        if !model.key_columns().all(|column| has_one_form(column.sql_type)) {
            let key: Vec<Value> =
                model.primary_key.iter().map(|column| object.value(*column).into_value()).collect();
            if let Some(known) = self.find(model, key.iter().map(Value::as_ref)) {
                if populate_existing || (self.is_stale(known) && !self.has_changes(known)) {
                    self.overwrite(known, &copy_columns(object.as_ref()));
                }
                return known;
            }
        }
        let id = self.push(object, ObjectState::Persistent);
        self.remember_row(id);
        id
    }

    /// Takes the columns of a row, whatever the object holds.
    pub(crate) fn overwrite(&mut self, id: SlotId, columns: &[Value]) {
        let epoch = self.epoch;
        let slot = self.slot_mut(id);
        let Some(object) = slot.object.as_deref_mut() else { return };
        for (column, value) in columns.iter().enumerate() {
            // The values came out of an object of the same model, so their types fit.
            if object.set_value(column as u16, value.as_ref()).is_err() {
                return;
            }
        }
        if slot.snapshot.is_some() {
            slot.snapshot = Some(copy_columns(object));
        }
        slot.epoch = epoch;
    }

    pub(crate) fn is_stale(&self, id: SlotId) -> bool {
        self.slot(id).epoch < self.epoch
    }

    /// Whether a persistent object differs from its row. Its version does not count: the session does that.
    pub(crate) fn has_changes(&self, id: SlotId) -> bool {
        let slot = self.slot(id);
        let (Some(snapshot), Some(object)) = (&slot.snapshot, &slot.object) else { return false };
        object
            .definition()
            .columns
            .iter()
            .zip(snapshot)
            .any(|(column, before)| !column.version && object.value(column.index).as_ref() != before.as_ref())
    }

    /// Enters a slot into the identity map under its row's key. Another slot that had the key lost its row without this
    /// session's doing; it is let go.
    pub(crate) fn remember_row(&mut self, id: SlotId) {
        let Some(object) = self.object(id) else { return };
        let model = object.definition();
        let key: Vec<Value> = self.row_key(id, model);
        let values = key.iter().map(Value::as_ref);
        if let Some(other) = self.find(model, values.clone())
            && other != id
        {
            self.evict(other);
        }
        let hash = hash_key(model, values);
        let Objects { identity, slots, .. } = self;
        let rehash = |slot: &u32| hash_slot(&slots[*slot as usize]);
        match identity.entry(hash, |slot| *slot == id.0, rehash) {
            Entry::Occupied(_) => {}
            Entry::Vacant(vacant) => {
                vacant.insert(id.0);
            }
        }
    }

    /// Takes a slot out of the identity map. Call it before the slot's snapshot or key changes.
    pub(crate) fn forget_row(&mut self, id: SlotId) {
        let slot = &self.slots[id.0 as usize];
        if slot.object.is_none() {
            return;
        }
        if let Ok(entry) = self.identity.find_entry(hash_slot(slot), |other| *other == id.0) {
            entry.remove();
        }
    }

    fn row_key(&self, id: SlotId, model: &'static ModelDef) -> Vec<Value> {
        let slot = self.slot(id);
        let mut key = Vec::with_capacity(model.primary_key.len());
        for column in model.primary_key {
            key.push(slot.row_value(*column).map_or(Value::Null, |value| value.into_value()));
        }
        key
    }
}

/// Types that come out of every database in the form in which an object gives them.
pub(crate) fn has_one_form(sql_type: SqlType) -> bool {
    sql_type.is_integer() || matches!(sql_type, SqlType::Text { .. } | SqlType::Bytes { .. } | SqlType::Uuid)
}

fn hash_key<'v>(model: &ModelDef, key: impl Iterator<Item = ValueRef<'v>>) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write_usize(model.columns.as_ptr().addr());
    for value in key {
        value.hash(&mut hasher);
    }
    hasher.finish()
}

fn hash_slot(slot: &Slot) -> u64 {
    let Some(object) = slot.object.as_deref() else { return 0 };
    let model = object.definition();
    let mut hasher = FxHasher::default();
    hasher.write_usize(model.columns.as_ptr().addr());
    for column in model.primary_key {
        if let Some(value) = slot.row_value(*column) {
            value.as_ref().hash(&mut hasher);
        }
    }
    hasher.finish()
}
