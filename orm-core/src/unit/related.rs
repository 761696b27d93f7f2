//! Loads relations of objects that the session holds: one statement for each relation and chunk of keys, however many owners
//! there are. Called for `with`, for `load`, and by a flush that has to know what hangs on what it deletes.

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::objects::Objects;
use super::slot::ObjectState;
use super::tracking::{Populate, Tracking};
use crate::any_engine::{AnyEngine, Link};
use crate::definition::{Item, Items, Load, ModelDef, RelationKind};
use crate::engine::{Next, RowSink, Sql};
use crate::error::Result;
use crate::handle::SlotId;
use crate::key::KeyValues;
use crate::links::{self, Relation};
use crate::model::{Branch, Narrowing};
use crate::now::BoxFuture;
use crate::render;
use crate::value::{Value, ValueRef};

/// Keys in one list; a text for each power of two up to it.
const KEYS: usize = 512;

/// What a load works with.
pub(crate) struct Loading<'l> {
    pub(crate) objects: &'l mut Objects,
    pub(crate) engine: &'l AnyEngine,
    pub(crate) link: &'l mut Link,
    pub(crate) populate: Populate,
}

impl Loading<'_> {
    /// Loads relations of these owners, and what lies beyond them.
    pub(crate) fn branches<'b>(
        &'b mut self,
        model: &'static ModelDef,
        owners: &'b [SlotId],
        branches: &'b [Branch],
    ) -> BoxFuture<'b, Result<()>> {
        Box::pin(async move {
            for branch in branches {
                let Branch { relation, narrowing, branches } = branch;
                let relation = &links::of(model)?[usize::from(*relation)];
                self.relation(relation, owners, narrowing.as_ref()).await?;
                if !branches.is_empty() {
                    let members = self.members(owners, relation);
                    self.branches(relation.target, &members, branches).await?;
                }
            }
            Ok(())
        })
    }

    /// The objects that a relation of these owners leads to, each once.
    pub(crate) fn members(&self, owners: &[SlotId], relation: &Relation) -> Vec<SlotId> {
        let mut seen = FxHashSet::default();
        let mut members = Vec::new();
        for owner in owners {
            for member in self.objects.relation(*owner, relation.index).into_iter().flat_map(Items::slots) {
                if seen.insert(member) {
                    members.push(member);
                }
            }
        }
        members
    }

    /// Loads one relation of these owners, where it is not loaded yet.
    pub(crate) async fn relation(
        &mut self,
        relation: &'static Relation,
        owners: &[SlotId],
        narrowing: Option<&Narrowing>,
    ) -> Result<()> {
        let mut waiting: FxHashMap<KeyValues, SmallVec<[SlotId; 1]>> = FxHashMap::default();
        let mut keys: Vec<KeyValues> = Vec::new();
        let mut seen = FxHashSet::default();
        for owner in owners {
            if !seen.insert(*owner) || !self.wants(*owner, relation, narrowing) {
                continue;
            }
            let key = self.key(*owner, relation);
            if key.iter().any(|value| value.as_ref().is_null()) {
                self.fill(*owner, relation, Vec::new(), Load::Loaded);
                continue;
            }
            if let Some(known) = self.known_parent(relation, &key) {
                self.fill(*owner, relation, vec![known], Load::Loaded);
                continue;
            }
            let owners = waiting.entry(key.clone()).or_default();
            if owners.is_empty() {
                keys.push(key);
            }
            owners.push(*owner);
        }
        let mut found: FxHashMap<KeyValues, Vec<SlotId>> = FxHashMap::default();
        let chunk = KEYS.min(self.engine.dialect().limits().parameters / relation.local.len().max(1));
        for part in keys.chunks(chunk) {
            self.chunk(relation, part, narrowing, &mut found).await?;
        }
        let load = if narrowing.is_some_and(Narrowing::is_partial) { Load::Partial } else { Load::Loaded };
        for key in keys {
            let members = found.remove(&key).unwrap_or_default();
            for owner in waiting.remove(&key).unwrap_or_default() {
                self.fill(owner, relation, members.clone(), load);
            }
        }
        Ok(())
    }

    fn wants(&self, owner: SlotId, relation: &Relation, narrowing: Option<&Narrowing>) -> bool {
        let slot = self.objects.slot(owner);
        if !matches!(slot.state, ObjectState::Persistent | ObjectState::Doomed) {
            return false;
        }
        let Some(items) = self.objects.relation(owner, relation.index) else { return false };
        match items.load {
            Load::NotLoaded | Load::Unset | Load::Partial => true,
            Load::Loaded => narrowing.is_some() || self.populate == Populate::Existing,
        }
    }

    /// The key that a relation is loaded by: what the object says of its parent, and what its row says to its children.
    fn key(&self, owner: SlotId, relation: &Relation) -> KeyValues {
        let slot = self.objects.slot(owner);
        let value = |column: &u16| {
            if !relation.holds_key() {
                return slot.row_value(*column).map_or(Value::Null, |value| value.into_value());
            }
            slot.object.as_deref().map_or(Value::Null, |object| object.value(*column).into_value())
        };
        relation.local.iter().map(value).collect()
    }

    /// The parent that a reference leads to, where the session holds it already.
    fn known_parent(&self, relation: &Relation, key: &KeyValues) -> Option<SlotId> {
        let by_key = relation.definition.kind == RelationKind::BelongsTo
            && relation.remote == relation.target.primary_key
            && self.populate == Populate::Stale;
        let known = by_key.then(|| self.objects.find(relation.target, key.iter().map(Value::as_ref)))??;
        (!self.objects.is_stale(known)).then_some(known)
    }

    async fn chunk(
        &mut self,
        relation: &'static Relation,
        keys: &[KeyValues],
        narrowing: Option<&Narrowing>,
        found: &mut FxHashMap<KeyValues, Vec<SlotId>>,
    ) -> Result<()> {
        // Lists grow to the next power of two with a key that is in them already: few texts, the same rows.
        let mut padded = keys.to_vec();
        if let Some(last) = keys.last() {
            padded.resize(keys.len().next_power_of_two(), last.clone());
        }
        let rendered = render::related(relation, &padded, narrowing, self.engine.dialect())?;
        let bound: Vec<ValueRef<'_>> = rendered.values.iter().map(Value::as_ref).collect();
        let tracking = Tracking {
            objects: self.objects,
            model: relation.target,
            populate: self.populate,
            found: Vec::new(),
        };
        let mut sink = Grouped { tracking, relation, found, texts: Vec::new() };
        self.link.run(&Sql::new(rendered.sql), &bound, &mut sink).await?;
        Ok(())
    }

    fn fill(&mut self, owner: SlotId, relation: &Relation, members: Vec<SlotId>, load: Load) {
        let session = self.objects.session;
        self.objects.loads.push((owner, relation.index));
        let mut list = Vec::with_capacity(members.len());
        for member in &members {
            list.push(Item::Tracked(*member, session));
        }
        // What was added and taken out before the load goes on as a change of the loaded collection.
        let mut added = Vec::new();
        let mut new = Vec::new();
        let mut removed = Vec::new();
        if let Some(items) = self.objects.relation_mut(owner, relation.index) {
            if items.load != Load::Loaded && relation.definition.kind != RelationKind::BelongsTo {
                added = items.slots().filter(|slot| !members.contains(slot)).collect();
                removed = std::mem::take(&mut items.removed);
                new = std::mem::take(&mut items.list);
                new.retain(|item| !matches!(item, Item::Tracked(..)));
            }
            list.retain(|item| !matches!(item, Item::Tracked(slot, _) if removed.contains(slot)));
            list.extend(added.iter().map(|slot| Item::Tracked(*slot, session)));
            list.append(&mut new);
            *items = Items { load, list, ..Items::default() };
        }
        if let Some(held) = self.objects.slot_mut(owner).held.as_mut() {
            let held = &mut held[usize::from(relation.index)];
            (held.load, held.slots) = (load, members);
        }
    }
}

/// Takes the rows of a relation, each to the key of its owner.
struct Grouped<'g> {
    tracking: Tracking<'g>,
    relation: &'static Relation,
    found: &'g mut FxHashMap<KeyValues, Vec<SlotId>>,
    texts: Vec<KeyValues>,
}

impl RowSink for Grouped<'_> {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        let Grouped { tracking, relation, found, texts } = self;
        tracking.row(row)?;
        let Some(slot) = tracking.found.pop() else { return Ok(Next::More) };
        let target = relation.target;
        let key: KeyValues = match &relation.link {
            // The owner's key stands behind the target's columns.
            Some(_) => row[target.columns.len()..][..relation.local.len()]
                .iter()
                .map(|value| value.to_value())
                .collect(),
            // Out of the object, so that it has the form in which the owner gives it.
            None => match tracking.objects.object(slot) {
                Some(object) => {
                    relation.remote.iter().map(|column| object.value(*column).into_value()).collect()
                }
                None => return Ok(Next::More),
            },
        };
        texts.push(key.clone());
        found.entry(key).or_default().push(slot);
        Ok(Next::More)
    }

    fn restart(&mut self) {
        self.tracking.restart();
        for key in self.texts.drain(..) {
            self.found.remove(&key);
        }
    }
}
