//! The keys of new rows, which the connection hands on without a RETURNING clause.

use std::sync::Arc;

use orm_core::engine::{Done, MadeKeys, Sql};
use orm_core::{ErrorKind, Result, Value, ValueRef};

use crate::support::{Lent, Rows, acquire, execute, memory, query};

const OF_T: MadeKeys = MadeKeys { table: "t", column: "id" };

async fn table(ddl: &[&str]) -> Lent {
    let mut connection = acquire(&memory().await).await;
    for statement in ddl {
        connection.run_once(statement).await.expect("the schema is made");
    }
    connection
}

fn insert(rows: usize) -> Arc<Sql> {
    let places = ["(?)"].repeat(rows).join(", ");
    Sql::with_keys(format!("INSERT INTO t (v) VALUES {places}"), OF_T)
}

async fn insert_into(connection: &mut Lent, values: &[i64]) -> Result<(Done, Vec<i64>)> {
    let values: Vec<ValueRef<'_>> = values.iter().map(|value| ValueRef::Int(*value)).collect();
    let mut keys = Rows::default();
    let done = connection.run(&insert(values.len()), &values, &mut keys).await?;
    let keys = keys.rows.iter().map(|row| match row[..] {
        [Value::Int(key)] => key,
        _ => panic!("a key stands alone: {row:?}"),
    });
    Ok((done, keys.collect()))
}

#[tokio::test]
async fn keys_come_in_the_order_of_the_rows() {
    let mut connection = table(&["CREATE TABLE t (id INTEGER PRIMARY KEY, v)"]).await;
    let (done, keys) = insert_into(&mut connection, &[7, 8, 9]).await.expect("rows are inserted");
    assert_eq!((done.rows_affected, keys), (3, vec![1, 2, 3]));
    execute(&mut connection, "INSERT INTO t (id, v) VALUES (-10, 0), (40, 0)", &[]).await.expect("inserted");
    let (_, keys) = insert_into(&mut connection, &[1]).await.expect("a row is inserted");
    assert_eq!(keys, [41]);
}

#[tokio::test]
async fn keys_that_are_made_by_chance_are_told_as_well() {
    let mut connection = table(&["CREATE TABLE t (id INTEGER PRIMARY KEY, v)"]).await;
    let last = "INSERT INTO t (id, v) VALUES (9223372036854775807, 0)";
    execute(&mut connection, last, &[]).await.expect("inserted");
    let values = [10, 20, 30, 40];
    let (_, keys) = insert_into(&mut connection, &values).await.expect("rows are inserted");
    for (key, value) in keys.iter().zip(values) {
        let found = query(&mut connection, "SELECT v FROM t WHERE id = ?", &[ValueRef::Int(*key)]).await;
        assert_eq!(found.expect("the query runs"), [[Value::Int(value)]]);
    }
}

#[tokio::test]
async fn a_statement_that_fails_leaves_no_keys_to_the_next() {
    let mut connection = table(&["CREATE TABLE t (id INTEGER PRIMARY KEY, v UNIQUE)"]).await;
    let error = insert_into(&mut connection, &[1, 2, 1]).await.expect_err("a value is there twice");
    assert!(matches!(error.kind(), ErrorKind::Unique { .. }), "{error}");
    let (_, keys) = insert_into(&mut connection, &[5]).await.expect("a row is inserted");
    assert_eq!(keys, [1]);
    execute(&mut connection, "INSERT INTO t (v) VALUES (6)", &[]).await.expect("nobody listens");
    let (_, keys) = insert_into(&mut connection, &[7]).await.expect("a row is inserted");
    assert_eq!(keys, [3]);
}

#[tokio::test]
async fn rows_that_triggers_insert_are_not_taken_for_ours() {
    let mut connection = table(&[
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v)",
        "CREATE TABLE log (id INTEGER PRIMARY KEY, v)",
        "CREATE TRIGGER logs AFTER INSERT ON t BEGIN INSERT INTO log (id, v) VALUES (100 + NEW.id, NEW.v); END",
    ])
    .await;
    let (_, keys) = insert_into(&mut connection, &[1, 2]).await.expect("rows are inserted");
    assert_eq!(keys, [1, 2]);
    let twice =
        "CREATE TRIGGER twice BEFORE INSERT ON t WHEN NEW.v > 0 BEGIN INSERT INTO t (v) VALUES (-NEW.v); END";
    connection.run_once(twice).await.expect("the trigger is made");
    let (_, keys) = insert_into(&mut connection, &[3]).await.expect("of one row SQLite tells the key");
    let found = query(&mut connection, "SELECT v FROM t WHERE id = ?", &[ValueRef::Int(keys[0])]).await;
    assert_eq!(found.expect("the query runs"), [[Value::Int(3)]]);
    let error = insert_into(&mut connection, &[4, 5]).await.expect_err("which are ours?");
    assert!(error.to_string().contains("does a trigger insert into the same table?"), "{error}");
}

#[tokio::test]
async fn a_key_that_sqlite_does_not_make_is_refused() {
    for ddl in [
        "CREATE TABLE t (id BIGINT PRIMARY KEY, v)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY DESC, v)",
        "CREATE TABLE t (id INTEGER, v, PRIMARY KEY (id, v))",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v) WITHOUT ROWID",
        "CREATE TABLE t (id INTEGER, v INTEGER PRIMARY KEY)",
        "CREATE TABLE t (id INTEGER, v)",
    ] {
        let mut connection = table(&[ddl]).await;
        let error = insert_into(&mut connection, &[1]).await.expect_err("no key is made");
        assert!(error.to_string().contains("SQLite makes no keys for this table"), "{ddl}: {error}");
    }
    let mut connection = table(&["CREATE TABLE t (ID integer NOT NULL PRIMARY KEY AUTOINCREMENT, v)"]).await;
    let (_, keys) = insert_into(&mut connection, &[1]).await.expect("a row is inserted");
    assert_eq!(keys, [1]);
}
