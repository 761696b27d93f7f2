//! The one renderer: statements and expressions in, SQL text and bound values out. It asks a dialect for leaf facts, quotes
//! every identifier and binds every value; nothing of a user's data reaches the text.

mod expression;
mod reached;
mod related;

use crate::definition::{ColumnDef, ModelDef};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::key::KeyValues;
use crate::links::{self, Relation};
use crate::model::Narrowing;
use crate::node::{Node, Order};
use crate::path::Path;
use crate::statement::{Output, Select};
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

/// Renders the SELECT of all rows that a relation of a model to itself leads to from owners with these keys, however many
/// steps away: the same columns as [`related`].
pub(crate) fn reached(
    relation: &Relation,
    keys: &[KeyValues],
    narrowing: Option<&Narrowing>,
    dialect: &dyn Dialect,
) -> Result<Rendered> {
    let mut renderer = Renderer::new(dialect);
    renderer.reached_rows(relation, keys, narrowing)?;
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
}
