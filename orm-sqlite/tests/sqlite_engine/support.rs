//! What the cases share: databases, a sink that keeps rows, and a future that is dropped after some polls.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

use orm_core::engine::{Done, Next, NoRows, RowSink, Sql};
use orm_core::{Connection, Engine, Result, Value, ValueRef};
use orm_sqlite::{SqliteEngine, SqliteOptions};

/// A connection as engines lend it.
pub(crate) type Lent = Box<dyn Connection>;

/// A directory that is removed when it is dropped.
pub(crate) struct TempDir(PathBuf);

impl TempDir {
    pub(crate) fn new() -> TempDir {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("orm-sqlite-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("the temporary directory can be written");
        TempDir(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn options(&self) -> SqliteOptions {
        SqliteOptions::file(self.0.join("test.db"))
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) async fn connect(options: SqliteOptions) -> SqliteEngine {
    SqliteEngine::connect(options).await.expect("the database opens")
}

pub(crate) async fn memory() -> SqliteEngine {
    connect(SqliteOptions::memory()).await
}

pub(crate) async fn acquire(engine: &SqliteEngine) -> Lent {
    engine.acquire().await.expect("a connection is free")
}

/// A sink that keeps all rows.
#[derive(Default)]
pub(crate) struct Rows {
    pub(crate) rows: Vec<Vec<Value>>,
    pub(crate) restarts: usize,
    /// It has enough after so many rows; zero is never.
    pub(crate) limit: usize,
}

impl RowSink for Rows {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        self.rows.push(row.iter().map(|value| value.to_value()).collect());
        Ok(if self.rows.len() == self.limit { Next::Enough } else { Next::More })
    }

    fn restart(&mut self) {
        self.rows.clear();
        self.restarts += 1;
    }
}

/// Runs a statement and keeps its rows.
pub(crate) async fn query(
    connection: &mut Lent,
    sql: &str,
    values: &[ValueRef<'_>],
) -> Result<Vec<Vec<Value>>> {
    let mut sink = Rows::default();
    connection.run(&Sql::new(sql), values, &mut sink).await?;
    Ok(sink.rows)
}

/// Runs a statement that gives no rows.
pub(crate) async fn execute(connection: &mut Lent, sql: &str, values: &[ValueRef<'_>]) -> Result<Done> {
    connection.run(&Sql::new(sql), values, &mut NoRows).await
}

/// The one integer that a query gives.
pub(crate) async fn number(connection: &mut Lent, sql: &str) -> i64 {
    let rows = query(connection, sql, &[]).await.expect("the query runs");
    match rows[..] {
        [ref row] => match row[..] {
            [Value::Int(number)] => number,
            _ => panic!("{sql} gives {row:?}"),
        },
        _ => panic!("{sql} gives {} rows", rows.len()),
    }
}

/// A query that gives one row, its number of rows, after so many rows were counted. It makes about nine steps of SQLite's
/// machine for each of them.
pub(crate) fn counting_to(rows: u64) -> String {
    format!(
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {rows}) SELECT count(*) FROM n"
    )
}

/// A query that gives so many rows.
pub(crate) fn numbers_to(rows: u64) -> String {
    format!(
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {rows}) SELECT x FROM n"
    )
}

/// Polls a future at most so many times, then drops it and gives none.
pub(crate) struct DropAfter<F> {
    future: Option<Pin<Box<F>>>,
    polls: usize,
}

pub(crate) fn drop_after<F: Future>(polls: usize, future: F) -> DropAfter<F> {
    DropAfter { future: Some(Box::pin(future)), polls }
}

impl<F: Future> Future for DropAfter<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls == 0 {
            self.future = None;
        }
        let Some(future) = &mut self.future else { return Poll::Ready(None) };
        match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if self.polls == 1 => {
                self.future = None;
                Poll::Ready(None)
            }
            Poll::Pending => {
                self.polls -= 1;
                Poll::Pending
            }
        }
    }
}
