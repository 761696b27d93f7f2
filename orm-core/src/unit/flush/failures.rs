//! What a flush says of a failure: which objects it is about, and which row of a batch was not there any more.

use rustc_hash::FxHashMap;

use super::{Table, Writer};
use crate::any_engine::{Shape, ShapeKind};
use crate::columns::ColumnSet;
use crate::error::{Error, ErrorKind};
use crate::handle::SlotId;
use crate::links::{self, ForeignKey};
use crate::unit::objects::Objects;
use crate::unit::plan::{self, RowRef, Step, StepKind};
use crate::value::{Encoded, Value, ValueRef};
use crate::write;

/// Adds which objects a failure is about.
#[cold]
pub(super) fn explain(error: Error, step: &Step, objects: &Objects) -> Error {
    if matches!(error.kind(), ErrorKind::Stale { .. }) {
        return error;
    }
    let verb = match step.kind {
        StepKind::Insert => "inserting",
        StepKind::Update | StepKind::Park => "updating",
        StepKind::Delete => "deleting",
    };
    let named = match step.rows.as_slice() {
        [only] => step.label(only, objects),
        [first, .., last] => {
            let (first, last) = (step.label(first, objects), step.label(last, objects));
            format!("{} rows of {}, {first} to {last}", step.rows.len(), step.model.0.table)
        }
        [] => String::new(),
    };
    let error = error.context(format!("while {verb} {named}"));
    if matches!(error.kind(), ErrorKind::ForeignKey { .. })
        && step.kind == StepKind::Delete
        && let Some((row, key)) = refers_to_itself(step, objects)
    {
        return error.context(format!(
            "{row} refers to itself by `{}`, which takes no NULL: a database that checks each row by itself deletes such a \
             row only with `on_delete = \"cascade\"`",
            key.fields()
        ));
    }
    match (error.kind(), same_unique_value(step, objects)) {
        (ErrorKind::Unique { .. }, Some((one, other))) => {
            error.context(format!("{one} and {other} have the same unique value"))
        }
        _ => error,
    }
}

/// A row that refers to itself and cannot let go.
fn refers_to_itself(step: &Step, objects: &Objects) -> Option<(String, &'static ForeignKey)> {
    let keys = links::references(step.model.0).unwrap_or_default();
    let mut keys = keys.iter().filter(|key| key.parent.is(step.model.0) && key.blank.is_empty());
    keys.find_map(|key| {
        let own = |row: &&RowRef| {
            let slot = objects.slot(row.owner);
            let mut pairs = key.pairs();
            pairs.all(|(column, referred)| match (slot.row_value(column), slot.row_value(referred)) {
                (Some(one), Some(other)) => one.as_ref() == other.as_ref(),
                _ => false,
            })
        };
        step.rows.iter().find(own).map(|row| (step.label(row, objects), key))
    })
}

/// Two objects that no table can hold together: one of a step, and another of the step or of the session.
fn same_unique_value(step: &Step, objects: &Objects) -> Option<(String, String)> {
    let model = step.model.0;
    for constraint in plan::unique_constraints(model) {
        let values = |slot: SlotId| {
            let object = objects.object(slot)?;
            let mut values = Vec::with_capacity(constraint.len());
            for column in &constraint {
                let value = object.value(*column);
                if plan::is_absent(model, *column, value.as_ref()) {
                    return None;
                }
                values.push(value.into_value());
            }
            Some(values)
        };
        let mut seen: FxHashMap<Vec<Value>, &RowRef> = FxHashMap::default();
        for row in &step.rows {
            if let Some(values) = values(row.slot)
                && let Some(other) = seen.insert(values, row)
            {
                return Some((step.label(other, objects), step.label(row, objects)));
            }
        }
        for other in objects.with_rows(model) {
            if let Some(row) = values(other).and_then(|values| seen.get(&values))
                && row.slot != other
            {
                return Some((step.label(row, objects), objects.label(other)));
            }
        }
    }
    None
}

impl Writer<'_> {
    #[cold]
    pub(super) fn stale(&self, step: &Step, row: &RowRef) -> Error {
        Error::new(ErrorKind::Stale { object: step.label(row, self.objects) })
    }

    /// Which of the rows of a batch was not matched. An UPDATE left its values in the others. A DELETE took the others
    /// away: a row that is still there is one whose version was another; where none is, all are named that it may be.
    pub(super) async fn stale_row(&mut self, step: &Step, rows: &[RowRef], written: Written) -> Error {
        let model = step.model.0;
        let several = || {
            Error::new(ErrorKind::Stale { object: format!("one of {} rows of {}", rows.len(), model.table) })
        };
        if let [only] = rows {
            return self.stale(step, only);
        }
        if written == Written::No {
            let key: ColumnSet = model.primary_key.iter().copied().collect();
            let shape = Shape::new(model, ShapeKind::SelectByKey, &key, 1);
            let sql = self.engine.text(shape, |dialect| write::select_by_key(dialect, model, &key, 1));
            for row in rows.iter().filter(|_| model.version_column().is_some()) {
                let values: Vec<Encoded<'_>> =
                    model.key_columns().map(|column| self.identity(row, column)).collect();
                let bound: Vec<ValueRef<'_>> = values.iter().map(Encoded::as_ref).collect();
                let mut found = Table::new(1);
                if self.send(&sql, &bound, &mut found).await.is_ok() && !found.rows.is_empty() {
                    return self.stale(step, row);
                }
            }
            let labels: Vec<String> = rows.iter().take(8).map(|row| step.label(row, self.objects)).collect();
            let more = if rows.len() > labels.len() { ", .." } else { "" };
            return Error::new(ErrorKind::Stale { object: format!("one of {}{more}", labels.join(", ")) });
        }
        // Somebody else's version may be the very number that ours would be. The written values tell them apart, as far as
        // they come out of the database as they went in.
        let telling = |column: &u16| {
            let column = &model.columns[usize::from(*column)];
            !column.version && column.sql_type.has_one_form()
        };
        let columns: ColumnSet = step.columns.iter().filter(telling).collect();
        let shape = Shape::new(model, ShapeKind::SelectRow, &columns, 1);
        let sql = self.engine.text(shape, |dialect| write::select_row(dialect, model, &columns));
        for row in rows {
            let mut values = Vec::new();
            for column in write::identifying(model) {
                let moved = column.version && step.columns.contains(column.index);
                values.push(if moved {
                    self.new_value(step, row, column.index)
                } else {
                    self.identity(row, column)
                });
            }
            for column in columns.iter() {
                values.push(self.new_value(step, row, column));
            }
            let bound: Vec<ValueRef<'_>> = values.iter().map(Encoded::as_ref).collect();
            let mut found = Table::new(1);
            if self.send(&sql, &bound, &mut found).await.is_err() {
                return several();
            }
            if found.rows.is_empty() {
                return self.stale(step, row);
            }
        }
        several()
    }
}

/// Whether the rows that were matched are still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    Yes,
    No,
}
