//! Orders pending changes into steps. Pure: entries in, plan out, no I/O. Called only by the session (to flush, or to show).
//!
//! Each entry is an operation on one row. Edges say which operation must come first: a parent's row before a child's, a
//! child's end before its parent's, a unique value freed before it is taken. Operations that are ready leave in groups of
//! the same shape, so that plain graphs take one group a table. Where only a cycle is left, a nullable foreign key is
//! written later, or a unique value is parked; a cycle with neither is an error that names the objects.

mod edges;
mod parking;
mod schedule;

use std::fmt;

use smallvec::SmallVec;

use super::objects::Objects;
use super::per_slot::PerSlot;
use super::relate::KeyCopy;
use super::slot::{ObjectState, label};
use super::turns::Turns;
use crate::columns::ColumnSet;
use crate::definition::{AnyModel, ModelDef};
use crate::error::Result;
use crate::handle::SlotId;
use crate::value::{Encoded, Value, ValueRef};

/// One object with something to write.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) slot: SlotId,
    pub(crate) object: &'a dyn AnyModel,
    /// The object that the row belongs to so far: another one where a row is switched.
    pub(crate) owner: &'a dyn AnyModel,
    /// The columns as the row has them; none for a row that is to be inserted, or whose owner was not touched.
    pub(crate) before: Option<&'a [Value]>,
    pub(crate) act: Act,
    /// The key of the row, where it is there and its key is one integer that no other object takes over.
    pub(crate) key: Option<i64>,
}

/// What is to be done with the row of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// A new row with these columns; the others are left to the database.
    Insert(ColumnSet),
    /// These columns changed.
    Update(ColumnSet),
    /// The row goes.
    Delete,
    /// The row of a deleted object goes on as the row of this new object of the same key.
    Switch(Box<Switch>),
}

/// A row that changes its object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Switch {
    /// The deleted object.
    pub(crate) replaced: SlotId,
    /// The columns to write: all but the key.
    pub(crate) columns: ColumnSet,
    /// Those of them that take the database's default.
    pub(crate) defaults: ColumnSet,
}

impl<'a> Entry<'a> {
    pub(crate) fn model(&self) -> &'static ModelDef {
        self.object.definition()
    }

    /// The value of a column after the flush.
    fn new_value(&self, column: u16) -> Encoded<'a> {
        self.object.value(column)
    }

    /// The value of a column in the row as it is.
    fn old_value(&self, column: u16) -> Encoded<'a> {
        match self.before {
            Some(before) => Encoded::Borrowed(before[usize::from(column)].as_ref()),
            None => self.owner.value(column),
        }
    }
}

/// What a flush writes, in order. `Display` prints it for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    pub(crate) steps: Steps,
    /// What the flush reads first, because it cannot be known from memory: a line for each.
    pub(crate) unknown: Vec<String>,
}

/// The steps of a plan.
pub(crate) type Steps = Vec<Step>;

/// Rows of one table that are written alike, in as few statements as the backend takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) kind: StepKind,
    pub(crate) model: Model,
    /// The columns that are written.
    pub(crate) columns: ColumnSet,
    /// Those of them that take the database's default, where a row is switched.
    pub(crate) defaults: ColumnSet,
    /// In the order in which they are written.
    pub(crate) rows: SmallVec<[RowRef; 1]>,
    /// Values that are written in place of those of objects, for the rows that have any: parked ones, and NULL for a foreign
    /// key that is written later.
    pub(crate) instead: Vec<Vec<(u16, Value)>>,
    /// The first rows as people read them; none where nobody asked for the plan.
    labels: Vec<String>,
    /// What messages call a row.
    pub(crate) told: Told,
}

/// What messages call the rows of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Told {
    /// The objects of the session.
    #[default]
    Objects,
    /// The rows of a list that was given, by their number.
    List,
}

impl RowRef {
    /// The row of an object of its own, with the object's values.
    pub(crate) fn of(slot: SlotId) -> Self {
        RowRef { slot, owner: slot, instead: None, key: None }
    }
}

impl Step {
    pub(crate) fn new(
        kind: StepKind,
        model: &'static ModelDef,
        columns: ColumnSet,
        defaults: ColumnSet,
    ) -> Self {
        Step {
            kind,
            model: Model(model),
            columns,
            defaults,
            rows: SmallVec::new(),
            instead: Vec::new(),
            labels: Vec::new(),
            told: Told::Objects,
        }
    }

    /// Adds the row of an entry, with the values that stand in for those of its object.
    #[inline]
    fn push(&mut self, entry: &Entry<'_>, instead: Vec<(u16, Value)>) {
        let place = if instead.is_empty() {
            None
        } else {
            self.instead.push(instead);
            Some(self.instead.len() as u32 - 1)
        };
        self.rows.push(RowRef { slot: entry.slot, owner: owner(entry), instead: place, key: entry.key });
    }

    /// The values that stand in for those of a row's object.
    pub(crate) fn instead(&self, row: &RowRef) -> &[(u16, Value)] {
        row.instead.map_or(&[], |place| &self.instead[place as usize])
    }

    /// How people read a row.
    pub(crate) fn label(&self, row: &RowRef, objects: &Objects) -> String {
        if self.told == Told::List {
            return format!("row {} of {}", row.slot.0 + 1, self.model.0.name);
        }
        // A new row has no key to be told by, or none that the database has seen.
        let is_new = row.owner == row.slot && objects.slot(row.slot).state == ObjectState::Pending;
        label(self.model.0, row.slot, objects.object(row.slot).filter(|_| !is_new))
    }
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum StepKind {
    /// Gives rows another unique value for the time being, so that others can take theirs.
    Park,
    /// New rows.
    Insert,
    /// Changed rows.
    Update,
    /// Rows that go.
    Delete,
}

/// A model in a plan, compared by identity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Model(pub(crate) &'static ModelDef);

impl PartialEq for Model {
    fn eq(&self, other: &Self) -> bool {
        self.0.is(other.0)
    }
}

impl Eq for Model {}

/// A row of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowRef {
    /// The object that is written.
    pub(crate) slot: SlotId,
    /// The object that the row belongs to so far: another one where a row is switched.
    pub(crate) owner: SlotId,
    /// Where the step has [values in place of the object's](Step::instead).
    instead: Option<u32>,
    /// The key of the row before the flush, where that is known to be one integer.
    pub(crate) key: Option<i64>,
}

impl Plan {
    /// Whether nothing would be written, as far as that is known.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The first object that would be written.
    pub(crate) fn first(&self, objects: &Objects) -> String {
        let rows = self.steps.iter().find_map(|step| Some(step.label(step.rows.first()?, objects)));
        rows.unwrap_or_else(|| "nothing".to_owned())
    }

    /// Names the rows that are shown.
    pub(crate) fn with_labels(mut self, objects: &Objects) -> Plan {
        for step in &mut self.steps {
            step.labels = step.rows.iter().take(SHOWN).map(|row| step.label(row, objects)).collect();
        }
        self
    }

    /// How many rows would be written.
    pub fn row_count(&self) -> usize {
        self.steps.iter().map(|step| step.rows.len()).sum()
    }
}

/// The greatest number of rows of a step that are shown.
const SHOWN: usize = 4;

/// One line a step: `INSERT INTO users (name, age): 2 rows: User#0, User#1`. Then a line for each relation that the flush
/// has to read first: what it finds there is written as well.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() && self.unknown.is_empty() {
            return f.write_str("nothing to write");
        }
        for (number, step) in self.steps.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            let Step { kind, model: Model(model), columns, defaults: _, rows, instead: _, labels, told: _ } =
                step;
            match kind {
                StepKind::Park => write!(f, "PARK {} (", model.table)?,
                StepKind::Insert => write!(f, "INSERT INTO {} (", model.table)?,
                StepKind::Update => write!(f, "UPDATE {} (", model.table)?,
                StepKind::Delete => write!(f, "DELETE FROM {}", model.table)?,
            }
            if *kind != StepKind::Delete {
                for (position, column) in columns.iter().enumerate() {
                    let name = model.columns[usize::from(column)].name;
                    write!(f, "{}{name}", if position > 0 { ", " } else { "" })?;
                }
                f.write_str(")")?;
            }
            write!(f, ": {} {}", rows.len(), if rows.len() == 1 { "row" } else { "rows" })?;
            for (position, (row, label)) in rows.iter().zip(labels).enumerate() {
                write!(f, "{}{label}", if position > 0 { ", " } else { ": " })?;
                if row.owner != row.slot {
                    write!(f, " (takes over the row of #{})", row.owner.0)?;
                }
            }
            if rows.len() > SHOWN {
                write!(f, ", and {} more", rows.len() - SHOWN)?;
            }
        }
        for (number, line) in self.unknown.iter().enumerate() {
            write!(f, "{}{line}", if number > 0 || !self.steps.is_empty() { "\n" } else { "" })?;
        }
        Ok(())
    }
}

/// Orders the entries.
pub(crate) async fn build(
    entries: &[Entry<'_>],
    copies: &PerSlot<KeyCopy>,
    turns: &mut Turns,
) -> Result<Plan> {
    if let [only] = entries
        && !edges::may_wait_for_itself(only)
    {
        return Ok(Plan { steps: vec![schedule::only_step(only)], unknown: Vec::new() });
    }
    let graph = edges::connect(entries, copies);
    turns.after(entries.len(), 0).await;
    let steps = schedule::order(entries, graph, turns).await?;
    Ok(Plan { steps, unknown: Vec::new() })
}

/// The object that the row of an entry belongs to so far.
fn owner(entry: &Entry<'_>) -> SlotId {
    match &entry.act {
        Act::Switch(switch) => switch.replaced,
        Act::Insert(_) | Act::Update(_) | Act::Delete => entry.slot,
    }
}

/// How people read an entry.
fn entry_label(entry: &Entry<'_>) -> String {
    match &entry.act {
        Act::Insert(_) => label(entry.model(), entry.slot, None),
        Act::Update(_) | Act::Delete | Act::Switch(_) => label(entry.model(), entry.slot, Some(entry.object)),
    }
}

/// The columns of each unique constraint of a model, the primary key first.
pub(super) fn unique_constraints(model: &'static ModelDef) -> Vec<Vec<u16>> {
    let mut constraints = vec![model.primary_key.to_vec()];
    constraints.extend(model.columns.iter().filter(|column| column.unique).map(|column| vec![column.index]));
    constraints.extend(model.uniques.iter().map(|columns| columns.to_vec()));
    constraints
}

/// Whether a value takes no part in a constraint: NULL, or a key that the database is to make.
pub(super) fn is_absent(model: &ModelDef, column: u16, value: ValueRef<'_>) -> bool {
    value.is_null() || (model.columns[usize::from(column)].generated && value == ValueRef::Int(0))
}
