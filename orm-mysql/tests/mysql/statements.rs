//! What statements answer: rows, counts, keys; and what they leave of the connection.

use orm_core::dialect::GeneratedKeys;
use orm_core::engine::{Access, Engine, Isolation, Next, RowSink, Sql, TransactionOptions};
use orm_core::error::{Error, ErrorKind, Result};
use orm_core::value::{Value, ValueRef};
use orm_mysql::MySqlEngine;

use crate::server::{Kind, execute, on_both, rows, run_once};

/// Takes so many rows and then has enough, or fails.
struct Few {
    wanted: usize,
    taken: usize,
    refusal: Option<Error>,
}

impl RowSink for Few {
    fn row(&mut self, _row: &[ValueRef<'_>]) -> Result<Next> {
        self.taken += 1;
        if self.taken < self.wanted {
            return Ok(Next::More);
        }
        self.refusal.take().map_or(Ok(Next::Enough), Err)
    }
    fn restart(&mut self) {
        self.taken = 0;
    }
}

async fn numbers(engine: &MySqlEngine, count: usize) {
    run_once(engine, "CREATE TABLE n (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, v BIGINT NOT NULL)")
        .await
        .unwrap();
    let mut connection = engine.acquire().await.unwrap();
    for _ in 0..count.div_ceil(1000) {
        let sql = format!("INSERT INTO n (v) VALUES {}", ["(7)"; 1000].join(", "));
        execute(&mut *connection, &sql, &[]).await.unwrap();
    }
}

#[tokio::test]
async fn a_sink_that_has_enough_leaves_the_connection_usable() {
    on_both(|database| async move {
        let engine = database.engine().await;
        numbers(&engine, 10_000).await;
        let mut connection = engine.acquire().await.unwrap();
        connection.begin(TransactionOptions::default()).await.unwrap();
        let sql = Sql::new("SELECT id, v FROM n");
        for wanted in [1, 2, 9_999] {
            let mut few = Few { wanted, taken: 0, refusal: None };
            connection.run(&sql, &[], &mut few).await.unwrap();
            assert_eq!(few.taken, wanted);
            assert_eq!(rows(&mut *connection, "SELECT 1", &[]).await.unwrap(), [[Value::Int(1)]]);
        }
        let mut few = Few { wanted: 3, taken: 0, refusal: Some(Error::app("no more")) };
        let error = connection.run(&sql, &[], &mut few).await.unwrap_err();
        assert_eq!((error.to_string().as_str(), few.taken), ("no more", 3));
        assert_eq!(rows(&mut *connection, "SELECT 2", &[]).await.unwrap(), [[Value::Int(2)]]);
        connection.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_sink_that_has_enough_of_very_many_rows_costs_the_connection_outside_a_transaction() {
    on_both(|database| async move {
        let engine = database.engine().await;
        numbers(&engine, 1_000).await;
        let sql = Sql::new("SELECT a.id FROM n AS a CROSS JOIN n AS b");
        let mut connection = engine.acquire().await.unwrap();
        let mut few = Few { wanted: 1, taken: 0, refusal: None };
        connection.run(&sql, &[], &mut few).await.unwrap();
        assert!(!connection.is_usable());
        drop(connection);
        let mut connection = engine.acquire().await.unwrap();
        assert_eq!(rows(&mut *connection, "SELECT 2", &[]).await.unwrap(), [[Value::Int(2)]]);
    })
    .await;
}

#[tokio::test]
async fn rows_matched_are_counted_not_rows_changed() {
    on_both(|database| async move {
        let engine = database.engine().await;
        numbers(&engine, 1_000).await;
        let c = &mut *engine.acquire().await.unwrap();
        let seven = [ValueRef::Int(7)];
        assert_eq!(execute(c, "UPDATE n SET v = ? WHERE id <= 3", &seven).await.unwrap().rows_affected, 3);
        assert_eq!(execute(c, "UPDATE n SET v = ? WHERE id < 0", &seven).await.unwrap().rows_affected, 0);
        assert_eq!(execute(c, "DELETE FROM n WHERE id <= 2", &[]).await.unwrap().rows_affected, 2);
        assert_eq!(execute(c, "SELECT * FROM n", &[]).await.unwrap().rows_affected, 0);
        assert_eq!(c.run_once("DELETE FROM n WHERE id <= 4").await.unwrap().rows_affected, 2);
    })
    .await;
}

#[tokio::test]
async fn the_first_made_key_is_told() {
    on_both(|database| async move {
        let engine = database.engine().await;
        numbers(&engine, 1_000).await;
        let c = &mut *engine.acquire().await.unwrap();
        run_once(&engine, "ALTER TABLE n AUTO_INCREMENT = 5000").await.unwrap();
        let done = execute(c, "INSERT INTO n (v) VALUES (1), (2), (3)", &[]).await.unwrap();
        assert_eq!((done.rows_affected, done.last_insert_id), (3, 5000));
        assert_eq!(execute(c, "UPDATE n SET v = 0 WHERE id = 5000", &[]).await.unwrap().last_insert_id, 0);
        let expected = [[5001], [5002]].map(|row| row.map(Value::Int));
        assert_eq!(rows(c, "SELECT id FROM n WHERE v IN (2, 3) ORDER BY id", &[]).await.unwrap(), expected);
        if database.kind == Kind::MariaDb {
            let mut keys = crate::server::Rows::default();
            let sql = Sql::new("INSERT INTO n (v) VALUES (?), (?) RETURNING id, v");
            let values = [ValueRef::Int(8), ValueRef::Int(9)];
            let done = c.run(&sql, &values, &mut keys).await.unwrap();
            assert_eq!(done.rows_affected, 2);
            assert_eq!(keys.0, [[5003, 8], [5004, 9]].map(|row| row.map(Value::Int)));
        }
    })
    .await;
}

#[tokio::test]
async fn what_no_field_can_hold_is_a_decode_error_and_not_the_end() {
    on_both(|database| async move {
        let engine = database.engine().await;
        let c = &mut *engine.acquire().await.unwrap();
        c.run_once("SET sql_mode = ''").await.unwrap();
        c.run_once("CREATE TABLE z (d DATE, m DATETIME(6), t TIME(6))").await.unwrap();
        c.run_once("INSERT INTO z VALUES ('0000-00-00', '2026-01-00 10:00:00', '-01:00:00'), (NULL, NULL, '24:00:00')")
            .await
            .unwrap();
        for (sql, expected) in [
            ("SELECT d FROM z", "column `d` of `the query` cannot be read as a date: found a date with a zero month or day"),
            ("SELECT m FROM z", "column `m` of `the query` cannot be read as a date: found a date with a zero month or day"),
            (
                "SELECT t FROM z",
                "column `t` of `the query` cannot be read as a time of day: found a span of time outside one day",
            ),
        ] {
            let error = rows(c, sql, &[]).await.unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Decode { .. }));
            assert_eq!(error.to_string(), expected);
            assert_eq!(rows(c, "SELECT 1", &[]).await.unwrap(), [[Value::Int(1)]]);
        }
    })
    .await;
}

#[tokio::test]
async fn results_of_expressions_have_the_kinds_of_values() {
    on_both(|database| async move {
        let engine = database.engine().await;
        let c = &mut *engine.acquire().await.unwrap();
        let text = |text: &str| Value::Text(text.into());
        for (sql, expected) in [
            ("SELECT COUNT(*) FROM (SELECT 1) AS x", Value::Int(1)),
            ("SELECT SUM(v) FROM (SELECT 1 AS v UNION ALL SELECT 2) AS x", Value::Decimal("3".into())),
            ("SELECT 7 / 2", Value::Decimal("3.5000".into())),
            ("SELECT 7 DIV 2", Value::Int(3)),
            ("SELECT 1e0 / 4", Value::Double(0.25)),
            ("SELECT 1 = 1", Value::Int(1)),
            ("SELECT NULL", Value::Null),
            ("SELECT 'ä'", text("ä")),
            ("SELECT x'00ff'", Value::Bytes(Box::new([0, 255]))),
            ("SELECT b'101' + 0", Value::Int(5)),
            ("SELECT CONCAT('a', 1)", text("a1")),
            ("SELECT GROUP_CONCAT(v ORDER BY v) FROM (SELECT 1 AS v UNION ALL SELECT 2) AS x", text("1,2")),
            ("SELECT JSON_EXTRACT('{\"a\": [1, 2]}', '$.a')", text("[1, 2]")),
            ("SELECT JSON_UNQUOTE('\"ä\"')", text("ä")),
            ("SELECT 18446744073709551615", Value::UInt(u64::MAX)),
            ("SELECT CAST('2026-01-31' AS DATE)", text("2026-01-31")),
            ("SELECT COALESCE(NULL, 'x')", text("x")),
        ] {
            let found = rows(c, sql, &[]).await.unwrap().remove(0).remove(0);
            let found = if let Value::Date(date) = found { text(&date.to_string()) } else { found };
            assert_eq!(found, expected, "{sql}");
        }
        c.run_once("CREATE TABLE b (bits BIT(12), flag BIT(1))").await.unwrap();
        c.run_once("INSERT INTO b VALUES (b'101000000001', b'1')").await.unwrap();
        assert_eq!(
            rows(c, "SELECT bits, flag FROM b", &[]).await.unwrap(),
            [[0b1010_0000_0001, 1].map(Value::Int)]
        );
    })
    .await;
}

#[tokio::test]
async fn decimals_compare_exactly() {
    on_both(|database| async move {
        let engine = database.engine().await;
        let c = &mut *engine.acquire().await.unwrap();
        c.run_once("CREATE TABLE d (v DECIMAL(38,10))").await.unwrap();
        c.run_once("INSERT INTO d VALUES (12345678901234567890.0000000001)").await.unwrap();
        for (value, count) in [("12345678901234567890.0000000001", 1), ("12345678901234567890.0000000002", 0)]
        {
            let found =
                rows(c, "SELECT COUNT(*) FROM d WHERE v = ?", &[ValueRef::Decimal(value)]).await.unwrap();
            assert_eq!(
                found,
                [[Value::Int(count)]],
                "as text both would be equal: they were compared as floats"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn transactions_have_the_isolation_and_access_that_was_asked_for() {
    on_both(|database| async move {
        let engine = database.engine().await;
        run_once(&engine, "CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY)").await.unwrap();
        let mut reader = engine.acquire().await.unwrap();
        let mut writer = engine.acquire().await.unwrap();
        let count = "SELECT COUNT(*) FROM t";
        let levels = [
            (Isolation::ReadUncommitted, 1, 1),
            (Isolation::ReadCommitted, 0, 1),
            (Isolation::RepeatableRead, 0, 0),
        ];
        for (access, (isolation, before, after)) in
            [Access::Read, Access::Write].into_iter().flat_map(|access| levels.map(|level| (access, level)))
        {
            run_once(&engine, "DELETE FROM t").await.unwrap();
            reader.begin(TransactionOptions { access, isolation: Some(isolation) }).await.unwrap();
            assert_eq!(rows(&mut *reader, count, &[]).await.unwrap(), [[Value::Int(0)]]);
            writer.begin(TransactionOptions::default()).await.unwrap();
            execute(&mut *writer, "INSERT INTO t VALUES (1)", &[]).await.unwrap();
            assert_eq!(
                rows(&mut *reader, count, &[]).await.unwrap(),
                [[Value::Int(before)]],
                "{isolation:?}"
            );
            writer.commit().await.unwrap();
            assert_eq!(rows(&mut *reader, count, &[]).await.unwrap(), [[Value::Int(after)]], "{isolation:?}");
            let written = execute(&mut *reader, "INSERT INTO t VALUES (2)", &[]).await;
            assert_eq!(written.is_ok(), access == Access::Write, "{written:?}");
            reader.rollback().await.unwrap();
        }
        let serializable =
            TransactionOptions { access: Access::Read, isolation: Some(Isolation::Serializable) };
        reader.begin(serializable).await.unwrap();
        reader.commit().await.unwrap();
        reader.begin(TransactionOptions { access: Access::Read, isolation: None }).await.unwrap();
        reader.commit().await.unwrap();
        // The level held for one transaction only.
        let found = rows(&mut *reader, "SELECT @@SESSION.tx_isolation", &[]).await;
        let found = match found {
            Ok(found) => found,
            Err(_) => rows(&mut *reader, "SELECT @@SESSION.transaction_isolation", &[]).await.unwrap(),
        };
        assert_eq!(found, [[Value::Text("REPEATABLE-READ".into())]]);
    })
    .await;
}

#[tokio::test]
async fn savepoints_are_plain_statements() {
    on_both(|database| async move {
        let engine = database.engine().await;
        run_once(&engine, "CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY)").await.unwrap();
        let c = &mut *engine.acquire().await.unwrap();
        c.begin(TransactionOptions::default()).await.unwrap();
        for sql in [
            "INSERT INTO t VALUES (1)",
            "SAVEPOINT one",
            "INSERT INTO t VALUES (2)",
            "ROLLBACK TO SAVEPOINT one",
            "RELEASE SAVEPOINT one",
        ] {
            c.run_once(sql).await.unwrap();
        }
        c.commit().await.unwrap();
        assert_eq!(rows(c, "SELECT id FROM t", &[]).await.unwrap(), [[Value::Int(1)]]);
    })
    .await;
}

#[tokio::test]
async fn more_texts_than_the_cache_holds_do_not_stall() {
    on_both(|mut database| async move {
        database.options = database.options.statement_cache_capacity(8);
        let engine = database.engine().await;
        let c = &mut *engine.acquire().await.unwrap();
        let start = std::time::Instant::now();
        for round in 0..3 {
            for number in 0..40 {
                let sql = format!("SELECT {number} + ?");
                let found = rows(c, &sql, &[ValueRef::Int(round)]).await.unwrap();
                assert_eq!(found, [[Value::Int(number + round)]]);
            }
        }
        // Each text beyond the eighth would cost 40 ms: four seconds in all. Every eighth does.
        assert!(start.elapsed() < std::time::Duration::from_millis(2500), "{:?}", start.elapsed());
    })
    .await;
}

#[tokio::test]
async fn the_distance_of_keys_is_not_changed_where_they_are_counted() {
    on_both(|database| async move {
        let engine = database.engine().await;
        let counted =
            matches!(engine.dialect().capabilities().generated_keys, GeneratedKeys::Consecutive { .. });
        let mut connection = engine.acquire().await.unwrap();
        for sql in ["SET auto_increment_increment = 3", "set session AUTO_INCREMENT_INCREMENT = 3"] {
            let outcome = connection.run_once(sql).await;
            assert_eq!(outcome.is_err(), counted, "{outcome:?}");
        }
        assert!(connection.is_usable());
        let asked = "SELECT @@auto_increment_increment";
        let expected = if counted { 1 } else { 3 };
        assert_eq!(rows(&mut *connection, asked, &[]).await.unwrap(), [[Value::Int(expected)]]);
    })
    .await;
}
