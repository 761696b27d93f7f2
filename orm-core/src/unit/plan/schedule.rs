//! Takes the operations that wait for nothing, group by group, until all are ordered; breaks cycles where that is possible.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::edges::{Edge, Graph, Why};
use super::parking::parked_value;
use super::{Act, Entry, Model, RowRef, Step, StepKind, row};
use crate::columns::ColumnSet;
use crate::ddl::creation_order;
use crate::definition::ModelDef;
use crate::error::{Error, ErrorKind, Result};
use crate::value::Value;

/// The order in which groups leave when several are ready: parents' rows first, deletes last and children first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    deletes: bool,
    rank: i64,
    kind: StepKind,
    columns: ColumnSet,
    defaults: ColumnSet,
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
    let mut schedule = Schedule::new(entries, graph);
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
    parked: u32,
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
            let group = Group { deletes, rank, kind, columns, defaults };
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
        let mut schedule = Schedule {
            entries,
            broken: vec![false; graph.edges.len()],
            edges: &mut graph.edges,
            left: operations.len(),
            operations,
            ready: BTreeMap::new(),
            steps: Vec::new(),
            parked: 0,
        };
        for number in 0..schedule.operations.len() {
            schedule.queue_if_ready(number);
        }
        schedule
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
            let Group { deletes: _, rank: _, kind, columns, defaults } = group;
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

    /// Breaks one edge of each cycle that is left, or says which objects stand in each other's way.
    fn break_cycles(&mut self) -> Result<()> {
        for component in self.components() {
            let inside = |number: usize| component.binary_search(&number).is_ok();
            let edges: Vec<usize> = component
                .iter()
                .flat_map(|number| self.operations[*number].outgoing.iter().copied())
                .filter(|edge| !self.broken[*edge] && inside(self.edges[*edge].after))
                .collect();
            let deferred = edges.iter().any(|edge| self.defer(*edge));
            let broken = deferred
                || edges.iter().any(|edge| self.park(*edge))
                || edges.iter().any(|edge| self.let_go(*edge));
            if !broken {
                let names: Vec<String> = component
                    .iter()
                    .filter_map(|number| Some(self.operations[*number].row.as_ref()?.label.clone()))
                    .collect();
                let reason = format!(
                    "{} each need another one to be written first; a foreign key among them that takes NULL would help",
                    names.join(", ")
                );
                return Err(Error::new(ErrorKind::Circular { reason }));
            }
        }
        Ok(())
    }

    /// Inserts a row with NULL for a foreign key that its parent's row is still needed for, and writes the key later.
    fn defer(&mut self, edge: usize) -> bool {
        let Edge { before: _, after, why: Why::Refers(column) } = self.edges[edge].clone() else {
            return false;
        };
        let model = self.model(after);
        if self.operations[after].group.kind != StepKind::Insert
            || !model.columns[usize::from(column)].nullable
        {
            return false;
        }
        let Some(row) = self.operations[after].row.as_mut() else { return false };
        row.instead.push((column, Value::Null));
        let late = RowRef { instead: Vec::new(), ..row.clone() };
        // The late write goes out once everything in the cycle is there; it frees nothing and nobody waits for it.
        let columns = ColumnSet::from_iter([column]);
        let rank = self.operations[after].group.rank;
        let group =
            Group { deletes: false, rank, kind: StepKind::Update, columns, defaults: ColumnSet::new() };
        let number = self.operations.len();
        let entry = self.operations[after].entry;
        self.operations.push(Operation {
            entry,
            group,
            waits: 0,
            outgoing: Vec::new(),
            row: Some(late),
            done: false,
        });
        self.left += 1;
        for before in [self.edges[edge].before, after] {
            let number_of_edge = self.edges.len();
            self.edges.push(Edge { before, after: number, why: Why::Refers(column) });
            self.broken.push(false);
            self.operations[before].outgoing.push(number_of_edge);
            self.operations[number].waits += 1;
        }
        self.satisfy(edge);
        true
    }

    /// Gives a row another unique value before anything else happens, so that its own is free.
    fn park(&mut self, edge: usize) -> bool {
        let Edge { before, after: _, why: Why::Frees(constraint) } = self.edges[edge].clone() else {
            return false;
        };
        let model = self.model(before);
        // One column that moves away is enough; a nullable one is the best. What the row does not write later must stay.
        let mut columns: Vec<u16> = constraint;
        let group = &self.operations[before].group;
        columns.retain(|column| group.deletes || group.columns.contains(*column));
        columns.sort_by_key(|column| !model.columns[usize::from(*column)].nullable);
        let number = self.parked;
        let value = columns.iter().find_map(|column| {
            let definition = &model.columns[usize::from(*column)];
            let referred = definition.references.is_some() && !definition.nullable;
            (!referred).then(|| parked_value(definition, number).map(|value| (*column, value)))?
        });
        let (Some((column, value)), Some(row)) = (value, self.operations[before].row.as_ref()) else {
            return false;
        };
        self.parked += 1;
        let row = RowRef { instead: vec![(column, value)], ..row.clone() };
        self.push_park(before, column, row);
        true
    }

    /// Takes NULL for a foreign key before anything else happens, so that the row that it refers to can go.
    fn let_go(&mut self, edge: usize) -> bool {
        let Edge { before, after: _, why: Why::LetsGo(column) } = self.edges[edge] else {
            return false;
        };
        if !self.model(before).columns[usize::from(column)].nullable {
            return false;
        }
        let Some(row) = self.operations[before].row.as_ref() else { return false };
        let row = RowRef { instead: vec![(column, Value::Null)], ..row.clone() };
        self.push_park(before, column, row);
        true
    }

    fn push_park(&mut self, before: usize, column: u16, row: RowRef) {
        let model = self.model(before);
        let columns = ColumnSet::from_iter([column]);
        match self.steps.last_mut() {
            Some(step)
                if step.kind == StepKind::Park && step.model.0.is(model) && step.columns == columns =>
            {
                step.rows.push(row);
            }
            _ => {
                let (kind, defaults) = (StepKind::Park, ColumnSet::new());
                self.steps.push(Step { kind, model: Model(model), columns, defaults, rows: vec![row] })
            }
        }
        // Parking frees every value of the column that the row held.
        let freed: Vec<usize> = self.operations[before]
            .outgoing
            .iter()
            .copied()
            .filter(|edge| match &self.edges[*edge].why {
                Why::Frees(held) => held.contains(&column),
                Why::LetsGo(held) => *held == column,
                Why::Refers(_) => false,
            })
            .collect();
        for edge in freed {
            self.satisfy(edge);
        }
    }

    /// The cycles among what is left: strongly connected components of more than one operation, each sorted, in order.
    /// Tarjan's algorithm with a stack of its own, so that long chains do not overflow the thread's.
    fn components(&self) -> Vec<Vec<usize>> {
        const UNSEEN: usize = usize::MAX;
        let count = self.operations.len();
        let (mut index, mut low, mut on_stack) = (vec![UNSEEN; count], vec![0; count], vec![false; count]);
        let (mut stack, mut next, mut found) = (Vec::new(), 0, Vec::new());
        for root in 0..count {
            if index[root] != UNSEEN || self.operations[root].done {
                continue;
            }
            let mut calls = vec![(root, 0)];
            while let Some((number, position)) = calls.pop() {
                if position == 0 {
                    (index[number], low[number]) = (next, next);
                    next += 1;
                    stack.push(number);
                    on_stack[number] = true;
                }
                let mut position = position;
                let mut descend = None;
                while let Some(edge) = self.operations[number].outgoing.get(position) {
                    let after = self.edges[*edge].after;
                    position += 1;
                    if self.broken[*edge] || self.operations[after].done {
                        continue;
                    }
                    if index[after] == UNSEEN {
                        descend = Some(after);
                        break;
                    }
                    if on_stack[after] {
                        low[number] = low[number].min(index[after]);
                    }
                }
                if let Some(after) = descend {
                    calls.push((number, position));
                    calls.push((after, 0));
                    continue;
                }
                if low[number] == index[number] {
                    let mut component = Vec::new();
                    while let Some(member) = stack.pop() {
                        on_stack[member] = false;
                        component.push(member);
                        if member == number {
                            break;
                        }
                    }
                    if component.len() > 1 {
                        component.sort_unstable();
                        found.push(component);
                    }
                }
                if let Some((parent, _)) = calls.last() {
                    low[*parent] = low[*parent].min(low[number]);
                }
            }
        }
        found.sort();
        found
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
