//! The one renderer: statements and expressions in, SQL text and bound values out. It asks a dialect for leaf facts, quotes
//! every identifier and binds every value; nothing of a user's data reaches the text.

use crate::definition::ModelDef;
use crate::dialect::{Dialect, Division};
use crate::error::{Error, Result};
use crate::node::{Direction, Node, Nulls, Operator, Order};
use crate::path::Path;
use crate::statement::{Output, Select};
use crate::types::SqlType;
use crate::value::Value;

/// Longer chains are written in parts: each term makes an expression one level deeper, and SQLite takes 1,000.
const LONGEST_CHAIN: usize = 400;

/// A statement as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The text, with a `?` for each value.
    pub sql: String,
    /// The values, in the order of their placeholders.
    pub values: Vec<Value>,
}

/// Renders a SELECT.
pub fn select(select: &Select, output: Output, dialect: &dyn Dialect) -> Result<Rendered> {
    let mut renderer = Renderer { dialect, sql: String::new(), values: Vec::new(), rows: Vec::new() };
    renderer.select(select, output)?;
    Ok(Rendered { sql: renderer.sql, values: renderer.values })
}

/// Writes an identifier in the dialect's quotes.
pub fn quote_into(sql: &mut String, dialect: &dyn Dialect, identifier: &str) {
    let quote = dialect.identifier_quote();
    sql.push(quote);
    for character in identifier.chars() {
        if character == quote {
            sql.push(quote);
        }
        sql.push(character);
    }
    sql.push(quote);
}

struct Renderer<'d> {
    dialect: &'d dyn Dialect,
    sql: String,
    values: Vec<Value>,
    /// The rows of the FROM clauses so far, with the name that each goes by.
    rows: Vec<(Path, String)>,
}

impl Renderer<'_> {
    fn push(&mut self, text: &str) {
        self.sql.push_str(text);
    }

    fn quote(&mut self, identifier: &str) {
        quote_into(&mut self.sql, self.dialect, identifier);
    }

    fn select(&mut self, select: &Select, output: Output) -> Result<()> {
        let Select { model, root, filters, order, limit, offset, distinct } = select;
        let cut = limit.is_some() || offset.is_some();
        match output {
            Output::Rows => {
                self.push(if *distinct { "SELECT DISTINCT " } else { "SELECT " });
                self.name(*root, model);
                self.columns(*root, model)?;
                self.body(model, *root, filters, order, *limit, *offset)
            }
            Output::Count if !cut && !distinct => {
                self.push("SELECT COUNT(*)");
                self.name(*root, model);
                self.body(model, *root, filters, &[], None, None)
            }
            Output::Count => {
                // Duplicates go and the rows are cut before they are counted; the order decides which ones are cut.
                self.push(if *distinct {
                    "SELECT COUNT(*) FROM (SELECT DISTINCT "
                } else {
                    "SELECT COUNT(*) FROM (SELECT "
                });
                self.name(*root, model);
                self.columns(*root, model)?;
                let order: &[Order] = if cut { order } else { &[] };
                self.body(model, *root, filters, order, *limit, *offset)?;
                self.push(") AS ");
                self.quote("counted");
                Ok(())
            }
            Output::Exists => {
                self.push("SELECT EXISTS (SELECT 1");
                self.name(*root, model);
                self.body(model, *root, filters, &[], *limit, *offset)?;
                self.push(")");
                Ok(())
            }
        }
    }

    /// Gives the row of a scope a name: its table's, or one with a number where that is taken.
    fn name(&mut self, path: Path, model: &ModelDef) {
        let mut name = model.table.to_owned();
        let mut number = 0;
        while self.rows.iter().any(|(_, taken)| *taken == name) {
            number += 1;
            name = format!("{}_{number}", model.table);
        }
        self.rows.push((path, name));
    }

    fn columns(&mut self, root: Path, model: &'static ModelDef) -> Result<()> {
        for (position, column) in model.columns.iter().enumerate() {
            if position > 0 {
                self.push(", ");
            }
            self.node(&Node::Column(root, column))?;
        }
        Ok(())
    }

    fn body(
        &mut self,
        model: &ModelDef,
        root: Path,
        filters: &[Node],
        order: &[Order],
        limit: Option<u64>,
        offset: Option<u64>,
    ) -> Result<()> {
        self.push(" FROM ");
        self.quote(model.table);
        if let Some(name) = self.row_name(root).filter(|name| *name != model.table) {
            self.push(" AS ");
            self.quote(&name);
        }
        for (position, filter) in filters.iter().enumerate() {
            self.push(if position == 0 { " WHERE " } else { " AND " });
            if filters.len() > 1 { self.operand(filter)? } else { self.node(filter)? }
        }
        for (position, term) in order.iter().enumerate() {
            self.push(if position == 0 { " ORDER BY " } else { ", " });
            self.order(term)?;
        }
        if limit.is_some() || offset.is_some() {
            let text = self.dialect.limit_offset(limit, offset);
            self.push(&text);
        }
        Ok(())
    }

    fn row_name(&self, path: Path) -> Option<String> {
        self.rows.iter().find(|(row, _)| *row == path).map(|(_, name)| name.clone())
    }

    fn order(&mut self, term: &Order) -> Result<()> {
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
    fn operand(&mut self, node: &Node) -> Result<()> {
        match node {
            Node::Column(..) | Node::Value(_) => self.node(node),
            Node::Binary { operator: Operator::Divide | Operator::DivideInteger, .. } => self.node(node),
            Node::Binary { .. }
            | Node::And(_)
            | Node::Or(_)
            | Node::Not(_)
            | Node::Negate(_)
            | Node::IsNull { .. }
            | Node::Between { .. }
            | Node::In { .. }
            | Node::Match { .. } => {
                self.push("(");
                self.node(node)?;
                self.push(")");
                Ok(())
            }
        }
    }

    fn node(&mut self, node: &Node) -> Result<()> {
        match node {
            Node::Column(path, column) => {
                let name = self.row_name(*path).ok_or_else(|| {
                    Error::invalid_query(format!(
                        "column `{}` belongs to a row that is not part of this query: use the columns that the closure of \
                         this query was given",
                        column.name
                    ))
                })?;
                self.quote(&name);
                self.push(".");
                self.quote(column.name);
                Ok(())
            }
            Node::Value(value) => {
                self.value(value.clone());
                Ok(())
            }
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
                let left = self.aside(operand)?;
                let (sql, pattern) = self.dialect.pattern(*kind, *negated, &left, text);
                self.push(&sql);
                self.values.push(Value::Text(pattern.into()));
                Ok(())
            }
        }
    }

    fn value(&mut self, value: Value) {
        self.sql.push('?');
        self.values.push(value);
    }

    /// Renders an operand to a text of its own, its values in their place.
    fn aside(&mut self, node: &Node) -> Result<String> {
        let outer = std::mem::take(&mut self.sql);
        let outcome = self.operand(node);
        let text = std::mem::replace(&mut self.sql, outer);
        outcome.map(|()| text)
    }

    fn chain(&mut self, terms: &[Node], separator: &str, none: &str) -> Result<()> {
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

    fn binary(&mut self, operator: Operator, left: &Node, right: &Node) -> Result<()> {
        let null = |node: &Node| matches!(node, Node::Value(Value::Null));
        let infix = match operator {
            Operator::Equal | Operator::NotEqual if null(left) || null(right) => {
                self.operand(if null(right) { left } else { right })?;
                self.push(if operator == Operator::Equal { " IS NULL" } else { " IS NOT NULL" });
                return Ok(());
            }
            Operator::Divide | Operator::DivideInteger => {
                let left = self.aside(left)?;
                let right = self.aside(right)?;
                let division =
                    if operator == Operator::Divide { Division::Fraction } else { Division::Integer };
                let text = self.dialect.quotient(&left, &right, division);
                self.push(&text);
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
    fn compared(&mut self, node: &Node, other: &Node) -> Result<()> {
        match node {
            Node::Value(value) if is_json(other) => {
                self.push(self.dialect.json_placeholder());
                self.values.push(value.clone());
                Ok(())
            }
            _ => self.operand(node),
        }
    }

    fn in_list(&mut self, operand: &Node, list: &[Node], negated: bool) -> Result<()> {
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

fn is_json(node: &Node) -> bool {
    matches!(node, Node::Column(_, column) if column.sql_type == SqlType::Json)
}
