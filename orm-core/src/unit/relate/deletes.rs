//! What goes, and what is let go of, when an object is deleted. Works on what is loaded; a flush loads what it needs first.

use super::Run;
use crate::definition::{Cascade, RelationKind};
use crate::error::Result;
use crate::handle::SlotId;
use crate::links::Relation;
use crate::unit::slot::ObjectState;

impl Run<'_> {
    pub(super) fn deletes(&mut self) -> Result<()> {
        // The list grows while it is walked: what is deleted by cascade has children of its own.
        let mut position = 0;
        while let Some(slot) = self.objects.doomed.get(position).copied() {
            position += 1;
            if self.objects.slot(slot).state == ObjectState::Doomed {
                for relation in self.relations(slot)? {
                    self.delete_along(slot, relation)?;
                }
            }
        }
        Ok(())
    }

    fn delete_along(&mut self, slot: SlotId, relation: &'static Relation) -> Result<()> {
        let definition = relation.definition;
        if definition.view_only {
            return Ok(());
        }
        let members = self.members(slot, relation);
        let cascades = definition.cascade.has(Cascade::DELETE);
        match definition.kind {
            RelationKind::BelongsTo => {
                if cascades {
                    members.into_iter().for_each(|member| self.delete(member));
                }
            }
            RelationKind::ManyToMany => {
                let linked = match self.objects.slot(slot).held() {
                    // What was added since has no rows.
                    Some(held) => held[usize::from(relation.index)].slots.clone(),
                    None => members.clone(),
                };
                self.links_changed(slot, relation, &[], &linked);
                if cascades {
                    members.into_iter().for_each(|member| self.delete(member));
                }
            }
            RelationKind::HasOne | RelationKind::HasMany => {
                for member in members {
                    let claim = relation.key.and_then(|key| self.claim_of(member, key));
                    let moved = claim.is_some_and(|claim| claim.parent != Some(slot));
                    let lives = matches!(
                        self.objects.slot(member).state,
                        ObjectState::Pending | ObjectState::Persistent
                    );
                    if moved || !lives || !self.still_refers(member, slot, relation) {
                        continue;
                    }
                    if cascades {
                        self.delete(member);
                    } else {
                        self.blank(slot, member, relation, "is left behind in");
                    }
                }
            }
        }
        Ok(())
    }

    /// What the relation held before and holds now.
    pub(super) fn members(&self, slot: SlotId, relation: &Relation) -> Vec<SlotId> {
        let Some((items, before)) = self.change(slot, relation.index) else { return Vec::new() };
        let mut members = before.slots.to_vec();
        for member in items.slots() {
            if !members.contains(&member) {
                members.push(member);
            }
        }
        members
    }
}
