//! What stands on the other side of an operator: values, references to them, columns, expressions.

use super::level::{Level, PerGroup, PerRow};
use super::{Aggregate, Column, Expr};
use crate::node::Node;
use crate::types::{ColumnType, Scalar};
use crate::value::Value;

/// What a column of type `T` can be compared or combined with.
#[diagnostic::on_unimplemented(
    message = "a `{T}` column cannot be compared or combined with `{Self}`",
    label = "expected a `{T}`, or a column or expression of that type",
    note = "the value must have the column's own type: convert it first (for example `.into()`, `as`, `.to_string()`)"
)]
pub trait Operand<T> {
    /// Whether it is of one row or computed from several.
    type Level: Level;
    /// The plain expression.
    fn operand(self) -> Node;
}

fn value(value: &impl ColumnType) -> Node {
    Node::Value(value.encode().into_value())
}

impl<T: ColumnType> Operand<T> for T {
    type Level = PerRow;
    fn operand(self) -> Node {
        value(&self)
    }
}
impl<T: Scalar> Operand<Option<T>> for T {
    type Level = PerRow;
    fn operand(self) -> Node {
        value(&self)
    }
}
impl<T: ColumnType> Operand<T> for &T {
    type Level = PerRow;
    fn operand(self) -> Node {
        value(self)
    }
}
impl<T: Scalar> Operand<Option<T>> for &T {
    type Level = PerRow;
    fn operand(self) -> Node {
        value(self)
    }
}
impl Operand<String> for &str {
    type Level = PerRow;
    fn operand(self) -> Node {
        Node::Value(Value::Text(self.into()))
    }
}
impl Operand<Option<String>> for &str {
    type Level = PerRow;
    fn operand(self) -> Node {
        Node::Value(Value::Text(self.into()))
    }
}
impl Operand<Vec<u8>> for &[u8] {
    type Level = PerRow;
    fn operand(self) -> Node {
        Node::Value(Value::Bytes(self.into()))
    }
}
impl<T> Operand<T> for Column<T> {
    type Level = PerRow;
    fn operand(self) -> Node {
        self.into_node()
    }
}
impl<T, L: Level> Operand<T> for Expr<T, L> {
    type Level = L;
    fn operand(self) -> Node {
        self.into_node()
    }
}
impl<T: Scalar> Operand<Option<T>> for Column<T> {
    type Level = PerRow;
    fn operand(self) -> Node {
        self.into_node()
    }
}
impl<T: Scalar, L: Level> Operand<Option<T>> for Expr<T, L> {
    type Level = L;
    fn operand(self) -> Node {
        self.into_node()
    }
}
impl<T: Scalar> Operand<T> for Column<Option<T>> {
    type Level = PerRow;
    fn operand(self) -> Node {
        self.into_node()
    }
}
impl<T: Scalar, L: Level> Operand<T> for Expr<Option<T>, L> {
    type Level = L;
    fn operand(self) -> Node {
        self.into_node()
    }
}

impl<T> Operand<T> for Aggregate<T> {
    type Level = PerGroup;
    fn operand(self) -> Node {
        self.into_node()
    }
}

impl<T: Scalar> Operand<Option<T>> for Aggregate<T> {
    type Level = PerGroup;
    fn operand(self) -> Node {
        self.into_node()
    }
}

impl<T: Scalar> Operand<T> for Aggregate<Option<T>> {
    type Level = PerGroup;
    fn operand(self) -> Node {
        self.into_node()
    }
}
