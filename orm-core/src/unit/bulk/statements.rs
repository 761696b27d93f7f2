//! Sends writes by a query: one statement, or, where the backend returns nothing, the keys first, then the write by keys,
//! inside the same transaction. Changes no object.

use crate::any_engine::{AnyEngine, Link};
use crate::definition::ModelDef;
use crate::dialect::Dialect;
use crate::engine::{Next, NoRows, RowSink};
use crate::error::{Error, Result};
use crate::node::{Delete, Lock, LockStrength, LockWait, Node, Operator, Output, Select, Update, Write};
use crate::render::{self, Rendered};
use crate::value::{Value, ValueRef};

/// Whether a write is one statement, which needs no transaction around it.
pub(crate) fn is_one_statement(write: &Write, dialect: &dyn Dialect) -> bool {
    let capabilities = dialect.capabilities();
    write.returning().is_empty()
        || match write {
            Write::Update(_) => capabilities.writes.update_returning,
            Write::Delete(_) => capabilities.writes.delete_returning,
            Write::Insert(_) => true,
        }
}

/// Runs a write; what it returns goes to the sink. Gives how many rows it matched.
pub(crate) async fn execute(
    engine: &AnyEngine,
    link: &mut Link,
    write: &Write,
    sink: &mut dyn RowSink,
) -> Result<u64> {
    let dialect = engine.dialect();
    if let Write::Insert(insert) = write
        && !insert.returning.is_empty()
        && !dialect.capabilities().insert_returning
    {
        return Err(Error::unsupported("INSERT .. SELECT .. RETURNING", dialect.name()));
    }
    if is_one_statement(write, dialect) {
        return send(engine, link, render::write(write, dialect)?, sink).await;
    }
    match write {
        Write::Update(update) => update_then_read(engine, link, update, sink).await,
        Write::Delete(delete) => read_then_delete(engine, link, delete, sink).await,
        Write::Insert(_) => Err(Error::unsupported("INSERT .. SELECT .. RETURNING", dialect.name())),
    }
}

async fn send(
    engine: &AnyEngine,
    link: &mut Link,
    rendered: Rendered,
    sink: &mut dyn RowSink,
) -> Result<u64> {
    let bound: Vec<ValueRef<'_>> = rendered.values.iter().map(Value::as_ref).collect();
    Ok(link.run(&engine.own_text(&rendered.sql), &bound, sink).await?.rows_affected)
}

/// Rows that are kept until they are handed on.
struct Kept(Vec<Vec<Value>>);

impl RowSink for Kept {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        let mut values = Vec::with_capacity(row.len());
        for value in row {
            values.push(value.to_value());
        }
        self.0.push(values);
        Ok(Next::More)
    }

    fn restart(&mut self) {
        self.0.clear();
    }
}

fn keys_of(model: &ModelDef, rows: &Select) -> Vec<Node> {
    model.key_columns().map(|key| Node::Column(rows.root, key)).collect()
}

/// Reads expressions of the rows, locked for the write that follows.
async fn read_locked(
    engine: &AnyEngine,
    link: &mut Link,
    rows: &Select,
    output: Vec<Node>,
) -> Result<Vec<Vec<Value>>> {
    let lock = Lock { strength: LockStrength::Update, wait: LockWait::Wait };
    let lock = engine.dialect().lock_clause(lock).map(|_| lock);
    let select = Select { output, lock, ..rows.clone() };
    let mut kept = Kept(Vec::new());
    send(engine, link, render::select(&select, Output::Rows, engine.dialect())?, &mut kept).await?;
    Ok(kept.0)
}

/// The rows of these keys. The filters found the keys already; only joined rows are still asked for.
fn by_keys(rows: &Select, model: &ModelDef, keys: &[&[Value]]) -> Select {
    let mut filters = if rows.joins.is_empty() { Vec::new() } else { rows.filters.clone() };
    filters.push(one_of(keys_of(model, rows), keys));
    Select { filters, order: Vec::new(), limit: None, offset: None, ..rows.clone() }
}

fn one_of(columns: Vec<Node>, keys: &[&[Value]]) -> Node {
    if let [only] = columns.as_slice() {
        let list = keys.iter().map(|key| Node::Value(key[0].clone())).collect();
        return Node::In { operand: Box::new(only.clone()), list, negated: false };
    }
    let mut rows = Vec::with_capacity(keys.len());
    for key in keys {
        let mut parts = Vec::with_capacity(columns.len());
        for (column, value) in columns.iter().zip(*key) {
            let (left, right) = (Box::new(column.clone()), Box::new(Node::Value(value.clone())));
            parts.push(Node::Binary { operator: Operator::Equal, left, right });
        }
        rows.push(Node::And(parts));
    }
    Node::Or(rows)
}

/// How many keys go into one statement, beside the values that it has anyway.
fn keys_at_once(model: &ModelDef, dialect: &dyn Dialect) -> usize {
    // Half of the placeholders are left to the rest of the statement.
    let most = dialect.limits().parameters / 2 / model.primary_key.len();
    most.clamp(1, dialect.limits().batch_rows)
}

async fn update_then_read(
    engine: &AnyEngine,
    link: &mut Link,
    update: &Update,
    sink: &mut dyn RowSink,
) -> Result<u64> {
    let Update { rows, assignments, returning } = update;
    let model = render::written_model(rows, "UPDATE")?;
    if let Some(key) = assignments.iter().find(|assignment| assignment.column.primary_key) {
        return Err(Error::unsupported(
            format!("UPDATE .. RETURNING that sets a key (`{}.{}`)", model.name, key.column.field),
            engine.dialect().name(),
        ));
    }
    let keys = read_locked(engine, link, rows, keys_of(model, rows)).await?;
    let keys: Vec<&[Value]> = keys.iter().map(Vec::as_slice).collect();
    let mut matched = 0;
    for part in keys.chunks(keys_at_once(model, engine.dialect())) {
        let rows = by_keys(rows, model, part);
        let written = Update { rows: rows.clone(), assignments: assignments.clone(), returning: Vec::new() };
        matched += send(engine, link, render::write(&Write::Update(written), engine.dialect())?, &mut NoRows)
            .await?;
        let filters = vec![one_of(keys_of(model, &rows), part)];
        let read = Select { filters, joins: Vec::new(), output: returning.clone(), ..rows };
        send(engine, link, render::select(&read, Output::Rows, engine.dialect())?, sink).await?;
    }
    Ok(matched)
}

async fn read_then_delete(
    engine: &AnyEngine,
    link: &mut Link,
    delete: &Delete,
    sink: &mut dyn RowSink,
) -> Result<u64> {
    let Delete { rows, returning } = delete;
    let model = render::written_model(rows, "DELETE")?;
    let mut output = returning.clone();
    output.extend(keys_of(model, rows));
    let found = read_locked(engine, link, rows, output).await?;
    let keys: Vec<&[Value]> = found.iter().map(|row| &row[returning.len()..]).collect();
    let mut matched = 0;
    for part in keys.chunks(keys_at_once(model, engine.dialect())) {
        let filters = vec![one_of(keys_of(model, rows), part)];
        let rows = Select {
            filters,
            joins: Vec::new(),
            order: Vec::new(),
            limit: None,
            offset: None,
            ..rows.clone()
        };
        let written = Write::Delete(Delete { rows, returning: Vec::new() });
        matched += send(engine, link, render::write(&written, engine.dialect())?, &mut NoRows).await?;
    }
    for row in &found {
        let values: Vec<ValueRef<'_>> = row[..returning.len()].iter().map(Value::as_ref).collect();
        if sink.row(&values)? == Next::Enough {
            break;
        }
    }
    Ok(matched)
}
