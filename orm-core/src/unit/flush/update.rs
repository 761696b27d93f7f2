//! UPDATEs: many rows by one statement where the backend does it so, else row by row, with a form for many rows that the
//! connection may use.

use std::sync::Arc;

use super::failures::Written;
use super::{KeyValue, Updated, Values, Writer};
use crate::any_engine::{Shape, ShapeKind};
use crate::columns::ColumnSet;
use crate::definition::ModelDef;
use crate::dialect::{BatchUpdate, Dialect};
use crate::engine::{NoRows, Range, Sql};
use crate::error::Result;
use crate::links::references;
use crate::unit::batch;
use crate::unit::plan::Step;
use crate::value::{Encoded, ValueRef};
use crate::write;

/// The values of so many rows are put together before they are written row by row.
const ROWS_AT_ONCE: usize = 128;

impl Writer<'_> {
    pub(super) async fn update(&mut self, step: &Step) -> Result<()> {
        let model = step.model.0;
        let by_case = self.engine.dialect().capabilities().batch_update == BatchUpdate::Case
            && step.defaults.is_empty()
            && !model.primary_key.iter().any(|column| step.columns.contains(*column));
        if by_case && step.rows.len() > 1 {
            self.update_by_case(step).await?;
        } else {
            self.update_row_by_row(step).await?;
        }
        let mut moving = write::identifying(model);
        moving.retain(|column| step.columns.contains(column.index));
        self.outcome.updated.reserve(step.rows.len());
        let after_writing = |columns: &[u16]| {
            let is_written = columns.iter().any(|column| step.columns.contains(*column));
            if is_written { KeyValue::MayChange } else { KeyValue::Kept }
        };
        let key = after_writing(model.primary_key);
        let mut foreign = references(model).unwrap_or_default().iter().map(|key| after_writing(&key.columns));
        let foreign = foreign.find(|key| *key == KeyValue::MayChange).unwrap_or(KeyValue::Kept);
        for row in &step.rows {
            self.outcome.updated.push(Updated { slot: row.slot, owner: row.owner, key, foreign });
            for column in &moving {
                let value = self.new_value(step, row, column.index).into_value();
                if column.version {
                    self.outcome.filled.push((row.slot, column.index, value.clone()));
                }
                self.moved.insert((row.owner, column.index), value);
            }
            if !step.defaults.is_empty() {
                self.read_back(step, &step.defaults, std::slice::from_ref(row)).await?;
            }
        }
        Ok(())
    }

    async fn update_row_by_row(&mut self, step: &Step) -> Result<()> {
        let model = step.model.0;
        let shape = Shape::new(model, ShapeKind::Update, &step.columns, 1).returning(&step.defaults);
        let sql = self.engine.kept(shape, |dialect| text(dialect, model, &step.columns, &step.defaults));
        let identifying = write::identifying(model);
        let written: ColumnSet =
            step.columns.iter().filter(|column| !step.defaults.contains(*column)).collect();
        let is_plain = self.is_plain(step);
        let width = written.len() + identifying.len();
        let mut values: Vec<Encoded<'_>> = Vec::with_capacity(width * step.rows.len().min(ROWS_AT_ONCE));
        for rows in step.rows.chunks(ROWS_AT_ONCE) {
            values.clear();
            for row in rows {
                self.push_values(step, row, &written, is_plain, &mut values);
                self.push_identities(row, &identifying, &mut values);
            }
            let bound: Values<'_> = values.iter().map(Encoded::as_ref).collect();
            let matched = self.send_each(&sql, &bound, width).await?;
            if let Some(row) = rows.get(matched) {
                return Err(self.stale(step, row));
            }
            self.turns.after(rows.len(), 0).await;
        }
        Ok(())
    }

    async fn update_by_case(&mut self, step: &Step) -> Result<()> {
        let model = step.model.0;
        let identifying = write::identifying(model);
        let width = step.columns.len() * (model.primary_key.len() + 1) + identifying.len();
        let limits = *self.engine.dialect().limits();
        let mut rest = step.rows.as_slice();
        while !rest.is_empty() {
            let most = batch::largest(rest.len(), width, limits.batch_rows, &limits);
            let mut packet = batch::Packet::new(step.rows.len(), &limits);
            let mut keys: Vec<Encoded<'_>> = Vec::with_capacity(most * model.primary_key.len());
            for row in &rest[..most] {
                let start = keys.len();
                for key in model.key_columns() {
                    keys.push(self.identity(row, key));
                }
                let keys: usize = keys[start..].iter().map(|key| batch::size(key.as_ref())).sum();
                let mut bytes = keys * (step.columns.len() + 1);
                for column in step.columns.iter() {
                    bytes += batch::size(self.new_value(step, row, column).as_ref());
                }
                if !packet.takes(bytes) {
                    break;
                }
            }
            let (rows, others) = rest.split_at(packet.rows(most));
            keys.truncate(rows.len() * model.primary_key.len());
            let kind =
                if can_be_searched(model, &keys) { ShapeKind::UpdateSearch } else { ShapeKind::UpdateCase };
            let shape = Shape::new(model, kind, &step.columns, rows.len());
            let sql = self.engine.text(shape, |dialect| match kind {
                ShapeKind::UpdateSearch => write::update_search(dialect, model, &step.columns, rows.len()),
                _ => write::update_case(dialect, model, &step.columns, rows.len()),
            });
            let mut values: Vec<Encoded<'_>> = Vec::with_capacity(width * rows.len());
            for column in step.columns.iter() {
                if kind == ShapeKind::UpdateSearch {
                    write::search(0..rows.len(), &mut |place| match place {
                        write::Place::Pivot(row) => values.push(keys[row].clone()),
                        write::Place::Value(row) => values.push(self.new_value(step, &rows[row], column)),
                        write::Place::Else | write::Place::End => {}
                    });
                    continue;
                }
                for (row, keys) in rows.iter().zip(keys.chunks(model.primary_key.len())) {
                    values.extend_from_slice(keys);
                    values.push(self.new_value(step, row, column));
                }
            }
            for row in rows {
                self.push_identities(row, &identifying, &mut values);
            }
            let bound: Vec<ValueRef<'_>> = values.iter().map(Encoded::as_ref).collect();
            let done = self.send(&sql, &bound, &mut NoRows).await?;
            if done.rows_affected != rows.len() as u64 {
                return Err(self.stale_row(step, rows, Written::Yes).await);
            }
            self.turns.after(rows.len(), 0).await;
            rest = others;
        }
        Ok(())
    }

    pub(super) async fn park(&mut self, step: &Step) -> Result<()> {
        self.update_row_by_row(step).await?;
        for row in &step.rows {
            for (column, value) in step.instead(row) {
                self.moved.insert((row.owner, *column), value.clone());
            }
        }
        Ok(())
    }
}

/// The UPDATE of one row, and the one of many rows where the backend has such a form and the rows can be found by a range.
fn text(
    dialect: &dyn Dialect,
    model: &'static ModelDef,
    columns: &ColumnSet,
    defaults: &ColumnSet,
) -> Arc<Sql> {
    let one = write::update(dialect, model, columns, defaults);
    match (dialect.capabilities().batch_update, model.primary_key) {
        (BatchUpdate::ByRange { function }, [key])
            if defaults.is_empty()
                && !columns.contains(*key)
                && model.columns[usize::from(*key)].sql_type.is_integer() =>
        {
            let sql = Sql::new(write::update_range(dialect, model, columns, function));
            Sql::with_range(one, Range { sql, key: columns.len() })
        }
        _ => Sql::new(one),
    }
}

/// So many rows are told apart one by one; in more of them the value of a row is searched for.
const TOLD_ONE_BY_ONE: usize = 16;

/// Whether the values of rows can be searched for by their keys: single integers in ascending order.
fn can_be_searched(model: &'static ModelDef, keys: &[Encoded<'_>]) -> bool {
    let ascends = |pair: &[Encoded<'_>]| match (pair[0].as_ref(), pair[1].as_ref()) {
        (ValueRef::Int(one), ValueRef::Int(other)) => one < other,
        _ => false,
    };
    model.primary_key.len() == 1 && keys.len() > TOLD_ONE_BY_ONE && keys.windows(2).all(ascends)
}
