//! sqlx's connection together with the guard that borrows it: the handle is ours as long as this lives. No SQL.

use std::mem::ManuallyDrop;
use std::ptr::NonNull;

use libsqlite3_sys as ffi;
use sqlx::sqlite::LockedSqliteHandle;
use sqlx::{Connection as _, SqliteConnection};

/// A lent handle. A reference to itself, which Rust has no safe form for: the connection stays in a box that only a raw
/// pointer leads to, and is freed after the guard, by the order of the fields.
pub(super) struct Lent {
    guard: LockedSqliteHandle<'static>,
    connection: Boxed,
}

struct Boxed(NonNull<SqliteConnection>);

// SAFETY: it owns a `SqliteConnection`, which is `Send`.
unsafe impl Send for Boxed {}

impl Lent {
    /// Locks sqlx's own thread out. It waits for the guard until the connection is closed.
    pub(super) async fn new(connection: SqliteConnection) -> Result<Lent, sqlx::Error> {
        let connection = Boxed(NonNull::from(Box::leak(Box::new(connection))));
        // SAFETY: the box is freed by `Boxed` alone, which is dropped after this future's borrow of it, and after the guard
        // that comes of it. Nobody else uses it in between.
        let lent: &'static mut SqliteConnection = unsafe { &mut *connection.0.as_ptr() };
        let guard = lent.lock_handle().await?;
        Ok(Lent { guard, connection })
    }

    /// The handle, which lives as long as this.
    pub(super) fn handle(&mut self) -> NonNull<ffi::sqlite3> {
        self.guard.as_raw_handle()
    }

    /// Gives the handle back to sqlx, which closes it, and waits for that.
    pub(super) async fn close(self) {
        let Lent { guard, connection } = self;
        drop(guard);
        // The file is closed whether or not it could be said goodbye to.
        let _ = connection.into_inner().close().await;
    }
}

impl Boxed {
    /// Called when no guard borrows the connection any more.
    fn into_inner(self) -> SqliteConnection {
        let pointer = ManuallyDrop::new(self).0;
        // SAFETY: the pointer came from a box, and is freed once: `drop` does not run.
        *unsafe { Box::from_raw(pointer.as_ptr()) }
    }
}

impl Drop for Boxed {
    fn drop(&mut self) {
        // SAFETY: the pointer came from a box, and the guard that borrowed it is gone, by the order of the fields of `Lent`.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}
