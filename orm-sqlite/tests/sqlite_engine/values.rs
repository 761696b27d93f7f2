//! What is bound comes back, at the limits of every kind, and what SQLite cannot keep is refused.

use orm_core::engine::Engine;
use orm_core::value::{Date, DateTime, Time};
use orm_core::{ErrorKind, Value, ValueRef};

use crate::support::{acquire, execute, memory, query};

/// What a bound value reads as, with SQLite's name for how it is kept.
async fn kept(value: ValueRef<'_>) -> (Value, String) {
    let mut connection = acquire(&memory().await).await;
    let mut rows =
        query(&mut connection, "SELECT ?1, typeof(?1)", &[value]).await.expect("the value is taken");
    match (rows[0].remove(0), rows[0].remove(0)) {
        (value, Value::Text(kind)) => (value, kind.into()),
        (_, kind) => panic!("typeof gives {kind:?}"),
    }
}

async fn refusal(value: ValueRef<'_>) -> String {
    let mut connection = acquire(&memory().await).await;
    let error =
        query(&mut connection, "SELECT ?, ?", &[ValueRef::Null, value]).await.expect_err("it is refused");
    assert!(matches!(error.kind(), ErrorKind::InvalidValue { .. }), "{error}");
    assert_eq!(query(&mut connection, "SELECT 1", &[]).await.expect("the connection goes on").len(), 1);
    error.to_string()
}

const LAST_TIME: Time = Time { hour: 23, minute: 59, second: 59, microsecond: 999_999 };

#[tokio::test]
async fn values_come_back_as_they_were_bound() {
    let long = "é".repeat(1_000_000);
    let bytes: Vec<u8> = (0..=255).cycle().take(1_000_001).collect();
    let same = [
        (ValueRef::Null, "null"),
        (ValueRef::Int(0), "integer"),
        (ValueRef::Int(i64::MAX), "integer"),
        (ValueRef::Int(i64::MIN), "integer"),
        (ValueRef::Double(0.1), "real"),
        (ValueRef::Double(f64::MAX), "real"),
        (ValueRef::Double(f64::MIN_POSITIVE / 4.0), "real"),
        (ValueRef::Double(f64::INFINITY), "real"),
        (ValueRef::Double(f64::NEG_INFINITY), "real"),
        (ValueRef::Double(-0.0), "real"),
        (ValueRef::Text(""), "text"),
        (ValueRef::Text("a\0b"), "text"),
        (ValueRef::Text("Grüße, 世界 🦀"), "text"),
        (ValueRef::Text("123"), "text"),
        (ValueRef::Text(&long), "text"),
        (ValueRef::Bytes(&[]), "blob"),
        (ValueRef::Bytes(&[0, 255, 0]), "blob"),
        (ValueRef::Bytes(&bytes), "blob"),
    ];
    for (value, kind) in same {
        assert_eq!(kept(value).await, (value.to_value(), kind.to_owned()));
    }
}

#[tokio::test]
async fn values_without_a_form_of_their_own_have_one_of_the_others() {
    let text = |text: &str| (Value::Text(text.into()), "text".to_owned());
    let integer = |number| (Value::Int(number), "integer".to_owned());
    assert_eq!(kept(ValueRef::Bool(true)).await, integer(1));
    assert_eq!(kept(ValueRef::Bool(false)).await, integer(0));
    assert_eq!(kept(ValueRef::Decimal("9223372036854775807.00")).await, integer(i64::MAX));
    assert_eq!(kept(ValueRef::Decimal("-9223372036854775808")).await, integer(i64::MIN));
    assert_eq!(kept(ValueRef::Decimal("-12.50")).await, (Value::Double(-12.5), "real".to_owned()));
    assert_eq!(kept(ValueRef::Decimal("123456789.012345")).await.0, Value::Double(123_456_789.012_345));
    let (first, last) = (Date { year: 0, month: 1, day: 1 }, Date { year: 9999, month: 12, day: 31 });
    assert_eq!(kept(ValueRef::Date(first)).await, text("0000-01-01"));
    assert_eq!(kept(ValueRef::Time(LAST_TIME)).await, text("23:59:59.999999"));
    let moment = DateTime { date: last, time: LAST_TIME };
    assert_eq!(kept(ValueRef::DateTime(moment)).await, text("9999-12-31 23:59:59.999999"));
}

#[tokio::test]
async fn values_that_would_change_are_refused() {
    let range = refusal(ValueRef::UInt(u64::MAX)).await;
    assert!(range.contains("parameter 2") && range.contains("9223372036854775807"), "{range}");
    assert!(refusal(ValueRef::Double(f64::NAN)).await.contains("NaN"));
    let digits = refusal(ValueRef::Decimal("0.1234567890123456")).await;
    assert!(digits.contains("15 significant digits") && !digits.contains("0.1234"), "{digits}");
    assert!(refusal(ValueRef::Date(Date { year: 10_000, month: 1, day: 1 })).await.contains("year"));
}

#[tokio::test]
async fn declared_types_keep_the_stored_value() {
    let engine = memory().await;
    let mut connection = acquire(&engine).await;
    connection
        .run_once(
            "CREATE TABLE t (b BOOLEAN, i INTEGER, r REAL, v VARCHAR(3), x BLOB, d DATE, c TIME, m DATETIME, \
             n DECIMAL(10, 2), j TEXT)",
        )
        .await
        .expect("the table is made");
    let date = Date { year: 2026, month: 1, day: 31 };
    let bound = [
        ValueRef::Bool(true),
        ValueRef::Int(i64::MIN),
        ValueRef::Double(3.0),
        ValueRef::Text("007"),
        ValueRef::Bytes(b"12"),
        ValueRef::Date(date),
        ValueRef::Time(LAST_TIME),
        ValueRef::DateTime(DateTime { date, time: LAST_TIME }),
        ValueRef::Decimal("12.50"),
        ValueRef::Text("123"),
    ];
    execute(&mut connection, "INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", &bound)
        .await
        .expect("the row is taken");
    let rows = query(&mut connection, "SELECT * FROM t", &[]).await.expect("the row is there");
    let expected = [
        Value::Int(1),
        Value::Int(i64::MIN),
        Value::Double(3.0),
        Value::Text("007".into()),
        Value::Bytes((*b"12").into()),
        Value::Text("2026-01-31".into()),
        Value::Text("23:59:59.999999".into()),
        Value::Text("2026-01-31 23:59:59.999999".into()),
        Value::Double(12.5),
        Value::Text("123".into()),
    ];
    assert_eq!(rows, [expected]);
    assert_eq!(engine.dialect().name(), "sqlite");
}

#[tokio::test]
async fn text_that_is_not_utf_8_names_its_column() {
    let mut connection = acquire(&memory().await).await;
    let error = query(&mut connection, "SELECT 1 AS a, CAST(x'ff' AS TEXT) AS name", &[])
        .await
        .expect_err("it is no text");
    assert!(matches!(error.kind(), ErrorKind::Decode { column, .. } if column == "name"), "{error}");
}
