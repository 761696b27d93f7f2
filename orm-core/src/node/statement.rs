//! Statements as owned data: what a query builder fills and the renderer walks. No SQL text, no connection.

use std::sync::Arc;

use super::{Node, Order};
use crate::definition::ModelDef;
use crate::path::Path;

/// A SELECT.
#[derive(Clone, Debug)]
pub struct Select {
    /// Where its rows come from.
    pub from: From,
    /// The row that its columns belong to.
    pub root: Path,
    /// What else is joined, in order.
    pub joins: Vec<Join>,
    /// What is selected; the columns of the root where there is nothing.
    pub output: Vec<Node>,
    /// Conditions; all must hold.
    pub filters: Vec<Node>,
    /// What the rows are grouped by.
    pub groups: Vec<Node>,
    /// Conditions on groups; all must hold.
    pub having: Vec<Node>,
    /// The order of the rows.
    pub order: Vec<Order>,
    /// At most so many rows.
    pub limit: Option<u64>,
    /// Leaves out so many rows first.
    pub offset: Option<u64>,
    /// Leaves out equal rows.
    pub distinct: bool,
    /// Locks the rows until the end of the transaction.
    pub lock: Option<Lock>,
    /// Hints for the optimizer, in the backend's own words.
    pub hints: Vec<String>,
    /// A comment that is sent along, as in logs of slow statements.
    pub comment: Option<String>,
}

/// Where the rows of a FROM clause come from.
#[derive(Clone, Debug)]
pub enum From {
    /// The table of a model.
    Model(&'static ModelDef),
    /// A query in parentheses, which is part of this statement.
    Query {
        /// The query.
        body: Arc<Body>,
        /// Its columns, as they are named outside.
        columns: Columns,
        /// Whether it may refer to the rows that stand before it.
        lateral: bool,
    },
    /// A common table expression.
    Cte(Arc<Cte>),
    /// The rows so far of the recursive common table expression around this place.
    SoFar {
        /// Which.
        id: Path,
        /// Its columns.
        columns: Columns,
    },
}

/// How the columns of a query are named.
#[derive(Clone, Copy, Debug)]
pub enum Columns {
    /// As the columns of a model.
    Model(&'static ModelDef),
    /// `c0`, `c1` and so on: so many.
    Numbered(usize),
}

/// A query, or several put together.
#[derive(Clone, Debug)]
pub enum Body {
    /// One query.
    Select(Box<Select>),
    /// Two queries as one.
    Set {
        /// How they are put together.
        operator: SetOperator,
        /// Whether equal rows stay.
        all: bool,
        /// The first query.
        left: Box<Body>,
        /// The second.
        right: Box<Body>,
    },
    /// Rows of values that are sent along; those of the first row are cast to the types of the columns.
    Values(Vec<Vec<Node>>),
}

/// How two queries become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOperator {
    /// The rows of both.
    Union,
    /// The rows that are in both.
    Intersect,
    /// The rows of the first that are not in the second.
    Except,
}

/// A common table expression: a query with a name.
#[derive(Debug)]
pub struct Cte {
    /// What tells it from others.
    pub id: Path,
    /// The name that is asked for; it gets a number where it is taken.
    pub name: &'static str,
    /// The columns.
    pub columns: Columns,
    /// The query.
    pub body: Body,
    /// Whether its body refers to itself.
    pub recursive: bool,
}

/// A further row of a FROM clause.
#[derive(Clone, Debug)]
pub struct Join {
    /// How.
    pub kind: JoinKind,
    /// Where the rows come from.
    pub from: From,
    /// The row that columns refer to.
    pub row: Path,
    /// The condition; none for a cross join.
    pub on: Option<Node>,
}

/// How rows are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    /// Pairs for which the condition holds.
    Inner,
    /// And the rows of the left side that have no partner.
    Left,
    /// All pairs.
    Cross,
}

/// A lock on the rows that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// Against what.
    pub strength: LockStrength,
    /// What happens where a row is locked already.
    pub wait: LockWait,
}

/// What a lock keeps others from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockStrength {
    /// From writing and from locking.
    Update,
    /// From writing.
    Share,
}

/// What happens where a row is locked by somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockWait {
    /// The statement waits.
    Wait,
    /// The statement fails at once.
    NoWait,
    /// The row is left out.
    SkipLocked,
}

/// What a SELECT gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// What it selects.
    Rows,
    /// How many rows there are.
    Count,
    /// Whether there is a row: 1 or 0.
    Exists,
}

impl Select {
    /// All rows of a model.
    pub fn new(model: &'static ModelDef) -> Self {
        Select::of(From::Model(model), Path::fresh())
    }

    /// All rows of a source, which columns refer to by this row.
    pub fn of(from: From, root: Path) -> Self {
        Select {
            from,
            root,
            joins: Vec::new(),
            output: Vec::new(),
            filters: Vec::new(),
            groups: Vec::new(),
            having: Vec::new(),
            order: Vec::new(),
            limit: None,
            offset: None,
            distinct: false,
            lock: None,
            hints: Vec::new(),
            comment: None,
        }
    }

    /// The model whose rows these are, if they are a model's.
    pub fn model(&self) -> Option<&'static ModelDef> {
        self.from.columns().model()
    }
}

impl From {
    /// How the columns of the rows are named.
    pub fn columns(&self) -> Columns {
        match self {
            From::Model(model) => Columns::Model(model),
            From::Query { columns, .. } => *columns,
            From::Cte(cte) => cte.columns,
            From::SoFar { id: _, columns } => *columns,
        }
    }
}

impl Columns {
    /// The model that they are the columns of.
    pub fn model(self) -> Option<&'static ModelDef> {
        match self {
            Columns::Model(model) => Some(model),
            Columns::Numbered(_) => None,
        }
    }
}

/// The greatest number of expressions in a select list.
pub const MOST_COLUMNS: usize = 16;

/// The names of the columns of a query that is used as a table.
pub const NAMES: [&str; MOST_COLUMNS] =
    ["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10", "c11", "c12", "c13", "c14", "c15"];
