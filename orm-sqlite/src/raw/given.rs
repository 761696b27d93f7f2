//! Rows of values that a running statement asks for, one value at a time: the function `orm_given(rows, key, position)`.
//!
//! An UPDATE of many rows is one statement with it, which walks through the table once and costs a third of as many statements.
//! The rows are bound by SQLite's pointer passing interface: SQL can neither make such a pointer nor look at it. They outlive
//! the step, which is the only time when the function is called.

use std::cell::Cell;
use std::ffi::{CStr, c_int, c_void};
use std::ptr::{self, NonNull};
use std::slice;

use libsqlite3_sys as ffi;
use orm_core::error::{Error, Result};
use orm_core::value::ValueRef;

use super::value;

/// The function that statements call; the dialect knows it by this name.
const FUNCTION: &CStr = c"orm_given";

/// What SQLite tells pointers apart by. Short, since it is compared at each call.
const KIND: &CStr = c"orm";

/// So many rows can be given at once: as many as a mask has bits.
const MOST_ROWS: usize = 128;
/// Fewer do not pay for one more statement that is prepared.
const FEWEST_ROWS: usize = 16;
/// Rows of the table that are passed over cost a fifth of a statement: there may be so many places for each row that is given.
const PLACES_OF_A_ROW: i64 = 3;

/// Rows of values in the order of their keys, and which of them were asked for.
pub(super) struct Given<'v> {
    values: &'v [ValueRef<'v>],
    width: usize,
    /// The position of the key in a row.
    key: usize,
    /// The row that was found last: most calls ask for it again, or for the next one.
    last: Cell<usize>,
    /// A bit for each row whose values went into the table.
    written: Cell<u128>,
    refusal: Cell<Option<Error>>,
}

impl<'v> Given<'v> {
    /// The rows, if they are of a number and their keys so close together that one statement for all of them pays.
    pub(super) fn close_together(values: &'v [ValueRef<'v>], width: usize, key: usize) -> Option<Given<'v>> {
        let rows = values.len() / width;
        if !(FEWEST_ROWS..=MOST_ROWS).contains(&rows) || key >= width {
            return None;
        }
        let mut keys = values.iter().skip(key).step_by(width);
        let ValueRef::Int(first) = *keys.next()? else { return None };
        let mut last = first;
        for key in keys {
            match *key {
                ValueRef::Int(key) if key > last => last = key,
                _ => return None,
            }
        }
        let is_close = last.checked_sub(first)? < rows as i64 * PLACES_OF_A_ROW;
        is_close.then(|| Given {
            values,
            width,
            key,
            last: Cell::new(0),
            written: Cell::new(0),
            refusal: Cell::new(None),
        })
    }

    pub(super) fn rows(&self) -> usize {
        self.values.len() / self.width
    }

    fn key_of(&self, row: usize) -> Option<i64> {
        match self.values.get(row * self.width + self.key) {
            Some(ValueRef::Int(key)) => Some(*key),
            _ => None,
        }
    }

    /// The least and the greatest key.
    pub(super) fn range(&self) -> Option<(i64, i64)> {
        Some((self.key_of(0)?, self.key_of(self.rows().checked_sub(1)?)?))
    }

    /// Whether the values of a row went into the table.
    pub(super) fn is_written(&self, row: usize) -> bool {
        self.written.get() & (1 << row) != 0
    }

    /// How many rows went into the table.
    pub(super) fn written(&self) -> u64 {
        self.written.get().count_ones().into()
    }

    /// Forgets what went into the table, where it was taken out again, or not all of it came there.
    pub(super) fn forget_written(&self) {
        self.written.set(0);
    }

    /// Why a value was not given, if one was not.
    pub(super) fn refusal(&self) -> Option<Error> {
        self.refusal.take()
    }

    /// The row of a key. They are asked for in ascending order, once or twice.
    fn row_of(&self, key: i64) -> Option<usize> {
        let mut row = self.last.get();
        if self.key_of(row)? > key {
            row = 0;
        }
        while let Some(known) = self.key_of(row) {
            if known >= key {
                self.last.set(row);
                return (known == key).then_some(row);
            }
            row += 1;
        }
        None
    }

    /// A value of the row of a key; NULL where no row has the key.
    fn value(&self, key: i64, position: usize) -> ValueRef<'v> {
        let Some(row) = self.row_of(key).filter(|_| position < self.width) else { return ValueRef::Null };
        // The values before the key are those to be written.
        if position < self.key {
            self.written.set(self.written.get() | 1 << row);
        }
        self.values.get(row * self.width + position).copied().unwrap_or(ValueRef::Null)
    }

    /// Binds the rows to the first parameter of a statement.
    ///
    /// # Safety
    ///
    /// The statement is reset, and is not stepped any more once the rows are gone, unless something else is bound there before.
    pub(super) unsafe fn bind(&self, handle: NonNull<ffi::sqlite3_stmt>) -> c_int {
        let rows = ptr::from_ref(self).cast_mut().cast::<c_void>();
        // SAFETY: the caller vouches for the statement; the kind is static, and nothing is to be freed.
        unsafe { ffi::sqlite3_bind_pointer(handle.as_ptr(), 1, rows, KIND.as_ptr(), None) }
    }
}

/// Makes the function known to a connection. Views and triggers cannot call it.
///
/// # Safety
///
/// The handle is open, and nobody else uses it.
pub(super) unsafe fn register(db: NonNull<ffi::sqlite3>) -> Result<(), sqlx::Error> {
    let flags = ffi::SQLITE_UTF8 | ffi::SQLITE_DIRECTONLY;
    // SAFETY: the caller vouches for the handle; the name ends with a NUL.
    let code = unsafe {
        ffi::sqlite3_create_function_v2(
            db.as_ptr(),
            FUNCTION.as_ptr(),
            3,
            flags,
            ptr::null_mut(),
            Some(give),
            None,
            None,
            None,
        )
    };
    if code != ffi::SQLITE_OK {
        return Err(sqlx::Error::Protocol(format!("SQLite took no function of ours (code {code})")));
    }
    Ok(())
}

/// Called by SQLite. Does not unwind.
unsafe extern "C" fn give(
    context: *mut ffi::sqlite3_context,
    count: c_int,
    arguments: *mut *mut ffi::sqlite3_value,
) {
    if count != 3 {
        return;
    }
    // SAFETY: SQLite passes as many values as it says, for as long as the call lasts. A pointer of this kind is bound by
    // `Given::bind` alone, whose caller lets the statement step only while the rows live.
    let (given, key, position) = unsafe {
        let arguments = slice::from_raw_parts(arguments, 3);
        let given = ffi::sqlite3_value_pointer(arguments[0], KIND.as_ptr()).cast::<Given<'_>>();
        let key = ffi::sqlite3_value_int64(arguments[1]);
        (given.as_ref(), key, ffi::sqlite3_value_int64(arguments[2]))
    };
    let Some(given) = given else {
        let message = c"orm_given is called by statements of the library only";
        // SAFETY: the context is that of this call; SQLite copies the message.
        return unsafe { ffi::sqlite3_result_error(context, message.as_ptr(), -1) };
    };
    let value = given.value(key, usize::try_from(position).unwrap_or(usize::MAX));
    // SAFETY: the context is that of this call, and the values live while the statement runs.
    if let Err(refusal) = unsafe { value::give(context, value) } {
        given.refusal.set(Some(refusal));
        let message = c"a value was refused";
        // SAFETY: as above.
        unsafe { ffi::sqlite3_result_error(context, message.as_ptr(), -1) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(keys: &[i64]) -> Vec<ValueRef<'static>> {
        keys.iter().flat_map(|key| [ValueRef::Int(key.wrapping_mul(10)), ValueRef::Int(*key)]).collect()
    }

    #[test]
    fn rows_are_found_by_their_keys_again_and_again() {
        let keys: Vec<i64> = (0..20).map(|number| number * 2 - 4).collect();
        let values = rows(&keys);
        let given = Given::close_together(&values, 2, 1).expect("every second key");
        assert_eq!(given.range(), Some((-4, 34)));
        for _ in 0..2 {
            for key in -6..40 {
                let is_there = keys.contains(&key);
                let expected = if is_there { ValueRef::Int(key * 10) } else { ValueRef::Null };
                assert_eq!(given.value(key, 0), expected);
            }
        }
        assert_eq!((given.written(), given.is_written(19)), (20, true));
    }

    #[test]
    fn a_key_that_is_compared_is_not_written() {
        let values = rows(&(0..16).collect::<Vec<i64>>());
        let given = Given::close_together(&values, 2, 1).expect("numbers in a row");
        assert_eq!(given.value(3, 1), ValueRef::Int(3));
        assert_eq!(given.value(3, 2), ValueRef::Null);
        assert_eq!(given.written(), 0);
    }

    #[test]
    fn few_rows_and_keys_far_apart_or_out_of_order_are_left_alone() {
        let is_close = |keys: &[i64]| Given::close_together(&rows(keys), 2, 1).is_some();
        let row: Vec<i64> = (0..16).collect();
        assert!(is_close(&row));
        assert!(!is_close(&row[1..]));
        assert!(!is_close(&row.iter().map(|key| key * 4).collect::<Vec<_>>()));
        assert!(!is_close(&row.iter().rev().copied().collect::<Vec<_>>()));
        assert!(!is_close(&[&row[..15], &[14]].concat()));
        assert!(!is_close(&[&[i64::MIN], &row[..]].concat()));
        assert!(!is_close(&(0..200).collect::<Vec<_>>()));
    }
}
