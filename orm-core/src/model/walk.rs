//! Walking relations inside the closures of a query: the typed paths `u.posts()`, `p.author().name`, and what is loaded along
//! them. A path beyond a nullable reference has nullable columns, one beyond a collection has none.

use std::marker::PhantomData;
use std::ops::Deref;

use super::{Cols, Model};
use crate::column::{Column, Condition, Expr};
use crate::definition::ColumnDef;
use crate::node::{Node, Order, Orders, Related};
use crate::path::Path;
use crate::types::ColumnType;

/// What a path says of the columns behind it. Sealed: the library implements it.
pub trait Kind: Copy + Send + Sync + 'static + sealed::Sealed {
    /// The column of a field of type `T`.
    type Column<T: ColumnType>: Copy;
    /// What a reference that is always there leads to.
    type One<T: Model>;
    /// What a reference that may be missing leads to.
    type MaybeOne<T: Model>;
    /// Names a column of the row at a path.
    fn column<T: ColumnType>(at: Path, column: &'static ColumnDef) -> Self::Column<T>;
    /// Walks a reference.
    fn one<T: Model>(at: Path) -> Self::One<T>;
    /// Walks a reference that may be missing.
    fn maybe_one<T: Model>(at: Path) -> Self::MaybeOne<T>;
}

/// The row is always there: a column has the type of its field.
#[derive(Clone, Copy, Debug)]
pub struct Required;

/// The row may be missing: a column may be NULL.
#[derive(Clone, Copy, Debug)]
pub struct Nullable;

/// There may be many rows: there are no columns.
#[derive(Clone, Copy, Debug)]
pub struct Many;

impl Kind for Required {
    type Column<T: ColumnType> = Column<T>;
    type One<T: Model> = ToOne<T, Required>;
    type MaybeOne<T: Model> = ToOne<T, Nullable>;
    #[inline]
    fn column<T: ColumnType>(at: Path, column: &'static ColumnDef) -> Column<T> {
        Column::new(at, column)
    }
    fn one<T: Model>(at: Path) -> ToOne<T, Required> {
        ToOne::new(at)
    }
    fn maybe_one<T: Model>(at: Path) -> ToOne<T, Nullable> {
        ToOne::new(at)
    }
}

impl Kind for Nullable {
    type Column<T: ColumnType> = Column<T::Nullable>;
    type One<T: Model> = ToOne<T, Nullable>;
    type MaybeOne<T: Model> = ToOne<T, Nullable>;
    #[inline]
    fn column<T: ColumnType>(at: Path, column: &'static ColumnDef) -> Column<T::Nullable> {
        Column::new(at, column)
    }
    fn one<T: Model>(at: Path) -> ToOne<T, Nullable> {
        ToOne::new(at)
    }
    fn maybe_one<T: Model>(at: Path) -> ToOne<T, Nullable> {
        ToOne::new(at)
    }
}

impl Kind for Many {
    type Column<T: ColumnType> = ();
    type One<T: Model> = ThroughMany<T>;
    type MaybeOne<T: Model> = ThroughMany<T>;
    fn column<T: ColumnType>(_: Path, _: &'static ColumnDef) {}
    fn one<T: Model>(at: Path) -> ThroughMany<T> {
        ThroughMany::new(at)
    }
    fn maybe_one<T: Model>(at: Path) -> ThroughMany<T> {
        ThroughMany::new(at)
    }
}

/// The relations of a model that has none.
#[derive(Clone, Copy, Debug)]
pub struct NoRelations;

/// The row that a reference leads to. Its columns are fields, its relations methods.
pub struct ToOne<T: Model, K: Kind> {
    columns: T::Columns<K>,
    at: Path,
}

impl<T: Model, K: Kind> Clone for ToOne<T, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Model, K: Kind> Copy for ToOne<T, K> {}

impl<T: Model, K: Kind> Deref for ToOne<T, K> {
    type Target = T::Columns<K>;
    fn deref(&self) -> &T::Columns<K> {
        &self.columns
    }
}

impl<T: Model, K: Kind> ToOne<T, K> {
    fn new(at: Path) -> Self {
        ToOne { columns: T::columns(at), at }
    }

    pub(crate) fn row(&self) -> Path {
        self.at
    }

    /// Whether there is a row, and the condition holds for it, whatever the nullability of the way there.
    pub fn has<C: Condition>(self, condition: impl FnOnce(Cols<T>) -> C) -> Expr<bool> {
        let condition = condition(T::columns(self.at)).into_condition();
        Expr::new(Node::And(vec![present::<T>(self.at, true), condition]))
    }
}

impl<T: Model> ToOne<T, Nullable> {
    /// Whether there is no row.
    pub fn is_none(self) -> Expr<bool> {
        Expr::new(present::<T>(self.at, false))
    }
}

fn present<T: Model>(at: Path, negated: bool) -> Node {
    let model = T::model();
    let key = &model.columns[usize::from(model.primary_key[0])];
    Node::IsNull { operand: Box::new(Node::Column(at, key)), negated }
}

/// What lies beyond a collection: relations to load, no columns.
pub struct ThroughMany<T: Model> {
    relations: T::Relations<Many>,
    at: Path,
}

impl<T: Model> ThroughMany<T> {
    fn new(at: Path) -> Self {
        ThroughMany { relations: T::relations(at), at }
    }
}

impl<T: Model> Deref for ThroughMany<T> {
    type Target = T::Relations<Many>;
    fn deref(&self) -> &T::Relations<Many> {
        &self.relations
    }
}

/// The rows that a collection leads to.
pub struct ToMany<T: Model> {
    relations: T::Relations<Many>,
    at: Path,
}

impl<T: Model> Clone for ToMany<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Model> Copy for ToMany<T> {}

impl<T: Model> Deref for ToMany<T> {
    type Target = T::Relations<Many>;
    fn deref(&self) -> &T::Relations<Many> {
        &self.relations
    }
}

impl<T: Model> ToMany<T> {
    /// The rows that a relation leads to. The derive calls this.
    pub fn new(at: Path) -> Self {
        ToMany { relations: T::relations(at), at }
    }

    fn selected(self) -> Selected<T> {
        Selected {
            at: self.at,
            narrowing: Narrowing::new(Path::fresh()),
            nested: Vec::new(),
            _type: PhantomData,
        }
    }

    /// Whether the condition holds for one of the rows at least.
    pub fn any<C: Condition>(self, condition: impl FnOnce(Cols<T>) -> C) -> Expr<bool> {
        self.selected().any(condition)
    }

    /// Whether the condition holds for none of the rows.
    pub fn none<C: Condition>(self, condition: impl FnOnce(Cols<T>) -> C) -> Expr<bool> {
        !self.selected().any(condition)
    }

    /// Whether the condition holds for all of the rows; true where there are none.
    pub fn all<C: Condition>(self, condition: impl FnOnce(Cols<T>) -> C) -> Expr<bool> {
        !self
            .selected()
            .any(|columns| Expr::<bool>::new(Node::Not(Box::new(condition(columns).into_condition()))))
    }

    /// Whether there is a row.
    pub fn exists(self) -> Expr<bool> {
        self.selected().exists()
    }

    /// How many rows there are.
    pub fn count(self) -> Expr<i64> {
        self.selected().count()
    }

    /// Only the rows for which the condition holds.
    pub fn filter<C: Condition>(self, condition: impl FnOnce(Cols<T>) -> C) -> Selected<T> {
        self.selected().filter(condition)
    }

    /// In this order.
    pub fn order_by<O: Orders>(self, terms: impl FnOnce(Cols<T>) -> O) -> Selected<T> {
        self.selected().order_by(terms)
    }

    /// At most so many rows of each owner.
    pub fn limit(self, rows: u64) -> Selected<T> {
        self.selected().limit(rows)
    }

    /// Loads relations of these rows as well.
    pub fn with<E: Eager>(self, relations: impl FnOnce(Cols<T>) -> E) -> Selected<T> {
        self.selected().with(relations)
    }
}

/// A collection that is narrowed by filter, order or limit.
pub struct Selected<T> {
    at: Path,
    narrowing: Narrowing,
    nested: Vec<Branch>,
    _type: PhantomData<fn() -> T>,
}

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
    fn new(row: Path) -> Self {
        Narrowing { row, filters: Vec::new(), order: Vec::new(), limit: None }
    }

    /// Whether rows may be missing.
    pub(crate) fn is_partial(&self) -> bool {
        !self.filters.is_empty() || self.limit.is_some()
    }
}

impl<T: Model> Selected<T> {
    fn columns(&self) -> Cols<T> {
        T::columns(self.narrowing.row)
    }

    /// Only the rows for which the condition holds as well.
    pub fn filter<C: Condition>(mut self, condition: impl FnOnce(Cols<T>) -> C) -> Self {
        let condition = condition(self.columns());
        self.narrowing.filters.push(condition.into_condition());
        self
    }

    /// In this order.
    pub fn order_by<O: Orders>(mut self, terms: impl FnOnce(Cols<T>) -> O) -> Self {
        terms(self.columns()).append_to(&mut self.narrowing.order);
        self
    }

    /// At most so many rows of each owner.
    pub fn limit(mut self, rows: u64) -> Self {
        self.narrowing.limit = Some(rows);
        self
    }

    /// Loads relations of these rows as well.
    pub fn with<E: Eager>(mut self, relations: impl FnOnce(Cols<T>) -> E) -> Self {
        relations(self.columns()).append_to(&mut self.nested);
        self
    }

    /// Whether the condition holds for one of the rows at least.
    pub fn any<C: Condition>(self, condition: impl FnOnce(Cols<T>) -> C) -> Expr<bool> {
        self.filter(condition).exists()
    }

    /// Whether there is a row.
    pub fn exists(self) -> Expr<bool> {
        Expr::new(self.related(false))
    }

    /// How many rows there are.
    pub fn count(self) -> Expr<i64> {
        Expr::new(self.related(true))
    }

    fn related(self, count: bool) -> Node {
        let Narrowing { row, filters, order: _, limit: _ } = self.narrowing;
        Node::Related(Box::new(Related { at: self.at, row, filters, count }))
    }
}

/// A relation to load, and what to load beyond it.
#[derive(Clone, Debug)]
pub struct Branch {
    /// The relation of the model that the branch starts from.
    pub(crate) relation: u8,
    pub(crate) narrowing: Option<Narrowing>,
    pub(crate) branches: Vec<Branch>,
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
fn grow(branches: &mut Vec<Branch>, steps: &[u8], narrowing: Option<Narrowing>, nested: Vec<Branch>) {
    let Some((first, rest)) = steps.split_first() else { return };
    let position = match branches.iter().position(|branch| branch.relation == *first) {
        Some(position) => position,
        None => {
            branches.push(Branch { relation: *first, narrowing: None, branches: Vec::new() });
            branches.len() - 1
        }
    };
    let branch = &mut branches[position];
    if rest.is_empty() {
        if narrowing.is_some() {
            branch.narrowing = narrowing;
        }
        for Branch { relation, narrowing, branches } in nested {
            grow(&mut branch.branches, &[relation], narrowing, branches);
        }
    } else {
        grow(&mut branch.branches, rest, narrowing, nested);
    }
}

impl<T: Model> Eager for ToMany<T> {
    fn append_to(self, branches: &mut Vec<Branch>) {
        grow(branches, self.at.steps(), None, Vec::new());
    }
}

impl<T: Model, K: Kind> Eager for ToOne<T, K> {
    fn append_to(self, branches: &mut Vec<Branch>) {
        grow(branches, self.at.steps(), None, Vec::new());
    }
}

impl<T: Model> Eager for ThroughMany<T> {
    fn append_to(self, branches: &mut Vec<Branch>) {
        grow(branches, self.at.steps(), None, Vec::new());
    }
}

impl<T: Model> Eager for Selected<T> {
    fn append_to(self, branches: &mut Vec<Branch>) {
        let narrowed = self.narrowing.is_partial() || !self.narrowing.order.is_empty();
        grow(branches, self.at.steps(), narrowed.then_some(self.narrowing), self.nested);
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

mod sealed {
    /// Keeps the set of kinds closed.
    pub trait Sealed {}
    impl Sealed for super::Required {}
    impl Sealed for super::Nullable {}
    impl Sealed for super::Many {}
}
