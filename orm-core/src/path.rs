//! Which row of a statement a column belongs to: small, `Copy`, without interning.
//!
//! Two equal paths are one row of the FROM clause. Relations that are walked add steps to a path; the renderer names the rows by first
//! use, so the same query always gives the same SQL.

use std::sync::atomic::{AtomicU32, Ordering};

/// A row of a statement: a scope (one FROM, fresh for each query, subquery or alias), and the relations walked from it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Path {
    scope: u32,
    length: u8,
    steps: [u8; Path::LONGEST],
}

impl Path {
    /// How many relations a path can walk.
    pub const LONGEST: usize = 11;

    /// A row that no other path names.
    pub fn fresh() -> Path {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        Path { scope: NEXT.fetch_add(1, Ordering::Relaxed), length: 0, steps: [0; Path::LONGEST] }
    }

    /// The row that a relation of this row leads to. Past the longest path the result is marked; building the statement
    /// reports it.
    #[must_use]
    pub fn step(mut self, relation: u8) -> Path {
        match self.steps.get_mut(usize::from(self.length)) {
            Some(step) => {
                *step = relation;
                self.length += 1;
            }
            None => self.length = u8::MAX,
        }
        self
    }

    /// The row that the last step started from, and the relation that it took.
    pub fn parent(mut self) -> Option<(Path, u8)> {
        if self.length == 0 || self.is_too_long() {
            return None;
        }
        self.length -= 1;
        let step = std::mem::take(&mut self.steps[usize::from(self.length)]);
        Some((self, step))
    }

    /// Whether a path starts at this row's scope.
    pub fn is_root_of(&self, path: Path) -> bool {
        self.scope == path.scope
    }

    /// The row that the same relations lead to from another row.
    pub(crate) fn moved_to(self, root: Path) -> Path {
        self.steps().iter().fold(root, |row, step| row.step(*step))
    }

    /// The relations walked, in order.
    pub fn steps(&self) -> &[u8] {
        &self.steps[..usize::from(self.length).min(Path::LONGEST)]
    }

    /// Whether more relations were walked than a path holds.
    pub fn is_too_long(&self) -> bool {
        self.length == u8::MAX
    }
}
