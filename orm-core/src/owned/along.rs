//! Takes the rows that a statement reads along with untracked ones: each segment of a row becomes an object under the key of
//! its owner, until the loader puts it into its field.

use rustc_hash::FxHashSet;

use super::{Member, key};
use crate::along::{Along, Prefetched};
use crate::definition::{ModelDef, Row};
use crate::engine::{Next, RowSink};
use crate::error::Result;
use crate::key::KeyValues;
use crate::value::{Value, ValueRef};

/// Reads the segments of rows.
pub(crate) struct Reader<'a> {
    along: &'a Along,
    found: Vec<Vec<Member>>,
    /// Whether the row under way has a row of each step.
    present: Vec<bool>,
    /// What earlier statements read: of a step, for an owner, the row.
    seen: FxHashSet<(usize, KeyValues, KeyValues)>,
    /// What the statement under way read.
    new: FxHashSet<(usize, KeyValues, KeyValues)>,
    /// How much there was before the statement under way.
    before: Vec<usize>,
}

fn values<'v>(of: impl Iterator<Item = ValueRef<'v>>) -> KeyValues {
    let mut key = KeyValues::new();
    for value in of {
        key.push(value.to_value());
    }
    key
}

impl<'a> Reader<'a> {
    pub(crate) fn new(along: &'a Along) -> Self {
        let mut found = Vec::new();
        found.resize_with(along.steps.len(), Vec::new);
        Reader {
            along,
            found,
            present: Vec::new(),
            seen: FxHashSet::default(),
            new: FxHashSet::default(),
            before: Vec::new(),
        }
    }

    /// Whether the rows that others are read along with may be repeated.
    pub(super) fn repeats(&self) -> bool {
        self.along.multiplies()
    }

    /// A statement begins.
    pub(super) fn begin(&mut self) {
        self.seen.extend(self.new.drain());
        self.before.clear();
        self.before.extend(self.found.iter().map(Vec::len));
    }

    #[inline]
    pub(crate) fn row(&mut self, row: &[ValueRef<'_>]) -> Result<()> {
        if self.along.is_empty() { Ok(()) } else { self.segments(row) }
    }

    fn segments(&mut self, row: &[ValueRef<'_>]) -> Result<()> {
        self.present.clear();
        for (position, step) in self.along.steps.iter().enumerate() {
            let owner_is_there = step.owner.is_none_or(|owner| self.present[owner]);
            let columns = if owner_is_there { step.columns(row) } else { None };
            self.present.push(columns.is_some());
            let Some(columns) = columns else { continue };
            let (relation, target) = (step.relation, step.relation.target);
            let owner = values(step.owner_key(row));
            let itself = values(target.primary_key.iter().map(|column| columns[usize::from(*column)]));
            let read = (position, owner.clone(), itself);
            if self.seen.contains(&read) || !self.new.insert(read) {
                continue;
            }
            let object = (target.read)(Row::new(columns, target))?;
            let key = match &relation.link {
                Some(_) => owner,
                // Out of the object, so that it has the form in which the owner gives it.
                None => key(object.as_ref(), &relation.remote),
            };
            self.found[position].push((key, object));
        }
        Ok(())
    }

    /// Forgets the rows of the statement under way.
    pub(super) fn restart(&mut self) {
        for (found, before) in self.found.iter_mut().zip(&self.before) {
            found.truncate(*before);
        }
        self.new.clear();
    }

    pub(crate) fn finish(self) -> Prefetched<Vec<Member>> {
        Prefetched::new(self.along, self.found)
    }
}

/// Takes the rows of a query, each once, and what it reads along.
pub(crate) struct OwnedAlong<'o> {
    model: &'static ModelDef,
    rows: &'o mut dyn RowSink,
    reader: Reader<'o>,
    met: FxHashSet<Vec<Value>>,
}

impl<'o> OwnedAlong<'o> {
    pub(crate) fn new(model: &'static ModelDef, rows: &'o mut dyn RowSink, along: &'o Along) -> Self {
        let mut reader = Reader::new(along);
        reader.begin();
        OwnedAlong { model, rows, reader, met: FxHashSet::default() }
    }

    pub(crate) fn finish(self) -> Prefetched<Vec<Member>> {
        self.reader.finish()
    }
}

impl RowSink for OwnedAlong<'_> {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        let OwnedAlong { model, rows, reader, met } = self;
        let is_new = !reader.repeats() || {
            let mut key = Vec::with_capacity(model.primary_key.len());
            for column in model.primary_key {
                key.push(row[usize::from(*column)].to_value());
            }
            met.insert(key)
        };
        if is_new {
            rows.row(row)?;
        }
        reader.row(row)?;
        Ok(Next::More)
    }

    fn restart(&mut self) {
        self.rows.restart();
        self.reader.restart();
        self.met.clear();
    }
}
