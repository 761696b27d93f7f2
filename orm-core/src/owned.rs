//! Loads relations of untracked results: the rows that a relation leads to become values inside the objects that own them.
//! One statement for each relation and chunk of keys, as in a session. Called by an engine's queries.

mod along;
mod recursive;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::along::{Along, Prefetched};
use crate::any_engine::{AnyEngine, Link};
use crate::definition::{AnyModel, Item, Items, Load, ModelDef, Row, Strategy};
use crate::engine::{Next, RowSink, Sql};
use crate::error::Result;
use crate::key::KeyValues;
use crate::links::{self, Relation};
use crate::model::{Branch, Depth, How};
use crate::now::BoxFuture;
use crate::path::Path;
use crate::render;
use crate::value::{Value, ValueRef};

pub(crate) use along::{OwnedAlong, Reader};

/// Keys in one list; a text for each power of two up to it.
const KEYS: usize = 512;

/// Loads relations of these objects, and what lies beyond them.
pub(crate) fn load<'l>(
    engine: &'l AnyEngine,
    link: &'l mut Link,
    model: &'static ModelDef,
    mut owners: Vec<&'l mut dyn AnyModel>,
    branches: &'l [Branch],
    mut prefetched: Prefetched<Vec<Member>>,
) -> BoxFuture<'l, Result<()>> {
    Box::pin(async move {
        for branch in branches {
            let Branch { relation, how, branches: beyond } = branch;
            let relation = &links::of(model)?[usize::from(*relation)];
            if how.strategy == Some(Strategy::Raise) {
                continue;
            }
            let further = match how.depth {
                Depth::One => None,
                Depth::Levels(0) => continue,
                Depth::Levels(levels) => recursive::deeper(relation, branch, levels)?,
                Depth::Whole => {
                    recursive::load(engine, link, relation, &mut owners, branch).await?;
                    continue;
                }
            };
            let (mut members, read_beyond) = match prefetched.take(relation.index) {
                Some(read) => read,
                None => read(engine, link, relation, &owners, branch).await?,
            };
            let beyond = further.as_deref().unwrap_or(beyond);
            if !beyond.is_empty() && !members.is_empty() {
                load(engine, link, relation.target, objects(&mut members), beyond, read_beyond).await?;
            }
            hand_out(relation, &mut owners, members, how);
        }
        Ok(())
    })
}

/// The key of an owner, and a row that its relation leads to.
pub(crate) type Member = (KeyValues, Box<dyn AnyModel>);

fn objects(members: &mut [Member]) -> Vec<&mut dyn AnyModel> {
    let mut objects: Vec<&mut dyn AnyModel> = Vec::with_capacity(members.len());
    for (_, member) in members {
        objects.push(member.as_mut());
    }
    objects
}

/// The rows that a relation of these owners leads to, each with the key of its owner.
async fn read(
    engine: &AnyEngine,
    link: &mut Link,
    relation: &'static Relation,
    owners: &[&mut dyn AnyModel],
    branch: &Branch,
) -> Result<(Vec<Member>, Prefetched<Vec<Member>>)> {
    let narrowing = branch.how.narrowing.as_ref();
    let root = narrowing.map_or_else(Path::fresh, |narrowing| narrowing.row);
    let along = Along::of_relation(relation, &branch.how, &branch.branches, root)?;
    let mut reader = Reader::new(&along);
    let wanted = keys(relation, owners);
    let members = read_by_keys(engine, link, relation, &wanted, &mut reader, |keys| {
        render::related(relation, keys, root, narrowing, &along, engine.dialect())
    });
    let members = members.await?;
    Ok((members, reader.finish()))
}

/// The keys of these owners, each once.
fn keys(relation: &Relation, owners: &[&mut dyn AnyModel]) -> Vec<KeyValues> {
    let mut seen = rustc_hash::FxHashSet::default();
    let mut keys: Vec<KeyValues> = Vec::new();
    for owner in owners {
        let key = key(*owner, &relation.local);
        if !is_null(&key) && seen.insert(key.clone()) {
            keys.push(key);
        }
    }
    keys
}

fn is_null(key: &KeyValues) -> bool {
    key.iter().any(|value| value.as_ref().is_null())
}

/// Reads the rows that belong to these keys, with as many statements as it takes.
async fn read_by_keys(
    engine: &AnyEngine,
    link: &mut Link,
    relation: &'static Relation,
    keys: &[KeyValues],
    reader: &mut Reader<'_>,
    render: impl Fn(&[KeyValues]) -> Result<render::Rendered>,
) -> Result<Vec<Member>> {
    let mut sink = Members { relation, members: Vec::new(), reader, met: FxHashSet::default() };
    for part in keys.chunks(KEYS.min(engine.dialect().limits().parameters / relation.local.len().max(1))) {
        let mut padded = part.to_vec();
        if let Some(last) = part.last() {
            padded.resize(part.len().next_power_of_two(), last.clone());
        }
        let rendered = render(&padded)?;
        let bound: Vec<ValueRef<'_>> = rendered.values.iter().map(Value::as_ref).collect();
        sink.met.clear();
        sink.reader.begin(sink.members.len());
        link.run(&Sql::new(rendered.sql), &bound, &mut sink).await?;
    }
    Ok(sink.members)
}

fn key(object: &dyn AnyModel, columns: &[u16]) -> KeyValues {
    columns.iter().map(|column| object.value(*column).into_value()).collect()
}

/// Puts the rows into the fields of their owners; one that has several owners is shared.
fn hand_out(relation: &'static Relation, owners: &mut [&mut dyn AnyModel], members: Vec<Member>, how: &How) {
    let load = if how.is_partial() { Load::Partial } else { Load::Loaded };
    let mut waiting: FxHashMap<KeyValues, usize> = FxHashMap::default();
    for owner in owners.iter() {
        *waiting.entry(key(*owner, &relation.local)).or_default() += 1;
    }
    let mut found: FxHashMap<KeyValues, Vec<Item>> = FxHashMap::default();
    for (key, member) in members {
        let several = waiting.get(&key).is_some_and(|owners| *owners > 1);
        let item = if several { Item::Shared(Arc::from(member)) } else { Item::Owned(member) };
        found.entry(key).or_default().push(item);
    }
    for owner in owners {
        let key = key(*owner, &relation.local);
        let several = waiting.get(&key).is_some_and(|owners| *owners > 1);
        let list = if several {
            let mut list = Vec::new();
            for item in found.get(&key).into_iter().flatten() {
                if let Item::Shared(member) = item {
                    list.push(Item::Shared(Arc::clone(member)));
                }
            }
            list
        } else {
            found.remove(&key).unwrap_or_default()
        };
        if let Some(items) = owner.relation_mut(relation.index) {
            *items = Items { load, ..Items::loaded(list) };
        }
    }
}

struct Members<'m, 'r> {
    relation: &'static Relation,
    members: Vec<Member>,
    reader: &'m mut Reader<'r>,
    /// The rows of this statement, by the keys of their owners and their own, where what is read along may repeat them.
    met: FxHashSet<(KeyValues, KeyValues)>,
}

impl RowSink for Members<'_, '_> {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        let Members { relation, members, reader, met } = self;
        let target = relation.target;
        let owner = || -> KeyValues {
            let key = &row[target.columns.len()..][..relation.local.len()];
            key.iter().map(|value| value.to_value()).collect()
        };
        if reader.repeats() {
            let key = target.primary_key.iter().map(|column| row[usize::from(*column)].to_value()).collect();
            let owner = if relation.link.is_some() { owner() } else { KeyValues::new() };
            if !met.insert((owner, key)) {
                reader.row(row)?;
                return Ok(Next::More);
            }
        }
        let object = (target.read)(Row::new(row, target))?;
        let key = match &relation.link {
            // The owner's key stands behind the target's columns.
            Some(_) => owner(),
            // Out of the object, so that it has the form in which the owner gives it.
            None => key(object.as_ref(), &relation.remote),
        };
        members.push((key, object));
        reader.row(row)?;
        Ok(Next::More)
    }

    fn restart(&mut self) {
        self.met.clear();
        let before = self.reader.restart();
        self.members.truncate(before);
    }
}
