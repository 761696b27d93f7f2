//! The one renderer: statements and expressions in, SQL text and bound values out. It asks a dialect for leaf facts, quotes
//! every identifier and binds every value; nothing of a user's data reaches the text.

mod aggregate;
mod expression;
mod function;
mod related;
mod rows;
mod select;
mod source;

use crate::dialect::Dialect;
use crate::error::Result;
use crate::key::KeyValues;
use crate::links::Relation;
use crate::model::Narrowing;
use crate::node::{Output, Select};
use crate::value::Value;

use rows::{Frame, NamedRow};
use source::WrittenCte;

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
}

impl<'d> Renderer<'d> {
    fn new(dialect: &'d dyn Dialect) -> Self {
        Renderer { dialect, out: Rendered::default(), rows: Vec::new(), frames: Vec::new(), ctes: Vec::new() }
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
