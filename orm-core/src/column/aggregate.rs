//! Values computed from several rows: aggregates of groups, and functions of windows.

use std::marker::PhantomData;

use super::level::{Level, PerGroup};
use super::{Column, Condition, Expr, Groups};
use crate::node::{
    Aggregate as AggregateNode, AggregateFunction, Bound, Frame, FrameUnit, Node, Orders, Window,
    WindowFunction,
};
use crate::types::{ColumnType, SqlType, Summed, Textual};

/// A value computed from the rows of a group, such as `o.total.sum()`. Everything that an expression can do it can do too;
/// besides, [`distinct`](Aggregate::distinct), [`filter`](Aggregate::filter) and [`over`](Aggregate::over).
pub struct Aggregate<T> {
    node: Box<AggregateNode>,
    _type: PhantomData<fn() -> T>,
}

impl<T> Clone for Aggregate<T> {
    fn clone(&self) -> Self {
        Aggregate { node: self.node.clone(), _type: PhantomData }
    }
}

impl<T> std::fmt::Debug for Aggregate<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Aggregate").field(&self.node).finish()
    }
}

impl<T> Aggregate<T> {
    fn new(function: AggregateFunction, arguments: Vec<Node>) -> Self {
        Aggregate { node: Box::new(AggregateNode::new(function, arguments)), _type: PhantomData }
    }

    /// The plain expression.
    pub fn into_node(self) -> Node {
        Node::Aggregate(self.node)
    }

    /// Equal values count once.
    #[must_use]
    pub fn distinct(mut self) -> Self {
        self.node.distinct = true;
        self
    }

    /// Only the rows for which the condition holds: FILTER (WHERE ..), on every backend.
    #[must_use]
    pub fn filter(mut self, condition: impl Condition) -> Self {
        let condition = condition.into_condition();
        self.node.filter = Some(match self.node.filter.take() {
            Some(before) => super::methods::both(before, condition),
            None => condition,
        });
        self
    }

    /// The rows in this order, where it matters: [`concat`](Column::concat_rows).
    #[must_use]
    pub fn order_by(mut self, terms: impl Orders) -> Self {
        terms.append_to(&mut self.node.order);
        self
    }

    /// Of the rows of a window, once for each row: OVER (..).
    pub fn over(mut self, window: WindowSpec) -> Expr<T, PerGroup> {
        self.node.over = Some(window.window);
        Expr::new(self.into_node())
    }
}

impl<T> From<Aggregate<T>> for Expr<T, PerGroup> {
    fn from(aggregate: Aggregate<T>) -> Self {
        Expr::new(aggregate.into_node())
    }
}

macro_rules! aggregates {
    ($(<$($l:ident)?> $type:ty;)*) => {$(
        impl<T $(, $l: Level)?> $type {
            /// How many rows have a value: COUNT.
            pub fn count(self) -> Aggregate<i64> {
                Aggregate::new(AggregateFunction::Count, vec![self.into_node()])
            }
        }

        impl<T: ColumnType $(, $l: Level)?> $type {
            /// The smallest value, or none where there is no row: MIN.
            pub fn min(self) -> Aggregate<T::Nullable> {
                Aggregate::new(AggregateFunction::Min, vec![self.into_node()])
            }
            /// The greatest value, or none where there is no row: MAX.
            pub fn max(self) -> Aggregate<T::Nullable> {
                Aggregate::new(AggregateFunction::Max, vec![self.into_node()])
            }
        }

        impl<T: Summed $(, $l: Level)?> $type {
            /// The sum, or none where there is no row: SUM. Of integers an integer, past whose range is an error.
            pub fn sum(self) -> Aggregate<Option<T::Sum>> {
                let function = if <T::Sum as ColumnType>::TYPE.is_integer() {
                    AggregateFunction::SumIntegers
                } else {
                    AggregateFunction::Sum
                };
                Aggregate::new(function, vec![self.into_node()])
            }
            /// The mean, or none where there is no row: AVG. Of integers a floating point number.
            pub fn avg(self) -> Aggregate<Option<T::Mean>> {
                let function = match <T::Mean as ColumnType>::TYPE {
                    SqlType::F64 => AggregateFunction::Average,
                    _ => AggregateFunction::AverageExact,
                };
                Aggregate::new(function, vec![self.into_node()])
            }
        }

        impl<T: Textual $(, $l: Level)?> $type {
            /// The texts one after the other, or none where there is no row: GROUP_CONCAT. The order is given by
            /// [`Aggregate::order_by`].
            pub fn concat_rows(self, separator: impl Into<String>) -> Aggregate<Option<String>> {
                let separator = Node::Value(crate::value::Value::Text(separator.into().into()));
                Aggregate::new(AggregateFunction::Concat, vec![self.into_node(), separator])
            }
        }

        impl<T: ColumnType $(, $l: Level)?> $type {
            /// The value of this expression so many rows before the current one: LAG. `.over(..).or(value)` says what there is
            /// where there is no such row.
            pub fn lag(self, rows: u32) -> Windowed<T::Nullable> {
                Windowed::new(WindowFunction::Lag, vec![self.into_node(), count(rows)])
            }
            /// The value of this expression so many rows after the current one: LEAD.
            pub fn lead(self, rows: u32) -> Windowed<T::Nullable> {
                Windowed::new(WindowFunction::Lead, vec![self.into_node(), count(rows)])
            }
            /// The value of the first row of the frame: FIRST_VALUE.
            pub fn first_value(self) -> Windowed<T::Nullable> {
                Windowed::new(WindowFunction::FirstValue, vec![self.into_node()])
            }
            /// The value of the last row of the frame, which ends at the current row unless it says otherwise: LAST_VALUE.
            pub fn last_value(self) -> Windowed<T::Nullable> {
                Windowed::new(WindowFunction::LastValue, vec![self.into_node()])
            }
            /// The value of the row of that number in the frame, from 1: NTH_VALUE.
            pub fn nth_value(self, number: u32) -> Windowed<T::Nullable> {
                Windowed::new(WindowFunction::NthValue, vec![self.into_node(), count(number)])
            }
        }
    )*};
}

aggregates! {
    <> Column<T>;
    <L> Expr<T, L>;
}

fn count(number: u32) -> Node {
    Node::Value(crate::value::Value::Int(number.into()))
}

/// How many rows a group has: COUNT(*).
pub fn count_rows() -> Aggregate<i64> {
    Aggregate::new(AggregateFunction::Count, Vec::new())
}

/// A function of windows alone; [`over`](Windowed::over) makes it an expression.
#[must_use = "a function of a window needs one: `.over(window())`"]
pub struct Windowed<T> {
    node: Box<AggregateNode>,
    _type: PhantomData<fn() -> T>,
}

impl<T> std::fmt::Debug for Windowed<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Windowed").field(&self.node).finish()
    }
}

impl<T> Windowed<T> {
    fn new(function: WindowFunction, arguments: Vec<Node>) -> Self {
        let node = AggregateNode::new(AggregateFunction::Window(function), arguments);
        Windowed { node: Box::new(node), _type: PhantomData }
    }

    /// Of the rows of a window: OVER (..).
    pub fn over(mut self, window: WindowSpec) -> Expr<T, PerGroup> {
        self.node.over = Some(window.window);
        Expr::new(Node::Aggregate(self.node))
    }
}

/// The number of the row in its window, from 1: ROW_NUMBER.
pub fn row_number() -> Windowed<i64> {
    Windowed::new(WindowFunction::RowNumber, Vec::new())
}

/// The rank of the row in its window, from 1, with gaps after equal rows: RANK.
pub fn rank() -> Windowed<i64> {
    Windowed::new(WindowFunction::Rank, Vec::new())
}

/// The rank of the row in its window, from 1, without gaps: DENSE_RANK.
pub fn dense_rank() -> Windowed<i64> {
    Windowed::new(WindowFunction::DenseRank, Vec::new())
}

/// The rank of the row in its window, from 0 to 1: PERCENT_RANK.
pub fn percent_rank() -> Windowed<f64> {
    Windowed::new(WindowFunction::PercentRank, Vec::new())
}

/// The share of the window's rows up to this one and its equals, above 0 to 1: CUME_DIST.
pub fn cume_dist() -> Windowed<f64> {
    Windowed::new(WindowFunction::CumeDist, Vec::new())
}

/// The part of the window that the row is in, from 1, of so many parts: NTILE.
pub fn ntile(parts: u32) -> Windowed<i64> {
    Windowed::new(WindowFunction::Ntile, vec![count(parts)])
}

/// A window: which rows a function sees from the current one. Started by [`window`].
#[derive(Clone, Debug, Default)]
pub struct WindowSpec {
    window: Window,
}

/// All rows of the query, to be narrowed: `window().partition_by(o.customer_id).order_by(o.day.asc())`.
pub fn window() -> WindowSpec {
    WindowSpec::default()
}

impl WindowSpec {
    /// Rows with equal values of these belong together: columns, expressions, or a tuple of them.
    #[must_use]
    pub fn partition_by(mut self, terms: impl Groups) -> Self {
        terms.append_to(&mut self.window.partition);
        self
    }

    /// The order of the rows.
    #[must_use]
    pub fn order_by(mut self, terms: impl Orders) -> Self {
        terms.append_to(&mut self.window.order);
        self
    }

    /// The rows from one to another, both included: ROWS BETWEEN.
    #[must_use]
    pub fn rows(mut self, start: Bound, end: Bound) -> Self {
        self.window.frame = Some(Frame { unit: FrameUnit::Rows, start, end });
        self
    }

    /// The rows whose value lies between two distances from the current one: RANGE BETWEEN.
    #[must_use]
    pub fn range(mut self, start: Bound, end: Bound) -> Self {
        self.window.frame = Some(Frame { unit: FrameUnit::Range, start, end });
        self
    }
}
