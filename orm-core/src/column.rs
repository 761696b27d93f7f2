//! The typed face of expressions: `Column<T>` and `Expr<T>` are phantom types over one plain syntax tree, so that the
//! compiler checks what is compared with what, and everything behind it is compiled once.

use std::marker::PhantomData;
use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Rem, Sub};

use crate::definition::ColumnDef;
use crate::dialect::Match;
use crate::node::{Direction, Node, Nulls, Operator, Order};
use crate::path::Path;
use crate::types::{ColumnType, Numeric, Scalar, Textual};
use crate::value::Value;

/// A column of a row of a query, with the type of its field. `Copy`, so that a closure uses it as often as it likes.
pub struct Column<T> {
    path: Path,
    column: &'static ColumnDef,
    _type: PhantomData<fn() -> T>,
}

/// An expression of type `T`.
pub struct Expr<T> {
    node: Node,
    _type: PhantomData<fn() -> T>,
}

impl<T> Clone for Column<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Column<T> {}

impl<T> std::fmt::Debug for Column<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Column({})", self.column.name)
    }
}

impl<T> Clone for Expr<T> {
    fn clone(&self) -> Self {
        Expr::new(self.node.clone())
    }
}

impl<T> std::fmt::Debug for Expr<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Expr").field(&self.node).finish()
    }
}

impl<T> Column<T> {
    /// A column of the row at a path. The derive calls this.
    #[inline]
    pub fn new(path: Path, column: &'static ColumnDef) -> Self {
        Column { path, column, _type: PhantomData }
    }

    /// The column's metadata.
    pub fn definition(&self) -> &'static ColumnDef {
        self.column
    }

    /// The plain expression.
    pub fn into_node(self) -> Node {
        Node::Column(self.path, self.column)
    }
}

impl<T> Expr<T> {
    /// Gives a plain expression a type. The type is believed.
    pub fn new(node: Node) -> Self {
        Expr { node, _type: PhantomData }
    }

    /// The plain expression.
    pub fn into_node(self) -> Node {
        self.node
    }
}

impl<T> From<Column<T>> for Expr<T> {
    fn from(column: Column<T>) -> Self {
        Expr::new(column.into_node())
    }
}

fn binary(left: Node, operator: Operator, right: Node) -> Node {
    Node::Binary { operator, left: Box::new(left), right: Box::new(right) }
}

fn order(node: Node, direction: Direction) -> Order {
    Order { node, direction, nulls: Nulls::Default }
}

fn in_list(operand: Node, list: Vec<Node>, negated: bool) -> Node {
    Node::In { operand: Box::new(operand), list, negated }
}

fn between(operand: Node, low: Node, high: Node, negated: bool) -> Node {
    Node::Between { operand: Box::new(operand), low: Box::new(low), high: Box::new(high), negated }
}

fn matching(operand: Node, kind: Match, text: String, negated: bool) -> Node {
    Node::Match { operand: Box::new(operand), kind, text, negated }
}

/// Flattens chains of `&` and `|`, so that a thousand terms are one node and not a thousand levels.
fn both(left: Node, right: Node) -> Node {
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

fn either(left: Node, right: Node) -> Node {
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

macro_rules! expression_methods {
    ($($type:ident)*) => {$(
        impl<T> $type<T> {
            /// Equal. `eq(None)` is IS NULL; a column that is NULL equals nothing.
            pub fn eq(self, other: impl Operand<T>) -> Expr<bool> {
                Expr::new(binary(self.into_node(), Operator::Equal, other.operand()))
            }
            /// Not equal. `ne(None)` is IS NOT NULL; a row whose column is NULL is not found by `ne(value)`.
            pub fn ne(self, other: impl Operand<T>) -> Expr<bool> {
                Expr::new(binary(self.into_node(), Operator::NotEqual, other.operand()))
            }
            /// Less than.
            pub fn lt(self, other: impl Operand<T>) -> Expr<bool> {
                Expr::new(binary(self.into_node(), Operator::Less, other.operand()))
            }
            /// Less than or equal.
            pub fn le(self, other: impl Operand<T>) -> Expr<bool> {
                Expr::new(binary(self.into_node(), Operator::LessEqual, other.operand()))
            }
            /// Greater than.
            pub fn gt(self, other: impl Operand<T>) -> Expr<bool> {
                Expr::new(binary(self.into_node(), Operator::Greater, other.operand()))
            }
            /// Greater than or equal.
            pub fn ge(self, other: impl Operand<T>) -> Expr<bool> {
                Expr::new(binary(self.into_node(), Operator::GreaterEqual, other.operand()))
            }
            /// Equal, where two NULLs are equal: IS NOT DISTINCT FROM.
            pub fn is_not_distinct_from(self, other: impl Operand<T>) -> Expr<bool> {
                Expr::new(binary(self.into_node(), Operator::Same, other.operand()))
            }
            /// Not equal, where two NULLs are equal: IS DISTINCT FROM.
            pub fn is_distinct_from(self, other: impl Operand<T>) -> Expr<bool> {
                Expr::new(binary(self.into_node(), Operator::Distinct, other.operand()))
            }
            /// One of the list. No value is in an empty list; a `None` in the list finds NULLs.
            pub fn in_<V: Operand<T>>(self, list: impl IntoIterator<Item = V>) -> Expr<bool> {
                Expr::new(in_list(self.into_node(), nodes(list), false))
            }
            /// None of the list. Every value is outside an empty list; a `None` in the list leaves NULLs out.
            pub fn not_in<V: Operand<T>>(self, list: impl IntoIterator<Item = V>) -> Expr<bool> {
                Expr::new(in_list(self.into_node(), nodes(list), true))
            }
            /// From `low` to `high`, both included.
            pub fn between(self, low: impl Operand<T>, high: impl Operand<T>) -> Expr<bool> {
                Expr::new(between(self.into_node(), low.operand(), high.operand(), false))
            }
            /// Below `low` or above `high`.
            pub fn not_between(self, low: impl Operand<T>, high: impl Operand<T>) -> Expr<bool> {
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
            pub fn is_null(self) -> Expr<bool> {
                Expr::new(Node::IsNull { operand: Box::new(self.into_node()), negated: false })
            }
            /// IS NOT NULL.
            pub fn is_not_null(self) -> Expr<bool> {
                Expr::new(Node::IsNull { operand: Box::new(self.into_node()), negated: true })
            }
        }

        impl<T: Textual> $type<T> {
            /// Matches a pattern, case-sensitively on every backend: `%` is any text, `_` any character, `\` escapes.
            pub fn like(self, pattern: impl Into<String>) -> Expr<bool> {
                Expr::new(matching(self.into_node(), Match::Like, pattern.into(), false))
            }
            /// Does not match a pattern. See `like`.
            pub fn not_like(self, pattern: impl Into<String>) -> Expr<bool> {
                Expr::new(matching(self.into_node(), Match::Like, pattern.into(), true))
            }
            /// Has the text somewhere, case-sensitively; nothing in it is a wildcard.
            pub fn contains(self, text: impl Into<String>) -> Expr<bool> {
                Expr::new(matching(self.into_node(), Match::Contains, text.into(), false))
            }
            /// Starts with the text, case-sensitively; nothing in it is a wildcard.
            pub fn starts_with(self, text: impl Into<String>) -> Expr<bool> {
                Expr::new(matching(self.into_node(), Match::StartsWith, text.into(), false))
            }
            /// Ends with the text, case-sensitively; nothing in it is a wildcard.
            pub fn ends_with(self, text: impl Into<String>) -> Expr<bool> {
                Expr::new(matching(self.into_node(), Match::EndsWith, text.into(), false))
            }
        }

        impl<T: Numeric, R: Operand<T>> Add<R> for $type<T> {
            type Output = Expr<T>;
            fn add(self, other: R) -> Expr<T> {
                Expr::new(binary(self.into_node(), Operator::Add, other.operand()))
            }
        }
        impl<T: Numeric, R: Operand<T>> Sub<R> for $type<T> {
            type Output = Expr<T>;
            fn sub(self, other: R) -> Expr<T> {
                Expr::new(binary(self.into_node(), Operator::Subtract, other.operand()))
            }
        }
        impl<T: Numeric, R: Operand<T>> Mul<R> for $type<T> {
            type Output = Expr<T>;
            fn mul(self, other: R) -> Expr<T> {
                Expr::new(binary(self.into_node(), Operator::Multiply, other.operand()))
            }
        }
        /// Integers are divided as in Rust, rounded towards zero; other numbers with their fraction.
        impl<T: Numeric + ColumnType, R: Operand<T>> Div<R> for $type<T> {
            type Output = Expr<T>;
            fn div(self, other: R) -> Expr<T> {
                let operator =
                    if T::TYPE.is_integer() { Operator::DivideInteger } else { Operator::Divide };
                Expr::new(binary(self.into_node(), operator, other.operand()))
            }
        }
        /// The remainder has the sign of the left side, as in Rust. SQLite has it for integers only.
        impl<T: Numeric + ColumnType, R: Operand<T>> Rem<R> for $type<T> {
            type Output = Expr<T>;
            fn rem(self, other: R) -> Expr<T> {
                let operator =
                    if T::TYPE.is_integer() { Operator::RemainderInteger } else { Operator::Remainder };
                Expr::new(binary(self.into_node(), operator, other.operand()))
            }
        }
        impl<T: Numeric> Neg for $type<T> {
            type Output = Expr<T>;
            fn neg(self) -> Expr<T> {
                Expr::new(Node::Negate(Box::new(self.into_node())))
            }
        }
        impl Not for $type<bool> {
            type Output = Expr<bool>;
            fn not(self) -> Expr<bool> {
                Expr::new(Node::Not(Box::new(self.into_node())))
            }
        }
        impl<R: Into<Expr<bool>>> BitAnd<R> for $type<bool> {
            type Output = Expr<bool>;
            fn bitand(self, other: R) -> Expr<bool> {
                Expr::new(both(self.into_node(), other.into().node))
            }
        }
        impl<R: Into<Expr<bool>>> BitOr<R> for $type<bool> {
            type Output = Expr<bool>;
            fn bitor(self, other: R) -> Expr<bool> {
                Expr::new(either(self.into_node(), other.into().node))
            }
        }
    )*};
}
expression_methods!(Column Expr);

/// What a column of type `T` can be compared or combined with.
#[diagnostic::on_unimplemented(
    message = "a `{T}` column cannot be compared or combined with `{Self}`",
    label = "expected a `{T}`, or a column or expression of that type",
    note = "the value must have the column's own type: convert it first (for example `.into()`, `as`, `.to_string()`)"
)]
pub trait Operand<T> {
    /// The plain expression.
    fn operand(self) -> Node;
}

fn value(value: &impl ColumnType) -> Node {
    Node::Value(value.encode().into_value())
}

impl<T: ColumnType> Operand<T> for T {
    fn operand(self) -> Node {
        value(&self)
    }
}
impl<T: Scalar> Operand<Option<T>> for T {
    fn operand(self) -> Node {
        value(&self)
    }
}
impl<T: ColumnType> Operand<T> for &T {
    fn operand(self) -> Node {
        value(self)
    }
}
impl<T: Scalar> Operand<Option<T>> for &T {
    fn operand(self) -> Node {
        value(self)
    }
}
impl Operand<String> for &str {
    fn operand(self) -> Node {
        Node::Value(Value::Text(self.into()))
    }
}
impl Operand<Option<String>> for &str {
    fn operand(self) -> Node {
        Node::Value(Value::Text(self.into()))
    }
}
impl Operand<Vec<u8>> for &[u8] {
    fn operand(self) -> Node {
        Node::Value(Value::Bytes(self.into()))
    }
}
impl<T> Operand<T> for Column<T> {
    fn operand(self) -> Node {
        self.into_node()
    }
}
impl<T> Operand<T> for Expr<T> {
    fn operand(self) -> Node {
        self.node
    }
}
impl<T: Scalar> Operand<Option<T>> for Column<T> {
    fn operand(self) -> Node {
        self.into_node()
    }
}
impl<T: Scalar> Operand<Option<T>> for Expr<T> {
    fn operand(self) -> Node {
        self.node
    }
}
impl<T: Scalar> Operand<T> for Column<Option<T>> {
    fn operand(self) -> Node {
        self.into_node()
    }
}
impl<T: Scalar> Operand<T> for Expr<Option<T>> {
    fn operand(self) -> Node {
        self.node
    }
}
