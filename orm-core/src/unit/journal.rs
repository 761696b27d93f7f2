//! What the flushes of a transaction did to the objects, so that a rollback can take it back, last things first. No I/O.

mod bulk;

use rustc_hash::FxHashSet;

use super::flush::{KeyRuns, KeyValue, Outcome, Slots, Updated};
use super::objects::Objects;
use super::reconcile::{self, Linked};
use super::relate;
use super::slot::{Before, Held, ObjectState};
use super::turns::Turns;
use crate::definition::{Items, Load, Row};
use crate::error::Result;
use crate::handle::SlotId;
use crate::value::{Value, ValueRef};

/// The changes of one transaction, in order.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    undo: Vec<Undo>,
}

#[derive(Debug)]
enum Undo {
    /// The objects got rows, and some of them keys in place of zero.
    Inserted(Box<Inserted>),
    /// The flush filled a column of the object, which held this before.
    Filled(SlotId, u16, Value),
    /// The object's row was changed from these columns.
    Updated(SlotId, Box<Before>),
    /// The object's row was deleted; it held this. The object may be edited before it comes back.
    Deleted(SlotId, Box<Before>),
    /// All relation fields of the object held this.
    Relations(SlotId, Box<[Held]>),
    /// One relation field of the object held this.
    Relation(SlotId, u8, Held),
}

/// New objects, and the keys that they were given.
#[derive(Debug)]
struct Inserted {
    slots: Slots,
    keys: KeyRuns,
    /// How many of them have their rows and keys by now.
    done: usize,
    /// What their keys were before, where that was not zero.
    before: Vec<(SlotId, u16, Value)>,
}

impl Inserted {
    /// Gives their rows to the next of them.
    fn give_rows(&mut self, count: usize, objects: &mut Objects) -> Result<()> {
        let Inserted { slots, keys, done, before } = self;
        let mut misfit = Ok(());
        let epoch = objects.epoch;
        let first = *done;
        *done += count;
        let passed = keys.partition_point(|run| run.start + run.count <= first);
        let mut runs = keys[passed..].iter().peekable();
        for place in first..*done {
            let slot = slots[place];
            let run = runs.peek().filter(|run| run.start <= place).copied();
            if let Some(run) = run {
                if let Some(object) = objects.slot_mut(slot).object.as_deref_mut() {
                    let held = object.value(run.column);
                    if held.as_ref() != ValueRef::Int(0) {
                        before.push((slot, run.column, held.into_value()));
                    }
                    if let Err(mismatch) = object.set_value(run.column, run.key(place - run.start).as_ref()) {
                        misfit = Err(Row::mismatch(object.definition(), run.column, &mismatch));
                    }
                }
                if run.start + run.count == place + 1 {
                    runs.next();
                }
            }
            let entry = objects.slot_mut(slot);
            entry.state = ObjectState::Persistent;
            entry.epoch = epoch;
            objects.remember_row(slot);
        }
        misfit
    }

    /// Takes their keys back.
    fn take_keys(&mut self, objects: &mut Objects) {
        for run in &self.keys {
            for place in run.start..self.done.min(run.start + run.count) {
                if let Some(object) = objects.slot_mut(self.slots[place]).object.as_deref_mut() {
                    // It was zero before; where it was not, that comes below.
                    let _fits = object.set_value(run.column, ValueRef::Int(0));
                }
            }
        }
        for (slot, column, before) in &self.before {
            if let Some(object) = objects.slot_mut(*slot).object.as_deref_mut() {
                // The value came out of this very field.
                let _fits = object.set_value(*column, before.as_ref());
            }
        }
    }
}

/// Whether what a flush wrote can still be rolled back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Committed {
    NotYet,
    Already,
}

/// So many objects are worked on before others may have a turn.
const OBJECTS_AT_ONCE: usize = 256;

impl Journal {
    /// Brings the objects in step with their rows after a flush. An error where the database made a value that its field
    /// cannot hold: the flush counts as failed then. Where this is dropped as it gives others a turn, the journal has all that
    /// it did so far.
    pub(crate) async fn apply(
        &mut self,
        outcome: Outcome,
        committed: Committed,
        objects: &mut Objects,
        turns: &mut Turns,
    ) -> Result<()> {
        let mut misfit = Ok(());
        let Outcome { inserted, keys, updated, deleted, filled } = outcome;
        let mut moves = Vec::new();
        let mut gone = FxHashSet::default();
        let mut links = Vec::new();
        let mut new_links: Vec<SlotId> = Vec::new();
        if objects.has_relations() {
            let moved = updated.iter().filter(|updated| updated.may_have_other_parents());
            reconcile::parents_before(objects, moved.map(|updated| updated.owner), &mut moves);
            reconcile::parents_before(objects, deleted.iter().copied(), &mut moves);
            let switched = updated.iter().filter(|updated| updated.slot != updated.owner);
            let switched_in = switched.clone().map(|updated| updated.slot);
            reconcile::no_parents(objects, inserted.iter().copied().chain(switched_in), &mut moves);
            gone.extend(deleted.iter().copied());
            gone.extend(switched.map(|updated| updated.owner));
            links = reconcile::links(objects, &deleted, Linked::Removed);
            new_links = inserted.to_vec();
            for position in 0..objects.touched.len() {
                let slot = objects.touched[position];
                if let Some(held) = objects.slot_mut(slot).take_held() {
                    self.undo.push(Undo::Relations(slot, held));
                }
            }
        }
        for slot in deleted {
            self.row_deleted(slot, objects);
        }
        let mut rekeyed = Vec::new();
        let mut inserted = inserted;
        let made_rows = inserted.len();
        for Updated { slot, owner, key, foreign: _ } in updated {
            if slot != owner {
                self.row_deleted(owner, objects);
                inserted.push(slot);
                continue;
            }
            if key == KeyValue::MayChange && key_changed(slot, objects) {
                objects.forget_row(slot);
                rekeyed.push(slot);
            }
            if let Some(before) = objects.slot_mut(slot).take_before() {
                self.undo.push(Undo::Updated(slot, before));
            }
            if turns.is_over(1) {
                turns.give().await;
            }
        }
        for (slot, column, value) in filled {
            if let Some(object) = objects.slot_mut(slot).object.as_deref_mut() {
                let before = object.value(column).into_value();
                match object.set_value(column, value.as_ref()) {
                    Ok(()) => self.undo.push(Undo::Filled(slot, column, before)),
                    Err(mismatch) => misfit = Err(Row::mismatch(object.definition(), column, &mismatch)),
                }
            }
        }
        objects.expect_rows(made_rows);
        if committed == Committed::Already && !inserted.is_empty() {
            let mut inserted = Inserted { slots: inserted, keys, done: 0, before: Vec::new() };
            misfit = misfit.and(inserted.give_rows(inserted.slots.len(), objects));
        } else if !inserted.is_empty() {
            let at = self.undo.len();
            let inserted = Inserted { slots: inserted, keys, done: 0, before: Vec::new() };
            self.undo.push(Undo::Inserted(Box::new(inserted)));
            while let Some(Undo::Inserted(inserted)) = self.undo.get_mut(at)
                && inserted.done < inserted.slots.len()
            {
                let count = OBJECTS_AT_ONCE.min(inserted.slots.len() - inserted.done);
                if let Err(error) = inserted.give_rows(count, objects) {
                    misfit = Err(error);
                }
                turns.after(count, 0).await;
            }
        }
        for slot in &rekeyed {
            objects.remember_row(*slot);
        }
        if objects.has_relations() {
            forget_additions(objects);
            let mut held = reconcile::settle(objects, moves, &gone);
            links.append(&mut reconcile::links(objects, &new_links, Linked::Added));
            reconcile::settle_links(objects, &links, &mut held);
            reconcile::forget_links(objects, &rekeyed);
            for (slot, relation, held) in held {
                self.undo.push(Undo::Relation(slot, relation, held));
            }
        }
        settle(objects);
        misfit
    }

    fn row_deleted(&mut self, slot: SlotId, objects: &mut Objects) {
        objects.forget_row(slot);
        let entry = objects.slot_mut(slot);
        entry.state = ObjectState::Deleted;
        let before = entry.take_before().or_else(|| entry.object.as_deref().map(Before::of_columns));
        self.undo.extend(before.map(|before| Undo::Deleted(slot, before)));
    }

    /// Takes everything back. New objects are transient again and keep their values, without the keys they were given;
    /// deleted ones are persistent again; changed columns hold what they held; whatever was not flushed is given up.
    pub(crate) fn roll_back(&mut self, objects: &mut Objects) {
        self.roll_back_to(0, objects);
    }

    /// How much there is to take back.
    pub(crate) fn mark(&self) -> usize {
        self.undo.len()
    }

    /// Takes back what came after a mark; the objects concerned are stale.
    pub(crate) fn roll_back_to(&mut self, mark: usize, objects: &mut Objects) {
        let (mut changed, mut new) = give_up(objects);
        // Keys may have changed hands: all objects leave the identity map before one comes back.
        let mut slots = Vec::new();
        for undo in &self.undo[mark..] {
            match undo {
                Undo::Inserted(inserted) => slots.extend_from_slice(&inserted.slots),
                Undo::Updated(slot, _) | Undo::Deleted(slot, _) => slots.push(*slot),
                Undo::Filled(..) | Undo::Relations(..) | Undo::Relation(..) => {}
            }
        }
        for slot in &slots {
            objects.forget_row(*slot);
        }
        for undo in self.undo.drain(mark..).rev() {
            match undo {
                Undo::Inserted(mut inserted) => {
                    inserted.take_keys(objects);
                    for slot in inserted.slots {
                        objects.slot_mut(slot).state = ObjectState::Transient;
                        new.push(slot);
                    }
                }
                Undo::Filled(slot, column, before) => {
                    if let Some(object) = objects.slot_mut(slot).object.as_deref_mut() {
                        // The value came out of this very field.
                        let _fits = object.set_value(column, before.as_ref());
                    }
                }
                Undo::Relations(slot, held) => objects.restore_relations(slot, &held),
                Undo::Relation(slot, relation, held) => {
                    let session = objects.session;
                    if let Some(items) = objects.relation_mut(slot, relation) {
                        held.restore(items, session);
                    }
                }
                Undo::Updated(slot, before) => objects.overwrite(slot, &before.columns),
                Undo::Deleted(slot, before) => {
                    objects.slot_mut(slot).state = ObjectState::Persistent;
                    objects.restore(slot, &before);
                }
            }
        }
        // What was added again was deleted before the mark, and is so now.
        if mark > 0 {
            let mut deleted = FxHashSet::default();
            for undo in &self.undo {
                match undo {
                    Undo::Deleted(slot, _) => _ = deleted.insert(*slot),
                    Undo::Inserted(inserted) => {
                        inserted.slots.iter().for_each(|slot| _ = deleted.remove(slot));
                    }
                    Undo::Filled(..) | Undo::Updated(..) | Undo::Relations(..) | Undo::Relation(..) => {}
                }
            }
            for slot in new.into_iter().filter(|slot| deleted.contains(slot)) {
                objects.slot_mut(slot).state = ObjectState::Deleted;
            }
        }
        // What was loaded in the transaction shows its rows.
        for (slot, relation) in std::mem::take(&mut objects.loads) {
            let has_row = objects.slot(slot).state == ObjectState::Persistent;
            if let Some(items) = objects.relation_mut(slot, relation).filter(|_| has_row) {
                *items = Items::not_loaded();
            }
        }
        for slot in slots {
            if objects.slot(slot).state == ObjectState::Persistent {
                objects.remember_row(slot);
                changed.push(slot);
            }
        }
        for slot in changed {
            let stale = objects.epoch - 1;
            objects.slot_mut(slot).epoch = stale;
        }
    }

    /// The transaction is committed: deleted objects go.
    pub(crate) fn commit(&mut self, objects: &mut Objects) {
        objects.loads.clear();
        for undo in self.undo.drain(..) {
            if let Undo::Deleted(slot, _) = undo
                && objects.slot(slot).state == ObjectState::Deleted
            {
                objects.evict(slot);
            }
        }
    }
}

/// Additions to and removals from collections that are not loaded are rows now. What was added and went in the same flush
/// is in no collection.
fn forget_additions(objects: &mut Objects) {
    for position in 0..objects.touched.len() + objects.pending.len() {
        let slot = match objects.touched.get(position) {
            Some(slot) => *slot,
            None => objects.pending[position - objects.touched.len()],
        };
        let Some(count) = objects.object(slot).map(|object| object.definition().relations.len()) else {
            continue;
        };
        for relation in 0..count as u8 {
            let Some(items) = objects.relation(slot, relation) else { continue };
            let is_gone = |member: &SlotId| {
                matches!(objects.slot(*member).state, ObjectState::Deleted | ObjectState::Transient)
            };
            let gone: Vec<SlotId> = items.slots().filter(is_gone).collect();
            let Some(items) = objects.relation_mut(slot, relation) else { continue };
            if items.load != Load::NotLoaded {
                for member in gone {
                    items.take_out(member);
                }
            } else if !(items.list.is_empty() && items.removed.slots().is_empty()) {
                *items = Items::not_loaded();
            }
        }
    }
}

fn key_changed(slot: SlotId, objects: &Objects) -> bool {
    let entry = objects.slot(slot);
    let (Some(snapshot), Some(object)) = (entry.snapshot(), &entry.object) else { return false };
    let key = object.definition().primary_key;
    key.iter().any(|column| object.value(*column).as_ref() != snapshot[usize::from(*column)].as_ref())
}

/// Empties the lists of work: everything in them is written, or turned out to be unchanged.
pub(crate) fn settle(objects: &mut Objects) {
    relate::settle(objects);
    for slot in std::mem::take(&mut objects.touched) {
        let entry = objects.slot_mut(slot);
        // The session counts versions: an edit of one is not written, so it does not last.
        if let (Some(before), Some(object)) = (entry.take_before(), entry.object.as_deref_mut())
            && let Some(version) = object.definition().version_column()
        {
            // The value came out of this very field.
            let _fits = object.set_value(version.index, before.columns[usize::from(version.index)].as_ref());
        }
    }
    for slot in std::mem::take(&mut objects.pending).into_iter().chain(std::mem::take(&mut objects.doomed)) {
        objects.slot_mut(slot).queued = false;
    }
}

/// Forgets what was not flushed; the objects that were touched, and those that were to be inserted.
fn give_up(objects: &mut Objects) -> (Vec<SlotId>, Vec<SlotId>) {
    relate::take_back(objects);
    let touched = std::mem::take(&mut objects.touched);
    for slot in touched.iter().copied() {
        if let Some(before) = objects.slot_mut(slot).take_before() {
            objects.restore(slot, &before);
        }
    }
    let pending = std::mem::take(&mut objects.pending);
    for slot in pending.iter().copied() {
        let entry = objects.slot_mut(slot);
        entry.queued = false;
        if entry.state == ObjectState::Pending {
            entry.state = ObjectState::Transient;
        }
    }
    for slot in std::mem::take(&mut objects.doomed) {
        let entry = objects.slot_mut(slot);
        entry.queued = false;
        if entry.state == ObjectState::Doomed {
            entry.state = ObjectState::Persistent;
        }
    }
    (touched, pending)
}
