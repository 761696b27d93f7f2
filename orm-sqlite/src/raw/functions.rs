//! Makes the library's own functions known to a connection: glue between SQLite's calls and [`crate::functions`].

use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{self, NonNull};
use std::slice;

use libsqlite3_sys as ffi;
use orm_core::value::{Value, ValueRef};

use crate::functions::{FUNCTIONS, MOST_ARGUMENTS, SqlFunction};

/// Registers the functions. Deterministic, and harmless: the schema of a file may use them in indexes and checks.
///
/// # Safety
///
/// The handle is open, and nobody else uses it.
pub(super) unsafe fn register(db: NonNull<ffi::sqlite3>) -> Result<(), sqlx::Error> {
    let flags = ffi::SQLITE_UTF8 | ffi::SQLITE_DETERMINISTIC | ffi::SQLITE_INNOCUOUS;
    for function in &FUNCTIONS {
        // SAFETY: the caller vouches for the handle; the name ends with a NUL, and the data is static.
        let code = unsafe {
            ffi::sqlite3_create_function_v2(
                db.as_ptr(),
                function.name.as_ptr(),
                c_int::from(function.arguments),
                flags,
                ptr::from_ref(function).cast_mut().cast::<c_void>(),
                Some(call),
                None,
                None,
                None,
            )
        };
        if code != ffi::SQLITE_OK {
            return Err(sqlx::Error::Protocol(format!("SQLite took no function of ours (code {code})")));
        }
    }
    Ok(())
}

/// Called by SQLite. Does not unwind.
unsafe extern "C" fn call(
    context: *mut ffi::sqlite3_context,
    count: c_int,
    arguments: *mut *mut ffi::sqlite3_value,
) {
    // SAFETY: SQLite passes what `register` gave it, which is static.
    let function = unsafe { ffi::sqlite3_user_data(context).cast::<SqlFunction>().as_ref() };
    let count = usize::try_from(count).unwrap_or(0).min(MOST_ARGUMENTS);
    let arguments: &[*mut ffi::sqlite3_value] = if count == 0 {
        &[]
    } else {
        // SAFETY: SQLite passes as many values as it says, for as long as the call lasts.
        unsafe { slice::from_raw_parts(arguments, count) }
    };
    let mut values = [ValueRef::Null; MOST_ARGUMENTS];
    for (value, argument) in values.iter_mut().zip(arguments) {
        // SAFETY: the values live until the call returns.
        match unsafe { read(*argument) } {
            Some(read) => *value = read,
            // SAFETY: the context is that of this call.
            None => return unsafe { fail(context, "a text is no UTF-8") },
        }
    }
    let values = &values[..count];
    if values.iter().any(|value| value.is_null()) {
        // SAFETY: the context is that of this call.
        return unsafe { ffi::sqlite3_result_null(context) };
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| match function {
        Some(function) => (function.call)(values),
        None => Err("a function without a body"),
    }));
    // SAFETY: the context is that of this call.
    unsafe {
        match outcome {
            Ok(Ok(value)) => give(context, &value),
            Ok(Err(message)) => fail(context, message),
            Err(_) => fail(context, "a function of the library failed"),
        }
    }
}

/// # Safety
///
/// The value is one of a call that lasts longer than what is returned.
unsafe fn read<'v>(value: *mut ffi::sqlite3_value) -> Option<ValueRef<'v>> {
    // SAFETY: the caller vouches for the value; bytes are counted after they were asked for, as SQLite wants it.
    unsafe {
        Some(match ffi::sqlite3_value_type(value) {
            ffi::SQLITE_INTEGER => ValueRef::Int(ffi::sqlite3_value_int64(value)),
            ffi::SQLITE_FLOAT => ValueRef::Double(ffi::sqlite3_value_double(value)),
            ffi::SQLITE_TEXT => {
                let start = ffi::sqlite3_value_text(value);
                let length = usize::try_from(ffi::sqlite3_value_bytes(value)).unwrap_or(0);
                ValueRef::Text(std::str::from_utf8(bytes(start, length)).ok()?)
            }
            ffi::SQLITE_BLOB => {
                let start = ffi::sqlite3_value_blob(value).cast::<u8>();
                let length = usize::try_from(ffi::sqlite3_value_bytes(value)).unwrap_or(0);
                ValueRef::Bytes(bytes(start, length))
            }
            _ => ValueRef::Null,
        })
    }
}

/// # Safety
///
/// So many bytes are there, for as long as what is returned is used; or the pointer is null.
unsafe fn bytes<'v>(start: *const u8, length: usize) -> &'v [u8] {
    if start.is_null() || length == 0 {
        return &[];
    }
    // SAFETY: the caller vouches for it.
    unsafe { slice::from_raw_parts(start, length) }
}

/// # Safety
///
/// The context is that of a call under way.
unsafe fn give(context: *mut ffi::sqlite3_context, value: &Value) {
    // SAFETY: the caller vouches for the context; SQLite copies text and bytes (SQLITE_TRANSIENT).
    unsafe {
        match value {
            Value::Int(number) => ffi::sqlite3_result_int64(context, *number),
            Value::Double(number) => ffi::sqlite3_result_double(context, *number),
            Value::Text(text) => ffi::sqlite3_result_text64(
                context,
                text.as_ptr().cast(),
                text.len() as u64,
                ffi::SQLITE_TRANSIENT(),
                ffi::SQLITE_UTF8 as u8,
            ),
            // No function gives another one.
            _ => ffi::sqlite3_result_null(context),
        }
    }
}

/// # Safety
///
/// The context is that of a call under way.
unsafe fn fail(context: *mut ffi::sqlite3_context, message: &'static str) {
    let length = c_int::try_from(message.len()).unwrap_or(0);
    // SAFETY: the caller vouches for the context; SQLite copies the message.
    unsafe { ffi::sqlite3_result_error(context, message.as_ptr().cast(), length) };
}
