//! One prepared statement, and what is known of it before it runs. Made by [`super::RawConn`] alone.

use std::ffi::{CStr, c_char, c_int};
use std::ptr::{self, NonNull};

use libsqlite3_sys as ffi;
use orm_core::error::Error;

use crate::errors::NativeError;

/// A prepared statement; dropping it finalizes it. Lives in its connection and nowhere else.
#[derive(Debug)]
pub(super) struct Statement {
    facts: Facts,
}

/// What is known of a statement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub(super) handle: NonNull<ffi::sqlite3_stmt>,
    pub(super) parameters: usize,
    pub(super) effect: Effect,
    pub(super) last_key: LastKey,
    /// Whether it may change a setting of the connection.
    pub(super) is_pragma: bool,
}

/// What a statement does to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Gives rows and changes nothing: may be stopped and run again.
    Read,
    /// Changes the database, or takes the write lock.
    Write,
    /// Neither: COMMIT, SAVEPOINT.
    Control,
}

/// What a statement has to do with `last_insert_rowid()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LastKey {
    Ignores,
    /// It is an INSERT, or may be one.
    Sets,
    /// It calls the function.
    Reads,
}

/// Why a text was not prepared.
#[derive(Debug)]
pub(super) enum Refusal {
    Native(NativeError),
    Text(&'static str),
}

impl Statement {
    /// Prepares a text that holds one statement.
    ///
    /// # Safety
    ///
    /// The connection is open, nobody else uses it meanwhile, and it stays open until the statement is dropped.
    #[cold]
    pub(super) unsafe fn prepare(
        db: NonNull<ffi::sqlite3>,
        text: &str,
        flags: u32,
    ) -> Result<Statement, Refusal> {
        if text.contains('\0') {
            return Err(Refusal::Text("the statement contains a NUL character"));
        }
        // SAFETY: the caller vouches for the connection.
        let (handle, tail) = unsafe { prepare_first(db, text, flags) }?;
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
        let effect = match (is_read_only, columns) {
            (false, _) => Effect::Write,
            (true, 0) => Effect::Control,
            (true, _) => Effect::Read,
        };
        let lower = text.to_ascii_lowercase();
        let last_key = if lower.contains("last_insert_rowid") {
            LastKey::Reads
        } else if effect == Effect::Write && (lower.contains("insert") || lower.contains("replace")) {
            LastKey::Sets
        } else {
            LastKey::Ignores
        };
        let statement = Statement {
            facts: Facts {
                handle,
                parameters: usize::try_from(parameters).unwrap_or(0),
                effect,
                last_key,
                is_pragma: lower.contains("pragma"),
            },
        };
        // What follows may be a comment, which is prepared to nothing.
        if !tail.trim().is_empty() {
            // SAFETY: as above.
            let (second, _) = unsafe { prepare_first(db, tail, 0) }?;
            if let Some(second) = second {
                // SAFETY: the statement was just prepared, and is not used.
                unsafe { ffi::sqlite3_finalize(second.as_ptr()) };
                return Err(Refusal::Text("the text holds several statements: run them one by one"));
            }
        }
        Ok(statement)
    }

    #[inline]
    pub(super) fn facts(&self) -> Facts {
        self.facts
    }
}

impl Drop for Statement {
    fn drop(&mut self) {
        // SAFETY: the statement was prepared by `prepare`, is finalized here alone, and its connection is open, as the
        // caller of `prepare` promised.
        unsafe { ffi::sqlite3_finalize(self.facts.handle.as_ptr()) };
    }
}

/// Prepares the first statement of a text; none where it holds only comments. The rest of the text comes back.
///
/// # Safety
///
/// The connection is open, and nobody else uses it meanwhile.
unsafe fn prepare_first(
    db: NonNull<ffi::sqlite3>,
    text: &str,
    flags: u32,
) -> Result<(Option<NonNull<ffi::sqlite3_stmt>>, &str), Refusal> {
    let Ok(length) = c_int::try_from(text.len()) else {
        return Err(Refusal::Text("the statement is longer than SQLite takes"));
    };
    let start = text.as_ptr().cast::<c_char>();
    let mut handle = ptr::null_mut();
    let mut tail = start;
    // SAFETY: the caller vouches for the connection, and the text is as long as we say.
    let code = unsafe { ffi::sqlite3_prepare_v3(db.as_ptr(), start, length, flags, &mut handle, &mut tail) };
    if code != ffi::SQLITE_OK {
        // SAFETY: the caller vouches for the connection.
        return Err(Refusal::Native(unsafe { native_error(db, code) }));
    }
    let used = tail.addr().wrapping_sub(start.addr());
    Ok((NonNull::new(handle), text.get(used..).unwrap_or("")))
}

/// The names of the columns of a result.
///
/// # Safety
///
/// The statement lives, and is neither prepared anew nor finalized while the names are used.
pub(super) unsafe fn columns<'a>(
    handle: NonNull<ffi::sqlite3_stmt>,
    count: c_int,
) -> Result<Vec<&'a str>, Error> {
    let mut names = Vec::new();
    for column in 0..count {
        // SAFETY: the caller vouches for the statement; a name that is there ends with a zero.
        let name = unsafe {
            let name = ffi::sqlite3_column_name(handle.as_ptr(), column);
            if name.is_null() { c"" } else { CStr::from_ptr(name) }
        };
        let Ok(name) = name.to_str() else {
            return Err(Error::invalid_query(format!("the name of column {} is not UTF-8", column + 1)));
        };
        names.push(name);
    }
    Ok(names)
}

/// What SQLite says of a call that failed.
///
/// # Safety
///
/// The connection is open, and the call was the last one on it.
#[cold]
pub(super) unsafe fn native_error(db: NonNull<ffi::sqlite3>, code: c_int) -> NativeError {
    // SAFETY: the caller vouches for the connection; the text is copied before anything else happens on it.
    let message = unsafe {
        let message = ffi::sqlite3_errmsg(db.as_ptr());
        if message.is_null() { String::new() } else { CStr::from_ptr(message).to_string_lossy().into() }
    };
    NativeError { code, message }
}
