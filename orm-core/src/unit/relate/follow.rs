//! Keys that change: the rows that refer to them follow, by UPDATEs of their own, or by ON UPDATE CASCADE of the database. A
//! row whose own key changes by that takes its children along.

use rustc_hash::FxHashSet;

use super::{Claim, Run, SaidBy};
use crate::definition::Load;
use crate::error::Result;
use crate::handle::SlotId;
use crate::links::Relation;
use crate::unit::slot::ObjectState;

impl Run<'_> {
    pub(super) fn follow(&mut self) -> Result<()> {
        let mut owners: Vec<SlotId> = self.objects.touched.clone();
        owners.extend(self.claims.iter().map(|claim| claim.child));
        let mut seen = FxHashSet::default();
        let mut position = 0;
        // The list grows while it is walked.
        while let Some(owner) = owners.get(position).copied() {
            position += 1;
            if self.objects.slot(owner).state != ObjectState::Persistent {
                continue;
            }
            let relations = self.relations(owner)?;
            let leads_to_keys =
                |relation: &&Relation| !relation.holds_key() && !relation.definition.view_only;
            if !relations.iter().any(|relation| leads_to_keys(&relation)) || !seen.insert(owner) {
                continue;
            }
            for relation in relations.iter().filter(leads_to_keys) {
                self.follow_along(owner, relation, &mut owners);
            }
        }
        Ok(())
    }

    fn follow_along(&mut self, owner: SlotId, relation: &'static Relation, owners: &mut Vec<SlotId>) {
        let Some(key) = relation.key else { return };
        if !key.referred.iter().any(|column| self.changes(owner, *column)) {
            return;
        }
        let in_database = key.follows();
        let is_known = self.objects.relation(owner, relation.index).is_some_and(|items| {
            items.load == Load::Loaded
                || (items.load == Load::NotLoaded && relation.definition.passive_deletes)
        });
        if !is_known && !in_database {
            self.asked.lacking.push((owner, relation.index));
        }
        for child in self.members(owner, relation) {
            let state = self.objects.slot(child).state;
            // What is new was claimed by whoever added it.
            let stays = state == ObjectState::Persistent
                && self.claim_of(child, key).is_none()
                && self.still_refers(child, owner, relation);
            if stays {
                let said_by = SaidBy::Key { in_database };
                self.claim(Claim { child, key, parent: Some(owner), said_by });
                owners.push(child);
            }
        }
    }

    /// Whether a column that others refer to gets another value: by hand, or from a parent.
    fn changes(&self, slot: SlotId, column: u16) -> bool {
        let entry = self.objects.slot(slot);
        let (Some(before), Some(object)) = (entry.row_value(column), &entry.object) else { return false };
        if object.value(column).as_ref() != before.as_ref() {
            return true;
        }
        let keys = crate::links::references(object.definition()).unwrap_or_default();
        keys.iter().any(|key| {
            let claim = self.claim_of(slot, key);
            let Some(parent) = claim.and_then(|claim| claim.parent) else { return false };
            key.pairs().any(|(own, theirs)| {
                let theirs = self.objects.object(parent).map(|parent| parent.value(theirs).into_value());
                own == column && theirs.is_none_or(|theirs| theirs.as_ref() != before.as_ref())
            })
        })
    }
}
