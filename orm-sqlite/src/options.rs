//! Where a database is and how connections to it are kept: from a URL, refined by methods. No I/O.
//!
//! Invariant: an in-memory database has one connection, which no limit of the pool closes.

mod url;

use std::path::{Path, PathBuf};
use std::time::Duration;

use orm_core::engine::Target;
use orm_core::error::{Error, Result};
use orm_core::pool::PoolOptions;
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

/// How changes reach the file. The names are those of SQLite's `PRAGMA journal_mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalMode {
    /// A rollback journal that is deleted at each commit.
    Delete,
    /// A rollback journal that is cut to nothing at each commit.
    Truncate,
    /// A rollback journal that is overwritten at each commit.
    Persist,
    /// A write-ahead log: readers and the writer do not wait for each other. What holds where nothing is said.
    Wal,
}

/// How often the file is flushed to the disk. The names are those of SQLite's `PRAGMA synchronous`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synchronous {
    /// Never: a crash of the machine may destroy the database.
    Off,
    /// At the critical moments: with WAL the database stays whole, and a crash of the machine may lose the last commits.
    Normal,
    /// At each commit.
    Full,
}

/// What may be done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    ReadOnly,
    ReadWrite,
    Create,
}

/// What is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Memory,
    File { path: PathBuf, mode: Mode, immutable: bool },
}

/// Where a database is and how connections to it are kept.
///
/// ```
/// use std::time::Duration;
/// use orm_sqlite::SqliteOptions;
///
/// let options = SqliteOptions::parse("sqlite://blog.db")?
///     .pool_size(4)
///     .busy_timeout(Duration::from_secs(10));
/// # let _ = options;
/// # Ok::<(), orm_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    place: Place,
    pool: PoolOptions,
    busy_timeout: Duration,
    journal_mode: Option<JournalMode>,
    synchronous: Option<Synchronous>,
    statement_cache_capacity: usize,
}

impl SqliteOptions {
    /// Reads a URL. `sqlite::memory:` is a database in memory; a file is `sqlite://blog.db` or `sqlite:blog.db` (relative)
    /// and `sqlite:///var/lib/blog.db` (absolute).
    ///
    /// - The path is percent-decoded: `what%3F.db` is `what?.db`.
    /// - Parameters, after `?`: `mode` is `ro` (read only), `rw` (read and write), `rwc` (create the file where it is
    ///   missing; what holds where nothing is said) or `memory`. `immutable=true` promises that nobody changes the file.
    ///   `busy-timeout` is in seconds, `journal-mode` is `delete`, `truncate`, `persist` or `wal`, `synchronous` is `off`,
    ///   `normal` or `full`. `_` may stand for `-`. Any other is an error.
    pub fn parse(text: &str) -> Result<Self> {
        url::parse(text)
    }

    /// A database in memory. It lives as long as its engine, on one connection.
    pub fn memory() -> Self {
        SqliteOptions::new(Place::Memory)
    }

    /// A database in a file, which is created where it is missing.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        SqliteOptions::new(Place::File { path: path.into(), mode: Mode::Create, immutable: false })
    }

    fn new(place: Place) -> Self {
        let size = if place == Place::Memory { 1 } else { PoolOptions::default().size };
        SqliteOptions {
            place,
            // A connection to a file does not go stale as one to a server does.
            pool: PoolOptions {
                size,
                max_lifetime: None,
                idle_timeout: None,
                pre_ping_after: None,
                ..PoolOptions::default()
            },
            busy_timeout: Duration::from_secs(5),
            journal_mode: None,
            synchronous: None,
            statement_cache_capacity: 256,
        }
    }

    /// The greatest number of connections: 10 for a file, always 1 in memory.
    #[must_use]
    pub fn pool_size(mut self, size: usize) -> Self {
        self.pool.size = size;
        self
    }

    /// How long a caller waits for a connection of the pool.
    #[must_use]
    pub fn acquire_timeout(mut self, limit: Duration) -> Self {
        self.pool.acquire_timeout = limit;
        self
    }

    /// A connection older than this is closed when it comes back (SQLAlchemy's `pool_recycle`); never where `None`, and
    /// never in memory.
    #[must_use]
    pub fn max_lifetime(mut self, limit: Option<Duration>) -> Self {
        self.pool.max_lifetime = limit;
        self
    }

    /// A connection that idled longer than this is closed in place of being lent; never where `None`, and never in memory.
    #[must_use]
    pub fn idle_timeout(mut self, limit: Option<Duration>) -> Self {
        self.pool.idle_timeout = limit;
        self
    }

    /// A connection that idled at least this long reads its file's header before it is lent; zero tests always, `None`
    /// never.
    #[must_use]
    pub fn pre_ping_after(mut self, idle: Option<Duration>) -> Self {
        self.pool.pre_ping_after = idle;
        self
    }

    /// How long a statement waits for the locks of other connections and processes: 5 seconds where nothing is said.
    #[must_use]
    pub fn busy_timeout(mut self, limit: Duration) -> Self {
        self.busy_timeout = limit;
        self
    }

    /// How changes reach the file: by a write-ahead log where nothing is said. Without meaning in memory.
    #[must_use]
    pub fn journal_mode(mut self, mode: JournalMode) -> Self {
        self.journal_mode = Some(mode);
        self
    }

    /// How often the file is flushed to the disk: `Normal` with a write-ahead log, `Full` with the other journals, where
    /// nothing is said.
    #[must_use]
    pub fn synchronous(mut self, synchronous: Synchronous) -> Self {
        self.synchronous = Some(synchronous);
        self
    }

    /// How many prepared statements each connection keeps: 256 where nothing is said, at least 1.
    #[must_use]
    pub fn statement_cache_capacity(mut self, capacity: usize) -> Self {
        self.statement_cache_capacity = capacity.max(1);
        self
    }

    pub(crate) fn is_memory(&self) -> bool {
        self.place == Place::Memory
    }

    pub(crate) fn busy_limit(&self) -> Duration {
        self.busy_timeout
    }

    pub(crate) fn kept_statements(&self) -> usize {
        self.statement_cache_capacity
    }

    pub(crate) fn pool_options(&self) -> Result<PoolOptions> {
        if !self.is_memory() {
            return Ok(self.pool);
        }
        if self.pool.size != 1 {
            return Err(Error::config(
                "an in-memory database is its one connection: leave the pool size at 1, or use a file",
            ));
        }
        Ok(PoolOptions { max_lifetime: None, idle_timeout: None, pre_ping_after: None, ..self.pool })
    }

    /// Where these options lead.
    pub(crate) fn target(&self) -> Target {
        match &self.place {
            Place::Memory => Target { address: "sqlite::memory:".into(), database: ":memory:".into() },
            Place::File { path, mode: _, immutable: _ } => {
                let database = path.display().to_string();
                Target { address: format!("sqlite://{database}"), database }
            }
        }
    }

    /// The same for sqlx. Its busy timeout serves only while it opens the connection, on its own thread.
    pub(crate) fn for_sqlx(&self) -> SqliteConnectOptions {
        let options = SqliteConnectOptions::new()
            .foreign_keys(true)
            .serialized(false)
            .busy_timeout(self.busy_timeout)
            .disable_statement_logging();
        let Place::File { path, mode, immutable } = &self.place else {
            return options;
        };
        let options = with_path(options, path).immutable(*immutable);
        if *mode == Mode::ReadOnly || *immutable {
            return options.read_only(true);
        }
        let journal = self.journal_mode.unwrap_or(JournalMode::Wal);
        let synchronous = self.synchronous.unwrap_or(match journal {
            JournalMode::Wal => Synchronous::Normal,
            JournalMode::Delete | JournalMode::Truncate | JournalMode::Persist => Synchronous::Full,
        });
        options
            .create_if_missing(*mode == Mode::Create)
            .journal_mode(match journal {
                JournalMode::Delete => SqliteJournalMode::Delete,
                JournalMode::Truncate => SqliteJournalMode::Truncate,
                JournalMode::Persist => SqliteJournalMode::Persist,
                JournalMode::Wal => SqliteJournalMode::Wal,
            })
            .synchronous(match synchronous {
                Synchronous::Off => SqliteSynchronous::Off,
                Synchronous::Normal => SqliteSynchronous::Normal,
                Synchronous::Full => SqliteSynchronous::Full,
            })
    }
}

/// SQLite reads names that start with `file:` as URLs, and `:memory:` and the empty name as no file at all.
fn with_path(options: SqliteConnectOptions, path: &Path) -> SqliteConnectOptions {
    match path.to_str() {
        Some(text) if text.is_empty() || text.starts_with(':') || text.starts_with("file:") => {
            options.filename(Path::new(".").join(path))
        }
        _ => options.filename(path),
    }
}
