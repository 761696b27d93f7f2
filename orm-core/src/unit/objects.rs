//! The objects of a session: an arena of slots, and the identity map, which finds the slot of a row. One row, one slot.
//! No I/O.

use std::any::Any;
use std::hash::{Hash, Hasher};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rustc_hash::{FxHashSet, FxHasher};

use super::relate::Effects;
use super::slot::{Held, KeyHash, ObjectState, Slot, copy_columns, copy_relations, label};
use crate::definition::{AnyModel, Cascade, Items, ModelDef, RelationKind};
use crate::handle::{Handle, SessionId, SlotId};
use crate::links;
use crate::model::Model;
use crate::value::{Encoded, Value, ValueRef};

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
    /// What models of this session have, as far as objects of them came by.
    traits: Traits,
    /// The relation fields that were loaded in this transaction: what they hold may be rolled back.
    pub(crate) loads: Vec<(SlotId, u8)>,
    /// Relations of objects that `session.load` must not load, because the query that gave them said so.
    refused: FxHashSet<(SlotId, u8)>,
    /// New objects that were deleted before they had a row: relation fields do not bring them back.
    discarded: FxHashSet<SlotId>,
    /// The objects of each query, for loading relations of siblings together.
    pub(crate) cohorts: Vec<Vec<SlotId>>,
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
            traits: Traits::default(),
            loads: Vec::new(),
            refused: FxHashSet::default(),
            discarded: FxHashSet::default(),
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

    /// All slots, in the order in which they were taken.
    pub(crate) fn ids(&self) -> impl Iterator<Item = SlotId> + use<> {
        (0..self.slots.len() as u32).map(SlotId)
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

    /// Whether any object that came by has relation fields or foreign keys.
    pub(crate) fn has_relations(&self) -> bool {
        self.traits.relations
    }

    /// Whether any object that came by has columns with Rust defaults.
    pub(crate) fn has_defaults(&self) -> bool {
        self.traits.defaults
    }

    /// All objects of a model, whatever their state.
    pub(crate) fn of_model(&self, model: &'static ModelDef) -> impl Iterator<Item = (SlotId, &Slot)> {
        let is_one = |slot: &Slot| slot.object.as_deref().is_some_and(|object| object.definition().is(model));
        let slots = self.slots.iter().enumerate().filter(move |(_, slot)| is_one(slot));
        slots.map(|(number, slot)| (SlotId(number as u32), slot))
    }

    fn push(&mut self, object: Box<dyn AnyModel>, state: ObjectState) -> SlotId {
        self.traits.note(object.definition());
        let id = SlotId(
            u32::try_from(self.slots.len())
                .expect("a session holds fewer than four thousand million objects"),
        );
        self.slots.push(Slot {
            object: Some(object),
            snapshot: None,
            held: None,
            epoch: self.epoch,
            hash: KeyHash::default(),
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

    /// Deletes an object because the program says so. A new one, which has no row that could go, takes its new children along
    /// where a deletion would, and leaves the fields that would bring it back.
    pub(crate) fn discard(&mut self, id: SlotId) {
        let mut waiting = vec![id];
        while let Some(id) = waiting.pop() {
            if self.slot(id).state == ObjectState::Pending {
                self.discarded.insert(id);
                self.new_children(id, &mut waiting);
                self.leave_fields(id, &mut waiting);
            }
            self.delete(id);
        }
    }

    /// Whether an object was deleted before it had a row, and nobody added it again.
    pub(crate) fn is_discarded(&self, id: SlotId) -> bool {
        self.discarded.contains(&id)
    }

    /// What a new object holds that goes with it: new children that name no other parent.
    fn new_children(&self, id: SlotId, children: &mut Vec<SlotId>) {
        let Some(object) = self.object(id) else { return };
        for relation in links::of(object.definition()).unwrap_or_default() {
            let definition = relation.definition;
            if definition.kind == RelationKind::BelongsTo || !definition.cascade.has(Cascade::DELETE) {
                continue;
            }
            for child in object.relation(relation.index).into_iter().flat_map(Items::slots) {
                let names = relation.inverse.and_then(|inverse| self.relation(child, inverse));
                let elsewhere = names.is_some_and(|names| names.slots().any(|parent| parent != id));
                if self.slot(child).state == ObjectState::Pending && !elsewhere {
                    children.push(child);
                }
            }
        }
    }

    /// Takes a new object out of the fields of others; those that go with it join it.
    fn leave_fields(&mut self, id: SlotId, children: &mut Vec<SlotId>) {
        for position in 0..self.pending.len() + self.touched.len() {
            let owner = match self.pending.get(position) {
                Some(owner) => *owner,
                None => self.touched[position - self.pending.len()],
            };
            let is_new = self.slot(owner).state == ObjectState::Pending;
            let Some(object) = self.slots[owner.0 as usize].object.as_deref_mut() else { continue };
            let model = object.definition();
            for relation in links::of(model).unwrap_or_default() {
                let Some(items) = object.relation_mut(relation.index) else { continue };
                if !items.slots().any(|member| member == id) {
                    continue;
                }
                if relation.definition.kind != RelationKind::BelongsTo {
                    items.take_out(id);
                    continue;
                }
                let inverse =
                    relation.inverse.map(|inverse| &relation.target.relations[usize::from(inverse)]);
                let cascades = inverse.is_some_and(|inverse| inverse.cascade.has(Cascade::DELETE));
                let mut key = relation.local.iter().map(|column| &model.columns[usize::from(*column)]);
                if cascades && is_new {
                    children.push(owner);
                    break;
                } else if key.all(|column| column.nullable) {
                    *items = Items::loaded(Vec::new());
                }
            }
        }
    }

    /// The objects whose rows the next flush deletes, as far as that is known.
    pub(crate) fn doomed_now(&self) -> Vec<SlotId> {
        let doomed = |slot: &&SlotId| self.slot(**slot).state == ObjectState::Doomed;
        self.doomed.iter().filter(doomed).copied().collect()
    }

    /// Marks a relation of these objects as one that queries alone load.
    pub(crate) fn refuse(&mut self, owners: &[SlotId], relation: u8) {
        self.refused.extend(owners.iter().map(|owner| (*owner, relation)));
    }

    /// Whether a relation of an object is marked so.
    pub(crate) fn refuses(&self, owner: SlotId, relation: u8) -> bool {
        !self.refused.is_empty() && self.refused.contains(&(owner, relation))
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
        self.find_hashed(hash_key(model, key.clone()), model, key)
    }

    /// The slot of a row that a query met, and the hash of its key. For models whose keys [have one form](keys_have_one_form):
    /// of the others the object is built first and looked up by its own form.
    pub(crate) fn find_row(
        &self,
        model: &'static ModelDef,
        row: &[ValueRef<'_>],
    ) -> (Option<SlotId>, KeyHash) {
        let key = model.primary_key.iter().map(|column| row[usize::from(*column)]);
        let hash = hash_key(model, key.clone());
        (self.find_hashed(hash, model, key), hash)
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

    #[inline]
    fn find_hashed<'v>(
        &self,
        hash: KeyHash,
        model: &'static ModelDef,
        key: impl Iterator<Item = ValueRef<'v>> + Clone,
    ) -> Option<SlotId> {
        let same = |slot: &u32| {
            let slot = &self.slots[*slot as usize];
            slot.hash == hash && has_key(slot, model, key.clone())
        };
        self.identity.find(hash.spread(), same).map(|slot| SlotId(*slot))
    }

    /// Takes an object whose row is in no slot yet, as [`find_row`](Objects::find_row) said.
    pub(crate) fn place_new(&mut self, object: Box<dyn AnyModel>, row: KeyHash) -> SlotId {
        let own = hash_object(object.as_ref());
        let id = self.push(object, ObjectState::Persistent);
        // Where the field gives another form of the key than the row, the slot may be known by that.
        if own != row {
            self.remember_row(id);
            return id;
        }
        let Objects { identity, slots, .. } = self;
        slots[id.0 as usize].hash = own;
        identity.insert_unique(own.spread(), id.0, |slot| slots[*slot as usize].hash.spread());
        id
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

    /// Makes room in the identity map for so many rows.
    pub(crate) fn expect_rows(&mut self, count: usize) {
        let Objects { identity, slots, .. } = self;
        identity.reserve(count, |slot| slots[*slot as usize].hash.spread());
    }

    /// Enters a slot into the identity map under its row's key. Another slot that had the key lost its row without this
    /// session's doing; it is let go.
    pub(crate) fn remember_row(&mut self, id: SlotId) {
        let slot = &self.slots[id.0 as usize];
        let Some(object) = slot.object.as_deref() else { return };
        let model = object.definition();
        let hash = match &slot.snapshot {
            // An object that was not touched since is its row.
            None => hash_object(object),
            Some(snapshot) => hash_key(
                model,
                model.primary_key.iter().map(|column| snapshot[usize::from(*column)].as_ref()),
            ),
        };
        self.slots[id.0 as usize].hash = hash;
        let Objects { identity, slots, .. } = self;
        let same_row = |other: &u32| {
            *other == id.0 || {
                let (one, other) = (&slots[id.0 as usize], &slots[*other as usize]);
                other.hash == hash && same_key(one, other, model)
            }
        };
        match identity.entry(hash.spread(), same_row, |slot| slots[*slot as usize].hash.spread()) {
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

    /// Takes a slot out of the identity map.
    pub(crate) fn forget_row(&mut self, id: SlotId) {
        let slot = &self.slots[id.0 as usize];
        if slot.object.is_none() {
            return;
        }
        if let Ok(entry) = self.identity.find_entry(slot.hash.spread(), |other| *other == id.0) {
            entry.remove();
        }
    }
}

/// Whether a row's key is known by the values of the row.
pub(crate) fn keys_have_one_form(model: &ModelDef) -> bool {
    model.key_columns().all(|column| column.sql_type.has_one_form())
}

fn has_key<'v>(slot: &Slot, model: &ModelDef, mut key: impl Iterator<Item = ValueRef<'v>>) -> bool {
    let is_of_model = slot.object.as_deref().is_some_and(|object| object.definition().is(model));
    is_of_model
        && model.primary_key.iter().all(|column| {
            let value = slot.row_value(*column);
            value.as_ref().map(|value| value.as_ref()) == key.next()
        })
}

fn same_key(one: &Slot, other: &Slot, model: &ModelDef) -> bool {
    let is_of_model = other.object.as_deref().is_some_and(|object| object.definition().is(model));
    is_of_model
        && model.primary_key.iter().all(|column| {
            let (one, other) = (one.row_value(*column), other.row_value(*column));
            one.as_ref().map(|value| value.as_ref()) == other.as_ref().map(|value| value.as_ref())
        })
}

fn hash_key<'v>(model: &ModelDef, key: impl Iterator<Item = ValueRef<'v>>) -> KeyHash {
    let mut hasher = FxHasher::default();
    hasher.write_usize(model.columns.as_ptr().addr());
    for value in key {
        value.hash(&mut hasher);
    }
    KeyHash::of(hasher.finish())
}

/// The hash of the key that an object itself bears.
fn hash_object(object: &dyn AnyModel) -> KeyHash {
    let model = object.definition();
    let mut hasher = FxHasher::default();
    hasher.write_usize(model.columns.as_ptr().addr());
    for column in model.primary_key {
        object.value(*column).as_ref().hash(&mut hasher);
    }
    KeyHash::of(hasher.finish())
}
