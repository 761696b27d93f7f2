//! The backend against real servers: one binary, cases by topic, each on MariaDB and, where it is there, on MySQL.

#![allow(clippy::unwrap_used)]

mod server;
mod cancellation;
mod connecting;
mod dialect;
mod errors;
mod pool;
mod round_trips;
mod statements;
