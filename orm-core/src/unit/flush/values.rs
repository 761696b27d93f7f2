//! The values that a statement of the flush is bound to: those of the objects, but for keys and versions that the flush itself
//! made, and what the plan puts in their place.

use rustc_hash::FxHashMap;

use super::{Outcome, Writer};
use crate::columns::ColumnSet;
use crate::definition::ColumnDef;
use crate::handle::SlotId;
use crate::unit::objects::Objects;
use crate::unit::plan::{RowRef, Step, StepKind};
use crate::unit::relate::KeyCopy;
use crate::unit::slot::ObjectState;
use crate::unit::slot_map::SlotMap;
use crate::value::{Encoded, Value, ValueRef};

/// The values that were made by the steps so far, by object; only built where a later step needs them.
#[derive(Debug, Default)]
pub(super) struct Made {
    values: SlotMap<(SlotId, u16), Value>,
    /// How many of the filled values stand here.
    filled: usize,
    /// How many runs of keys stand here, and how many keys of the next one.
    runs: (usize, usize),
}

impl Made {
    pub(super) fn renew(&mut self, outcome: &Outcome) {
        for (slot, column, value) in &outcome.filled[self.filled..] {
            self.values.insert((*slot, *column), value.clone());
        }
        self.filled = outcome.filled.len();
        while let Some(run) = outcome.keys.get(self.runs.0) {
            for place in self.runs.1..run.count {
                self.values.insert((outcome.inserted[run.start + place], run.column), run.key(place));
            }
            // The last one may grow.
            if self.runs.0 + 1 == outcome.keys.len() {
                self.runs.1 = run.count;
                break;
            }
            self.runs = (self.runs.0 + 1, 0);
        }
    }
}

/// Foreign keys that take the key of a row which this flush inserts.
#[derive(Debug, Default)]
pub(super) struct Copies {
    pub(super) sources: SlotMap<(SlotId, u16), (SlotId, u16)>,
    /// Which columns of which models there are among them.
    columns: FxHashMap<usize, ColumnSet>,
}

impl Copies {
    pub(super) fn of(copies: &[KeyCopy], objects: &Objects) -> Copies {
        let mut all = Copies::default();
        all.sources.reserve(copies.len());
        for copy in copies {
            all.sources.insert((copy.child, copy.column), (copy.parent, copy.parent_column));
            if let Some(object) = objects.object(copy.child) {
                let model = object.definition().address();
                all.columns.entry(model).or_default().insert(copy.column);
            }
        }
        all
    }

    /// Those columns of a step that take a key for some of its rows.
    pub(super) fn among(&self, step: &Step) -> ColumnSet {
        match self.columns.get(&step.model.0.address()) {
            Some(columns) => columns.iter().filter(|column| step.columns.contains(*column)).collect(),
            None => ColumnSet::new(),
        }
    }
}

impl<'w> Writer<'w> {
    /// The keys that were copied in this step belong into the objects as well.
    pub(super) fn note_copies(&mut self, step: &Step) {
        let copied = self.copies.among(step);
        if copied.is_empty() {
            return;
        }
        for row in &step.rows {
            for column in copied.iter() {
                let late = step.instead(row).iter().any(|(instead, _)| *instead == column);
                if !late && self.copies.sources.contains_key(&(row.slot, column)) {
                    let value = self.new_value(step, row, column).into_value();
                    self.outcome.filled.push((row.slot, column, value));
                }
            }
        }
    }

    /// Whether all that a step writes stands in its objects as it is.
    pub(super) fn is_plain(&self, step: &Step) -> bool {
        let version = step.model.0.version_column();
        step.instead.is_empty()
            && self.copies.among(step).is_empty()
            && !version.is_some_and(|version| step.columns.contains(version.index))
    }

    /// Adds the values that a row gets in the given columns.
    #[inline]
    pub(super) fn push_values(
        &self,
        step: &Step,
        row: &RowRef,
        columns: &ColumnSet,
        is_plain: bool,
        values: &mut Vec<Encoded<'w>>,
    ) {
        match self.objects.object(row.slot) {
            Some(object) if is_plain => {
                for column in columns.iter() {
                    values.push(object.value(column));
                }
            }
            _ => {
                for column in columns.iter() {
                    values.push(self.new_value(step, row, column));
                }
            }
        }
    }

    /// The value that a row gets.
    pub(super) fn new_value(&self, step: &Step, row: &RowRef, column: u16) -> Encoded<'w> {
        if let Some((_, value)) = step.instead(row).iter().find(|(instead, _)| *instead == column) {
            return Encoded::Owned(value.clone());
        }
        if !self.copies.sources.is_empty()
            && let Some(source) = self.copies.sources.get(&(row.slot, column))
        {
            return match (self.made.values.get(source), self.objects.object(source.0)) {
                (Some(value), _) => Encoded::Owned(value.clone()),
                (None, Some(parent)) => parent.value(source.1),
                (None, None) => ValueRef::Null.into(),
            };
        }
        let definition = &step.model.0.columns[usize::from(column)];
        if definition.version {
            return Encoded::Owned(Value::Int(self.next_version(step, row, definition)));
        }
        match self.objects.object(row.slot) {
            Some(object) => object.value(column),
            None => ValueRef::Null.into(),
        }
    }

    fn next_version(&self, step: &Step, row: &RowRef, column: &ColumnDef) -> i64 {
        let current = match step.kind {
            StepKind::Insert => self.objects.object(row.slot).map(|object| object.value(column.index)),
            StepKind::Update | StepKind::Park | StepKind::Delete => {
                self.objects.slot(row.owner).row_value(column.index)
            }
        };
        match (current.as_ref().map(Encoded::as_ref), step.kind) {
            // A version that was set by hand is a beginning of its own.
            (Some(ValueRef::Int(version)), StepKind::Insert) if version != 0 => version,
            (Some(ValueRef::Int(version)), _) => version + 1,
            _ => 1,
        }
    }

    /// The value by which a row is found.
    #[inline]
    pub(super) fn identity(&mut self, row: &RowRef, column: &ColumnDef) -> Encoded<'w> {
        let slot = self.objects.slot(row.owner);
        if !self.moved.is_empty()
            && let Some(value) = self.moved.get(&(row.owner, column.index))
        {
            return Encoded::Owned(value.clone());
        }
        // The plan knows it without a look at the object.
        if let Some(key) = row.key
            && column.primary_key
        {
            return ValueRef::Int(key).into();
        }
        // Only of a row that this flush inserted a value can have been made.
        if slot.state == ObjectState::Pending {
            self.made.renew(&self.outcome);
            if let Some(value) = self.made.values.get(&(row.owner, column.index)) {
                return Encoded::Owned(value.clone());
            }
        }
        slot.row_value(column.index).unwrap_or(ValueRef::Null.into())
    }

    pub(super) fn push_identities(
        &mut self,
        row: &RowRef,
        identifying: &[&ColumnDef],
        values: &mut Vec<Encoded<'w>>,
    ) {
        for column in identifying {
            values.push(self.identity(row, column));
        }
    }
}
