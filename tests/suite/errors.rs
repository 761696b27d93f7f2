//! Each kind of error, provoked for real: what a caller can match, what the text names, and what it never shows.

mod writing;
mod sessions;
mod connecting;

use std::error::Error as _;

use orm::Error;

/// Stands for everything private: bound values and passwords.
const SECRET: &str = "s3cr3t";

/// The text of an error, after a look at everything that it could be printed as.
fn shown(error: &Error) -> String {
    let mut everything = format!("{error} {error:?} {error:#?} {:?}", error.kind());
    let mut cause = error.source();
    while let Some(source) = cause {
        everything.push_str(&format!(" {source} {source:?}"));
        cause = source.source();
    }
    assert!(!everything.to_lowercase().contains(SECRET), "a secret is shown: {everything}");
    error.to_string()
}
