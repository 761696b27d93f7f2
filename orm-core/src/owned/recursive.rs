//! Follows a relation of a model to itself in untracked results, where a row that is reached becomes a value inside the one
//! that it was reached from. A cycle in the data would have no end: the object that closes it does not hold its relation.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Member, Members, Reader, key, keys, load as load_branches, read_by_keys};
use crate::along::{Along, Prefetched};
use crate::any_engine::{AnyEngine, Link};
use crate::definition::{AnyModel, Block, Item, Items, Load};
use crate::error::{Error, Result};
use crate::key::KeyValues;
use crate::links::Relation;
use crate::model::{Branch, Depth, How};
use crate::owners::{Lists, OwnerKeys, Sorting};
use crate::path::Path;
use crate::render;
use crate::value::Value;

/// How deep values stand inside each other at most: they are walked and freed by recursion.
const DEEPEST: u32 = 1_000;

/// What to load beyond a relation that is followed so many steps.
pub(super) fn deeper(relation: &Relation, branch: &Branch, levels: u32) -> Result<Option<Vec<Branch>>> {
    relation.check_recursive()?;
    if levels > DEEPEST {
        return Err(too_deep(relation));
    }
    let mut beyond = branch.branches.clone();
    if levels > 1 {
        let how = How { depth: Depth::Levels(levels - 1), ..branch.how.clone() };
        beyond.push(Branch { how, ..branch.clone() });
    }
    Ok(Some(beyond))
}

/// Follows a relation to the end.
pub(super) async fn load(
    engine: &AnyEngine,
    link: &mut Link,
    relation: &'static Relation,
    owners: &mut [&mut dyn AnyModel],
    branch: &Branch,
) -> Result<()> {
    relation.check_recursive()?;
    let Branch { relation: _, how, branches } = branch;
    let mut members = if how.is_partial() || relation.definition.filter.is_some() {
        level_by_level(engine, link, relation, owners, how).await?
    } else {
        let narrowing = how.narrowing.as_ref();
        let (mut wanted, _) = keys(relation, owners);
        let along = Along::default();
        let mut reader = Reader::new(&along);
        let into = (Sorting::Statement, Lists::of_any((relation.target.block)()));
        let rows = read_by_keys(engine, link, relation, &mut wanted, &mut reader, into, |keys| {
            render::reached(relation, keys, narrowing, engine.dialect())
        });
        let rows = rows.await?;
        once(relation, with_keys(&wanted, rows, Sorting::Statement))
    };
    if !branches.is_empty() && !members.is_empty() {
        let mut beyond: Vec<&mut dyn AnyModel> = Vec::with_capacity(members.len());
        for (_, member) in &mut members {
            beyond.push(member.as_mut());
        }
        load_branches(engine, link, relation.target, beyond, branches, Prefetched::default()).await?;
    }
    let mut tree = Tree::new(relation, owners, members, how);
    for owner in owners {
        let key = key(*owner, &relation.local);
        let items = tree.items(&key, 0)?;
        if let (Some(items), Some(field)) = (items, owner.relation_mut(relation.index)) {
            *field = items;
        }
    }
    Ok(())
}

/// Each row with the key of its owner.
fn with_keys(keys: &OwnerKeys, rows: Lists<Box<dyn Block>>, sorting: Sorting) -> Vec<Member> {
    let mut rows = Members::Read(rows, sorting);
    let mut members = Vec::new();
    for number in (0..).take(keys.len()) {
        for item in rows.take(number) {
            if let Item::Owned(member) = item {
                members.push((KeyValues::from(keys.get(number)), member));
            }
        }
    }
    members
}

/// What several statements reached, once.
fn once(relation: &Relation, members: Vec<Member>) -> Vec<Member> {
    let mut seen = FxHashSet::default();
    let mut distinct = Vec::with_capacity(members.len());
    for (owner, member) in members {
        if seen.insert((owner.clone(), key(member.as_ref(), relation.target.primary_key))) {
            distinct.push((owner, member));
        }
    }
    distinct
}

/// Where each step is filtered or limited, it needs a statement of its own.
async fn level_by_level(
    engine: &AnyEngine,
    link: &mut Link,
    relation: &'static Relation,
    owners: &[&mut dyn AnyModel],
    how: &How,
) -> Result<Vec<Member>> {
    let narrowing = how.narrowing.as_ref();
    let root = narrowing.map_or_else(Path::fresh, |narrowing| narrowing.row);
    let along = Along::default();
    let sorting = Sorting::of(relation, narrowing, &along);
    let (mut wanted, _) = keys(relation, owners);
    let mut asked = FxHashSet::default();
    let mut members: Vec<Member> = Vec::new();
    while wanted.len() > 0 {
        for number in (0..).take(wanted.len()) {
            asked.insert(KeyValues::from(wanted.get(number)));
        }
        let mut reader = Reader::new(&along);
        let into = (sorting, Lists::new(wanted.len(), (relation.target.block)()));
        let rows = read_by_keys(engine, link, relation, &mut wanted, &mut reader, into, |keys| {
            render::related(relation, keys, root, narrowing, &along, engine.dialect())
        });
        let rows = rows.await?;
        let found = with_keys(&wanted, rows, sorting);
        wanted = OwnerKeys::of(relation, 0);
        for (_, member) in &found {
            let key = key(member.as_ref(), &relation.local);
            if !is_null(&key) && !asked.contains(&key) {
                wanted.number(key.iter().map(Value::as_ref));
            }
        }
        members.extend(found);
    }
    Ok(members)
}

/// The rows that are not in their places yet.
struct Tree {
    relation: &'static Relation,
    load: Load,
    /// The rows by the keys of their owners.
    rows: FxHashMap<KeyValues, Vec<Box<dyn AnyModel>>>,
    /// How many objects wait for the rows of a key.
    waiting: FxHashMap<KeyValues, usize>,
    /// What several objects share.
    shared: FxHashMap<KeyValues, Vec<Arc<dyn AnyModel>>>,
    /// The keys on the way from the owner.
    way: FxHashSet<KeyValues>,
}

impl Tree {
    fn new(
        relation: &'static Relation,
        owners: &[&mut dyn AnyModel],
        members: Vec<Member>,
        how: &How,
    ) -> Tree {
        let mut waiting: FxHashMap<KeyValues, usize> = FxHashMap::default();
        for owner in owners.iter() {
            *waiting.entry(key(*owner, &relation.local)).or_default() += 1;
        }
        let mut rows: FxHashMap<KeyValues, Vec<Box<dyn AnyModel>>> = FxHashMap::default();
        for (owner, member) in members {
            *waiting.entry(key(member.as_ref(), &relation.local)).or_default() += 1;
            rows.entry(owner).or_default().push(member);
        }
        let load = if how.is_partial() { Load::Partial } else { Load::Loaded };
        Tree { relation, load, rows, waiting, shared: FxHashMap::default(), way: FxHashSet::default() }
    }

    /// What the relation of an object with this key holds; none where that would close a cycle.
    fn items(&mut self, key: &KeyValues, depth: u32) -> Result<Option<Items>> {
        if depth > DEEPEST {
            return Err(too_deep(self.relation));
        }
        if self.way.contains(key) {
            return Ok(None);
        }
        let several = self.waiting.get(key).is_some_and(|objects| *objects > 1);
        if let Some(members) = self.shared.get(key) {
            let list = members.iter().map(|member| Item::Shared(Arc::clone(member))).collect();
            return Ok(Some(Items { load: self.load, ..Items::loaded(list) }));
        }
        let mut members = if is_null(key) { Vec::new() } else { self.rows.remove(key).unwrap_or_default() };
        self.way.insert(key.clone());
        for member in &mut members {
            let below = super::key(member.as_ref(), &self.relation.local);
            let items = self.items(&below, depth + 1)?;
            if let (Some(items), Some(field)) = (items, member.relation_mut(self.relation.index)) {
                *field = items;
            }
        }
        self.way.remove(key);
        let mut list = Vec::with_capacity(members.len());
        if several {
            let members: Vec<Arc<dyn AnyModel>> = members.into_iter().map(Arc::from).collect();
            list.extend(members.iter().map(|member| Item::Shared(Arc::clone(member))));
            self.shared.insert(key.clone(), members);
        } else {
            list.extend(members.into_iter().map(Item::Owned));
        }
        Ok(Some(Items { load: self.load, ..Items::loaded(list) }))
    }
}

fn is_null(key: &KeyValues) -> bool {
    key.iter().any(|value| value.as_ref().is_null())
}

fn too_deep(relation: &Relation) -> Error {
    Error::invalid_query(format!(
        "{} leads more than {DEEPEST} levels down, which is too deep for values inside each other: load it in a session",
        relation.name()
    ))
}
