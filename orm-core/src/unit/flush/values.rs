//! The values that a statement of the flush is bound to: those of the objects, but for keys and versions that the flush itself
//! made, and what the plan puts in their place.

use rustc_hash::FxHashMap;

use super::{Outcome, Writer};
use crate::columns::ColumnSet;
use crate::definition::ColumnDef;
use crate::handle::SlotId;
use crate::unit::per_slot::{PerSlot, Places};
use crate::unit::plan::{RowRef, Step, StepKind};
use crate::unit::relate::KeyCopy;
use crate::unit::slot::ObjectState;
use crate::value::{Encoded, Value, ValueRef};

/// The values that were made by the steps so far, by object; only noted where a later step needs them.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// Values of columns that were filled.
    filled: PerSlot<(u16, Value)>,
    /// The place of each new object among those that were inserted, by which its key is found.
    inserted: Places,
    /// How many of the inserted objects stand here.
    count: usize,
}

impl Made {
    /// Notes what the last steps made.
    pub(super) fn renew(&mut self, outcome: &Outcome) {
        for (slot, column, value) in &outcome.filled[self.filled.len()..] {
            self.filled.push(*slot, (*column, value.clone()));
        }
        for (place, slot) in outcome.inserted.iter().enumerate().skip(self.count) {
            self.inserted.set(*slot, place);
        }
        self.count = outcome.inserted.len();
    }

    fn value(&self, slot: SlotId, column: u16, outcome: &Outcome) -> Option<Value> {
        if let Some((_, value)) = self.filled.of(slot).filter(|(filled, _)| *filled == column).last() {
            return Some(value.clone());
        }
        let place = self.inserted.get(slot)?;
        let runs = &outcome.keys;
        let run = runs.get(runs.partition_point(|run| run.start + run.count <= place))?;
        (run.column == column && run.start <= place).then(|| run.key(place - run.start))
    }
}

/// Foreign keys that take the key of a row which this flush inserts.
#[derive(Debug)]
pub(super) struct Copies<'w> {
    pub(super) sources: &'w PerSlot<KeyCopy>,
    /// Which columns of which models there are among them.
    columns: FxHashMap<usize, ColumnSet>,
}

impl<'w> Copies<'w> {
    pub(super) fn of(sources: &'w PerSlot<KeyCopy>) -> Copies<'w> {
        let mut columns: FxHashMap<usize, ColumnSet> = FxHashMap::default();
        let mut last = None;
        for KeyCopy { child: _, column, parent: _, parent_column: _, key } in sources.iter() {
            let model = key.model.address();
            // Children come in runs.
            if last.replace((model, *column)) != Some((model, *column)) {
                columns.entry(model).or_default().insert(*column);
            }
        }
        Copies { sources, columns }
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
                if !late && self.copies.sources.source(row.slot, column).is_some() {
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
            && let Some(copy) = self.copies.sources.source(row.slot, column)
        {
            let made = self.made.value(copy.parent, copy.parent_column, &self.outcome);
            return match (made, self.objects.object(copy.parent)) {
                (Some(value), _) => Encoded::Owned(value),
                (None, Some(parent)) => parent.value(copy.parent_column),
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
            if let Some(value) = self.made.value(row.owner, column.index, &self.outcome) {
                return Encoded::Owned(value);
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
