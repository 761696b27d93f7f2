//! The syntax tree of expressions and statements: plain owned data without types. The typed face over it is `column` and
//! `query`; the one reader that turns it into SQL is `render`.

mod aggregate;
mod function;
mod list;
mod order;
mod statement;
mod write;

use crate::definition::ColumnDef;
use crate::path::Path;
use crate::types::SqlType;
use crate::value::Value;

pub use aggregate::{Aggregate, AggregateFunction, Bound, Frame, FrameUnit, Window, WindowFunction};
pub use function::{DatePart, Function, JsonFunction, TimeUnit};
pub use order::{Direction, Nulls, Order, Orders};
pub use statement::{
    Body, Columns, Cte, From, Join, JoinKind, Lock, LockStrength, LockWait, MOST_COLUMNS, NAMES, Output,
    Select, SetOperator,
};
pub use write::{
    Assigned, Assignment, Conflict, ConflictAction, Delete, InsertFrom, Synchronize, Update, Write,
};

/// An expression.
#[derive(Clone, Debug)]
pub enum Node {
    /// A column of a row.
    Column(Path, &'static ColumnDef),
    /// A value, always bound.
    Value(Value),
    /// Two operands and an operator between them.
    Binary {
        /// The operator.
        operator: Operator,
        /// What stands before it.
        left: Box<Node>,
        /// What stands after it.
        right: Box<Node>,
    },
    /// All of them; true where there are none.
    And(Vec<Node>),
    /// Any of them; false where there are none.
    Or(Vec<Node>),
    /// NOT.
    Not(Box<Node>),
    /// The arithmetic minus.
    Negate(Box<Node>),
    /// IS NULL, or IS NOT NULL where negated.
    IsNull {
        /// What is tested.
        operand: Box<Node>,
        /// Whether the test is turned round.
        negated: bool,
    },
    /// BETWEEN, both ends included.
    Between {
        /// What is tested.
        operand: Box<Node>,
        /// The lower end.
        low: Box<Node>,
        /// The upper end.
        high: Box<Node>,
        /// Whether the test is turned round.
        negated: bool,
    },
    /// IN a list; an empty list and NULLs in it mean what they say.
    In {
        /// What is tested.
        operand: Box<Node>,
        /// The list.
        list: Vec<Node>,
        /// Whether the test is turned round.
        negated: bool,
    },
    /// Whether a collection has rows, or how many.
    Related(Box<Related>),
    /// A function that every backend has in some form.
    Call {
        /// The function.
        function: Function,
        /// What it is called with.
        arguments: Vec<Node>,
    },
    /// A function of the database, by its name.
    Named {
        /// The name, of letters, digits, `_` and `.`.
        name: &'static str,
        /// What it is called with.
        arguments: Vec<Node>,
    },
    /// A value computed from several rows, of a group or of a window.
    Aggregate(Box<Aggregate>),
    /// CASE: the value of the first condition that holds.
    Case {
        /// Conditions and values.
        branches: Vec<(Node, Node)>,
        /// The value where none holds; NULL where there is none.
        otherwise: Option<Box<Node>>,
    },
    /// CAST to a logical type.
    Cast {
        /// What is cast.
        operand: Box<Node>,
        /// To what.
        to: SqlType,
    },
    /// The one value of a query of one column and at most one row.
    Subquery(Box<Body>),
    /// Whether a query has rows.
    Exists {
        /// The query.
        query: Box<Body>,
        /// Whether the test is turned round.
        negated: bool,
    },
    /// IN the rows of a query.
    InQuery {
        /// What is tested: as many expressions as the query has columns.
        operands: Vec<Node>,
        /// The query.
        query: Box<Body>,
        /// Whether the test is turned round.
        negated: bool,
    },
    /// Several values as one, to be compared as a whole.
    Tuple(Vec<Node>),
    /// SQL of the user's own, with expressions in the places of its `{}`.
    Raw {
        /// The text, in which `{}` stands for an expression.
        text: &'static str,
        /// The expressions.
        arguments: Vec<Node>,
    },
    /// A case-sensitive match against a text.
    Match {
        /// What is tested.
        operand: Box<Node>,
        /// How the text is meant.
        kind: Match,
        /// The text, without escapes of any backend.
        text: String,
        /// Whether the test is turned round.
        negated: bool,
    },
}

/// How a LIKE-like match treats its pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// `%` and `_` are wildcards, `\` escapes them.
    Like,
    /// The text is somewhere in the value.
    Contains,
    /// The value starts with the text.
    StartsWith,
    /// The value ends with the text.
    EndsWith,
}

/// A question about the rows of a collection: a correlated subquery.
#[derive(Clone, Debug)]
pub struct Related {
    /// The row that owns the collection, and the step into it.
    pub(crate) at: Path,
    /// The row of the subquery.
    pub(crate) row: Path,
    /// What must hold for its rows.
    pub(crate) filters: Vec<Node>,
    /// How many there are, in place of whether there is one.
    pub(crate) count: bool,
}

/// An operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Equal; with NULL on one side, IS NULL.
    Equal,
    /// Not equal; with NULL on one side, IS NOT NULL.
    NotEqual,
    /// Less than.
    Less,
    /// Less than or equal.
    LessEqual,
    /// Greater than.
    Greater,
    /// Greater than or equal.
    GreaterEqual,
    /// Equal, where two NULLs are equal.
    Same,
    /// Not equal, where two NULLs are equal.
    Distinct,
    /// Plus.
    Add,
    /// Minus.
    Subtract,
    /// Times.
    Multiply,
    /// Divided by, with a fraction.
    Divide,
    /// Divided by, rounded towards zero.
    DivideInteger,
    /// Remainder of a division of numbers with a fraction.
    Remainder,
    /// Remainder of a division of integers.
    RemainderInteger,
}

impl Node {
    /// Whether the expression has an aggregate of its own group, which makes its query one of groups. Subqueries have groups
    /// of their own; a function of a window leaves the rows as they are.
    pub(crate) fn has_aggregate(&self) -> bool {
        match self {
            Node::Column(..)
            | Node::Value(_)
            | Node::Related(_)
            | Node::Subquery(_)
            | Node::Exists { .. } => false,
            Node::Binary { operator: _, left, right } => left.has_aggregate() || right.has_aggregate(),
            Node::And(nodes) | Node::Or(nodes) | Node::Tuple(nodes) => nodes.iter().any(Node::has_aggregate),
            Node::Call { function: _, arguments }
            | Node::Named { name: _, arguments }
            | Node::Raw { text: _, arguments } => arguments.iter().any(Node::has_aggregate),
            Node::Not(operand)
            | Node::Negate(operand)
            | Node::IsNull { operand, negated: _ }
            | Node::Cast { operand, to: _ }
            | Node::Match { operand, kind: _, text: _, negated: _ } => operand.has_aggregate(),
            Node::Between { operand, low, high, negated: _ } => {
                operand.has_aggregate() || low.has_aggregate() || high.has_aggregate()
            }
            Node::In { operand, list, negated: _ } => {
                operand.has_aggregate() || list.iter().any(Node::has_aggregate)
            }
            Node::InQuery { operands, query: _, negated: _ } => operands.iter().any(Node::has_aggregate),
            Node::Case { branches, otherwise } => {
                let in_branch =
                    |(condition, value): &(Node, Node)| condition.has_aggregate() || value.has_aggregate();
                branches.iter().any(in_branch) || otherwise.as_deref().is_some_and(Node::has_aggregate)
            }
            Node::Aggregate(aggregate) => {
                aggregate.over.is_none() || aggregate.arguments.iter().any(Node::has_aggregate)
            }
        }
    }

    /// The expressions that this one is made of. Queries inside of it have rows of their own, and are none.
    pub(crate) fn parts(&self) -> Vec<&Node> {
        match self {
            Node::Column(..)
            | Node::Value(_)
            | Node::Related(_)
            | Node::Subquery(_)
            | Node::Exists { query: _, negated: _ } => Vec::new(),
            Node::Binary { operator: _, left, right } => vec![left, right],
            Node::And(nodes) | Node::Or(nodes) | Node::Tuple(nodes) => nodes.iter().collect(),
            Node::Call { function: _, arguments }
            | Node::Named { name: _, arguments }
            | Node::Raw { text: _, arguments } => arguments.iter().collect(),
            Node::Not(operand)
            | Node::Negate(operand)
            | Node::IsNull { operand, negated: _ }
            | Node::Cast { operand, to: _ }
            | Node::Match { operand, kind: _, text: _, negated: _ } => vec![operand],
            Node::Between { operand, low, high, negated: _ } => vec![operand, low, high],
            Node::In { operand, list, negated: _ } => {
                let mut parts = vec![operand.as_ref()];
                parts.extend(list);
                parts
            }
            Node::InQuery { operands, query: _, negated: _ } => operands.iter().collect(),
            Node::Case { branches, otherwise } => {
                let mut parts = Vec::new();
                for (condition, value) in branches {
                    parts.extend([condition, value]);
                }
                parts.extend(otherwise.as_deref());
                parts
            }
            Node::Aggregate(aggregate) => {
                let Aggregate { function: _, arguments, distinct: _, filter, order, over } =
                    aggregate.as_ref();
                let mut parts: Vec<&Node> = arguments.iter().collect();
                parts.extend(filter);
                parts.extend(order.iter().map(|term| &term.node));
                if let Some(Window { partition, order, frame: _ }) = over {
                    parts.extend(partition);
                    parts.extend(order.iter().map(|term| &term.node));
                }
                parts
            }
        }
    }
}
