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

use super::relate::KeyCopy;
use super::slot::label;
use crate::columns::ColumnSet;
use crate::definition::{AnyModel, ModelDef};
use crate::error::Result;
use crate::handle::SlotId;
use crate::value::{Encoded, Value, ValueRef};

/// One object with something to write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) slot: SlotId,
    pub(crate) object: &'a dyn AnyModel,
    /// The object that the row belongs to so far: another one where a row is switched.
    pub(crate) owner: &'a dyn AnyModel,
    /// The columns as the row has them; none for a row that is to be inserted, or whose owner was not touched.
    pub(crate) before: Option<&'a [Value]>,
    pub(crate) act: &'a Act,
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
    Switch {
        /// The deleted object.
        replaced: SlotId,
        /// The columns to write: all but the key.
        columns: ColumnSet,
        /// Those of them that take the database's default.
        defaults: ColumnSet,
    },
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
    pub(crate) steps: Vec<Step>,
    /// What the flush reads first, because it cannot be known from memory: a line for each.
    pub(crate) unknown: Vec<String>,
}

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
    pub(crate) rows: Vec<RowRef>,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowRef {
    /// The object that is written.
    pub(crate) slot: SlotId,
    /// The object that the row belongs to so far: another one where a row is switched.
    pub(crate) owner: SlotId,
    pub(crate) label: String,
    /// Values that are written in place of the object's: parked ones, and NULL for a foreign key that is written later.
    pub(crate) instead: Vec<(u16, Value)>,
}

impl Plan {
    /// Whether nothing would be written, as far as that is known.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The first object that would be written.
    pub(crate) fn first(&self) -> &str {
        self.steps
            .iter()
            .flat_map(|step| &step.rows)
            .map(|row| row.label.as_str())
            .next()
            .unwrap_or("nothing")
    }

    /// How many rows would be written.
    pub fn row_count(&self) -> usize {
        self.steps.iter().map(|step| step.rows.len()).sum()
    }
}

/// One line a step: `INSERT INTO users (name, age): 2 rows: User#0, User#1`. Then a line for each relation that the flush
/// has to read first: what it finds there is written as well.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 4;
        if self.steps.is_empty() && self.unknown.is_empty() {
            return f.write_str("nothing to write");
        }
        for (number, step) in self.steps.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            let Step { kind, model: Model(model), columns, defaults: _, rows } = step;
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
            for (position, row) in rows.iter().take(SHOWN).enumerate() {
                write!(f, "{}{}", if position > 0 { ", " } else { ": " }, row.label)?;
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
pub(crate) fn build(entries: &[Entry<'_>], copies: &[KeyCopy]) -> Result<Plan> {
    let mut graph = edges::connect(entries, copies);
    schedule::order(entries, &mut graph).map(|steps| Plan { steps, unknown: Vec::new() })
}

fn row(entry: &Entry<'_>) -> RowRef {
    let owner = match entry.act {
        Act::Switch { replaced, .. } => *replaced,
        Act::Insert(_) | Act::Update(_) | Act::Delete => entry.slot,
    };
    let label = match entry.act {
        Act::Insert(_) => label(entry.model(), entry.slot, None),
        Act::Update(_) | Act::Delete | Act::Switch { .. } => {
            label(entry.model(), entry.slot, Some(entry.object))
        }
    };
    RowRef { slot: entry.slot, owner, label, instead: Vec::new() }
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
