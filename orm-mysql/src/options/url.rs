//! Reads a URL into options. No text of an error holds the URL, which may hold a password.

use std::time::Duration;

use orm_core::error::{Error, Result};

use super::{MySqlOptions, SslMode};

const PARAMETERS: &str = "charset, connect-timeout, socket, ssl-ca, ssl-cert, ssl-key, ssl-mode";
const FORM: &str = "write `mysql://user:password@host:port/database`";

pub(super) fn parse(text: &str) -> Result<MySqlOptions> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(Error::config(format!("the address has no scheme: {FORM}")));
    };
    let family = scheme.split('+').next().unwrap_or_default();
    if !family.eq_ignore_ascii_case("mysql") && !family.eq_ignore_ascii_case("mariadb") {
        return Err(Error::config(format!("`{scheme}` is not a scheme of MySQL or MariaDB: {FORM}")));
    }
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    if !rest.contains('@') && query.contains('@') {
        // The rest may be half a password: it is not shown.
        return Err(Error::config(format!("an `@` follows a `?`: {FORM}; in a password, write `?` as %3F")));
    }
    // The last `@` ends the account: an earlier one belongs to a password that was not escaped.
    let (account, rest) = match rest.rsplit_once('@') {
        Some((account, rest)) => (account, rest),
        None => ("", rest),
    };
    let (place, database) = rest.split_once('/').unwrap_or((rest, ""));

    let mut options = MySqlOptions::default();
    if !account.is_empty() {
        let (user, password) = match account.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (account, None),
        };
        options.user = decode(user, "user")?;
        options.password = password.map(|text| decode(text, "password")).transpose()?;
    }
    read_place(&mut options, place)?;
    if !database.is_empty() {
        options.database = Some(decode(database, "database")?);
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(name, "parameter")?;
        let value = decode(value, "parameter")?;
        read_parameter(&mut options, &name, value)?;
    }
    Ok(options)
}

fn read_place(options: &mut MySqlOptions, place: &str) -> Result<()> {
    let (host, port) = match place.strip_prefix('[') {
        Some(bracketed) => {
            let Some((host, rest)) = bracketed.split_once(']') else {
                return Err(Error::config("the host starts with `[` and has no `]`"));
            };
            (host, rest.strip_prefix(':'))
        }
        None => match place.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    if !host.is_empty() {
        options.host = decode(host, "host")?;
    }
    if let Some(port) = port.filter(|port| !port.is_empty()) {
        // The text may be part of a password with an unescaped `/`: it is not shown.
        options.port = port
            .parse()
            .map_err(|_| Error::config(format!("the port is not a number from 0 to 65535: {FORM}; in a password, write `@` as %40, `/` as %2F, `:` as %3A")))?;
    }
    Ok(())
}

fn read_parameter(options: &mut MySqlOptions, name: &str, value: String) -> Result<()> {
    match name.to_ascii_lowercase().replace('_', "-").as_str() {
        "charset" if value.eq_ignore_ascii_case("utf8mb4") => {}
        "charset" => {
            return Err(Error::config(format!(
                "charset `{value}` cannot be used: connections always speak utf8mb4, the only character set of the server \
                 that holds every text of Rust; leave the parameter out"
            )));
        }
        "connect-timeout" => {
            let seconds =
                value.parse().map_err(|_| Error::config("`connect-timeout` is a whole number of seconds"))?;
            options.connect_timeout = Duration::from_secs(seconds);
        }
        "socket" | "unix-socket" => options.socket = Some(value.into()),
        "ssl-ca" => options.ssl_ca = Some(value.into()),
        "ssl-cert" => options.ssl_cert = Some(value.into()),
        "ssl-key" => options.ssl_key = Some(value.into()),
        "ssl-mode" | "sslmode" => options.ssl_mode = Some(read_ssl_mode(&value)?),
        _ => {
            return Err(Error::config(format!(
                "unknown parameter `{name}`: the known ones are {PARAMETERS}"
            )));
        }
    }
    Ok(())
}

fn read_ssl_mode(value: &str) -> Result<SslMode> {
    match value.to_ascii_lowercase().replace('_', "-").as_str() {
        "disabled" => Ok(SslMode::Disabled),
        "preferred" => Ok(SslMode::Preferred),
        "required" => Ok(SslMode::Required),
        "verify-ca" => Ok(SslMode::VerifyCa),
        "verify-identity" => Ok(SslMode::VerifyIdentity),
        _ => Err(Error::config(format!(
            "`ssl-mode={value}` is unknown: write disabled, preferred, required, verify-ca or verify-identity"
        ))),
    }
}

fn decode(text: &str, what: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        match (hexadecimal(rest.next()), hexadecimal(rest.next())) {
            (Some(high), Some(low)) => bytes.push(high * 16 + low),
            _ => {
                return Err(Error::config(format!(
                    "the {what} holds a `%` that is not followed by two hexadecimal digits: write `%` itself as %25"
                )));
            }
        }
    }
    String::from_utf8(bytes)
        .map_err(|_| Error::config(format!("the {what} is not UTF-8 after percent-decoding")))
}

fn hexadecimal(digit: Option<u8>) -> Option<u8> {
    let value = char::from(digit?).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> String {
        parse(text).expect("the URL is good").target().address
    }

    fn refusal(text: &str) -> String {
        parse(text).expect_err("the URL is bad").to_string()
    }

    #[test]
    fn a_whole_url_is_read() {
        let options = parse(
            "mysql://us%40er:p%40s%2Fs@db.example.org:3307/my%20db?ssl-mode=VERIFY_IDENTITY&ssl_ca=/etc/ca.pem&connect-timeout=3",
        )
        .expect("the URL is good");
        assert_eq!(options.target().address, "mysql://us@er@db.example.org:3307/my db");
        assert_eq!(options.target().database, "my db");
        assert_eq!(options.password.as_deref(), Some("p@s/s"));
        assert_eq!(options.ssl_mode, Some(SslMode::VerifyIdentity));
        assert_eq!(options.ssl_ca.as_deref(), Some(std::path::Path::new("/etc/ca.pem")));
        assert_eq!(options.connect_timeout, Duration::from_secs(3));
    }

    #[test]
    fn schemes_of_sqlalchemy_are_read() {
        for scheme in
            ["mysql", "mariadb", "mysql+mysqlconnector", "mysql+pymysql", "mysql+mysqldb", "mariadb+x"]
        {
            assert_eq!(address(&format!("{scheme}://a:b@h/d?charset=utf8mb4")), "mysql://a@h:3306/d");
        }
        assert!(refusal("postgres://a@h/d").contains("`postgres` is not a scheme"));
        assert!(refusal("h/d").contains("no scheme"));
    }

    #[test]
    fn parts_may_be_missing() {
        assert_eq!(address("mysql://"), "mysql://root@localhost:3306/");
        assert_eq!(address("mysql://h"), "mysql://root@h:3306/");
        assert_eq!(address("mysql://a@h/"), "mysql://a@h:3306/");
        assert_eq!(address("mysql://a:@[::1]:5/d"), "mysql://a@[::1]:5/d");
        assert_eq!(address("mysql://a@/d?socket=%2Frun%2Fs.sock"), "mysql://a@/run/s.sock/d");
    }

    #[test]
    fn a_password_with_an_unescaped_at_sign_is_read() {
        assert_eq!(parse("mysql://a:p@ss@h/d").expect("the URL is good").password.as_deref(), Some("p@ss"));
    }

    #[test]
    fn an_unknown_parameter_names_the_known_ones() {
        let text = refusal("mysql://h/d?sslmod=required");
        assert!(text.contains("`sslmod`") && text.contains("ssl-mode") && text.contains("socket"), "{text}");
    }

    #[test]
    fn another_charset_is_refused_with_the_reason() {
        assert!(refusal("mysql://h/d?charset=latin1").contains("every text of Rust"));
    }

    #[test]
    fn no_error_shows_the_password() {
        for text in [
            "mysql://a:sec/ret@h/d",
            "mysql://a:sec?ret@h/d",
            "mysql://a:secret%@h/d",
            "mysql://a:secret%ff@h/d",
            "secret",
            "mysql://a:secret@h:port/d",
        ] {
            if let Err(error) = parse(text) {
                let text = format!("{error} {error:?}");
                assert!(!text.contains("sec") && !text.contains("ret"), "{text}");
            }
        }
    }

    #[test]
    fn an_authority_without_verification_is_refused() {
        let options = parse("mysql://h/d?ssl-ca=/ca.pem&ssl-mode=required").expect("the URL is good");
        assert!(options.for_sqlx().expect_err("it would be ignored").to_string().contains("verify-ca"));
        let options = parse("mysql://h/d?ssl-ca=/ca.pem").expect("the URL is good");
        assert_eq!(options.effective_ssl_mode(), SslMode::VerifyCa);
    }
}
