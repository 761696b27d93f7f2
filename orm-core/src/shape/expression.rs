//! Expressions.

use super::Shape;
use crate::node::{Aggregate, Body, Function, Node, Order, Related, Window};
use crate::render::is_comparable;
use crate::value::Encoded;

impl<'s> Shape<'s, '_> {
    pub(super) fn nodes(&mut self, nodes: &'s [Node]) {
        for node in nodes {
            self.node(node);
        }
    }

    /// A word that says what comes: its variant, and a number that it may have besides.
    #[inline]
    fn begin(&mut self, variant: u64, detail: u64) {
        self.word(variant | detail << 8);
    }

    pub(super) fn node(&mut self, node: &'s Node) {
        match node {
            Node::Column(path, column) => {
                self.begin(1, 0);
                self.path(*path);
                self.definition(*column);
            }
            Node::Value(value) => {
                let value_ref = value.as_ref();
                self.is_known &= is_comparable(value_ref);
                self.begin(2, u64::from(value_ref.is_null()));
                if self.with_values {
                    self.content(value_ref);
                }
                self.bind(Encoded::Borrowed(value_ref), value);
            }
            Node::Binary { operator, left, right } => {
                self.begin(3, *operator as u64);
                self.node(left);
                self.node(right);
            }
            Node::And(nodes) => {
                self.begin(4, nodes.len() as u64);
                self.nodes(nodes);
            }
            Node::Or(nodes) => {
                self.begin(5, nodes.len() as u64);
                self.nodes(nodes);
            }
            Node::Not(operand) => {
                self.begin(6, 0);
                self.node(operand);
            }
            Node::Negate(operand) => {
                self.begin(7, 0);
                self.node(operand);
            }
            Node::IsNull { operand, negated } => {
                self.begin(8, u64::from(*negated));
                self.node(operand);
            }
            Node::Between { operand, low, high, negated } => {
                self.begin(9, u64::from(*negated));
                self.node(operand);
                self.node(low);
                self.node(high);
            }
            Node::In { operand, list, negated } => {
                self.begin(10, u64::from(*negated));
                self.word(list.len() as u64);
                self.node(operand);
                self.nodes(list);
            }
            Node::Related(related) => {
                let Related { at, row, filters, count } = related.as_ref();
                self.begin(11, u64::from(*count));
                self.path(*at);
                self.path(*row);
                self.word(filters.len() as u64);
                self.nodes(filters);
            }
            Node::Call { function, arguments } => {
                self.begin(12, arguments.len() as u64);
                self.variant(function);
                match function {
                    // A path decides whether there is such a function.
                    Function::Json(_) => self.with_values(|shape| shape.nodes(arguments)),
                    _ => self.nodes(arguments),
                }
            }
            Node::Named { name, arguments } => {
                self.begin(13, arguments.len() as u64);
                self.bytes(name.as_bytes());
                self.nodes(arguments);
            }
            Node::Aggregate(aggregate) => self.aggregate(aggregate),
            Node::Case { branches, otherwise } => {
                self.begin(15, u64::from(otherwise.is_some()));
                self.word(branches.len() as u64);
                for (condition, value) in branches {
                    self.node(condition);
                    self.node(value);
                }
                if let Some(value) = otherwise {
                    self.node(value);
                }
            }
            Node::Cast { operand, to } => {
                self.begin(16, 0);
                self.variant(to);
                self.node(operand);
            }
            Node::Subquery(body) => {
                self.begin(17, 0);
                self.body(body);
            }
            Node::Exists { query, negated } => {
                self.begin(18, u64::from(*negated));
                self.body(query);
            }
            Node::InQuery { operands, query, negated } => {
                self.begin(19, u64::from(*negated));
                self.word(operands.len() as u64);
                self.nodes(operands);
                self.body(query);
            }
            Node::Tuple(nodes) => {
                self.begin(20, nodes.len() as u64);
                self.nodes(nodes);
            }
            Node::Raw { text, arguments } => {
                self.begin(21, arguments.len() as u64);
                self.bytes(text.as_bytes());
                self.nodes(arguments);
            }
            Node::Match { operand, kind, text, negated } => {
                self.begin(22, u64::from(*negated) | (*kind as u64) << 1);
                self.node(operand);
                let (_, pattern) = self.dialect.pattern(*kind, *negated, "", text);
                self.text_value(text, pattern);
            }
        }
    }

    fn aggregate(&mut self, aggregate: &'s Aggregate) {
        let Aggregate { function, arguments, distinct, filter, order, over } = aggregate;
        self.begin(
            14,
            u64::from(*distinct) | u64::from(filter.is_some()) << 1 | u64::from(over.is_some()) << 2,
        );
        self.variant(function);
        self.counts([arguments.len(), order.len(), 0, 0]);
        // Separators and numbers of rows are written into the text.
        self.with_values(|shape| shape.nodes(arguments));
        if let Some(filter) = filter {
            self.node(filter);
        }
        self.orders(order);
        if let Some(Window { partition, order, frame }) = over {
            self.counts([partition.len(), order.len(), usize::from(frame.is_some()), 0]);
            self.nodes(partition);
            self.orders(order);
            if let Some(frame) = frame {
                self.variant(frame);
            }
        }
    }

    pub(super) fn orders(&mut self, orders: &'s [Order]) {
        for Order { node, direction, nulls } in orders {
            self.begin(23, (*direction as u64) | (*nulls as u64) << 8);
            self.node(node);
        }
    }

    pub(super) fn body(&mut self, body: &'s Body) {
        match body {
            Body::Select(select) => {
                self.begin(24, 0);
                self.select(select);
            }
            Body::Set { operator, all, left, right } => {
                self.begin(25, u64::from(*all) | (*operator as u64) << 1);
                self.body(left);
                self.body(right);
            }
            Body::Values(rows) => {
                self.begin(26, rows.len() as u64);
                for row in rows {
                    self.word(row.len() as u64);
                    self.nodes(row);
                }
            }
        }
    }
}
