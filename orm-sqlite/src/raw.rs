//! SQLite's C interface: the one module with unsafe code. It prepares, binds, steps and reads; it knows nothing of pools,
//! transactions or tasks. Called by [`crate::connection`] and [`crate::worker`].
//!
//! Why what is here is sound, whatever safe code outside does:
//!
//! 1. *The handle lives.* sqlx opened the `sqlite3*` and lends it with a guard, which keeps sqlx's own thread away from it.
//!    [`RawConn`] owns both. Its fields are dropped in the order of their declaration: first every statement is finalized,
//!    then the progress handler is taken off, then the guard goes, then sqlx's connection, which closes the handle.
//! 2. *One thread at a time.* The handle has no mutex (NOMUTEX), so calls must not overlap. Every call here goes through
//!    `&mut RawConn` or an owned one, statements are never handed out, and SQLite does not care which thread it is. So
//!    `RawConn` is `Send`, and not `Sync`.
//! 3. *Bound text and bytes live.* They are bound where they are (SQLITE_STATIC), without a copy. Only a step reads them,
//!    and a step needs the [`Execution`] of the statement that runs, which carries their lifetime. An `Execution` that is
//!    leaked leaves pointers behind that nobody reads: the next use of the connection resets the statement first, and a
//!    statement is stepped only after all of its parameters were bound anew.
//! 4. *Rows live.* Text and bytes of a row stay where SQLite has them until the next step, reset or finalization. The sink
//!    sees them under a lifetime of its own choosing, which ends when it returns.
//! 5. *Callbacks* get a pointer to a [`Watch`] that lives in a box of its own until after the handler is taken off. They do
//!    not unwind.

#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::fmt;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use libsqlite3_sys as ffi;
use orm_core::engine::{Done, Next, RowSink, Sql};
use orm_core::error::{Error, ErrorKind, Result};
use orm_core::value::ValueRef;
use sqlx::sqlite::{LockedSqliteHandle, SqliteConnectOptions};
use sqlx::{ConnectOptions, Connection as _, SqliteConnection};

use crate::errors::{self, Moment, NativeError};
use crate::statements::StatementCache;
use crate::types::{self, Number};

/// A connection of SQLite, with the statements that were prepared on it.
pub(crate) struct RawConn {
    // From here on, the order matters: see the first point above.
    current: Option<Current>,
    once: Option<Statement>,
    statements: StatementCache<Statement>,
    watch: Handler,
    lent: Lent,
    db: NonNull<ffi::sqlite3>,
    /// The row that was read last. The lifetime is a lie that does not leave this module: see the fourth point above.
    row: Vec<ValueRef<'static>>,
    /// Unlike that of any other connection of the process.
    identity: u64,
    operations: u64,
    settings_changed: bool,
}

// SAFETY: see the second point at the top of the module.
unsafe impl Send for RawConn {}

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

/// How a statement is kept from running on and on.
#[derive(Debug)]
pub(crate) enum Limit {
    /// It is asked to give others a turn after each slice of time.
    Slices,
    /// It runs until it is done, or the flag is set.
    Cancelled(Arc<AtomicBool>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// Gives rows and changes nothing: may be stopped and run again.
    Read,
    /// Changes the database, or takes the write lock.
    Write,
    /// Neither: COMMIT, SAVEPOINT.
    Control,
}

/// A prepared statement; dropping it finalizes it. Lives in its [`RawConn`] and nowhere else.
#[derive(Debug)]
struct Statement {
    facts: Facts,
}

#[derive(Clone, Copy, Debug)]
struct Facts {
    handle: NonNull<ffi::sqlite3_stmt>,
    parameters: usize,
    effect: Effect,
    /// Whether the text calls `last_insert_rowid()`, whose answer must then be left alone.
    reads_last_key: bool,
    /// Whether it may change a setting of the connection.
    is_pragma: bool,
}

/// The statement that runs.
#[derive(Clone, Copy, Debug)]
struct Current {
    facts: Facts,
    changes_before: i64,
    last_key_before: i64,
}

impl fmt::Debug for RawConn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawConn").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl Drop for Statement {
    fn drop(&mut self) {
        // SAFETY: the statement was prepared by `RawConn::prepare`, is finalized here alone, and its connection is open,
        // by the first point at the top of the module.
        unsafe { ffi::sqlite3_finalize(self.facts.handle.as_ptr()) };
    }
}

impl RawConn {
    /// Opens a connection. Dropping the future closes what was opened.
    pub(crate) async fn open(
        options: &SqliteConnectOptions,
        kept_statements: usize,
    ) -> Result<Box<RawConn>, sqlx::Error> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mut lent = Lent::new(options.connect().await?).await?;
        let db = lent.guard.as_raw_handle();
        // SAFETY: the handle is open and lent to us alone. A busy handler would sleep on the executor's thread: without
        // one, a lock that stands in the way is reported at once.
        unsafe { ffi::sqlite3_busy_timeout(db.as_ptr(), 0) };
        Ok(Box::new(RawConn {
            current: None,
            once: None,
            statements: StatementCache::new(kept_statements),
            watch: Handler::new(db),
            lent,
            db,
            row: Vec::new(),
            identity: NEXT.fetch_add(1, Ordering::Relaxed),
            operations: 0,
            settings_changed: false,
        }))
    }

    /// Closes the connection and waits until its file is closed.
    pub(crate) async fn close(self: Box<Self>) {
        let RawConn { current: _, once, statements, watch, lent, .. } = *self;
        drop((once, statements));
        drop(watch);
        lent.close().await;
    }

    /// Whether no transaction is open.
    #[inline]
    pub(crate) fn is_autocommit(&self) -> bool {
        // SAFETY: the handle is open.
        unsafe { ffi::sqlite3_get_autocommit(self.db.as_ptr()) != 0 }
    }

    /// Ends what runs, rolls back what is open, and says whether the connection can be lent again.
    pub(crate) fn restore(&mut self, rollback: &Sql, settings: &Sql) -> bool {
        self.stop();
        if !self.is_autocommit() && (self.control(rollback).is_err() || !self.is_autocommit()) {
            return false;
        }
        if std::mem::take(&mut self.settings_changed) && self.control(settings).is_err() {
            return false;
        }
        self.settings_changed = false;
        true
    }

    /// Runs a statement without values to its end, whatever time it takes, and passes over its rows.
    pub(crate) fn control(&mut self, sql: &Sql) -> Result<(), NativeError> {
        self.stop();
        let facts = self.prepared(Text::Kept(sql)).map_err(Refusal::into_native)?;
        self.settings_changed |= facts.is_pragma;
        loop {
            // SAFETY: the statement is one of ours and nothing is bound to it.
            let code = unsafe { ffi::sqlite3_step(facts.handle.as_ptr()) };
            if code == ffi::SQLITE_ROW {
                continue;
            }
            let outcome = if code == ffi::SQLITE_DONE { Ok(()) } else { Err(native_error(self.db, code)) };
            // SAFETY: as above.
            unsafe { ffi::sqlite3_reset(facts.handle.as_ptr()) };
            return outcome;
        }
    }

    /// Starts a statement: prepares it if need be and binds the values. None where a lock stands in the way.
    pub(crate) fn start<'v>(
        &mut self,
        text: Text<'_>,
        values: &[ValueRef<'v>],
    ) -> Result<Option<Execution<'v>>> {
        self.stop();
        let facts = match self.prepared(text) {
            Ok(facts) => facts,
            Err(Refusal::Native(native)) if native.is_busy() => return Ok(None),
            Err(Refusal::Native(native)) => return Err(errors::translate(native, Moment::Prepare)),
            Err(Refusal::Text(reason)) => return Err(Error::invalid_query(reason)),
        };
        if facts.parameters != values.len() {
            return Err(Error::invalid_query(format!(
                "the statement has {} placeholders, and {} values were given for them",
                facts.parameters,
                values.len()
            )));
        }
        self.settings_changed |= facts.is_pragma;
        // From here on `stop` clears what was bound.
        self.current = Some(Current { facts, changes_before: 0, last_key_before: 0 });
        // SAFETY: the statement is reset, and the `Execution` below, without which it is not stepped, ends with the values.
        unsafe { bind(facts.handle, values, Keep::Borrowed) }.inspect_err(|_| self.stop())?;
        self.watch.limit(match facts.effect {
            Effect::Read => Some(Limit::Slices),
            Effect::Write | Effect::Control => None,
        });
        if facts.effect == Effect::Write {
            self.remember_counters();
        }
        Ok(Some(self.execution(facts.effect)))
    }

    /// Binds copies of the values to a statement that stalled, and lets it run without a pause until it is cancelled.
    pub(crate) fn start_again(
        &mut self,
        execution: Execution<'_>,
        values: &[ValueRef<'_>],
        cancelled: Arc<AtomicBool>,
    ) -> Result<Execution<'static>> {
        let facts = self.current(&execution)?.facts;
        // SAFETY: `current` made sure that the statement is the one that runs.
        unsafe { ffi::sqlite3_reset(facts.handle.as_ptr()) };
        // SAFETY: the statement is reset, and SQLite copies the values.
        unsafe { bind(facts.handle, values, Keep::Copied) }.inspect_err(|_| self.stop())?;
        self.watch.limit(Some(Limit::Cancelled(cancelled)));
        Ok(self.execution(facts.effect))
    }

    fn execution<'v>(&mut self, effect: Effect) -> Execution<'v> {
        self.operations += 1;
        Execution { connection: self.identity, operation: self.operations, effect, bound: PhantomData }
    }

    /// The statement that runs, if that is the one that the `Execution` is for.
    #[inline]
    fn current(&self, execution: &Execution<'_>) -> Result<Current> {
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
        let handle = self.current(&execution)?.facts.handle;
        self.watch.get().start_slice();
        let mut columns = None;
        loop {
            // SAFETY: the statement is the one that runs, and what is bound to it lives as long as `execution`.
            let code = unsafe { ffi::sqlite3_step(handle.as_ptr()) };
            match code {
                ffi::SQLITE_ROW => {}
                ffi::SQLITE_DONE => return Ok(Step::Finished(self.finish())),
                code => return self.pause(execution, code),
            }
            // The first step may have prepared the statement anew for a changed table.
            // SAFETY: as above.
            let columns =
                *columns.get_or_insert_with(|| unsafe { ffi::sqlite3_column_count(handle.as_ptr()) });
            // SAFETY: the statement stands at a row of so many columns.
            let next = unsafe { self.read_row(handle, columns) }.and_then(|row| sink.row(row));
            match next {
                Ok(Next::More) if self.watch.get().is_tired() => return Ok(Step::Tired(execution)),
                Ok(Next::More) => {}
                Ok(Next::Enough) => return Ok(Step::Finished(self.finish())),
                Err(error) => {
                    self.stop();
                    return Err(error);
                }
            }
        }
    }

    #[cold]
    fn pause<'v>(&mut self, execution: Execution<'v>, code: c_int) -> Result<Step<'v>> {
        let native = native_error(self.db, code);
        if native.is_interrupt() && self.watch.get().is_stalled() {
            return Ok(Step::Stalled(execution));
        }
        self.stop();
        if native.is_busy() { Ok(Step::Busy) } else { Err(errors::translate(native, Moment::Run)) }
    }

    /// # Safety
    ///
    /// The statement stands at a row of so many columns.
    #[inline]
    unsafe fn read_row(
        &mut self,
        handle: NonNull<ffi::sqlite3_stmt>,
        columns: c_int,
    ) -> Result<&[ValueRef<'_>]> {
        self.row.resize(usize::try_from(columns).unwrap_or(0), ValueRef::Null);
        for (column, place) in (0..).zip(&mut self.row) {
            // SAFETY: the caller vouches for the row. What is read stays where it is until the next step, for which this
            // connection is borrowed anew, when nobody can hold the row any more.
            *place = match unsafe { read_value(handle, column) } {
                Some(value) => value,
                None => return Err(not_text(handle, column)),
            };
        }
        Ok(&self.row)
    }

    /// What the statement did; it is over.
    fn finish(&mut self) -> Done {
        let Some(current) = self.current else { return Done::default() };
        let mut done = Done::default();
        if current.facts.effect == Effect::Write {
            let db = self.db.as_ptr();
            // SAFETY: the handle is open.
            let (changes, all_changes, last_key) = unsafe {
                (
                    ffi::sqlite3_changes64(db),
                    ffi::sqlite3_total_changes64(db),
                    ffi::sqlite3_last_insert_rowid(db),
                )
            };
            // Statements other than INSERT, UPDATE and DELETE leave the count of the one before them.
            if all_changes != current.changes_before {
                done.rows_affected = u64::try_from(changes).unwrap_or(0);
            }
            if !current.facts.reads_last_key || done.rows_affected > 0 {
                done.last_insert_id = u64::try_from(last_key).unwrap_or(0);
            }
        }
        self.stop();
        done
    }

    /// Ends the statement that runs, if one does.
    pub(crate) fn stop(&mut self) {
        let Some(current) = self.current.take() else { return };
        self.watch.limit(None);
        let handle = current.facts.handle.as_ptr();
        // SAFETY: the statement is one of ours: none is finalized while it is the current one.
        unsafe {
            ffi::sqlite3_reset(handle);
            ffi::sqlite3_clear_bindings(handle);
        }
        if current.facts.effect == Effect::Write && !current.facts.reads_last_key {
            let db = self.db.as_ptr();
            // SAFETY: the handle is open.
            unsafe {
                if ffi::sqlite3_last_insert_rowid(db) == 0 {
                    ffi::sqlite3_set_last_insert_rowid(db, current.last_key_before);
                }
            }
        }
        self.once = None;
    }

    /// SQLite's counters go on from statement to statement: what this one did is told from what stood there before.
    fn remember_counters(&mut self) {
        let Some(current) = &mut self.current else { return };
        let db = self.db.as_ptr();
        // SAFETY: the handle is open.
        unsafe {
            current.changes_before = ffi::sqlite3_total_changes64(db);
            if !current.facts.reads_last_key {
                current.last_key_before = ffi::sqlite3_last_insert_rowid(db);
                ffi::sqlite3_set_last_insert_rowid(db, 0);
            }
        }
    }

    /// The statement of a text. Called only while none is running, so that the one that makes room is not in use.
    #[inline]
    fn prepared(&mut self, text: Text<'_>) -> Result<Facts, Refusal> {
        match text {
            Text::Kept(sql) => {
                if let Some(statement) = self.statements.find(sql) {
                    return Ok(statement.facts);
                }
                let statement = self.prepare(sql.text(), ffi::SQLITE_PREPARE_PERSISTENT)?;
                Ok(self.statements.insert(sql, statement).facts)
            }
            Text::Once(text) => {
                let statement = self.prepare(text, 0)?;
                Ok(self.once.insert(statement).facts)
            }
        }
    }

    #[cold]
    fn prepare(&self, text: &str, flags: u32) -> Result<Statement, Refusal> {
        if text.contains('\0') {
            return Err(Refusal::Text("the statement contains a NUL character"));
        }
        let (handle, tail) = self.prepare_first(text, flags)?;
        let Some(handle) = handle else {
            return Err(Refusal::Text("the statement is empty"));
        };
        // SAFETY: the statement was just prepared.
        let (parameters, columns, is_read_only) = unsafe {
            (
                ffi::sqlite3_bind_parameter_count(handle.as_ptr()),
                ffi::sqlite3_column_count(handle.as_ptr()),
                ffi::sqlite3_stmt_readonly(handle.as_ptr()) != 0,
            )
        };
        let lower = text.to_ascii_lowercase();
        let statement = Statement {
            facts: Facts {
                handle,
                parameters: usize::try_from(parameters).unwrap_or(0),
                effect: match (is_read_only, columns) {
                    (false, _) => Effect::Write,
                    (true, 0) => Effect::Control,
                    (true, _) => Effect::Read,
                },
                reads_last_key: lower.contains("last_insert_rowid"),
                is_pragma: lower.contains("pragma"),
            },
        };
        // What follows may be a comment, which is prepared to nothing.
        if !tail.trim().is_empty() && self.prepare_first(tail, 0)?.0.map(finalize).is_some() {
            return Err(Refusal::Text("the text holds several statements: run them one by one"));
        }
        Ok(statement)
    }

    fn prepare_first<'t>(
        &self,
        text: &'t str,
        flags: u32,
    ) -> Result<(Option<NonNull<ffi::sqlite3_stmt>>, &'t str), Refusal> {
        let Ok(length) = c_int::try_from(text.len()) else {
            return Err(Refusal::Text("the statement is longer than SQLite takes"));
        };
        let start = text.as_ptr().cast::<c_char>();
        let mut handle = ptr::null_mut();
        let mut tail = start;
        // SAFETY: the handle is open, and the text is as long as we say.
        let code = unsafe {
            ffi::sqlite3_prepare_v3(self.db.as_ptr(), start, length, flags, &mut handle, &mut tail)
        };
        if code != ffi::SQLITE_OK {
            return Err(Refusal::Native(native_error(self.db, code)));
        }
        let used = (tail as usize).wrapping_sub(start as usize);
        Ok((NonNull::new(handle), text.get(used..).unwrap_or("")))
    }
}

fn finalize(handle: NonNull<ffi::sqlite3_stmt>) {
    // SAFETY: called with a statement that was just prepared and goes nowhere else.
    unsafe { ffi::sqlite3_finalize(handle.as_ptr()) };
}

/// Why a text was not prepared.
enum Refusal {
    Native(NativeError),
    Text(&'static str),
}

impl Refusal {
    fn into_native(self) -> NativeError {
        match self {
            Refusal::Native(native) => native,
            Refusal::Text(reason) => NativeError { code: ffi::SQLITE_MISUSE, message: reason.into() },
        }
    }
}

fn native_error(db: NonNull<ffi::sqlite3>, code: c_int) -> NativeError {
    // SAFETY: the handle is open, and the text is copied before anything else happens on it.
    let message = unsafe {
        let message = ffi::sqlite3_errmsg(db.as_ptr());
        if message.is_null() { String::new() } else { CStr::from_ptr(message).to_string_lossy().into() }
    };
    NativeError { code, message }
}

/// Whether SQLite copies what is bound.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Borrowed,
    Copied,
}

/// # Safety
///
/// The statement is reset, and where the values are borrowed, they live until it was stepped for the last time.
#[inline]
unsafe fn bind(handle: NonNull<ffi::sqlite3_stmt>, values: &[ValueRef<'_>], keep: Keep) -> Result<()> {
    for (parameter, value) in (1..).zip(values) {
        // SAFETY: the caller vouches for the statement and the values; numbers and formatted text are copied by SQLite.
        let code = unsafe {
            match *value {
                ValueRef::Int(value) => ffi::sqlite3_bind_int64(handle.as_ptr(), parameter, value),
                ValueRef::Text(value) => bind_text(handle, parameter, value, keep),
                ValueRef::Null => ffi::sqlite3_bind_null(handle.as_ptr(), parameter),
                ValueRef::Bool(value) => {
                    ffi::sqlite3_bind_int64(handle.as_ptr(), parameter, i64::from(value))
                }
                ValueRef::Double(value) if !value.is_nan() => {
                    ffi::sqlite3_bind_double(handle.as_ptr(), parameter, value)
                }
                ValueRef::Bytes(value) => bind_bytes(handle, parameter, value, keep),
                ref value => bind_converted(handle, parameter, *value)?,
            }
        };
        if code != ffi::SQLITE_OK {
            return Err(refused(parameter, code));
        }
    }
    Ok(())
}

/// # Safety
///
/// As [`bind`].
#[cold]
unsafe fn bind_converted(
    handle: NonNull<ffi::sqlite3_stmt>,
    parameter: c_int,
    value: ValueRef<'_>,
) -> Result<c_int> {
    if let Some(reason) = types::refuses(value) {
        return Err(refused_value(parameter, reason));
    }
    let text = match value {
        ValueRef::Decimal(text) => {
            return match types::number(text) {
                // SAFETY: the caller vouches for the statement.
                Ok(number) => Ok(unsafe {
                    match number {
                        Number::Integer(value) => ffi::sqlite3_bind_int64(handle.as_ptr(), parameter, value),
                        Number::Real(value) => ffi::sqlite3_bind_double(handle.as_ptr(), parameter, value),
                    }
                }),
                Err(reason) => Err(refused_value(parameter, reason)),
            };
        }
        ValueRef::Date(value) => value.to_string(),
        ValueRef::Time(value) => value.to_string(),
        ValueRef::DateTime(value) => value.to_string(),
        ValueRef::Null
        | ValueRef::Bool(_)
        | ValueRef::Int(_)
        | ValueRef::UInt(_)
        | ValueRef::Double(_)
        | ValueRef::Text(_)
        | ValueRef::Bytes(_) => return Ok(ffi::SQLITE_MISUSE),
    };
    // SAFETY: the caller vouches for the statement, and SQLite copies the text.
    Ok(unsafe { bind_text(handle, parameter, &text, Keep::Copied) })
}

/// # Safety
///
/// As [`bind`].
#[inline]
unsafe fn bind_text(handle: NonNull<ffi::sqlite3_stmt>, parameter: c_int, text: &str, keep: Keep) -> c_int {
    // SAFETY: the caller vouches for the statement and the text, which is UTF-8 and as long as we say.
    unsafe {
        ffi::sqlite3_bind_text64(
            handle.as_ptr(),
            parameter,
            text.as_ptr().cast(),
            text.len() as u64,
            destructor(keep),
            UTF8,
        )
    }
}

/// # Safety
///
/// As [`bind`].
#[inline]
unsafe fn bind_bytes(
    handle: NonNull<ffi::sqlite3_stmt>,
    parameter: c_int,
    bytes: &[u8],
    keep: Keep,
) -> c_int {
    // SAFETY: as for text. The pointer of an empty slice is not null, which would be bound as NULL.
    unsafe {
        ffi::sqlite3_bind_blob64(
            handle.as_ptr(),
            parameter,
            bytes.as_ptr().cast(),
            bytes.len() as u64,
            destructor(keep),
        )
    }
}

const UTF8: u8 = ffi::SQLITE_UTF8 as u8;

fn destructor(keep: Keep) -> ffi::sqlite3_destructor_type {
    match keep {
        Keep::Borrowed => ffi::SQLITE_STATIC(),
        Keep::Copied => ffi::SQLITE_TRANSIENT(),
    }
}

fn refused_value(parameter: c_int, reason: &str) -> Error {
    Error::invalid_value("statement", &format!("parameter {parameter}"), reason)
}

#[cold]
fn refused(parameter: c_int, code: c_int) -> Error {
    let message = match code {
        ffi::SQLITE_TOOBIG => "a value longer than SQLite takes",
        ffi::SQLITE_NOMEM => "no memory is left for a value",
        _ => "SQLite refused a value",
    };
    Error::database(code.to_string(), format!("{message}: parameter {parameter}"))
}

/// The value of a column; none where text is not UTF-8, or no memory was left for it.
///
/// # Safety
///
/// The statement stands at a row with such a column, and the value is not used after the next step, reset or finalization.
#[inline]
unsafe fn read_value(handle: NonNull<ffi::sqlite3_stmt>, column: c_int) -> Option<ValueRef<'static>> {
    // SAFETY: the caller vouches for the row. Without a mutex on the connection, the value of a column may be read like any
    // other: SQLite's "unprotected" values differ only there. Text and bytes are as long as SQLite says; the length is
    // asked after the pointer, which may convert the text.
    unsafe {
        let value = ffi::sqlite3_column_value(handle.as_ptr(), column);
        Some(match ffi::sqlite3_value_type(value) {
            ffi::SQLITE_INTEGER => ValueRef::Int(ffi::sqlite3_value_int64(value)),
            ffi::SQLITE_FLOAT => ValueRef::Double(ffi::sqlite3_value_double(value)),
            ffi::SQLITE_TEXT => {
                let start = ffi::sqlite3_value_text(value);
                let bytes = slice(start, ffi::sqlite3_value_bytes(value))?;
                ValueRef::Text(std::str::from_utf8(bytes).ok()?)
            }
            ffi::SQLITE_BLOB => {
                let start = ffi::sqlite3_value_blob(value).cast::<u8>();
                ValueRef::Bytes(slice(start, ffi::sqlite3_value_bytes(value))?)
            }
            _ => ValueRef::Null,
        })
    }
}

/// # Safety
///
/// The pointer is null, or leads to so many bytes that live as long as the caller needs them.
#[inline]
unsafe fn slice(start: *const u8, length: c_int) -> Option<&'static [u8]> {
    match usize::try_from(length) {
        Ok(0) => Some(&[]),
        // SAFETY: the caller vouches for the bytes.
        Ok(length) if !start.is_null() => Some(unsafe { std::slice::from_raw_parts(start, length) }),
        _ => None,
    }
}

#[cold]
fn not_text(handle: NonNull<ffi::sqlite3_stmt>, column: c_int) -> Error {
    // SAFETY: called with a statement that stands at a row with such a column; the name is copied.
    let name = unsafe {
        let name = ffi::sqlite3_column_name(handle.as_ptr(), column);
        if name.is_null() { String::new() } else { CStr::from_ptr(name).to_string_lossy().into() }
    };
    Error::new(ErrorKind::Decode {
        model: "query".into(),
        column: name,
        expected: "text".into(),
        found: "text that is not UTF-8".into(),
    })
}

/// sqlx's connection together with the guard that borrows it. A reference to itself, which Rust has no safe form for: the
/// connection stays in a box that only a raw pointer leads to, and is freed after the guard, by the order of the fields.
struct Lent {
    guard: LockedSqliteHandle<'static>,
    connection: Boxed,
}

struct Boxed(NonNull<SqliteConnection>);

impl Lent {
    async fn new(connection: SqliteConnection) -> Result<Lent, sqlx::Error> {
        let connection = Boxed(NonNull::from(Box::leak(Box::new(connection))));
        // SAFETY: the box is freed by `Boxed` alone, which is dropped after this future's borrow of it, and after the guard
        // that comes of it. Nobody else uses it in between.
        let lent: &'static mut SqliteConnection = unsafe { &mut *connection.0.as_ptr() };
        let guard = lent.lock_handle().await?;
        Ok(Lent { guard, connection })
    }

    async fn close(self) {
        let Lent { guard, connection } = self;
        drop(guard);
        let connection = connection.into_inner();
        // The file is closed whether or not it could be said goodbye to.
        let _ = connection.close().await;
    }
}

// SAFETY: it owns a `SqliteConnection`, which is `Send`.
unsafe impl Send for Boxed {}

impl Boxed {
    fn into_inner(self) -> SqliteConnection {
        let pointer = std::mem::ManuallyDrop::new(self).0;
        // SAFETY: the pointer came from a box, is freed once, and the guard that borrowed it is gone.
        *unsafe { Box::from_raw(pointer.as_ptr()) }
    }
}

impl Drop for Boxed {
    fn drop(&mut self) {
        // SAFETY: as in `into_inner`, which does not come here.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

/// SQLite calls the handler each time that so many steps of its virtual machine were made: 10 to 50 microseconds of work.
const STEPS: c_int = 1_000;
/// A statement that ran so long is asked to give others a turn at its next row.
const SLICE: Duration = Duration::from_millis(1);
/// One that ran so long, and so many calls of the handler (20,000 steps) beyond its slice without a row, is stopped. Both
/// are asked for, since a thread that was not scheduled lets time pass without a step.
const LONGEST: Duration = Duration::from_millis(2);
const CALLS_WITHOUT_A_ROW: u32 = 20;

/// What the progress handler knows of the statement that runs.
struct Watch {
    limit: Cell<Option<Limit>>,
    started: Cell<Option<Instant>>,
    tired: Cell<bool>,
    calls: Cell<u32>,
    stalled: Cell<bool>,
}

impl Watch {
    #[inline]
    fn start_slice(&self) {
        self.started.set(None);
        self.tired.set(false);
        self.calls.set(0);
        self.stalled.set(false);
    }

    #[inline]
    fn is_tired(&self) -> bool {
        self.tired.get()
    }

    fn is_stalled(&self) -> bool {
        self.stalled.get()
    }

    /// Whether the statement is to be stopped.
    fn tick(&self) -> bool {
        let limit = self.limit.take();
        let stop = match &limit {
            None => false,
            Some(Limit::Cancelled(flag)) => flag.load(Ordering::Relaxed),
            Some(Limit::Slices) => self.is_over(),
        };
        self.limit.set(limit);
        stop
    }

    fn is_over(&self) -> bool {
        let now = Instant::now();
        let Some(started) = self.started.get() else {
            self.started.set(Some(now));
            return false;
        };
        let spent = now.saturating_duration_since(started);
        if spent < SLICE {
            return false;
        }
        self.tired.set(true);
        self.calls.set(self.calls.get() + 1);
        self.stalled.set(spent >= LONGEST && self.calls.get() >= CALLS_WITHOUT_A_ROW);
        self.stalled.get()
    }
}

/// The progress handler of a connection, and what it knows; dropping it takes the handler off.
struct Handler {
    db: NonNull<ffi::sqlite3>,
    watch: NonNull<Watch>,
}

unsafe extern "C" fn progress(watch: *mut c_void) -> c_int {
    // SAFETY: SQLite hands back the pointer that `Handler::new` gave it, within a call on the connection, which excludes
    // every other use of the connection and therefore of the watch's cells.
    c_int::from(unsafe { &*watch.cast::<Watch>() }.tick())
}

impl Handler {
    fn new(db: NonNull<ffi::sqlite3>) -> Handler {
        let watch = NonNull::from(Box::leak(Box::new(Watch {
            limit: Cell::new(None),
            started: Cell::new(None),
            tired: Cell::new(false),
            calls: Cell::new(0),
            stalled: Cell::new(false),
        })));
        // SAFETY: the handle is open; the watch lives until `drop` took the handler off.
        unsafe {
            ffi::sqlite3_progress_handler(db.as_ptr(), STEPS, Some(progress), watch.as_ptr().cast());
        }
        Handler { db, watch }
    }

    #[inline]
    fn get(&self) -> &Watch {
        // SAFETY: the box lives as long as the handler, and only shared references to it are ever made.
        unsafe { self.watch.as_ref() }
    }

    #[inline]
    fn limit(&self, limit: Option<Limit>) {
        self.get().limit.set(limit);
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        // SAFETY: the connection is open, by the order of the fields of `RawConn`. After the first call SQLite does not
        // know the pointer any more, which came from a box and is freed once.
        unsafe {
            ffi::sqlite3_progress_handler(self.db.as_ptr(), 0, None, ptr::null_mut());
            drop(Box::from_raw(self.watch.as_ptr()));
        }
    }
}
