//! INSERTs, and how what the database made comes back to the right objects: generated keys and defaults.

use rustc_hash::FxHashMap;

use super::keys::{self, KeySink, Order};
use super::{Table, Values, Writer};
use crate::any_engine::{AnyEngine, Shape, ShapeKind};
use crate::columns::ColumnSet;
use crate::definition::{ColumnDef, ModelDef};
use crate::dialect::GeneratedKeys;
use crate::engine::{MadeKeys, RowSink, Sql};
use crate::error::{Error, Result};
use crate::unit::batch;
use crate::unit::plan::{RowRef, Step};
use crate::value::{Encoded, Value, ValueRef};
use crate::write;

impl<'w> Writer<'w> {
    pub(super) async fn insert(&mut self, step: &Step) -> Result<()> {
        let model = step.model.0;
        let plan = InsertPlan::new(model, &step.columns, self.engine);
        let limits = *self.engine.dialect().limits();
        let is_plain = self.is_plain(step);
        let mut values: Vec<Encoded<'w>> = Vec::new();
        let mut rest = step.rows.as_slice();
        self.outcome.inserted.reserve(rest.len());
        while !rest.is_empty() {
            let most = batch::largest(rest.len(), step.columns.len(), plan.most, &limits);
            values.clear();
            values.reserve(most * step.columns.len());
            let mut packet = batch::Packet::new(step.rows.len(), &limits);
            let mut bytes_of_all = 0;
            for row in &rest[..most] {
                let start = values.len();
                self.push_values(step, row, &step.columns, is_plain, &mut values);
                let bytes = values[start..].iter().map(|value| batch::size(value.as_ref())).sum();
                bytes_of_all += bytes;
                if !packet.takes(bytes) {
                    break;
                }
            }
            let count = packet.rows(most);
            values.truncate(count * step.columns.len());
            let (rows, others) = rest.split_at(count);
            self.insert_rows(step, &plan, rows, &values).await?;
            self.turns.after(count, bytes_of_all).await;
            rest = others;
        }
        if let Some(key) = plan.generated {
            self.verify_keys(step.model.0, key).await?;
        }
        Ok(())
    }

    async fn insert_rows(
        &mut self,
        step: &Step,
        plan: &InsertPlan,
        rows: &[RowRef],
        values: &[Encoded<'_>],
    ) -> Result<()> {
        let model = step.model.0;
        let shape =
            Shape::new(model, ShapeKind::Insert, &step.columns, rows.len()).returning(&plan.returning);
        let sql = self.engine.kept(shape, |dialect| {
            let text = write::insert(dialect, model, &step.columns, rows.len(), &plan.returning);
            match plan.handed {
                Some(keys) => Sql::with_keys(text, keys),
                None => Sql::new(text),
            }
        });
        let bound: Values<'_> = values.iter().map(Encoded::as_ref).collect();
        let mut returned = Returned::new(plan, rows.len());
        let done = self.send(&sql, &bound, returned.sink()).await?;
        if plan.returning.is_empty() && done.rows_affected != rows.len() as u64 {
            return Err(Error::database(
                "rows",
                format!("{} rows were sent and {} were inserted", rows.len(), done.rows_affected),
            ));
        }
        let start = self.outcome.inserted.len();
        for row in rows {
            self.outcome.inserted.push(row.slot);
        }
        if let Some(version) = model.version_column() {
            let width = step.columns.len();
            let offset = step.columns.iter().position(|column| column == version.index);
            for (position, row) in rows.iter().enumerate() {
                if let Some(offset) = offset {
                    let value = values[position * width + offset].clone().into_value();
                    self.outcome.filled.push((row.slot, version.index, value));
                }
            }
        }
        match (returned, plan.generated) {
            (Returned::Keys(keys), Some(key)) => self.fill_keys(model, key, start, keys)?,
            (Returned::Rows(table), _) if !plan.returning.is_empty() => {
                self.fill_from(step, plan, rows, table, &plan.returning)?;
            }
            (_, Some(key)) => self.fill_expected_keys(model, key, start, rows.len(), done.last_insert_id)?,
            (_, None) => {}
        }
        if !plan.read_back.is_empty() {
            self.read_back(step, &plan.read_back, rows).await?;
        }
        Ok(())
    }

    /// Hands the returned rows to their objects. Keys are made in the order of the VALUES list, so rows sorted by a
    /// generated key stand in the order in which they were sent, unless the keys were made by chance, as SQLite does once
    /// the greatest is taken; other rows are matched by their key.
    fn fill_from(
        &mut self,
        step: &Step,
        plan: &InsertPlan,
        rows: &[RowRef],
        mut returned: Table,
        columns: &ColumnSet,
    ) -> Result<()> {
        let model = step.model.0;
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
                let mut keys = Vec::with_capacity(rows.len());
                for row in &returned.rows {
                    keys.push(keys::number(row[at].as_ref()).unwrap_or(0));
                }
                keys::check_consecutive(model, &keys)?;
            }
        } else if rows.len() > 1 {
            returned.rows = self.matched(step, rows, std::mem::take(&mut returned.rows), columns)?;
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
    fn matched(
        &mut self,
        step: &Step,
        rows: &[RowRef],
        returned: Vec<Vec<Value>>,
        columns: &ColumnSet,
    ) -> Result<Vec<Vec<Value>>> {
        let model = step.model.0;
        let mut by_key: FxHashMap<Vec<Value>, Vec<Value>> = FxHashMap::default();
        for values in returned {
            let key = columns.iter().zip(&values).filter(|(column, _)| model.primary_key.contains(column));
            let key: Vec<Value> = key.map(|(_, value)| value.clone()).collect();
            by_key.insert(key, values);
        }
        let mut ordered = Vec::with_capacity(rows.len());
        for row in rows {
            let mut key = Vec::with_capacity(model.primary_key.len());
            for column in model.key_columns() {
                key.push(self.identity(row, column).into_value());
            }
            match by_key.remove(&key) {
                Some(values) => ordered.push(values),
                None => {
                    let label = step.label(row, self.objects);
                    let text = format!("the row of {label} did not come back under its key");
                    return Err(Error::database("returning", text));
                }
            }
        }
        Ok(ordered)
    }

    /// Reads columns that the database filled in, where it cannot return them.
    pub(super) async fn read_back(&mut self, step: &Step, wanted: &ColumnSet, rows: &[RowRef]) -> Result<()> {
        let model = step.model.0;
        let columns: ColumnSet = wanted.iter().chain(model.primary_key.iter().copied()).collect();
        let shape = Shape::new(model, ShapeKind::SelectByKey, &columns, rows.len());
        let sql =
            self.engine.text(shape, |dialect| write::select_by_key(dialect, model, &columns, rows.len()));
        let mut keys = Vec::with_capacity(rows.len());
        for row in rows {
            for column in model.key_columns() {
                keys.push(self.identity(row, column));
            }
        }
        let bound: Vec<ValueRef<'_>> = keys.iter().map(Encoded::as_ref).collect();
        let mut found = Table::new(columns.len());
        self.send(&sql, &bound, &mut found).await?;
        if rows.len() > 1 {
            found.rows = self.matched(step, rows, std::mem::take(&mut found.rows), &columns)?;
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

/// What comes back of an INSERT.
enum Returned {
    /// Keys that the database made, and nothing else.
    Keys(KeySink),
    Rows(Table),
}

impl Returned {
    fn new(plan: &InsertPlan, rows: usize) -> Returned {
        let key = plan.generated.map(|key| key.index);
        let is_key = |column: u16| Some(column) == key;
        if plan.handed.is_some() || (plan.returning.len() == 1 && plan.returning.iter().all(is_key)) {
            let order = if plan.handed.is_some() { Order::Sent } else { Order::Any };
            Returned::Keys(KeySink::new(rows, order))
        } else {
            Returned::Rows(Table::new(plan.returning.len()))
        }
    }

    fn sink(&mut self) -> &mut dyn RowSink {
        match self {
            Returned::Keys(keys) => keys,
            Returned::Rows(rows) => rows,
        }
    }
}

/// What an INSERT of one shape leaves to the database, and how it comes back.
pub(super) struct InsertPlan {
    /// The columns that the database fills in.
    wanted: ColumnSet,
    /// The columns of the RETURNING clause.
    returning: ColumnSet,
    /// The keys that the connection hands on without such a clause.
    handed: Option<MadeKeys>,
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
        let mut wanted = ColumnSet::first(model.columns.len());
        columns.iter().for_each(|column| wanted.remove(column));
        let defaults: ColumnSet =
            wanted.iter().filter(|column| generated.is_none_or(|key| key.index != *column)).collect();
        // Rows are told apart by keys that come out of the database as they went in.
        let recognizable = model.key_columns().all(|column| column.sql_type.has_one_form());
        let (mut returning, mut read_back) = (ColumnSet::new(), ColumnSet::new());
        let made = generated.filter(|_| capabilities.generated_keys == GeneratedKeys::Returning);
        let mut handed = None;
        if capabilities.insert_returning && (made.is_some() || !defaults.is_empty()) {
            returning = wanted.clone();
            if generated.is_none() {
                model.primary_key.iter().for_each(|column| returning.insert(*column));
            }
        } else {
            read_back = defaults.clone();
            let key = generated.filter(|_| capabilities.generated_keys == GeneratedKeys::Handed);
            handed = key.map(|key| MadeKeys { table: model.table, column: key.name });
        }
        let alone = columns.is_empty() || (!defaults.is_empty() && generated.is_none() && !recognizable);
        let most = if alone { 1 } else { dialect.limits().batch_rows };
        InsertPlan { wanted, returning, handed, read_back, generated, most }
    }
}
