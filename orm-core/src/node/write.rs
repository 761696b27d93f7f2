//! Statements that write by a query, as owned data: what `update`, `delete` and `insert_from` fill and the renderer walks.
//! No SQL text, no connection.

use super::{Body, Node, Select};
use crate::definition::{ColumnDef, ModelDef};
use crate::path::Path;

/// A statement that writes the rows of a query.
#[derive(Clone, Debug)]
pub enum Write {
    /// UPDATE.
    Update(Update),
    /// DELETE.
    Delete(Delete),
    /// INSERT .. SELECT.
    Insert(InsertFrom),
}

/// An UPDATE of the rows that a query finds.
#[derive(Clone, Debug)]
pub struct Update {
    /// The rows.
    pub rows: Select,
    /// What they get. Values speak of the rows as they are before.
    pub assignments: Vec<Assignment>,
    /// What of the written rows comes back.
    pub returning: Vec<Node>,
}

/// A DELETE of the rows that a query finds.
#[derive(Clone, Debug)]
pub struct Delete {
    /// The rows.
    pub rows: Select,
    /// What of the deleted rows comes back.
    pub returning: Vec<Node>,
}

/// An INSERT of the rows that a query gives.
#[derive(Clone, Debug)]
pub struct InsertFrom {
    /// Where to.
    pub model: &'static ModelDef,
    /// The row that `returning` speaks of.
    pub root: Path,
    /// The columns that the query gives, in its order.
    pub columns: Vec<&'static ColumnDef>,
    /// The query.
    pub rows: Body,
    /// What of the written rows comes back.
    pub returning: Vec<Node>,
}

/// What a column gets.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The row that the column belongs to.
    pub path: Path,
    /// The column.
    pub column: &'static ColumnDef,
    /// The value.
    pub value: Assigned,
}

/// A value that a column gets.
#[derive(Clone, Debug)]
pub enum Assigned {
    /// An expression.
    Node(Node),
    /// The default that the database has for the column.
    Default,
}

/// What happens to a new row whose unique value another row has.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// The row that is there.
    pub root: Path,
    /// The row that was to be inserted.
    pub proposed: Path,
    /// The unique columns.
    pub target: Vec<(Path, &'static ColumnDef)>,
    /// What happens.
    pub action: ConflictAction,
}

/// What happens to the row that is there.
#[derive(Clone, Debug)]
pub enum ConflictAction {
    /// It stays, and the new one is left out.
    Nothing,
    /// It is changed.
    Update {
        /// What it gets.
        assignments: Vec<Assignment>,
        /// Only where these hold.
        filters: Vec<Node>,
    },
}

/// How the objects of a session are kept in step with rows that are written by a query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Synchronize {
    /// `Evaluate` where that is possible, else `Fetch`.
    #[default]
    Auto,
    /// The filters and the values are computed for the objects as well. What only the database can compute is an error.
    Evaluate,
    /// The rows of the objects that the session holds of the model are read again.
    Fetch,
    /// The objects are left as they are.
    Nothing,
}

impl Write {
    /// The model whose table is written.
    pub fn model(&self) -> Option<&'static ModelDef> {
        match self {
            Write::Update(update) => update.rows.model(),
            Write::Delete(delete) => delete.rows.model(),
            Write::Insert(insert) => Some(insert.model),
        }
    }

    /// What of the written rows comes back.
    pub fn returning(&self) -> &[Node] {
        match self {
            Write::Update(Update { returning, .. })
            | Write::Delete(Delete { returning, .. })
            | Write::Insert(InsertFrom { returning, .. }) => returning,
        }
    }

    pub(crate) fn returning_mut(&mut self) -> &mut Vec<Node> {
        match self {
            Write::Update(Update { returning, .. })
            | Write::Delete(Delete { returning, .. })
            | Write::Insert(InsertFrom { returning, .. }) => returning,
        }
    }

    /// UPDATE, DELETE or INSERT.
    pub fn verb(&self) -> &'static str {
        match self {
            Write::Update(_) => "UPDATE",
            Write::Delete(_) => "DELETE",
            Write::Insert(_) => "INSERT .. SELECT",
        }
    }
}

impl Node {
    /// Whether the expression reads a column of a row. A subquery may read any.
    pub(crate) fn reads(&self, row: Path, read: &ColumnDef) -> bool {
        let any = |nodes: &[Node]| nodes.iter().any(|node| node.reads(row, read));
        match self {
            Node::Column(path, column) => *path == row && std::ptr::eq(*column, read),
            Node::Value(_) => false,
            Node::Related(_) | Node::Subquery(_) | Node::Exists { .. } | Node::InQuery { .. } => true,
            Node::Binary { operator: _, left, right } => left.reads(row, read) || right.reads(row, read),
            Node::And(nodes) | Node::Or(nodes) | Node::Tuple(nodes) => any(nodes),
            Node::Call { function: _, arguments }
            | Node::Named { name: _, arguments }
            | Node::Raw { text: _, arguments } => any(arguments),
            Node::Not(operand)
            | Node::Negate(operand)
            | Node::IsNull { operand, negated: _ }
            | Node::Cast { operand, to: _ }
            | Node::Match { operand, kind: _, text: _, negated: _ } => operand.reads(row, read),
            Node::Between { operand, low, high, negated: _ } => {
                operand.reads(row, read) || low.reads(row, read) || high.reads(row, read)
            }
            Node::In { operand, list, negated: _ } => operand.reads(row, read) || any(list),
            Node::Case { branches, otherwise } => {
                let in_branch =
                    |(condition, value): &(Node, Node)| condition.reads(row, read) || value.reads(row, read);
                branches.iter().any(in_branch)
                    || otherwise.as_deref().is_some_and(|node| node.reads(row, read))
            }
            Node::Aggregate(aggregate) => any(&aggregate.arguments),
        }
    }
}
