//! The MySQL and MariaDB backend of the `orm` crate: an [`Engine`](orm_core::Engine) on sqlx's connections.
//!
//! ```no_run
//! # async fn example() -> orm_core::Result<()> {
//! use orm_core::Engine;
//! use orm_mysql::{MySqlEngine, MySqlOptions};
//!
//! let options = MySqlOptions::parse("mysql://app:secret@localhost:3306/blog?ssl-mode=verify-identity")?;
//! let engine = MySqlEngine::connect(options.pool_size(20)).await?;
//! assert_eq!(engine.target().address, "mysql://app@localhost:3306/blog");
//! # Ok(())
//! # }
//! ```
//!
//! sqlx makes the connection (TLS, passwords, the wire protocol). Lending, transactions, the decoding of rows and the
//! translation of errors are here. Each module uses only those above it in the module list.
//!
//! Every connection speaks utf8mb4, compares by code point (`utf8mb4_bin`), lives in UTC, refuses what it would have to
//! cut (strict mode) and counts the rows that a statement matched, not those that it changed. Tables are created with a
//! collation that compares by code point and does not ignore spaces at the end: `utf8mb4_nopad_bin` of MariaDB 10.2,
//! `utf8mb4_0900_bin` of MySQL 8.0.17.
//!
//! # What comes back to the pool
//!
//! A connection is lent again when its last statement was answered and its transaction has ended; an open transaction is
//! rolled back first, where a tokio runtime is at hand, and a connection whose operation was dropped half-way is closed. The
//! server then ends its transaction, though a statement that waits for a lock goes on waiting there for as long as
//! `innodb_lock_wait_timeout` says. A statement of the application that changes the session (SET, USE, LOCK TABLES, BEGIN)
//! has the connection closed when it comes back, so that nobody else meets those settings.
//!
//! A connection belongs to the runtime that made it: another runtime closes it and makes one of its own. Give each runtime
//! an engine of its own where there are several.

pub mod options;

mod dialect;
mod errors;
mod types;
mod wire;
mod connection;
mod engine;

use orm_core::dialect::{Dialect, GeneratedKeys};

pub use engine::MySqlEngine;
pub use options::{MySqlOptions, SslMode};

/// The facts of MySQL 8's SQL, to print statements without a connection. A server's own settings may differ.
pub fn mysql_dialect() -> impl Dialect {
    dialect::MySqlDialect::new(
        dialect::Family::MySql,
        (8, 4),
        GeneratedKeys::Consecutive { increment: 1 },
        dialect::Returning::Unused,
        PACKET,
    )
}

/// The facts of MariaDB 10.5's SQL, to print statements without a connection. A server's own settings may differ.
pub fn mariadb_dialect() -> impl Dialect {
    dialect::MySqlDialect::new(
        dialect::Family::MariaDb,
        (10, 11),
        GeneratedKeys::Consecutive { increment: 1 },
        dialect::Returning::Used,
        PACKET,
    )
}

/// The servers' usual `max_allowed_packet`, 16 MiB.
const PACKET: usize = 16 << 20;
