//! The one renderer: statements and expressions in, SQL text and bound values out. It asks a dialect for leaf facts, quotes
//! every identifier and binds every value; nothing of a user's data reaches the text.

mod aggregate;
mod along;
mod expression;
mod function;
mod grouped;
mod part;
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

pub(crate) use expression::is_comparable;
use part::Part;
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

/// A statement as it was rendered, and where its values came from.
pub(crate) struct Traced {
    pub(crate) sql: String,
    /// The values with the [`source`] of each.
    pub(crate) values: Vec<(Value, usize)>,
    /// Whether nothing went into the text and the values but the statement itself and the metadata of its models.
    pub(crate) is_pure: bool,
}

/// What tells a value of a statement from its others: where it lies. Good for as long as the statement is borrowed.
#[inline]
pub(crate) fn source<T: ?Sized>(of: &T) -> usize {
    std::ptr::from_ref(of).addr()
}

/// Renders a SELECT.
pub fn select(select: &Select, output: Output, dialect: &dyn Dialect) -> Result<Rendered> {
    let mut renderer = Renderer::new(dialect);
    renderer.statement(select, output)?;
    Ok(renderer.finish().into())
}

/// The same; where the values came from is told as well.
pub(crate) fn select_traced(select: &Select, output: Output, dialect: &dyn Dialect) -> Result<Traced> {
    let mut renderer = Renderer::new(dialect);
    renderer.statement(select, output)?;
    Ok(renderer.finish_traced())
}

/// Renders the SELECT of whole rows, and of the rows of relations that it reads along.
pub(crate) fn select_along(select: &Select, along: &Along, dialect: &dyn Dialect) -> Result<Traced> {
    let mut renderer = Renderer::new(dialect);
    renderer.query_along(select, along)?;
    Ok(renderer.finish_traced())
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
    Ok(renderer.finish().into())
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
    Ok(renderer.finish().into())
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
    Ok(renderer.finish().into())
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
    out: Part,
    /// The rows of the FROM clauses so far.
    rows: Vec<NamedRow>,
    /// The queries around this place, innermost last.
    frames: Vec<Frame>,
    /// The common table expressions that were met.
    ctes: Vec<WrittenCte>,
    /// The row of an upsert whose columns are written as `VALUES(column)`.
    values_of: Option<Path>,
    /// See [`Traced`].
    is_pure: bool,
}

impl<'d> Renderer<'d> {
    fn new(dialect: &'d dyn Dialect) -> Self {
        Renderer {
            dialect,
            out: Part::default(),
            rows: Vec::new(),
            frames: Vec::new(),
            ctes: Vec::new(),
            values_of: None,
            is_pure: true,
        }
    }

    fn push(&mut self, text: &str) {
        self.out.sql.push_str(text);
    }

    fn quote(&mut self, identifier: &str) {
        quote_into(&mut self.out.sql, self.dialect, identifier);
    }

    /// The condition that a relation itself sets for its rows: what a function of the program says when it is called.
    fn condition_of(&mut self, relation: &Relation, row: Path) -> Option<Node> {
        let condition = relation.condition(row);
        self.is_pure &= condition.is_none();
        condition
    }

    fn finish_traced(self) -> Traced {
        let is_pure = self.is_pure;
        let Part { sql, values } = self.finish();
        Traced { sql, values: values.into_iter().map(part::Bound::into_parts).collect(), is_pure }
    }

    /// What is written inside, as a part of its own.
    fn aside(&mut self, write: impl FnOnce(&mut Self) -> Result<()>) -> Result<Part> {
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
