//! Several values compared as one: `tuple((u.year, u.month)).gt((2026, 3))`.

use std::marker::PhantomData;

use super::level::{Both, Level, PerGroup, PerRow};
use super::{Aggregate, Column, Expr, Operand};
use crate::node::{Node, Operator};

/// A member of a tuple: a column or an expression, whose type decides what it is compared with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a member of a tuple of columns",
    label = "expected a column or an expression"
)]
pub trait Member {
    /// The type.
    type Type;
    /// Whether it is of one row or computed from several.
    type Level: Level;
    /// The plain expression.
    fn member(self) -> Node;
}

impl<T> Member for Column<T> {
    type Type = T;
    type Level = PerRow;
    fn member(self) -> Node {
        self.into_node()
    }
}

impl<T, L: Level> Member for Expr<T, L> {
    type Type = T;
    type Level = L;
    fn member(self) -> Node {
        self.into_node()
    }
}

impl<T> Member for Aggregate<T> {
    type Type = T;
    type Level = PerGroup;
    fn member(self) -> Node {
        self.into_node()
    }
}

/// A Rust tuple of two to eight [`Member`]s.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no tuple of columns",
    label = "expected a tuple of two to eight columns or expressions"
)]
pub trait Members {
    /// The columns of a query that the tuple can be looked up in.
    type Columns;
    /// Whether they are of one row or computed from several.
    type Level: Level;
    /// The plain expressions.
    fn members(self) -> Vec<Node>;
}

/// A Rust tuple of what the members of `M` can be compared with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compared with this tuple of columns",
    label = "expected a tuple with as many values or expressions, of the columns' own types"
)]
pub trait TupleOperand<M> {
    /// Whether they are of one row or computed from several.
    type Level: Level;
    /// The plain expressions.
    fn operands(self) -> Vec<Node>;
}

/// Several columns or expressions, to be compared as a whole. Made by [`tuple()`].
pub struct Tuple<M> {
    members: Vec<Node>,
    _type: PhantomData<fn() -> M>,
}

impl<M> std::fmt::Debug for Tuple<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Tuple").field(&self.members).finish()
    }
}

/// Several columns or expressions as one: `tuple((u.year, u.month)).gt((2026, 3))`, `tuple((l.post_id, l.tag_id)).in_([(1, 2)])`.
///
/// They compare as in Rust: by the first members that differ. A NULL on the way makes the outcome unknown, also of
/// [`eq`](Tuple::eq).
pub fn tuple<M: Members>(members: M) -> Tuple<M> {
    Tuple { members: members.members(), _type: PhantomData }
}

macro_rules! comparisons {
    ($($(#[doc = $doc:literal])+ $name:ident $operator:ident;)*) => {$(
        $(#[doc = $doc])+
        pub fn $name<O: TupleOperand<M>>(self, other: O) -> Expr<bool, Both<M::Level, O::Level>> {
            Expr::new(Node::Binary {
                operator: Operator::$operator,
                left: Box::new(Node::Tuple(self.members)),
                right: Box::new(Node::Tuple(other.operands())),
            })
        }
    )*};
}

impl<M: Members> Tuple<M> {
    comparisons! {
        /// All members are equal: `tuple((u.year, u.month)).eq((2026, 3))`.
        eq Equal;
        /// Some members differ.
        ne NotEqual;
        /// Less by the first members that differ: `tuple((u.year, u.month)).lt((2026, 3))`.
        lt Less;
        /// Less or equal.
        le LessEqual;
        /// Greater by the first members that differ.
        gt Greater;
        /// Greater or equal.
        ge GreaterEqual;
    }

    /// One of the list: `tuple((l.post_id, l.tag_id)).in_([(1, 2), (1, 3)])`. Nothing is in an empty list.
    pub fn in_<O: TupleOperand<M>>(
        self,
        list: impl IntoIterator<Item = O>,
    ) -> Expr<bool, Both<M::Level, O::Level>> {
        Expr::new(self.list(list, false))
    }

    /// None of the list. Everything is outside an empty list.
    pub fn not_in<O: TupleOperand<M>>(
        self,
        list: impl IntoIterator<Item = O>,
    ) -> Expr<bool, Both<M::Level, O::Level>> {
        Expr::new(self.list(list, true))
    }

    fn list<O: TupleOperand<M>>(self, list: impl IntoIterator<Item = O>, negated: bool) -> Node {
        let mut nodes = Vec::new();
        for tuple in list {
            nodes.push(Node::Tuple(tuple.operands()));
        }
        Node::in_list(Node::Tuple(self.members), nodes, negated)
    }

    /// The plain expressions.
    pub(crate) fn into_nodes(self) -> Vec<Node> {
        self.members
    }
}

macro_rules! levels {
    ($name:ident) => { $name::Level };
    ($name:ident $($more:ident)+) => { Both<$name::Level, levels!($($more)+)> };
}

macro_rules! tuples {
    ($($($name:ident $other:ident)+;)*) => {$(
        impl<$($name: Member),+> Members for ($($name,)+) {
            type Columns = ($(Column<$name::Type>,)+);
            type Level = levels!($($name)+);
            #[allow(non_snake_case)]
            fn members(self) -> Vec<Node> {
                let ($($name,)+) = self;
                vec![$($name.member()),+]
            }
        }

        impl<$($name: Member, $other: Operand<$name::Type>),+> TupleOperand<($($name,)+)> for ($($other,)+) {
            type Level = levels!($($other)+);
            #[allow(non_snake_case)]
            fn operands(self) -> Vec<Node> {
                let ($($other,)+) = self;
                vec![$($other.operand()),+]
            }
        }
    )*};
}
tuples! {
    A Z B Y; A Z B Y C X; A Z B Y C X D W; A Z B Y C X D W E V; A Z B Y C X D W E V F U;
    A Z B Y C X D W E V F U G T; A Z B Y C X D W E V F U G T H S;
}
