//! Assignments: what a column gets in an UPDATE by query. Stricter than comparisons: what may be NULL goes into a nullable
//! column only.

use super::{Column, Expr};
use crate::node::{Assigned, Assignment, Node};
use crate::types::{ColumnType, Scalar};
use crate::value::Value;

/// What a column of type `T` can be set to: a value, a column or an expression of one row.
#[diagnostic::on_unimplemented(
    message = "a `{T}` column cannot be set to `{Self}`",
    label = "expected a `{T}`, or a column or expression of that type",
    note = "a column that takes no NULL is not set to what may be NULL: give it another value with `.or(..)`",
    note = "an aggregate is computed from several rows: set the column to a subquery (`query::<..>().select(..).scalar()`)"
)]
pub trait Assign<T> {
    /// The plain expression.
    fn assigned(self) -> Node;
}

fn value(value: &impl ColumnType) -> Node {
    Node::Value(value.encode().into_value())
}

impl<T: ColumnType> Assign<T> for T {
    fn assigned(self) -> Node {
        value(&self)
    }
}
impl<T: Scalar> Assign<Option<T>> for T {
    fn assigned(self) -> Node {
        value(&self)
    }
}
impl<T: ColumnType> Assign<T> for &T {
    fn assigned(self) -> Node {
        value(self)
    }
}
impl<T: Scalar> Assign<Option<T>> for &T {
    fn assigned(self) -> Node {
        value(self)
    }
}
impl Assign<String> for &str {
    fn assigned(self) -> Node {
        Node::Value(Value::Text(self.into()))
    }
}
impl Assign<Option<String>> for &str {
    fn assigned(self) -> Node {
        Node::Value(Value::Text(self.into()))
    }
}
impl Assign<Vec<u8>> for &[u8] {
    fn assigned(self) -> Node {
        Node::Value(Value::Bytes(self.into()))
    }
}
impl<T> Assign<T> for Column<T> {
    fn assigned(self) -> Node {
        self.into_node()
    }
}
impl<T> Assign<T> for Expr<T> {
    fn assigned(self) -> Node {
        self.into_node()
    }
}
impl<T: Scalar> Assign<Option<T>> for Column<T> {
    fn assigned(self) -> Node {
        self.into_node()
    }
}
impl<T: Scalar> Assign<Option<T>> for Expr<T> {
    fn assigned(self) -> Node {
        self.into_node()
    }
}

impl<T> Column<T> {
    /// In an UPDATE: the column gets this value, column or expression. Expressions speak of the row as it is before.
    pub fn set<V: Assign<T>>(self, value: V) -> Assignment {
        Assignment { path: self.path, column: self.column, value: Assigned::Node(value.assigned()) }
    }

    /// In an UPDATE: the column gets the default that the database has for it (`server_default`).
    pub fn set_default(self) -> Assignment {
        Assignment { path: self.path, column: self.column, value: Assigned::Default }
    }
}

/// What `update` takes: one assignment, a tuple of them, or a `Vec`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an assignment",
    label = "expected `column.set(..)`, or a tuple of them"
)]
pub trait Assignments {
    /// Adds the assignments to a list.
    fn append_to(self, assignments: &mut Vec<Assignment>);
}

impl Assignments for Assignment {
    fn append_to(self, assignments: &mut Vec<Assignment>) {
        assignments.push(self);
    }
}

impl Assignments for Vec<Assignment> {
    fn append_to(mut self, assignments: &mut Vec<Assignment>) {
        assignments.append(&mut self);
    }
}

macro_rules! assignments_of_tuples {
    ($($($name:ident)+;)*) => {$(
        impl<$($name: Assignments),+> Assignments for ($($name,)+) {
            #[allow(non_snake_case)]
            fn append_to(self, assignments: &mut Vec<Assignment>) {
                let ($($name,)+) = self;
                $($name.append_to(assignments);)+
            }
        }
    )*};
}
assignments_of_tuples! {
    A; A B; A B C; A B C D; A B C D E; A B C D E F; A B C D E F G; A B C D E F G H; A B C D E F G H I;
    A B C D E F G H I J; A B C D E F G H I J K; A B C D E F G H I J K L;
}
