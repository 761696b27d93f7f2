//! Loads relations of untracked results: the rows that a relation leads to become values inside the objects that own them.
//! One statement for each relation and chunk of keys, as in a session. Called by an engine's queries.

mod along;
mod recursive;

use std::ops::Range;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::along::{Along, Prefetched};
use crate::any_engine::{AnyEngine, Link};
use crate::definition::{AnyModel, Item, Items, Load, ModelDef, Row, Strategy};
use crate::engine::{Next, RowSink, Sql};
use crate::error::Result;
use crate::key::KeyValues;
use crate::links::{self, Relation};
use crate::model::{Branch, Depth, How};
use crate::now::BoxFuture;
use crate::owners::{KeyList, KeyNumber, Lists, OwnerKeys, Rank, Sorting, key_in_row};
use crate::path::Path;
use crate::render;
use crate::value::{Encoded, Value, ValueRef};

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
            let (mut keys, numbers) = keys(relation, &owners);
            let (mut members, read_beyond) = match prefetched.take(relation.index) {
                Some((members, read_beyond)) => (of_each(&mut keys, members), read_beyond),
                None => read(engine, link, relation, &mut keys, branch).await?,
            };
            let beyond = further.as_deref().unwrap_or(beyond);
            if !beyond.is_empty() {
                let objects = objects(&mut members);
                if !objects.is_empty() {
                    load(engine, link, relation.target, objects, beyond, read_beyond).await?;
                }
            }
            hand_out(relation, &mut owners, &numbers, members, how);
        }
        Ok(())
    })
}

/// The key of an owner, and a row that its relation leads to.
pub(crate) type Member = (KeyValues, Box<dyn AnyModel>);

fn objects(members: &mut Lists<Item>) -> Vec<&mut dyn AnyModel> {
    let mut objects: Vec<&mut dyn AnyModel> = Vec::new();
    for list in members.iter_mut() {
        for item in list {
            if let Item::Owned(member) = item {
                objects.push(member.as_mut());
            }
        }
    }
    objects
}

/// What a query read along, to the keys of its owners.
fn of_each(keys: &mut OwnerKeys, members: Vec<Member>) -> Lists<Item> {
    let mut lists = Lists::of_any();
    for (key, member) in members {
        let number = keys.number_near(lists.last_owner(), key.iter().map(Value::as_ref));
        lists.push(number, Item::Owned(member), Rank::LEAST);
    }
    lists.finish(|_| Rank::LEAST);
    lists
}

/// The rows that a relation of owners with these keys leads to.
async fn read(
    engine: &AnyEngine,
    link: &mut Link,
    relation: &'static Relation,
    keys: &mut OwnerKeys,
    branch: &Branch,
) -> Result<(Lists<Item>, Prefetched<Vec<Member>>)> {
    let narrowing = branch.how.narrowing.as_ref();
    let root = narrowing.map_or_else(Path::fresh, |narrowing| narrowing.row);
    let along = Along::of_relation(relation, &branch.how, &branch.branches, root)?;
    let mut reader = Reader::new(&along);
    let sorting = Sorting::of(relation, narrowing, &along);
    let lists = Lists::new(keys.len());
    let members = read_by_keys(engine, link, relation, keys, &mut reader, (sorting, lists), |keys| {
        render::related(relation, keys, root, narrowing, &along, engine.dialect())
    });
    let members = members.await?;
    Ok((members, reader.finish()))
}

/// The different keys of these owners, and for each owner the number of its own; none where it leads nowhere.
fn keys(relation: &Relation, owners: &[&mut dyn AnyModel]) -> (OwnerKeys, Vec<Option<KeyNumber>>) {
    let mut keys = OwnerKeys::of(relation, owners.len());
    let mut numbers = Vec::with_capacity(owners.len());
    for owner in owners {
        let key = encoded(*owner, &relation.local);
        let is_null = key.iter().any(|value| value.as_ref().is_null());
        numbers.push((!is_null).then(|| keys.number(key.iter().map(Encoded::as_ref))));
    }
    (keys, numbers)
}

/// Reads the rows that belong to these keys, with as many statements as it takes.
async fn read_by_keys(
    engine: &AnyEngine,
    link: &mut Link,
    relation: &'static Relation,
    keys: &mut OwnerKeys,
    reader: &mut Reader<'_>,
    (sorting, lists): (Sorting, Lists<Item>),
    render: impl Fn(KeyList<'_>) -> Result<render::Rendered>,
) -> Result<Lists<Item>> {
    let asked: Vec<KeyNumber> = (0..).take(keys.len()).collect();
    let key_in_row = key_in_row(relation);
    let mut sink = Members { relation, keys, key_in_row, sorting, lists, reader, previous: Vec::new() };
    let chunk = KEYS.min(engine.dialect().limits().parameters / relation.local.len().max(1));
    for numbers in asked.chunks(chunk) {
        let list = KeyList { keys: sink.keys, numbers };
        let asked = list.range();
        let rendered = render(list)?;
        let bound: Vec<ValueRef<'_>> = rendered.values.iter().map(Value::as_ref).collect();
        sink.begin(asked);
        link.run(&Sql::new(rendered.sql), &bound, &mut sink).await?;
    }
    let mut lists = sink.lists;
    lists.finish(|item| match (sorting, item) {
        (Sorting::Loader(column), Item::Owned(member)) => Rank::of(member.value(column).as_ref()),
        _ => Rank::LEAST,
    });
    Ok(lists)
}

fn encoded<'o>(object: &'o dyn AnyModel, columns: &[u16]) -> SmallVec<[Encoded<'o>; 2]> {
    columns.iter().map(|column| object.value(*column)).collect()
}

fn key(object: &dyn AnyModel, columns: &[u16]) -> KeyValues {
    columns.iter().map(|column| object.value(*column).into_value()).collect()
}

/// Puts the rows into the fields of their owners; one that has several owners is shared.
fn hand_out(
    relation: &'static Relation,
    owners: &mut [&mut dyn AnyModel],
    numbers: &[Option<KeyNumber>],
    mut members: Lists<Item>,
    how: &How,
) {
    let load = if how.is_partial() { Load::Partial } else { Load::Loaded };
    let mut waiting: Vec<u32> = Vec::new();
    for number in numbers.iter().flatten() {
        let number = *number as usize;
        if number >= waiting.len() {
            waiting.resize(number + 1, 0);
        }
        waiting[number] += 1;
    }
    for (owner, number) in owners.iter_mut().zip(numbers) {
        let list = match number {
            Some(number) if waiting[*number as usize] > 1 => {
                members.get_mut(*number).map(shared).unwrap_or_default()
            }
            Some(number) => members.take(*number),
            None => Vec::new(),
        };
        if let Some(items) = owner.relation_mut(relation.index) {
            *items = Items { load, ..Items::loaded(list) };
        }
    }
}

/// The same rows once more.
fn shared(list: &mut Vec<Item>) -> Vec<Item> {
    let mut copies = Vec::with_capacity(list.len());
    for item in std::mem::take(list) {
        let shared: Arc<dyn AnyModel> = match item {
            Item::Owned(member) => Arc::from(member),
            Item::Shared(member) => member,
            Item::Tracked(..) => continue,
        };
        copies.push(Item::Shared(Arc::clone(&shared)));
        list.push(Item::Shared(shared));
    }
    copies
}

struct Members<'m, 'r> {
    relation: &'static Relation,
    keys: &'m mut OwnerKeys,
    /// Where a row bears the key of its owner.
    key_in_row: Option<SmallVec<[usize; 2]>>,
    sorting: Sorting,
    lists: Lists<Item>,
    reader: &'m mut Reader<'r>,
    /// What the row before was known by, where what is read along may repeat it.
    previous: Vec<Value>,
}

impl Members<'_, '_> {
    /// Another statement begins.
    fn begin(&mut self, asked: Range<KeyNumber>) {
        self.lists.begin(asked);
        self.reader.begin();
        self.previous.clear();
    }

    /// Whether a row is that before it once more: they stand together.
    fn is_repeated(&mut self, row: &[ValueRef<'_>]) -> bool {
        let Members { relation, key_in_row, previous, .. } = self;
        let itself = relation.target.primary_key.iter().map(|column| usize::from(*column));
        let owner = key_in_row.iter().flatten().copied();
        let values = itself.chain(owner).map(|position| row[position]);
        let mut known = previous.iter();
        let is_known = |value| known.next().is_some_and(|known| known.as_ref() == value);
        if values.clone().all(is_known) {
            return true;
        }
        previous.clear();
        previous.extend(values.map(ValueRef::to_value));
        false
    }
}

impl RowSink for Members<'_, '_> {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        if !self.reader.repeats() || !self.is_repeated(row) {
            let Members { relation, keys, key_in_row, sorting, lists, .. } = self;
            let object = (relation.target.read)(Row::new(row, relation.target))?;
            let near = lists.last_owner();
            let number = match key_in_row {
                Some(positions) => keys.number_near(near, positions.iter().map(|position| row[*position])),
                // Out of the object, so that it has the form in which the owner gives it.
                None => {
                    let key = encoded(object.as_ref(), &relation.remote);
                    keys.number_near(near, key.iter().map(Encoded::as_ref))
                }
            };
            lists.push(number, Item::Owned(object), sorting.rank(row));
        }
        self.reader.row(row)?;
        Ok(Next::More)
    }

    fn restart(&mut self) {
        self.lists.restart();
        self.reader.restart();
        self.previous.clear();
    }
}
