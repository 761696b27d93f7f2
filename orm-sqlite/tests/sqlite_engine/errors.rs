//! What SQLite refuses becomes a kind that a caller can match, and no message shows a bound value.

use orm_core::{Engine, Error, ErrorKind, ValueRef};
use orm_sqlite::{SqliteEngine, SqliteOptions};

use crate::support::{Lent, TempDir, acquire, connect, execute, memory, query};

async fn tables() -> Lent {
    let mut connection = acquire(&memory().await).await;
    for sql in [
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, age CONSTRAINT adult CHECK (age >= 18))",
        "CREATE TABLE posts (author INTEGER NOT NULL REFERENCES users ON DELETE RESTRICT, title, UNIQUE (author, title))",
        "CREATE TABLE pins (author INTEGER REFERENCES users)",
        "INSERT INTO users VALUES (1, 'Ann', 30), (2, 'Bob', 30), (3, 'Cid', 30)",
        "INSERT INTO posts VALUES (1, 'Hello')",
        "INSERT INTO pins VALUES (2)",
    ] {
        connection.run_once(sql).await.expect(sql);
    }
    connection
}

async fn refusal(connection: &mut Lent, sql: &str) -> Error {
    let secret = ValueRef::Text("secret");
    let values: &[ValueRef<'_>] = if sql.contains('?') { &[secret] } else { &[] };
    let error = execute(connection, sql, values).await.expect_err(sql);
    assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    error
}

#[tokio::test]
async fn constraints_have_kinds() {
    let mut connection = tables().await;
    let c = &mut connection;
    let error = refusal(c, "INSERT INTO users (name) VALUES ('Ann')").await;
    assert!(
        matches!(error.kind(), ErrorKind::Unique { constraint } if constraint == "users.name"),
        "{error}"
    );
    let error = refusal(c, "INSERT INTO users (id, name) VALUES (1, ?)").await;
    assert!(matches!(error.kind(), ErrorKind::Unique { constraint } if constraint == "users.id"), "{error}");
    let error = refusal(c, "INSERT INTO posts VALUES (1, 'Hello')").await;
    assert!(
        matches!(error.kind(), ErrorKind::Unique { constraint } if constraint == "posts.author, posts.title"),
        "{error}"
    );
    let error = refusal(c, "UPDATE users SET name = NULL WHERE id = 1 OR name = ?").await;
    assert!(matches!(error.kind(), ErrorKind::NotNull { column } if column == "users.name"), "{error}");
    let error = refusal(c, "INSERT INTO users (name, age) VALUES (?, 3)").await;
    assert!(matches!(error.kind(), ErrorKind::Check { constraint } if constraint == "adult"), "{error}");
    for sql in [
        "INSERT INTO posts VALUES (9, ?)",
        "DELETE FROM users WHERE id = 1",
        "DELETE FROM users WHERE id = 2",
    ] {
        let error = refusal(c, sql).await;
        assert!(matches!(error.kind(), ErrorKind::ForeignKey { .. }), "{sql}: {error}");
    }
    assert_eq!(execute(c, "DELETE FROM users WHERE id = 3", &[]).await.expect("it is free").rows_affected, 1);
}

#[tokio::test]
async fn messages_of_functions_do_not_show_what_was_bound() {
    let mut connection = tables().await;
    let error = refusal(&mut connection, "SELECT json_extract('{}', ?)").await;
    assert!(error.to_string().contains("JSON path"), "{error}");
    let error = refusal(&mut connection, "INSERT INTO users (id, name) VALUES (?, 'x')").await;
    assert!(error.to_string().contains("datatype mismatch"), "{error}");
}

#[tokio::test]
async fn a_trigger_speaks_for_itself() {
    let mut connection = tables().await;
    let trigger = "CREATE TRIGGER t BEFORE INSERT ON pins BEGIN SELECT RAISE(ABORT, 'no more pins'); END";
    connection.run_once(trigger).await.expect("the trigger is made");
    let error = refusal(&mut connection, "INSERT INTO pins VALUES (1)").await;
    assert!(
        matches!(error.kind(), ErrorKind::Database { message, .. } if message == "no more pins"),
        "{error}"
    );
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_says_why() {
    let directory = TempDir::new();
    let missing = directory.path().join("missing");
    for url in [
        format!("sqlite://{}/test.db", missing.display()),
        format!("sqlite://{}?mode=rw", missing.display()),
        format!("sqlite://{}?mode=ro", missing.display()),
    ] {
        let options = SqliteOptions::parse(&url).expect("the URL is right");
        let error = SqliteEngine::connect(options).await.expect_err("there is no such file");
        assert!(matches!(error.kind(), ErrorKind::Connect { .. }), "{error}");
        assert!(error.to_string().contains("missing") && error.to_string().contains("must exist"), "{error}");
    }
    let other = directory.path().join("other");
    std::fs::write(&other, [b'x'; 8192]).expect("the file is written");
    let error = SqliteEngine::connect(SqliteOptions::file(other)).await.expect_err("it is no database");
    assert!(error.to_string().contains("not a database"), "{error}");
}

#[tokio::test]
async fn a_read_only_database_can_be_read_and_says_so_where_it_is_written() {
    let directory = TempDir::new();
    let engine = connect(directory.options()).await;
    acquire(&engine).await.run_once("CREATE TABLE t (x)").await.expect("the table is made");
    engine.close().await;

    let url = format!("sqlite://{}/test.db?mode=ro", directory.path().display());
    let engine = connect(SqliteOptions::parse(&url).expect("the URL is right")).await;
    let mut connection = acquire(&engine).await;
    assert!(query(&mut connection, "SELECT * FROM t", &[]).await.expect("it can be read").is_empty());
    let error =
        execute(&mut connection, "INSERT INTO t VALUES (1)", &[]).await.expect_err("it cannot be written");
    assert!(error.to_string().contains("readonly"), "{error}");
    assert!(connection.is_usable());
}
