//! Statements as owned data: what a query builder fills and the renderer walks. No SQL text, no connection.

use crate::definition::ModelDef;
use crate::node::{Node, Order};
use crate::path::Path;

/// A SELECT of one model.
#[derive(Clone, Debug)]
pub struct Select {
    /// The model.
    pub model: &'static ModelDef,
    /// The row that its columns belong to.
    pub root: Path,
    /// Conditions; all must hold.
    pub filters: Vec<Node>,
    /// The order of the rows.
    pub order: Vec<Order>,
    /// At most so many rows.
    pub limit: Option<u64>,
    /// Leaves out so many rows first.
    pub offset: Option<u64>,
    /// Leaves out equal rows.
    pub distinct: bool,
}

/// What a SELECT gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// The model's columns, in their order.
    Rows,
    /// How many rows there are.
    Count,
    /// Whether there is a row: 1 or 0.
    Exists,
}

impl Select {
    /// All rows of a model.
    pub fn new(model: &'static ModelDef) -> Self {
        Select {
            model,
            root: Path::fresh(),
            filters: Vec::new(),
            order: Vec::new(),
            limit: None,
            offset: None,
            distinct: false,
        }
    }
}
