//! Keys that the database made for new rows: which object got which. They are never guessed: they come back with their rows,
//! or the server promised how they follow each other, or they are read back and compared.

use smallvec::SmallVec;

use super::{KeyRun, Table, Writer};
use crate::any_engine::{Shape, ShapeKind};
use crate::columns::ColumnSet;
use crate::definition::{ColumnDef, ModelDef};
use crate::dialect::GeneratedKeys;
use crate::engine::{Next, RowSink};
use crate::error::{Error, Result};
use crate::value::{Value, ValueRef};
use crate::write;

/// In which order keys come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// In that of the rows that were sent.
    Sent,
    /// In any.
    Any,
}

/// Takes keys that come back, a row each.
#[derive(Debug)]
pub(super) struct KeySink {
    keys: SmallVec<[i128; 2]>,
    order: Order,
    /// Whether something came that is no key.
    misfit: bool,
}

impl KeySink {
    pub(super) fn new(rows: usize, order: Order) -> Self {
        KeySink { keys: SmallVec::with_capacity(rows), order, misfit: false }
    }
}

impl RowSink for KeySink {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        match row.first().and_then(|value| number(*value)) {
            Some(key) => self.keys.push(key),
            None => self.misfit = true,
        }
        Ok(Next::More)
    }

    fn restart(&mut self) {
        self.keys.clear();
        self.misfit = false;
    }
}

/// A key as a number.
pub(super) fn number(value: ValueRef<'_>) -> Option<i128> {
    match value {
        ValueRef::Int(key) => Some(key.into()),
        ValueRef::UInt(key) => Some(key.into()),
        _ => None,
    }
}

/// Keys that were not made in ascending order tell their rows only where each follows the one before it.
pub(super) fn check_consecutive(model: &ModelDef, keys: &[i128]) -> Result<()> {
    if keys.windows(2).all(|pair| pair[0] + 1 == pair[1]) {
        return Ok(());
    }
    let text = format!(
        "the keys of {} rows of {} were not made in ascending order, so it is not known which row got which: flush the \
         objects one by one (is the greatest key taken?)",
        keys.len(),
        model.table
    );
    Err(Error::database("keys", text))
}

impl Writer<'_> {
    /// Keys that came back, for the inserted objects from a place on.
    pub(super) fn fill_keys(
        &mut self,
        model: &'static ModelDef,
        key: &ColumnDef,
        start: usize,
        sink: KeySink,
    ) -> Result<()> {
        let KeySink { mut keys, order, misfit } = sink;
        let count = self.outcome.inserted.len() - start;
        if misfit {
            return Err(Error::database("keys", format!("the database made no key for {}", model.table)));
        }
        if keys.len() != count {
            let text = format!("{count} rows were sent and {} came back", keys.len());
            return Err(Error::database("returning", text));
        }
        if order == Order::Any && !keys.is_sorted_by(|one, other| one < other) {
            keys.sort_unstable();
            check_consecutive(model, &keys)?;
        }
        for (place, first) in keys.into_iter().enumerate() {
            self.push_run(KeyRun { column: key.index, start: start + place, count: 1, first, increment: 1 });
        }
        Ok(())
    }

    /// The keys of rows that were inserted by one statement that told the first one.
    pub(super) fn fill_expected_keys(
        &mut self,
        model: &'static ModelDef,
        key: &ColumnDef,
        start: usize,
        count: usize,
        first: u64,
    ) -> Result<()> {
        if first == 0 {
            return Err(Error::database("keys", format!("the database made no key for {}", model.table)));
        }
        let (increment, verify) = self.key_distance();
        if verify && count > 1 {
            match self.expected.last_mut() {
                Some((start, known)) if *start + increment * *known as u64 == first => *known += count,
                _ => self.expected.push((first, count)),
            }
        }
        let (first, increment) = (first.into(), increment.into());
        self.push_run(KeyRun { column: key.index, start, count, first, increment });
        Ok(())
    }

    /// Adds a run; one that goes on with the last becomes part of it.
    #[inline]
    fn push_run(&mut self, run: KeyRun) {
        match self.outcome.keys.last_mut() {
            Some(last)
                if last.column == run.column
                    && last.start + last.count == run.start
                    && last.increment == run.increment
                    && last.first + last.increment * last.count as i128 == run.first =>
            {
                last.count += run.count;
            }
            _ => self.outcome.keys.push(run),
        }
    }

    /// The distance between two keys of one statement, and whether the server promises nothing of it.
    fn key_distance(&self) -> (u64, bool) {
        match self.engine.dialect().capabilities().generated_keys {
            GeneratedKeys::Consecutive { increment } => (increment, false),
            GeneratedKeys::Verified { increment } => (increment, true),
            GeneratedKeys::Returning | GeneratedKeys::Handed => (1, true),
        }
    }

    /// Compares the keys of a step that nobody promised with those that are there; one statement where its batches follow each
    /// other. Where no key can stand between two of them, their number tells, and they need not be read.
    pub(super) async fn verify_keys(&mut self, model: &'static ModelDef, key: &ColumnDef) -> Result<()> {
        let (increment, _) = self.key_distance();
        for (first, count) in std::mem::take(&mut self.expected) {
            let at = |position: usize| Value::from_unsigned(first + increment * position as u64);
            let (low, high) = (at(0), at(count - 1));
            let mut found = Table::new(1);
            let exact = if increment == 1 && model.primary_key.len() == 1 {
                let shape = Shape::new(model, ShapeKind::CountKeyRange, &ColumnSet::new(), 0);
                let sql = self.engine.text(shape, |dialect| write::count_key_range(dialect, model, key));
                self.send(&sql, &[low.as_ref(), high.as_ref()], &mut found).await?;
                found.rows.first().is_some_and(|row| number(row[0].as_ref()) == Some(count as i128))
            } else {
                let shape = Shape::new(model, ShapeKind::SelectKeyRange, &ColumnSet::new(), 0);
                let sql = self.engine.text(shape, |dialect| write::select_key_range(dialect, model, key));
                self.send(&sql, &[low.as_ref(), high.as_ref()], &mut found).await?;
                found.rows.len() == count
                    && found.rows.iter().enumerate().all(|(position, row)| row[0] == at(position))
            };
            if !exact {
                let text = format!(
                    "the keys of {count} rows of {} are not consecutive, so it is not known which row got which: insert \
                     fewer at once, or set innodb_autoinc_lock_mode to 1",
                    model.table
                );
                return Err(Error::database("keys", text));
            }
        }
        Ok(())
    }
}
