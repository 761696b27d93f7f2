//! Turns what SQLite says into the library's error. Everything that SQLite refuses passes here; pure, no I/O.
//!
//! Invariant: no text holds a bound value. SQLite quotes values only in messages of its functions (JSON paths, full-text
//! queries), which come while a statement runs: what such a message quotes is taken out.

use libsqlite3_sys as ffi;
use orm_core::error::{Error, ErrorKind};

/// What SQLite said.
#[derive(Clone, Debug)]
pub(crate) struct NativeError {
    /// The extended result code.
    pub(crate) code: i32,
    /// The text.
    pub(crate) message: String,
}

/// When SQLite said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// While it read the text of a statement, which holds no bound value.
    Prepare,
    /// While it ran a statement.
    Run,
}

impl NativeError {
    /// Whether a lock stood in the way that may be free a moment later.
    pub(crate) fn is_busy(&self) -> bool {
        self.code & 0xff == ffi::SQLITE_BUSY && self.code != ffi::SQLITE_BUSY_SNAPSHOT
    }

    /// Whether the statement was stopped from outside.
    pub(crate) fn is_interrupt(&self) -> bool {
        self.code & 0xff == ffi::SQLITE_INTERRUPT
    }

    /// Whether the disk failed, so that nobody knows what reached it.
    pub(crate) fn is_io(&self) -> bool {
        self.code & 0xff == ffi::SQLITE_IOERR
    }
}

/// The library's error for what SQLite said.
#[cold]
pub(crate) fn translate(native: NativeError, moment: Moment) -> Error {
    let NativeError { code, message } = native;
    match code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            Error::new(ErrorKind::Unique { constraint: named(&message) })
        }
        ffi::SQLITE_CONSTRAINT_NOTNULL => Error::new(ErrorKind::NotNull { column: named(&message) }),
        ffi::SQLITE_CONSTRAINT_CHECK => Error::new(ErrorKind::Check { constraint: named(&message) }),
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => foreign_key(),
        // RESTRICT is enforced by a trigger that SQLite makes for itself.
        ffi::SQLITE_CONSTRAINT_TRIGGER if message == "FOREIGN KEY constraint failed" => foreign_key(),
        // The snapshot of a reading transaction is outdated: no wait cures that, a new transaction does.
        ffi::SQLITE_BUSY_SNAPSHOT => Error::new(ErrorKind::Deadlock),
        _ => match code & 0xff {
            ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => Error::new(ErrorKind::LockTimeout),
            _ => {
                let message = if moment == Moment::Run && code == ffi::SQLITE_ERROR {
                    without_quotations(&message)
                } else {
                    message
                };
                Error::database(code.to_string(), message)
            }
        },
    }
}

/// The error of a statement that was to commit itself: where the disk failed, nobody knows whether it did.
#[cold]
pub(crate) fn alone(error: Error) -> Error {
    let code = match error.kind() {
        ErrorKind::Database { code, .. } => code.parse::<i32>().unwrap_or_default(),
        _ => 0,
    };
    if code & 0xff == ffi::SQLITE_IOERR {
        Error::with_source(ErrorKind::OutcomeUnknown, error)
    } else {
        error
    }
}

fn foreign_key() -> Error {
    Error::new(ErrorKind::ForeignKey { constraint: "unknown".into() })
}

/// What stands after "UNIQUE constraint failed: ": columns as `table.column`, or `index 'name'`.
fn named(message: &str) -> String {
    let name = message.split_once(": ").map_or("unknown", |(_, name)| name);
    name.strip_prefix("index '").and_then(|rest| rest.strip_suffix('\'')).unwrap_or(name).to_owned()
}

/// The message without what it quotes: `bad JSON path: '..'`.
fn without_quotations(message: &str) -> String {
    let Some(first) = message.find(['\'', '"']) else { return message.to_owned() };
    // A value may hold quotes itself: everything from the first to the last goes.
    let last = message.rfind(['\'', '"']).unwrap_or(first);
    let (quote, after) = (&message[first..=first], &message[last + 1..]);
    format!("{}{quote}..{quote}{after}", &message[..first])
}

/// The error of a connection that could not be opened.
#[cold]
pub(crate) fn connect(target: &str, error: sqlx::Error) -> Error {
    let mut reason = match &error {
        sqlx::Error::Database(database) => database.message().to_owned(),
        other => other.to_string(),
    };
    let code = match &error {
        sqlx::Error::Database(database) => database.code().and_then(|code| code.parse::<i32>().ok()),
        _ => None,
    };
    match code.map(|code| code & 0xff) {
        Some(ffi::SQLITE_BUSY) => {
            return Error::with_source(ErrorKind::LockTimeout, error).context(format!("opening {target}"));
        }
        Some(ffi::SQLITE_CANTOPEN) => {
            reason.push_str(": its directory must exist, and the file too unless the mode is `rwc`");
        }
        Some(ffi::SQLITE_NOTADB) => reason.push_str(": it is another kind of file, or encrypted"),
        _ => {}
    }
    Error::with_source(ErrorKind::Connect { target: target.to_owned(), reason }, error)
}

/// The error of a connection that cannot be used any more.
#[cold]
pub(crate) fn unusable() -> Error {
    Error::new(ErrorKind::ConnectionLost)
        .context("an operation on it was dropped before it was done: acquire another connection")
}

/// The error of a wait for a lock that was too long.
#[cold]
pub(crate) fn lock_timeout(limit: std::time::Duration, holder: &str) -> Error {
    Error::new(ErrorKind::LockTimeout).context(format!("waited {} ms for {holder}", limit.as_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(code: i32, message: &str) -> Error {
        translate(NativeError { code, message: message.into() }, Moment::Run)
    }

    #[test]
    fn constraints_are_named() {
        let error =
            run(ffi::SQLITE_CONSTRAINT_UNIQUE, "UNIQUE constraint failed: posts.author_id, posts.title");
        assert!(
            matches!(error.kind(), ErrorKind::Unique { constraint } if constraint == "posts.author_id, posts.title")
        );
        let error = run(ffi::SQLITE_CONSTRAINT_UNIQUE, "UNIQUE constraint failed: index 'by_name'");
        assert!(matches!(error.kind(), ErrorKind::Unique { constraint } if constraint == "by_name"));
        let error = run(ffi::SQLITE_CONSTRAINT_NOTNULL, "NOT NULL constraint failed: users.name");
        assert!(matches!(error.kind(), ErrorKind::NotNull { column } if column == "users.name"));
    }

    #[test]
    fn a_restricted_delete_is_a_foreign_key_and_another_trigger_is_not() {
        let error = run(ffi::SQLITE_CONSTRAINT_TRIGGER, "FOREIGN KEY constraint failed");
        assert!(matches!(error.kind(), ErrorKind::ForeignKey { .. }));
        let error = run(ffi::SQLITE_CONSTRAINT_TRIGGER, "no more than 3");
        assert!(matches!(error.kind(), ErrorKind::Database { .. }));
    }

    #[test]
    fn locks_are_retryable() {
        for code in [ffi::SQLITE_BUSY, ffi::SQLITE_BUSY_SNAPSHOT, ffi::SQLITE_LOCKED] {
            assert!(run(code, "database is locked").is_retryable());
        }
    }

    #[test]
    fn a_disk_that_fails_leaves_the_outcome_of_a_lone_write_unknown() {
        for code in [ffi::SQLITE_IOERR, ffi::SQLITE_IOERR_FSYNC] {
            assert!(matches!(alone(run(code, "disk I/O error")).kind(), ErrorKind::OutcomeUnknown));
        }
        assert!(matches!(alone(run(ffi::SQLITE_FULL, "full")).kind(), ErrorKind::Database { .. }));
        assert!(matches!(alone(run(ffi::SQLITE_BUSY, "locked")).kind(), ErrorKind::LockTimeout));
    }

    #[test]
    fn quoted_values_are_taken_out_of_messages() {
        assert!(run(1, "bad JSON path: 'a'secret'").to_string().contains("bad JSON path: '..'"));
        assert!(run(1, "fts5: syntax error near \"secret\"").to_string().contains("near \"..\""));
        assert!(run(1, "integer overflow").to_string().contains("integer overflow"));
    }
}
