//! Which row of a statement a column belongs to: small, `Copy`, without interning.
//!
//! Two equal paths are one row of the FROM clause. Relations will add steps to a path; the renderer names the rows by first
//! use, so the same query always gives the same SQL.

use std::sync::atomic::{AtomicU32, Ordering};

/// A row of a statement: a scope (one FROM, fresh for each query, subquery or alias).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Path {
    scope: u32,
}

impl Path {
    /// A row that no other path names.
    pub fn fresh() -> Path {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        Path { scope: NEXT.fetch_add(1, Ordering::Relaxed) }
    }
}
