//! Aggregates and functions of windows.

use super::Renderer;
use crate::error::{Error, Result};
use crate::node::{Aggregate, AggregateFunction, Bound, Frame, FrameUnit, Node, Window, WindowFunction};
use crate::value::Value;

impl Renderer<'_> {
    pub(super) fn aggregate(&mut self, aggregate: &Aggregate) -> Result<()> {
        let Aggregate { function, arguments, distinct, filter, order, over } = aggregate;
        let native = self.dialect.capabilities().aggregate_filter;
        // Where FILTER is missing, other rows give NULL, which aggregates leave out.
        let emulated = filter.as_ref().filter(|_| !native);
        if *distinct && over.is_some() {
            return Err(Error::invalid_query(
                "DISTINCT stands in aggregates of groups, not of windows: take it out, or count in a subquery",
            ));
        }
        match function {
            AggregateFunction::Concat => self.concat(arguments, *distinct, order, emulated)?,
            AggregateFunction::Average => {
                let template = self.dialect.average_of_floats();
                self.simple("AVG(", arguments, *distinct, emulated, Some(template))?;
            }
            AggregateFunction::AverageExact => self.simple("AVG(", arguments, *distinct, emulated, None)?,
            AggregateFunction::Count => self.simple("COUNT(", arguments, *distinct, emulated, None)?,
            AggregateFunction::Sum | AggregateFunction::SumIntegers => {
                self.simple("SUM(", arguments, *distinct, emulated, None)?;
            }
            AggregateFunction::Min => self.simple("MIN(", arguments, *distinct, emulated, None)?,
            AggregateFunction::Max => self.simple("MAX(", arguments, *distinct, emulated, None)?,
            AggregateFunction::Window(function) => self.window_function(*function, arguments)?,
        }
        if let Some(filter) = filter
            && native
        {
            self.push(" FILTER (WHERE ");
            self.node(filter)?;
            self.push(")");
        }
        if let Some(window) = over {
            self.push(" OVER (");
            self.window(window)?;
            self.push(")");
        }
        Ok(())
    }

    fn simple(
        &mut self,
        opening: &str,
        arguments: &[Node],
        distinct: bool,
        filter: Option<&Node>,
        template: Option<&str>,
    ) -> Result<()> {
        self.push(opening);
        self.push(if distinct { "DISTINCT " } else { "" });
        if let Some(filter) = filter {
            self.push("CASE WHEN ");
            self.operand(filter)?;
            self.push(" THEN ");
        }
        match (arguments.first(), template) {
            (None, _) => self.push(if filter.is_some() { "1" } else { "*" }),
            (Some(_), Some(template)) => self.template(template, arguments)?,
            (Some(argument), None) => self.operand(argument)?,
        }
        self.push(if filter.is_some() { " END)" } else { ")" });
        Ok(())
    }

    fn concat(
        &mut self,
        arguments: &[Node],
        distinct: bool,
        order: &[crate::node::Order],
        filter: Option<&Node>,
    ) -> Result<()> {
        let [text, Node::Value(Value::Text(separator))] = arguments else {
            return Err(Error::invalid_query("texts are put together with a separator of text"));
        };
        let form = self.dialect.concat_rows(separator, distinct)?;
        self.push("GROUP_CONCAT(");
        self.push(if distinct { "DISTINCT " } else { "" });
        if let Some(filter) = filter {
            self.push("CASE WHEN ");
            self.operand(filter)?;
            self.push(" THEN ");
        }
        self.operand(text)?;
        self.push(if filter.is_some() { " END" } else { "" });
        self.push(&form.before_order);
        self.ordered(order)?;
        self.push(&form.after_order);
        self.push(")");
        Ok(())
    }

    fn window_function(&mut self, function: WindowFunction, arguments: &[Node]) -> Result<()> {
        self.push(match function {
            WindowFunction::RowNumber => "ROW_NUMBER(",
            WindowFunction::Rank => "RANK(",
            WindowFunction::DenseRank => "DENSE_RANK(",
            WindowFunction::PercentRank => "PERCENT_RANK(",
            WindowFunction::CumeDist => "CUME_DIST(",
            WindowFunction::Ntile => "NTILE(",
            WindowFunction::Lag => "LAG(",
            WindowFunction::Lead => "LEAD(",
            WindowFunction::FirstValue => "FIRST_VALUE(",
            WindowFunction::LastValue => "LAST_VALUE(",
            WindowFunction::NthValue => "NTH_VALUE(",
        });
        // How many rows: a number of the library's own typing, which not every backend takes as a bound value.
        let counted = match function {
            WindowFunction::Ntile => Some(0),
            WindowFunction::Lag | WindowFunction::Lead | WindowFunction::NthValue => Some(1),
            WindowFunction::RowNumber
            | WindowFunction::Rank
            | WindowFunction::DenseRank
            | WindowFunction::PercentRank
            | WindowFunction::CumeDist
            | WindowFunction::FirstValue
            | WindowFunction::LastValue => None,
        };
        for (position, argument) in arguments.iter().enumerate() {
            self.push(if position > 0 { ", " } else { "" });
            match argument {
                Node::Value(Value::Int(number)) if counted == Some(position) => {
                    self.push(&number.to_string())
                }
                argument => self.operand(argument)?,
            }
        }
        self.push(")");
        Ok(())
    }

    pub(super) fn window(&mut self, window: &Window) -> Result<()> {
        let Window { partition, order, frame } = window;
        if !partition.is_empty() {
            self.push("PARTITION BY ");
            self.list(partition, ", ", |renderer, node| renderer.node(node))?;
        }
        if !order.is_empty() {
            let part = self.aside(|renderer| renderer.ordered(order))?;
            let lead = if partition.is_empty() { part.sql.trim_start() } else { part.sql.as_str() };
            self.push(lead);
            self.out.values.extend(part.values);
        }
        if let Some(Frame { unit, start, end }) = frame {
            self.push(if partition.is_empty() && order.is_empty() { "" } else { " " });
            self.push(match unit {
                FrameUnit::Rows => "ROWS BETWEEN ",
                FrameUnit::Range => "RANGE BETWEEN ",
            });
            self.bound(*start, "UNBOUNDED PRECEDING");
            self.push(" AND ");
            self.bound(*end, "UNBOUNDED FOLLOWING");
        }
        Ok(())
    }

    fn bound(&mut self, bound: Bound, unbounded: &str) {
        match bound {
            Bound::Unbounded => self.push(unbounded),
            Bound::Preceding(rows) => self.push(&format!("{rows} PRECEDING")),
            Bound::CurrentRow => self.push("CURRENT ROW"),
            Bound::Following(rows) => self.push(&format!("{rows} FOLLOWING")),
        }
    }
}
