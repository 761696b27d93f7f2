//! The operators: one macro writes them for columns, expressions and aggregates alike.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Rem, Sub};

use super::level::{Both, Level, PerGroup, PerRow};
use super::operand::Operand;
use super::{Aggregate, Column, Expr};
use crate::node::{Direction, Function, Match, Node, Nulls, Operator, Order};
use crate::types::{ColumnType, Numeric, Scalar, SqlType, Textual};

fn binary(left: Node, operator: Operator, right: Node) -> Node {
    Node::Binary { operator, left: Box::new(left), right: Box::new(right) }
}

fn order(node: Node, direction: Direction) -> Order {
    Order { node, direction, nulls: Nulls::Default }
}

fn between(operand: Node, low: Node, high: Node, negated: bool) -> Node {
    Node::Between { operand: Box::new(operand), low: Box::new(low), high: Box::new(high), negated }
}

fn matching(operand: Node, kind: Match, text: String, negated: bool) -> Node {
    Node::Match { operand: Box::new(operand), kind, text, negated }
}

fn null_test(operand: Node, negated: bool) -> Node {
    Node::IsNull { operand: Box::new(operand), negated }
}

fn call(function: Function, arguments: Vec<Node>) -> Node {
    Node::Call { function, arguments }
}

/// COALESCE; a chain of them is one.
fn coalesce(value: Node, other: Node) -> Node {
    match value {
        Node::Call { function: Function::Coalesce, mut arguments } => {
            arguments.push(other);
            call(Function::Coalesce, arguments)
        }
        value => call(Function::Coalesce, vec![value, other]),
    }
}

/// Arithmetic; decimal numbers stay exact where a backend computes them as binary fractions.
fn arithmetic<T: ColumnType>(left: Node, operator: Operator, right: Node) -> Node {
    let node = binary(left, operator, right);
    match T::TYPE {
        SqlType::Decimal { .. } => call(Function::Exact, vec![node]),
        _ => node,
    }
}

/// Flattens chains of `&` and `|`, so that a thousand terms are one node and not a thousand levels.
pub(super) fn both(left: Node, right: Node) -> Node {
    match (left, right) {
        (Node::And(mut terms), Node::And(more)) => {
            terms.extend(more);
            Node::And(terms)
        }
        (Node::And(mut terms), term) => {
            terms.push(term);
            Node::And(terms)
        }
        (left, right) => Node::And(vec![left, right]),
    }
}

pub(super) fn either(left: Node, right: Node) -> Node {
    match (left, right) {
        (Node::Or(mut terms), Node::Or(more)) => {
            terms.extend(more);
            Node::Or(terms)
        }
        (Node::Or(mut terms), term) => {
            terms.push(term);
            Node::Or(terms)
        }
        (left, right) => Node::Or(vec![left, right]),
    }
}

fn nodes<T, V: Operand<T>>(values: impl IntoIterator<Item = V>) -> Vec<Node> {
    let mut nodes = Vec::new();
    for value in values {
        nodes.push(value.operand());
    }
    nodes
}

/// The lines of the invocation name each type, its level, and its form for `bool`.
macro_rules! expression_methods {
    ($(<$($l:ident)?> $type:ty, $level:ty, $bool:ty;)*) => {$(
        impl<T $(, $l: Level)?> $type {
            /// Equal. `eq(None)` is IS NULL; a column that is NULL equals nothing.
            pub fn eq<O: Operand<T>>(self, other: O) -> Expr<bool, Both<$level, O::Level>> {
                Expr::new(binary(self.into_node(), Operator::Equal, other.operand()))
            }
            /// Not equal. `ne(None)` is IS NOT NULL; a row whose column is NULL is not found by `ne(value)`.
            pub fn ne<O: Operand<T>>(self, other: O) -> Expr<bool, Both<$level, O::Level>> {
                Expr::new(binary(self.into_node(), Operator::NotEqual, other.operand()))
            }
            /// Less than.
            pub fn lt<O: Operand<T>>(self, other: O) -> Expr<bool, Both<$level, O::Level>> {
                Expr::new(binary(self.into_node(), Operator::Less, other.operand()))
            }
            /// Less than or equal.
            pub fn le<O: Operand<T>>(self, other: O) -> Expr<bool, Both<$level, O::Level>> {
                Expr::new(binary(self.into_node(), Operator::LessEqual, other.operand()))
            }
            /// Greater than.
            pub fn gt<O: Operand<T>>(self, other: O) -> Expr<bool, Both<$level, O::Level>> {
                Expr::new(binary(self.into_node(), Operator::Greater, other.operand()))
            }
            /// Greater than or equal.
            pub fn ge<O: Operand<T>>(self, other: O) -> Expr<bool, Both<$level, O::Level>> {
                Expr::new(binary(self.into_node(), Operator::GreaterEqual, other.operand()))
            }
            /// Equal, where two NULLs are equal: IS NOT DISTINCT FROM.
            pub fn is_not_distinct_from<O: Operand<T>>(self, other: O) -> Expr<bool, Both<$level, O::Level>> {
                Expr::new(binary(self.into_node(), Operator::Same, other.operand()))
            }
            /// Not equal, where two NULLs are equal: IS DISTINCT FROM.
            pub fn is_distinct_from<O: Operand<T>>(self, other: O) -> Expr<bool, Both<$level, O::Level>> {
                Expr::new(binary(self.into_node(), Operator::Distinct, other.operand()))
            }
            /// One of the list. No value is in an empty list; a `None` in the list finds NULLs. The text of a list of more than
            /// eight values names its last value several times, so that lists of similar length have one text.
            pub fn in_<V: Operand<T>>(
                self,
                list: impl IntoIterator<Item = V>,
            ) -> Expr<bool, Both<$level, V::Level>> {
                Expr::new(Node::in_list(self.into_node(), nodes(list), false))
            }
            /// None of the list. Every value is outside an empty list; a `None` in the list leaves NULLs out.
            pub fn not_in<V: Operand<T>>(
                self,
                list: impl IntoIterator<Item = V>,
            ) -> Expr<bool, Both<$level, V::Level>> {
                Expr::new(Node::in_list(self.into_node(), nodes(list), true))
            }
            /// From `low` to `high`, both included.
            pub fn between<A: Operand<T>, B: Operand<T>>(
                self,
                low: A,
                high: B,
            ) -> Expr<bool, Both<$level, Both<A::Level, B::Level>>> {
                Expr::new(between(self.into_node(), low.operand(), high.operand(), false))
            }
            /// Below `low` or above `high`.
            pub fn not_between<A: Operand<T>, B: Operand<T>>(
                self,
                low: A,
                high: B,
            ) -> Expr<bool, Both<$level, Both<A::Level, B::Level>>> {
                Expr::new(between(self.into_node(), low.operand(), high.operand(), true))
            }
            /// Smallest first.
            pub fn asc(self) -> Order {
                order(self.into_node(), Direction::Ascending)
            }
            /// Greatest first.
            pub fn desc(self) -> Order {
                order(self.into_node(), Direction::Descending)
            }
            /// IS NULL.
            pub fn is_null(self) -> Expr<bool, $level> {
                Expr::new(null_test(self.into_node(), false))
            }
            /// IS NOT NULL.
            pub fn is_not_null(self) -> Expr<bool, $level> {
                Expr::new(null_test(self.into_node(), true))
            }
            /// The same value as another type: CAST. What does not fit is the backend's own answer.
            pub fn cast<U: ColumnType>(self) -> Expr<U, $level> {
                Expr::new(Node::Cast { operand: Box::new(self.into_node()), to: U::TYPE })
            }
        }

        impl<T: ColumnType $(, $l: Level)?> $type {
            /// NULL where both are equal, else this value: NULLIF.
            pub fn null_if<O: Operand<T>>(self, other: O) -> Expr<T::Nullable, Both<$level, O::Level>> {
                Expr::new(call(Function::NullIf, vec![self.into_node(), other.operand()]))
            }
        }

        impl<T: Textual $(, $l: Level)?> $type {
            /// Matches a pattern, case-sensitively on every backend: `%` is any text, `_` any character, `\` escapes.
            pub fn like(self, pattern: impl Into<String>) -> Expr<bool, $level> {
                Expr::new(matching(self.into_node(), Match::Like, pattern.into(), false))
            }
            /// Does not match a pattern. See `like`.
            pub fn not_like(self, pattern: impl Into<String>) -> Expr<bool, $level> {
                Expr::new(matching(self.into_node(), Match::Like, pattern.into(), true))
            }
            /// Has the text somewhere, case-sensitively; nothing in it is a wildcard.
            pub fn contains(self, text: impl Into<String>) -> Expr<bool, $level> {
                Expr::new(matching(self.into_node(), Match::Contains, text.into(), false))
            }
            /// Starts with the text, case-sensitively; nothing in it is a wildcard.
            pub fn starts_with(self, text: impl Into<String>) -> Expr<bool, $level> {
                Expr::new(matching(self.into_node(), Match::StartsWith, text.into(), false))
            }
            /// Ends with the text, case-sensitively; nothing in it is a wildcard.
            pub fn ends_with(self, text: impl Into<String>) -> Expr<bool, $level> {
                Expr::new(matching(self.into_node(), Match::EndsWith, text.into(), false))
            }
        }

        impl<T: Numeric + ColumnType $(, $l: Level)?, R: Operand<T>> Add<R> for $type {
            type Output = Expr<T, Both<$level, R::Level>>;
            fn add(self, other: R) -> Self::Output {
                Expr::new(arithmetic::<T>(self.into_node(), Operator::Add, other.operand()))
            }
        }

        impl<T: Numeric + ColumnType $(, $l: Level)?, R: Operand<T>> Sub<R> for $type {
            type Output = Expr<T, Both<$level, R::Level>>;
            fn sub(self, other: R) -> Self::Output {
                Expr::new(arithmetic::<T>(self.into_node(), Operator::Subtract, other.operand()))
            }
        }

        impl<T: Numeric + ColumnType $(, $l: Level)?, R: Operand<T>> Mul<R> for $type {
            type Output = Expr<T, Both<$level, R::Level>>;
            fn mul(self, other: R) -> Self::Output {
                Expr::new(arithmetic::<T>(self.into_node(), Operator::Multiply, other.operand()))
            }
        }

        /// Integers are divided as in Rust, rounded towards zero; other numbers with their fraction.
        impl<T: Numeric + ColumnType $(, $l: Level)?, R: Operand<T>> Div<R> for $type {
            type Output = Expr<T, Both<$level, R::Level>>;
            fn div(self, other: R) -> Self::Output {
                let operator =
                    if T::TYPE.is_integer() { Operator::DivideInteger } else { Operator::Divide };
                Expr::new(arithmetic::<T>(self.into_node(), operator, other.operand()))
            }
        }

        /// The remainder has the sign of the left side, as in Rust. SQLite has it for integers only.
        impl<T: Numeric + ColumnType $(, $l: Level)?, R: Operand<T>> Rem<R> for $type {
            type Output = Expr<T, Both<$level, R::Level>>;
            fn rem(self, other: R) -> Self::Output {
                let operator =
                    if T::TYPE.is_integer() { Operator::RemainderInteger } else { Operator::Remainder };
                Expr::new(arithmetic::<T>(self.into_node(), operator, other.operand()))
            }
        }

        impl<T: Numeric $(, $l: Level)?> Neg for $type {
            type Output = Expr<T, $level>;
            fn neg(self) -> Self::Output {
                Expr::new(Node::Negate(Box::new(self.into_node())))
            }
        }

        impl<$($l: Level)?> Not for $bool {
            type Output = Expr<bool, $level>;
            fn not(self) -> Self::Output {
                Expr::new(Node::Not(Box::new(self.into_node())))
            }
        }

        impl<$($l: Level,)? R: Operand<bool>> BitAnd<R> for $bool {
            type Output = Expr<bool, Both<$level, R::Level>>;
            fn bitand(self, other: R) -> Self::Output {
                Expr::new(both(self.into_node(), other.operand()))
            }
        }

        impl<$($l: Level,)? R: Operand<bool>> BitOr<R> for $bool {
            type Output = Expr<bool, Both<$level, R::Level>>;
            fn bitor(self, other: R) -> Self::Output {
                Expr::new(either(self.into_node(), other.operand()))
            }
        }
    )*};
}

expression_methods! {
    <> Column<T>, PerRow, Column<bool>;
    <L> Expr<T, L>, L, Expr<bool, L>;
    <> Aggregate<T>, PerGroup, Aggregate<bool>;
}

/// What has a value in place of NULL.
macro_rules! or_else {
    ($(<$($l:ident)?> $type:ty, $level:ty;)*) => {$(
        impl<T: Scalar $(, $l: Level)?> $type {
            /// This value, or another one where it is NULL: COALESCE.
            pub fn or<O: Operand<T>>(self, other: O) -> Expr<T, Both<$level, O::Level>> {
                Expr::new(coalesce(self.into_node(), other.operand()))
            }
            /// This value, or another one that may be NULL too: COALESCE.
            pub fn or_nullable<O: Operand<Option<T>>>(
                self,
                other: O,
            ) -> Expr<Option<T>, Both<$level, O::Level>> {
                Expr::new(coalesce(self.into_node(), other.operand()))
            }
        }
    )*};
}

or_else! {
    <> Column<Option<T>>, PerRow;
    <L> Expr<Option<T>, L>, L;
    <> Aggregate<Option<T>>, PerGroup;
}
