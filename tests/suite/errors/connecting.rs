//! Connection strings and connections that cannot be: the text says what is wrong and what to write, never the password.

use orm::{Error, ErrorKind, create_engine};

use super::{SECRET, shown};
use crate::harness::{Backend, block_on, server_url};

fn refused(url: &str) -> Error {
    let error = block_on(create_engine(url)).map(|_| ()).expect_err(url);
    shown(&error);
    error
}

fn config(url: &str) -> String {
    let error = refused(url);
    assert!(matches!(error.kind(), ErrorKind::Config { .. }), "{url}: {error}");
    error.to_string()
}

fn connect(url: &str) -> String {
    let error = refused(url);
    assert!(matches!(error.kind(), ErrorKind::Connect { .. }), "{url}: {error}");
    error.to_string()
}

#[test]
fn an_unknown_scheme_names_those_that_are_known() {
    let known = "sqlite, mysql and mariadb are known, as in `sqlite::memory:`, `sqlite://file.db` and \
                 `mysql://user:password@host/db`";
    assert_eq!(
        config(&format!("postgres://app:{SECRET}@localhost/db")),
        format!("invalid configuration: no backend for URLs that start with `postgres:`; {known}")
    );
    for malformed in
        ["", "nothing", &format!("app:{SECRET}@localhost/db"), &format!("{SECRET}/db"), "://x", "my sql://x"]
    {
        let text = config(malformed);
        assert!(text.ends_with(known), "{malformed}: {text}");
    }
}

#[test]
fn a_malformed_url_says_what_is_wrong() {
    for (url, expected) in [
        ("sqlite://", "the URL names no file"),
        ("sqlite:", "the URL names no file"),
        ("sqlite://a.db?mode=maybe", "mode"),
        ("sqlite://a.db?speed=high", "speed"),
        ("sqlite::memory:?mode=ro", "for files, not for an in-memory database"),
        ("sqlite://a%zz.db", "%"),
        ("mysql://app:s3cr3t@localhost:port/db", "port"),
        ("mysql://app:s3cr3t@localhost:99999/db", "port"),
        ("mysql://app:s3cr3t@localhost/db?speed=high", "speed"),
        ("mysql://app:s3cr3t@localhost/db?charset=latin1", "utf8mb4"),
        ("mysql://app:s3cr3t%zz@localhost/db", "%"),
        ("mysql://app:s3cr3t@localhost/db?ssl-mode=sometimes", "ssl-mode"),
    ] {
        let text = config(url);
        assert!(text.starts_with("invalid configuration: ") && text.contains(expected), "{url}: {text}");
    }
}

#[test]
fn a_server_that_is_not_there_is_named_without_the_password() {
    let text = connect(&format!("mysql://app:{SECRET}@127.0.0.1:1/db"));
    let start = "cannot connect to mysql://app@127.0.0.1:1/db: the server cannot be reached: ";
    assert!(text.starts_with(start), "{text}");
    assert!(text.ends_with("check host and port, and that the server runs"), "{text}");
    connect(&format!("mariadb://app:{SECRET}@no-such-host.invalid/db"));
}

fn with_wrong_password(backend: Backend) {
    let Some(url) = server_url(backend) else { return };
    let (start, rest) = url.split_once("://").unwrap();
    let (account, place) = rest.split_once('@').unwrap();
    let (user, password) = account.split_once(':').unwrap();
    let text = connect(&format!("{start}://{user}:{SECRET}@{place}"));
    assert!(text.contains(&format!("access denied for user '{user}'")), "{text}");
    assert!(text.contains("check user and password"), "{text}");
    let text = connect(&format!("{start}://{user}:{password}@{place}no_such_database"));
    assert!(text.contains("no_such_database") && !text.contains(password), "{text}");
}

#[test]
fn a_wrong_password_and_a_missing_database_are_told_apart_on_mariadb() {
    with_wrong_password(Backend::MariaDb);
}

#[test]
fn a_wrong_password_and_a_missing_database_are_told_apart_on_mysql() {
    with_wrong_password(Backend::MySql);
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    let text = connect("sqlite:///no/such/directory/a.db");
    assert!(text.starts_with("cannot connect to sqlite:///no/such/directory/a.db: "), "{text}");
    assert!(text.contains("directory must exist"), "{text}");
    let directory = std::env::temp_dir().join(format!("orm_test_{}_files", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let missing = directory.join("missing.db");
    let text = connect(&format!("sqlite://{}?mode=rw", missing.display()));
    assert!(text.contains("missing.db") && !missing.exists(), "{text}");
    let other = directory.join("other.db");
    std::fs::write(
        &other,
        "this is no database, although it is long enough to be mistaken for one".repeat(99),
    )
    .unwrap();
    let text = connect(&format!("sqlite://{}", other.display()));
    assert!(text.contains("another kind of file, or encrypted"), "{text}");
    std::fs::remove_dir_all(directory).unwrap();
}

#[test]
fn an_engine_shows_where_it_is_connected_to_without_the_password() {
    let Some(url) = server_url(Backend::MariaDb) else { return };
    let password = url.split(':').nth(2).unwrap().split('@').next().unwrap();
    let engine = block_on(create_engine(&url)).unwrap();
    let shown = format!("{engine:?} {:?} {:?} {:?}", engine.target(), engine.pool_status(), engine.session());
    assert!(shown.contains("127.0.0.1") || shown.contains("localhost"), "{shown}");
    assert!(!shown.contains(password));
    block_on(engine.close());
}
