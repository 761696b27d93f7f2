//! The one renderer: statements and expressions in, SQL text and bound values out. It asks a dialect for leaf facts, quotes
//! every identifier and binds every value; nothing of a user's data reaches the text.

use crate::column::Column;
use crate::definition::{ColumnDef, ModelDef};
use crate::dialect::{Dialect, Division};
use crate::error::{Error, Result};
use crate::key::KeyValues;
use crate::links::{self, Relation};
use crate::model::Narrowing;
use crate::node::{Direction, Node, Nulls, Operator, Order, Related};
use crate::path::Path;
use crate::statement::{Output, Select};
use crate::types::SqlType;
use crate::value::{DateTime, Value, ValueRef};

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
    let mut renderer = Renderer::new(dialect);
    renderer.select(select, output)?;
    Ok(Rendered { sql: renderer.sql, values: renderer.values })
}

/// Renders the SELECT of the rows that a relation leads to from owners with these keys: the target's columns, and behind
/// them, for links, the owner's key.
pub(crate) fn related(
    relation: &Relation,
    keys: &[KeyValues],
    narrowing: Option<&Narrowing>,
    dialect: &dyn Dialect,
) -> Result<Rendered> {
    let mut renderer = Renderer::new(dialect);
    renderer.related_rows(relation, keys, narrowing)?;
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
    /// The rows of the FROM clauses so far.
    rows: Vec<NamedRow>,
    /// The queries around this place, innermost last.
    frames: Vec<Frame>,
}

/// A row of a FROM clause.
struct NamedRow {
    path: Path,
    name: String,
    model: &'static ModelDef,
    /// Whether it may be missing, because it was joined from the left.
    optional: bool,
}

/// A query under way: the joins that its expressions called for.
struct Frame {
    root: Path,
    joins: String,
}

impl<'d> Renderer<'d> {
    fn new(dialect: &'d dyn Dialect) -> Self {
        Renderer { dialect, sql: String::new(), values: Vec::new(), rows: Vec::new(), frames: Vec::new() }
    }

    fn push(&mut self, text: &str) {
        self.sql.push_str(text);
    }

    fn quote(&mut self, identifier: &str) {
        quote_into(&mut self.sql, self.dialect, identifier);
    }

    fn select(&mut self, select: &Select, output: Output) -> Result<()> {
        let Select { model, root, filters, order, limit, offset, distinct } = select;
        let (model, root) = (*model, *root);
        let cut = limit.is_some() || offset.is_some();
        let rows = |renderer: &mut Self| {
            renderer.push(if *distinct { "SELECT DISTINCT " } else { "SELECT " });
            renderer.columns(root, model)
        };
        match output {
            Output::Rows => self.query(model, root, rows, filters, order, (*limit, *offset)),
            Output::Count if !cut && !distinct => {
                let head = |renderer: &mut Self| {
                    renderer.push("SELECT COUNT(*)");
                    Ok(())
                };
                self.query(model, root, head, filters, &[], (None, None))
            }
            Output::Count => {
                // Duplicates go and the rows are cut before they are counted; the order decides which ones are cut.
                self.push("SELECT COUNT(*) FROM (");
                let order: &[Order] = if cut { order } else { &[] };
                self.query(model, root, rows, filters, order, (*limit, *offset))?;
                self.push(") AS ");
                self.quote("counted");
                Ok(())
            }
            Output::Exists => {
                self.push("SELECT EXISTS (");
                let head = |renderer: &mut Self| {
                    renderer.push("SELECT 1");
                    Ok(())
                };
                self.query(model, root, head, filters, &[], (*limit, *offset))?;
                self.push(")");
                Ok(())
            }
        }
    }

    /// One query: its expressions are rendered first, since they call for the joins of its FROM clause.
    fn query(
        &mut self,
        model: &'static ModelDef,
        root: Path,
        head: impl FnOnce(&mut Self) -> Result<()>,
        filters: &[Node],
        order: &[Order],
        (limit, offset): (Option<u64>, Option<u64>),
    ) -> Result<()> {
        let outer = std::mem::take(&mut self.sql);
        self.frames.push(Frame { root, joins: String::new() });
        let name = self.name(root, model, false);
        head(self)?;
        let head = std::mem::take(&mut self.sql);
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
        let tail = std::mem::replace(&mut self.sql, outer);
        let joins = self.frames.pop().map(|frame| frame.joins).unwrap_or_default();
        self.push(&head);
        self.push(" FROM ");
        self.table(model, &name);
        self.push(&joins);
        self.push(&tail);
        Ok(())
    }

    fn table(&mut self, model: &ModelDef, name: &str) {
        self.quote(model.table);
        if name != model.table {
            self.push(" AS ");
            self.quote(name);
        }
    }

    /// Gives the row of a path a name: its table's, or one with a number where that is taken.
    fn name(&mut self, path: Path, model: &'static ModelDef, optional: bool) -> String {
        let mut name = model.table.to_owned();
        let mut number = 0;
        while self.rows.iter().any(|row| row.name == name) {
            number += 1;
            name = format!("{}_{number}", model.table);
        }
        self.rows.push(NamedRow { path, name: name.clone(), model, optional });
        name
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

    /// The row of a path, joined where it was not yet: its position among the rows.
    fn row(&mut self, path: Path, column: Option<&ColumnDef>) -> Result<usize> {
        if let Some(known) = self.rows.iter().position(|row| row.path == path) {
            return Ok(known);
        }
        if path.is_too_long() {
            return Err(Error::invalid_query(format!("a path walks at most {} relations", Path::LONGEST)));
        }
        let foreign = || {
            let what = column.map_or("a relation".to_owned(), |column| format!("column `{}`", column.name));
            Error::invalid_query(format!(
                "{what} belongs to a row that is not part of this query: use the columns that the closure of this query was \
                 given"
            ))
        };
        let (from, step) = path.parent().ok_or_else(foreign)?;
        let from = self.row(from, column)?;
        let relation = links::of(self.rows[from].model)?.get(usize::from(step)).ok_or_else(foreign)?;
        if relation.definition.is_collection() {
            return Err(Error::invalid_query(format!(
                "{} leads to many rows: ask about them with `any`, `all` or `count`",
                relation.name()
            )));
        }
        let optional = self.rows[from].optional
            || !relation.holds_key()
            || relation.local.iter().any(|column| relation.owner.columns[usize::from(*column)].nullable);
        let from = self.rows[from].name.clone();
        let name = self.name(path, relation.target, optional);
        let outer = std::mem::take(&mut self.sql);
        self.push(if optional { " LEFT JOIN " } else { " INNER JOIN " });
        self.table(relation.target, &name);
        self.push(" ON ");
        self.join(relation.target, &name, &relation.remote, relation.owner, &from, &relation.local);
        let join = std::mem::replace(&mut self.sql, outer);
        let root = self.rows.len() - 1;
        let frame = self.frames.iter_mut().find(|frame| frame.root.is_root_of(path)).ok_or_else(foreign)?;
        frame.joins.push_str(&join);
        Ok(root)
    }

    /// `one.a = other.b AND ..`
    fn join(
        &mut self,
        model: &ModelDef,
        name: &str,
        columns: &[u16],
        other: &ModelDef,
        other_name: &str,
        other_columns: &[u16],
    ) {
        for (position, (column, other_column)) in columns.iter().zip(other_columns).enumerate() {
            self.push(if position > 0 { " AND " } else { "" });
            self.quote(name);
            self.push(".");
            self.quote(model.columns[usize::from(*column)].name);
            self.push(" = ");
            self.quote(other_name);
            self.push(".");
            self.quote(other.columns[usize::from(*other_column)].name);
        }
    }

    /// A correlated subquery about the rows of a collection.
    fn related(&mut self, related: &Related) -> Result<()> {
        let Related { at, row, filters, count } = related;
        let (owner, step) = at.parent().ok_or_else(|| {
            Error::invalid_query(format!("a path walks at most {} relations", Path::LONGEST))
        })?;
        let owner = self.row(owner, None)?;
        let owner_name = self.rows[owner].name.clone();
        let relation = links::of(self.rows[owner].model)?
            .get(usize::from(step))
            .ok_or_else(|| Error::invalid_query("a relation of another model"))?;
        self.push(if *count { "(SELECT COUNT(*) FROM " } else { "EXISTS (SELECT 1 FROM " });
        let outer = std::mem::take(&mut self.sql);
        self.frames.push(Frame { root: *row, joins: String::new() });
        let name = self.name(*row, relation.target, false);
        self.push(" WHERE ");
        let link_name = match &relation.link {
            None => {
                self.join(
                    relation.target,
                    &name,
                    &relation.remote,
                    relation.owner,
                    &owner_name,
                    &relation.local,
                );
                None
            }
            Some(link) => {
                let link_name = self.name(Path::fresh(), link.model, false);
                self.join(link.model, &link_name, &link.local, relation.owner, &owner_name, &relation.local);
                Some(link_name)
            }
        };
        for filter in filters {
            self.push(" AND ");
            self.operand(filter)?;
        }
        let tail = std::mem::replace(&mut self.sql, outer);
        let joins = self.frames.pop().map(|frame| frame.joins).unwrap_or_default();
        self.table(relation.target, &name);
        if let (Some(link), Some(link_name)) = (&relation.link, link_name) {
            self.push(" INNER JOIN ");
            self.table(link.model, &link_name);
            self.push(" ON ");
            self.join(link.model, &link_name, &link.remote, relation.target, &name, &relation.remote);
        }
        self.push(&joins);
        self.push(&tail);
        self.push(")");
        Ok(())
    }

    fn related_rows(
        &mut self,
        relation: &Relation,
        keys: &[KeyValues],
        narrowing: Option<&Narrowing>,
    ) -> Result<()> {
        let target = relation.target;
        let root = narrowing.map_or_else(Path::fresh, |narrowing| narrowing.row);
        self.frames.push(Frame { root, joins: String::new() });
        let name = self.name(root, target, false);
        let link = relation.link.as_ref().map(|link| (link, self.name(Path::fresh(), link.model, false)));
        let (key_model, key_name, key_columns) = match &link {
            Some((link, link_name)) => (link.model, link_name.clone(), &link.local),
            None => (target, name.clone(), &relation.remote),
        };
        let limit = narrowing.and_then(|narrowing| narrowing.limit);
        // The order of the rows: the query's own, then the relation's, then the key's, so that it is always the same.
        let mut order = narrowing.map(|narrowing| narrowing.order.clone()).unwrap_or_default();
        if order.is_empty() {
            order = relation.order(root)?;
        }
        for column in target.key_columns() {
            order.push(Column::<()>::new(root, column).asc());
        }
        self.columns(root, target)?;
        if link.is_some() {
            for column in key_columns {
                self.push(", ");
                self.quote(&key_name);
                self.push(".");
                self.quote(key_model.columns[usize::from(*column)].name);
            }
        }
        if limit.is_some() {
            self.push(", ROW_NUMBER() OVER (PARTITION BY ");
            for (position, column) in key_columns.iter().enumerate() {
                self.push(if position > 0 { ", " } else { "" });
                self.quote(&key_name);
                self.push(".");
                self.quote(key_model.columns[usize::from(*column)].name);
            }
            for (position, term) in order.iter().enumerate() {
                self.push(if position == 0 { " ORDER BY " } else { ", " });
                self.order(term)?;
            }
            self.push(") AS ");
            self.quote("row_of_owner");
        }
        let head = std::mem::take(&mut self.sql);
        self.push(" WHERE ");
        self.key_list(&key_name, key_model, key_columns, keys);
        for filter in narrowing.iter().flat_map(|narrowing| &narrowing.filters) {
            self.push(" AND ");
            self.operand(filter)?;
        }
        if limit.is_none() {
            for (position, term) in order.iter().enumerate() {
                self.push(if position == 0 { " ORDER BY " } else { ", " });
                self.order(term)?;
            }
        }
        let tail = std::mem::take(&mut self.sql);
        let joins = self.frames.pop().map(|frame| frame.joins).unwrap_or_default();
        if limit.is_some() {
            self.push("SELECT * FROM (");
        }
        self.push("SELECT ");
        self.push(&head);
        self.push(" FROM ");
        self.table(target, &name);
        if let Some((link, link_name)) = &link {
            self.push(" INNER JOIN ");
            self.table(link.model, link_name);
            self.push(" ON ");
            self.join(link.model, link_name, &link.remote, target, &name, &relation.remote);
        }
        self.push(&joins);
        self.push(&tail);
        if let Some(limit) = limit {
            self.push(") AS ");
            self.quote("numbered");
            self.push(" WHERE ");
            self.quote("row_of_owner");
            self.push(&format!(" <= {limit} ORDER BY "));
            self.quote("row_of_owner");
        }
        Ok(())
    }

    /// `t.a IN (?, ?)`, or the same for keys of several columns.
    fn key_list(&mut self, name: &str, model: &ModelDef, columns: &[u16], keys: &[KeyValues]) {
        let column = |renderer: &mut Self, column: u16| {
            renderer.quote(name);
            renderer.push(".");
            renderer.quote(model.columns[usize::from(column)].name);
        };
        if let [only] = columns {
            column(self, *only);
            self.push(" IN (");
            for (position, key) in keys.iter().enumerate() {
                self.push(if position > 0 { ", " } else { "" });
                for value in key {
                    self.value(value.clone());
                }
            }
            self.push(")");
            return;
        }
        self.push("(");
        for (position, key) in keys.iter().enumerate() {
            self.push(if position > 0 { " OR (" } else { "(" });
            for (part, (position, value)) in columns.iter().zip(key).enumerate() {
                self.push(if part > 0 { " AND " } else { "" });
                column(self, *position);
                self.push(" = ");
                self.value(value.clone());
            }
            self.push(")");
        }
        self.push(")");
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
            Node::Column(..) | Node::Value(_) | Node::Related(_) => self.node(node),
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
                let row = self.row(*path, Some(column))?;
                let name = self.rows[row].name.clone();
                self.quote(&name);
                self.push(".");
                self.quote(column.name);
                Ok(())
            }
            Node::Related(related) => self.related(related),
            Node::Value(value) => match incomparable(value.as_ref()) {
                Some(reason) => Err(Error::invalid_query(reason)),
                None => {
                    self.value(value.clone());
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
