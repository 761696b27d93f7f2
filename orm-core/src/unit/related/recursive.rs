//! Follows a relation of a model to itself: so many levels, a statement for each, or to the end, by a recursive statement.
//! Objects that are met again are not followed again, so that cycles in the data end. Called by the loader of a session.

use rustc_hash::FxHashSet;

use super::{Found, Grouping, Loading, Reader};
use crate::along::Along;
use crate::definition::Load;
use crate::error::Result;
use crate::handle::SlotId;
use crate::links::Relation;
use crate::model::{Branch, How, Narrowing};
use crate::owners::{KeyList, KeyNumber, Lists, OwnerKeys, Sorting, keys_of_a_list};
use crate::render;
use crate::value::Value;

impl Loading<'_> {
    /// Follows a relation so many steps; gives what it led to.
    pub(super) async fn levels(
        &mut self,
        relation: &'static Relation,
        owners: &[SlotId],
        branch: &Branch,
        levels: u32,
    ) -> Result<Vec<SlotId>> {
        relation.check_recursive()?;
        let mut level = owners.to_vec();
        let mut followed: FxHashSet<SlotId> = level.iter().copied().collect();
        let mut reached = Vec::new();
        let mut known = FxHashSet::default();
        for _ in 0..levels {
            if level.is_empty() {
                break;
            }
            self.relation(relation, &level, branch, Found::default()).await?;
            let mut next = self.members(&level, relation);
            reached.extend(next.iter().filter(|member| known.insert(**member)));
            next.retain(|member| followed.insert(*member));
            level = next;
        }
        Ok(reached)
    }

    /// Follows a relation to the end; gives what it led to. What is loaded already is walked; what is not is asked for in
    /// one statement, and again where that leads to objects whose relation was loaded before.
    pub(super) async fn whole(
        &mut self,
        relation: &'static Relation,
        owners: &[SlotId],
        narrowing: Option<&Narrowing>,
    ) -> Result<Vec<SlotId>> {
        relation.check_recursive()?;
        let mut filled = FxHashSet::default();
        loop {
            let mut reached = Vec::new();
            let mut known = FxHashSet::default();
            let mut lacking = Vec::new();
            let mut followed: FxHashSet<SlotId> = owners.iter().copied().collect();
            let mut level: Vec<SlotId> = owners.to_vec();
            while let Some(owner) = level.pop() {
                if !filled.contains(&owner) && self.wants(owner, relation, &How::default()) {
                    self.permits(owner, relation)?;
                    let key = self.key(owner, relation);
                    if !self.fill_unasked(owner, relation, &key) {
                        lacking.push(owner);
                        continue;
                    }
                    filled.insert(owner);
                }
                for member in self.members(&[owner], relation) {
                    if known.insert(member) {
                        reached.push(member);
                    }
                    if followed.insert(member) {
                        level.push(member);
                    }
                }
            }
            if lacking.is_empty() {
                return Ok(reached);
            }
            self.below(relation, lacking, narrowing, &mut filled).await?;
        }
    }

    /// Reads everything that is reached from these owners, and fills what it was reached through.
    async fn below(
        &mut self,
        relation: &'static Relation,
        owners: Vec<SlotId>,
        narrowing: Option<&Narrowing>,
        filled: &mut FxHashSet<SlotId>,
    ) -> Result<()> {
        let mut keys = OwnerKeys::of(relation, owners.len());
        for owner in &owners {
            keys.number(self.key(*owner, relation).iter().map(Value::as_ref));
        }
        let asked: Vec<KeyNumber> = (0..).take(keys.len()).collect();
        let along = Along::default();
        let lists = Lists::of_any(Vec::new());
        let sorting = Sorting::Statement;
        let mut sink = Grouping { relation, sorting, keys: &mut keys, lists, reader: Reader::new(&along) };
        for numbers in asked.chunks(keys_of_a_list(relation, self.engine.dialect().limits())) {
            let list = KeyList { keys: sink.keys, numbers };
            let asked = list.range();
            let rendered = render::reached(relation, list, narrowing, self.engine.dialect())?;
            self.rows(rendered, asked, &mut sink).await?;
        }
        let mut lists = sink.lists;
        self.sort(&mut lists, sorting);
        // What two statements reached, both gave whole.
        for list in lists.iter_mut() {
            let mut met = FxHashSet::default();
            list.retain(|slot| met.insert(*slot));
        }
        let mut waiting = owners;
        while let Some(owner) = waiting.pop() {
            if filled.contains(&owner) || !self.wants(owner, relation, &How::default()) {
                continue;
            }
            filled.insert(owner);
            let number = keys.find(self.key(owner, relation).iter().map(Value::as_ref));
            let members = number.and_then(|number| lists.get_mut(number)).cloned().unwrap_or_default();
            waiting.extend(members.iter().copied());
            self.fill(owner, relation, members, Load::Loaded);
        }
        Ok(())
    }
}
