//! Values of every kind go to the server and come back as they were.

use orm_core::engine::Engine;
use orm_core::value::{Date, DateTime, Time, Value, ValueRef};

use crate::server::{execute, on_each, rows};

const LONG: &str = "ä€𝄞 \\ % _ ' \" \n \u{0} end";

fn date(year: i32, month: u8, day: u8) -> Date {
    Date { year, month, day }
}

fn time(hour: u8, minute: u8, second: u8, microsecond: u32) -> Time {
    Time { hour, minute, second, microsecond }
}

fn moment(date: Date, time: Time) -> DateTime {
    DateTime { date, time }
}

/// Column types, and values at the limits of each.
fn samples() -> Vec<(&'static str, Vec<ValueRef<'static>>)> {
    let first = date(1, 1, 1);
    let last = date(9999, 12, 31);
    let midnight = time(0, 0, 0, 0);
    let end = time(23, 59, 59, 999_999);
    vec![
        ("BOOLEAN", vec![ValueRef::Bool(true), ValueRef::Bool(false)]),
        ("TINYINT", vec![ValueRef::Int(-128), ValueRef::Int(127)]),
        ("TINYINT UNSIGNED", vec![ValueRef::Int(0), ValueRef::Int(255)]),
        ("TINYINT(1) UNSIGNED", vec![ValueRef::Int(0), ValueRef::Int(255)]),
        ("SMALLINT", vec![ValueRef::Int(-32_768), ValueRef::Int(32_767)]),
        ("SMALLINT UNSIGNED", vec![ValueRef::Int(0), ValueRef::Int(65_535)]),
        ("MEDIUMINT", vec![ValueRef::Int(-8_388_608), ValueRef::Int(8_388_607)]),
        ("MEDIUMINT UNSIGNED", vec![ValueRef::Int(0), ValueRef::Int(16_777_215)]),
        ("INT", vec![ValueRef::Int(i32::MIN.into()), ValueRef::Int(i32::MAX.into())]),
        ("INT UNSIGNED", vec![ValueRef::Int(0), ValueRef::Int(u32::MAX.into())]),
        ("BIGINT", vec![ValueRef::Int(i64::MIN), ValueRef::Int(i64::MAX)]),
        ("BIGINT UNSIGNED", vec![ValueRef::Int(0), ValueRef::Int(i64::MAX), ValueRef::UInt(u64::MAX)]),
        (
            "FLOAT",
            vec![ValueRef::Double(0.1f32.into()), ValueRef::Double(f32::MAX.into()), ValueRef::Double(-0.0)],
        ),
        (
            "DOUBLE",
            vec![ValueRef::Double(0.1), ValueRef::Double(f64::MAX), ValueRef::Double(f64::MIN_POSITIVE)],
        ),
        ("VARCHAR(191)", vec![ValueRef::Text(""), ValueRef::Text(LONG)]),
        ("LONGTEXT", vec![ValueRef::Text(""), ValueRef::Text(LONG)]),
        ("CHAR(3)", vec![ValueRef::Text("abc")]),
        ("ENUM('a','b')", vec![ValueRef::Text("b")]),
        ("SET('a','b')", vec![ValueRef::Text("a,b")]),
        ("VARBINARY(8)", vec![ValueRef::Bytes(b""), ValueRef::Bytes(&[0, 255, 39, 92])]),
        ("BINARY(16)", vec![ValueRef::Bytes(&[7; 16])]),
        ("LONGBLOB", vec![ValueRef::Bytes(b""), ValueRef::Bytes(&[0xfe; 70_000])]),
        (
            "DECIMAL(65,30)",
            vec![
                ValueRef::Decimal("-99999999999999999999999999999999999.999999999999999999999999999999"),
                ValueRef::Decimal("0.000000000000000000000000000001"),
            ],
        ),
        ("DATE", vec![ValueRef::Date(first), ValueRef::Date(last)]),
        ("TIME(6)", vec![ValueRef::Time(midnight), ValueRef::Time(time(12, 0, 0, 0)), ValueRef::Time(end)]),
        (
            "DATETIME(6)",
            vec![
                ValueRef::DateTime(moment(first, midnight)),
                ValueRef::DateTime(moment(date(2026, 1, 31), time(0, 0, 0, 1))),
                ValueRef::DateTime(moment(last, end)),
            ],
        ),
        ("TIMESTAMP(6) NULL", vec![ValueRef::DateTime(moment(date(2026, 6, 1), end))]),
        ("YEAR", vec![ValueRef::Int(1901), ValueRef::Int(2155)]),
        ("JSON", vec![ValueRef::Text(r#"{"a": [1, "ä"]}"#)]),
    ]
}

#[tokio::test]
async fn every_kind_of_value_comes_back_as_it_went() {
    on_each(|database| async move {
        let engine = database.engine().await;
        let mut connection = engine.acquire().await.unwrap();
        for (index, (column_type, values)) in samples().into_iter().enumerate() {
            // A name for each: MySQL keeps a parameter's type of a prepared statement when its table is made anew.
            let table = format!("t{index}");
            let create = format!(
                "CREATE TABLE {table} (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, v {column_type})"
            );
            connection.run_once(&create).await.unwrap();
            let insert = format!("INSERT INTO {table} (v) VALUES (?)");
            let mut expected = vec![Value::Null];
            execute(&mut *connection, &insert, &[ValueRef::Null]).await.unwrap();
            for value in values {
                let done = execute(&mut *connection, &insert, &[value]).await;
                assert_eq!(done.unwrap().rows_affected, 1, "{column_type} {value}");
                expected.push(value.to_value());
                if column_type != "JSON" {
                    let found = rows(
                        &mut *connection,
                        &format!("SELECT COUNT(*) FROM {table} WHERE v = ?"),
                        &[value],
                    )
                    .await;
                    assert_eq!(found.unwrap(), [[Value::Int(1)]], "{column_type} = {value}");
                }
            }
            let found =
                rows(&mut *connection, &format!("SELECT v FROM {table} ORDER BY id"), &[]).await.unwrap();
            let found: Vec<Value> = found.into_iter().flatten().collect();
            assert_eq!(found, expected, "{column_type}");
        }
    })
    .await;
}

/// The batched UPDATE of the flush: the types of its parameters are not those of the column.
#[tokio::test]
async fn every_kind_of_value_goes_through_a_case() {
    on_each(|database| async move {
        let engine = database.engine().await;
        let c = &mut *engine.acquire().await.unwrap();
        for (index, (column_type, values)) in samples().into_iter().enumerate() {
            let table = format!("t{index}");
            let create = format!("CREATE TABLE {table} (id BIGINT NOT NULL PRIMARY KEY, v {column_type})");
            c.run_once(&create).await.unwrap();
            let insert = format!("INSERT INTO {table} (id, v) VALUES (1, NULL), (2, NULL), (3, NULL)");
            c.run_once(&insert).await.unwrap();
            let first = values[0];
            let last = values[values.len() - 1];
            for three in [[first, last, ValueRef::Null], [ValueRef::Null, first, last], [last, ValueRef::Null, first]] {
                let update = format!(
                    "UPDATE {table} SET v = CASE id WHEN ? THEN ? WHEN ? THEN ? WHEN ? THEN ? END WHERE id IN (?, ?, ?)"
                );
                let [one, two, three_id] = [1, 2, 3].map(ValueRef::Int);
                let bound = [one, three[0], two, three[1], three_id, three[2], one, two, three_id];
                let done = execute(c, &update, &bound).await;
                assert_eq!(done.unwrap().rows_affected, 3, "{column_type}");
                let found = rows(c, &format!("SELECT v FROM {table} ORDER BY id"), &[]).await.unwrap();
                let found: Vec<Value> = found.into_iter().flatten().collect();
                assert_eq!(found, three.map(ValueRef::to_value), "{column_type}");
            }
        }
    })
    .await;
}
