//! Errors of the server and of the connection, as kinds that a caller can match.
//!
//! Invariant: no text of the result holds a value. The server's messages quote values, so they are only passed on where it
//! is known what they quote; in all others the quoted part is blotted out. `lc_messages` is English on every connection.

use std::io;

use orm_core::engine::Target;
use orm_core::error::{Error, ErrorKind};
use sqlx::mysql::MySqlDatabaseError;

/// What an error means for the connection that it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aftermath {
    /// Only the statement failed.
    StatementFailed,
    /// The server rolled the transaction back, and would run further statements outside of one.
    TransactionGone,
    /// A lock was not granted: the transaction is gone as well where the server is configured so.
    LockTimeout,
    /// The connection cannot be used any more.
    ConnectionGone,
}

/// An error of a statement.
pub(crate) fn translate(error: sqlx::Error) -> (Error, Aftermath) {
    match error {
        sqlx::Error::Database(error) => {
            let error = error.downcast_ref::<MySqlDatabaseError>();
            database_error(error.number(), error.message())
        }
        sqlx::Error::Io(error) => lost(error),
        sqlx::Error::Protocol(text) if text.contains("parameters were provided") => (
            Error::invalid_query(format!("the number of bound values is wrong: {}", counts(&text))),
            // The driver waits for an answer to a statement that it did not send.
            Aftermath::ConnectionGone,
        ),
        sqlx::Error::Protocol(text) => lost(io::Error::new(io::ErrorKind::InvalidData, text)),
        other => lost(io::Error::other(other.to_string())),
    }
}

/// "expected 1 parameters but 2 parameters were provided".
fn counts(text: &str) -> &str {
    text.find("expected").map_or(text, |start| &text[start..])
}

fn lost(error: io::Error) -> (Error, Aftermath) {
    (Error::with_source(ErrorKind::ConnectionLost, error), Aftermath::ConnectionGone)
}

fn database_error(number: u16, message: &str) -> (Error, Aftermath) {
    let kind = match number {
        // ER_DUP_ENTRY, ER_DUP_UNIQUE, ER_DUP_ENTRY_WITH_KEY_NAME
        1062 | 1169 | 1586 => ErrorKind::Unique { constraint: unique_constraint(message) },
        // ER_NO_REFERENCED_ROW, ER_ROW_IS_REFERENCED and their variants with a name
        1216 | 1217 | 1451 | 1452 => ErrorKind::ForeignKey {
            constraint: between(message, "CONSTRAINT `", '`').unwrap_or("unknown").to_owned(),
        },
        // ER_BAD_NULL_ERROR, ER_NO_DEFAULT_FOR_FIELD
        1048 | 1364 => ErrorKind::NotNull { column: first_quoted(message) },
        // ER_CHECK_CONSTRAINT_VIOLATED
        3819 => ErrorKind::Check { constraint: first_quoted(message) },
        // MariaDB's ER_CONSTRAINT_FAILED; something else in MySQL
        4025 if message.starts_with("CONSTRAINT `") => ErrorKind::Check {
            constraint: between(message, "CONSTRAINT `", '`').unwrap_or("unknown").to_owned(),
        },
        // ER_LOCK_DEADLOCK, and MariaDB's ER_CHECKREAD under innodb_snapshot_isolation
        1213 | 1020 => return (Error::new(ErrorKind::Deadlock), Aftermath::TransactionGone),
        // ER_ERROR_DURING_COMMIT, as clusters report a conflict
        1180 if message.to_ascii_lowercase().contains("deadlock") => {
            return (Error::new(ErrorKind::Deadlock), Aftermath::TransactionGone);
        }
        // ER_LOCK_WAIT_TIMEOUT; NOWAIT never rolls back
        1205 => return (Error::new(ErrorKind::LockTimeout), Aftermath::LockTimeout),
        3572 => ErrorKind::LockTimeout,
        // ER_LOCK_TABLE_FULL rolls the transaction back
        1206 => return (other(number, message), Aftermath::TransactionGone),
        // The server closes the connection after these: ER_SERVER_SHUTDOWN, the network's, the client library's,
        // ER_CONNECTION_KILLED, ER_SESSION_WAS_KILLED, ER_CLIENT_INTERACTION_TIMEOUT
        1053 | 1152 | 1158..=1161 | 2006 | 2013 | 1927 | 3169 | 4031 => {
            return (Error::new(ErrorKind::ConnectionLost), Aftermath::ConnectionGone);
        }
        // ER_NET_PACKET_TOO_LARGE closes the connection as well, but the cause is ours to tell
        1153 => return (other(number, message), Aftermath::ConnectionGone),
        _ => return (other(number, message), Aftermath::StatementFailed),
    };
    (Error::new(kind), Aftermath::StatementFailed)
}

fn other(number: u16, message: &str) -> Error {
    let error = Error::database(number.to_string(), shown(number, message));
    match number {
        // ER_MAX_PREPARED_STMT_COUNT_REACHED
        1461 => error.context(
            "lower `statement_cache_capacity` or the pool's size, or raise `max_prepared_stmt_count` on the server",
        ),
        _ => error,
    }
}

/// `Duplicate entry 'value' for key 'table.key'`; the value may hold anything, so the key is sought from the end.
fn unique_constraint(message: &str) -> String {
    const BEFORE: &str = " for key '";
    let Some(start) = message.rfind(BEFORE) else {
        return "unknown".into();
    };
    let name = &message[start + BEFORE.len()..];
    let name = name.strip_suffix('\'').unwrap_or(name);
    // MySQL 8 puts the table in front.
    name.split_once('.').map_or(name, |(_table, key)| key).to_owned()
}

fn between<'m>(message: &'m str, before: &str, after: char) -> Option<&'m str> {
    let rest = &message[message.find(before)? + before.len()..];
    Some(&rest[..rest.find(after)?])
}

fn first_quoted(message: &str) -> String {
    between(message, "'", '\'').unwrap_or("unknown").to_owned()
}

/// The server's message, without the values that it may quote.
fn shown(number: u16, message: &str) -> String {
    let quotes_names_only = matches!(
        number,
        1005..=1008 // cannot create or drop; database exists or does not
        | 1040 | 1044..=1047 | 1049..=1052 | 1054 | 1059..=1061 // access, unknown and ambiguous names, duplicates
        | 1064 // a syntax error quotes the text of the statement, in which values are placeholders
        | 1067..=1075 | 1091 // definitions of columns and keys
        | 1109 | 1113 | 1118 | 1142 | 1143 | 1146 | 1153 // names and rights
        | 1170 | 1193 | 1215 | 1217 | 1226 | 1227 | 1235 | 1264 | 1265 | 1290 | 1295 | 1305 | 1356 | 1364
        | 1390 | 1406 | 1461 | 1553 | 1698 | 1701 | 1792 | 1822 | 1824 | 1826 | 1828..=1832 | 3780
    );
    if quotes_names_only {
        return message.to_owned();
    }
    let Some(start) = message.find(['\'', '"']) else {
        return message.to_owned();
    };
    let (quoted, rest) = match message.rfind(" for column ") {
        Some(end) if end > start => message.split_at(end),
        _ => match message.rfind(['\'', '"']) {
            Some(end) if end > start => message.split_at(end + 1),
            _ => (message, ""),
        },
    };
    format!("{}(not shown){rest}", &quoted[..start])
}

/// An error while connecting. The driver's texts hold no password, and neither does the result.
pub(crate) fn connect_error(target: &Target, error: sqlx::Error) -> Error {
    let reason = match &error {
        sqlx::Error::Database(error) => {
            let error = error.downcast_ref::<MySqlDatabaseError>();
            let advice = match error.number() {
                1045 | 1698 => ": check user and password",
                1044 => ": check that the database exists and that the account may use it",
                1049 => ": create it, or name another in the address",
                1040 | 1203 | 1226 => ": lower the pool's size, or raise the server's limit",
                _ => "",
            };
            let message = lower_first(&shown(error.number(), error.message()));
            format!("{message}{advice} (code {})", error.number())
        }
        sqlx::Error::Tls(error) => format!("TLS failed: {error}: check `ssl-mode` and `ssl-ca`"),
        sqlx::Error::Io(error) if is_tls(error) => {
            format!("TLS failed: {error}: check `ssl-mode` and `ssl-ca`")
        }
        sqlx::Error::Io(error) => {
            format!("the server cannot be reached: {error}: check host and port, and that the server runs")
        }
        sqlx::Error::Configuration(error) if error.to_string().contains("RSA") => {
            "the server takes this account's password only over an encrypted connection: write `ssl-mode=required`".into()
        }
        sqlx::Error::Configuration(error) => format!("the files of `ssl-ca`, `ssl-cert` and `ssl-key` do not do: {error}"),
        other => other.to_string(),
    };
    Error::new(ErrorKind::Connect { target: target.address.clone(), reason })
}

/// Whether an I/O error wraps one of the TLS library: a refused certificate arrives so.
fn is_tls(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData && error.get_ref().is_some()
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(number: u16, message: &str) -> String {
        database_error(number, message).0.to_string()
    }

    #[test]
    fn a_unique_error_names_the_key_and_not_the_value() {
        for message in [
            "Duplicate entry 'secret' for key 'users.name'",
            "Duplicate entry 'secret' for key 'name'",
            "Duplicate entry 'secret' for key 'x' secret' for key 'name'",
        ] {
            assert_eq!(text(1062, message), "a row with the same unique value exists: constraint name");
        }
    }

    #[test]
    fn values_in_other_messages_are_blotted_out() {
        assert_eq!(
            text(1366, "Incorrect integer value: 'it's secret' for column `d`.`t`.`c` at row 1"),
            "the database said: Incorrect integer value: (not shown) for column `d`.`t`.`c` at row 1 (code 1366)"
        );
        assert_eq!(
            text(1690, "BIGINT UNSIGNED value is out of range in '(`d`.`t`.`a` - 12345)'"),
            "the database said: BIGINT UNSIGNED value is out of range in (not shown) (code 1690)"
        );
        assert_eq!(
            text(1146, "Table 'd.t' doesn't exist"),
            "the database said: Table 'd.t' doesn't exist (code 1146)"
        );
    }

    #[test]
    fn a_deadlock_takes_the_transaction_with_it() {
        let (error, aftermath) = database_error(1213, "Deadlock found when trying to get lock");
        assert!(error.is_retryable());
        assert_eq!(aftermath, Aftermath::TransactionGone);
    }
}
