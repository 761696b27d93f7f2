//! Who a row belongs to: the references and collections that changed, put together into one parent for each foreign key.

use rustc_hash::FxHashSet;

use super::{Claim, Run, SaidBy};
use crate::definition::{Cascade, Items, Load, RelationKind};
use crate::error::{Error, Result};
use crate::handle::SlotId;
use crate::links::{self, ForeignKey, Relation};
use crate::unit::slot::ObjectState;

impl Run<'_> {
    /// A parent wins over none, a reference over a collection, and among collections the last one.
    pub(super) fn claim(&mut self, claim: Claim) {
        let Some(place) = self.claims.place(claim.child, |known| known.key.is(claim.key)) else {
            self.claims.push(claim.child, claim);
            return;
        };
        let known = self.claims.at_mut(place);
        let strength = |claim: &Claim| (claim.parent.is_some(), claim.said_by);
        if strength(&claim) >= strength(known) {
            *known = claim;
        }
    }

    pub(super) fn claim_of(&self, child: SlotId, key: &ForeignKey) -> Option<&Claim> {
        self.claims.find(child, |claim| claim.key.is(key))
    }

    /// References that were set or cleared. A foreign key that was changed by itself makes its reference unknown.
    pub(super) fn references(&mut self, owners: &[SlotId]) -> Result<()> {
        for owner in owners {
            for relation in self.relations(*owner)? {
                if relation.definition.kind != RelationKind::BelongsTo {
                    continue;
                }
                let Some((items, before)) = self.change(*owner, relation.index) else { continue };
                let parent = items.slots().next();
                let changed = match self.objects.slot(*owner).state {
                    ObjectState::Pending => items.load == Load::Loaded,
                    _ => {
                        items.load == Load::Loaded
                            && (before.load != Load::Loaded || before.slots.first().copied() != parent)
                    }
                };
                if changed {
                    if relation.definition.view_only {
                        return Err(self.view_only(*owner, relation));
                    }
                    match (parent, relation.key) {
                        (Some(_), Some(key)) => {
                            self.claim(Claim { child: *owner, key, parent, said_by: SaidBy::Reference });
                        }
                        _ => self.cleared.push((*owner, relation)),
                    }
                } else if items.load == Load::Loaded
                    && self.key_was_set(*owner, relation)
                    && let Some(items) = self.objects.relation_mut(*owner, relation.index)
                {
                    *items = Items::not_loaded();
                }
            }
        }
        Ok(())
    }

    fn key_was_set(&self, slot: SlotId, relation: &Relation) -> bool {
        let entry = self.objects.slot(slot);
        let (Some(object), Some(snapshot)) = (&entry.object, entry.snapshot()) else { return false };
        relation
            .local
            .iter()
            .any(|column| object.value(*column).as_ref() != snapshot[usize::from(*column)].as_ref())
    }

    /// Collections that gained or lost objects.
    pub(super) fn collections(&mut self, owners: &[SlotId]) -> Result<()> {
        for owner in owners {
            for relation in self.relations(*owner)? {
                if relation.definition.kind == RelationKind::BelongsTo {
                    continue;
                }
                let Some((items, before)) = self.change(*owner, relation.index) else { continue };
                if !before.differs(items) {
                    continue;
                }
                let now: Vec<SlotId> = items.slots().collect();
                let mut gone: Vec<SlotId> = items.removed.slots().to_vec();
                if items.load == Load::Loaded {
                    gone.extend(without(before.slots, &now));
                }
                let added = if before.slots.is_empty() { now } else { without(&now, before.slots) };
                if relation.definition.view_only && !(gone.is_empty() && added.is_empty()) {
                    return Err(self.view_only(*owner, relation));
                }
                if relation.link.is_some() {
                    self.links_changed(*owner, relation, &added, &gone);
                    continue;
                }
                let Some(key) = relation.key else { continue };
                for child in added {
                    let parent = Some(*owner);
                    self.claim(Claim { child, key, parent, said_by: SaidBy::Collection });
                }
                for child in gone {
                    self.gone.push((*owner, child, relation));
                }
            }
        }
        Ok(())
    }

    fn view_only(&self, slot: SlotId, relation: &Relation) -> Error {
        Error::app(format!("{} of {} was changed, and it is view_only", relation.name(), self.label(slot)))
    }

    /// References that point at nothing: the same as being taken out of the parent's collection, so an orphan goes.
    pub(super) fn cleared(&mut self) {
        for (child, relation) in std::mem::take(&mut self.cleared) {
            let Some(key) = relation.key else { continue };
            if self.claim_of(child, key).is_some() {
                continue;
            }
            let slot = self.objects.slot(child);
            let mut columns = key.columns.iter();
            let had_parent = slot.state == ObjectState::Persistent
                && columns
                    .all(|column| slot.row_value(*column).is_some_and(|value| !value.as_ref().is_null()));
            if had_parent && deletes_orphans(key) {
                self.delete(child);
            } else {
                self.claim(Claim { child, key, parent: None, said_by: SaidBy::Reference });
            }
        }
    }

    /// Children that lost their parent and have no new one.
    pub(super) fn orphans(&mut self) {
        for (parent, child, relation) in std::mem::take(&mut self.gone) {
            let moved = |claim: &Claim| claim.parent.is_some();
            let moved = relation.key.and_then(|key| self.claim_of(child, key)).is_some_and(moved);
            if moved || !self.still_refers(child, parent, relation) {
                continue;
            }
            if relation.definition.cascade.has(Cascade::DELETE_ORPHAN) {
                self.delete(child);
            } else {
                self.blank(parent, child, relation, "was taken out of");
            }
        }
    }

    /// An error for the first child that cannot be without its parent, and stays.
    pub(super) fn stranded(&mut self) -> Result<()> {
        let objects = &self.objects;
        let stays = |child: SlotId| {
            matches!(objects.slot(child).state, ObjectState::Pending | ObjectState::Persistent)
        };
        match std::mem::take(&mut self.stranded).into_iter().find(|(child, _)| stays(*child)) {
            Some((_, error)) => Err(error),
            None => Ok(()),
        }
    }

    /// Whether a child's foreign key still names the parent: nobody moved it by the raw key.
    pub(super) fn still_refers(&self, child: SlotId, parent: SlotId, relation: &Relation) -> bool {
        let (Some(child_object), Some(parent_object)) =
            (self.objects.object(child), self.objects.object(parent))
        else {
            return false;
        };
        if self.objects.slot(child).state != ObjectState::Persistent {
            return self.objects.slot(child).state == ObjectState::Pending;
        }
        relation.remote.iter().zip(&relation.local).all(|(foreign, own)| {
            let key = self.objects.slot(parent).row_value(*own);
            key.as_ref().map(|key| key.as_ref()) == Some(child_object.value(*foreign).as_ref())
                || parent_object.value(*own).as_ref() == child_object.value(*foreign).as_ref()
        })
    }

    /// A child that stays without a parent: its foreign key becomes NULL, where it can.
    pub(super) fn blank(&mut self, parent: SlotId, child: SlotId, relation: &'static Relation, how: &str) {
        let Some(key) = relation.key else { return };
        if key.blank.is_empty() {
            let columns = key.columns.iter().map(|column| &key.model.columns[usize::from(*column)]);
            let remedy = match columns.clone().find(|column| column.primary_key) {
                Some(column) if key.columns.len() > 1 => {
                    format!("where `{}` is part of its primary key", column.field)
                }
                Some(_) => "which is part of its primary key".to_owned(),
                None => "which takes no NULL".to_owned(),
            };
            let error = Error::app(format!(
                "{} {how} {} of {}, but it refers there by `{}`, {remedy}: give it another parent, delete it, or write \
                 `cascade = \"all, delete-orphan\"` on {}",
                self.label(child),
                relation.name(),
                self.label(parent),
                key.fields(),
                relation.name()
            ));
            self.stranded.push((child, error));
            return;
        }
        self.claim(Claim { child, key, parent: None, said_by: SaidBy::Collection });
    }
}

/// So many slots are looked through one by one; more are hashed.
const FEW: usize = 16;

/// Those of some slots that are not among others.
fn without(slots: &[SlotId], others: &[SlotId]) -> Vec<SlotId> {
    if others.is_empty() {
        return slots.to_vec();
    }
    if others.len() <= FEW {
        return slots.iter().filter(|slot| !others.contains(slot)).copied().collect();
    }
    let others: FxHashSet<SlotId> = others.iter().copied().collect();
    slots.iter().filter(|slot| !others.contains(slot)).copied().collect()
}

/// Whether a row that leaves its parent goes: one of the parent's relations deletes orphans.
fn deletes_orphans(key: &ForeignKey) -> bool {
    let relations = links::of(key.parent).unwrap_or_default().iter();
    relations
        .filter(|relation| relation.follows(key) && !relation.holds_key())
        .any(|relation| relation.definition.cascade.has(Cascade::DELETE_ORPHAN))
}
