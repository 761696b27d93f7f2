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
mod given;
mod keys;
mod lent;
mod running;
mod statement;
mod value;
mod watch;

use std::fmt;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

use libsqlite3_sys as ffi;
use orm_core::engine::Sql;
use orm_core::error::Error;
use orm_core::value::ValueRef;
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

pub(crate) use self::each::Each;
use self::keys::Hook;
use self::lent::Lent;
use self::running::Current;
pub(crate) use self::running::{Execution, Step, Text};
use self::statement::{Effect, Facts, Refusal, Statement, native_error};
use self::value::Keep;
use self::watch::{Handler, Limit};
use crate::errors::NativeError;
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
        // SAFETY: likewise.
        unsafe { given::register(db) }?;
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
fn wrong_count(parameters: usize, values: usize) -> Error {
    Error::invalid_query(format!(
        "the statement has {parameters} placeholders, and {values} values were given for them"
    ))
}
