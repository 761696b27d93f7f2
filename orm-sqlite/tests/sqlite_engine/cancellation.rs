//! A future may be dropped at any of its polls: no transaction stays open, no right to write and no place in the pool is
//! lost, and the table holds whole transactions only.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use orm_core::engine::{NoRows, Sql, TransactionOptions};
use orm_core::{Engine, Result, ValueRef};
use orm_sqlite::{JournalMode, SqliteEngine, SqliteOptions};

use crate::support::{TempDir, acquire, connect, counting_to, drop_after, number, numbers_to};

const ROUNDS: usize = 1_000;
const TASKS: usize = 4;

/// Statements that every round uses, and who did what.
struct Mix {
    engine: SqliteEngine,
    insert: Arc<Sql>,
    several: Arc<Sql>,
    rows: Arc<Sql>,
    gap: Arc<Sql>,
    batches: AtomicI64,
    finished: AtomicUsize,
    dropped: AtomicUsize,
}

impl Mix {
    async fn new(options: SqliteOptions) -> Arc<Mix> {
        let engine = connect(options.pool_size(3)).await;
        let table =
            "CREATE TABLE parts (batch INTEGER NOT NULL, part INTEGER NOT NULL, UNIQUE (batch, part))";
        acquire(&engine).await.run_once(table).await.expect("the table is made");
        Arc::new(Mix {
            engine,
            insert: Sql::new("INSERT INTO parts VALUES (?, ?)"),
            several: Sql::new("INSERT INTO parts VALUES (?1, 0), (?1, 1), (?1, 2)"),
            // Some milliseconds of rows, and some without.
            rows: Sql::new(numbers_to(8_000)),
            gap: Sql::new(counting_to(20_000)),
            batches: AtomicI64::new(0),
            finished: AtomicUsize::new(0),
            dropped: AtomicUsize::new(0),
        })
    }

    /// One of the things that are done with a connection.
    async fn act(&self, kind: usize) -> Result<()> {
        let batch = ValueRef::Int(self.batches.fetch_add(1, Ordering::Relaxed));
        let mut connection = self.engine.acquire().await?;
        match kind {
            0 => {
                connection.begin(TransactionOptions::default()).await?;
                for part in 0..3 {
                    connection.run(&self.insert, &[batch, ValueRef::Int(part)], &mut NoRows).await?;
                    tokio::task::yield_now().await;
                }
                connection.commit().await?;
            }
            1 => {
                connection.run(&self.several, &[batch], &mut NoRows).await?;
            }
            2 => {
                connection.run(&self.rows, &[], &mut NoRows).await?;
            }
            3 => {
                connection.run(&self.gap, &[], &mut NoRows).await?;
            }
            _ => {
                connection.begin(TransactionOptions::default()).await?;
                connection.run(&self.several, &[batch], &mut NoRows).await?;
                connection.run(&self.gap, &[], &mut NoRows).await?;
                connection.rollback().await?;
            }
        }
        Ok(())
    }

    async fn rounds(self: Arc<Self>, task: usize) {
        for round in (task..ROUNDS).step_by(TASKS) {
            // Numbers without a common divisor, so that every kind is dropped at every poll.
            match drop_after(round % 13, self.act(round % 5)).await {
                Some(outcome) => {
                    outcome.expect("it is done in time");
                    self.finished.fetch_add(1, Ordering::Relaxed);
                }
                None => {
                    self.dropped.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }

    async fn check(&self) {
        let (finished, dropped) =
            (self.finished.load(Ordering::Relaxed), self.dropped.load(Ordering::Relaxed));
        assert!(finished > ROUNDS / 20 && dropped > ROUNDS / 20, "{finished} finished, {dropped} dropped");

        // A connection whose query is stopped on its thread comes back a moment later.
        let mut lent = Vec::new();
        for _ in 0..self.engine.pool_status().size {
            lent.push(acquire(&self.engine).await);
        }
        for connection in &mut lent {
            connection.begin(TransactionOptions::default()).await.expect("no transaction is open");
            connection.commit().await.expect("it commits");
        }
        let torn = "SELECT count(*) FROM (SELECT 1 FROM parts GROUP BY batch HAVING count(*) <> 3)";
        assert_eq!(number(&mut lent[0], torn).await, 0);
        let written = number(&mut lent[0], "SELECT count(DISTINCT batch) FROM parts").await;
        assert!(written > 0);
        drop(lent);
        assert_eq!(self.engine.pool_status().lent, 0);
        self.engine.close().await;
    }
}

async fn run(options: SqliteOptions) {
    // A writer that gets no turn in this time was forgotten by another.
    let limit = Duration::from_secs(30);
    let mix = Mix::new(options.busy_timeout(limit).acquire_timeout(limit)).await;
    let mut tasks = Vec::new();
    for task in 0..TASKS {
        tasks.push(tokio::spawn(Arc::clone(&mix).rounds(task)));
    }
    for task in tasks {
        task.await.expect("no task panics");
    }
    mix.check().await;
}

#[tokio::test(flavor = "current_thread")]
async fn dropped_futures_leave_nothing_behind_on_one_thread() {
    let directory = TempDir::new();
    run(directory.options()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_futures_leave_nothing_behind_on_several_threads() {
    let directory = TempDir::new();
    run(directory.options()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_futures_leave_nothing_behind_without_a_write_ahead_log() {
    let directory = TempDir::new();
    run(directory.options().journal_mode(JournalMode::Truncate)).await;
}
