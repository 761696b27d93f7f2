//! Notes the keys of the rows that a statement inserts, in the order in which it inserts them: SQLite tells each to its update
//! hook. That costs a call a row; a RETURNING clause costs a table of its own for each statement and a step for each row.

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::{self, NonNull};

use libsqlite3_sys as ffi;
use orm_core::engine::MadeKeys;

use super::statement::{Refusal, Statement};
use super::value::{self, Keep};
use orm_core::value::ValueRef;

/// The table that is listened to, and the keys so far.
struct Noted {
    table: Cell<Option<&'static str>>,
    keys: RefCell<Vec<i64>>,
}

/// The update hook of a connection while a statement runs whose keys are wanted; dropping it takes the hook off.
pub(super) struct Hook {
    db: NonNull<ffi::sqlite3>,
    noted: NonNull<Noted>,
    /// The keys that SQLite is known to make.
    checked: Vec<MadeKeys>,
}

unsafe extern "C" fn on_update(
    noted: *mut c_void,
    operation: c_int,
    _database: *const c_char,
    table: *const c_char,
    key: i64,
) {
    if operation != ffi::SQLITE_INSERT || table.is_null() {
        return;
    }
    // SAFETY: SQLite hands back the pointer that `Hook::listen` gave it, within a call on the connection, which excludes every
    // other use of the connection and therefore of the cells; the name lives until this returns.
    let (noted, table) = unsafe { (&*noted.cast::<Noted>(), CStr::from_ptr(table)) };
    // Mostly the names are the same to the letter, which is found out faster.
    let is_ours = noted.table.get().is_some_and(|wanted| {
        table.to_bytes() == wanted.as_bytes() || table.to_bytes().eq_ignore_ascii_case(wanted.as_bytes())
    });
    if is_ours && let Ok(mut keys) = noted.keys.try_borrow_mut() {
        keys.push(key);
    }
}

impl Hook {
    /// Sets nothing yet.
    ///
    /// # Safety
    ///
    /// The connection stays open until this is dropped, and nobody else sets an update hook on it.
    pub(super) unsafe fn new(db: NonNull<ffi::sqlite3>) -> Hook {
        let noted = Box::new(Noted { table: Cell::new(None), keys: RefCell::new(Vec::new()) });
        Hook { db, noted: NonNull::from(Box::leak(noted)), checked: Vec::new() }
    }

    #[inline]
    fn noted(&self) -> &Noted {
        // SAFETY: the box lives as long as the hook, and only shared references to it are ever made.
        unsafe { self.noted.as_ref() }
    }

    /// Makes sure that SQLite makes the keys of a column: that it is the whole primary key, and no index is kept for it. Asked
    /// once for each; only while no statement runs.
    #[inline]
    pub(super) fn check(&mut self, keys: MadeKeys) -> Result<(), Refusal> {
        if self.checked.contains(&keys) { Ok(()) } else { self.check_now(keys) }
    }

    #[cold]
    fn check_now(&mut self, keys: MadeKeys) -> Result<(), Refusal> {
        const QUESTION: &str = "SELECT (SELECT COUNT(*) FROM pragma_table_info(?1) WHERE pk > 0) = 1 \
             AND EXISTS (SELECT 1 FROM pragma_table_info(?1) WHERE pk > 0 AND name = ?2 COLLATE NOCASE) \
             AND NOT EXISTS (SELECT 1 FROM pragma_index_list(?1) WHERE origin = 'pk')";
        // SAFETY: the connection is open, and the statement goes before this returns.
        let statement = unsafe { Statement::prepare(self.db, QUESTION, 0) }?;
        let handle = statement.facts().handle;
        let names = [ValueRef::Text(keys.table), ValueRef::Text(keys.column)];
        // SAFETY: the statement was just prepared, and the names live for ever.
        let are_bound = unsafe { value::bind(handle, &names, Keep::Borrowed) }.is_ok();
        // SAFETY: the statement is ours; where it stands at a row, that has one column.
        let is_made = are_bound
            && unsafe {
                ffi::sqlite3_step(handle.as_ptr()) == ffi::SQLITE_ROW
                    && ffi::sqlite3_column_int(handle.as_ptr(), 0) == 1
            };
        if !is_made {
            return Err(Refusal::Text(
                "SQLite makes no keys for this table: declare the key as INTEGER PRIMARY KEY, or set it yourself",
            ));
        }
        self.checked.push(keys);
        Ok(())
    }

    /// Notes the keys of the rows that are inserted into a table from now on.
    #[inline]
    pub(super) fn listen(&self, table: &'static str) {
        let noted = self.noted();
        noted.table.set(Some(table));
        noted.keys.borrow_mut().clear();
        // SAFETY: the connection is open, and the pointer lives until the hook is taken off.
        unsafe { ffi::sqlite3_update_hook(self.db.as_ptr(), Some(on_update), self.noted.as_ptr().cast()) };
    }

    /// Notes nothing any more.
    #[inline]
    pub(super) fn rest(&self) {
        if self.noted().table.take().is_some() {
            // SAFETY: the connection is open.
            unsafe { ffi::sqlite3_update_hook(self.db.as_ptr(), None, ptr::null_mut()) };
        }
    }

    /// The keys so far.
    pub(super) fn take(&self) -> Vec<i64> {
        self.noted().keys.take()
    }

    /// Gives the memory of the keys back, to be used again.
    pub(super) fn keep(&self, keys: Vec<i64>) {
        *self.noted().keys.borrow_mut() = keys;
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        // SAFETY: the connection is open, as the caller of `new` promised. After the first call SQLite does not know the
        // pointer any more, which came from a box and is freed once.
        unsafe {
            ffi::sqlite3_update_hook(self.db.as_ptr(), None, ptr::null_mut());
            drop(Box::from_raw(self.noted.as_ptr()));
        }
    }
}
