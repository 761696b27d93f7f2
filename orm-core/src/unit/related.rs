//! Loads relations of objects that the session holds: one statement for each relation and chunk of keys, however many owners
//! there are. Called for `with`, for `load`, and by a flush that has to know what hangs on what it deletes.

mod along;
mod recursive;

use std::ops::Range;

use rustc_hash::FxHashSet;
use smallvec::SmallVec;

pub(crate) use along::{Found, Reader, TrackingAlong};

use super::objects::Objects;
use super::slot::ObjectState;
use super::tracking::{Populate, Tracking};
use crate::along::{Along, Prefetched};
use crate::any_engine::{AnyEngine, Link};
use crate::definition::{Item, Items, Load, ModelDef, RelationKind, Removed, Strategy};
use crate::engine::{Next, RowSink};
use crate::error::{Error, ErrorKind, Result};
use crate::handle::SlotId;
use crate::key::KeyValues;
use crate::links::{self, Relation};
use crate::model::{Branch, Depth, How};
use crate::now::BoxFuture;
use crate::owners::{KeyList, KeyNumber, Lists, OwnerKeys, Rank, Sorting, keys_of_a_list};
use crate::path::Path;
use crate::render::{self, Rendered};
use crate::value::{Encoded, Value, ValueRef};

/// Who asks for a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A query, by `with`.
    Query,
    /// `session.load`, which relations may refuse.
    Load,
    /// The session itself, which has to know what it writes.
    Session,
}

/// What a load works with.
pub(crate) struct Loading<'l> {
    pub(crate) objects: &'l mut Objects,
    pub(crate) engine: &'l AnyEngine,
    pub(crate) link: &'l mut Link,
    pub(crate) populate: Populate,
    pub(crate) origin: Origin,
}

impl Loading<'_> {
    /// Loads relations of these owners, and what lies beyond them.
    pub(crate) fn branches<'b>(
        &'b mut self,
        model: &'static ModelDef,
        owners: &'b [SlotId],
        branches: &'b [Branch],
        mut prefetched: Prefetched<Found>,
    ) -> BoxFuture<'b, Result<()>> {
        Box::pin(async move {
            for branch in branches {
                let Branch { relation, how, branches } = branch;
                let read = prefetched.take(*relation);
                let relation = &links::of(model)?[usize::from(*relation)];
                if how.strategy == Some(Strategy::Raise) {
                    self.objects.refuse(owners, relation.index);
                    continue;
                }
                let (members, beyond) = self.followed(relation, owners, branch, read).await?;
                if !branches.is_empty() {
                    self.branches(relation.target, &members, branches, beyond).await?;
                }
            }
            Ok(())
        })
    }

    /// Loads a relation as deep as it is asked for; gives what it leads to, where that is wanted, and what was read of the
    /// relations beyond.
    async fn followed(
        &mut self,
        relation: &'static Relation,
        owners: &[SlotId],
        branch: &Branch,
        read: Option<(Found, Prefetched<Found>)>,
    ) -> Result<(Vec<SlotId>, Prefetched<Found>)> {
        let how = &branch.how;
        let (found, mut beyond) = read.unwrap_or_default();
        let members = match how.depth {
            Depth::One => {
                beyond.join(self.relation(relation, owners, branch, found).await?);
                if branch.branches.is_empty() { Vec::new() } else { self.members(owners, relation) }
            }
            Depth::Levels(levels) => self.levels(relation, owners, branch, levels).await?,
            Depth::Whole if how.is_partial() || relation.definition.filter.is_some() => {
                self.levels(relation, owners, branch, u32::MAX).await?
            }
            Depth::Whole => self.whole(relation, owners, how.narrowing.as_ref()).await?,
        };
        Ok((members, beyond))
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

    /// Loads one relation of these owners, where it is not loaded yet: from what was read of it already, and by statements.
    /// Gives what those read along of the relations beyond.
    pub(crate) async fn relation(
        &mut self,
        relation: &'static Relation,
        owners: &[SlotId],
        branch: &Branch,
        mut found: Found,
    ) -> Result<Prefetched<Found>> {
        let how = &branch.how;
        let narrowing = how.narrowing.as_ref();
        let mut keys = OwnerKeys::of(relation, owners.len());
        let mut waiting: Vec<(SlotId, KeyNumber)> = Vec::with_capacity(owners.len());
        let mut owners_of: Vec<u32> = Vec::with_capacity(owners.len());
        let mut seen = FxHashSet::default();
        for owner in owners {
            if !seen.insert(*owner) || !self.wants(*owner, relation, how) {
                continue;
            }
            self.permits(*owner, relation)?;
            let key = self.key(*owner, relation);
            if self.fill_unasked(*owner, relation, &key) {
                continue;
            }
            let number = keys.number(key.iter().map(Value::as_ref));
            match owners_of.get_mut(number as usize) {
                Some(owners) => *owners += 1,
                None => owners_of.push(1),
            }
            waiting.push((*owner, number));
        }
        let mut lists = Lists::new(keys.len(), Vec::new());
        let mut asked: Vec<KeyNumber> = Vec::with_capacity(keys.len());
        for number in (0..).take(keys.len()) {
            let read = if found.is_empty() { None } else { found.remove(keys.get(number)) };
            match read {
                Some(members) => lists.set(number, members),
                None => asked.push(number),
            }
        }
        let mut beyond = Prefetched::default();
        if !asked.is_empty() {
            let root = narrowing.map_or_else(Path::fresh, |narrowing| narrowing.row);
            let along = Along::of_relation(relation, how, &branch.branches, root)?;
            let sorting = Sorting::of(relation, narrowing, &along);
            let mut sink =
                Grouping { relation, sorting, keys: &mut keys, lists, reader: Reader::new(&along) };
            for numbers in asked.chunks(keys_of_a_list(relation, self.engine.dialect().limits())) {
                let list = KeyList { keys: sink.keys, numbers };
                let asked = list.range();
                let rendered =
                    render::related(relation, list, root, narrowing, &along, self.engine.dialect())?;
                self.rows(rendered, asked, &mut sink).await?;
            }
            lists = sink.lists;
            beyond = sink.reader.finish();
            self.sort(&mut lists, sorting);
        }
        let is_partial = how.is_partial() && relation.definition.is_collection();
        let load = if is_partial { Load::Partial } else { Load::Loaded };
        for (owner, number) in waiting {
            let several = owners_of[number as usize] > 1;
            let members = match lists.get_mut(number) {
                Some(members) if several => members.clone(),
                Some(members) => std::mem::take(members),
                None => Vec::new(),
            };
            self.fill(owner, relation, members, load);
        }
        Ok(beyond)
    }

    /// Sorts what the statements left to the loader to sort.
    fn sort(&self, lists: &mut Lists<Vec<SlotId>>, sorting: Sorting) {
        lists.finish();
        let Sorting::Loader(column) = sorting else { return };
        for list in lists.unsorted() {
            list.sort_by_key(|slot| {
                let value = self.objects.slot(*slot).row_value(column);
                value.map_or(Rank::LEAST, |value| Rank::of(value.as_ref()))
            });
        }
    }

    /// Refuses a load of what is marked to be loaded by queries alone.
    fn permits(&self, owner: SlotId, relation: &Relation) -> Result<()> {
        let reason = match relation.definition.strategy {
            _ if self.origin != Origin::Load => return Ok(()),
            _ if self.objects.refuses(owner, relation.index) => "the query that gave it said `raise()`",
            Some(Strategy::Raise) => "the relation says `load = \"raise\"`",
            Some(Strategy::SelectIn | Strategy::Joined) | None => return Ok(()),
        };
        Err(Error::new(ErrorKind::LoadRefused {
            object: self.objects.label(owner),
            relation: relation.definition.field.into(),
            reason: reason.into(),
        }))
    }

    fn wants(&self, owner: SlotId, relation: &Relation, how: &How) -> bool {
        let slot = self.objects.slot(owner);
        if !matches!(slot.state, ObjectState::Persistent | ObjectState::Doomed) {
            return false;
        }
        let Some(items) = self.objects.relation(owner, relation.index) else { return false };
        match items.load {
            Load::NotLoaded | Load::Unset | Load::Partial => true,
            Load::Loaded => {
                how.narrowing.is_some() || how.given.is_some() || self.populate == Populate::Existing
            }
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
    fn known_parent(&self, relation: &Relation, key: &[Value]) -> Option<SlotId> {
        let by_key = relation.definition.kind == RelationKind::BelongsTo
            && relation.remote == relation.target.primary_key
            && self.populate == Populate::Stale;
        let known = by_key.then(|| self.objects.find(relation.target, key.iter().map(Value::as_ref)))??;
        (!self.objects.is_stale(known)).then_some(known)
    }

    /// Fills a relation where no statement is needed: a key of NULL leads nowhere, and a parent may be in the session.
    fn fill_unasked(&mut self, owner: SlotId, relation: &Relation, key: &[Value]) -> bool {
        let members = if key.iter().any(|value| value.as_ref().is_null()) {
            Vec::new()
        } else {
            match self.known_parent(relation, key) {
                Some(known) => vec![known],
                None => return false,
            }
        };
        self.fill(owner, relation, members, Load::Loaded);
        true
    }

    /// Sends a statement that gives the rows of a relation.
    async fn rows(
        &mut self,
        rendered: Rendered,
        asked: Range<KeyNumber>,
        sink: &mut Grouping<'_, '_>,
    ) -> Result<()> {
        let bound: Vec<ValueRef<'_>> = rendered.values.iter().map(Value::as_ref).collect();
        let tracking = Tracking::new(self.objects, sink.relation.target, self.populate);
        sink.lists.begin(asked);
        let mut sink = Grouped { tracking, grouping: sink };
        self.link.run(&self.engine.own_text(&rendered.sql), &bound, &mut sink).await?;
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
        let mut removed = Removed::default();
        if let Some(items) = self.objects.relation_mut(owner, relation.index) {
            if items.load != Load::Loaded && relation.definition.kind != RelationKind::BelongsTo {
                added = items.slots().filter(|slot| !members.contains(slot)).collect();
                removed = std::mem::take(&mut items.removed);
                new = std::mem::take(&mut items.list).into_iter().collect();
                new.retain(|item| !matches!(item, Item::Tracked(..)));
            }
            list.retain(|item| !matches!(item, Item::Tracked(slot, _) if removed.slots().contains(slot)));
            list.extend(added.iter().map(|slot| Item::Tracked(*slot, session)));
            list.append(&mut new);
            *items = Items { load, ..Items::loaded(list) };
        }
        if let Some(held) = self.objects.slot_mut(owner).held_mut() {
            let held = &mut held[usize::from(relation.index)];
            (held.load, held.slots) = (load, members);
        }
    }
}

/// The rows of a relation, each with the owner whose key it bears.
struct Grouping<'g, 'a> {
    relation: &'static Relation,
    sorting: Sorting,
    keys: &'g mut OwnerKeys,
    lists: Lists<Vec<SlotId>>,
    reader: Reader<'a>,
}

/// Takes the rows of one statement.
struct Grouped<'t, 'g, 'k, 'a> {
    tracking: Tracking<'t>,
    grouping: &'g mut Grouping<'k, 'a>,
}

impl RowSink for Grouped<'_, '_, '_, '_> {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        let Grouped { tracking, grouping } = self;
        let Grouping { relation, sorting, keys, lists, reader } = &mut **grouping;
        tracking.row(row)?;
        let Some(slot) = tracking.found.pop() else { return Ok(Next::More) };
        let near = lists.last_owner();
        let number = match (&relation.link, tracking.objects.object(slot)) {
            (Some(_), _) => {
                // The owner's key stands behind the target's columns.
                let key = &row[relation.target.columns.len()..][..relation.local.len()];
                keys.number_near(near, key.iter().copied())
            }
            (None, Some(object)) => {
                // Out of the object, so that it has the form in which the owner gives it.
                let mut key: SmallVec<[Encoded<'_>; 2]> = SmallVec::new();
                for column in &relation.remote {
                    key.push(object.value(*column));
                }
                keys.number_near(near, key.iter().map(Encoded::as_ref))
            }
            (None, None) => return Ok(Next::More),
        };
        // What is read along may repeat a row; the repetitions stand together.
        let before = lists.run_of(number).and_then(|run| run.last());
        if before != Some(&slot)
            && let Some(run) = lists.place(number, sorting.rank(row))
        {
            run.push(slot);
        }
        reader.row(tracking.objects, tracking.populate, row)?;
        Ok(Next::More)
    }

    fn restart(&mut self) {
        self.tracking.restart();
        self.grouping.reader.restart();
        self.grouping.lists.restart();
    }
}
