//! Takes the operations that wait for nothing, group by group, until all are ordered. Where only cycles are left, the module
//! below breaks them.

mod cycles;
mod groups;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::edges::{Edge, Graph};
use super::{Entry, Step, StepKind, Steps};
use crate::ddl::creation_order;
use crate::definition::ModelDef;
use crate::error::Result;
use crate::unit::turns::Turns;
use crate::value::Value;

use groups::{Group, GroupId, Groups};

/// Stands where there is no further edge.
const NONE: u32 = u32::MAX;

/// An operation that is not ordered yet.
struct Operation {
    /// The entry whose row it writes.
    entry: u32,
    group: GroupId,
    waits: u32,
    /// The first and the last of the edges that start here; each leads to the next.
    first: u32,
    last: u32,
    done: bool,
}

pub(super) async fn order(entries: &[Entry<'_>], mut graph: Graph, turns: &mut Turns) -> Result<Steps> {
    let ranks = Ranks::of(&graph.models);
    if graph.edges.is_empty() && graph.selves.is_empty() {
        return Ok(order_freely(entries, &ranks, turns).await);
    }
    let selves = std::mem::take(&mut graph.selves);
    let mut schedule = Schedule::new(entries, &mut graph, &ranks);
    schedule.open_selves(&selves)?;
    for number in 0..schedule.operations.len() {
        schedule.queue_if_ready(number);
    }
    turns.after(entries.len(), 0).await;
    while schedule.left > 0 {
        while let Some(group) = schedule.first_ready() {
            let rows = schedule.take(group);
            turns.after(rows, 0).await;
        }
        if schedule.left > 0 {
            let waiting = schedule.groups.waiting();
            schedule.break_cycles()?;
            if schedule.groups.waiting() == waiting {
                // Rows whose keys are given wait for some of these.
                if let Some(group) = schedule.groups.first() {
                    schedule.take(group);
                }
            }
        }
    }
    Ok(schedule.steps)
}

/// What [`order`] comes to for one operation that waits for nothing.
pub(super) fn only_step(entry: &Entry<'_>) -> Step {
    let Group { kind, columns, defaults, .. } = Group::of(entry, 0);
    let mut step = Step::new(kind, entry.model(), columns, defaults);
    step.push(entry, Vec::new());
    step
}

/// What [`order`] comes to where no operation waits for another: one step a group.
async fn order_freely(entries: &[Entry<'_>], ranks: &Ranks, turns: &mut Turns) -> Steps {
    let mut groups = Groups::default();
    for (number, entry) in entries.iter().enumerate() {
        let group = groups.of(entry, ranks);
        groups.push(group, number as u32);
    }
    turns.after(entries.len(), 0).await;
    let mut steps = Steps::new();
    while let Some(id) = groups.first() {
        let mut numbers = groups.take(id);
        let group = groups.get(id);
        sort(group.kind, &mut numbers, |number| &entries[number as usize]);
        let model = entries[numbers[0] as usize].model();
        let mut step = Step::new(group.kind, model, group.columns.clone(), group.defaults.clone());
        step.rows.reserve(numbers.len());
        for number in &numbers {
            step.push(&entries[*number as usize], Vec::new());
        }
        steps.push(step);
        turns.after(numbers.len(), 0).await;
    }
    steps
}

/// New rows stand in the order of `add`; updates and deletes in key order.
fn sort<'e, 'a: 'e>(kind: StepKind, numbers: &mut [u32], entry: impl Fn(u32) -> &'e Entry<'a>) {
    if kind == StepKind::Insert {
        numbers.sort_unstable();
        return;
    }
    // Keys are read out once, not at each comparison.
    let mut keyed: Vec<(i64, u32)> = Vec::with_capacity(numbers.len());
    for number in numbers.iter() {
        let Some(key) = entry(*number).key else { break };
        keyed.push((key, *number));
    }
    if keyed.len() == numbers.len() {
        keyed.sort_by_key(|(key, _)| *key);
        for (place, (_, number)) in numbers.iter_mut().zip(keyed) {
            *place = number;
        }
        return;
    }
    numbers.sort_by(|one, other| {
        let (one, other) = (entry(*one), entry(*other));
        for column in one.model().primary_key {
            let order = one.old_value(*column).as_ref().key_order(other.old_value(*column).as_ref());
            if order.is_ne() {
                return order;
            }
        }
        std::cmp::Ordering::Equal
    });
}

struct Schedule<'s, 'a> {
    entries: &'s [Entry<'a>],
    edges: &'s mut Vec<Edge>,
    /// The next edge of the operation that an edge starts at.
    next_edge: Vec<u32>,
    broken: Vec<bool>,
    operations: Vec<Operation>,
    groups: Groups,
    steps: Steps,
    left: usize,
    /// How many new rows with a given key are left, by the rank of their model.
    given: FxHashMap<i64, usize>,
    /// Values that operations write in place of those of their objects.
    instead: FxHashMap<usize, Vec<(u16, Value)>>,
    /// How many values were parked in each column, so that each gets another one.
    parked: FxHashMap<(usize, u16), u32>,
    /// The edges by which rows let go of an operation's row; only built where cycles are to be broken.
    referring: FxHashMap<usize, Vec<usize>>,
}

impl<'s, 'a> Schedule<'s, 'a> {
    fn new(entries: &'s [Entry<'a>], graph: &'s mut Graph, ranks: &Ranks) -> Self {
        let mut schedule = Schedule {
            entries,
            next_edge: Vec::with_capacity(graph.edges.len()),
            broken: vec![false; graph.edges.len()],
            edges: &mut graph.edges,
            operations: Vec::with_capacity(entries.len()),
            groups: Groups::default(),
            steps: Steps::new(),
            left: entries.len(),
            given: FxHashMap::default(),
            instead: FxHashMap::default(),
            parked: FxHashMap::default(),
            referring: FxHashMap::default(),
        };
        for (position, entry) in entries.iter().enumerate() {
            let id = schedule.groups.of(entry, ranks);
            let group = schedule.groups.get(id);
            if group.gives_keys() {
                *schedule.given.entry(group.rank).or_default() += 1;
            }
            schedule.operations.push(Operation {
                entry: position as u32,
                group: id,
                waits: 0,
                first: NONE,
                last: NONE,
                done: false,
            });
        }
        for number in 0..schedule.edges.len() {
            schedule.link(number);
        }
        schedule
    }

    /// Enters an edge into the list of the operation that it starts at, and lets the other one wait for it.
    fn link(&mut self, number: usize) {
        let Edge { before, after, why: _ } = self.edges[number];
        let number = number as u32;
        self.next_edge.push(NONE);
        let operation = &mut self.operations[before];
        match operation.last {
            NONE => operation.first = number,
            last => self.next_edge[last as usize] = number,
        }
        operation.last = number;
        self.operations[after].waits += 1;
    }

    /// The edges that start at an operation.
    fn outgoing(&self, number: usize) -> impl Iterator<Item = usize> + '_ {
        let mut next = self.operations[number].first;
        std::iter::from_fn(move || {
            let edge = next as usize;
            next = *self.next_edge.get(edge)?;
            Some(edge)
        })
    }

    fn queue_if_ready(&mut self, number: usize) {
        let operation = &self.operations[number];
        if operation.waits == 0 && !operation.done {
            self.groups.push(operation.group, number as u32);
        }
    }

    fn group(&self, number: usize) -> &Group {
        self.groups.get(self.operations[number].group)
    }

    fn entry(&self, number: usize) -> &'s Entry<'a> {
        &self.entries[self.operations[number].entry as usize]
    }

    fn model(&self, number: usize) -> &'static ModelDef {
        self.entry(number).model()
    }

    /// The group to take next of those that are ready, but for rows whose keys the database makes while there are others of their table whose keys are
    /// given: it might make one of those.
    fn first_ready(&self) -> Option<GroupId> {
        let may_go = |given: &FxHashMap<i64, usize>, group: &Group| {
            !group.has_keys_made() || given.get(&group.rank).is_none_or(|left| *left == 0)
        };
        self.groups.first_of(|group| may_go(&self.given, group))
    }

    /// Takes the rows of a group that are ready: how many there were.
    fn take(&mut self, id: GroupId) -> usize {
        let mut numbers = self.groups.take(id);
        sort(self.groups.get(id).kind, &mut numbers, |number| self.entry(number as usize));
        let Some(first) = numbers.first() else { return 0 };
        let model = self.model(*first as usize);
        let group = self.groups.get(id);
        let mut step = Step::new(group.kind, model, group.columns.clone(), group.defaults.clone());
        step.rows.reserve(numbers.len());
        if group.gives_keys()
            && let Some(left) = self.given.get_mut(&group.rank)
        {
            *left -= numbers.len();
        }
        for number in &numbers {
            let number = *number as usize;
            self.operations[number].done = true;
            let instead = if self.instead.is_empty() { None } else { self.instead.remove(&number) };
            step.push(self.entry(number), instead.unwrap_or_default());
        }
        self.left -= numbers.len();
        self.steps.push(step);
        for number in &numbers {
            self.release(*number as usize);
        }
        numbers.len()
    }

    fn release(&mut self, number: usize) {
        let operation = &mut self.operations[number];
        let mut next = std::mem::replace(&mut operation.first, NONE);
        operation.last = NONE;
        while next != NONE {
            let edge = next as usize;
            next = self.next_edge[edge];
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
struct Ranks(SmallVec<[(&'static ModelDef, i64); 2]>);

impl Ranks {
    fn of(models: &[&'static ModelDef]) -> Ranks {
        if let [only] = models {
            return Ranks(SmallVec::from_slice(&[(*only, 0)]));
        }
        let mut models = models.to_vec();
        models.sort_by_key(|model| (model.table, model.module, model.name));
        let order = creation_order(&models);
        Ranks(order.into_iter().enumerate().map(|(rank, model)| (model, rank as i64)).collect())
    }

    /// Asked once for a run of entries of one model.
    fn get(&self, model: &ModelDef) -> i64 {
        self.0.iter().find(|(known, _)| known.is(model)).map_or(0, |(_, rank)| *rank)
    }
}
