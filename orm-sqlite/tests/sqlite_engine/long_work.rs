//! Statements that run long leave the executor free, on runtimes of one and of several threads, and give the same rows.
//!
//! How often a ticker of one millisecond ticked beside a statement is compared with how often it ticks in the same time
//! beside nothing, so that a slow machine slows both.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use orm_core::engine::{Access, Next, NoRows, RowSink, Sql, TransactionOptions};
use orm_core::{Engine, Error, ErrorKind, Result, Value, ValueRef};
use orm_sqlite::SqliteOptions;

use crate::support::{
    Rows, TempDir, acquire, connect, counting_to, drop_after, execute, memory, number, numbers_to, query,
};

/// More than a hundred seconds of counting.
const ENDLESS: u64 = 1_000_000_000_000;

/// The same on a runtime of one thread, and on one of several.
macro_rules! on_both_runtimes {
    ($($name:ident),* $(,)?) => {
        mod on_one_thread {
            $(#[tokio::test(flavor = "current_thread")] async fn $name() { super::$name().await })*
        }
        mod on_several_threads {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] async fn $name() { super::$name().await })*
        }
    };
}

on_both_runtimes!(
    a_query_without_rows_for_long_leaves_the_executor_free,
    a_query_of_many_rows_leaves_the_executor_free,
    rows_before_a_long_gap_arrive_once,
    a_long_query_reads_what_its_transaction_wrote,
    a_sink_that_has_enough_ends_a_long_query,
    a_sink_that_fails_ends_a_long_query,
    a_long_query_that_fails_late_says_so,
    a_dropped_long_query_frees_its_connection,
    a_dropped_long_query_rolls_its_transaction_back,
);

/// Runs a future beside a ticker: its output, the ticks, and the ticks that are to be expected of a free executor.
async fn beside_a_ticker<T>(future: impl Future<Output = T>) -> (T, u64, u64) {
    let ticks = Arc::new(AtomicU64::new(0));
    let ticker = tokio::spawn({
        let ticks = Arc::clone(&ticks);
        async move {
            loop {
                tokio::time::sleep(Duration::from_millis(1)).await;
                ticks.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    tokio::task::yield_now().await;
    let since = Instant::now();
    let output = future.await;
    let spent = since.elapsed();
    let beside = ticks.swap(0, Ordering::Relaxed);
    tokio::time::sleep(spent).await;
    let alone = ticks.load(Ordering::Relaxed);
    ticker.abort();
    (output, beside, alone)
}

/// A query that kept the executor would let the ticker tick once or twice. On a busy machine the query and the ticker share
/// what the ticker has alone when it is compared: many ticks are enough, then.
fn assert_ticked(beside: u64, alone: u64) {
    let is_free = beside >= 10 && (beside * 5 >= alone || beside >= 50);
    assert!(is_free, "{beside} ticks beside the query, {alone} alone");
}

async fn a_query_without_rows_for_long_leaves_the_executor_free() {
    let mut connection = acquire(&memory().await).await;
    let (rows, beside, alone) =
        beside_a_ticker(async { number(&mut connection, &counting_to(2_000_000)).await }).await;
    assert_eq!(rows, 2_000_000);
    assert_ticked(beside, alone);
}

async fn a_query_of_many_rows_leaves_the_executor_free() {
    struct Sum(i64);
    impl RowSink for Sum {
        fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
            let ValueRef::Int(number) = row[0] else { panic!("{row:?} is no number") };
            self.0 += number;
            Ok(Next::More)
        }
        fn restart(&mut self) {
            panic!("a query that gives rows all the time is not stopped");
        }
    }
    let mut connection = acquire(&memory().await).await;
    let mut sink = Sum(0);
    let sql = Sql::new(numbers_to(500_000));
    let (done, beside, alone) = beside_a_ticker(async { connection.run(&sql, &[], &mut sink).await }).await;
    done.expect("the query runs");
    assert_eq!(sink.0, 500_000 * 500_001 / 2);
    assert_ticked(beside, alone);
}

async fn rows_before_a_long_gap_arrive_once() {
    let mut connection = acquire(&memory().await).await;
    let text = "é".repeat(100);
    let sql = format!(
        "SELECT ?1, 1 UNION ALL SELECT x'00ff', 2 UNION ALL SELECT * FROM ({}), (SELECT ?2) UNION ALL SELECT NULL, 0.5",
        counting_to(1_000_000)
    );
    let mut sink = Rows::default();
    connection
        .run(&Sql::new(sql), &[ValueRef::Text(&text), ValueRef::Int(3)], &mut sink)
        .await
        .expect("the query runs");
    let expected = [
        [Value::Text(text.into()), Value::Int(1)],
        [Value::Bytes([0, 255].into()), Value::Int(2)],
        [Value::Int(1_000_000), Value::Int(3)],
        [Value::Null, Value::Double(0.5)],
    ];
    assert_eq!(sink.rows, expected);
    assert_eq!(sink.restarts, 1);
}

async fn a_long_query_reads_what_its_transaction_wrote() {
    let directory = TempDir::new();
    let engine = connect(directory.options()).await;
    let mut connection = acquire(&engine).await;
    connection.run_once("CREATE TABLE t (x)").await.expect("the table is made");
    connection.begin(TransactionOptions::default()).await.expect("it begins");
    execute(&mut connection, "INSERT INTO t VALUES (5)", &[]).await.expect("it writes");
    let sql = format!("SELECT x + ({}) FROM t", counting_to(1_000_000));
    assert_eq!(number(&mut connection, &sql).await, 1_000_005);
    assert_eq!(number(&mut acquire(&engine).await, "SELECT count(*) FROM t").await, 0);
    connection.commit().await.expect("it commits");
    assert_eq!(number(&mut acquire(&engine).await, "SELECT count(*) FROM t").await, 1);
}

/// One row in a hundred thousand, without an end.
fn sparse() -> Arc<Sql> {
    Sql::new(format!("SELECT x FROM ({}) WHERE x % 100000 = 0", numbers_to(ENDLESS)))
}

async fn a_sink_that_has_enough_ends_a_long_query() {
    let mut connection = acquire(&memory().await).await;
    let mut sink = Rows { limit: 3, ..Rows::default() };
    connection.run(&sparse(), &[], &mut sink).await.expect("the sink has enough");
    assert_eq!(sink.rows, [[Value::Int(100_000)], [Value::Int(200_000)], [Value::Int(300_000)]]);
    assert_eq!(number(&mut connection, "SELECT 7").await, 7);
}

async fn a_sink_that_fails_ends_a_long_query() {
    struct Picky;
    impl RowSink for Picky {
        fn row(&mut self, _row: &[ValueRef<'_>]) -> Result<Next> {
            Err(Error::app("not this one"))
        }
        fn restart(&mut self) {}
    }
    let mut connection = acquire(&memory().await).await;
    let error = connection.run(&sparse(), &[], &mut Picky).await.expect_err("the sink fails");
    assert_eq!(error.to_string(), "not this one");
    assert_eq!(number(&mut connection, "SELECT 7").await, 7);
}

async fn a_long_query_that_fails_late_says_so() {
    let mut connection = acquire(&memory().await).await;
    let sql = format!(
        "SELECT abs(-9223372036854775807 - x) FROM ({})",
        counting_to(1_000_000).replace("count(*)", "count(*) / 1000000 AS x")
    );
    let error = query(&mut connection, &sql, &[]).await.expect_err("there is no such number");
    assert!(
        matches!(error.kind(), ErrorKind::Database { message, .. } if message == "integer overflow"),
        "{error}"
    );
    assert_eq!(number(&mut connection, "SELECT 7").await, 7);
}

async fn a_dropped_long_query_frees_its_connection() {
    let directory = TempDir::new();
    for options in [SqliteOptions::memory(), directory.options().pool_size(1)] {
        let engine = connect(options).await;
        acquire(&engine).await.run_once("CREATE TABLE IF NOT EXISTS t (x)").await.expect("the table is made");
        for milliseconds in [1, 5, 30] {
            let mut connection = acquire(&engine).await;
            // The text goes with the future, while the statement still looks at its value.
            let text = "é".repeat(100_000);
            let sql = Sql::new(format!("{} WHERE instr(?1, x) = 0", counting_to(ENDLESS)));
            let mut sink = NoRows;
            let values = [ValueRef::Text(&text)];
            let query = connection.run(&sql, &values, &mut sink);
            tokio::time::timeout(Duration::from_millis(milliseconds), query)
                .await
                .expect_err("it does not end by itself");
            drop(text);
            assert!(!connection.is_usable());
            let error = connection.run(&sql, &[], &mut NoRows).await.expect_err("it cannot be used");
            assert!(error.to_string().contains("acquire another connection"), "{error}");
            // There is only this one connection: the next query waits until it is back.
            assert_eq!(number(&mut acquire(&engine).await, "SELECT count(*) FROM t").await, 0);
        }
        assert_eq!((engine.pool_status().lent, engine.pool_status().idle), (0, 1));
    }
}

async fn a_dropped_long_query_rolls_its_transaction_back() {
    let directory = TempDir::new();
    let engine = connect(directory.options()).await;
    acquire(&engine).await.run_once("CREATE TABLE t (x)").await.expect("the table is made");
    for milliseconds in [1, 5, 30] {
        let mut connection = acquire(&engine).await;
        connection
            .begin(TransactionOptions { access: Access::Write, isolation: None })
            .await
            .expect("the writer before it is gone");
        execute(&mut connection, "INSERT INTO t VALUES (1)", &[]).await.expect("it writes");
        let sql = Sql::new(counting_to(ENDLESS));
        let mut sink = NoRows;
        let query = connection.run(&sql, &[], &mut sink);
        tokio::time::timeout(Duration::from_millis(milliseconds), query)
            .await
            .expect_err("it does not end by itself");
        connection.rollback().await.expect("it is rolled back already");
        assert!(!connection.is_usable());
    }
    let mut connection = acquire(&engine).await;
    connection.begin(TransactionOptions::default()).await.expect("the writer before it is gone");
    assert_eq!(number(&mut connection, "SELECT count(*) FROM t").await, 0);
}

#[tokio::test]
async fn a_long_write_is_not_cut_short() {
    let mut connection = acquire(&memory().await).await;
    connection.run_once("CREATE TABLE t (x)").await.expect("the table is made");
    let insert = format!("INSERT INTO t {}", numbers_to(300_000));
    let done = execute(&mut connection, &insert, &[]).await.expect("it writes");
    assert_eq!(done.rows_affected, 300_000);
    let update = format!("UPDATE t SET x = -x WHERE x = 1 AND ({}) > 0 RETURNING x", counting_to(500_000));
    let rows = query(&mut connection, &update, &[]).await.expect("it writes");
    assert_eq!(rows, [[Value::Int(-1)]]);
}

#[tokio::test]
async fn a_short_statement_needs_no_poll() {
    let engine = memory().await;
    let mut connection = acquire(&engine).await;
    let sql = Sql::new("SELECT 1");
    let mut sink = NoRows;
    let answer = connection.run(&sql, &[], &mut sink);
    assert!(matches!(answer, orm_core::now::Now::Ready(_)));
    drop(answer);
    drop(connection);
    assert!(matches!(engine.acquire(), orm_core::now::Now::Ready(_)));
    assert!(drop_after(1, engine.acquire()).await.is_some());
}
