//! A part of a statement while it is put together: text, and the values of its placeholders.

use super::{Rendered, source};
use crate::value::Value;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) sql: String,
    pub(super) values: Vec<Bound>,
}

/// A value of a placeholder, and where it came from.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    value: Value,
    source: usize,
}

impl Part {
    /// A part that is text alone.
    pub(super) fn text(sql: &str) -> Part {
        Part { sql: sql.to_owned(), values: Vec::new() }
    }

    /// Goes on with another part.
    pub(super) fn append(&mut self, part: Part) {
        self.sql.push_str(&part.sql);
        self.values.extend(part.values);
    }
}

impl Bound {
    /// A value that was made of something in the statement.
    pub(super) fn made_of<T: ?Sized>(origin: &T, value: Value) -> Bound {
        Bound { value, source: source(origin) }
    }

    pub(super) fn into_parts(self) -> (Value, usize) {
        let Bound { value, source } = self;
        (value, source)
    }
}

/// The same value, wherever it came from.
impl PartialEq for Bound {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for Bound {}

impl From<Part> for Rendered {
    fn from(part: Part) -> Rendered {
        let Part { sql, values } = part;
        Rendered { sql, values: values.into_iter().map(|bound| bound.value).collect() }
    }
}
