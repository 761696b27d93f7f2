//! INSERTs, and how what the database made comes back to the right objects: generated keys and defaults.

use rustc_hash::FxHashMap;

use super::{Table, Writer};
use crate::any_engine::{AnyEngine, Shape, ShapeKind};
use crate::columns::ColumnSet;
use crate::definition::{ColumnDef, ModelDef};
use crate::dialect::GeneratedKeys;
use crate::error::{Error, Result};
use crate::unit::batch;
use crate::unit::objects::has_one_form;
use crate::unit::plan::{RowRef, Step};
use crate::value::{Encoded, Value, ValueRef};
use crate::write;

impl Writer<'_> {
    pub(super) async fn insert(&mut self, step: &Step) -> Result<()> {
        let model = step.model.0;
        let plan = InsertPlan::new(model, &step.columns, self.engine);
        let mut rest = step.rows.as_slice();
        while !rest.is_empty() {
            let most =
                batch::largest(rest.len(), step.columns.len(), plan.most, self.engine.dialect().limits());
            let mut values: Vec<Encoded<'_>> = Vec::with_capacity(most * step.columns.len());
            let mut bytes = 0;
            let mut taken = 0;
            for row in &rest[..most] {
                for column in step.columns.iter() {
                    let value = self.new_value(step, row, column);
                    bytes += batch::size(value.as_ref());
                    values.push(value);
                }
                if bytes > self.engine.dialect().limits().packet_bytes && taken > 0 {
                    break;
                }
                taken += 1;
            }
            let count = batch::shrink(taken, most);
            values.truncate(count * step.columns.len());
            let (rows, others) = rest.split_at(count);
            self.insert_rows(step, &plan, rows, &values).await?;
            rest = others;
        }
        if let Some(key) = plan.generated {
            self.verify_keys(step.model.0, key).await?;
        }
        Ok(())
    }

    pub(super) async fn insert_rows(
        &mut self,
        step: &Step,
        plan: &InsertPlan,
        rows: &[RowRef],
        values: &[Encoded<'_>],
    ) -> Result<()> {
        let model = step.model.0;
        let shape =
            Shape::new(model, ShapeKind::Insert, &step.columns, rows.len()).returning(&plan.returning);
        let sql = self
            .engine
            .text(shape, |dialect| write::insert(dialect, model, &step.columns, rows.len(), &plan.returning));
        let mut bound = Vec::with_capacity(values.len());
        for value in values {
            bound.push(value.as_ref());
        }
        let mut returned = Table::new(plan.returning.len());
        let done = self.link.run(&sql, &bound, &mut returned).await?;
        if plan.returning.is_empty() && done.rows_affected != rows.len() as u64 {
            return Err(Error::database(
                "rows",
                format!("{} rows were sent and {} were inserted", rows.len(), done.rows_affected),
            ));
        }
        for (position, row) in rows.iter().enumerate() {
            self.outcome.inserted.push(row.slot);
            if let Some(version) = model.version_column() {
                let width = step.columns.len();
                let offset = step.columns.iter().position(|column| column == version.index);
                if let Some(offset) = offset {
                    let value = values[position * width + offset].clone().into_value();
                    self.outcome.filled.push((row.slot, version.index, value));
                }
            }
        }
        if !plan.returning.is_empty() {
            return self.fill_from(model, plan, rows, returned, &plan.returning);
        }
        if let Some(key) = plan.generated {
            self.fill_keys(model, key, rows, done.last_insert_id)?;
        }
        if !plan.read_back.is_empty() {
            self.read_back(model, &plan.read_back, rows).await?;
        }
        Ok(())
    }

    /// Hands the returned rows to their objects. Keys are made in the order of the VALUES list, so rows sorted by a
    /// generated key stand in the order in which they were sent, unless the keys were made by chance, as SQLite does once
    /// the greatest is taken; other rows are matched by their key.
    pub(super) fn fill_from(
        &mut self,
        model: &'static ModelDef,
        plan: &InsertPlan,
        rows: &[RowRef],
        mut returned: Table,
        columns: &ColumnSet,
    ) -> Result<()> {
        let missing = || {
            let text = format!("{} rows were sent and {} came back", rows.len(), returned.rows.len());
            Error::database("returning", text)
        };
        if returned.rows.len() != rows.len() {
            return Err(missing());
        }
        let place = |column: u16| columns.iter().position(|candidate| candidate == column);
        if let Some(at) = plan.generated.and_then(|key| place(key.index)) {
            let order = |one: &Vec<Value>, other: &Vec<Value>| one[at].as_ref().key_order(other[at].as_ref());
            if !returned.rows.is_sorted_by(|one, other| order(one, other).is_lt()) {
                returned.rows.sort_by(order);
                let keys: Vec<ValueRef<'_>> = returned.rows.iter().map(|row| row[at].as_ref()).collect();
                if !is_consecutive(&keys) {
                    let text = format!(
                        "the keys of {} rows of {} were not made in ascending order, so it is not known which row got \
                         which: flush the objects one by one (is the greatest key taken?)",
                        rows.len(),
                        model.table
                    );
                    return Err(Error::database("keys", text));
                }
            }
        } else if rows.len() > 1 {
            returned.rows = self.matched(model, rows, std::mem::take(&mut returned.rows), columns)?;
        }
        for (row, values) in rows.iter().zip(returned.rows) {
            for (column, value) in columns.iter().zip(values) {
                if plan.wanted.contains(column) {
                    self.outcome.filled.push((row.slot, column, value));
                }
            }
        }
        Ok(())
    }

    /// Puts returned rows into the order of the rows that were sent, by their key.
    pub(super) fn matched(
        &mut self,
        model: &'static ModelDef,
        rows: &[RowRef],
        returned: Vec<Vec<Value>>,
        columns: &ColumnSet,
    ) -> Result<Vec<Vec<Value>>> {
        let mut by_key: FxHashMap<Vec<Value>, Vec<Value>> = FxHashMap::default();
        for values in returned {
            let key = columns.iter().zip(&values).filter(|(column, _)| model.primary_key.contains(column));
            let key: Vec<Value> = key.map(|(_, value)| value.clone()).collect();
            by_key.insert(key, values);
        }
        let mut ordered = Vec::with_capacity(rows.len());
        for row in rows {
            let mut key = Vec::with_capacity(model.primary_key.len());
            for column in model.primary_key {
                key.push(self.identity(row, *column).into_value());
            }
            match by_key.remove(&key) {
                Some(values) => ordered.push(values),
                None => {
                    let text = format!("the row of {} did not come back under its key", row.label);
                    return Err(Error::database("returning", text));
                }
            }
        }
        Ok(ordered)
    }

    /// The keys of rows that were inserted by one statement without RETURNING.
    pub(super) fn fill_keys(
        &mut self,
        model: &'static ModelDef,
        key: &ColumnDef,
        rows: &[RowRef],
        first: u64,
    ) -> Result<()> {
        if first == 0 {
            return Err(Error::database("keys", format!("the database made no key for {}", model.table)));
        }
        let (increment, verify) = self.key_distance();
        if verify && rows.len() > 1 {
            match self.expected.last_mut() {
                Some((start, count)) if *start + increment * *count as u64 == first => *count += rows.len(),
                _ => self.expected.push((first, rows.len())),
            }
        }
        for (position, row) in rows.iter().enumerate() {
            let value = Value::from_unsigned(first + increment * position as u64);
            self.outcome.filled.push((row.slot, key.index, value));
        }
        Ok(())
    }

    /// The distance between two keys of one statement, and whether the server promises nothing of it.
    pub(super) fn key_distance(&self) -> (u64, bool) {
        match self.engine.dialect().capabilities().generated_keys {
            GeneratedKeys::Consecutive { increment } => (increment, false),
            GeneratedKeys::Verified { increment } => (increment, true),
            GeneratedKeys::Returning => (1, true),
        }
    }

    /// Reads the keys of a step back that nobody promised; one statement where its batches follow each other.
    pub(super) async fn verify_keys(&mut self, model: &'static ModelDef, key: &ColumnDef) -> Result<()> {
        let (increment, _) = self.key_distance();
        for (first, count) in std::mem::take(&mut self.expected) {
            let at = |position: usize| Value::from_unsigned(first + increment * position as u64);
            let (low, high) = (at(0), at(count - 1));
            let shape = Shape::new(model, ShapeKind::SelectKeyRange, &ColumnSet::new(), 0);
            let sql = self.engine.text(shape, |dialect| write::select_key_range(dialect, model, key));
            let mut found = Table::new(1);
            self.link.run(&sql, &[low.as_ref(), high.as_ref()], &mut found).await?;
            let exact = found.rows.len() == count
                && found.rows.iter().enumerate().all(|(position, row)| row[0] == at(position));
            if !exact {
                let text = format!(
                    "the keys of {count} rows of {} are not consecutive, so it is not known which row got which: insert \
                     fewer at once, or set innodb_autoinc_lock_mode to 1",
                    model.table
                );
                return Err(Error::database("keys", text));
            }
        }
        Ok(())
    }

    /// Reads columns that the database filled in, where it cannot return them.
    pub(super) async fn read_back(
        &mut self,
        model: &'static ModelDef,
        wanted: &ColumnSet,
        rows: &[RowRef],
    ) -> Result<()> {
        let columns: ColumnSet = wanted.iter().chain(model.primary_key.iter().copied()).collect();
        let shape = Shape::new(model, ShapeKind::SelectByKey, &columns, rows.len());
        let sql =
            self.engine.text(shape, |dialect| write::select_by_key(dialect, model, &columns, rows.len()));
        let mut keys = Vec::with_capacity(rows.len());
        for row in rows {
            for column in model.primary_key {
                keys.push(self.identity(row, *column));
            }
        }
        let bound: Vec<ValueRef<'_>> = keys.iter().map(Encoded::as_ref).collect();
        let mut found = Table::new(columns.len());
        self.link.run(&sql, &bound, &mut found).await?;
        if rows.len() > 1 {
            found.rows = self.matched(model, rows, std::mem::take(&mut found.rows), &columns)?;
        }
        if found.rows.len() != rows.len() {
            return Err(Error::database(
                "rows",
                format!("a row of {} that was just written is not there", model.table),
            ));
        }
        for (row, values) in rows.iter().zip(found.rows) {
            for (column, value) in columns.iter().zip(values) {
                if wanted.contains(column) {
                    self.outcome.filled.push((row.slot, column, value));
                }
            }
        }
        Ok(())
    }
}

/// Whether each key follows the one before it.
fn is_consecutive(keys: &[ValueRef<'_>]) -> bool {
    keys.windows(2).all(|pair| match pair {
        [ValueRef::Int(one), ValueRef::Int(next)] => one.checked_add(1) == Some(*next),
        _ => false,
    })
}

/// What an INSERT of one shape leaves to the database, and how it comes back.
pub(super) struct InsertPlan {
    /// The columns that the database fills in.
    wanted: ColumnSet,
    /// The columns of the RETURNING clause.
    returning: ColumnSet,
    /// The columns that are read by a statement of their own.
    read_back: ColumnSet,
    /// The key that the database makes.
    generated: Option<&'static ColumnDef>,
    /// The greatest number of rows in one statement.
    most: usize,
}

impl InsertPlan {
    fn new(model: &'static ModelDef, columns: &ColumnSet, engine: &AnyEngine) -> Self {
        let dialect = engine.dialect();
        let capabilities = dialect.capabilities();
        let generated = model.generated_key().filter(|key| !columns.contains(key.index));
        let mut wanted = ColumnSet::new();
        for column in model.columns {
            if !columns.contains(column.index) {
                wanted.insert(column.index);
            }
        }
        let defaults: ColumnSet =
            wanted.iter().filter(|column| generated.is_none_or(|key| key.index != *column)).collect();
        // Rows are told apart by keys that come out of the database as they went in.
        let recognizable = model.key_columns().all(|column| has_one_form(column.sql_type));
        let (mut returning, mut read_back) = (ColumnSet::new(), ColumnSet::new());
        let all_returned = capabilities.generated_keys == GeneratedKeys::Returning;
        if all_returned && (generated.is_some() || (capabilities.insert_returning && !defaults.is_empty())) {
            returning = wanted.clone();
            if generated.is_none() {
                model.primary_key.iter().for_each(|column| returning.insert(*column));
            }
        } else {
            read_back = defaults.clone();
        }
        let alone = columns.is_empty() || (!defaults.is_empty() && generated.is_none() && !recognizable);
        let most = if alone { 1 } else { dialect.limits().batch_rows };
        InsertPlan { wanted, returning, read_back, generated, most }
    }
}
