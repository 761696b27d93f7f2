//! Expressions and the terms of ORDER BY.

use super::part::Bound;
use super::select::Head;
use super::{LONGEST_CHAIN, Renderer, quote_into};
use crate::definition::ColumnDef;
use crate::dialect::Division;
use crate::error::{Error, Result};
use crate::node::{Body, Direction, Node, Nulls, Operator, Order};
use crate::path::Path;
use crate::types::SqlType;
use crate::value::{DateTime, Value, ValueRef};

impl Renderer<'_> {
    pub(super) fn order(&mut self, term: &Order) -> Result<()> {
        let Order { node, direction, nulls } = term;
        let native = self.dialect.capabilities().nulls_order;
        // NULL is the smallest value: only the other wish needs words.
        let unusual = match (nulls, direction) {
            (Nulls::Default, _)
            | (Nulls::First, Direction::Ascending)
            | (Nulls::Last, Direction::Descending) => false,
            (Nulls::First, Direction::Descending) | (Nulls::Last, Direction::Ascending) => true,
        };
        if unusual && !native {
            self.operand(node)?;
            self.push(if *nulls == Nulls::First { " IS NULL DESC, " } else { " IS NULL, " });
        }
        self.operand(node)?;
        self.push(match direction {
            Direction::Ascending => " ASC",
            Direction::Descending => " DESC",
        });
        if unusual && native {
            self.push(if *nulls == Nulls::First { " NULLS FIRST" } else { " NULLS LAST" });
        }
        Ok(())
    }

    /// An expression inside another one: in parentheses where it has several parts.
    pub(super) fn operand(&mut self, node: &Node) -> Result<()> {
        match node {
            Node::Column(..)
            | Node::Value(_)
            | Node::Related(_)
            | Node::Call { .. }
            | Node::Named { .. }
            | Node::Aggregate(_)
            | Node::Cast { .. }
            | Node::Subquery(_)
            | Node::Tuple(_) => self.node(node),
            Node::Binary { operator: Operator::Divide | Operator::DivideInteger, .. } => self.node(node),
            Node::Binary { .. }
            | Node::And(_)
            | Node::Or(_)
            | Node::Not(_)
            | Node::Negate(_)
            | Node::IsNull { .. }
            | Node::Between { .. }
            | Node::In { .. }
            | Node::InQuery { .. }
            | Node::Exists { .. }
            | Node::Case { .. }
            | Node::Raw { .. }
            | Node::Match { .. } => {
                self.push("(");
                self.node(node)?;
                self.push(")");
                Ok(())
            }
        }
    }

    pub(super) fn node(&mut self, node: &Node) -> Result<()> {
        match node {
            Node::Column(path, column) => self.column(*path, column),
            Node::Related(related) => self.related(related),
            Node::Value(value) => match incomparable(value.as_ref()) {
                Some(reason) => Err(Error::invalid_query(reason)),
                None => {
                    self.value(value);
                    Ok(())
                }
            },
            Node::Binary { operator, left, right } => self.binary(*operator, left, right),
            Node::And(terms) => self.chain(terms, " AND ", "1 = 1"),
            Node::Or(terms) => self.chain(terms, " OR ", "1 = 0"),
            Node::Not(operand) => {
                self.push("NOT ");
                self.operand(operand)
            }
            Node::Negate(operand) => {
                self.push("-");
                self.operand(operand)
            }
            Node::IsNull { operand, negated } => {
                self.operand(operand)?;
                self.push(if *negated { " IS NOT NULL" } else { " IS NULL" });
                Ok(())
            }
            Node::Between { operand, low, high, negated } => {
                self.operand(operand)?;
                self.push(if *negated { " NOT BETWEEN " } else { " BETWEEN " });
                self.operand(low)?;
                self.push(" AND ");
                self.operand(high)
            }
            Node::In { operand, list, negated } => self.in_list(operand, list, *negated),
            Node::Match { operand, kind, text, negated } => {
                let left = self.aside(|renderer| renderer.operand(operand))?;
                let (sql, pattern) = self.dialect.pattern(*kind, *negated, &left.sql, text);
                self.push(&sql);
                self.out.values.extend(left.values);
                self.out.values.push(Bound::made_of(text, Value::Text(pattern.into())));
                Ok(())
            }
            Node::Call { function, arguments } => self.call(*function, arguments),
            Node::Named { name, arguments } => self.named_function(name, arguments),
            Node::Aggregate(aggregate) => self.aggregate(aggregate),
            Node::Case { branches, otherwise } => self.case(branches, otherwise.as_deref()),
            Node::Cast { operand, to } => {
                let template = self.dialect.cast(*to)?;
                self.template(&template, std::slice::from_ref(operand.as_ref()))
            }
            Node::Subquery(body) => {
                self.push("(");
                self.body(body, Head::Selected)?;
                self.push(")");
                Ok(())
            }
            Node::Exists { query, negated } => {
                self.push(if *negated { "NOT EXISTS (" } else { "EXISTS (" });
                let head = match query.as_ref() {
                    Body::Select(select)
                        if !select.distinct && select.groups.is_empty() && select.having.is_empty() =>
                    {
                        Head::One
                    }
                    Body::Select(_) | Body::Set { .. } | Body::Values(_) => Head::Selected,
                };
                self.body(query, head)?;
                self.push(")");
                Ok(())
            }
            Node::InQuery { operands, query, negated } => {
                match operands.as_slice() {
                    [only] => self.operand(only)?,
                    several => self.tuple(several)?,
                }
                self.push(if *negated { " NOT IN (" } else { " IN (" });
                self.body(query, Head::Selected)?;
                self.push(")");
                Ok(())
            }
            Node::Tuple(nodes) => self.tuple(nodes),
            Node::Raw { text, arguments } => self.raw(text, arguments),
        }
    }

    pub(super) fn column(&mut self, path: Path, column: &'static ColumnDef) -> Result<()> {
        let row = self.row(path, Some(column))?;
        let Renderer { dialect, out, rows, values_of, .. } = self;
        if *values_of == Some(path) {
            out.sql.push_str("VALUES(");
            quote_into(&mut out.sql, *dialect, column.name);
            out.sql.push(')');
            return Ok(());
        }
        quote_into(&mut out.sql, *dialect, &rows[row].name);
        out.sql.push('.');
        quote_into(&mut out.sql, *dialect, column.name);
        Ok(())
    }

    fn tuple(&mut self, nodes: &[Node]) -> Result<()> {
        self.push("(");
        self.list(nodes, ", ", |renderer, node| renderer.node(node))?;
        self.push(")");
        Ok(())
    }

    fn case(&mut self, branches: &[(Node, Node)], otherwise: Option<&Node>) -> Result<()> {
        self.push("CASE");
        for (condition, value) in branches {
            self.push(" WHEN ");
            self.operand(condition)?;
            self.push(" THEN ");
            self.operand(value)?;
        }
        if let Some(value) = otherwise {
            self.push(" ELSE ");
            self.operand(value)?;
        }
        self.push(" END");
        Ok(())
    }

    pub(super) fn value(&mut self, value: &Value) {
        self.out.sql.push('?');
        self.out.values.push(Bound::made_of(value, value.clone()));
    }

    pub(super) fn chain(&mut self, terms: &[Node], separator: &str, none: &str) -> Result<()> {
        if terms.is_empty() {
            self.push(none);
        }
        if terms.len() > LONGEST_CHAIN {
            for (position, part) in terms.chunks(LONGEST_CHAIN).enumerate() {
                self.push(if position > 0 { separator } else { "" });
                self.push("(");
                self.chain(part, separator, none)?;
                self.push(")");
            }
            return Ok(());
        }
        for (position, term) in terms.iter().enumerate() {
            if position > 0 {
                self.push(separator);
            }
            self.operand(term)?;
        }
        Ok(())
    }

    pub(super) fn binary(&mut self, operator: Operator, left: &Node, right: &Node) -> Result<()> {
        let null = |node: &Node| matches!(node, Node::Value(Value::Null));
        let infix = match operator {
            Operator::Equal | Operator::NotEqual if null(left) || null(right) => {
                self.operand(if null(right) { left } else { right })?;
                self.push(if operator == Operator::Equal { " IS NULL" } else { " IS NOT NULL" });
                return Ok(());
            }
            Operator::Divide | Operator::DivideInteger => {
                let left = self.aside(|renderer| renderer.operand(left))?;
                let right = self.aside(|renderer| renderer.operand(right))?;
                let division =
                    if operator == Operator::Divide { Division::Fraction } else { Division::Integer };
                let text = self.dialect.quotient(&left.sql, &right.sql, division);
                self.push(&text);
                self.out.values.extend(left.values);
                self.out.values.extend(right.values);
                return Ok(());
            }
            Operator::Distinct => {
                self.push("NOT (");
                self.binary(Operator::Same, left, right)?;
                self.push(")");
                return Ok(());
            }
            Operator::Remainder if !self.dialect.has_fraction_remainder() => {
                return Err(Error::unsupported("`%` of numbers with a fraction", self.dialect.name()));
            }
            Operator::Equal => "=",
            Operator::NotEqual => "<>",
            Operator::Less => "<",
            Operator::LessEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterEqual => ">=",
            Operator::Same => self.dialect.null_safe_equal(),
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Remainder | Operator::RemainderInteger => "%",
        };
        self.compared(left, right)?;
        self.push(" ");
        self.push(infix);
        self.push(" ");
        self.compared(right, left)
    }

    /// An operand beside another one: a document is bound as what the other one is.
    pub(super) fn compared(&mut self, node: &Node, other: &Node) -> Result<()> {
        match node {
            Node::Value(value) if is_json(other) => {
                self.push(self.dialect.json_placeholder());
                self.out.values.push(Bound::made_of(value, value.clone()));
                Ok(())
            }
            _ => self.operand(node),
        }
    }

    pub(super) fn in_list(&mut self, operand: &Node, list: &[Node], negated: bool) -> Result<()> {
        if is_json(operand) {
            // MySQL has no IN for documents.
            let operator = if negated { Operator::NotEqual } else { Operator::Equal };
            let mut terms = Vec::with_capacity(list.len());
            for node in list {
                let (left, right) = (Box::new(operand.clone()), Box::new(node.clone()));
                terms.push(Node::Binary { operator, left, right });
            }
            return self.node(&if negated { Node::And(terms) } else { Node::Or(terms) });
        }
        let is_null = |node: &&Node| matches!(node, Node::Value(Value::Null));
        let with_null = list.iter().any(|node| is_null(&node));
        let count = list.iter().filter(|node| !is_null(node)).count();
        if count == 0 && !with_null {
            self.push(if negated { "1 = 1" } else { "1 = 0" });
            return Ok(());
        }
        if count > 0 {
            self.operand(operand)?;
            self.push(if negated { " NOT IN (" } else { " IN (" });
            if matches!(operand, Node::Tuple(_)) && !self.dialect.capabilities().tuple_lists {
                self.push("VALUES ");
            }
            let mut first = true;
            for node in list.iter().filter(|node| !is_null(node)) {
                if !std::mem::take(&mut first) {
                    self.push(", ");
                }
                self.operand(node)?;
            }
            self.push(")");
        }
        if with_null {
            if count > 0 {
                self.push(if negated { " AND " } else { " OR " });
            }
            self.operand(operand)?;
            self.push(if negated { " IS NOT NULL" } else { " IS NULL" });
        }
        Ok(())
    }
}

/// Whether a value compares in the same way on each backend.
pub(crate) fn is_comparable(value: ValueRef<'_>) -> bool {
    incomparable(value).is_none()
}

/// Why a value compares in another way on each backend, if it does.
fn incomparable(value: ValueRef<'_>) -> Option<&'static str> {
    match value {
        ValueRef::Double(number) if number.is_nan() => {
            Some("NaN is no number that a database compares: no column holds it, so leave the condition out")
        }
        ValueRef::Date(date) | ValueRef::DateTime(DateTime { date, .. })
            if !(0..=9999).contains(&date.year) =>
        {
            Some(
                "a date is compared whose year is outside 0 to 9999: no column holds it, so leave the condition out",
            )
        }
        _ => None,
    }
}

fn is_json(node: &Node) -> bool {
    matches!(node, Node::Column(_, column) if column.sql_type == SqlType::Json)
}
