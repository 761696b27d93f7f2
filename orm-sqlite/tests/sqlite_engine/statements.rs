//! Statements are prepared once, kept, and made again where their tables changed; rows arrive in order, until the sink has
//! enough.

use orm_core::engine::{NoRows, RowSink, Sql};
use orm_core::{ErrorKind, Value, ValueRef};
use orm_sqlite::SqliteOptions;

use crate::support::{Rows, acquire, connect, execute, memory, number, numbers_to, query};

#[tokio::test]
async fn more_texts_than_are_kept_give_their_own_answers() {
    let engine = connect(SqliteOptions::memory().statement_cache_capacity(3)).await;
    let mut connection = acquire(&engine).await;
    let texts: Vec<_> = (0..10).map(|index| Sql::new(format!("SELECT {index}, ?"))).collect();
    for round in 0..5 {
        for (index, sql) in (0..).zip(&texts) {
            let mut sink = Rows::default();
            connection.run(sql, &[ValueRef::Int(round)], &mut sink).await.expect("the query runs");
            assert_eq!(sink.rows, [[Value::Int(index), Value::Int(round)]]);
        }
    }
}

#[tokio::test]
async fn rows_arrive_in_order_until_the_sink_has_enough() {
    let mut connection = acquire(&memory().await).await;
    let rows = query(&mut connection, &numbers_to(1000), &[]).await.expect("the query runs");
    assert!(rows.iter().zip(1..).all(|(row, number)| row[..] == [Value::Int(number)]));
    assert_eq!(rows.len(), 1000);

    let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n";
    let mut sink = Rows { limit: 3, ..Rows::default() };
    connection.run(&Sql::new(endless), &[], &mut sink).await.expect("the sink has enough");
    assert_eq!(sink.rows, [[Value::Int(1)], [Value::Int(2)], [Value::Int(3)]]);
    assert_eq!(number(&mut connection, "SELECT 7").await, 7);
}

#[tokio::test]
async fn an_error_of_the_sink_ends_the_statement() {
    struct Picky;
    impl RowSink for Picky {
        fn row(&mut self, _row: &[ValueRef<'_>]) -> orm_core::Result<orm_core::engine::Next> {
            Err(orm_core::Error::app("not this one"))
        }
        fn restart(&mut self) {}
    }
    let mut connection = acquire(&memory().await).await;
    let error = connection.run(&Sql::new("SELECT 1"), &[], &mut Picky).await.expect_err("the sink fails");
    assert_eq!(error.to_string(), "not this one");
    assert_eq!(number(&mut connection, "SELECT 7").await, 7);
}

#[tokio::test]
async fn a_kept_statement_sees_columns_that_were_added() {
    let mut connection = acquire(&memory().await).await;
    connection.run_once("CREATE TABLE t (a)").await.expect("the table is made");
    execute(&mut connection, "INSERT INTO t VALUES (1)", &[]).await.expect("the row is taken");
    let all = Sql::new("SELECT * FROM t");
    for columns in 1..4 {
        let mut sink = Rows::default();
        connection.run(&all, &[], &mut sink).await.expect("the query runs");
        assert_eq!(sink.rows[0].len(), columns);
        connection.run_once(&format!("ALTER TABLE t ADD COLUMN c{columns}")).await.expect("it is altered");
    }
}

#[tokio::test]
async fn what_a_statement_did_is_its_own() {
    let mut connection = acquire(&memory().await).await;
    connection
        .run_once("CREATE TABLE t (id INTEGER PRIMARY KEY, v UNIQUE)")
        .await
        .expect("the table is made");
    connection.run_once("CREATE TABLE plain (k TEXT PRIMARY KEY) WITHOUT ROWID").await.expect("it is made");
    let mut did = Vec::new();
    for sql in [
        "INSERT INTO t (v) VALUES (10)",
        "INSERT INTO t (v) VALUES (20), (30)",
        "UPDATE t SET v = v WHERE v >= 20",
        "SELECT * FROM t",
        "INSERT INTO plain VALUES ('a')",
        "INSERT INTO t (v) VALUES (30) ON CONFLICT DO NOTHING",
        "INSERT INTO t (v) VALUES (30) ON CONFLICT DO UPDATE SET v = v",
        "CREATE TABLE other (x)",
        "INSERT INTO other SELECT last_insert_rowid()",
        "DELETE FROM t WHERE v = 10",
        "DELETE FROM t WHERE v = 10",
        "INSERT INTO t (id, v) VALUES (-5, 0)",
        "INSERT INTO t (id, v) VALUES (77, 1) RETURNING id",
    ] {
        let done = execute(&mut connection, sql, &[]).await.expect(sql);
        did.push((done.rows_affected, done.last_insert_id));
    }
    let expected = [
        (1, 1),
        (2, 3),
        (2, 0),
        (0, 0),
        (1, 0),
        (0, 0),
        (1, 0),
        (0, 0),
        (1, 1),
        (1, 0),
        (0, 0),
        (1, 0),
        (1, 77),
    ];
    assert_eq!(did, expected);
    assert_eq!(number(&mut connection, "SELECT x FROM other").await, 3);
    assert_eq!(number(&mut connection, "SELECT last_insert_rowid()").await, 77);
}

#[tokio::test]
async fn texts_that_are_not_one_statement_are_refused() {
    let mut connection = acquire(&memory().await).await;
    for (sql, reason) in [
        ("", "empty"),
        (" -- nothing", "empty"),
        ("SELECT 1; SELECT 2", "several statements"),
        ("SELECT 1\0", "NUL"),
        ("SELECT ?", "1 placeholders, and 0 values"),
    ] {
        let error = execute(&mut connection, sql, &[]).await.expect_err("it is refused");
        assert!(matches!(error.kind(), ErrorKind::InvalidQuery { .. }), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
    }
    let error = execute(&mut connection, "SELECT 1", &[ValueRef::Null]).await.expect_err("a value too many");
    assert!(error.to_string().contains("0 placeholders, and 1 values"), "{error}");
    assert_eq!(number(&mut connection, "SELECT 3; -- and that is all").await, 3);
}

#[tokio::test]
async fn a_parameter_may_be_used_twice() {
    let mut connection = acquire(&memory().await).await;
    let rows =
        query(&mut connection, "SELECT ?2 || ?1 || ?2", &[ValueRef::Text("b"), ValueRef::Text("a")]).await;
    assert_eq!(rows.expect("the query runs"), [[Value::Text("aba".into())]]);
}

#[tokio::test]
async fn a_wrong_text_is_explained_by_sqlite() {
    let mut connection = acquire(&memory().await).await;
    let error = connection.run_once("SELEC 1").await.expect_err("it is no statement");
    assert!(error.to_string().contains("near \"SELEC\": syntax error"), "{error}");
    let error = connection.run(&Sql::new("SELECT * FROM nowhere"), &[], &mut NoRows).await;
    assert!(error.expect_err("there is no table").to_string().contains("no such table: nowhere"));
}
