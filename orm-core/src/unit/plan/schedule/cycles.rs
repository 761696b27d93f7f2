//! Breaks the cycles that are left where no operation can go first: a nullable foreign key is written later, a unique value is
//! parked, a foreign key lets go of a row that goes. Each component of the graph is taken apart in one pass, so the work grows
//! with the edges, not with the cycles.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::super::edges::{Edge, Why};
use super::super::parking::parked_value;
use super::super::{Step, StepKind, entry_label};
use super::groups::{Group, Keys};
use super::{NONE, Operation, Schedule};
use crate::columns::ColumnSet;
use crate::error::{Error, ErrorKind, Result};
use crate::links::{ForeignKey, references};
use crate::value::Value;

/// The greatest number of objects that an error names.
const NAMED: usize = 8;

/// How an edge can be broken.
#[derive(Clone, Debug)]
enum Break {
    /// The later operation writes its row with NULL in this foreign key, and the key later.
    Defer(&'static ForeignKey),
    /// The earlier operation's row takes other values in these columns before anything else happens: NULL, or a parked one.
    Park(Vec<u16>),
}

/// An edge inside a component, as long as it holds.
#[derive(Clone, Copy, Debug)]
struct Inner {
    /// The position of the later operation in the component.
    to: usize,
    /// Whether it can be broken.
    is_soft: bool,
}

/// What an operation of a component waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Waits {
    /// Edges that cannot be broken.
    firm: usize,
    /// Edges that can.
    soft: usize,
}

/// A component while it is taken apart.
struct Component<'c> {
    operations: &'c [usize],
    edges: FxHashMap<usize, Inner>,
    incoming: Vec<Vec<usize>>,
    waits: Vec<Waits>,
    /// Operations that wait for edges only that can be broken; by how many.
    candidates: BTreeSet<(usize, usize)>,
    /// Operations that wait for nothing.
    free: Vec<usize>,
}

impl Component<'_> {
    /// An edge holds no more.
    fn pass(&mut self, edge: usize) {
        let Some(Inner { to, is_soft }) = self.edges.remove(&edge) else { return };
        let before = self.waits[to];
        let waits = &mut self.waits[to];
        if is_soft {
            waits.soft -= 1;
        } else {
            waits.firm -= 1;
        }
        let waits = *waits;
        if before.firm == 0 {
            self.candidates.remove(&(before.soft, to));
        }
        match waits {
            Waits { firm: 0, soft: 0 } => self.free.push(to),
            Waits { firm: 0, soft } => _ = self.candidates.insert((soft, to)),
            Waits { .. } => {}
        }
    }
}

impl Schedule<'_, '_> {
    /// Breaks all cycles that are left, or says which objects stand in each other's way.
    pub(super) fn break_cycles(&mut self) -> Result<()> {
        for (number, edge) in self.edges.iter().enumerate() {
            if matches!(edge.why, Why::LetsGo(_)) {
                self.referring.entry(edge.after).or_default().push(number);
            }
        }
        for operations in self.components() {
            self.take_apart(&operations)?;
        }
        Ok(())
    }

    /// Goes through a component as if its operations were written. Wherever none can go first, one goes that waits for edges
    /// only that can be broken, and for the fewest.
    fn take_apart(&mut self, operations: &[usize]) -> Result<()> {
        let count = operations.len();
        let mut component = Component {
            operations,
            edges: FxHashMap::default(),
            incoming: vec![Vec::new(); count],
            waits: vec![Waits::default(); count],
            candidates: BTreeSet::new(),
            free: Vec::new(),
        };
        for number in operations {
            for edge in self.outgoing(*number) {
                let Ok(to) = operations.binary_search(&self.edges[edge].after) else { continue };
                if self.broken[edge] {
                    continue;
                }
                let is_soft = self.breaking(edge).is_some();
                component.edges.insert(edge, Inner { to, is_soft });
                component.incoming[to].push(edge);
                let waits = &mut component.waits[to];
                if is_soft {
                    waits.soft += 1;
                } else {
                    waits.firm += 1;
                }
            }
        }
        let waiting = component.waits.iter().enumerate();
        component.candidates = waiting
            .filter(|(_, waits)| waits.firm == 0)
            .map(|(position, waits)| (waits.soft, position))
            .collect();
        let mut left = count;
        while left > 0 {
            if let Some(position) = component.free.pop() {
                left -= 1;
                for edge in self.outgoing(operations[position]) {
                    component.pass(edge);
                }
                continue;
            }
            let Some((_, position)) = component.candidates.pop_first() else {
                return Err(self.circular(&component));
            };
            for edge in std::mem::take(&mut component.incoming[position]) {
                if component.edges.contains_key(&edge) {
                    let Edge { before, after, why: _ } = self.edges[edge];
                    let broken = match self.breaking(edge) {
                        Some(Break::Defer(key)) => {
                            self.defer(before, after, key);
                            self.satisfy(edge);
                            vec![edge]
                        }
                        Some(Break::Park(columns)) => self.park(before, &columns),
                        // The room to park values in is used up.
                        None => return Err(self.circular(&component)),
                    };
                    for edge in broken {
                        component.pass(edge);
                    }
                }
            }
        }
        Ok(())
    }

    /// How an edge can be broken, if it can.
    fn breaking(&self, edge: usize) -> Option<Break> {
        let Edge { before, after: _, why } = &self.edges[edge];
        let nullable = |number: usize, column: u16| self.model(number).columns[usize::from(column)].nullable;
        match why {
            Why::Refers(key) => (!key.blank.is_empty()).then_some(Break::Defer(key)),
            Why::LetsGo(key) => {
                let columns = self.let_go(*before, key);
                (!columns.is_empty()).then_some(Break::Park(columns))
            }
            Why::Frees(constraint) => {
                // One column that moves away is enough; a nullable one is the best. What the row does not write later must
                // stay, and a foreign key must point at something.
                let group = self.group(*before);
                let mut columns: Vec<u16> = constraint.clone();
                columns.retain(|column| group.deletes || group.columns.contains(*column));
                columns.sort_by_key(|column| !nullable(*before, *column));
                let can_park = |column: &u16| {
                    let model = self.model(*before);
                    let mut keys = references(model).unwrap_or_default().iter();
                    let points = !model.columns[usize::from(*column)].nullable
                        && keys.any(|key| key.columns.contains(column));
                    let held = self.holding(*before, *column);
                    let held = held.iter().any(|edge| self.breaking(*edge).is_none());
                    !points && !held && self.parked_value(*before, *column).is_some()
                };
                columns.into_iter().find(can_park).map(|column| Break::Park(vec![column]))
            }
        }
    }

    /// The columns that are NULL for the time being where a row lets go by a foreign key: those that it writes later. A key that
    /// is NULL in part refers to nothing.
    fn let_go(&self, number: usize, key: &ForeignKey) -> Vec<u16> {
        let group = self.group(number);
        let mut columns = key.blank.clone();
        columns.retain(|column| group.deletes || group.columns.contains(*column));
        columns
    }

    /// Rows that refer to themselves take NULL before they go or change their keys, and get their foreign key later where
    /// their key is not there before.
    pub(super) fn open_selves(&mut self, selves: &[Edge]) -> Result<()> {
        for Edge { before: number, after: _, why } in selves {
            match why {
                Why::LetsGo(key) if !self.let_go(*number, key).is_empty() => {
                    let columns = self.let_go(*number, key);
                    self.park(*number, &columns);
                }
                Why::Refers(key) => {
                    let group = self.group(*number);
                    let is_given = key.referred.iter().all(|column| group.columns.contains(*column));
                    if group.kind == StepKind::Insert && !is_given && key.blank.is_empty() {
                        let label = entry_label(self.entry(*number));
                        let fields = key.fields();
                        let reason = format!(
                            "{label} refers to itself by `{fields}`, and the database makes its key: give the key, or let \
                             `{fields}` take NULL"
                        );
                        return Err(Error::new(ErrorKind::Circular { reason }));
                    }
                    if !key.blank.is_empty() && (group.kind != StepKind::Insert || !is_given) {
                        self.defer(*number, *number, key);
                    }
                }
                Why::LetsGo(_) | Why::Frees(_) => {}
            }
        }
        Ok(())
    }

    /// Writes a row with NULL for a foreign key that its parent's row is still needed for, and the key later.
    fn defer(&mut self, parent: usize, after: usize, key: &'static ForeignKey) {
        if self.operations[after].done {
            return;
        }
        let instead = self.instead.entry(after).or_default();
        for column in &key.blank {
            if !instead.iter().any(|(known, _)| known == column) {
                instead.push((*column, Value::Null));
            }
        }
        // The late write goes out once everything in the cycle is there; it frees nothing and nobody waits for it.
        let (columns, defaults) = (key.blank.iter().copied().collect(), ColumnSet::new());
        let rank = self.group(after).rank;
        let (keys, kind) = (Keys::Others, StepKind::Update);
        let group = self.groups.intern(Group { deletes: false, rank, keys, kind, columns, defaults });
        let number = self.operations.len();
        let entry = self.operations[after].entry;
        self.operations.push(Operation { entry, group, waits: 0, first: NONE, last: NONE, done: false });
        self.left += 1;
        for before in [parent, after] {
            self.edges.push(Edge { before, after: number, why: Why::Refers(key) });
            self.broken.push(false);
            self.link(self.edges.len() - 1);
        }
    }

    /// Gives a row other values in some columns before anything else happens, so that its own are free, or what it refers to
    /// can go. The edges that this breaks.
    fn park(&mut self, before: usize, columns: &[u16]) -> Vec<usize> {
        let mut broken = Vec::new();
        // What refers to the values cannot do so while they are parked.
        for column in columns {
            for holding in self.holding(before, *column) {
                if let (Some(Break::Park(columns)), false) = (self.breaking(holding), self.broken[holding]) {
                    broken.append(&mut self.park(self.edges[holding].before, &columns));
                }
            }
        }
        let model = self.model(before);
        let mut instead = Vec::with_capacity(columns.len());
        for column in columns {
            let Some(value) = self.parked_value(before, *column) else { return broken };
            instead.push((*column, value));
        }
        if self.operations[before].done {
            return broken;
        }
        for column in columns {
            *self.parked.entry((model.address(), *column)).or_default() += 1;
        }
        let set: ColumnSet = columns.iter().copied().collect();
        let entry = self.entry(before);
        let fits =
            |step: &&mut Step| step.kind == StepKind::Park && step.model.0.is(model) && step.columns == set;
        if self.steps.last_mut().filter(fits).is_none() {
            self.steps.push(Step::new(StepKind::Park, model, set, ColumnSet::new()));
        }
        if let Some(step) = self.steps.last_mut() {
            step.push(entry, instead);
        }
        // Parking frees every value of the columns that the row held.
        let freed: Vec<usize> = self
            .outgoing(before)
            .filter(|edge| match &self.edges[*edge].why {
                Why::Frees(held) => columns.iter().any(|column| held.contains(column)),
                Why::LetsGo(key) => columns.iter().any(|column| key.columns.contains(column)),
                Why::Refers(_) => false,
            })
            .collect();
        for edge in &freed {
            self.satisfy(*edge);
        }
        broken.extend(freed);
        broken
    }

    /// The rows that still let go of an operation's value in a column.
    fn holding(&self, number: usize, column: u16) -> Vec<usize> {
        let mut holding = Vec::new();
        for edge in self.referring.get(&number).into_iter().flatten() {
            let Why::LetsGo(key) = &self.edges[*edge].why else { continue };
            if !self.broken[*edge] && key.referred.contains(&column) {
                holding.push(*edge);
            }
        }
        holding
    }

    /// The next value to park in a column of an operation's row.
    fn parked_value(&self, number: usize, column: u16) -> Option<Value> {
        let model = self.model(number);
        let parked = self.parked.get(&(model.address(), column)).copied().unwrap_or(0);
        parked_value(&model.columns[usize::from(column)], parked)
    }

    /// The objects of a cycle that nothing breaks: going back from one that waits for edges which cannot be broken, one
    /// comes to an operation for the second time.
    fn circular(&self, component: &Component<'_>) -> Error {
        let mut path: Vec<usize> = Vec::new();
        let mut seen: FxHashMap<usize, usize> = FxHashMap::default();
        let mut position = component.waits.iter().position(|waits| waits.firm > 0).unwrap_or(0);
        while !seen.contains_key(&position) {
            seen.insert(position, path.len());
            path.push(position);
            let firm = component.incoming[position]
                .iter()
                .find(|edge| component.edges.get(*edge).is_some_and(|inner| !inner.is_soft));
            let Some(edge) = firm else { break };
            position = component.operations.binary_search(&self.edges[*edge].before).unwrap_or(0);
        }
        let mut cycle = path.split_off(seen.get(&position).copied().unwrap_or(0));
        // Where one key changes and another row has to follow, the database can do it.
        let member =
            |number: usize| component.operations.binary_search(&number).is_ok_and(|at| cycle.contains(&at));
        let follows = component.edges.keys().filter_map(|edge| match &self.edges[*edge] {
            Edge { before, after, why: Why::LetsGo(key) }
                if member(*before) && member(*after) && !self.group(*after).deletes =>
            {
                Some((*edge, *key))
            }
            _ => None,
        });
        let follows = follows.min_by_key(|(edge, _)| *edge).map(|(_, key)| key);
        cycle.sort_unstable();
        let mut names: Vec<String> = Vec::new();
        for position in cycle.iter().take(NAMED) {
            names.push(entry_label(self.entry(component.operations[*position])));
        }
        let more = cycle.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let remedy = match follows {
            Some(key) => format!("{} would follow with `on_update = \"cascade\"`", key.name()),
            None => "a foreign key among them that takes NULL would help".to_owned(),
        };
        let reason =
            format!("{}{more} each need another one to be written first; {remedy}", names.join(", "));
        Error::new(ErrorKind::Circular { reason })
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
            let mut calls = vec![(root, self.operations[root].first)];
            while let Some((number, next_edge)) = calls.pop() {
                if index[number] == UNSEEN {
                    (index[number], low[number]) = (next, next);
                    next += 1;
                    stack.push(number);
                    on_stack[number] = true;
                }
                let mut next_edge = next_edge;
                let mut descend = None;
                while next_edge != NONE {
                    let edge = next_edge as usize;
                    let after = self.edges[edge].after;
                    next_edge = self.next_edge[edge];
                    if self.broken[edge] || self.operations[after].done {
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
                    calls.push((number, next_edge));
                    calls.push((after, self.operations[after].first));
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
