//! The one renderer: statements and expressions in, SQL text and bound values out. It asks a dialect for leaf facts, quotes
//! every identifier and binds every value; nothing of a user's data reaches the text.

mod aggregate;
mod along;
mod expression;
mod function;
mod grouped;
mod reached;
mod related;
mod rows;
mod select;
mod source;
mod upsert;
mod write;

use crate::along::Along;
use crate::dialect::Dialect;
use crate::error::Result;
use crate::links::Relation;
use crate::model::Narrowing;
use crate::node::{Node, Output, Select};
use crate::owners::KeyList;
use crate::path::Path;
use crate::value::Value;

use rows::{Frame, NamedRow};
use source::WrittenCte;

pub(crate) use upsert::upsert;
pub(crate) use write::{write, written_model};

/// Longer chains are written in parts: each term makes an expression one level deeper, and SQLite takes 1,000.
const LONGEST_CHAIN: usize = 400;

/// A statement as it is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The text, with a `?` for each value.
    pub sql: String,
    /// The values, in the order of their placeholders.
    pub values: Vec<Value>,
}

impl Rendered {
    /// Goes on with another part.
    fn append(&mut self, part: Rendered) {
        self.sql.push_str(&part.sql);
        self.values.extend(part.values);
    }
}

/// Renders a SELECT.
pub fn select(select: &Select, output: Output, dialect: &dyn Dialect) -> Result<Rendered> {
    let mut renderer = Renderer::new(dialect);
    renderer.statement(select, output)?;
    Ok(renderer.finish())
}

/// Renders the SELECT of whole rows, and of the rows of relations that it reads along.
pub(crate) fn select_along(select: &Select, along: &Along, dialect: &dyn Dialect) -> Result<Rendered> {
    let mut renderer = Renderer::new(dialect);
    renderer.query_along(select, along)?;
    Ok(renderer.finish())
}

/// Renders the SELECT of the rows that a relation leads to from owners with these keys: the target's columns, and behind
/// them, for links, the owner's key. The rows hang on `root`, which is that of the narrowing where there is one.
pub(crate) fn related(
    relation: &Relation,
    keys: KeyList<'_>,
    root: Path,
    narrowing: Option<&Narrowing>,
    along: &Along,
    dialect: &dyn Dialect,
) -> Result<Rendered> {
    let mut renderer = Renderer::new(dialect);
    renderer.related_rows(relation, keys, root, narrowing, &[], along)?;
    Ok(renderer.finish())
}

/// Renders the SELECT of all rows that a relation of a model to itself leads to from owners with these keys, however many
/// steps away: the same columns as [`related`].
pub(crate) fn reached(
    relation: &Relation,
    keys: KeyList<'_>,
    narrowing: Option<&Narrowing>,
    dialect: &dyn Dialect,
) -> Result<Rendered> {
    let mut renderer = Renderer::new(dialect);
    renderer.reached_rows(relation, keys, narrowing)?;
    Ok(renderer.finish())
}

/// The same with expressions in place of the target's columns, and behind them always the owner's key.
pub(crate) fn related_output(
    relation: &Relation,
    keys: KeyList<'_>,
    narrowing: &Narrowing,
    output: &[Node],
    dialect: &dyn Dialect,
) -> Result<Rendered> {
    let mut renderer = Renderer::new(dialect);
    renderer.related_rows(relation, keys, narrowing.row, Some(narrowing), output, &Along::default())?;
    Ok(renderer.finish())
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
    /// The part that is being written.
    out: Rendered,
    /// The rows of the FROM clauses so far.
    rows: Vec<NamedRow>,
    /// The queries around this place, innermost last.
    frames: Vec<Frame>,
    /// The common table expressions that were met.
    ctes: Vec<WrittenCte>,
    /// The row of an upsert whose columns are written as `VALUES(column)`.
    values_of: Option<Path>,
}

impl<'d> Renderer<'d> {
    fn new(dialect: &'d dyn Dialect) -> Self {
        Renderer {
            dialect,
            out: Rendered::default(),
            rows: Vec::new(),
            frames: Vec::new(),
            ctes: Vec::new(),
            values_of: None,
        }
    }

    fn push(&mut self, text: &str) {
        self.out.sql.push_str(text);
    }

    fn quote(&mut self, identifier: &str) {
        quote_into(&mut self.out.sql, self.dialect, identifier);
    }

    /// What is written inside, as a part of its own.
    fn aside(&mut self, write: impl FnOnce(&mut Self) -> Result<()>) -> Result<Rendered> {
        let outer = std::mem::take(&mut self.out);
        let outcome = write(self);
        let part = std::mem::replace(&mut self.out, outer);
        outcome.map(|()| part)
    }

    /// Terms with something between them.
    fn list<T>(
        &mut self,
        terms: &[T],
        separator: &str,
        mut write: impl FnMut(&mut Self, &T) -> Result<()>,
    ) -> Result<()> {
        for (position, term) in terms.iter().enumerate() {
            if position > 0 {
                self.push(separator);
            }
            write(self, term)?;
        }
        Ok(())
    }
}
