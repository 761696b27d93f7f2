//! The SQLite backend of the `orm` crate: an [`Engine`](orm_core::Engine) on connections that sqlx opens.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> orm_core::Result<()> {
//! use orm_core::engine::{Engine, NoRows, Sql};
//! use orm_core::ValueRef;
//! use orm_sqlite::{SqliteEngine, SqliteOptions};
//!
//! let engine = SqliteEngine::connect(SqliteOptions::parse("sqlite::memory:")?).await?;
//! let mut connection = engine.acquire().await?;
//! connection.run_once("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)").await?;
//! let insert = Sql::new("INSERT INTO users (name) VALUES (?)");
//! let done = connection.run(&insert, &[ValueRef::Text("Ann")], &mut NoRows).await?;
//! assert_eq!((done.rows_affected, done.last_insert_id), (1, 1));
//! # Ok(())
//! # }
//! ```
//!
//! sqlx opens the connection; its raw handle is then held for the connection's life, so that a statement is stepped on the
//! caller's thread, without a hand-over for each row. Each module uses only those above it in the module list.
//!
//! What to know of this backend:
//!
//! - It runs on tokio, with its timer enabled.
//! - Every connection enforces foreign keys. Files are in WAL mode, `synchronous` is NORMAL (both can be set).
//! - An in-memory database is its one connection: the pool has exactly one, which is never closed before the engine.
//! - One writer at a time: writers of one engine queue in the order of their asking; writers elsewhere are waited for up to
//!   the busy timeout. A transaction for writing takes the write lock at its start.
//! - Short statements run on the caller's thread without a poll. A read yields to the executor every millisecond, and
//!   moves to a blocking thread where it runs long without giving a row. Writes are never cut short: a statement that
//!   rewrites a large table holds its thread until it is done.
//! - Keys of `INTEGER PRIMARY KEY` columns count on from the greatest in the table: the key of a deleted last row is given
//!   again.
//! - `Done::last_insert_id` of an INSERT of several rows is the key of the last one; use RETURNING.

pub mod options;

mod dialect;
mod types;
mod errors;
mod statements;
mod raw;
mod worker;
mod connection;
mod engine;

use orm_core::dialect::Dialect;

pub use engine::SqliteEngine;
pub use options::{JournalMode, SqliteOptions, Synchronous};

/// The facts of SQLite's SQL, to print statements without a connection.
pub fn dialect() -> &'static dyn Dialect {
    &dialect::SqliteDialect
}
