//! The 22 queries of TPC-H in the typed language, on the data of the `tpchgen` crate at scale 0.01: each gives the rows that
//! the specification's own SQL gives.

mod load;
mod models;
mod queries;
mod specification;

use orm::engine::Sql;
use orm::{AnyEngine, Value};

use crate::harness::{Backend, Database, Outcome, run};

/// A statement and its values.
struct Statement {
    sql: String,
    values: Vec<Value>,
}

/// One query of the benchmark.
struct Case {
    number: usize,
    /// The typed query as SQL, and how many rows it gave when it was run and read into tuples.
    typed: Statement,
    rows: usize,
}

/// Whether two values are the same, as far as sums of floating point numbers can be.
fn alike(one: &Value, other: &Value) -> bool {
    let number = |value: &Value| match value {
        Value::Int(number) => Some(*number as f64),
        Value::Double(number) => Some(*number),
        Value::Decimal(text) => text.parse().ok(),
        _ => None,
    };
    match (number(one), number(other)) {
        (Some(one), Some(other)) => (one - other).abs() <= 1e-9 * one.abs().max(other.abs()).max(1.0),
        _ => one == other,
    }
}

async fn read(engine: &Database, statement: &Statement) -> orm::Result<Vec<Vec<Value>>> {
    engine.rows_of(&Sql::new(statement.sql.clone()), &statement.values).await
}

async fn all_queries_give_the_rows_of_the_specification(db: Database) -> Outcome {
    load::everything(&db).await?;
    let engine: &AnyEngine = db.engine();
    let cases = queries::all(engine).await?;
    assert_eq!(cases.len(), 22);
    let mut empty = Vec::new();
    for Case { number, typed, rows } in &cases {
        let specified = specification::sql(*number, db.backend());
        let expected = read(&db, &Statement { sql: specified, values: Vec::new() }).await?;
        let found = read(&db, typed).await?;
        assert_eq!(found.len(), expected.len(), "query {number}: {}", typed.sql);
        assert_eq!(*rows, expected.len(), "query {number} was read in another way than it was sent");
        for (found, expected) in found.iter().zip(&expected) {
            let same = found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| alike(a, b));
            assert!(same, "query {number}: {found:?} is not {expected:?}");
        }
        if expected.is_empty() {
            empty.push(*number);
        }
    }
    assert!(empty.len() <= 2, "queries {empty:?} compare nothing: they find no rows at this scale");
    Ok(())
}

#[test]
fn the_queries_give_the_rows_of_the_specification_on_sqlite() {
    run(Backend::SqliteMemory, all_queries_give_the_rows_of_the_specification);
}

#[test]
fn the_queries_give_the_rows_of_the_specification_on_mariadb() {
    run(Backend::MariaDb, all_queries_give_the_rows_of_the_specification);
}
