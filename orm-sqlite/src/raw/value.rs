//! Binds the values of a statement, and reads those of a row. Numbers pass as they are, text and bytes without a copy.

use std::ffi::{CStr, c_int};
use std::ptr::NonNull;

use libsqlite3_sys as ffi;
use orm_core::error::{Error, ErrorKind, Result};
use orm_core::value::ValueRef;

use crate::types::{self, Number};

/// Whether SQLite copies what is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    Borrowed,
    Copied,
}

const UTF8: u8 = ffi::SQLITE_UTF8 as u8;

/// Binds a value to each parameter.
///
/// # Safety
///
/// The statement is reset, and where the values are borrowed, they live until it was stepped for the last time.
#[inline]
pub(super) unsafe fn bind(
    handle: NonNull<ffi::sqlite3_stmt>,
    values: &[ValueRef<'_>],
    keep: Keep,
) -> Result<()> {
    let statement = handle.as_ptr();
    for (parameter, value) in (1..).zip(values) {
        // SAFETY: the caller vouches for the statement and the values.
        let code = unsafe {
            match *value {
                ValueRef::Int(value) => ffi::sqlite3_bind_int64(statement, parameter, value),
                ValueRef::Text(value) => bind_text(handle, parameter, value, keep),
                ValueRef::Null => ffi::sqlite3_bind_null(statement, parameter),
                ValueRef::Bool(value) => ffi::sqlite3_bind_int64(statement, parameter, i64::from(value)),
                ValueRef::Double(value) if !value.is_nan() => {
                    ffi::sqlite3_bind_double(statement, parameter, value)
                }
                ValueRef::Bytes(value) => bind_bytes(handle, parameter, value, keep),
                ValueRef::UInt(_)
                | ValueRef::Double(_)
                | ValueRef::Decimal(_)
                | ValueRef::Date(_)
                | ValueRef::Time(_)
                | ValueRef::DateTime(_) => bind_converted(handle, parameter, *value)?,
            }
        };
        if code != ffi::SQLITE_OK {
            return Err(refused_by_sqlite(parameter, code));
        }
    }
    Ok(())
}

/// Binds what has another form in SQLite, or none.
///
/// # Safety
///
/// The statement is reset.
unsafe fn bind_converted(
    handle: NonNull<ffi::sqlite3_stmt>,
    parameter: c_int,
    value: ValueRef<'_>,
) -> Result<c_int> {
    let refused = |reason| Err(Error::invalid_value("statement", &format!("parameter {parameter}"), reason));
    if let Some(reason) = types::refuses(value) {
        return refused(reason);
    }
    let text = match value {
        ValueRef::Decimal(text) => match types::number(text) {
            Ok(Number::Integer(value)) => {
                // SAFETY: the caller vouches for the statement.
                return Ok(unsafe { ffi::sqlite3_bind_int64(handle.as_ptr(), parameter, value) });
            }
            Ok(Number::Real(value)) => {
                // SAFETY: as above.
                return Ok(unsafe { ffi::sqlite3_bind_double(handle.as_ptr(), parameter, value) });
            }
            Err(reason) => return refused(reason),
        },
        ValueRef::Date(value) => value.to_string(),
        ValueRef::Time(value) => value.to_string(),
        ValueRef::DateTime(value) => value.to_string(),
        ValueRef::Null
        | ValueRef::Bool(_)
        | ValueRef::Int(_)
        | ValueRef::UInt(_)
        | ValueRef::Double(_)
        | ValueRef::Text(_)
        | ValueRef::Bytes(_) => return refused("SQLite has no form for it"),
    };
    // SAFETY: the caller vouches for the statement, and SQLite copies the text.
    Ok(unsafe { bind_text(handle, parameter, &text, Keep::Copied) })
}

/// # Safety
///
/// As [`bind`].
#[inline]
unsafe fn bind_text(handle: NonNull<ffi::sqlite3_stmt>, parameter: c_int, text: &str, keep: Keep) -> c_int {
    let length = text.len() as u64;
    let start = text.as_ptr().cast();
    // SAFETY: the caller vouches for the statement and the text, which is UTF-8 and as long as we say.
    unsafe { ffi::sqlite3_bind_text64(handle.as_ptr(), parameter, start, length, destructor(keep), UTF8) }
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
    let length = bytes.len() as u64;
    // The pointer of an empty slice is not null, which would be bound as NULL.
    let start = bytes.as_ptr().cast();
    // SAFETY: the caller vouches for the statement and the bytes, which are as many as we say.
    unsafe { ffi::sqlite3_bind_blob64(handle.as_ptr(), parameter, start, length, destructor(keep)) }
}

fn destructor(keep: Keep) -> ffi::sqlite3_destructor_type {
    match keep {
        Keep::Borrowed => ffi::SQLITE_STATIC(),
        Keep::Copied => ffi::SQLITE_TRANSIENT(),
    }
}

#[cold]
fn refused_by_sqlite(parameter: c_int, code: c_int) -> Error {
    let message = match code {
        ffi::SQLITE_TOOBIG => "a value is longer than SQLite takes",
        ffi::SQLITE_NOMEM => "no memory is left for a value",
        _ => "SQLite refused a value",
    };
    Error::database(code.to_string(), format!("{message}: parameter {parameter}"))
}

/// The value of a column; none where text is not UTF-8, or no memory was left for it.
///
/// # Safety
///
/// The statement stands at a row with such a column, its connection has no mutex, and the value is not used after the next
/// step, reset or finalization.
#[inline]
pub(super) unsafe fn read(handle: NonNull<ffi::sqlite3_stmt>, column: c_int) -> Option<ValueRef<'static>> {
    // SAFETY: the caller vouches for the row. Without a mutex, the value of a column may be read like any other: SQLite's
    // "unprotected" values differ only there. Text and bytes are as many as SQLite says; it is asked after the pointer,
    // which may convert the text.
    unsafe {
        let value = ffi::sqlite3_column_value(handle.as_ptr(), column);
        Some(match ffi::sqlite3_value_type(value) {
            ffi::SQLITE_INTEGER => ValueRef::Int(ffi::sqlite3_value_int64(value)),
            ffi::SQLITE_FLOAT => ValueRef::Double(ffi::sqlite3_value_double(value)),
            ffi::SQLITE_TEXT => {
                let start = ffi::sqlite3_value_text(value);
                ValueRef::Text(text(slice(start, ffi::sqlite3_value_bytes(value))?)?)
            }
            ffi::SQLITE_BLOB => {
                let start = ffi::sqlite3_value_blob(value).cast();
                ValueRef::Bytes(slice(start, ffi::sqlite3_value_bytes(value))?)
            }
            _ => ValueRef::Null,
        })
    }
}

/// The bytes as text, if they are UTF-8. Most text is short and ASCII, which is seen in a quarter of the instructions that the
/// whole check takes.
#[inline]
fn text(bytes: &[u8]) -> Option<&str> {
    if bytes.is_ascii() {
        // SAFETY: ASCII is UTF-8.
        return Some(unsafe { std::str::from_utf8_unchecked(bytes) });
    }
    std::str::from_utf8(bytes).ok()
}

/// # Safety
///
/// The pointer is null, or leads to so many bytes that live as long as the caller uses them.
#[inline]
unsafe fn slice(start: *const u8, length: c_int) -> Option<&'static [u8]> {
    match usize::try_from(length) {
        Ok(0) => Some(&[]),
        // SAFETY: the caller vouches for the bytes.
        Ok(length) if !start.is_null() => Some(unsafe { std::slice::from_raw_parts(start, length) }),
        _ => None,
    }
}

/// The error of a column that [`read`] gave none for.
///
/// # Safety
///
/// The statement stands at a row with such a column.
#[cold]
pub(super) unsafe fn unreadable(handle: NonNull<ffi::sqlite3_stmt>, column: c_int) -> Error {
    // SAFETY: the caller vouches for the row; the name is copied.
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
