//! Servers for tests, and a database of its own for each test.
//!
//! `ORM_TEST_MARIADB_URL` and `ORM_TEST_MYSQL_URL` say where they are, with an account that may create databases. MariaDB
//! must be there, unless `ORM_TEST_SQLITE_ONLY=1` says that no server is; MySQL may be missing.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;

use orm_core::engine::{Connection, Done, Engine, Next, NoRows, RowSink, Sql};
use orm_core::error::Result;
use orm_core::value::{Value, ValueRef};
use orm_mysql::{MySqlEngine, MySqlOptions};

/// A server, and how it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    MariaDb,
    /// MariaDB as if it had no INSERT .. RETURNING.
    MariaDbWithoutReturning,
    MySql,
}

/// A database of one test.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) options: MySqlOptions,
}

/// Where a kind of server is; none where the test has nothing to do.
pub(crate) fn url(kind: Kind) -> Option<String> {
    let (variable, optional) = match kind {
        Kind::MariaDb | Kind::MariaDbWithoutReturning => ("ORM_TEST_MARIADB_URL", false),
        Kind::MySql => ("ORM_TEST_MYSQL_URL", true),
    };
    if let Ok(url) = std::env::var(variable) {
        return Some(url);
    }
    if optional {
        println!("MySQL itself is not there: {variable} is not set");
        return None;
    }
    if std::env::var("ORM_TEST_SQLITE_ONLY").is_ok_and(|value| value == "1") {
        println!("no server is there: ORM_TEST_SQLITE_ONLY is set");
        return None;
    }
    panic!("{variable} is not set: run `cargo xtask test`, which starts the servers");
}

/// Runs a case on every server that is there, each time in a database of its own.
pub(crate) async fn on_each<F, Case>(case: Case)
where
    Case: Fn(Database) -> F,
    F: Future<Output = ()>,
{
    for kind in [Kind::MariaDb, Kind::MariaDbWithoutReturning, Kind::MySql] {
        on(kind, &case).await;
    }
}

/// Runs a case on every server that is there, as it is.
pub(crate) async fn on_both<F, Case>(case: Case)
where
    Case: Fn(Database) -> F,
    F: Future<Output = ()>,
{
    for kind in [Kind::MariaDb, Kind::MySql] {
        on(kind, &case).await;
    }
}

async fn on<F, Case>(kind: Kind, case: &Case)
where
    Case: Fn(Database) -> F,
    F: Future<Output = ()>,
{
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let Some(url) = url(kind) else {
        return;
    };
    let mut options = MySqlOptions::parse(&url).unwrap();
    if kind == Kind::MariaDbWithoutReturning {
        options = options.without_returning();
    }
    let name = format!("orm_mysql_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let keeper = MySqlEngine::connect(options.clone()).await.unwrap();
    run_once(&keeper, &format!("CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"))
        .await
        .unwrap();
    let database = Database { kind, name: name.clone(), options: options.database(&name) };
    let mut running = pin!(case(database));
    // A case that fails leaves no database behind.
    let outcome = poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(cx))) {
        Ok(poll) => poll.map(Ok),
        Err(failure) => Poll::Ready(Err(failure)),
    })
    .await;
    run_once(&keeper, &format!("DROP DATABASE `{name}`")).await.unwrap();
    keeper.close().await;
    if let Err(failure) = outcome {
        eprintln!("the case failed on {kind:?}");
        resume_unwind(failure);
    }
}

impl Database {
    /// The server's host and port, as its URL has them.
    pub(crate) fn address(&self) -> String {
        let url = url(self.kind).unwrap();
        let (_scheme, rest) = url.split_once("://").unwrap();
        let rest = rest.rsplit_once('@').map_or(rest, |(_account, rest)| rest);
        rest.split('/').next().unwrap().to_owned()
    }

    pub(crate) async fn engine(&self) -> MySqlEngine {
        MySqlEngine::connect(self.options.clone()).await.unwrap()
    }
}

/// Runs a statement on a connection of its own.
pub(crate) async fn run_once(engine: &MySqlEngine, sql: &str) -> Result<Done> {
    engine.acquire().await?.run_once(sql).await
}

/// Keeps all rows.
#[derive(Default)]
pub(crate) struct Rows(pub(crate) Vec<Vec<Value>>);

impl RowSink for Rows {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        self.0.push(row.iter().map(|value| value.to_value()).collect());
        Ok(Next::More)
    }
    fn restart(&mut self) {
        self.0.clear();
    }
}

/// Runs a statement for its rows.
pub(crate) async fn rows(
    connection: &mut dyn Connection,
    sql: &str,
    values: &[ValueRef<'_>],
) -> Result<Vec<Vec<Value>>> {
    let mut rows = Rows::default();
    connection.run(&Sql::new(sql), values, &mut rows).await?;
    Ok(rows.0)
}

/// Runs a statement for its effect.
pub(crate) async fn execute(
    connection: &mut dyn Connection,
    sql: &str,
    values: &[ValueRef<'_>],
) -> Result<Done> {
    let sql: Arc<Sql> = Sql::new(sql);
    connection.run(&sql, values, &mut NoRows).await
}

/// Waits until something is true, for at most ten seconds.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..1000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{what} did not come in ten seconds");
}
