//! What all peers share: the schema, the data, the checks that results are right, the stopwatch, and the protocol.
//!
//! A peer is a program: it makes a type that implements [`Peer`] and calls [`serve`]. It times nothing but what its
//! library does, and hands what it read or wrote to [`check`] afterwards. A benchmark that reads wrong rows fails.

pub mod check;
mod peer;
pub mod rows;
pub mod schema;
pub mod shop;
mod stopwatch;
mod workload;

pub use peer::{Peer, Place, serve};
pub use stopwatch::Stopwatch;
pub use workload::{GETS, POOL, READS_OF_A_TASK, ShopForm, TASKS, UPDATED, Workload};

/// What a peer answers with; the error ends the peer's part in the run.
pub type Result<T = (), E = anyhow::Error> = std::result::Result<T, E>;

/// Says that a peer has no part in a workload. The table then shows a dash.
pub fn unsupported<T>() -> Result<T> {
    Err(anyhow::Error::new(Unsupported))
}

/// The error of [`unsupported`].
#[derive(Debug)]
pub struct Unsupported;

impl std::fmt::Display for Unsupported {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("unsupported")
    }
}

impl std::error::Error for Unsupported {}
