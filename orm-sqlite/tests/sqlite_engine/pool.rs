//! Lending: how many connections there are, who waits, what a connection brings along.

use std::time::Duration;

use orm_core::engine::{Access, PoolStatus, TransactionOptions};
use orm_core::{Engine, ErrorKind};
use orm_sqlite::{SqliteEngine, SqliteOptions};

use crate::support::{TempDir, acquire, connect, execute, memory, number};

#[tokio::test]
async fn connections_are_opened_as_they_are_needed_and_kept() {
    let directory = TempDir::new();
    let engine = connect(directory.options().pool_size(3)).await;
    assert_eq!(engine.pool_status(), PoolStatus { size: 3, lent: 0, idle: 1 });
    let (first, second) = (acquire(&engine).await, acquire(&engine).await);
    assert_eq!(engine.pool_status(), PoolStatus { size: 3, lent: 2, idle: 0 });
    drop((first, second));
    assert_eq!(engine.pool_status(), PoolStatus { size: 3, lent: 0, idle: 2 });
}

#[tokio::test]
async fn a_wait_for_a_connection_that_is_too_long_says_what_was_waited_for() {
    let directory = TempDir::new();
    let options = directory.options().pool_size(2).acquire_timeout(Duration::from_millis(20));
    let engine = connect(options).await;
    let _lent = (acquire(&engine).await, acquire(&engine).await);
    let error = engine.acquire().await.err().expect("both are lent");
    assert_eq!(error.to_string(), "waiting for one of 2 connections of the pool took longer than 20 ms");
    assert!(matches!(error.kind(), ErrorKind::Timeout { .. }));
}

#[tokio::test]
async fn a_database_in_memory_is_one_for_the_whole_engine() {
    let engine = memory().await;
    acquire(&engine).await.run_once("CREATE TABLE t (x)").await.expect("the table is made");
    execute(&mut acquire(&engine).await, "INSERT INTO t VALUES (5)", &[]).await.expect("the table is there");
    assert_eq!(number(&mut acquire(&engine).await, "SELECT x FROM t").await, 5);
    assert_eq!(engine.pool_status(), PoolStatus { size: 1, lent: 0, idle: 1 });

    let error =
        SqliteEngine::connect(SqliteOptions::memory().pool_size(2)).await.expect_err("two would be two");
    assert!(error.to_string().contains("its one connection"), "{error}");
}

#[tokio::test]
async fn a_wait_for_the_connection_of_a_database_in_memory_says_who_holds_it() {
    let engine = connect(SqliteOptions::memory().acquire_timeout(Duration::from_millis(20))).await;
    let _lent = acquire(&engine).await;
    let error = engine.acquire().await.err().expect("it is lent");
    assert!(
        error.to_string().contains("the one connection of an in-memory database is held by a transaction"),
        "{error}"
    );
}

#[tokio::test]
async fn a_database_in_memory_outlives_every_limit() {
    let none = Some(Duration::ZERO);
    let options = SqliteOptions::memory().max_lifetime(none).idle_timeout(none).pre_ping_after(none);
    let engine = connect(options).await;
    acquire(&engine).await.run_once("CREATE TABLE t (x)").await.expect("the table is made");
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(number(&mut acquire(&engine).await, "SELECT count(*) FROM t").await, 0);
}

#[tokio::test]
async fn old_connections_to_a_file_are_replaced() {
    let directory = TempDir::new();
    let engine = connect(directory.options().max_lifetime(Some(Duration::ZERO))).await;
    acquire(&engine).await.run_once("CREATE TEMP TABLE mine (x)").await.expect("the table is made");
    let own = "SELECT count(*) FROM sqlite_temp_schema";
    assert_eq!(number(&mut acquire(&engine).await, own).await, 0);
    assert_eq!(engine.pool_status().idle, 0);
}

#[tokio::test]
async fn a_connection_that_is_tested_before_use_works() {
    let directory = TempDir::new();
    let engine = connect(directory.options().pre_ping_after(Some(Duration::ZERO))).await;
    acquire(&engine).await.run_once("CREATE TABLE t (x)").await.expect("the table is made");
    assert_eq!(number(&mut acquire(&engine).await, "SELECT count(*) FROM t").await, 0);
}

#[tokio::test]
async fn every_connection_enforces_foreign_keys_and_a_file_has_a_write_ahead_log() {
    let directory = TempDir::new();
    let engine = connect(directory.options().pool_size(3)).await;
    let mut lent = [acquire(&engine).await, acquire(&engine).await, acquire(&engine).await];
    for connection in &mut lent {
        assert_eq!(number(connection, "SELECT foreign_keys FROM pragma_foreign_keys").await, 1);
        assert_eq!(number(connection, "SELECT journal_mode = 'wal' FROM pragma_journal_mode").await, 1);
        assert_eq!(number(connection, "SELECT synchronous FROM pragma_synchronous").await, 1);
    }
}

#[tokio::test]
async fn foreign_keys_that_were_switched_off_are_on_for_the_next() {
    let engine = memory().await;
    let mut connection = acquire(&engine).await;
    let (off, _) = engine.dialect().without_foreign_keys().expect("SQLite has a switch");
    connection.run_once(off).await.expect("it is switched");
    assert_eq!(number(&mut connection, "SELECT foreign_keys FROM pragma_foreign_keys").await, 0);
    drop(connection);
    assert_eq!(number(&mut acquire(&engine).await, "SELECT foreign_keys FROM pragma_foreign_keys").await, 1);
}

#[tokio::test]
async fn a_closed_engine_waits_for_its_connections_and_lends_no_more() {
    let directory = TempDir::new();
    let engine = connect(directory.options()).await;
    let mut connection = acquire(&engine).await;
    let closing = tokio::spawn({
        let engine = engine.clone();
        async move { engine.close().await }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!closing.is_finished());
    connection.run_once("CREATE TABLE t (x)").await.expect("a lent connection goes on");
    connection.begin(TransactionOptions { access: Access::Write, isolation: None }).await.expect("it begins");
    drop(connection);
    closing.await.expect("closing ends");
    let error = engine.acquire().await.err().expect("it is closed");
    assert!(matches!(error.kind(), ErrorKind::Closed { .. }), "{error}");
    // The last connection to a file takes its log away.
    assert!(!directory.path().join("test.db-wal").exists());
}
