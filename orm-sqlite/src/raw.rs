//! SQLite's C interface: the one module with unsafe code. It prepares, binds, steps and reads; it knows nothing of pools,
//! transactions or tasks. Called by [`crate::connection`] and [`crate::worker`].
//!
//! Why what is here is sound, whatever safe code outside does:
//!
//! 1. *The handle lives.* sqlx opened the `sqlite3*` and lends it with a guard, which keeps sqlx's own thread away from it.
//!    [`RawConn`] owns both. Its fields are dropped in the order of their declaration: first every statement is finalized,
//!    then the handlers are taken off, then the guard goes, then sqlx's connection, which closes the handle.
//! 2. *One thread at a time.* The handle has no mutex (NOMUTEX), so calls must not overlap. Every call here goes through
//!    `&mut RawConn` or an owned one, statements are never handed out, and SQLite does not care which thread it is. So
//!    `RawConn` is `Send`, and not `Sync`.
//! 3. *Bound text and bytes live.* They are bound where they are (SQLITE_STATIC), without a copy. Only a step reads them,
//!    and a step needs the [`Execution`] of the statement that runs, which carries their lifetime. When the statement is
//!    over, or an `Execution` is leaked, pointers stay behind that nobody reads: a reset, a new binding and a finalization
//!    do not look at what they point to, and a statement is stepped only after all of its parameters were bound anew. A
//!    statement that outlives its caller's values is bound to copies, which are SQLite's own.
//! 4. *Rows live.* Text and bytes of a row stay where SQLite has them until the next step, reset or finalization. The sink
//!    sees them under a lifetime that ends when it returns.
//! 5. *Callbacks* get a pointer to a value that lives in a box of its own until the handler was taken off. They do not
//!    unwind.

#![allow(unsafe_code)]

mod each;
mod functions;
mod keys;
mod lent;
mod statement;
mod value;
mod watch;

use std::ffi::c_int;
use std::fmt;
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use libsqlite3_sys as ffi;
use orm_core::engine::{Done, MadeKeys, Next, RowSink, Sql};
use orm_core::error::{Error, Result};
use orm_core::value::ValueRef;
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

pub(crate) use self::each::Each;
use self::keys::Hook;
use self::lent::Lent;
use self::statement::{Effect, Facts, LastKey, Refusal, Statement, native_error};
use self::value::Keep;
use self::watch::{Handler, Limit};
use crate::errors::{self, Moment, NativeError};
use crate::statements::StatementCache;

/// A connection of SQLite, with the statements that were prepared on it.
pub(crate) struct RawConn {
    /// The statement that runs. It stays in one of the two fields below.
    current: Option<Current>,
    // From here on, the order matters: see the first point above.
    once: Option<Statement>,
    statements: StatementCache<Statement>,
    handler: Handler,
    hook: Hook,
    lent: Lent,
    db: NonNull<ffi::sqlite3>,
    /// The row that was read last. The lifetime is a lie that does not leave this module: see the fourth point above.
    row: Vec<ValueRef<'static>>,
    /// Unlike that of any other connection of the process.
    identity: u64,
    operations: u64,
    /// What `last_insert_rowid()` says, as far as statements can see.
    last_key: i64,
    /// What `total_changes()` said last.
    all_changes: i64,
    settings_changed: bool,
}

// SAFETY: see the second point at the top of the module.
unsafe impl Send for RawConn {}

/// The statement that runs.
#[derive(Clone, Copy, Debug)]
struct Current {
    facts: Facts,
    keep: Keep,
    /// The keys that the sink wants.
    keys: Option<MadeKeys>,
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
    /// Opens a connection. Dropping the future closes what was opened.
    pub(crate) async fn open(
        options: &SqliteConnectOptions,
        kept_statements: usize,
    ) -> Result<Box<RawConn>, sqlx::Error> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mut lent = Lent::new(options.connect().await?).await?;
        let db = lent.handle();
        // SAFETY: the handle is open and lent to us alone. A busy handler would sleep on the executor's thread: without
        // one, a lock that stands in the way is reported at once.
        unsafe { ffi::sqlite3_busy_timeout(db.as_ptr(), 0) };
        // SAFETY: the handle is open and lent to us alone.
        unsafe { functions::register(db) }?;
        Ok(Box::new(RawConn {
            current: None,
            once: None,
            statements: StatementCache::new(kept_statements),
            // SAFETY: the handle is closed after the handler is dropped, by the order of the fields, and sqlx sets no
            // progress handler of its own.
            handler: unsafe { Handler::new(db) },
            // SAFETY: likewise, and sqlx sets an update hook only where it is asked to.
            hook: unsafe { Hook::new(db) },
            lent,
            db,
            row: Vec::new(),
            identity: NEXT.fetch_add(1, Ordering::Relaxed),
            operations: 0,
            last_key: 0,
            all_changes: 0,
            settings_changed: false,
        }))
    }

    /// Closes the connection and waits until its file is closed.
    pub(crate) async fn close(self: Box<Self>) {
        let RawConn { once, statements, handler, hook, lent, .. } = *self;
        drop((once, statements));
        drop((handler, hook));
        lent.close().await;
    }

    /// Whether no transaction is open.
    #[inline]
    pub(crate) fn is_autocommit(&self) -> bool {
        // SAFETY: the handle is open.
        unsafe { ffi::sqlite3_get_autocommit(self.db.as_ptr()) != 0 }
    }

    /// How many rows statements of this connection changed so far.
    #[inline]
    pub(crate) fn all_changes(&self) -> i64 {
        self.all_changes
    }

    /// Ends what runs, rolls back what is open, sets anew what was changed, and says whether the connection can be lent
    /// again.
    pub(crate) fn restore(&mut self, rollback: &Sql, settings: &Sql) -> bool {
        self.stop();
        if !self.is_autocommit() && (self.control(rollback).is_err() || !self.is_autocommit()) {
            return false;
        }
        if self.settings_changed && self.control(settings).is_err() {
            return false;
        }
        self.settings_changed = false;
        true
    }

    /// Runs a statement without values to its end, whatever time it takes, and passes over its rows.
    pub(crate) fn control(&mut self, sql: &Sql) -> Result<(), NativeError> {
        self.stop();
        let facts = match self.prepared(Text::Kept(sql)) {
            Ok(facts) => facts,
            Err(Refusal::Native(native)) => return Err(native),
            Err(Refusal::Text(reason)) => {
                return Err(NativeError { code: ffi::SQLITE_MISUSE, message: reason.into() });
            }
        };
        loop {
            // SAFETY: the statement is one of ours, and nothing is bound to it.
            let code = unsafe { ffi::sqlite3_step(facts.handle.as_ptr()) };
            let outcome = match code {
                ffi::SQLITE_ROW => continue,
                ffi::SQLITE_DONE => Ok(()),
                // SAFETY: the step was the last call.
                code => Err(unsafe { native_error(self.db, code) }),
            };
            // SAFETY: as above.
            unsafe { ffi::sqlite3_reset(facts.handle.as_ptr()) };
            return outcome;
        }
    }

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
    fn pause<'v>(&mut self, execution: Execution<'v>, code: c_int) -> Result<Step<'v>> {
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
        self.row.resize(usize::try_from(columns).unwrap_or(0), ValueRef::Null);
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
    fn finish(&mut self) -> Done {
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
    fn hand_keys(&mut self, done: &Done, sink: &mut dyn RowSink) -> Result<()> {
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

    /// Ends the statement that runs, if one does.
    #[inline]
    pub(crate) fn stop(&mut self) {
        let Some(current) = self.current.take() else { return };
        self.release(current);
        if current.facts.effect == Effect::Write {
            self.count_changes();
        }
    }

    #[inline]
    fn release(&mut self, current: Current) {
        let Current { facts, keep, keys } = current;
        self.handler.limit(Limit::None);
        if keys.is_some() {
            self.hook.rest();
        }
        // SAFETY: the statement is one of ours: none is finalized before this is done with it.
        unsafe { ffi::sqlite3_reset(facts.handle.as_ptr()) };
        if keep == Keep::Copied {
            // SAFETY: as above.
            unsafe { ffi::sqlite3_clear_bindings(facts.handle.as_ptr()) };
        }
        self.once = None;
    }

    #[inline]
    fn count_changes(&mut self) {
        // SAFETY: the handle is open.
        self.all_changes = unsafe { ffi::sqlite3_total_changes64(self.db.as_ptr()) };
    }

    /// The statement of a text. Called only while none runs, so that the one that makes room is not in use.
    #[inline]
    fn prepared(&mut self, text: Text<'_>) -> Result<Facts, Refusal> {
        match text {
            Text::Kept(sql) => {
                if let Some(statement) = self.statements.find(sql) {
                    return Ok(statement.facts());
                }
                // SAFETY: the handle is open, and statements are dropped before it is closed, by the order of the fields.
                let statement =
                    unsafe { Statement::prepare(self.db, sql.text(), ffi::SQLITE_PREPARE_PERSISTENT) }?;
                Ok(self.statements.insert(sql, statement).facts())
            }
            Text::Once(text) => {
                // SAFETY: as above.
                let statement = unsafe { Statement::prepare(self.db, text, 0) }?;
                Ok(self.once.insert(statement).facts())
            }
        }
    }
}

impl fmt::Debug for RawConn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawConn").field("identity", &self.identity).finish_non_exhaustive()
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

#[cold]
fn wrong_count(parameters: usize, values: usize) -> Error {
    Error::invalid_query(format!(
        "the statement has {parameters} placeholders, and {values} values were given for them"
    ))
}
