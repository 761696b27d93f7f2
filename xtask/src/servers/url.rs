//! Reads a server's URL, `scheme://user:password@host:port/database?options`, as far as this crate needs it.
//!
//! The tests receive the developer's own text, unchanged.

use crate::Outcome;

/// Where a server is and who logs in.
#[derive(Debug, PartialEq)]
pub(crate) struct Url {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) password: String,
}

impl Url {
    /// Reads the URL; the port is 3306 unless it says otherwise.
    pub(crate) fn parse(text: &str) -> Outcome<Url> {
        let wrong =
            |what: &str| format!("{what}; a server's URL looks like mysql://user:password@127.0.0.1:3306/");
        let rest = text
            .strip_prefix("mysql://")
            .or_else(|| text.strip_prefix("mariadb://"))
            .ok_or_else(|| wrong("a server's URL starts with neither mysql:// nor mariadb://"))?;
        let place = rest.split(['/', '?']).next().unwrap_or(rest);
        let (login, address) =
            place.rsplit_once('@').ok_or_else(|| wrong("a server's URL names no user before an `@`"))?;
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        let (host, port) = match address.rsplit_once(':').filter(|_| !address.ends_with(']')) {
            Some((host, port)) => {
                (host, port.parse().map_err(|_| wrong("a server's URL has no number as its port"))?)
            }
            None => (address, 3306),
        };
        if host.is_empty() {
            return Err(wrong("a server's URL names no host"));
        }
        Ok(Url {
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            user: decoded(user),
            password: decoded(password),
        })
    }
}

/// The URL of a database on the server that `server` names: its path is replaced, its options stay.
pub(crate) fn with_database(server: &str, database: &str) -> String {
    let (before_options, options) = match server.split_once('?') {
        Some((before, options)) => (before, format!("?{options}")),
        None => (server, String::new()),
    };
    let scheme_end = before_options.find("://").map_or(0, |position| position + 3);
    let path =
        before_options[scheme_end..].find('/').map_or(before_options.len(), |slash| scheme_end + slash);
    format!("{}/{database}{options}", &before_options[..path])
}

/// Undoes `%41` and the like; what is no such sequence stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex =
            tail.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = hex.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(host: &str, port: u16, user: &str, password: &str) -> Outcome<Url> {
        Ok(Url { host: host.into(), port, user: user.into(), password: password.into() })
    }

    #[test]
    fn a_url_is_taken_apart() {
        assert_eq!(
            Url::parse("mysql://orm:se%40cret@127.0.0.1:3307/"),
            url("127.0.0.1", 3307, "orm", "se@cret")
        );
        assert_eq!(Url::parse("mariadb://root@localhost"), url("localhost", 3306, "root", ""));
        assert_eq!(Url::parse("mysql://a:b@[::1]:4/db?x=1"), url("::1", 4, "a", "b"));
    }

    #[test]
    fn a_url_that_is_not_understood_is_an_error() {
        for text in ["sqlite://x.db", "mysql://127.0.0.1/", "mysql://a@host:port/", "mysql://a@/"] {
            assert!(Url::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_database_takes_the_place_of_the_path() {
        assert_eq!(with_database("mysql://a:b@h:1/", "shop"), "mysql://a:b@h:1/shop");
        assert_eq!(with_database("mysql://a:b@h:1", "shop"), "mysql://a:b@h:1/shop");
        assert_eq!(with_database("mysql://a:b@h:1/old?ssl=1", "shop"), "mysql://a:b@h:1/shop?ssl=1");
    }
}
