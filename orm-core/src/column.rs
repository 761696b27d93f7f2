//! The typed face of expressions: `Column<T>` and `Expr<T>` are phantom types over one plain syntax tree, so that the
//! compiler checks what is compared with what, and everything behind it is compiled once.

mod aggregate;
mod assign;
mod case;
mod fragment;
mod functions;
mod groups;
mod level;
mod methods;
mod operand;
mod tuple;

use std::marker::PhantomData;

use crate::definition::ColumnDef;
use crate::node::Node;
use crate::path::Path;

pub use aggregate::{
    Aggregate, WindowSpec, Windowed, count_rows, cume_dist, dense_rank, ntile, percent_rank, rank,
    row_number, window,
};
pub use assign::{Assign, Assignments};
pub use case::{Case, CaseElse, CaseValue, case, value};
pub use fragment::{Argument, Arguments, Fragment, check_fragment, fragment, function};
pub use functions::{CurrentDate, CurrentMoment, now, random, today};
#[cfg(feature = "json")]
pub use functions::{JsonPlace, JsonScalar};
pub use groups::Groups;
pub use level::{Both, Level, PerGroup, PerRow, Three};
pub use operand::{Count, Operand};
pub use tuple::{Member, Members, Tuple, TupleOperand, tuple};

/// A column of a row of a query, with the type of its field. `Copy`, so that a closure uses it as often as it likes.
pub struct Column<T> {
    path: Path,
    column: &'static ColumnDef,
    _type: PhantomData<fn() -> T>,
}

/// An expression of type `T`: of one row, or computed from several ([`PerGroup`]).
pub struct Expr<T, L = PerRow> {
    node: Node,
    _type: PhantomData<fn() -> (T, L)>,
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

impl<T, L> Clone for Expr<T, L> {
    fn clone(&self) -> Self {
        Expr::new(self.node.clone())
    }
}

impl<T, L> std::fmt::Debug for Expr<T, L> {
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

    /// The row that the column belongs to.
    pub fn path(&self) -> Path {
        self.path
    }

    /// The plain expression.
    pub fn into_node(self) -> Node {
        Node::Column(self.path, self.column)
    }
}

impl<T, L> Expr<T, L> {
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

/// What `filter` and its like take: a condition on one row.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a condition on one row",
    label = "expected an `Expr<bool>` or a `bool` column",
    note = "an aggregate or a function of a window is computed after WHERE: use `having`, or filter a subquery that selects it"
)]
pub trait Condition {
    /// The plain expression.
    fn into_condition(self) -> Node;
}

/// All of the conditions: `and_all(words.iter().map(|word| u.name.contains(*word)))`. True where there are none.
pub fn and_all<C: Condition>(conditions: impl IntoIterator<Item = C>) -> Expr<bool> {
    Expr::new(Node::And(terms(conditions)))
}

/// Any of the conditions. False where there are none.
pub fn or_any<C: Condition>(conditions: impl IntoIterator<Item = C>) -> Expr<bool> {
    Expr::new(Node::Or(terms(conditions)))
}

fn terms<C: Condition>(conditions: impl IntoIterator<Item = C>) -> Vec<Node> {
    let mut terms = Vec::new();
    for condition in conditions {
        terms.push(condition.into_condition());
    }
    terms
}

impl Condition for Expr<bool> {
    fn into_condition(self) -> Node {
        self.node
    }
}

impl Condition for Column<bool> {
    fn into_condition(self) -> Node {
        self.into_node()
    }
}
