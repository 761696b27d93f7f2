//! Transactions: one writer at a time, in the order of asking; what is not committed is gone; savepoints.

use std::time::{Duration, Instant};

use orm_core::engine::{Access, Isolation, TransactionOptions};
use orm_core::{Engine, ErrorKind};
use orm_sqlite::{JournalMode, SqliteOptions};

use crate::support::{Lent, TempDir, acquire, connect, drop_after, execute, memory, number};

const WRITE: TransactionOptions = TransactionOptions { access: Access::Write, isolation: None };
const READ: TransactionOptions = TransactionOptions { access: Access::Read, isolation: None };
const COUNT: &str = "SELECT count(*) FROM t";

async fn with_table(options: SqliteOptions) -> orm_sqlite::SqliteEngine {
    let engine = connect(options).await;
    acquire(&engine).await.run_once("CREATE TABLE IF NOT EXISTS t (x)").await.expect("the table is made");
    engine
}

async fn insert(connection: &mut Lent) -> orm_core::Result<()> {
    execute(connection, "INSERT INTO t VALUES (1)", &[]).await.map(drop)
}

#[tokio::test]
async fn what_is_committed_stays_and_the_rest_goes() {
    let engine = with_table(SqliteOptions::memory()).await;
    let mut connection = acquire(&engine).await;
    connection.begin(WRITE).await.expect("it begins");
    insert(&mut connection).await.expect("it writes");
    connection.commit().await.expect("it commits");
    connection.begin(WRITE).await.expect("it begins");
    insert(&mut connection).await.expect("it writes");
    connection.rollback().await.expect("it rolls back");
    assert_eq!(number(&mut connection, COUNT).await, 1);
    connection.begin(WRITE).await.expect("it begins");
    insert(&mut connection).await.expect("it writes");
    drop(connection);
    assert_eq!(number(&mut acquire(&engine).await, COUNT).await, 1);
}

#[tokio::test]
async fn every_isolation_is_given() {
    let mut connection = acquire(&memory().await).await;
    for isolation in [
        None,
        Some(Isolation::ReadUncommitted),
        Some(Isolation::ReadCommitted),
        Some(Isolation::RepeatableRead),
        Some(Isolation::Serializable),
    ] {
        connection.begin(TransactionOptions { access: Access::Write, isolation }).await.expect("it begins");
        connection.commit().await.expect("it commits");
    }
}

#[tokio::test]
async fn transactions_do_not_nest_and_do_not_end_twice() {
    let mut connection = acquire(&memory().await).await;
    connection.begin(WRITE).await.expect("it begins");
    let error = connection.begin(READ).await.expect_err("one is open");
    assert!(error.to_string().contains("use a savepoint"), "{error}");
    connection.commit().await.expect("it commits");
    assert!(connection.commit().await.expect_err("none is open").to_string().contains("no transaction"));
    connection.rollback().await.expect("there is nothing to roll back");
}

#[tokio::test]
async fn a_savepoint_undoes_what_came_after_it() {
    let engine = with_table(SqliteOptions::memory()).await;
    let mut connection = acquire(&engine).await;
    connection.begin(WRITE).await.expect("it begins");
    insert(&mut connection).await.expect("it writes");
    connection.run_once("SAVEPOINT a").await.expect("it is set");
    insert(&mut connection).await.expect("it writes");
    connection.run_once("ROLLBACK TO a").await.expect("it is undone");
    connection.run_once("RELEASE a").await.expect("it is released");
    connection.commit().await.expect("it commits");
    assert_eq!(number(&mut connection, COUNT).await, 1);
}

#[tokio::test]
async fn writers_of_one_engine_queue_in_the_order_of_asking() {
    let directory = TempDir::new();
    let engine = with_table(directory.options()).await;
    // The connections are there, so that a task asks for the lock at its first poll.
    let mut lent = Vec::new();
    for _ in 0..6 {
        lent.push(acquire(&engine).await);
    }
    drop(lent);
    let mut first = acquire(&engine).await;
    first.begin(WRITE).await.expect("it begins");
    let order = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for index in 0..5 {
        let (engine, order) = (engine.clone(), order.clone());
        tasks.push(tokio::spawn(async move {
            let mut connection = acquire(&engine).await;
            connection.begin(WRITE).await.expect("its turn comes");
            order.lock().expect("nobody panicked").push(index);
            insert(&mut connection).await.expect("it writes");
            tokio::task::yield_now().await;
            connection.commit().await.expect("it commits");
        }));
        tokio::task::yield_now().await;
    }
    assert!(order.lock().expect("nobody panicked").is_empty());
    first.commit().await.expect("it commits");
    for task in tasks {
        task.await.expect("the task ends");
    }
    assert_eq!(*order.lock().expect("nobody panicked"), [0, 1, 2, 3, 4]);
    assert_eq!(number(&mut first, COUNT).await, 5);
}

#[tokio::test]
async fn statements_that_write_outside_of_a_transaction_queue_too() {
    let directory = TempDir::new();
    let engine = with_table(directory.options()).await;
    let mut first = acquire(&engine).await;
    first.begin(WRITE).await.expect("it begins");
    let task = tokio::spawn({
        let engine = engine.clone();
        async move { insert(&mut acquire(&engine).await).await }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!task.is_finished());
    assert_eq!(number(&mut acquire(&engine).await, COUNT).await, 0, "readers do not wait");
    first.commit().await.expect("it commits");
    task.await.expect("the task ends").expect("its turn came");
    assert_eq!(number(&mut first, COUNT).await, 1);
}

#[tokio::test]
async fn a_wait_for_another_writer_that_is_too_long_is_a_lock_timeout() {
    let directory = TempDir::new();
    let limit = Duration::from_millis(50);
    let (here, there) =
        (with_table(directory.options().busy_timeout(limit)).await, with_table(directory.options()).await);
    let mut holder = acquire(&there).await;
    holder.begin(WRITE).await.expect("it begins");

    let mut connection = acquire(&here).await;
    let since = Instant::now();
    for error in [connection.begin(WRITE).await, insert(&mut connection).await] {
        let error = error.expect_err("another engine writes");
        assert!(matches!(error.kind(), ErrorKind::LockTimeout) && error.is_retryable(), "{error}");
        assert!(error.to_string().contains("waited 50 ms for a lock on the database"), "{error}");
    }
    assert!(since.elapsed() >= 2 * limit);

    let mut other = acquire(&here).await;
    other.begin(READ).await.expect("readers do not wait");
    other.commit().await.expect("it commits");
    holder.commit().await.expect("it commits");
    connection.begin(WRITE).await.expect("the lock is free");
    for error in [other.begin(WRITE).await, insert(&mut other).await] {
        let error = error.expect_err("the same engine writes");
        assert!(error.to_string().contains("another session of this engine"), "{error}");
    }
}

#[tokio::test]
async fn a_writer_waits_for_a_lock_that_another_engine_gives_up() {
    let directory = TempDir::new();
    let (here, there) = (with_table(directory.options()).await, with_table(directory.options()).await);
    let mut holder = acquire(&there).await;
    holder.begin(WRITE).await.expect("it begins");
    let task = tokio::spawn(async move {
        let mut connection = acquire(&here).await;
        insert(&mut connection).await?;
        connection.begin(WRITE).await?;
        insert(&mut connection).await?;
        connection.commit().await
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    insert(&mut holder).await.expect("it writes");
    holder.commit().await.expect("it commits");
    task.await.expect("the task ends").expect("the lock was given up in time");
    assert_eq!(number(&mut holder, COUNT).await, 3);
}

#[tokio::test]
async fn a_reading_transaction_whose_snapshot_is_outdated_must_be_retried_to_write() {
    let directory = TempDir::new();
    let engine = with_table(directory.options()).await;
    let (mut reader, mut writer) = (acquire(&engine).await, acquire(&engine).await);
    reader.begin(READ).await.expect("it begins");
    assert_eq!(number(&mut reader, COUNT).await, 0);
    insert(&mut writer).await.expect("it writes");
    assert_eq!(number(&mut reader, COUNT).await, 0, "it reads its snapshot");
    let error = insert(&mut reader).await.expect_err("it read what is no longer so");
    assert!(matches!(error.kind(), ErrorKind::Deadlock) && error.is_retryable(), "{error}");
    reader.rollback().await.expect("it rolls back");
    insert(&mut writer).await.expect("the right to write was given back");
    insert(&mut reader).await.expect("the next transaction may write");
}

#[tokio::test]
async fn a_commit_waits_for_readers_where_there_is_no_write_ahead_log() {
    let directory = TempDir::new();
    let engine = with_table(directory.options().journal_mode(JournalMode::Delete)).await;
    let (mut reader, mut writer) = (acquire(&engine).await, acquire(&engine).await);
    reader.begin(READ).await.expect("it begins");
    assert_eq!(number(&mut reader, COUNT).await, 0);
    writer.begin(WRITE).await.expect("readers do not stand in the way of that");
    insert(&mut writer).await.expect("it writes");
    // A commit that is dropped while it waits did not happen, and its transaction is rolled back.
    assert!(drop_after(2, writer.commit()).await.is_none());
    assert!(!writer.is_usable());
    drop(writer);

    let mut writer = acquire(&engine).await;
    assert_eq!(number(&mut writer, COUNT).await, 0);
    writer.begin(WRITE).await.expect("it begins");
    insert(&mut writer).await.expect("it writes");
    let commit = tokio::spawn(async move { writer.commit().await });
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!commit.is_finished());
    reader.rollback().await.expect("it rolls back");
    commit.await.expect("the task ends").expect("it commits");
    assert_eq!(number(&mut reader, COUNT).await, 1);
}

#[tokio::test]
async fn a_transaction_that_sqlite_rolled_back_does_not_go_on_unnoticed() {
    let engine = with_table(SqliteOptions::memory()).await;
    let mut connection = acquire(&engine).await;
    connection.begin(WRITE).await.expect("it begins");
    execute(&mut connection, "INSERT OR ROLLBACK INTO t SELECT 1 WHERE json('{', 1)", &[])
        .await
        .expect_err("it is no JSON");
    connection.run_once("CREATE UNIQUE INDEX u ON t (x)").await.expect("the transaction goes on");
    insert(&mut connection).await.expect("the first");
    execute(&mut connection, "INSERT OR ROLLBACK INTO t VALUES (1)", &[]).await.expect_err("the second");
    for outcome in [insert(&mut connection).await, connection.commit().await] {
        let error = outcome.expect_err("there is no transaction any more");
        assert!(error.to_string().contains("rolled the transaction back"), "{error}");
    }
    connection.rollback().await.expect("it starts again");
    assert_eq!(number(&mut connection, COUNT).await, 0);
    connection.begin(WRITE).await.expect("it begins");
    connection.commit().await.expect("it commits");
}

#[tokio::test]
async fn a_failed_commit_leaves_the_transaction_open() {
    let engine = memory().await;
    let mut connection = acquire(&engine).await;
    let tables = [
        "CREATE TABLE a (id INTEGER PRIMARY KEY)",
        "CREATE TABLE b (a REFERENCES a DEFERRABLE INITIALLY DEFERRED)",
    ];
    for table in tables {
        connection.run_once(table).await.expect("the table is made");
    }
    connection.begin(WRITE).await.expect("it begins");
    execute(&mut connection, "INSERT INTO b VALUES (1)", &[]).await.expect("it is checked later");
    let error = connection.commit().await.expect_err("there is no such row");
    assert!(matches!(error.kind(), ErrorKind::ForeignKey { .. }), "{error}");
    execute(&mut connection, "INSERT INTO a VALUES (1)", &[]).await.expect("it can be made");
    connection.commit().await.expect("now it commits");
    assert_eq!(engine.pool_status().lent, 1);
}
