//! Reads a URL such as `sqlite://blog.db?mode=ro` into options. No I/O.

use std::path::PathBuf;
use std::time::Duration;

use orm_core::error::{Error, Result};

use super::{JournalMode, Mode, Place, SqliteOptions, Synchronous};

const PARAMETERS: &str = "`mode`, `immutable`, `busy-timeout`, `journal-mode`, `synchronous`";

pub(super) fn parse(text: &str) -> Result<SqliteOptions> {
    let Some(rest) = text.strip_prefix("sqlite:") else {
        return Err(Error::config(
            "the URL of an SQLite database starts with `sqlite:`, as in `sqlite://blog.db`",
        ));
    };
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let (path, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let parameters = Parameters::parse(parameters)?;

    let place = if path == ":memory:" || parameters.memory {
        if parameters.mode.is_some() || parameters.immutable {
            return Err(Error::config("`mode` and `immutable` are for files, not for an in-memory database"));
        }
        Place::Memory
    } else if path.is_empty() {
        return Err(Error::config(
            "the URL names no file: write `sqlite://blog.db`, `sqlite:///var/lib/blog.db` or `sqlite::memory:`",
        ));
    } else {
        let path = PathBuf::from(decode(path)?);
        Place::File { path, mode: parameters.mode.unwrap_or(Mode::Create), immutable: parameters.immutable }
    };
    let mut options = SqliteOptions::new(place);
    options.journal_mode = parameters.journal_mode;
    options.synchronous = parameters.synchronous;
    if let Some(limit) = parameters.busy_timeout {
        options.busy_timeout = limit;
    }
    Ok(options)
}

#[derive(Default)]
struct Parameters {
    mode: Option<Mode>,
    memory: bool,
    immutable: bool,
    busy_timeout: Option<Duration>,
    journal_mode: Option<JournalMode>,
    synchronous: Option<Synchronous>,
}

impl Parameters {
    fn parse(text: &str) -> Result<Parameters> {
        let mut parameters = Parameters::default();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decode(value)?;
            match name.replace('_', "-").as_str() {
                "mode" => match value.as_str() {
                    "ro" => parameters.mode = Some(Mode::ReadOnly),
                    "rw" => parameters.mode = Some(Mode::ReadWrite),
                    "rwc" => parameters.mode = Some(Mode::Create),
                    "memory" => parameters.memory = true,
                    _ => return Err(unknown_value(name, &value, "`ro`, `rw`, `rwc` or `memory`")),
                },
                "immutable" => match value.as_str() {
                    "true" | "1" => parameters.immutable = true,
                    "false" | "0" => parameters.immutable = false,
                    _ => return Err(unknown_value(name, &value, "`true` or `false`")),
                },
                "busy-timeout" => match value.parse() {
                    Ok(seconds) => parameters.busy_timeout = Some(Duration::from_secs(seconds)),
                    Err(_) => return Err(unknown_value(name, &value, "a whole number of seconds")),
                },
                "journal-mode" => {
                    parameters.journal_mode = Some(match value.to_ascii_lowercase().as_str() {
                        "delete" => JournalMode::Delete,
                        "truncate" => JournalMode::Truncate,
                        "persist" => JournalMode::Persist,
                        "wal" => JournalMode::Wal,
                        _ => {
                            let known = "`delete`, `truncate`, `persist` or `wal`";
                            return Err(unknown_value(name, &value, known));
                        }
                    });
                }
                "synchronous" => {
                    parameters.synchronous = Some(match value.to_ascii_lowercase().as_str() {
                        "off" => Synchronous::Off,
                        "normal" => Synchronous::Normal,
                        "full" => Synchronous::Full,
                        _ => return Err(unknown_value(name, &value, "`off`, `normal` or `full`")),
                    });
                }
                _ => {
                    return Err(Error::config(format!(
                        "unknown parameter `{name}` in the URL of an SQLite database: it takes {PARAMETERS}"
                    )));
                }
            }
        }
        Ok(parameters)
    }
}

fn unknown_value(name: &str, value: &str, known: &str) -> Error {
    Error::config(format!("the parameter `{name}` cannot be `{value}`: write {known}"))
}

/// Reads `%3F` as `?`, and so on.
fn decode(text: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match (byte, tail) {
            (b'%', [high, low, tail @ ..]) => {
                let (Some(high), Some(low)) = (hex(*high), hex(*low)) else {
                    return Err(broken_escape());
                };
                bytes.push(high << 4 | low);
                rest = tail;
            }
            (b'%', _) => return Err(broken_escape()),
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes)
        .map_err(|_| Error::config("the escapes of the URL are not UTF-8 when they are decoded"))
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn broken_escape() -> Error {
    Error::config("a `%` in the URL is not followed by two hexadecimal digits: write `%25` for `%` itself")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (String, Mode) {
        match parse(text).expect("a URL that parses").place {
            Place::File { path, mode, .. } => (path.display().to_string(), mode),
            Place::Memory => panic!("{text} is not a file"),
        }
    }

    fn refusal(text: &str) -> String {
        parse(text).expect_err("a URL that is refused").to_string()
    }

    #[test]
    fn paths_are_relative_or_absolute() {
        assert_eq!(file("sqlite://blog.db"), ("blog.db".into(), Mode::Create));
        assert_eq!(file("sqlite:blog.db?mode=rw"), ("blog.db".into(), Mode::ReadWrite));
        assert_eq!(file("sqlite:///var/blog.db?mode=ro"), ("/var/blog.db".into(), Mode::ReadOnly));
        assert_eq!(file("sqlite:/var/blog.db?mode=rwc"), ("/var/blog.db".into(), Mode::Create));
        assert_eq!(file("sqlite://a%20b%3F%C3%A9.db"), ("a b?é.db".into(), Mode::Create));
    }

    #[test]
    fn memory_has_several_spellings() {
        for text in
            ["sqlite::memory:", "sqlite://:memory:", "sqlite://?mode=memory", "sqlite:a.db?mode=memory"]
        {
            assert!(parse(text).expect("a URL that parses").is_memory(), "{text}");
        }
    }

    #[test]
    fn parameters_set_options() {
        let options = parse("sqlite://a.db?busy_timeout=7&journal-mode=DELETE&synchronous=off&immutable=0")
            .expect("a URL that parses");
        assert_eq!(options.busy_timeout, Duration::from_secs(7));
        assert_eq!(options.journal_mode, Some(JournalMode::Delete));
        assert_eq!(options.synchronous, Some(Synchronous::Off));
    }

    #[test]
    fn an_unknown_parameter_is_named_with_the_known_ones() {
        assert_eq!(
            refusal("sqlite://a.db?cache=shared"),
            "invalid configuration: unknown parameter `cache` in the URL of an SQLite database: it takes `mode`, \
             `immutable`, `busy-timeout`, `journal-mode`, `synchronous`"
        );
        assert_eq!(
            refusal("sqlite://a.db?mode=rx"),
            "invalid configuration: the parameter `mode` cannot be `rx`: write `ro`, `rw`, `rwc` or `memory`"
        );
    }

    #[test]
    fn broken_urls_say_what_to_write() {
        assert!(refusal("mysql://a/b").contains("starts with `sqlite:`"));
        assert!(refusal("sqlite://").contains("names no file"));
        assert!(refusal("sqlite://a%4").contains("two hexadecimal digits"));
        assert!(refusal("sqlite://a%ff.db").contains("UTF-8"));
        assert!(refusal("sqlite::memory:?mode=ro").contains("for files"));
    }
}
