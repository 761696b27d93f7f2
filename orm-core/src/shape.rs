//! The shape of a SELECT: all that its text depends on, in one walk that takes out the values which it binds. Two statements
//! of one shape have one text, so that it is rendered once. Decides only; no I/O, no SQL text.
//!
//! Invariant: what is written down of a statement leads back to it, but for bound values. Rows are numbered in the order in
//! which they are met, since their own numbers are new for each statement. So equal words are equal statements, and no hash
//! has to be trusted. A value is bound, and no part of the shape, unless the text depends on it: on whether it is NULL, and
//! in places where the renderer writes or compares values, on the value itself.

mod expression;
mod statement;

use std::hash::{Hash, Hasher};

use smallvec::SmallVec;

use crate::along::Along;
use crate::dialect::Dialect;
use crate::node::{Output, Select};
use crate::path::Path;
use crate::render::source;
use crate::value::{Encoded, Value, ValueRef};

/// The values of a statement: most have few.
pub(crate) type Values<'s> = SmallVec<[Encoded<'s>; 4]>;

/// What one walk found.
pub(crate) struct Shape<'s, 'd> {
    /// The statement without its values.
    pub(crate) words: SmallVec<[u64; 32]>,
    /// The values in the order of the walk, which need not be that of the text.
    pub(crate) values: Values<'s>,
    /// Where each value came from, as the renderer tells it.
    pub(crate) sources: SmallVec<[usize; 4]>,
    /// Whether the words say it all. Else the statement has to be rendered each time: it may be an error.
    pub(crate) is_known: bool,
    /// The rows that were met.
    rows: SmallVec<[Path; 4]>,
    /// The common table expressions that were walked.
    ctes: SmallVec<[Path; 2]>,
    /// Whether the text depends on the values that come now.
    with_values: bool,
    dialect: &'d dyn Dialect,
}

/// The shape of a SELECT.
pub(crate) fn of_select<'s, 'd>(
    select: &'s Select,
    output: Output,
    dialect: &'d dyn Dialect,
) -> Shape<'s, 'd> {
    let mut shape = Shape::new(dialect);
    shape.word(match output {
        Output::Rows => 0,
        Output::Count => 1,
        Output::Exists => 2,
    });
    shape.select(select);
    shape
}

/// The shape of a SELECT of whole rows that reads relations along.
pub(crate) fn of_select_along<'s, 'd>(
    select: &'s Select,
    along: &'s Along,
    dialect: &'d dyn Dialect,
) -> Shape<'s, 'd> {
    let mut shape = Shape::new(dialect);
    shape.word(3);
    shape.select(select);
    shape.along(along);
    shape
}

impl<'s, 'd> Shape<'s, 'd> {
    fn new(dialect: &'d dyn Dialect) -> Self {
        Shape {
            words: SmallVec::new(),
            values: SmallVec::new(),
            sources: SmallVec::new(),
            is_known: true,
            rows: SmallVec::new(),
            ctes: SmallVec::new(),
            with_values: false,
            dialect,
        }
    }

    #[inline]
    fn word(&mut self, word: u64) {
        self.words.push(word);
    }

    /// Several small numbers as one word.
    #[inline]
    fn counts(&mut self, counts: [usize; 4]) {
        let mut word = 0;
        for count in counts {
            self.is_known &= count <= usize::from(u16::MAX);
            word = word << 16 | count as u64 & 0xffff;
        }
        self.word(word);
    }

    /// Something static, known by where it is.
    #[inline]
    fn definition<T>(&mut self, definition: &'static T) {
        self.word(source(definition) as u64);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.word(bytes.len() as u64);
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
    }

    fn option(&mut self, number: Option<u64>) {
        match number {
            Some(number) => {
                self.word(1);
                self.word(number);
            }
            None => self.word(0),
        }
    }

    /// An enum without data of its own that is large, by what `derive(Hash)` tells of it: its variant, and its fields.
    fn variant(&mut self, variant: &impl Hash) {
        variant.hash(&mut Words(self));
    }

    /// The number of a row's scope, in the order of first sight; the relations that are walked from it.
    #[inline]
    fn path(&mut self, path: Path) {
        self.is_known &= !path.is_too_long();
        let number = match self.rows.iter().position(|row| row.is_root_of(path)) {
            Some(number) => number,
            None => {
                self.rows.push(path);
                self.rows.len() - 1
            }
        };
        let steps = path.steps();
        self.word((number as u64) << 8 | steps.len() as u64);
        if !steps.is_empty() {
            self.bytes(steps);
        }
    }

    /// What is walked inside has its values in the text, or compared with others.
    fn with_values(&mut self, walk: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.with_values, true);
        walk(self);
        self.with_values = before;
    }

    fn bind<T: ?Sized>(&mut self, value: Encoded<'s>, origin: &'s T) {
        self.values.push(value);
        self.sources.push(source(origin));
    }

    /// The content of a value.
    #[cold]
    fn content(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => self.word(0),
            ValueRef::Bool(value) => self.counts([0, 0, 1, usize::from(value)]),
            ValueRef::Int(value) => {
                self.word(2);
                self.word(value as u64);
            }
            ValueRef::UInt(value) => {
                self.word(3);
                self.word(value);
            }
            ValueRef::Double(value) => {
                self.word(4);
                self.word(value.to_bits());
            }
            ValueRef::Text(value) => {
                self.word(5);
                self.bytes(value.as_bytes());
            }
            ValueRef::Bytes(value) => {
                self.word(6);
                self.bytes(value);
            }
            ValueRef::Decimal(value) => {
                self.word(7);
                self.bytes(value.as_bytes());
            }
            // They are rare in such places.
            ValueRef::Date(_) | ValueRef::Time(_) | ValueRef::DateTime(_) => self.is_known = false,
        }
    }

    fn text_value(&mut self, text: &'s String, pattern: String) {
        if self.with_values {
            self.content(ValueRef::Text(text));
        }
        self.bind(Encoded::Owned(Value::Text(pattern.into())), text);
    }
}

/// Takes what a `Hash` tells.
struct Words<'w, 's, 'd>(&'w mut Shape<'s, 'd>);

impl Hasher for Words<'_, '_, '_> {
    fn write(&mut self, bytes: &[u8]) {
        self.0.bytes(bytes);
    }

    fn write_u64(&mut self, number: u64) {
        self.0.word(number);
    }

    fn write_isize(&mut self, number: isize) {
        self.0.word(number as u64);
    }

    fn finish(&self) -> u64 {
        0
    }
}
