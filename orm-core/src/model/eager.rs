//! What `with` and `load` are told: which relations to load, how, how deep, and what beyond them. Plain data; the loaders of
//! sessions and of untracked results read it. No I/O, no SQL.

use super::walk::{Kind, Reached, Selected, ThroughMany, ToMany, ToOne};
use super::{Cols, Model};
use crate::definition::Strategy;
use crate::node::{Node, Order};
use crate::path::Path;

/// How a collection is narrowed when it is loaded or asked about.
#[derive(Clone, Debug)]
pub struct Narrowing {
    /// The row that the conditions speak of.
    pub(crate) row: Path,
    pub(crate) filters: Vec<Node>,
    pub(crate) order: Vec<Order>,
    pub(crate) limit: Option<u64>,
}

impl Narrowing {
    pub(super) fn new(row: Path) -> Self {
        Narrowing { row, filters: Vec::new(), order: Vec::new(), limit: None }
    }

    /// Whether rows may be missing.
    pub(crate) fn is_partial(&self) -> bool {
        !self.filters.is_empty() || self.limit.is_some()
    }
}

/// How far a relation of a model to itself is followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// One step, as any relation.
    #[default]
    One,
    /// So many steps.
    Levels(u32),
    /// To the end.
    Whole,
}

/// How a relation is loaded, as far as the query says.
#[derive(Clone, Debug, Default)]
pub(crate) struct How {
    /// The relation's own strategy where `None`.
    pub(crate) strategy: Option<Strategy>,
    pub(crate) depth: Depth,
    pub(crate) narrowing: Option<Narrowing>,
    /// The row of the query that it is filled from.
    pub(crate) given: Option<Path>,
}

impl How {
    /// Whether the list that is loaded may lack rows: filtered or limited here, or joined in a way that may leave some out.
    pub(crate) fn is_partial(&self) -> bool {
        self.given.is_some() || self.narrowing.as_ref().is_some_and(Narrowing::is_partial)
    }
}

/// Rows that a query joins, from which a relation can be filled.
pub trait JoinedRows<T> {
    #[doc(hidden)]
    fn joined_row(&self) -> Path;
}

/// A relation to load, and what to load beyond it.
#[derive(Clone, Debug)]
pub struct Branch {
    /// The relation of the model that the branch starts from.
    pub(crate) relation: u8,
    pub(crate) how: How,
    pub(crate) branches: Vec<Branch>,
}

impl Branch {
    /// All of a relation, and nothing beyond it.
    pub(crate) fn new(relation: u8) -> Branch {
        Branch { relation, how: How::default(), branches: Vec::new() }
    }

    /// Loads these as well beyond it.
    pub(crate) fn join(&mut self, beyond: Vec<Branch>) {
        for Branch { relation, how, branches } in beyond {
            grow(&mut self.branches, &[relation], how, branches);
        }
    }
}

/// What `with` and `load` take: a relation, however far away, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a relation to load",
    label = "expected a relation such as `u.posts()`",
    note = "`with` and `load` take relations: `.with(|u| u.posts())`, `.with(|u| u.posts().comments())`, or a tuple of them"
)]
pub trait Eager {
    /// Adds what is to be loaded.
    fn append_to(self, branches: &mut Vec<Branch>);
}

/// What a closure of `with` or `load` named.
pub fn branches<T: Model, E: Eager>(relations: impl FnOnce(Cols<T>) -> E) -> Vec<Branch> {
    let mut branches = Vec::new();
    relations(T::columns(Path::fresh())).append_to(&mut branches);
    branches
}

/// Grows the tree along a path; relations that are named twice are loaded once.
pub(super) fn grow(branches: &mut Vec<Branch>, steps: &[u8], how: How, nested: Vec<Branch>) {
    let Some((first, rest)) = steps.split_first() else { return };
    let position = match branches.iter().position(|branch| branch.relation == *first) {
        Some(position) => position,
        None => {
            branches.push(Branch::new(*first));
            branches.len() - 1
        }
    };
    let branch = &mut branches[position];
    if rest.is_empty() {
        let How { strategy, depth, narrowing, given } = how;
        branch.how.strategy = strategy.or(branch.how.strategy);
        if depth != Depth::One {
            branch.how.depth = depth;
        }
        branch.how.given = given.or(branch.how.given);
        if narrowing.is_some() {
            branch.how.narrowing = narrowing;
        }
        branch.join(nested);
    } else {
        grow(&mut branch.branches, rest, how, nested);
    }
}

impl<T: Model> Eager for ToMany<T> {
    fn append_to(self, branches: &mut Vec<Branch>) {
        grow(branches, self.at().steps(), How::default(), Vec::new());
    }
}

impl<T: Model, K: Kind> Eager for ToOne<T, K> {
    fn append_to(self, branches: &mut Vec<Branch>) {
        grow(branches, self.at().steps(), How::default(), Vec::new());
    }
}

impl<T: Model> Eager for ThroughMany<T> {
    fn append_to(self, branches: &mut Vec<Branch>) {
        grow(branches, self.at().steps(), How::default(), Vec::new());
    }
}

impl<T: Model> Eager for Selected<T> {
    fn append_to(self, branches: &mut Vec<Branch>) {
        let (at, how, nested) = self.into_parts();
        grow(branches, at.steps(), how, nested);
    }
}

impl<T: Model> Eager for Reached<T> {
    fn append_to(self, branches: &mut Vec<Branch>) {
        let Reached { at, how, nested, .. } = self;
        grow(branches, at.steps(), how, nested);
    }
}

macro_rules! eager_tuples {
    ($($($name:ident)+;)*) => {$(
        impl<$($name: Eager),+> Eager for ($($name,)+) {
            #[allow(non_snake_case)]
            fn append_to(self, branches: &mut Vec<Branch>) {
                let ($($name,)+) = self;
                $($name.append_to(branches);)+
            }
        }
    )*};
}
eager_tuples! { A; A B; A B C; A B C D; A B C D E; A B C D E F; }
