//! CASE: the value of the first condition that holds.

use std::marker::PhantomData;

use super::level::{Both, Level, PerRow, Three};
use super::{Expr, Operand};
use crate::node::{Function, Node};
use crate::types::ColumnType;
use crate::value::Value;

/// Starts a CASE: `case().when(u.age.lt(18), "minor").otherwise("adult")`.
pub fn case() -> Case {
    Case
}

/// A CASE without branches. See [`case`].
#[derive(Clone, Copy, Debug)]
#[must_use = "a CASE needs a branch: `.when(condition, value)`"]
pub struct Case;

/// A CASE with branches of type `T`.
#[must_use = "a CASE is an expression: end it with `.otherwise(value)` or `.or_null()`"]
pub struct CaseElse<T, L> {
    branches: Vec<(Node, Node)>,
    _type: PhantomData<fn() -> (T, L)>,
}

impl<T, L> std::fmt::Debug for CaseElse<T, L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CaseElse").field(&self.branches).finish()
    }
}

impl Case {
    /// The value where the condition holds.
    pub fn when<T, C, V>(self, condition: C, value: V) -> CaseElse<T, Both<C::Level, V::Level>>
    where
        C: Operand<bool>,
        V: Operand<T> + CaseValue<T>,
    {
        CaseElse { branches: vec![(condition.operand(), alone(value.operand()))], _type: PhantomData }
    }
}

impl<T, L: Level> CaseElse<T, L> {
    /// The value where this condition holds, and none before it.
    pub fn when<C, V>(mut self, condition: C, value: V) -> CaseElse<T, Three<L, C::Level, V::Level>>
    where
        C: Operand<bool>,
        V: Operand<T>,
    {
        self.branches.push((condition.operand(), value.operand()));
        CaseElse { branches: self.branches, _type: PhantomData }
    }

    /// The value where no condition holds.
    pub fn otherwise<V: Operand<T>>(self, value: V) -> Expr<T, Both<L, V::Level>> {
        let otherwise = Some(Box::new(value.operand()));
        Expr::new(Node::Case { branches: self.branches, otherwise })
    }
}

impl<T: ColumnType, L: Level> CaseElse<T, L> {
    /// NULL where no condition holds.
    pub fn or_null(self) -> Expr<T::Nullable, L> {
        Expr::new(Node::Case { branches: self.branches, otherwise: None })
    }
}

/// What the first branch of a CASE may be: it decides the type. A value of its own type, a column or an expression.
pub trait CaseValue<T> {}

impl CaseValue<String> for &str {}
impl<T: ColumnType> CaseValue<T> for T {}
impl<T> CaseValue<T> for super::Column<T> {}
impl<T, L> CaseValue<T> for Expr<T, L> {}
impl<T> CaseValue<T> for super::Aggregate<T> {}

/// A value as an expression: `value(1)`, `value("text".to_owned())`.
pub fn value<T: ColumnType>(value: T) -> Expr<T, PerRow> {
    Expr::new(alone(Node::Value(value.encode().into_value())))
}

/// A value with nothing around it that says its type.
fn alone(node: Node) -> Node {
    match node {
        Node::Value(Value::Int(_)) => Node::Call { function: Function::Integer, arguments: vec![node] },
        node => node,
    }
}
