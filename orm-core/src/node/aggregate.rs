//! Values that are computed from several rows: aggregates of a group, and functions of a window.

use super::{Node, Order};

/// A function of several rows.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// Which.
    pub function: AggregateFunction,
    /// What it is computed from.
    pub arguments: Vec<Node>,
    /// Whether equal values count once.
    pub distinct: bool,
    /// Only the rows for which this holds.
    pub filter: Option<Node>,
    /// The order of the rows, where it matters to the function.
    pub order: Vec<Order>,
    /// The window; a group where there is none.
    pub over: Option<Window>,
}

impl Aggregate {
    /// A function of all rows of a group.
    pub fn new(function: AggregateFunction, arguments: Vec<Node>) -> Self {
        Aggregate { function, arguments, distinct: false, filter: None, order: Vec::new(), over: None }
    }
}

/// The functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AggregateFunction {
    /// How many rows there are, or how many values that are not NULL.
    Count,
    /// The sum of integers.
    SumIntegers,
    /// The sum of decimal numbers.
    SumExact,
    /// The sum of other numbers.
    Sum,
    /// The mean as a floating point number.
    Average,
    /// The mean of decimal numbers.
    AverageExact,
    /// The smallest.
    Min,
    /// The greatest.
    Max,
    /// The texts one after the other, with a separator between them.
    Concat,
    /// A function of windows alone.
    Window(WindowFunction),
}

/// Functions that have a value for each row of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WindowFunction {
    /// 1, 2, 3.
    RowNumber,
    /// Equal rows have equal ranks; the next one is as many further.
    Rank,
    /// Equal rows have equal ranks; the next one is one further.
    DenseRank,
    /// The rank from 0 to 1.
    PercentRank,
    /// The share of rows up to this one.
    CumeDist,
    /// The number of the part, of so many equal parts.
    Ntile,
    /// The value of a row before this one.
    Lag,
    /// The value of a row after this one.
    Lead,
    /// The value of the first row of the frame.
    FirstValue,
    /// The value of the last row of the frame.
    LastValue,
    /// The value of the row of that number in the frame.
    NthValue,
}

/// Which rows a function of a window sees.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// Rows with equal values of these belong together.
    pub partition: Vec<Node>,
    /// The order inside.
    pub order: Vec<Order>,
    /// Which rows around the current one; the database's own choice where there is none.
    pub frame: Option<Frame>,
}

/// The rows around the current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Frame {
    /// What is counted.
    pub unit: FrameUnit,
    /// The first.
    pub start: Bound,
    /// The last.
    pub end: Bound,
}

/// What the ends of a frame count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameUnit {
    /// Rows.
    Rows,
    /// Values of the one term of the order.
    Range,
}

/// One end of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bound {
    /// The first row, or the last.
    Unbounded,
    /// So many before the current row.
    Preceding(u32),
    /// The current row.
    CurrentRow,
    /// So many after it.
    Following(u32),
}
