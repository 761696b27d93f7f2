//! Loads relations of untracked results: the rows that a relation leads to become values inside the objects that own them.
//! One statement for each relation and chunk of keys, as in a session. Called by an engine's queries.

mod along;
mod recursive;

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::along::{Along, Prefetched};
use crate::any_engine::{AnyEngine, Link};
use crate::definition::{AnyModel, Block, Item, Items, List, Load, ModelDef, Row, Strategy};
use crate::engine::{Next, RowSink};
use crate::error::Result;
use crate::key::KeyValues;
use crate::links::{self, Relation};
use crate::model::{Branch, Depth, How};
use crate::now::BoxFuture;
use crate::owners::{KeyList, KeyNumber, Lists, OwnerKeys, Rank, Sorting, Taken, key_in_row, keys_of_a_list};
use crate::path::Path;
use crate::render;
use crate::value::{Encoded, Value, ValueRef};

pub(crate) use along::{OwnedAlong, Reader};

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
                Some((members, read_beyond)) => (Members::of_each(&mut keys, members), read_beyond),
                None => read(engine, link, relation, &mut keys, branch).await?,
            };
            let beyond = further.as_deref().unwrap_or(beyond);
            if !beyond.is_empty() {
                let objects = members.objects();
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

/// The rows that a relation leads to, by the numbers of their owners' keys.
enum Members {
    /// Read by statements of their own. The column is that of their ranks.
    Read(Lists<Box<dyn Block>>, Sorting),
    /// Read along with other rows.
    Along(Vec<Vec<Item>>),
}

impl Members {
    fn of_each(keys: &mut OwnerKeys, members: Vec<Member>) -> Members {
        let mut lists: Vec<Vec<Item>> = Vec::new();
        let mut near = 0;
        for (key, member) in members {
            near = keys.number_near(near, key.iter().map(Value::as_ref));
            let index = near as usize;
            if index >= lists.len() {
                lists.resize_with(index + 1, Vec::new);
            }
            lists[index].push(Item::Owned(member));
        }
        Members::Along(lists)
    }

    fn objects(&mut self) -> Vec<&mut dyn AnyModel> {
        let mut objects: Vec<&mut dyn AnyModel> = Vec::new();
        match self {
            Members::Read(lists, _) => {
                for block in lists.iter_mut() {
                    block.each(&mut |object| objects.push(object));
                }
            }
            Members::Along(lists) => {
                for item in lists.iter_mut().flatten() {
                    if let Item::Owned(member) = item {
                        objects.push(member.as_mut());
                    }
                }
            }
        }
        objects
    }

    /// The rows of an owner, to keep.
    fn take(&mut self, owner: KeyNumber) -> List {
        match self {
            Members::Read(lists, sorting) => match lists.take(owner) {
                Taken::None => List::default(),
                Taken::Sorted(block) => block.into(),
                Taken::Unsorted(block) => sorted(block, *sorting).into(),
            },
            Members::Along(lists) => {
                lists.get_mut(owner as usize).map(std::mem::take).unwrap_or_default().into()
            }
        }
    }
}

/// The rows in the order of their ranks.
fn sorted(block: Box<dyn Block>, sorting: Sorting) -> Vec<Item> {
    let mut objects = block.into_boxes();
    if let Sorting::Loader(column) = sorting {
        objects.sort_by_key(|object| Rank::of(object.value(column).as_ref()));
    }
    objects.into_iter().map(Item::Owned).collect()
}

/// The rows that a relation of owners with these keys leads to.
async fn read(
    engine: &AnyEngine,
    link: &mut Link,
    relation: &'static Relation,
    keys: &mut OwnerKeys,
    branch: &Branch,
) -> Result<(Members, Prefetched<Vec<Member>>)> {
    let narrowing = branch.how.narrowing.as_ref();
    let root = narrowing.map_or_else(Path::fresh, |narrowing| narrowing.row);
    let along = Along::of_relation(relation, &branch.how, &branch.branches, root)?;
    let mut reader = Reader::new(&along);
    let sorting = Sorting::of(relation, narrowing, &along);
    let lists = Lists::new(keys.len(), (relation.target.block)());
    let lists = read_by_keys(engine, link, relation, keys, &mut reader, (sorting, lists), |keys| {
        render::related(relation, keys, root, narrowing, &along, engine.dialect())
    });
    let members = Members::Read(lists.await?, sorting);
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
    (sorting, lists): (Sorting, Lists<Box<dyn Block>>),
    render: impl Fn(KeyList<'_>) -> Result<render::Rendered>,
) -> Result<Lists<Box<dyn Block>>> {
    let asked: Vec<KeyNumber> = (0..).take(keys.len()).collect();
    let key_in_row = key_in_row(relation);
    let spare = (relation.target.block)();
    let mut sink = Rows { relation, keys, key_in_row, sorting, lists, spare, reader, previous: Vec::new() };
    let chunk = keys_of_a_list(relation, engine.dialect().limits());
    for numbers in asked.chunks(chunk) {
        let list = KeyList { keys: sink.keys, numbers };
        let asked = list.range();
        let rendered = render(list)?;
        let bound: Vec<ValueRef<'_>> = rendered.values.iter().map(Value::as_ref).collect();
        sink.begin(asked);
        link.run(&engine.own_text(&rendered.sql), &bound, &mut sink).await?;
    }
    let mut lists = sink.lists;
    lists.finish();
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
    mut members: Members,
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
    let mut shared: FxHashMap<KeyNumber, Vec<Arc<dyn AnyModel>>> = FxHashMap::default();
    for (owner, number) in owners.iter_mut().zip(numbers) {
        let list = match number {
            Some(number) if waiting[*number as usize] > 1 => {
                let members = shared.entry(*number).or_insert_with(|| to_share(members.take(*number)));
                let mut list = Vec::with_capacity(members.len());
                for member in members {
                    list.push(Item::Shared(Arc::clone(member)));
                }
                list.into()
            }
            Some(number) => members.take(*number),
            None => List::default(),
        };
        if let Some(items) = owner.relation_mut(relation.index) {
            *items = Items::filled(load, list);
        }
    }
}

fn to_share(list: List) -> Vec<Arc<dyn AnyModel>> {
    let mut shared = Vec::with_capacity(list.len());
    for item in list {
        if let Item::Owned(member) = item {
            shared.push(Arc::from(member));
        }
    }
    shared
}

/// Takes the rows of a relation.
struct Rows<'m, 'r> {
    relation: &'static Relation,
    keys: &'m mut OwnerKeys,
    /// Where a row bears the key of its owner.
    key_in_row: Option<SmallVec<[usize; 2]>>,
    sorting: Sorting,
    lists: Lists<Box<dyn Block>>,
    /// Holds a row until its owner is known.
    spare: Box<dyn Block>,
    reader: &'m mut Reader<'r>,
    /// What the row before was known by, where what is read along may repeat it.
    previous: Vec<Value>,
}

impl Rows<'_, '_> {
    /// Another statement begins.
    fn begin(&mut self, asked: Range<KeyNumber>) {
        self.lists.begin(asked);
        self.reader.begin();
        self.previous.clear();
    }

    /// Whether a row is that before it once more: they stand together.
    fn is_repeated(&mut self, row: &[ValueRef<'_>]) -> bool {
        let Rows { relation, key_in_row, previous, .. } = self;
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

impl RowSink for Rows<'_, '_> {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        if !self.reader.repeats() || !self.is_repeated(row) {
            let Rows { relation, keys, key_in_row, sorting, lists, spare, .. } = self;
            let (near, rank) = (lists.last_owner(), sorting.rank(row));
            if let Some(positions) = key_in_row {
                let number = match positions[..] {
                    [only] => keys.number_of_one(near, row[only]),
                    _ => keys.number_near(near, positions.iter().map(|position| row[*position])),
                };
                if let Some(block) = lists.place(number, rank) {
                    block.read(Row::new(row, relation.target))?;
                }
            } else {
                // Out of the object, so that it has the form in which the owner gives it.
                spare.read(Row::new(row, relation.target))?;
                let key = spare.get(0).map(|object| encoded(object, &relation.remote)).unwrap_or_default();
                let number = keys.number_near(near, key.iter().map(Encoded::as_ref));
                drop(key);
                match lists.place(number, rank) {
                    Some(block) => block.append(spare.as_mut()),
                    None => spare.truncate(0),
                }
            }
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
