//! Which operation must come before which: found by the values of foreign keys and unique constraints. Hash tables over the
//! rows of one flush, so planning grows with the rows, not with their pairs.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::{Act, Entry, is_absent, unique_constraints};
use crate::columns::ColumnSet;
use crate::definition::{ModelDef, ReferentialAction};
use crate::handle::SlotId;
use crate::links::referred_column;
use crate::unit::relate::KeyCopy;
use crate::value::Value;

/// The operations of a flush, by the position of their entry, and what stands between them.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) edges: Vec<Edge>,
    /// Rows that refer to themselves. Not every database lets them go, or change their keys, as they are.
    pub(super) selves: Vec<Edge>,
}

/// One operation before another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) before: usize,
    pub(super) after: usize,
    pub(super) why: Why,
}

/// Why one operation comes before another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// `after` writes this foreign key column with the key that `before` writes.
    Refers(u16),
    /// `before` gives up the value of this foreign key column, which refers to the row that `after` deletes, or whose key
    /// `after` changes.
    LetsGo(u16),
    /// `before` frees the values of these columns, which `after` takes.
    Frees(Vec<u16>),
}

type Address = usize;
type Values = SmallVec<[Value; 1]>;

fn address(model: &ModelDef) -> Address {
    model.columns.as_ptr().addr()
}

/// The columns that an entry writes; none where its row goes.
fn written<'e>(entry: &'e Entry<'_>) -> Option<&'e ColumnSet> {
    match entry.act {
        Act::Insert(columns) | Act::Update(columns) | Act::Switch { columns, .. } => Some(columns),
        Act::Delete => None,
    }
}

fn has_row(entry: &Entry<'_>) -> bool {
    !matches!(entry.act, Act::Insert(_))
}

pub(super) fn connect(entries: &[Entry<'_>], copies: &[KeyCopy]) -> Graph {
    let mut graph = Graph::default();
    if !copies.is_empty() {
        let places: FxHashMap<SlotId, usize> =
            entries.iter().enumerate().map(|(position, entry)| (entry.slot, position)).collect();
        for copy in copies {
            if let (Some(parent), Some(child)) = (places.get(&copy.parent), places.get(&copy.child)) {
                graph.add(*parent, *child, Why::Refers(copy.column));
            }
        }
    }
    let mut models: FxHashMap<Address, Members> = FxHashMap::default();
    for (position, entry) in entries.iter().enumerate() {
        let model = entry.model();
        let members = models.entry(address(model)).or_insert_with(|| Members::new(model));
        members.positions.push(position);
        members.frees |= has_row(entry);
    }
    // In the order of the entries, so that the same entries give the same edges.
    let mut order: Vec<&Members> = models.values().collect();
    order.sort_by_key(|members| members.positions.first().copied());
    for members in &order {
        connect_references(entries, members, &models, &mut graph);
        if members.frees {
            connect_uniques(entries, members, &mut graph);
        }
    }
    graph
}

/// The operations of one model.
#[derive(Debug)]
struct Members {
    model: &'static ModelDef,
    positions: Vec<usize>,
    /// Whether one of them may free a unique value.
    frees: bool,
}

impl Members {
    fn new(model: &'static ModelDef) -> Self {
        Members { model, positions: Vec::new(), frees: false }
    }
}

/// Parents' rows before children's; children's ends before parents'.
fn connect_references(
    entries: &[Entry<'_>],
    members: &Members,
    models: &FxHashMap<Address, Members>,
    graph: &mut Graph,
) {
    for column in members.model.columns {
        let Some(reference) = &column.references else { continue };
        let Some(targets) = models.get(&address((reference.model)())) else { continue };
        let Ok(referred) = referred_column(members.model, column) else { continue };
        // Where the database changes the foreign key together with the key, nobody has to let go.
        let follows =
            !matches!(reference.on_update, ReferentialAction::NoAction | ReferentialAction::Restrict);
        let (mut made, mut gone): (FxHashMap<Value, usize>, FxHashMap<Value, usize>) = Default::default();
        for position in &targets.positions {
            let entry = &entries[*position];
            let writes = written(entry).is_some_and(|columns| columns.contains(referred.index));
            let deletes = matches!(entry.act, Act::Delete);
            if writes {
                let value = entry.new_value(referred.index);
                if !is_absent(targets.model, referred.index, value.as_ref()) {
                    made.insert(value.into_value(), *position);
                }
            }
            if deletes || (writes && has_row(entry) && !follows) {
                let value = entry.old_value(referred.index);
                if deletes || value.as_ref() != entry.new_value(referred.index).as_ref() {
                    gone.insert(value.into_value(), *position);
                }
            }
        }
        if made.is_empty() && gone.is_empty() {
            continue;
        }
        for position in &members.positions {
            let entry = &entries[*position];
            let writes = written(entry).is_some_and(|columns| columns.contains(column.index));
            if writes && let Some(parent) = made.get(&entry.new_value(column.index).into_value()) {
                graph.add(*parent, *position, Why::Refers(column.index));
            }
            if has_row(entry)
                && (writes || matches!(entry.act, Act::Delete))
                && let Some(parent) = gone.get(&entry.old_value(column.index).into_value())
            {
                graph.add(*position, *parent, Why::LetsGo(column.index));
            }
        }
    }
}

/// Freed unique values before they are taken.
fn connect_uniques(entries: &[Entry<'_>], members: &Members, graph: &mut Graph) {
    for constraint in unique_constraints(members.model) {
        let mut freed: FxHashMap<Values, usize> = FxHashMap::default();
        let values = |entry: &Entry<'_>, old: bool| -> Option<Values> {
            let mut values = Values::new();
            for column in &constraint {
                let value = if old { entry.old_value(*column) } else { entry.new_value(*column) };
                if is_absent(members.model, *column, value.as_ref()) {
                    return None;
                }
                values.push(value.into_value());
            }
            Some(values)
        };
        let touches = |columns: &ColumnSet| constraint.iter().any(|column| columns.contains(*column));
        for position in &members.positions {
            let entry = &entries[*position];
            let frees = match entry.act {
                Act::Delete => true,
                Act::Update(columns) | Act::Switch { columns, .. } => touches(columns),
                Act::Insert(_) => false,
            };
            if frees && let Some(values) = values(entry, true) {
                freed.insert(values, *position);
            }
        }
        if freed.is_empty() {
            continue;
        }
        for position in &members.positions {
            let entry = &entries[*position];
            if written(entry).is_some_and(&touches)
                && let Some(values) = values(entry, false)
                && let Some(owner) = freed.get(&values)
            {
                graph.add(*owner, *position, Why::Frees(constraint.clone()));
            }
        }
    }
}

impl Graph {
    fn add(&mut self, before: usize, after: usize, why: Why) {
        let edge = Edge { before, after, why };
        match &edge.why {
            _ if before != after => self.edges.push(edge),
            Why::Refers(_) | Why::LetsGo(_) => self.selves.push(edge),
            // A row may keep its own value.
            Why::Frees(_) => {}
        }
    }
}
