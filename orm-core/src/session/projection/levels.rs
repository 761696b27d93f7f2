//! Runs a query of projections: one statement for its rows, and one for each collection of each level and chunk of keys,
//! however many rows there are. Rows find their owners by keys that are read along and do not reach the structs.

use std::any::Any;

use smallvec::SmallVec;

use super::{Cells, Collection, Origin, Parts, Projection, ProjectionDef};
use crate::engine::{Next, RowSink};
use crate::error::{Error, Result};
use crate::key::KeyValues;
use crate::node::{Node, Output};
use crate::owners::{KeyList, KeyNumber, OwnerKeys, keys_of_a_list};
use crate::render;
use crate::session::Session;
use crate::unit::Request;
use crate::value::{Value, ValueRef};

/// A list of projections without its type.
pub(crate) trait Batch: Send {
    /// Reads a row.
    fn read(&mut self, cells: &mut Cells<'_>) -> Result<()>;
    /// How many rows there are.
    fn len(&self) -> usize;
    /// Forgets all rows past so many.
    fn truncate(&mut self, rows: usize);
    /// A collection of a row.
    fn collection(&mut self, row: usize, number: usize) -> Option<&mut dyn Any>;
    /// Moves each row into the collection of its owner.
    fn hand_out(self: Box<Self>, owners: &mut dyn Batch, owner_of: &[u32], number: usize);
    /// The list itself.
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

/// An empty list.
pub(super) fn batch<P: Projection>() -> Box<dyn Batch> {
    Box::new(Vec::<P>::new())
}

impl<P: Projection> Batch for Vec<P> {
    fn read(&mut self, cells: &mut Cells<'_>) -> Result<()> {
        self.push(P::read(cells)?);
        Ok(())
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn truncate(&mut self, rows: usize) {
        self.truncate(rows);
    }

    fn collection(&mut self, row: usize, number: usize) -> Option<&mut dyn Any> {
        Projection::collection(self.get_mut(row)?, number)
    }

    fn hand_out(self: Box<Self>, owners: &mut dyn Batch, owner_of: &[u32], number: usize) {
        for (row, owner) in self.into_iter().zip(owner_of) {
            let list = owners.collection(*owner as usize, number);
            if let Some(list) = list.and_then(|list| list.downcast_mut::<Vec<P>>()) {
                list.push(row);
            }
        }
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// Runs the query of a session or an engine.
pub(in crate::session) async fn fetch<S: Session, P: Projection>(
    session: &mut S,
    request: Request,
) -> Result<Vec<P>> {
    let batch = load(session, &request, P::DEFINITION).await?;
    let rows = batch.into_any().downcast::<Vec<P>>();
    Ok(*rows.expect("the definition of `P` makes a list of `P`"))
}

/// The rows of one level.
struct Level {
    rows: Rows,
    collections: Vec<Collection>,
    /// The level above, and the number of the collection there.
    parent: Option<(usize, usize)>,
    /// The fields on the way here.
    trail: Vec<Origin>,
}

async fn load<S: Session>(
    session: &mut S,
    request: &Request,
    definition: &'static ProjectionDef,
) -> Result<Box<dyn Batch>> {
    if !request.with.is_empty() {
        return Err(Error::invalid_query(format!(
            "`with` loads relations of objects, and `{}` names its own: give it a field in place of `with`",
            definition.name
        )));
    }
    refuse_circles(definition, &mut Vec::new())?;
    let mut parts = Parts::of(definition, request.select.root);
    if let Some(error) = parts.error.take() {
        return Err(error);
    }
    let mut rows = Rows::new(definition, &parts);
    session.fetch(request, Output::Rows, &mut rows).await?;
    let mut levels = vec![Level { rows, collections: parts.collections, parent: None, trail: Vec::new() }];
    let mut position = 0;
    while let Some(level) = levels.get_mut(position) {
        let collections = std::mem::take(&mut level.collections);
        for (number, collection) in collections.into_iter().enumerate() {
            let level = &mut levels[position];
            let keys = std::mem::take(&mut level.rows.keys[number]);
            let mut trail = level.trail.clone();
            let times = trail.iter().filter(|origin| origin.is(collection.origin)).count();
            let deep_enough = collection.origin.get().depth.is_some_and(|depth| times >= depth as usize);
            if deep_enough || keys.is_empty() {
                continue;
            }
            trail.push(collection.origin);
            let next = below(session, request, &collection, &keys).await?;
            if next.rows.batch.len() > 0 {
                levels.push(Level { parent: Some((position, number)), trail, ..next });
            }
        }
        position += 1;
    }
    while let Some(level) = levels.pop() {
        let Rows { batch, owner_of, .. } = level.rows;
        match level.parent {
            Some((parent, number)) => {
                batch.hand_out(levels[parent].rows.batch.as_mut(), &owner_of, number);
            }
            None => return Ok(batch),
        }
    }
    Ok((definition.batch)())
}

/// Reads a collection of these owners.
async fn below<S: Session>(
    session: &mut S,
    request: &Request,
    collection: &Collection,
    owners: &[KeyValues],
) -> Result<Level> {
    let Collection { relation, key: _, narrowing, definition, origin } = collection;
    let mut parts = Parts::of(definition, narrowing.row);
    if let Some(error) = parts.error.take() {
        return Err(error);
    }
    if parts.output.iter().any(Node::has_aggregate) {
        return Err(Error::invalid_query(format!(
            "{} reads `{}`, which computes an aggregate of all rows: ask about a collection of each row instead, as in \
             `p.comments().count()`",
            origin.name(),
            definition.name
        )));
    }
    let mut rows = Rows::new(definition, &parts);
    let mut keys = OwnerKeys::of(relation, owners.len());
    for (position, key) in owners.iter().enumerate() {
        if key.iter().any(|value| value.as_ref().is_null()) {
            continue;
        }
        let number = keys.number(key.iter().map(Value::as_ref)) as usize;
        if number == rows.waiting.len() {
            rows.waiting.push(SmallVec::new());
        }
        rows.waiting[number].push(position as u32);
    }
    let asked: Vec<KeyNumber> = (0..).take(keys.len()).collect();
    let collections = std::mem::take(&mut parts.collections);
    let mut output = parts.output;
    for collection in &collections {
        output.extend_from_slice(&collection.key);
    }
    rows.owner_at = output.len();
    rows.owners = Some(keys);
    let chunk = keys_of_a_list(relation, session.engine().dialect().limits());
    for numbers in asked.chunks(chunk) {
        let Some(keys) = &rows.owners else { break };
        let dialect = session.engine().dialect();
        let list = KeyList { keys, numbers };
        let rendered = render::related_output(relation, list, narrowing, &output, dialect)?;
        rows.before = rows.batch.len();
        session.run(rendered, &mut rows, request.caller).await?;
    }
    Ok(Level { rows, collections, parent: None, trail: Vec::new() })
}

/// Refuses a projection that contains itself, unless a field on the way says how often.
fn refuse_circles(definition: &'static ProjectionDef, way: &mut Vec<Origin>) -> Result<()> {
    for (field, contained) in definition.fields.iter().enumerate() {
        let Some(contains) = contained.contains.filter(|_| contained.depth.is_none()) else { continue };
        let contains = contains();
        way.push(Origin { definition, field });
        if way.iter().any(|origin| origin.definition.id == contains.id) {
            let names: Vec<String> = way.iter().map(|origin| origin.name()).collect();
            return Err(Error::invalid_query(format!(
                "`{}` contains itself, through {}: say on one of them how often it is read, with `#[orm(depth = 3)]`",
                contains.name,
                names.join(" and ")
            )));
        }
        refuse_circles(contains, way)?;
        way.pop();
    }
    Ok(())
}

/// Takes the rows of one level.
struct Rows {
    batch: Box<dyn Batch>,
    /// For each collection, the keys that its owners hang on: one for each row.
    keys: Vec<Vec<KeyValues>>,
    /// How many columns each of them has.
    lengths: SmallVec<[usize; 4]>,
    /// The keys of the owners; none where nothing owns the rows.
    owners: Option<OwnerKeys>,
    /// Where the key of the owner stands in a row.
    owner_at: usize,
    /// The owner of the row before.
    last: KeyNumber,
    /// The owners that wait for rows, by the numbers of their keys.
    waiting: Vec<SmallVec<[u32; 1]>>,
    /// The owner of each row.
    owner_of: Vec<u32>,
    /// How many rows there were before this statement.
    before: usize,
}

impl Rows {
    fn new(definition: &'static ProjectionDef, parts: &Parts) -> Rows {
        Rows {
            batch: (definition.batch)(),
            keys: vec![Vec::new(); parts.collections.len()],
            lengths: parts.collections.iter().map(|collection| collection.key.len()).collect(),
            owners: None,
            owner_at: 0,
            last: 0,
            waiting: Vec::new(),
            owner_of: Vec::new(),
            before: 0,
        }
    }

    fn read(&mut self, row: &[ValueRef<'_>]) -> Result<()> {
        let mut cells = Cells::new(row);
        self.batch.read(&mut cells)?;
        for (keys, length) in self.keys.iter_mut().zip(&self.lengths) {
            keys.push(cells.key(*length)?);
        }
        Ok(())
    }
}

impl RowSink for Rows {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        let Some(owners) = &mut self.owners else {
            self.read(row)?;
            return Ok(Next::More);
        };
        let key = row[self.owner_at..][..owners.width()].iter().copied();
        self.last = owners.number_near(self.last, key);
        // Several owners of one key get the row each.
        for position in 0..self.waiting.get(self.last as usize).map_or(0, SmallVec::len) {
            self.read(row)?;
            self.owner_of.push(self.waiting[self.last as usize][position]);
        }
        Ok(Next::More)
    }

    fn restart(&mut self) {
        self.batch.truncate(self.before);
        self.owner_of.truncate(self.before);
        for keys in &mut self.keys {
            keys.truncate(self.before);
        }
    }
}
