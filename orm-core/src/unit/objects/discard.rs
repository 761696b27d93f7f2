//! Deleting objects because the program says so, new ones included: these have no row that could go, so they leave the fields
//! that would bring them back. No I/O.

use super::Objects;
use crate::definition::{Cascade, Items, RelationKind};
use crate::handle::SlotId;
use crate::links;
use crate::unit::slot::ObjectState;

impl Objects {
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
            let Some(object) = self.slots.slot_mut(owner).object.as_deref_mut() else { continue };
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
}
