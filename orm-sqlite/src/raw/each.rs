//! Runs one statement for many rows of values: what is the same for all of them is done once, and a row costs its bindings
//! and the work of SQLite. Where the statement has a form that writes many rows, one run of it does for rows that lie close
//! together.

use std::ptr::NonNull;

use libsqlite3_sys as ffi;
use orm_core::engine::{Range, Runs, Sql};
use orm_core::error::{Error, Result};
use orm_core::value::ValueRef;

use super::given::Given;
use super::statement::{Effect, Facts, LastKey, Refusal, native_error};
use super::value::{self, Keep};
use super::{RawConn, Text, wrong_count};
use crate::errors::{self, Moment};

/// How far the runs came.
pub(crate) enum Each {
    Ended(Runs),
    /// After so many runs one has to wait, or the statement is none that writes: the others are run one by one.
    OneByOne(usize),
}

impl RawConn {
    /// Runs a statement that writes for each row of `width` values, until a run changes a number of rows other than one.
    pub(crate) fn run_each(&mut self, sql: &Sql, values: &[ValueRef<'_>], width: usize) -> Each {
        if let Some(range) = sql.range()
            && let Some(given) = Given::close_together(values, width, range.key)
        {
            return match self.run_range(range, &given) {
                Ok(true) => Each::Ended(Runs { matched: given.rows(), end: Ok(()) }),
                // Rows that the statement did not come by are not there, or hide from a range of numbers.
                Ok(false) => self.run_rows(sql, values, width, |row| given.is_written(row)),
                Err(error) => Each::Ended(Runs { matched: 0, end: Err(error) }),
            };
        }
        self.run_rows(sql, values, width, |_| false)
    }

    /// Writes the rows that are there: whether that is all of them. None is written where a lock stands in the way.
    fn run_range(&mut self, range: &Range, given: &Given<'_>) -> Result<bool> {
        let Some(facts) = self.prepared_to_write(&range.sql, 3)? else { return Ok(false) };
        let Some((first, last)) = given.range() else { return Ok(false) };
        let handle = facts.handle;
        let bounds = [ValueRef::Int(first), ValueRef::Int(last)];
        // SAFETY: the statement is reset, and stepped in this function alone, while the rows are borrowed.
        let code = unsafe { given.bind(handle) };
        if code != ffi::SQLITE_OK {
            return Err(value::refused_by_sqlite(1, code));
        }
        // SAFETY: the statement is reset, and numbers are bound as they are.
        unsafe { value::bind_from(2, handle, &bounds, Keep::Borrowed) }?;
        let outcome = self.step_to_end(handle);
        // SAFETY: the statement is one of ours.
        unsafe { ffi::sqlite3_clear_bindings(handle.as_ptr()) };
        self.count_changes();
        let changed = match (outcome, given.refusal()) {
            (_, Some(refusal)) => return Err(refusal),
            (Ok(changed), None) => changed.unwrap_or(0),
            (Err(error), None) => return Err(error),
        };
        // A lock stood in the way, or a trigger passed over a row: who did get its values is not known.
        if changed != given.written() {
            given.forget_written();
        }
        Ok(changed == given.rows() as u64)
    }

    /// Runs the statement for the rows that are not written already.
    fn run_rows(
        &mut self,
        sql: &Sql,
        values: &[ValueRef<'_>],
        width: usize,
        is_written: impl Fn(usize) -> bool,
    ) -> Each {
        let mut matched = 0;
        let facts = match self.prepared_to_write(sql, width) {
            Ok(Some(facts)) => facts,
            Ok(None) => return Each::OneByOne(0),
            Err(error) => return Each::Ended(Runs { matched, end: Err(error) }),
        };
        let end = loop {
            let start = matched * width;
            let Some(row) = values.get(start..start + width) else { break Ok(()) };
            if is_written(matched) {
                matched += 1;
                continue;
            }
            match self.run_bound(facts, row) {
                Ok(Some(1)) => matched += 1,
                Ok(Some(_)) => break Ok(()),
                Ok(None) => {
                    self.count_changes();
                    return Each::OneByOne(matched);
                }
                Err(error) => break Err(error),
            }
        };
        self.count_changes();
        Each::Ended(Runs { matched, end })
    }

    /// The statement, ready to be bound; none where it is not one of those that only write, or a lock stands in the way.
    fn prepared_to_write(&mut self, sql: &Sql, width: usize) -> Result<Option<Facts>> {
        self.stop();
        let facts = match self.prepared(Text::Kept(sql)) {
            Ok(facts) => facts,
            Err(Refusal::Native(native)) if native.is_busy() => return Ok(None),
            Err(Refusal::Native(native)) => return Err(errors::translate(native, Moment::Prepare)),
            Err(Refusal::Text(reason)) => return Err(Error::invalid_query(reason)),
        };
        if facts.parameters != width {
            return Err(wrong_count(facts.parameters, width));
        }
        let only_writes = facts.effect == Effect::Write
            && !facts.is_pragma
            && facts.last_key == LastKey::Ignores
            && sql.keys().is_none();
        Ok((only_writes && width > 0).then_some(facts))
    }

    /// Binds a row of values and runs the statement: how many rows it changed. None where a lock stands in the way.
    #[inline]
    fn run_bound(&mut self, facts: Facts, row: &[ValueRef<'_>]) -> Result<Option<u64>> {
        // SAFETY: the statement is reset, and is stepped in this function alone, while the values are borrowed.
        unsafe { value::bind(facts.handle, row, Keep::Borrowed) }?;
        self.step_to_end(facts.handle)
    }

    /// Runs a statement whose parameters were bound just now, and resets it.
    #[inline]
    fn step_to_end(&mut self, handle: NonNull<ffi::sqlite3_stmt>) -> Result<Option<u64>> {
        // SAFETY: the statement is one of ours, and the callers, which are above, bound all of its parameters to what they borrow.
        let code = unsafe {
            loop {
                match ffi::sqlite3_step(handle.as_ptr()) {
                    ffi::SQLITE_ROW => {}
                    code => break code,
                }
            }
        };
        let outcome = if code == ffi::SQLITE_DONE {
            // SAFETY: the handle is open.
            Ok(u64::try_from(unsafe { ffi::sqlite3_changes64(self.db.as_ptr()) }).ok())
        } else {
            // SAFETY: the step was the last call.
            let native = unsafe { native_error(self.db, code) };
            if native.is_busy() { Ok(None) } else { Err(errors::translate(native, Moment::Run)) }
        };
        // SAFETY: the statement is one of ours.
        unsafe { ffi::sqlite3_reset(handle.as_ptr()) };
        outcome
    }
}
