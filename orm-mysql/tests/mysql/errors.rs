//! Each kind of error, provoked for real. No text holds a value that was bound.

use orm_core::engine::{Connection, Engine, TransactionOptions};
use orm_core::error::{Error, ErrorKind, Result};
use orm_core::value::ValueRef;

use crate::server::{Database, Kind, eventually, execute, on_both, rows, run_once};

const SECRET: &str = "secr't";

async fn fails(connection: &mut dyn Connection, sql: &str, values: &[ValueRef<'_>]) -> Error {
    let error = execute(connection, sql, values).await.expect_err(sql);
    let text = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
    assert!(!text.contains("secr") && !text.contains("12345"), "{text}");
    error
}

#[tokio::test]
async fn constraints_are_named_and_values_are_not() {
    on_both(|database| async move {
        let engine = database.engine().await;
        let mut connection = engine.acquire().await.unwrap();
        for sql in [
            "CREATE TABLE parent (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL, \
             CONSTRAINT one_name UNIQUE (name), CONSTRAINT positive CHECK (id > 0))",
            "CREATE TABLE child (id BIGINT NOT NULL PRIMARY KEY, parent_id BIGINT NOT NULL, \
             CONSTRAINT child_parent FOREIGN KEY (parent_id) REFERENCES parent (id))",
            "INSERT INTO parent VALUES (1, 'secr''t')",
            "INSERT INTO child VALUES (1, 1)",
        ] {
            connection.run_once(sql).await.unwrap();
        }
        let secret = ValueRef::Text(SECRET);
        let c = &mut *connection;

        let error = fails(c, "INSERT INTO parent VALUES (2, ?)", &[secret]).await;
        assert!(
            matches!(error.kind(), ErrorKind::Unique { constraint } if constraint == "one_name"),
            "{error}"
        );
        let error = fails(c, "INSERT INTO parent VALUES (1, 'x')", &[]).await;
        assert!(
            matches!(error.kind(), ErrorKind::Unique { constraint } if constraint == "PRIMARY"),
            "{error}"
        );
        let error = fails(c, "INSERT INTO child VALUES (2, ?)", &[ValueRef::Int(12345)]).await;
        assert!(
            matches!(error.kind(), ErrorKind::ForeignKey { constraint } if constraint == "child_parent"),
            "{error}"
        );
        let error = fails(c, "DELETE FROM parent", &[]).await;
        assert!(
            matches!(error.kind(), ErrorKind::ForeignKey { constraint } if constraint == "child_parent"),
            "{error}"
        );
        let error = fails(c, "INSERT INTO parent VALUES (3, ?)", &[ValueRef::Null]).await;
        assert!(matches!(error.kind(), ErrorKind::NotNull { column } if column == "name"), "{error}");
        let error = fails(c, "INSERT INTO parent (id) VALUES (3)", &[]).await;
        assert!(matches!(error.kind(), ErrorKind::NotNull { column } if column == "name"), "{error}");
        let error = fails(c, "INSERT INTO parent VALUES (?, 'x')", &[ValueRef::Int(-12345)]).await;
        assert!(
            matches!(error.kind(), ErrorKind::Check { constraint } if constraint == "positive"),
            "{error}"
        );
        assert!(c.is_usable(), "a failed statement costs no connection");
    })
    .await;
}

#[tokio::test]
async fn strict_mode_refuses_and_does_not_show_what() {
    on_both(|database| async move {
        let engine = database.engine().await;
        let mut connection = engine.acquire().await.unwrap();
        connection
            .run_once(
                "CREATE TABLE t (small TINYINT UNSIGNED, name VARCHAR(3), day DATE, moment DATETIME(6), doc JSON, \
                 price DECIMAL(4,2), kind ENUM('a'))",
            )
            .await
            .unwrap();
        let c = &mut *connection;
        let secret = ValueRef::Text("secret 12345");
        for (sql, value, code) in [
            ("INSERT INTO t (small) VALUES (?)", ValueRef::Int(12345), "1264"),
            ("INSERT INTO t (small) VALUES (?)", secret, "1366"),
            ("INSERT INTO t (name) VALUES (?)", secret, "1406"),
            ("INSERT INTO t (day) VALUES (?)", secret, "1292"),
            ("INSERT INTO t (moment) VALUES (?)", secret, "1292"),
            ("INSERT INTO t (doc) VALUES (?)", secret, "3140"),
            ("INSERT INTO t (price) VALUES (?)", ValueRef::Decimal("12345"), "1264"),
            ("INSERT INTO t (kind) VALUES (?)", secret, "1265"),
        ] {
            let error = fails(c, sql, &[value]).await;
            match error.kind() {
                ErrorKind::Database { code: found, .. } if found == code => {}
                // MariaDB's JSON is a check.
                ErrorKind::Check { constraint } if code == "3140" => assert!(constraint.contains("doc"), "{error}"),
                _ => panic!("{sql}: {error}"),
            }
        }
        let error = fails(c, "SELEKT 1", &[]).await;
        assert!(matches!(error.kind(), ErrorKind::Database { code, .. } if code == "1064"), "{error}");
        let error = fails(c, "SELECT * FROM missing", &[]).await;
        assert!(error.to_string().contains("missing"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_deadlock_ends_the_transaction_and_nothing_runs_before_a_rollback() {
    on_both(|database| async move {
        let engine = database.engine().await;
        run_once(&engine, "CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, n BIGINT NOT NULL)")
            .await
            .unwrap();
        run_once(&engine, "INSERT INTO t VALUES (1, 0), (2, 0)").await.unwrap();
        let mut one = engine.acquire().await.unwrap();
        let mut two = engine.acquire().await.unwrap();
        one.begin(TransactionOptions::default()).await.unwrap();
        two.begin(TransactionOptions::default()).await.unwrap();
        execute(&mut *one, "UPDATE t SET n = n + 1 WHERE id = 1", &[]).await.unwrap();
        execute(&mut *two, "UPDATE t SET n = n + 1 WHERE id = 2", &[]).await.unwrap();
        let (a, b) = tokio::join!(
            execute(&mut *one, "UPDATE t SET n = n + 1 WHERE id = 2", &[]),
            execute(&mut *two, "UPDATE t SET n = n + 1 WHERE id = 1", &[]),
        );
        let (mut victim, mut winner, error) = match (a, b) {
            (Err(error), Ok(_)) => (one, two, error),
            (Ok(_), Err(error)) => (two, one, error),
            other => panic!("one must be the victim: {other:?}"),
        };
        assert!(matches!(error.kind(), ErrorKind::Deadlock), "{error}");
        assert!(error.is_retryable());

        let error = execute(&mut *victim, "INSERT INTO t VALUES (3, 0)", &[]).await.unwrap_err();
        assert!(error.to_string().contains("roll back before"), "{error}");
        assert!(victim.commit().await.is_err(), "a commit would claim what is not there");
        victim.rollback().await.unwrap();
        victim.begin(TransactionOptions::default()).await.unwrap();
        victim.rollback().await.unwrap();
        winner.commit().await.unwrap();
        let found = rows(&mut *victim, "SELECT COUNT(*), MIN(n), MAX(n) FROM t", &[]).await.unwrap();
        assert_eq!(found, [[2, 1, 1].map(orm_core::Value::Int)]);
    })
    .await;
}

#[tokio::test]
async fn a_lock_that_is_not_granted_fails_the_statement_alone() {
    on_both(|database| async move {
        let engine = database.engine().await;
        run_once(&engine, "CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, n BIGINT NOT NULL)")
            .await
            .unwrap();
        run_once(&engine, "INSERT INTO t VALUES (1, 0)").await.unwrap();
        let mut one = engine.acquire().await.unwrap();
        let mut two = engine.acquire().await.unwrap();
        one.begin(TransactionOptions::default()).await.unwrap();
        execute(&mut *one, "UPDATE t SET n = 1 WHERE id = 1", &[]).await.unwrap();
        two.run_once("SET innodb_lock_wait_timeout = 1").await.unwrap();
        two.begin(TransactionOptions::default()).await.unwrap();
        execute(&mut *two, "INSERT INTO t VALUES (2, 0)", &[]).await.unwrap();
        let error = execute(&mut *two, "UPDATE t SET n = 2 WHERE id = 1", &[]).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::LockTimeout), "{error}");
        let error =
            execute(&mut *two, "SELECT * FROM t WHERE id = 1 FOR UPDATE NOWAIT", &[]).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::LockTimeout), "{error}");
        two.commit().await.unwrap();
        one.rollback().await.unwrap();
        let found = rows(&mut *one, "SELECT id, n FROM t ORDER BY id", &[]).await.unwrap();
        assert_eq!(found, [[1, 0], [2, 0]].map(|row| row.map(orm_core::Value::Int)));
    })
    .await;
}

async fn id_of(connection: &mut dyn Connection) -> i64 {
    match rows(connection, "SELECT CONNECTION_ID()", &[]).await.unwrap()[0][0] {
        orm_core::Value::Int(id) => id,
        ref other => panic!("an id is an integer, not {other:?}"),
    }
}

async fn kill(database: &Database, id: i64) {
    let engine = database.engine().await;
    run_once(&engine, &format!("KILL {id}")).await.unwrap();
    eventually("the end of the killed connection", async || {
        let mut connection = engine.acquire().await.unwrap();
        let sql = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = ?";
        rows(&mut *connection, sql, &[ValueRef::Int(id)]).await.unwrap() == [[orm_core::Value::Int(0)]]
    })
    .await;
    engine.close().await;
}

#[tokio::test]
async fn a_killed_connection_is_lost_and_the_pool_recovers() {
    on_both(|mut database| async move {
        database.options = database.options.pool_size(2);
        let engine = database.engine().await;
        let mut one = engine.acquire().await.unwrap();
        let mut two = engine.acquire().await.unwrap();
        let (one_id, two_id) = (id_of(&mut *one).await, id_of(&mut *two).await);
        drop(two);
        kill(&database, one_id).await;
        kill(&database, two_id).await;

        let error = execute(&mut *one, "SELECT 1", &[]).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::ConnectionLost), "{error}");
        assert!(!one.is_usable());
        assert!(matches!(
            execute(&mut *one, "SELECT 1", &[]).await.unwrap_err().kind(),
            ErrorKind::ConnectionLost
        ));
        drop(one);
        assert_eq!(engine.pool_status().lent, 0);
        // The other one was killed as well: after a loss it is tested before it is lent.
        for _ in 0..3 {
            let mut next = engine.acquire().await.unwrap();
            execute(&mut *next, "SELECT 1", &[]).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_connection_killed_before_commit_leaves_the_outcome_unknown() {
    on_both(|database| async move {
        let engine = database.engine().await;
        let mut connection = engine.acquire().await.unwrap();
        let id = id_of(&mut *connection).await;
        connection.begin(TransactionOptions::default()).await.unwrap();
        kill(&database, id).await;
        let error = connection.commit().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::OutcomeUnknown), "{error}");
        assert!(!connection.is_usable());
        let error = connection.rollback().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::OutcomeUnknown), "{error}");

        let mut connection = engine.acquire().await.unwrap();
        let id = id_of(&mut *connection).await;
        connection.begin(TransactionOptions::default()).await.unwrap();
        kill(&database, id).await;
        connection.rollback().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_statement_that_is_too_large_is_refused_before_it_costs_the_connection() {
    on_both(|database| async move {
        let engine = database.engine().await;
        let mut connection = engine.acquire().await.unwrap();
        let sql = "SELECT @@max_allowed_packet";
        let orm_core::Value::Int(limit) = rows(&mut *connection, sql, &[]).await.unwrap()[0][0] else {
            panic!("a size is an integer");
        };
        let huge = "x".repeat(usize::try_from(limit).unwrap());
        let error =
            execute(&mut *connection, "SELECT LENGTH(?)", &[ValueRef::Text(&huge)]).await.unwrap_err();
        assert!(error.to_string().contains("max_allowed_packet"), "{error}");
        assert!(connection.is_usable());
        let large = &huge[..huge.len() - 1024];
        let found = rows(&mut *connection, "SELECT LENGTH(?)", &[ValueRef::Text(large)]).await.unwrap();
        assert_eq!(found, [[orm_core::Value::Int(limit - 1024)]]);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_number_of_values_says_so() {
    on_both(|database| async move {
        let engine = database.engine().await;
        let mut connection = engine.acquire().await.unwrap();
        let error =
            execute(&mut *connection, "SELECT ?", &[ValueRef::Int(1), ValueRef::Int(2)]).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::InvalidQuery { .. }), "{error}");
        assert!(error.to_string().contains("expected 1 parameters but 2"), "{error}");
        drop(connection);
        let mut connection = engine.acquire().await.unwrap();
        execute(&mut *connection, "SELECT ?", &[ValueRef::Int(1)]).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn misuse_of_transactions_is_an_error() {
    on_both(|database| async move {
        let engine = database.engine().await;
        let mut connection = engine.acquire().await.unwrap();
        assert!(connection.commit().await.unwrap_err().to_string().contains("no transaction"));
        connection.rollback().await.unwrap();
        connection.begin(TransactionOptions::default()).await.unwrap();
        let twice: Result<()> = connection.begin(TransactionOptions::default()).await;
        assert!(twice.unwrap_err().to_string().contains("savepoint"));
        connection.rollback().await.unwrap();
        assert_eq!(database.kind == Kind::MySql, engine.dialect().name() == "mysql");
    })
    .await;
}
