//! The objects of a session: an arena of slots, the identity map, which finds the slot of a row, and the lists of work for
//! the next flush. No I/O.

mod arena;
mod cohort;
mod discard;
mod identity;
mod key_hash;

use std::any::Any;

use rustc_hash::FxHashSet;

use self::arena::Arena;
use self::cohort::Cohorts;
use self::identity::Identity;
use super::relate::Effects;
use super::slot::{Before, Held, ObjectState, Slot, label};
use crate::definition::{AnyModel, Items, ModelDef};
use crate::handle::{Handle, SessionId, SlotId};
use crate::links;
use crate::model::Model;
use crate::value::Value;

pub(crate) use identity::{Met, keys_have_one_form};
pub(crate) use key_hash::KeyHash;

#[derive(Debug)]
pub(crate) struct Objects {
    pub(crate) session: SessionId,
    /// Grows at each end of a transaction; what was read before is stale.
    pub(crate) epoch: u32,
    slots: Arena,
    identity: Identity,
    /// Slots that may have to be inserted, in the order of `add`.
    pub(crate) pending: Vec<SlotId>,
    /// Slots that were touched: those with a snapshot.
    pub(crate) touched: Vec<SlotId>,
    /// Slots that may have to be deleted.
    pub(crate) doomed: Vec<SlotId>,
    /// What relations changed in the objects since the last flush, to be worked out anew by the next one.
    pub(crate) effects: Effects,
    /// What models of this session have, as far as objects of them came by.
    traits: Traits,
    /// The relation fields that were loaded in this transaction: what they hold may be rolled back.
    pub(crate) loads: Vec<(SlotId, u8)>,
    /// Relations of objects that `session.load` must not load, because the query that gave them said so.
    refused: FxHashSet<(SlotId, u8)>,
    /// New objects that were deleted before they had a row: relation fields do not bring them back.
    discarded: FxHashSet<SlotId>,
    /// The objects of each query, for loading relations of siblings together.
    cohorts: Cohorts,
}

/// What a flush can pass over where no object of the session has it.
#[derive(Debug, Default)]
struct Traits {
    /// The model that was noted last.
    last: Option<&'static ModelDef>,
    relations: bool,
    defaults: bool,
}

impl Traits {
    #[inline]
    fn note(&mut self, model: &'static ModelDef) {
        if !self.last.is_some_and(|last| std::ptr::eq(last, model)) {
            self.last = Some(model);
            let keys = links::references(model).unwrap_or_default();
            self.relations |= !(model.relations.is_empty() && keys.is_empty());
            self.defaults |= model.columns.iter().any(|column| column.default);
        }
    }
}

impl Objects {
    #[inline]
    pub(crate) fn new(session: SessionId) -> Self {
        Objects {
            session,
            // One is the first, so that zero is always older.
            epoch: 1,
            slots: Arena::default(),
            identity: Identity::default(),
            pending: Vec::new(),
            touched: Vec::new(),
            doomed: Vec::new(),
            effects: Effects::default(),
            traits: Traits::default(),
            loads: Vec::new(),
            refused: FxHashSet::default(),
            discarded: FxHashSet::default(),
            cohorts: Cohorts::default(),
        }
    }

    #[inline]
    pub(crate) fn slot(&self, id: SlotId) -> &Slot {
        self.slots.slot(id)
    }

    #[inline]
    pub(crate) fn slot_mut(&mut self, id: SlotId) -> &mut Slot {
        self.slots.slot_mut(id)
    }

    pub(crate) fn object(&self, id: SlotId) -> Option<&dyn AnyModel> {
        self.slots.get(id)?.object.as_deref()
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
        let object: &mut dyn Any = self.slot_mut(id).object.as_deref_mut()?;
        object.downcast_mut()
    }

    pub(crate) fn touch(&mut self, id: SlotId) {
        if self.slots.slot_mut(id).remember() {
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

    /// All slots, in the order in which they were taken.
    pub(crate) fn ids(&self) -> impl Iterator<Item = SlotId> + use<> {
        (0..self.slots.len() as u32).map(SlotId)
    }

    /// The objects of a model that have a row, or will have one.
    pub(crate) fn with_rows(&self, model: &'static ModelDef) -> impl Iterator<Item = SlotId> {
        let has_row = |slot: &Slot| matches!(slot.state, ObjectState::Pending | ObjectState::Persistent);
        let of_model =
            |slot: &Slot| slot.object.as_deref().is_some_and(|object| object.definition().is(model));
        self.slots.iter().filter(move |(_, slot)| has_row(slot) && of_model(slot)).map(|(id, _)| id)
    }

    /// Whether any object that came by has relation fields or foreign keys.
    pub(crate) fn has_relations(&self) -> bool {
        self.traits.relations
    }

    /// Whether the models of any of these objects have relations.
    pub(crate) fn have_relations(&self, slots: &[SlotId]) -> bool {
        let has = |slot: &SlotId| {
            self.object(*slot).is_some_and(|object| !object.definition().relations.is_empty())
        };
        self.traits.relations && slots.iter().any(has)
    }

    /// Whether any object that came by has columns with Rust defaults.
    pub(crate) fn has_defaults(&self) -> bool {
        self.traits.defaults
    }

    /// All objects of a model, whatever their state.
    pub(crate) fn of_model(&self, model: &'static ModelDef) -> impl Iterator<Item = (SlotId, &Slot)> {
        let is_one = |slot: &Slot| slot.object.as_deref().is_some_and(|object| object.definition().is(model));
        self.slots.iter().filter(move |(_, slot)| is_one(slot))
    }

    fn push(&mut self, object: Box<dyn AnyModel>, state: ObjectState) -> SlotId {
        self.traits.note(object.definition());
        self.slots.push(Slot::new(object, state, self.epoch, KeyHash::default()))
    }

    /// A new object, to be inserted.
    pub(crate) fn add(&mut self, object: Box<dyn AnyModel>) -> SlotId {
        let id = self.push(object, ObjectState::Transient);
        self.add_again(id);
        id
    }

    /// Queues a transient object for insertion, and takes back the deletion of one that was to be deleted.
    pub(crate) fn add_again(&mut self, id: SlotId) {
        let slot = self.slots.slot_mut(id);
        match slot.state {
            // A row that was deleted in this transaction is inserted anew, under its old key.
            ObjectState::Transient | ObjectState::Deleted => {
                slot.state = ObjectState::Pending;
                if !self.discarded.is_empty() {
                    self.discarded.remove(&id);
                }
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
        let slot = self.slots.slot_mut(id);
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

    /// The objects whose rows the next flush deletes, as far as that is known.
    pub(crate) fn doomed_now(&self) -> Vec<SlotId> {
        let doomed = |slot: &&SlotId| self.slot(**slot).state == ObjectState::Doomed;
        self.doomed.iter().filter(doomed).copied().collect()
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
        slot.take_before();
        slot.state = ObjectState::Transient;
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
        slot.renew_snapshot();
        slot.epoch = epoch;
    }

    /// Puts an object back to what it held.
    pub(crate) fn restore(&mut self, id: SlotId, before: &Before) {
        self.overwrite(id, &before.columns);
        if let Some(held) = &before.held {
            self.restore_relations(id, held);
        }
    }

    pub(crate) fn is_stale(&self, id: SlotId) -> bool {
        self.slot(id).epoch < self.epoch
    }

    /// Whether a persistent object differs from its row. Its version does not count: the session does that.
    pub(crate) fn has_changes(&self, id: SlotId) -> bool {
        let slot = self.slot(id);
        let (Some(snapshot), Some(object)) = (slot.snapshot(), &slot.object) else { return false };
        object
            .definition()
            .columns
            .iter()
            .zip(snapshot)
            .any(|(column, before)| !column.version && object.value(column.index).as_ref() != before.as_ref())
    }
}
