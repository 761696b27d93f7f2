//! Walking relations inside the closures of a query: the typed paths `u.posts()`, `p.author().name`, and what is loaded along
//! them. A path beyond a nullable reference has nullable columns, one beyond a collection has none.

mod probe;

use std::marker::PhantomData;
use std::ops::Deref;

use super::eager::{Branch, Depth, Eager, How, JoinedRows, Narrowing};
use super::{Cols, Model};
use crate::column::{Column, Condition, Expr};
use crate::definition::{ColumnDef, Strategy};
use crate::node::{Function, Node, Orders, Related};
use crate::path::Path;
use crate::types::ColumnType;
use crate::value::Value;

pub use probe::{NoSuchName, Otherwise, Probe};
/// The ways to load what a path leads to, on each type that names one.
macro_rules! loading {
    ($(impl [$($generics:tt)*] $type:ty => $into:ty, $start:ident;)*) => {$(
        impl<$($generics)*> $type {
            /// Loads it in the statement that reads the rows it starts from, by a LEFT JOIN. What is loaded is the same as
            /// without; a relation that is limited for each owner, or followed to some depth, has a statement of its own.
            pub fn joined(self) -> $into {
                self.by(Strategy::Joined)
            }

            /// Loads it by one more statement, which asks for the keys of the rows that it starts from.
            pub fn select_in(self) -> $into {
                self.by(Strategy::SelectIn)
            }

            /// Does not load it, and makes a `session.load` of it an error for the objects of this query, so that a program
            /// cannot come to load it by and by. What a delete has to know is loaded all the same.
            pub fn raise(self) -> $into {
                self.by(Strategy::Raise)
            }

            fn by(self, strategy: Strategy) -> $into {
                let mut chosen = self.$start();
                chosen.how.strategy = Some(strategy);
                chosen
            }

            /// Fills it from rows that the query joins itself, in place of a statement: `query.join(&posts, ..)
            /// .filter(..).with(|u| u.posts().from_join(&posts))`. A collection that is filled so holds what the query left
            /// of it, and counts as partial.
            pub fn from_join(self, rows: &impl JoinedRows<T>) -> $into {
                let mut chosen = self.$start();
                chosen.how.given = Some(rows.joined_row());
                chosen
            }

            /// Follows a relation of a model to itself so many steps, by one statement for each.
            pub fn depth(self, levels: u32) -> $into {
                let mut chosen = self.$start();
                chosen.how.depth = Depth::Levels(levels);
                chosen
            }

            /// Follows a relation of a model to itself to the end, by one recursive statement; where it is filtered or
            /// limited for each owner, by one statement for each level. A cycle in the data ends where it closes.
            pub fn recursive(self) -> $into {
                let mut chosen = self.$start();
                chosen.how.depth = Depth::Whole;
                chosen
            }
        }
    )*};
}

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
    /// What stands behind the columns and relations of a row, for names that are neither: nothing, but for the derive of
    /// projections, which asks with a [`Probe`] what a name is.
    type Beyond: 'static;
    /// Its value.
    fn beyond() -> &'static Self::Beyond;
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
    type Beyond = ();
    fn beyond() -> &'static () {
        &()
    }
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
    type Beyond = ();
    fn beyond() -> &'static () {
        &()
    }
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
    type Beyond = ();
    fn beyond() -> &'static () {
        &()
    }
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

    pub(super) fn at(self) -> Path {
        self.at
    }

    fn reached(self) -> Reached<T> {
        Reached::new(self.at)
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

loading! {
    impl [T: Model, K: Kind] ToOne<T, K> => Reached<T>, reached;
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

/// A reference to load, and how.
pub struct Reached<T> {
    pub(super) at: Path,
    pub(super) how: How,
    pub(super) nested: Vec<Branch>,
    _type: PhantomData<fn() -> T>,
}

impl<T> Reached<T> {
    fn new(at: Path) -> Self {
        Reached { at, how: How::default(), nested: Vec::new(), _type: PhantomData }
    }

    fn itself(self) -> Self {
        self
    }
}

impl<T: Model> Reached<T> {
    /// Loads relations of these rows as well.
    pub fn with<E: Eager>(mut self, relations: impl FnOnce(Cols<T>) -> E) -> Self {
        relations(T::columns(Path::fresh())).append_to(&mut self.nested);
        self
    }
}

loading! {
    impl [T: Model] Reached<T> => Reached<T>, itself;
    impl [T: Model] ThroughMany<T> => Reached<T>, reached;
    impl [T: Model] ToMany<T> => Selected<T>, selected;
    impl [T: Model] Selected<T> => Selected<T>, itself;
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

    pub(super) fn at(&self) -> Path {
        self.at
    }

    fn reached(self) -> Reached<T> {
        Reached::new(self.at)
    }

    /// Loads relations of these rows as well.
    pub fn with<E: Eager>(self, relations: impl FnOnce(Cols<T>) -> E) -> Reached<T> {
        self.reached().with(relations)
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

    /// The step into the collection, and how it is narrowed: not at all.
    pub(crate) fn into_narrowed(self) -> (Path, Narrowing, bool) {
        self.selected().into_narrowed()
    }

    pub(super) fn at(self) -> Path {
        self.at
    }

    fn selected(self) -> Selected<T> {
        Selected {
            at: self.at,
            narrowing: Narrowing::new(Path::fresh()),
            how: How::default(),
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

/// A collection that is narrowed by filter, order or limit, or loaded in a way of its own.
pub struct Selected<T> {
    at: Path,
    narrowing: Narrowing,
    how: How,
    nested: Vec<Branch>,
    _type: PhantomData<fn() -> T>,
}

impl<T: Model> Selected<T> {
    /// The step into the collection, how it is narrowed, and whether something is loaded along.
    pub(crate) fn into_narrowed(self) -> (Path, Narrowing, bool) {
        let loads_along = !self.nested.is_empty() || self.how.depth != Depth::default();
        (self.at, self.narrowing, loads_along)
    }

    fn columns(&self) -> Cols<T> {
        T::columns(self.narrowing.row)
    }

    fn itself(self) -> Self {
        self
    }

    /// Where it leads, how it is loaded, and what beyond it.
    pub(super) fn into_parts(self) -> (Path, How, Vec<Branch>) {
        let Selected { at, narrowing, how, nested, _type } = self;
        let narrowed = narrowing.is_partial() || !narrowing.order.is_empty();
        (at, How { narrowing: narrowed.then_some(narrowing), ..how }, nested)
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
    pub fn exists(mut self) -> Expr<bool> {
        if self.narrowing.limit == Some(0) {
            self.narrowing.filters.push(Node::Value(Value::Bool(false)));
        }
        Expr::new(self.related(false))
    }

    /// How many rows there are; with a limit, not more than that.
    pub fn count(self) -> Expr<i64> {
        let limit = self.narrowing.limit;
        let count = self.related(true);
        let Some(limit) = limit else { return Expr::new(count) };
        let most = Node::Value(Value::Int(i64::try_from(limit).unwrap_or(i64::MAX)));
        Expr::new(Node::Call { function: Function::Least, arguments: vec![count, most] })
    }

    fn related(self, count: bool) -> Node {
        let Narrowing { row, filters, order: _, limit: _ } = self.narrowing;
        Node::Related(Box::new(Related { at: self.at, row, filters, count }))
    }
}

mod sealed {
    /// Keeps the set of kinds closed.
    pub trait Sealed {}
    impl Sealed for super::Required {}
    impl Sealed for super::Nullable {}
    impl Sealed for super::Many {}
    impl<F> Sealed for super::probe::Probe<F> {}
}
