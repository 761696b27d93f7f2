//! A statement that runs: from its values to its last row. The one place where statements are stepped.
//!
//! Who has the [`Execution`] of a statement may step it; it carries the lifetime of what is bound to it, and fits no other
//! statement and no other connection. See the third and the fourth point at the top of [`super`].

use std::ffi::c_int;
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use libsqlite3_sys as ffi;
use orm_core::engine::{Done, MadeKeys, Next, RowSink, Sql};
use orm_core::error::{Error, Result};
use orm_core::value::ValueRef;

use super::statement::{self, Effect, Facts, LastKey, Refusal, native_error};
use super::value::{self, Keep};
use super::watch::Limit;
use super::{RawConn, wrong_count};
use crate::errors::{self, Moment};

/// The statement that runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Current {
    pub(super) facts: Facts,
    pub(super) keep: Keep,
    /// The keys that the sink wants.
    pub(super) keys: Option<MadeKeys>,
}

/// The right to step the statement that was started last, for as long as what was bound to it lives.
#[derive(Debug)]
pub(crate) struct Execution<'v> {
    connection: u64,
    operation: u64,
    effect: Effect,
    bound: PhantomData<&'v [u8]>,
}

impl Execution<'_> {
    /// Whether the statement needs the write lock.
    #[inline]
    pub(crate) fn writes(&self) -> bool {
        self.effect == Effect::Write
    }
}

/// Where a statement stands.
#[derive(Debug)]
pub(crate) enum Step<'v> {
    /// It is done, and its rows were handed on.
    Finished(Done),
    /// It has run for a while and stands at a row that was handed on: give others a turn, and go on.
    Tired(Execution<'v>),
    /// It stands at a row that was handed on, and the sink takes no more for now.
    Waiting(Execution<'v>),
    /// It ran long without a row and was stopped: what it gave is void, and it starts again.
    Stalled(Execution<'v>),
    /// A lock stood in its way. Nothing was done; it was not kept.
    Busy,
}

/// The text of a statement.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Text<'a> {
    /// Kept, once it is prepared.
    Kept(&'a Sql),
    /// Prepared for this once.
    Once(&'a str),
}

impl RawConn {
    /// Starts a statement: prepares it if need be and binds the values. None where a lock stands in the way.
    #[inline]
    pub(crate) fn start<'v>(
        &mut self,
        text: Text<'_>,
        values: &[ValueRef<'v>],
    ) -> Result<Option<Execution<'v>>> {
        // SAFETY: the `Execution` ends with the values.
        unsafe { self.start_with(text, values, Keep::Borrowed) }
    }

    /// The same with copies of the values: the statement may outlive them, and go from thread to thread.
    pub(crate) fn start_with_copies(
        &mut self,
        text: Text<'_>,
        values: &[ValueRef<'_>],
    ) -> Result<Option<Execution<'static>>> {
        // SAFETY: the values are not borrowed.
        unsafe { self.start_with(text, values, Keep::Copied) }
    }

    /// # Safety
    ///
    /// Where the values are borrowed, they live as long as the `Execution`.
    #[inline]
    unsafe fn start_with<'e>(
        &mut self,
        text: Text<'_>,
        values: &[ValueRef<'_>],
        keep: Keep,
    ) -> Result<Option<Execution<'e>>> {
        self.stop();
        let keys = match text {
            Text::Kept(sql) => sql.keys(),
            Text::Once(_) => None,
        };
        let prepared = match keys {
            None => self.prepared(text),
            Some(keys) => self.hook.check(keys).and_then(|()| self.prepared(text)),
        };
        let facts = match prepared {
            Ok(facts) => facts,
            Err(Refusal::Native(native)) if native.is_busy() => return Ok(None),
            Err(Refusal::Native(native)) => return Err(errors::translate(native, Moment::Prepare)),
            Err(Refusal::Text(reason)) => return Err(Error::invalid_query(reason)),
        };
        if facts.parameters != values.len() {
            return Err(wrong_count(facts.parameters, values.len()));
        }
        // SAFETY: the statement is reset, and the caller vouches that the `Execution` below, without which it is not stepped,
        // ends with the values that are borrowed.
        unsafe { value::bind(facts.handle, values, keep) }?;
        self.settings_changed |= facts.is_pragma;
        self.handler.limit(match facts.effect {
            Effect::Read => Limit::Slices,
            Effect::Write | Effect::Control => Limit::None,
        });
        let last_key = match facts.last_key {
            LastKey::Ignores => None,
            // What is still zero afterwards was not set.
            LastKey::Sets => Some(0),
            LastKey::Reads => Some(self.last_key),
        };
        if let Some(last_key) = last_key {
            // SAFETY: the handle is open.
            unsafe { ffi::sqlite3_set_last_insert_rowid(self.db.as_ptr(), last_key) };
        }
        if let Some(keys) = keys {
            self.hook.listen(keys.table);
        }
        self.current = Some(Current { facts, keep, keys });
        Ok(Some(self.execution(facts.effect)))
    }

    /// Binds copies of the values to a statement that stalled, and lets it run without a pause until the flag is set.
    pub(crate) fn start_again(
        &mut self,
        execution: Execution<'_>,
        values: &[ValueRef<'_>],
        cancelled: Arc<AtomicBool>,
    ) -> Result<Execution<'static>> {
        let Current { facts, keep: _, keys } = self.current(&execution)?;
        self.current = Some(Current { facts, keep: Keep::Copied, keys });
        // SAFETY: `current` made sure that the statement is the one that runs.
        unsafe { ffi::sqlite3_reset(facts.handle.as_ptr()) };
        // SAFETY: the statement is reset, and SQLite copies the values.
        unsafe { value::bind(facts.handle, values, Keep::Copied) }.inspect_err(|_| self.stop())?;
        self.handler.limit(Limit::Cancel(cancelled));
        Ok(self.execution(facts.effect))
    }

    /// Lets a statement with values of its own run on without a pause until the flag is set.
    pub(crate) fn run_until(
        &mut self,
        execution: &Execution<'static>,
        cancelled: Arc<AtomicBool>,
    ) -> Result<()> {
        self.current(execution)?;
        self.handler.limit(Limit::Cancel(cancelled));
        Ok(())
    }

    #[inline]
    pub(super) fn execution<'v>(&mut self, effect: Effect) -> Execution<'v> {
        self.operations += 1;
        Execution { connection: self.identity, operation: self.operations, effect, bound: PhantomData }
    }

    /// The statement that runs, if that is the one that the `Execution` is for.
    #[inline]
    pub(super) fn current(&self, execution: &Execution<'_>) -> Result<Current> {
        match self.current {
            Some(current)
                if execution.connection == self.identity && execution.operation == self.operations =>
            {
                Ok(current)
            }
            _ => Err(errors::unusable()),
        }
    }

    /// Steps until the statement is done, the sink has enough, or the limit of the statement says to pause.
    pub(crate) fn advance<'v>(
        &mut self,
        execution: Execution<'v>,
        sink: &mut dyn RowSink,
    ) -> Result<Step<'v>> {
        let Current { facts, keep: _, keys } = self.current(&execution)?;
        let handle = facts.handle;
        self.handler.start_slice();
        let mut columns = None;
        loop {
            // SAFETY: the statement is the one that runs, and what is bound to it lives as long as `execution`.
            let code = unsafe { ffi::sqlite3_step(handle.as_ptr()) };
            match code {
                ffi::SQLITE_ROW => {}
                ffi::SQLITE_DONE => {
                    let done = self.finish();
                    if keys.is_some() {
                        self.hand_keys(&done, sink)?;
                    }
                    return Ok(Step::Finished(done));
                }
                code => return self.pause(execution, code),
            }
            // The first step may have prepared the statement anew for a changed table.
            let columns = match columns {
                Some(columns) => columns,
                None => {
                    // SAFETY: as above.
                    let count = unsafe { ffi::sqlite3_column_count(handle.as_ptr()) };
                    if sink.wants_columns() {
                        // SAFETY: as above.
                        let told = unsafe { statement::columns(handle, count) }
                            .and_then(|names| sink.columns(&names));
                        told.inspect_err(|_| self.stop())?;
                    }
                    *columns.insert(count)
                }
            };
            // SAFETY: the statement stands at a row of so many columns.
            let next = unsafe { self.read_row(handle, columns) }.and_then(|row| sink.row(row));
            match next {
                Ok(Next::More) if self.handler.is_tired() => return Ok(Step::Tired(execution)),
                Ok(Next::More) => {}
                Ok(Next::Enough) => return Ok(Step::Finished(self.finish())),
                Ok(Next::Wait) => return Ok(Step::Waiting(execution)),
                Err(error) => {
                    self.stop();
                    return Err(error);
                }
            }
        }
    }

    #[cold]
    pub(super) fn pause<'v>(&mut self, execution: Execution<'v>, code: c_int) -> Result<Step<'v>> {
        // SAFETY: the step was the last call.
        let native = unsafe { native_error(self.db, code) };
        if native.is_interrupt() && self.handler.is_stalled() {
            return Ok(Step::Stalled(execution));
        }
        self.stop();
        if native.is_busy() { Ok(Step::Busy) } else { Err(errors::translate(native, Moment::Run)) }
    }

    /// # Safety
    ///
    /// The statement is the one that runs, and stands at a row of so many columns.
    #[inline]
    unsafe fn read_row(
        &mut self,
        handle: NonNull<ffi::sqlite3_stmt>,
        columns: c_int,
    ) -> Result<&[ValueRef<'_>]> {
        let columns = usize::try_from(columns).unwrap_or(0);
        if self.row.len() != columns {
            self.row.resize(columns, ValueRef::Null);
        }
        for (column, place) in (0..).zip(&mut self.row) {
            // SAFETY: the caller vouches for the row. What is read stays where it is until the next step, for which this
            // connection is borrowed anew, when nobody can hold the row any more.
            match unsafe { value::read(handle, column) } {
                Some(value) => *place = value,
                // SAFETY: as above.
                None => return Err(unsafe { value::unreadable(handle, column) }),
            }
        }
        Ok(&self.row)
    }

    /// Ends the statement that runs, and tells what it did.
    #[inline]
    pub(super) fn finish(&mut self) -> Done {
        let mut done = Done::default();
        let Some(current) = self.current.take() else { return done };
        let Current { facts, keep: _, keys: _ } = current;
        if facts.effect == Effect::Write {
            let db = self.db.as_ptr();
            let changes_before = self.all_changes;
            self.count_changes();
            // Statements other than INSERT, UPDATE and DELETE leave the count of the one before them.
            if self.all_changes != changes_before {
                // SAFETY: the handle is open.
                done.rows_affected = u64::try_from(unsafe { ffi::sqlite3_changes64(db) }).unwrap_or(0);
            }
            if facts.last_key != LastKey::Ignores {
                // SAFETY: the handle is open.
                let key = unsafe { ffi::sqlite3_last_insert_rowid(db) };
                let made_one = key != 0 && (facts.last_key == LastKey::Sets || done.rows_affected > 0);
                if made_one {
                    self.last_key = key;
                    done.last_insert_id = u64::try_from(key).unwrap_or(0);
                }
            }
        }
        self.release(current);
        done
    }

    /// Hands on the keys of the rows that a statement inserted. A trigger that inserts into the same table hides which are
    /// whose, unless there is one row, whose key SQLite tells.
    pub(super) fn hand_keys(&mut self, done: &Done, sink: &mut dyn RowSink) -> Result<()> {
        let mut keys = self.hook.take();
        if done.rows_affected == 1 && keys.len() > 1 {
            keys.clear();
            keys.push(self.last_key);
        }
        if keys.len() as u64 != done.rows_affected {
            return Err(several_writers(keys.len(), done.rows_affected));
        }
        for key in &keys {
            if sink.row(&[ValueRef::Int(*key)])? == Next::Enough {
                break;
            }
        }
        self.hook.keep(keys);
        Ok(())
    }
}

#[cold]
fn several_writers(keys: usize, rows: u64) -> Error {
    let text = format!(
        "{rows} rows were inserted and {keys} keys were made, so it is not known which row got which: does a trigger insert \
         into the same table? flush the objects one by one"
    );
    Error::database("keys", text)
}
