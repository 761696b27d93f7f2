//! The syntax tree of expressions: plain owned data without types. The typed face over it is `column` and `expr`; the one
//! reader that turns it into SQL is `render`.

use crate::definition::ColumnDef;
use crate::dialect::Match;
use crate::path::Path;
use crate::value::Value;

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

/// One term of ORDER BY.
#[derive(Clone, Debug)]
pub struct Order {
    pub(crate) node: Node,
    pub(crate) direction: Direction,
    pub(crate) nulls: Nulls,
}

/// Which way a term sorts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Greatest first.
    Descending,
}

/// Where NULLs sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// As the backend does it: NULL is the smallest value on every backend of this library.
    Default,
    /// Before everything.
    First,
    /// After everything.
    Last,
}

impl Order {
    /// NULLs before everything else.
    #[must_use]
    pub fn nulls_first(mut self) -> Self {
        self.nulls = Nulls::First;
        self
    }

    /// NULLs after everything else.
    #[must_use]
    pub fn nulls_last(mut self) -> Self {
        self.nulls = Nulls::Last;
        self
    }
}

/// What `order_by` takes: one term, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an order",
    label = "expected `column.asc()`, `column.desc()`, or a tuple of them"
)]
pub trait Orders {
    /// Adds the terms to a list.
    fn append_to(self, terms: &mut Vec<Order>);
}

impl Orders for Order {
    fn append_to(self, terms: &mut Vec<Order>) {
        terms.push(self);
    }
}

impl Orders for Vec<Order> {
    fn append_to(mut self, terms: &mut Vec<Order>) {
        terms.append(&mut self);
    }
}

macro_rules! orders_of_tuples {
    ($($($name:ident)+;)*) => {$(
        impl<$($name: Orders),+> Orders for ($($name,)+) {
            #[allow(non_snake_case)]
            fn append_to(self, terms: &mut Vec<Order>) {
                let ($($name,)+) = self;
                $($name.append_to(terms);)+
            }
        }
    )*};
}
orders_of_tuples! { A; A B; A B C; A B C D; A B C D E; A B C D E F; }
