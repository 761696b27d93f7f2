//! The SQLite backend through its contract: an engine, its connections, and what becomes of them.
//! Against databases in memory and in files of temporary directories.

mod cancellation;
mod errors;
mod keys;
mod long_work;
mod pool;
mod statements;
mod support;
mod transactions;
mod values;
