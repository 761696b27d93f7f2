//! What is measured of this library alone: `bench-measures NAME`, or `bench-measures NAME quick`.
//!
//! Each figure is a line: its name, a tab, a number. The driver knows the names.

mod allocations;
mod floor;
mod growth;
mod ticker;

use std::alloc::System;

use bench_common::Result;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

/// Counts what is allocated. A program of its own, so that the peer is not slowed down by it.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    Full,
    Quick,
}

fn main() -> Result {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (name, extent) = match words[..] {
        [name] => (name, Extent::Full),
        [name, "quick"] => (name, Extent::Quick),
        _ => anyhow::bail!("usage: bench-measures NAME [quick]"),
    };
    match name {
        "allocations" => current_thread()?.block_on(allocations::run()),
        "growth" => current_thread()?.block_on(growth::run(extent)),
        "ticker" => ticker::run(extent),
        _ => anyhow::bail!("there is no measure `{name}`"),
    }
}

fn current_thread() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

/// Prints a figure for the driver.
pub(crate) fn figure(name: impl std::fmt::Display, value: f64) {
    println!("{name}\t{value}");
}
