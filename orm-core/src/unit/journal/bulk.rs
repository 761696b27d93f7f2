//! What writes by a query did to single objects, so that a rollback can take it back. No I/O.

use super::{Journal, Undo};
use crate::definition::{AnyModel, Items};
use crate::handle::SlotId;
use crate::unit::objects::Objects;
use crate::unit::slot::{Before, Held};
use crate::value::Value;

impl Journal {
    /// The row of an object was deleted.
    pub(in crate::unit) fn row_gone(&mut self, slot: SlotId, objects: &mut Objects) {
        self.row_deleted(slot, objects);
    }

    /// Columns of an object's row changed. What the program changed in them and did not flush stays.
    pub(in crate::unit) fn row_changed(
        &mut self,
        slot: SlotId,
        values: &[(u16, Value)],
        objects: &mut Objects,
    ) {
        let Some(object) = objects.object(slot) else { return };
        let model = object.definition();
        let mut before = Before::of_columns(object);
        if let Some(snapshot) = objects.slot(slot).snapshot() {
            before.columns = snapshot.into();
        }
        let key_changes = values.iter().any(|(column, value)| {
            model.primary_key.contains(column) && before.columns[usize::from(*column)] != *value
        });
        if key_changes {
            objects.forget_row(slot);
        }
        let stale = objects.epoch - 1;
        let entry = objects.slot_mut(slot);
        if let Some(snapshot) = entry.snapshot_mut() {
            for (column, value) in values {
                snapshot[usize::from(*column)] = value.clone();
            }
        }
        let Some(object) = entry.object.as_deref_mut() else { return };
        for (column, value) in values {
            let edited = object.value(*column).as_ref() != before.columns[usize::from(*column)].as_ref();
            let fits = edited || object.set_value(*column, value.as_ref()).is_ok();
            if !fits {
                // The database took what the field cannot hold: the next query of the row says so.
                entry.epoch = stale;
            }
        }
        if key_changes {
            objects.remember_row(slot);
        }
        self.undo.push(Undo::Updated(slot, before));
    }

    /// An object's row was read again; whether it differs.
    pub(in crate::unit) fn row_read(
        &mut self,
        slot: SlotId,
        row: &dyn AnyModel,
        objects: &mut Objects,
    ) -> bool {
        let mut differing = Vec::new();
        for column in row.definition().columns {
            let value = row.value(column.index);
            let known = objects.slot(slot).row_value(column.index);
            if known.is_none_or(|known| known.as_ref() != value.as_ref()) {
                differing.push((column.index, value.into_value()));
            }
        }
        let epoch = objects.epoch;
        objects.slot_mut(slot).epoch = epoch;
        if !differing.is_empty() {
            self.row_changed(slot, &differing, objects);
        }
        !differing.is_empty()
    }

    /// A relation field that was loaded is not any more.
    pub(in crate::unit) fn relation_forgotten(&mut self, slot: SlotId, relation: u8, objects: &mut Objects) {
        let Some(items) = objects.relation_mut(slot, relation) else { return };
        let before = Held::of(items);
        *items = Items::not_loaded();
        let after = Held::of(items);
        if let Some(held) = objects.slot_mut(slot).held_mut() {
            held[usize::from(relation)] = after;
        }
        self.undo.push(Undo::Relation(slot, relation, before));
    }
}
