//! Watches how long a statement runs. SQLite's progress handler asks here whether it goes on; no I/O, no locks.
//!
//! A short statement is never looked at: the clock is read only when the handler is called, and the first call starts it.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use libsqlite3_sys as ffi;

/// SQLite calls the handler each time that so many steps of its virtual machine were made: 10 to 50 microseconds of work.
const STEPS: c_int = 1_000;
/// A statement that ran so long is asked to give others a turn at its next row.
const SLICE: Duration = Duration::from_millis(1);
/// One that ran so long, and so many calls of the handler (20,000 steps) beyond its slice without a row, is stopped. Both
/// are asked for, since a thread that was not scheduled lets time pass without a step.
const LONGEST: Duration = Duration::from_millis(2);
const CALLS_WITHOUT_A_ROW: u32 = 20;

/// How a statement is kept from running on and on.
#[derive(Debug)]
pub(super) enum Limit {
    /// It runs until it is done: a write, a COMMIT.
    None,
    /// It is asked to give others a turn after each slice of time.
    Slices,
    /// It runs until it is done, or the flag is set.
    Cancel(Arc<AtomicBool>),
}

/// What the progress handler knows of the statement that runs.
struct Watch {
    limit: Cell<Limit>,
    started: Cell<Option<Instant>>,
    tired: Cell<bool>,
    calls: Cell<u32>,
    stalled: Cell<bool>,
}

impl Watch {
    /// Whether the statement is to be stopped.
    fn tick(&self) -> bool {
        let limit = self.limit.replace(Limit::None);
        let stop = match &limit {
            Limit::None => false,
            Limit::Slices => self.is_over(),
            Limit::Cancel(flag) => flag.load(Ordering::Relaxed),
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
pub(super) struct Handler {
    db: NonNull<ffi::sqlite3>,
    watch: NonNull<Watch>,
}

unsafe extern "C" fn progress(watch: *mut c_void) -> c_int {
    // SAFETY: SQLite hands back the pointer that `Handler::new` gave it, within a call on the connection, which excludes
    // every other use of the connection and therefore of the watch's cells.
    c_int::from(unsafe { &*watch.cast::<Watch>() }.tick())
}

impl Handler {
    /// Sets the handler.
    ///
    /// # Safety
    ///
    /// The connection stays open until this is dropped, and nobody else sets a progress handler on it.
    pub(super) unsafe fn new(db: NonNull<ffi::sqlite3>) -> Handler {
        let watch = NonNull::from(Box::leak(Box::new(Watch {
            limit: Cell::new(Limit::None),
            started: Cell::new(None),
            tired: Cell::new(false),
            calls: Cell::new(0),
            stalled: Cell::new(false),
        })));
        // SAFETY: the caller vouches for the connection; the watch lives until `drop` took the handler off.
        unsafe {
            ffi::sqlite3_progress_handler(db.as_ptr(), STEPS, Some(progress), watch.as_ptr().cast());
        }
        Handler { db, watch }
    }

    #[inline]
    fn watch(&self) -> &Watch {
        // SAFETY: the box lives as long as the handler, and only shared references to it are ever made.
        unsafe { self.watch.as_ref() }
    }

    /// Says how the next statement is limited.
    #[inline]
    pub(super) fn limit(&self, limit: Limit) {
        self.watch().limit.set(limit);
    }

    /// Starts to count anew.
    #[inline]
    pub(super) fn start_slice(&self) {
        let watch = self.watch();
        watch.started.set(None);
        watch.tired.set(false);
        watch.calls.set(0);
        watch.stalled.set(false);
    }

    /// Whether others should have a turn.
    #[inline]
    pub(super) fn is_tired(&self) -> bool {
        self.watch().tired.get()
    }

    /// Whether the statement was stopped since it ran long without a row.
    pub(super) fn is_stalled(&self) -> bool {
        self.watch().stalled.get()
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        // SAFETY: the connection is open, as the caller of `new` promised. After the first call SQLite does not know the
        // pointer any more, which came from a box and is freed once.
        unsafe {
            ffi::sqlite3_progress_handler(self.db.as_ptr(), 0, None, ptr::null_mut());
            drop(Box::from_raw(self.watch.as_ptr()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(limit: Limit) -> Watch {
        Watch {
            limit: Cell::new(limit),
            started: Cell::new(None),
            tired: Cell::new(false),
            calls: Cell::new(0),
            stalled: Cell::new(false),
        }
    }

    #[test]
    fn time_that_passed_without_steps_stops_nothing() {
        let watch = watch(Limit::Slices);
        watch.started.set(Instant::now().checked_sub(Duration::from_secs(1)));
        assert!(!watch.tick() && watch.tired.get());
        for _ in 0..CALLS_WITHOUT_A_ROW - 2 {
            assert!(!watch.tick());
        }
        assert!(watch.tick() && watch.stalled.get());
    }

    #[test]
    fn a_write_is_never_stopped() {
        let watch = watch(Limit::None);
        watch.started.set(Instant::now().checked_sub(Duration::from_secs(1)));
        for _ in 0..100 {
            assert!(!watch.tick() && !watch.tired.get());
        }
    }

    #[test]
    fn a_flag_stops_at_the_next_call() {
        let flag = Arc::new(AtomicBool::new(false));
        let watch = watch(Limit::Cancel(Arc::clone(&flag)));
        assert!(!watch.tick());
        flag.store(true, Ordering::Relaxed);
        assert!(watch.tick());
    }
}
