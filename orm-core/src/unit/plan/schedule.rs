//! Takes the operations that wait for nothing, group by group, until all are ordered. Where only cycles are left, the module
//! below breaks them.

mod cycles;

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::edges::{Edge, Graph};
use super::{Act, Entry, Model, RowRef, Step, StepKind, row};
use crate::columns::ColumnSet;
use crate::ddl::creation_order;
use crate::definition::ModelDef;
use crate::error::Result;

/// The order in which groups leave when several are ready: parents' rows first, deletes last and children first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    deletes: bool,
    rank: i64,
    /// Keys that are given come first, so that the database makes none of them for another row.
    keys: Keys,
    kind: StepKind,
    columns: ColumnSet,
    defaults: ColumnSet,
}

/// Whether rows get a key that is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Keys {
    Given,
    Others,
}

impl Keys {
    fn of(model: &ModelDef, columns: &ColumnSet) -> Keys {
        let given = model.primary_key.iter().any(|column| columns.contains(*column));
        if given { Keys::Given } else { Keys::Others }
    }
}

/// An operation that is not ordered yet.
struct Operation {
    /// The entry whose row it writes.
    entry: usize,
    group: Group,
    waits: usize,
    /// Edges that start here, as positions in the list of edges.
    outgoing: Vec<usize>,
    row: Option<RowRef>,
    done: bool,
}

pub(super) fn order(entries: &[Entry<'_>], graph: &mut Graph) -> Result<Vec<Step>> {
    let selves = std::mem::take(&mut graph.selves);
    let mut schedule = Schedule::new(entries, graph);
    schedule.open_selves(&selves)?;
    for number in 0..schedule.operations.len() {
        schedule.queue_if_ready(number);
    }
    while schedule.left > 0 {
        schedule.take_ready();
        if schedule.left > 0 {
            schedule.break_cycles()?;
        }
    }
    Ok(schedule.steps)
}

struct Schedule<'s, 'a> {
    entries: &'s [Entry<'a>],
    edges: &'s mut Vec<Edge>,
    broken: Vec<bool>,
    operations: Vec<Operation>,
    ready: BTreeMap<Group, Vec<usize>>,
    steps: Vec<Step>,
    left: usize,
    /// How many values were parked in each column, so that each gets another one.
    parked: FxHashMap<(usize, u16), u32>,
    /// The edges by which rows let go of an operation's row; only built where cycles are to be broken.
    referring: FxHashMap<usize, Vec<usize>>,
}

impl<'s, 'a> Schedule<'s, 'a> {
    fn new(entries: &'s [Entry<'a>], graph: &'s mut Graph) -> Self {
        let ranks = ranks(entries);
        let mut operations: Vec<Operation> = Vec::with_capacity(entries.len());
        for (position, entry) in entries.iter().enumerate() {
            let rank = ranks[&entry.model().columns.as_ptr().addr()];
            let none = ColumnSet::new();
            let (kind, columns, defaults) = match entry.act {
                Act::Insert(columns) => (StepKind::Insert, columns.clone(), none),
                Act::Update(columns) => (StepKind::Update, columns.clone(), none),
                Act::Switch { replaced: _, columns, defaults } => {
                    (StepKind::Update, columns.clone(), defaults.clone())
                }
                Act::Delete => (StepKind::Delete, none.clone(), none),
            };
            let deletes = kind == StepKind::Delete;
            let rank = if deletes { -rank } else { rank };
            let keys = Keys::of(entry.model(), &columns);
            let group = Group { deletes, rank, keys, kind, columns, defaults };
            let row = Some(row(entry));
            operations.push(Operation {
                entry: position,
                group,
                waits: 0,
                outgoing: Vec::new(),
                row,
                done: false,
            });
        }
        for (number, edge) in graph.edges.iter().enumerate() {
            operations[edge.before].outgoing.push(number);
            operations[edge.after].waits += 1;
        }
        Schedule {
            entries,
            broken: vec![false; graph.edges.len()],
            edges: &mut graph.edges,
            left: operations.len(),
            operations,
            ready: BTreeMap::new(),
            steps: Vec::new(),
            parked: FxHashMap::default(),
            referring: FxHashMap::default(),
        }
    }

    fn queue_if_ready(&mut self, number: usize) {
        let operation = &self.operations[number];
        if operation.waits == 0 && !operation.done {
            self.ready.entry(operation.group.clone()).or_default().push(number);
        }
    }

    fn entry(&self, number: usize) -> &'s Entry<'a> {
        &self.entries[self.operations[number].entry]
    }

    fn model(&self, number: usize) -> &'static ModelDef {
        self.entry(number).model()
    }

    fn take_ready(&mut self) {
        while let Some((group, mut numbers)) = self.ready.pop_first() {
            self.sort(group.kind, &mut numbers);
            let mut rows = Vec::with_capacity(numbers.len());
            let model = Model(self.model(numbers[0]));
            for number in &numbers {
                let operation = &mut self.operations[*number];
                operation.done = true;
                rows.extend(operation.row.take());
            }
            self.left -= numbers.len();
            let Group { deletes: _, rank: _, keys: _, kind, columns, defaults } = group;
            self.steps.push(Step { kind, model, columns, defaults, rows });
            for number in numbers {
                self.release(number);
            }
        }
    }

    /// New rows stand in the order of `add`; updates and deletes in key order.
    fn sort(&self, kind: StepKind, numbers: &mut [usize]) {
        if kind == StepKind::Insert {
            numbers.sort_unstable();
            return;
        }
        numbers.sort_by(|one, other| {
            let (one, other) = (self.entry(*one), self.entry(*other));
            for column in one.model().primary_key {
                let order = one.old_value(*column).as_ref().key_order(other.old_value(*column).as_ref());
                if order.is_ne() {
                    return order;
                }
            }
            std::cmp::Ordering::Equal
        });
    }

    fn release(&mut self, number: usize) {
        for edge in std::mem::take(&mut self.operations[number].outgoing) {
            self.satisfy(edge);
        }
    }

    fn satisfy(&mut self, edge: usize) {
        if std::mem::replace(&mut self.broken[edge], true) {
            return;
        }
        let after = self.edges[edge].after;
        self.operations[after].waits -= 1;
        self.queue_if_ready(after);
    }
}

/// The place of each model in the order of creation, parents first.
fn ranks(entries: &[Entry<'_>]) -> FxHashMap<usize, i64> {
    let mut models: Vec<&'static ModelDef> = Vec::new();
    let mut seen: FxHashMap<usize, i64> = FxHashMap::default();
    for entry in entries {
        let model = entry.model();
        if seen.insert(model.columns.as_ptr().addr(), 0).is_none() {
            models.push(model);
        }
    }
    models.sort_by_key(|model| (model.table, model.module, model.name));
    for (rank, model) in creation_order(&models).iter().enumerate() {
        seen.insert(model.columns.as_ptr().addr(), rank as i64);
    }
    seen
}
