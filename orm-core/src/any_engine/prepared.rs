//! Statements whose texts are kept: SELECTs by their shape, and the program's own SQL by its text. A text that is used again
//! is not rendered again, and has one identity, under which connections keep the prepared statement. No I/O.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::AnyEngine;
use super::bounded::Bounded;
use crate::along::Along;
use crate::engine::Sql;
use crate::error::Result;
use crate::grown::hash;
use crate::node::{Output, Select};
use crate::render::{self, Traced};
use crate::shape::{self, Shape, Values};
use crate::value::{Encoded, Value, ValueRef};

/// How many texts of a kind an engine keeps, and as many again that make room for each other.
const TEXTS: usize = 512;
/// The length of what is kept of one statement: words of a shape, bytes of a text.
const LONGEST_SHAPE: usize = 1_024;
const LONGEST_TEXT: usize = 8_192;

/// A statement to be run, with its values.
#[derive(Debug)]
pub(crate) struct Prepared<'s> {
    pub(crate) sql: Arc<Sql>,
    values: Values<'s>,
}

impl Prepared<'_> {
    /// The values in the order of their placeholders.
    #[inline]
    pub(crate) fn bound(&self) -> SmallVec<[ValueRef<'_>; 4]> {
        let mut bound = SmallVec::with_capacity(self.values.len());
        for value in &self.values {
            bound.push(value.as_ref());
        }
        bound
    }

    /// Whether this is the statement that was rendered.
    fn is(&self, rendered: &Traced) -> bool {
        let values = rendered.values.iter().map(|(value, _)| value.as_ref());
        *self.sql.text() == *rendered.sql && values.eq(self.bound())
    }

    /// The statement with values of its own, for one that outlives what it was made of.
    pub(crate) fn into_owned(self) -> (Arc<Sql>, Vec<Value>) {
        let Prepared { sql, values } = self;
        (sql, values.into_iter().map(Encoded::into_value).collect())
    }
}

/// The texts of statements that the program makes up.
pub(super) struct Statements {
    selects: Bounded<Box<[u64]>, Known>,
    own: Bounded<Box<str>, Arc<Sql>>,
}

/// What is kept for a shape.
#[derive(Clone)]
struct Known {
    sql: Arc<Sql>,
    /// For each placeholder, which of the values of the walk it takes; in their order where `None`.
    places: Option<Arc<[u32]>>,
}

impl Statements {
    pub(super) fn new() -> Self {
        Statements { selects: Bounded::new(TEXTS), own: Bounded::new(TEXTS) }
    }
}

impl AnyEngine {
    /// A SELECT with the text of its shape, which is rendered at its first use.
    #[inline]
    pub(crate) fn prepare<'s>(&self, select: &'s Select, output: Output) -> Result<Prepared<'s>> {
        let shape = shape::of_select(select, output, self.dialect());
        self.prepared(shape, || render::select_traced(select, output, self.dialect()))
    }

    /// The same for one of whole rows that reads relations along.
    pub(crate) fn prepare_along<'s>(&self, select: &'s Select, along: &'s Along) -> Result<Prepared<'s>> {
        let shape = shape::of_select_along(select, along, self.dialect());
        self.prepared(shape, || render::select_along(select, along, self.dialect()))
    }

    #[inline]
    fn prepared<'s>(
        &self,
        shape: Shape<'s, '_>,
        render: impl FnOnce() -> Result<Traced>,
    ) -> Result<Prepared<'s>> {
        let hash = hash(&*shape.words);
        if shape.is_known
            && let Some(Known { sql, places }) =
                self.shared.statements.selects.find(hash, |known| **known == *shape.words)
        {
            let values = match places {
                None => shape.values,
                Some(places) => arranged(&shape.values, &places),
            };
            let prepared = Prepared { sql, values };
            debug_assert!(
                prepared.is(&render()?),
                "a statement differs from the one that its shape was kept for"
            );
            return Ok(prepared);
        }
        self.render_and_keep(hash, shape, render()?)
    }

    #[cold]
    fn render_and_keep<'s>(&self, hash: u64, shape: Shape<'s, '_>, traced: Traced) -> Result<Prepared<'s>> {
        let keeps = shape.is_known && traced.is_pure && shape.words.len() <= LONGEST_SHAPE;
        let places = if keeps { places(&shape, &traced) } else { None };
        let Traced { sql, values, is_pure: _ } = traced;
        let mut sql = Sql::new(sql);
        if let Some(places) = places {
            let in_order = places.len() == shape.values.len()
                && places.iter().enumerate().all(|(position, place)| position == *place as usize);
            let places = (!in_order).then(|| places.into());
            let known = Known { sql, places };
            sql = self.shared.statements.selects.insert(hash, shape.words.into_vec().into(), known).sql;
        }
        Ok(Prepared { sql, values: values.into_iter().map(|(value, _)| Encoded::Owned(value)).collect() })
    }

    /// A statement of the program's own SQL, or one that was rendered without a shape.
    pub(crate) fn own_text(&self, text: &str) -> Arc<Sql> {
        if text.len() > LONGEST_TEXT {
            return Sql::new(text);
        }
        let hash = hash(text);
        match self.shared.statements.own.find(hash, |known| **known == *text) {
            Some(sql) => sql,
            None => self.shared.statements.own.insert(hash, text.into(), Sql::new(text)),
        }
    }
}

/// For each placeholder, which of the values of the walk it takes. None where a value came from elsewhere.
fn places(shape: &Shape<'_, '_>, traced: &Traced) -> Option<Vec<u32>> {
    let mut numbers = FxHashMap::default();
    for (number, source) in shape.sources.iter().enumerate() {
        numbers.entry(*source).or_insert(number as u32);
    }
    traced.values.iter().map(|(_, source)| numbers.get(source).copied()).collect()
}

fn arranged<'s>(values: &Values<'s>, places: &[u32]) -> Values<'s> {
    let mut arranged = Values::with_capacity(places.len());
    for place in places {
        arranged.push(values[*place as usize].clone());
    }
    arranged
}
