//! Binds the values of a statement, and reads those of a row. Numbers pass as they are, text and bytes without a copy.

use std::ffi::{CStr, c_int};
use std::panic::catch_unwind;
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
    // SAFETY: the caller vouches for the statement and the values.
    unsafe { bind_from(1, handle, values, keep) }
}

/// Binds a value to each parameter from this one on.
///
/// # Safety
///
/// As [`bind`].
#[inline]
pub(super) unsafe fn bind_from(
    first: c_int,
    handle: NonNull<ffi::sqlite3_stmt>,
    values: &[ValueRef<'_>],
    keep: Keep,
) -> Result<()> {
    let statement = handle.as_ptr();
    for (parameter, value) in (first..).zip(values) {
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
    match converted(value) {
        // SAFETY: the caller vouches for the statement, and SQLite copies the text.
        Ok(converted) => Ok(unsafe {
            match converted {
                Converted::Integer(value) => ffi::sqlite3_bind_int64(handle.as_ptr(), parameter, value),
                Converted::Real(value) => ffi::sqlite3_bind_double(handle.as_ptr(), parameter, value),
                Converted::Text(text) => bind_text(handle, parameter, &text, Keep::Copied),
            }
        }),
        Err(reason) => Err(Error::invalid_value("statement", &format!("parameter {parameter}"), reason)),
    }
}

/// The form in SQLite of what has another one elsewhere.
enum Converted {
    Integer(i64),
    Real(f64),
    Text(String),
}

fn converted(value: ValueRef<'_>) -> Result<Converted, &'static str> {
    if let Some(reason) = types::refuses(value) {
        return Err(reason);
    }
    Ok(match value {
        ValueRef::Decimal(text) => match types::number(text)? {
            Number::Integer(value) => Converted::Integer(value),
            Number::Real(value) => Converted::Real(value),
        },
        ValueRef::Date(value) => Converted::Text(value.to_string()),
        ValueRef::Time(value) => Converted::Text(value.to_string()),
        ValueRef::DateTime(value) => Converted::Text(value.to_string()),
        ValueRef::Null
        | ValueRef::Bool(_)
        | ValueRef::Int(_)
        | ValueRef::UInt(_)
        | ValueRef::Double(_)
        | ValueRef::Text(_)
        | ValueRef::Bytes(_) => return Err("SQLite has no form for it"),
    })
}

/// Gives a value as the result of a function. Does not unwind.
///
/// # Safety
///
/// The context is that of a call under way, and the value lives until the statement was stepped for the last time.
#[inline]
pub(super) unsafe fn give(context: *mut ffi::sqlite3_context, value: ValueRef<'_>) -> Result<()> {
    // SAFETY: the caller vouches for the context and the value; text is UTF-8, and as long as we say.
    unsafe {
        match value {
            ValueRef::Int(value) => ffi::sqlite3_result_int64(context, value),
            ValueRef::Text(value) => give_text(context, value, Keep::Borrowed),
            ValueRef::Null => ffi::sqlite3_result_null(context),
            ValueRef::Bool(value) => ffi::sqlite3_result_int64(context, i64::from(value)),
            ValueRef::Double(value) if !value.is_nan() => ffi::sqlite3_result_double(context, value),
            ValueRef::Bytes(value) => {
                let keep = destructor(Keep::Borrowed);
                ffi::sqlite3_result_blob64(context, value.as_ptr().cast(), value.len() as u64, keep);
            }
            ValueRef::UInt(_)
            | ValueRef::Double(_)
            | ValueRef::Decimal(_)
            | ValueRef::Date(_)
            | ValueRef::Time(_)
            | ValueRef::DateTime(_) => match catch_unwind(|| converted(value)) {
                Ok(Ok(Converted::Integer(value))) => ffi::sqlite3_result_int64(context, value),
                Ok(Ok(Converted::Real(value))) => ffi::sqlite3_result_double(context, value),
                Ok(Ok(Converted::Text(text))) => give_text(context, &text, Keep::Copied),
                Ok(Err(reason)) => return Err(Error::invalid_value("statement", "a value", reason)),
                Err(_) => {
                    return Err(Error::invalid_value("statement", "a value", "it could not be converted"));
                }
            },
        }
    }
    Ok(())
}

/// # Safety
///
/// As [`give`].
#[inline]
unsafe fn give_text(context: *mut ffi::sqlite3_context, text: &str, keep: Keep) {
    let (start, length) = (text.as_ptr().cast(), text.len() as u64);
    // SAFETY: the caller vouches for the context and the text.
    unsafe { ffi::sqlite3_result_text64(context, start, length, destructor(keep), UTF8) }
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
pub(super) fn refused_by_sqlite(parameter: c_int, code: c_int) -> Error {
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
