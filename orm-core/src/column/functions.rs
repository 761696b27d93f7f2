//! Functions of one row as methods of columns, expressions and aggregates. What each is in a backend's SQL is a fact of its
//! dialect; the results are the same on every backend.

#[cfg(feature = "json")]
mod json;
mod moment;
mod number;
mod text;

use super::Expr;
use super::level::PerRow;
use crate::node::{Function, Node};
use crate::value::Value;

#[cfg(feature = "json")]
pub use json::{JsonPlace, JsonScalar};
pub use moment::{CurrentDate, CurrentMoment, now, today};
pub use number::random;

fn call(function: Function, arguments: Vec<Node>) -> Node {
    Node::Call { function, arguments }
}

fn integer(number: u32) -> Node {
    Node::Value(Value::Int(number.into()))
}

fn constant<T>(function: Function) -> Expr<T, PerRow> {
    Expr::new(call(function, Vec::new()))
}
