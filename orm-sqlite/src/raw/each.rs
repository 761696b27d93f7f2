//! Runs one statement for many rows of values: what is the same for all of them is done once, and a row costs its bindings
//! and the work of SQLite.

use libsqlite3_sys as ffi;
use orm_core::engine::{Runs, Sql};
use orm_core::error::{Error, Result};
use orm_core::value::ValueRef;

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
        let mut matched = 0;
        let facts = match self.prepared_to_write(sql, width) {
            Ok(Some(facts)) => facts,
            Ok(None) => return Each::OneByOne(0),
            Err(error) => return Each::Ended(Runs { matched, end: Err(error) }),
        };
        let end = loop {
            let start = matched * width;
            let Some(row) = values.get(start..start + width) else { break Ok(()) };
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
        let handle = facts.handle;
        // SAFETY: the statement is reset, and is stepped in this function alone, while the values are borrowed.
        unsafe { value::bind(handle, row, Keep::Borrowed) }?;
        // SAFETY: the statement is one of ours, and all of its parameters were bound just now.
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
