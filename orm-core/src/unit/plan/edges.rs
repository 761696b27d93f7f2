//! Which operation must come before which: found by the values of foreign keys and unique constraints. Hash tables over the
//! rows of one flush, so planning grows with the rows, not with their pairs.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::{Act, Entry, is_absent, unique_constraints};
use crate::columns::ColumnSet;
use crate::definition::ModelDef;
use crate::links::{ForeignKey, references};
use crate::unit::per_slot::{self, PerSlot};
use crate::unit::relate::KeyCopy;
use crate::value::Value;

/// The operations of a flush, by the position of their entry, and what stands between them.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// The models, in the order of first sight.
    pub(super) models: SmallVec<[&'static ModelDef; 4]>,
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
    /// `after` writes this foreign key with the key that `before` writes.
    Refers(&'static ForeignKey),
    /// `before` gives up the value of this foreign key, which refers to the row that `after` deletes, or whose key `after`
    /// changes.
    LetsGo(&'static ForeignKey),
    /// `before` frees the values of these columns, which `after` takes.
    Frees(Vec<u16>),
}

type Address = usize;
type Values = SmallVec<[Value; 1]>;

fn address(model: &ModelDef) -> Address {
    model.address()
}

/// The columns that an entry writes; none where its row goes.
fn written<'e>(entry: &'e Entry<'_>) -> Option<&'e ColumnSet> {
    match &entry.act {
        Act::Insert(columns) | Act::Update(columns) => Some(columns),
        Act::Switch(switch) => Some(&switch.columns),
        Act::Delete => None,
    }
}

fn has_row(entry: &Entry<'_>) -> bool {
    !matches!(entry.act, Act::Insert(_))
}

/// Whether an operation may need more than one step though it is the only one: its row refers to itself, or may.
pub(super) fn may_wait_for_itself(entry: &Entry<'_>) -> bool {
    let model = entry.model();
    references(model).unwrap_or_default().iter().any(|key| key.parent.is(model))
}

pub(super) fn connect(entries: &[Entry<'_>], copies: &PerSlot<KeyCopy>) -> Graph {
    let mut graph = Graph::default();
    if !copies.is_empty() {
        let mut places = per_slot::Places::default();
        for (position, entry) in entries.iter().enumerate() {
            places.set(entry.slot, position);
        }
        graph.edges.reserve(copies.len());
        let mut last = None;
        for copy in copies.iter() {
            let KeyCopy { child, column: _, parent, parent_column: _, key } = *copy;
            // The columns of one key stand together.
            if last.replace((child, parent, key)) == Some((child, parent, key)) {
                continue;
            }
            if let (Some(parent), Some(child)) = (places.get(parent), places.get(child)) {
                graph.add(parent, child, Why::Refers(key));
            }
        }
    }
    // In the order of first sight, so that the same entries give the same edges.
    let mut members: SmallVec<[Members; 1]> = SmallVec::new();
    let mut places = Places::default();
    let mut last = usize::MAX;
    for entry in entries {
        let model = entry.model();
        if members.get(last).is_none_or(|members| !members.model.is(model)) {
            last = places.of(model);
            if last == members.len() {
                members.push(Members::new(model));
            }
        }
        members[last].note(entry);
    }
    graph.models = members.iter().map(|members| members.model).collect();
    let known = |model: &ModelDef| places.get(model);
    let mut wanted = false;
    for position in 0..members.len() {
        let model = members[position].model;
        let keys = references(model).unwrap_or_default();
        for target in keys.iter().filter_map(|key| known(key.parent)) {
            members[position].is_wanted = true;
            members[target].is_wanted = true;
        }
        members[position].is_wanted |= members[position].may_free();
        wanted |= members[position].is_wanted;
    }
    if !wanted {
        return graph;
    }
    let mut last = 0;
    for (position, entry) in entries.iter().enumerate() {
        let model = entry.model();
        if !members[last].model.is(model) {
            last = known(model).unwrap_or(last);
        }
        if members[last].is_wanted {
            members[last].positions.push(position);
        }
    }
    for one in members.iter().filter(|members| members.is_wanted) {
        connect_references(
            entries,
            one,
            |model| known(model).map(|place| &members[place]),
            copies,
            &mut graph,
        );
        if one.may_free() {
            connect_uniques(entries, one, copies, &mut graph);
        }
    }
    graph
}

/// The models of a flush, numbered by first sight. A few are compared one by one.
#[derive(Debug, Default)]
struct Places {
    few: SmallVec<[Address; 8]>,
    many: FxHashMap<Address, usize>,
}

impl Places {
    fn get(&self, model: &ModelDef) -> Option<usize> {
        let address = address(model);
        match self.few.iter().position(|known| *known == address) {
            None if !self.many.is_empty() => self.many.get(&address).copied(),
            place => place,
        }
    }

    fn of(&mut self, model: &ModelDef) -> usize {
        if let Some(place) = self.get(model) {
            return place;
        }
        let place = self.few.len() + self.many.len();
        if self.few.len() < self.few.inline_size() {
            self.few.push(address(model));
        } else {
            self.many.insert(address(model), place);
        }
        place
    }
}

/// The operations of one model.
#[derive(Debug)]
struct Members {
    model: &'static ModelDef,
    /// Filled only where edges may come of it.
    positions: Vec<usize>,
    is_wanted: bool,
    /// All columns that rows get values in.
    taken: ColumnSet,
    /// All columns that rows give values up in, where they stay.
    freed: ColumnSet,
    deletes: bool,
}

impl Members {
    fn new(model: &'static ModelDef) -> Self {
        Members {
            model,
            positions: Vec::new(),
            is_wanted: false,
            taken: ColumnSet::new(),
            freed: ColumnSet::new(),
            deletes: false,
        }
    }

    #[inline]
    fn note(&mut self, entry: &Entry<'_>) {
        match &entry.act {
            Act::Insert(columns) => self.taken.insert_all(columns),
            Act::Update(columns) => {
                self.taken.insert_all(columns);
                self.freed.insert_all(columns);
            }
            Act::Switch(switch) => {
                self.taken.insert_all(&switch.columns);
                self.freed.insert_all(&switch.columns);
            }
            Act::Delete => self.deletes = true,
        }
    }

    /// Whether one of them may free a unique value that another one takes.
    fn may_free(&self) -> bool {
        (self.deletes || !self.freed.is_empty())
            && unique_constraints(self.model).iter().any(|constraint| self.exchanges(constraint))
    }

    fn exchanges(&self, constraint: &[u16]) -> bool {
        let touches = |columns: &ColumnSet| constraint.iter().any(|column| columns.contains(*column));
        touches(&self.taken) && (self.deletes || touches(&self.freed))
    }
}

/// The columns that get their values from rows which are not there yet.
type Copied = PerSlot<KeyCopy>;

/// The values of some columns in a row, before or after the flush; none where one of them is absent.
fn values(entry: &Entry<'_>, columns: &[u16], when: When, copied: &Copied) -> Option<Values> {
    let model = entry.model();
    let mut values = Values::new();
    for column in columns {
        let value = match when {
            When::Before => entry.old_value(*column),
            When::After => entry.new_value(*column),
        };
        // What is copied holds a value by chance so far; alone, it is as absent as the key that it waits for.
        let comes = columns.len() > 1 && when == When::After && copied.source(entry.slot, *column).is_some();
        if comes || is_absent(model, *column, value.as_ref()) {
            return None;
        }
        values.push(value.into_value());
    }
    Some(values)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Before,
    After,
}

/// Parents' rows before children's; children's ends before parents'.
fn connect_references<'m>(
    entries: &[Entry<'_>],
    members: &Members,
    members_of: impl Fn(&ModelDef) -> Option<&'m Members>,
    copied: &Copied,
    graph: &mut Graph,
) {
    // A key that refers to nothing is reported where the models are put together.
    for key in references(members.model).unwrap_or_default() {
        let Some(targets) = members_of(key.parent) else { continue };
        // Where the database changes the foreign key together with the key, nobody has to let go. But a row that is found by
        // it is written while it still has the old one.
        let follows = key.yields();
        let found_by =
            key.columns.iter().any(|column| members.model.columns[usize::from(*column)].primary_key);
        let (mut made, mut gone): (FxHashMap<Values, usize>, FxHashMap<Values, usize>) = Default::default();
        for position in &targets.positions {
            let entry = &entries[*position];
            let writes = written(entry)
                .is_some_and(|columns| key.referred.iter().any(|column| columns.contains(*column)));
            let deletes = matches!(entry.act, Act::Delete);
            let after = if writes { values(entry, &key.referred, When::After, copied) } else { None };
            if deletes || (writes && has_row(entry) && (!follows || found_by)) {
                let before = values(entry, &key.referred, When::Before, copied);
                if let Some(before) = before.filter(|before| deletes || Some(before) != after.as_ref()) {
                    gone.insert(before, *position);
                }
            }
            if let Some(after) = after {
                made.insert(after, *position);
            }
        }
        if made.is_empty() && gone.is_empty() {
            continue;
        }
        for position in &members.positions {
            let entry = &entries[*position];
            let writes = written(entry)
                .is_some_and(|columns| key.columns.iter().any(|column| columns.contains(*column)));
            if writes
                && let Some(values) = values(entry, &key.columns, When::After, copied)
                && let Some(parent) = made.get(&values)
            {
                graph.add(*parent, *position, Why::Refers(key));
            }
            if has_row(entry)
                && (writes || matches!(entry.act, Act::Delete) || (follows && found_by))
                && let Some(values) = values(entry, &key.columns, When::Before, copied)
                && let Some(parent) = gone.get(&values)
            {
                graph.add(*position, *parent, Why::LetsGo(key));
            }
        }
    }
}

/// Freed unique values before they are taken.
fn connect_uniques(entries: &[Entry<'_>], members: &Members, copied: &Copied, graph: &mut Graph) {
    for constraint in unique_constraints(members.model) {
        if !members.exchanges(&constraint) {
            continue;
        }
        let mut freed: FxHashMap<Values, usize> = FxHashMap::default();
        let values = |entry: &Entry<'_>, when: When| values(entry, &constraint, when, copied);
        let touches = |columns: &ColumnSet| constraint.iter().any(|column| columns.contains(*column));
        for position in &members.positions {
            let entry = &entries[*position];
            let frees = match &entry.act {
                Act::Delete => true,
                Act::Update(columns) => touches(columns),
                Act::Switch(switch) => touches(&switch.columns),
                Act::Insert(_) => false,
            };
            if frees && let Some(values) = values(entry, When::Before) {
                freed.insert(values, *position);
            }
        }
        if freed.is_empty() {
            continue;
        }
        for position in &members.positions {
            let entry = &entries[*position];
            if written(entry).is_some_and(&touches)
                && let Some(values) = values(entry, When::After)
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
