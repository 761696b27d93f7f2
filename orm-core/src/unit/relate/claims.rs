//! Who a row belongs to: the references and collections that changed, put together into one parent for each foreign key, and
//! written as keys.

use super::{Claim, KeyCopy, Run};
use crate::definition::{Cascade, Items, Load, RelationKind};
use crate::error::{Error, Result};
use crate::handle::SlotId;
use crate::links::Relation;
use crate::unit::plan::is_absent;
use crate::unit::slot::ObjectState;
use crate::value::ValueRef;

impl Run<'_> {
    fn claim(&mut self, claim: Claim) {
        let Some((column, _)) = claim.columns().next() else { return };
        match self.claimed.get(&(claim.child, column)) {
            // The reference wins over a collection; among collections the last one.
            Some(known) if self.claims[*known].by_reference && !claim.by_reference => {}
            Some(known) => self.claims[*known] = claim,
            None => {
                self.claimed.insert((claim.child, column), self.claims.len());
                self.claims.push(claim);
            }
        }
    }

    fn is_claimed(&self, child: SlotId, relation: &Relation) -> bool {
        relation.remote.first().is_some_and(|column| self.claimed.contains_key(&(child, *column)))
    }

    /// References that were set or cleared. A foreign key that was changed by itself makes its reference unknown.
    pub(super) fn references(&mut self, owners: &[SlotId]) -> Result<()> {
        for owner in owners {
            for relation in self.relations(*owner)? {
                if relation.definition.kind != RelationKind::BelongsTo {
                    continue;
                }
                let Some((items, held)) = self.change(*owner, relation.index) else { continue };
                let parent = items.slots().next();
                let changed = match self.objects.slot(*owner).state {
                    ObjectState::Pending => items.load == Load::Loaded,
                    _ => {
                        items.load == Load::Loaded
                            && (held.load != Load::Loaded || held.slots.first().copied() != parent)
                    }
                };
                if changed {
                    if relation.definition.view_only {
                        return Err(self.view_only(*owner, relation));
                    }
                    self.claim(Claim { child: *owner, parent, relation, by_reference: true });
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
        let (Some(object), Some(snapshot)) = (&entry.object, &entry.snapshot) else { return false };
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
                let Some((items, held)) = self.change(*owner, relation.index) else { continue };
                let now: Vec<SlotId> = items.slots().collect();
                let mut gone: Vec<SlotId> = items.removed.clone();
                if items.load == Load::Loaded {
                    let kept: rustc_hash::FxHashSet<SlotId> = now.iter().copied().collect();
                    gone.extend(held.slots.iter().filter(|slot| !kept.contains(slot)));
                }
                let before: rustc_hash::FxHashSet<SlotId> = held.slots.iter().copied().collect();
                let added: Vec<SlotId> = now.into_iter().filter(|slot| !before.contains(slot)).collect();
                if relation.definition.view_only && !(gone.is_empty() && added.is_empty()) {
                    return Err(self.view_only(*owner, relation));
                }
                if relation.link.is_some() {
                    self.links_changed(*owner, relation, &added, &gone);
                    continue;
                }
                for child in added {
                    self.claim(Claim { child, parent: Some(*owner), relation, by_reference: false });
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

    /// Children that lost their parent and have no new one.
    pub(super) fn orphans(&mut self) -> Result<()> {
        for (parent, child, relation) in std::mem::take(&mut self.gone) {
            if self.is_claimed(child, relation) || !self.still_refers(child, parent, relation) {
                continue;
            }
            if relation.definition.cascade.has(Cascade::DELETE_ORPHAN) {
                self.delete(child);
            } else {
                self.blank(parent, child, relation, "was taken out of")?;
            }
        }
        Ok(())
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
    pub(super) fn blank(
        &mut self,
        parent: SlotId,
        child: SlotId,
        relation: &'static Relation,
        how: &str,
    ) -> Result<()> {
        let target = relation.target;
        let firm = relation.remote.iter().map(|column| &target.columns[usize::from(*column)]);
        if let Some(column) = firm.clone().find(|column| !column.nullable) {
            let remedy =
                if column.primary_key { "which is part of its primary key" } else { "which takes no NULL" };
            return Err(Error::app(format!(
                "{} {how} {} of {}, but it refers there by `{}`, {remedy}: give it another parent, delete it, or write \
                 `cascade = \"all, delete-orphan\"` on {}",
                self.label(child),
                relation.name(),
                self.label(parent),
                column.field,
                relation.name()
            )));
        }
        self.claim(Claim { child, parent: None, relation, by_reference: false });
        Ok(())
    }

    /// Writes the foreign keys of all claims, or notes them to be copied.
    pub(super) fn write_keys(&mut self) -> Result<()> {
        for claim in std::mem::take(&mut self.claims) {
            let state = self.objects.slot(claim.child).state;
            if !matches!(state, ObjectState::Pending | ObjectState::Persistent) {
                continue;
            }
            let Some(parent) = claim.parent else {
                for (column, _) in claim.columns() {
                    self.write(claim.child, column, ValueRef::Null)?;
                }
                continue;
            };
            match self.objects.slot(parent).state {
                ObjectState::Pending | ObjectState::Persistent => {}
                ObjectState::Doomed | ObjectState::Deleted | ObjectState::Transient => {
                    return Err(Error::app(format!(
                        "{} refers to {}, which is deleted or not in the session any more",
                        self.label(claim.child),
                        self.label(parent)
                    )));
                }
            }
            for (column, parent_column) in claim.columns() {
                let Some(object) = self.objects.object(parent) else { continue };
                let value = object.value(parent_column).into_value();
                if is_absent(object.definition(), parent_column, value.as_ref()) {
                    self.objects.touch(claim.child);
                    self.copies.push(KeyCopy { child: claim.child, column, parent, parent_column });
                } else {
                    self.write(claim.child, column, value.as_ref())?;
                }
            }
        }
        Ok(())
    }
}
