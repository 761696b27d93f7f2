//! Runs each case on every backend, in a database of its own.
//!
//! ```text
//! case!(a_name_is_taken_once, |db| {
//!     db.create::<(User,)>().await?;
//!     ..
//! });
//! ```
//!
//! is a module `a_name_is_taken_once` with a test for each backend. The body is a future that must be `Send`; an error that
//! `?` meets fails the test and is shown with its place.
//!
//! `ORM_TEST_MARIADB_URL` and `ORM_TEST_MYSQL_URL` say where the servers are, with an account that may create databases.
//! MariaDB must be there, unless `ORM_TEST_SQLITE_ONLY=1` says that no server is; MySQL may be missing.

use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::task::Poll;
use std::time::Duration;

use orm::engine::{Connection, Done, Next, RowSink, Sql};
use orm::mysql::{MySqlEngine, MySqlOptions, SslMode};
use orm::now::{BoxFuture, Now};
use orm::sqlite::{SqliteEngine, SqliteOptions};
use orm::{
    AnyEngine, Dialect, Engine, Metadata, Model, PoolStatus, Query, Result, Session, StatementLog, Target,
    UnitOfWork, Value, ValueRef,
};
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

/// A case as one test for each backend.
macro_rules! case {
    ($name:ident, |$db:ident| $body:block) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            fn on(backend: $crate::harness::Backend) {
                $crate::harness::run(backend, |$db| async move {
                    $body
                    #[allow(unreachable_code)]
                    Ok(())
                });
            }

            #[test]
            fn sqlite_memory() {
                on($crate::harness::Backend::SqliteMemory);
            }
            #[test]
            fn sqlite_file() {
                on($crate::harness::Backend::SqliteFile);
            }
            #[test]
            fn mariadb() {
                on($crate::harness::Backend::MariaDb);
            }
            #[test]
            fn mariadb_without_returning() {
                on($crate::harness::Backend::MariaDbWithoutReturning);
            }
            #[test]
            fn mysql() {
                on($crate::harness::Backend::MySql);
            }
        }
    };
}

/// Where a case runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    SqliteMemory,
    SqliteFile,
    MariaDb,
    /// MariaDB as if it had no INSERT .. RETURNING: MySQL's way, on a server that every developer has.
    MariaDbWithoutReturning,
    MySql,
}

impl Backend {
    pub(crate) fn is_sqlite(self) -> bool {
        matches!(self, Backend::SqliteMemory | Backend::SqliteFile)
    }

    pub(crate) fn is_server(self) -> bool {
        !self.is_sqlite()
    }

    pub(crate) fn is_mariadb(self) -> bool {
        matches!(self, Backend::MariaDb | Backend::MariaDbWithoutReturning)
    }

    /// Whether INSERT gives the columns that the database filled.
    pub(crate) fn has_returning(self) -> bool {
        self.is_sqlite() || self == Backend::MariaDb
    }

    /// The text for SQLite, or the one for the servers.
    pub(crate) fn either<T>(self, sqlite: T, server: T) -> T {
        if self.is_sqlite() { sqlite } else { server }
    }
}

/// What a case comes to.
pub(crate) type Outcome = Result<(), Failure>;

/// Any error, with the place where `?` met it.
pub(crate) struct Failure {
    place: &'static Location<'static>,
    text: String,
}

impl<E: fmt::Display> From<E> for Failure {
    #[track_caller]
    fn from(error: E) -> Self {
        Failure { place: Location::caller(), text: error.to_string() }
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
}

/// One for all tests, so that they can share the connections that make and drop databases.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().expect("threads can be started")
});

/// Runs a case in a new database, which goes whatever becomes of the case.
pub(crate) fn run<F>(backend: Backend, case: impl FnOnce(Database) -> F)
where
    F: Future<Output = Outcome> + Send,
{
    let Some(database) = RUNTIME.block_on(Database::make(backend)) else { return };
    let copy = database.clone();
    let outcome = catch_unwind(AssertUnwindSafe(|| RUNTIME.block_on(case(copy))));
    RUNTIME.block_on(database.remove());
    match outcome {
        Ok(Ok(())) => {}
        Ok(Err(failure)) => panic!("{failure:?}"),
        Err(panic) => resume_unwind(panic),
    }
}

/// Runs what needs no database.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    RUNTIME.block_on(future)
}

/// Where a server is; none where the test has nothing to do.
pub(crate) fn server_url(backend: Backend) -> Option<String> {
    let (variable, optional) = match backend {
        Backend::MySql => ("ORM_TEST_MYSQL_URL", true),
        Backend::SqliteMemory | Backend::SqliteFile | Backend::MariaDb | Backend::MariaDbWithoutReturning => {
            ("ORM_TEST_MARIADB_URL", false)
        }
    };
    if let Ok(url) = std::env::var(variable) {
        return Some(url);
    }
    if std::env::var("ORM_TEST_SQLITE_ONLY").is_ok_and(|value| value == "1") {
        println!("no server is there: ORM_TEST_SQLITE_ONLY is set");
        return None;
    }
    if optional {
        println!("MySQL itself is not there: {variable} is not set");
        return None;
    }
    panic!(
        "{variable} is not set: run `cargo xtask test`, which starts the servers, or set ORM_TEST_SQLITE_ONLY=1"
    );
}

/// The database of one test.
#[derive(Clone)]
pub(crate) struct Database {
    backend: Backend,
    /// Makes further engines on the same database.
    options: Options,
    shared: SharedEngine,
    engine: AnyEngine,
}

#[derive(Clone)]
enum Options {
    Sqlite { options: SqliteOptions, directory: Option<PathBuf> },
    Server { options: MySqlOptions, name: String },
}

impl Database {
    async fn make(backend: Backend) -> Option<Database> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("orm_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let options = match backend {
            Backend::SqliteMemory => Options::Sqlite { options: SqliteOptions::memory(), directory: None },
            Backend::SqliteFile => {
                let directory = std::env::temp_dir().join(name);
                std::fs::create_dir(&directory).expect("the directory for temporary files takes another");
                let options = SqliteOptions::file(directory.join("test.db"));
                Options::Sqlite { options, directory: Some(directory) }
            }
            Backend::MariaDb | Backend::MariaDbWithoutReturning | Backend::MySql => {
                let url = server_url(backend)?;
                // TLS would take most of the time of a test. MySQL asks for it at the first login of an account, which is
                // that of `on_server`; an account that needs it at each login says so in the URL.
                let mut options = MySqlOptions::parse(&url).unwrap().pool_size(5);
                if !url.contains("ssl-mode=") {
                    options = options.ssl_mode(SslMode::Disabled);
                }
                on_server(backend, &format!("CREATE DATABASE `{name}`")).await;
                Options::Server { options: options.database(&name), name }
            }
        };
        let shared = SharedEngine::connect(backend, &options).await.unwrap();
        let engine = AnyEngine::new(shared.clone());
        Some(Database { backend, options, shared, engine })
    }

    async fn remove(self) {
        // A connection that a case leaked would be waited for.
        let _closed = tokio::time::timeout(Duration::from_secs(5), self.engine.close()).await;
        match self.options {
            Options::Sqlite { options: _, directory: None } => {}
            Options::Sqlite { options: _, directory: Some(directory) } => {
                // A case that left it open is no reason to hide what the case says.
                let _removed = std::fs::remove_dir_all(directory);
            }
            Options::Server { options: _, name } => {
                on_server(self.backend, &format!("DROP DATABASE `{name}`")).await;
            }
        }
    }

    pub(crate) fn backend(&self) -> Backend {
        self.backend
    }

    pub(crate) fn is_server(&self) -> bool {
        self.backend.is_server()
    }

    pub(crate) fn engine(&self) -> &AnyEngine {
        &self.engine
    }

    /// A new session with the default options.
    pub(crate) fn session(&self) -> UnitOfWork {
        self.engine.session()
    }

    /// Creates the tables of some models: `db.create::<(User, Post)>()`, `db.create::<(User,)>()`.
    pub(crate) async fn create<M: Models>(&self) -> Result<()> {
        M::metadata().create_all(&self.engine).await
    }

    /// The statements from now on.
    pub(crate) fn log(&self) -> Log {
        Log(self.engine.log_statements())
    }

    /// Another engine on the same database: a program of its own. Not for a database in memory, which has one connection.
    pub(crate) async fn another_engine(&self) -> Result<AnyEngine> {
        assert_ne!(self.backend, Backend::SqliteMemory, "a second engine would see another, empty database");
        Ok(AnyEngine::new(SharedEngine::connect(self.backend, &self.options).await?))
    }

    /// Another engine on the same database, with at most so many connections, which are waited for that long.
    pub(crate) async fn engine_with_pool(&self, size: usize, acquire_timeout: Duration) -> Result<AnyEngine> {
        let options = match self.options.clone() {
            Options::Sqlite { options, directory } => {
                let options = options.pool_size(size).acquire_timeout(acquire_timeout);
                Options::Sqlite { options, directory }
            }
            Options::Server { options, name } => {
                let options = options.pool_size(size).acquire_timeout(acquire_timeout);
                Options::Server { options, name }
            }
        };
        Ok(AnyEngine::new(SharedEngine::connect(self.backend, &options).await?))
    }

    /// Another engine on the same file, which waits that long for a lock.
    pub(crate) async fn engine_with_busy_timeout(&self, limit: Duration) -> Result<AnyEngine> {
        let options = match self.options.clone() {
            Options::Sqlite { options, directory } => {
                Options::Sqlite { options: options.busy_timeout(limit), directory }
            }
            Options::Server { .. } => panic!("a server's locks have limits of its own"),
        };
        Ok(AnyEngine::new(SharedEngine::connect(self.backend, &options).await?))
    }

    /// Another engine on the same database, which reads keys by RETURNING on MariaDB, as it does by itself where the server
    /// promises nothing of them.
    pub(crate) async fn engine_with_returned_keys(&self) -> Result<AnyEngine> {
        let options = match self.options.clone() {
            Options::Server { options, name } if self.backend == Backend::MariaDb => {
                Options::Server { options: options.returning(Some(true)), name }
            }
            other => other,
        };
        Ok(AnyEngine::new(SharedEngine::connect(self.backend, &options).await?))
    }

    /// Runs SQL behind the back of the library, on a connection of the same pool.
    pub(crate) async fn execute(&self, sql: &str) -> Result<Done> {
        self.shared.acquire().await?.run_once(sql).await
    }

    /// The rows of a statement, read behind the back of the library.
    pub(crate) async fn rows(&self, sql: &str) -> Result<Vec<Vec<Value>>> {
        let mut rows = Rows(Vec::new());
        self.shared.acquire().await?.run(&Sql::new(sql), &[], &mut rows).await?;
        Ok(rows.0)
    }

    /// The rows of a statement with values, read behind the back of the library.
    pub(crate) async fn rows_of(&self, sql: &Arc<Sql>, values: &[Value]) -> Result<Vec<Vec<Value>>> {
        let mut rows = Rows(Vec::new());
        let bound: Vec<ValueRef<'_>> = values.iter().map(Value::as_ref).collect();
        self.shared.acquire().await?.run(sql, &bound, &mut rows).await?;
        Ok(rows.0)
    }

    /// The one value that a statement gives, read behind the back of the library.
    pub(crate) async fn value(&self, sql: &str) -> Result<Value> {
        let rows = self.rows(sql).await?;
        match rows.as_slice() {
            [row] if row.len() == 1 => Ok(row[0].clone()),
            _ => panic!("{sql} gave {rows:?}"),
        }
    }
}

/// Runs SQL on a server, outside of any database of a test.
async fn on_server(backend: Backend, sql: &str) {
    static MARIADB: OnceCell<MySqlEngine> = OnceCell::const_new();
    static MYSQL: OnceCell<MySqlEngine> = OnceCell::const_new();
    let cell = if backend == Backend::MySql { &MYSQL } else { &MARIADB };
    let keeper = async {
        let url = server_url(backend).expect("who asks for a server has its URL");
        MySqlEngine::connect(MySqlOptions::parse(&url).unwrap().pool_size(2)).await.unwrap()
    };
    let keeper = cell.get_or_init(|| keeper).await;
    keeper.acquire().await.unwrap().run_once(sql).await.unwrap();
}

/// A backend's engine that the test keeps a handle to, for raw access.
#[derive(Clone)]
struct SharedEngine(Arc<dyn Engine>);

impl SharedEngine {
    async fn connect(backend: Backend, options: &Options) -> Result<SharedEngine> {
        Ok(SharedEngine(match options.clone() {
            Options::Sqlite { options, directory: _ } => Arc::new(SqliteEngine::connect(options).await?),
            Options::Server { options, name: _ } if backend == Backend::MariaDbWithoutReturning => {
                Arc::new(MySqlEngine::connect(options.without_returning()).await?)
            }
            Options::Server { options, name: _ } => Arc::new(MySqlEngine::connect(options).await?),
        }))
    }
}

impl Engine for SharedEngine {
    fn dialect(&self) -> &dyn Dialect {
        self.0.dialect()
    }
    fn acquire(&self) -> Now<'_, Result<Box<dyn Connection>>> {
        self.0.acquire()
    }
    fn run<'a>(
        &'a self,
        sql: &'a Arc<Sql>,
        values: &'a [ValueRef<'a>],
        sink: &'a mut dyn RowSink,
    ) -> Now<'a, Result<Done>> {
        self.0.run(sql, values, sink)
    }
    fn run_and_commit<'a>(
        &'a self,
        sql: &'a Arc<Sql>,
        values: &'a [ValueRef<'a>],
        sink: &'a mut dyn RowSink,
    ) -> Now<'a, Result<Done>> {
        self.0.run_and_commit(sql, values, sink)
    }
    fn close(&self) -> BoxFuture<'_, ()> {
        self.0.close()
    }
    fn pool_status(&self) -> PoolStatus {
        self.0.pool_status()
    }
    fn target(&self) -> &Target {
        self.0.target()
    }
}

struct Rows(Vec<Vec<Value>>);

impl RowSink for Rows {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        self.0.push(row.iter().map(|value| value.to_value()).collect());
        Ok(Next::More)
    }
    fn restart(&mut self) {
        self.0.clear();
    }
}

/// A tuple of models.
pub(crate) trait Models {
    fn metadata() -> Metadata;
}

macro_rules! models {
    ($($($model:ident)+;)*) => {$(
        impl<$($model: Model),+> Models for ($($model,)+) {
            fn metadata() -> Metadata {
                Metadata::empty()$(.with::<$model>())+
            }
        }
    )*};
}
models! { A; A B; A B C; A B C D; A B C D E; A B C D E F; A B C D E F G; A B C D E F G H; }

/// The statements since it was opened.
pub(crate) struct Log(StatementLog);

impl Log {
    /// The texts so far without the quotes of identifiers, and forgets them.
    pub(crate) fn take(&self) -> Vec<String> {
        self.0.take_sql().iter().map(|sql| unquoted(sql)).collect()
    }

    /// The same without BEGIN and COMMIT.
    pub(crate) fn take_writes(&self) -> Vec<String> {
        let mut statements = self.take();
        statements.retain(|sql| sql != "BEGIN" && sql != "COMMIT");
        statements
    }
}

/// SQL without the quotes of identifiers, so that one text serves all backends. Names in tests need none.
pub(crate) fn unquoted(sql: &str) -> String {
    sql.replace(['"', '`'], "")
}

/// What a query would send, without the quotes of identifiers.
pub(crate) trait QuerySql {
    fn sql(&self) -> String;
}

impl<S: Session, T: Model> QuerySql for Query<S, T> {
    fn sql(&self) -> String {
        unquoted(&self.to_sql().unwrap().sql)
    }
}

/// Waits until something is true, for at most five seconds.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    for _ in 0..500 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} did not come true in five seconds");
}

/// Polls a future at most so often, then drops it; what it gave, if it ended.
pub(crate) async fn polled<F: IntoFuture>(future: F, times: u32) -> Option<F::Output> {
    let mut future = Box::pin(future.into_future());
    let mut left = times;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}
