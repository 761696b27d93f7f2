//! What the dialect writes is what the servers take.

use orm_core::definition::AnyModel;
use orm_core::definition::{ColumnDef, ModelDef, Row};
use orm_core::dialect::{ColumnUse, Dialect, Division, Match};
use orm_core::engine::Engine;
use orm_core::error::{Error, Result};
use orm_core::value::{Date, DateTime, Time, Value, ValueRef};

use crate::server::{execute, on_both, rows};

fn unread(_row: Row<'_>) -> Result<Box<dyn AnyModel>> {
    Err(Error::app("these tests read no objects"))
}

static COLUMNS: [ColumnDef; 16] = [
    ColumnDef::new::<i64>("id", "id", 0),
    ColumnDef::new::<bool>("flag", "flag", 1),
    ColumnDef::new::<i8>("a", "a", 2),
    ColumnDef::new::<i16>("b", "b", 3),
    ColumnDef::new::<i32>("c", "c", 4),
    ColumnDef::new::<u8>("d", "d", 5),
    ColumnDef::new::<u16>("e", "e", 6),
    ColumnDef::new::<u32>("f", "f", 7),
    ColumnDef::new::<u64>("g", "g", 8),
    ColumnDef::new::<f32>("h", "h", 9),
    ColumnDef::new::<f64>("i", "i", 10),
    ColumnDef::new::<String>("name", "name", 11).length(50),
    ColumnDef::new::<String>("body", "body", 12),
    ColumnDef::new::<Vec<u8>>("short", "short", 13).length(16),
    ColumnDef::new::<Vec<u8>>("long", "long", 14),
    ColumnDef::new::<String>("wide", "wide", 15).length(16_384),
];

static MODEL: ModelDef = ModelDef::new("Thing", "tests", "things", &COLUMNS, &[0], unread);

fn written(dialect: &dyn Dialect, column: usize, usage: ColumnUse) -> String {
    match dialect.column_type(&MODEL, &COLUMNS[column], usage) {
        Ok(name) => name.into_owned(),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn column_types_are_taken() {
    on_both(|database| async move {
        let engine = database.engine().await;
        let dialect = engine.dialect();
        let c = &mut *engine.acquire().await.unwrap();
        let expected = [
            "BIGINT",
            "BOOLEAN",
            "TINYINT",
            "SMALLINT",
            "INT",
            "TINYINT UNSIGNED",
            "SMALLINT UNSIGNED",
            "INT UNSIGNED",
            "BIGINT UNSIGNED",
            "FLOAT",
            "DOUBLE",
            "VARCHAR(50)",
            "LONGTEXT",
            "VARBINARY(16)",
            "LONGBLOB",
        ];
        let mut lines = Vec::new();
        for (index, name) in expected.into_iter().enumerate() {
            assert_eq!(written(dialect, index, ColumnUse::Plain), name);
            let quote = dialect.identifier_quote();
            let comment = dialect.column_comment("it's a \\ and a \\0 \\n 'quoted' \\u{e4}");
            lines.push(format!("{quote}{}{quote} {name} NULL{comment}", COLUMNS[index].name));
        }
        let key = dialect.generated_key(&MODEL, &COLUMNS[0]).unwrap();
        assert_eq!((&*key.definition, key.declares_primary_key), ("BIGINT NOT NULL AUTO_INCREMENT", false));
        lines[0] = format!("`id` {}", key.definition);
        let options = dialect.table_options(Some(&"it's \\ long ".repeat(400)));
        c.run_once(&format!("CREATE TABLE things ({}, PRIMARY KEY (`id`)){options}", lines.join(", "))).await.unwrap();
        let insert = format!("INSERT INTO things{}", dialect.default_values());
        assert_eq!(execute(c, &insert, &[]).await.unwrap().last_insert_id, 1);
        let names = rows(c, dialect.table_names(), &[]).await.unwrap();
        assert_eq!(names, [[Value::Text("things".into())]]);
        let sql = "SELECT COLUMN_COMMENT, COLLATION_NAME FROM information_schema.COLUMNS \
                   WHERE TABLE_SCHEMA = DATABASE() AND COLUMN_NAME = 'name'";
        let found = rows(c, sql, &[]).await.unwrap().remove(0);
        let collation = if dialect.name() == "mysql" { "utf8mb4_0900_bin" } else { "utf8mb4_nopad_bin" };
        let expected = ["it's a \\ and a \\0 \\n 'quoted' \\u{e4}", collation];
        assert_eq!(found, expected.map(|text| Value::Text(text.into())));
        let sql = "SELECT CHAR_LENGTH(TABLE_COMMENT) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()";
        assert_eq!(rows(c, sql, &[]).await.unwrap(), [[Value::Int(2048)]]);
    })
    .await;
}

#[tokio::test]
async fn impossible_columns_say_what_to_write() {
    on_both(|database| async move {
        let engine = database.engine().await;
        let dialect = engine.dialect();
        assert_eq!(
            written(dialect, 12, ColumnUse::Indexed),
            "invalid model: `Thing.body`: text that is a key or has an index needs a greatest length: \
             write `#[orm(length = 191)]`"
        );
        assert!(written(dialect, 14, ColumnUse::Indexed).contains("`Thing.long`: bytes that are a key"));
        assert!(written(dialect, 15, ColumnUse::Plain).contains("16,383"));
        assert!(written(dialect, 15, ColumnUse::Indexed).contains("768"));
        assert!(dialect.generated_key(&MODEL, &COLUMNS[11]).is_err());
    })
    .await;
}

#[tokio::test]
async fn patterns_match_text_as_it_is() {
    on_both(|database| async move {
        let engine = database.engine().await;
        let dialect = engine.dialect();
        let c = &mut *engine.acquire().await.unwrap();
        c.run_once(&format!("CREATE TABLE t (v VARCHAR(50)){}", dialect.table_options(None))).await.unwrap();
        for text in ["Hello", "hello", "100%", "100 percent", "a_b", "axb", "back\\slash"] {
            execute(c, "INSERT INTO t VALUES (?)", &[ValueRef::Text(text)]).await.unwrap();
        }
        for (kind, negated, text, expected) in [
            (Match::Like, false, "He%", &["Hello"][..]),
            (Match::Like, false, "a\\_b", &["a_b"]),
            (Match::Contains, false, "0%", &["100%"]),
            (Match::Contains, false, "_", &["a_b"]),
            (Match::Contains, false, "\\", &["back\\slash"]),
            (Match::StartsWith, false, "a_", &["a_b"]),
            (Match::EndsWith, false, "%", &["100%"]),
            (Match::Contains, true, "l", &["100 percent", "100%", "a_b", "axb"]),
        ] {
            let (condition, pattern) = dialect.pattern(kind, negated, "v", text);
            let sql = format!("SELECT v FROM t WHERE {condition} ORDER BY v");
            let found = rows(c, &sql, &[ValueRef::Text(&pattern)]).await.unwrap();
            let expected: Vec<_> = expected.iter().map(|text| vec![Value::Text((*text).into())]).collect();
            assert_eq!(found, expected, "{kind:?} {text}");
        }
    })
    .await;
}

#[tokio::test]
async fn fragments_are_taken() {
    on_both(|database| async move {
        let engine = database.engine().await;
        let dialect = engine.dialect();
        let c = &mut *engine.acquire().await.unwrap();
        let integer = dialect.quotient("-7", "2", Division::Integer);
        let fraction = dialect.quotient("7", "2", Division::Fraction);
        let same = dialect.null_safe_equal();
        let sql = format!("SELECT {integer}, {fraction}, NULL {same} NULL, NULL {same} 1");
        let expected = [Value::Int(-3), Value::Decimal("3.5".into()), Value::Int(1), Value::Int(0)];
        assert_eq!(rows(c, &sql, &[]).await.unwrap(), [expected]);
        let numbers = "SELECT * FROM (SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3) AS x ORDER BY n";
        for (limit, offset, expected) in [
            (None, None, &[1, 2, 3][..]),
            (Some(2), None, &[1, 2]),
            (Some(1), Some(1), &[2]),
            (None, Some(2), &[3]),
            (Some(0), None, &[]),
        ] {
            let sql = format!("{numbers}{}", dialect.limit_offset(limit, offset));
            let expected: Vec<_> = expected.iter().map(|number| vec![Value::Int(*number)]).collect();
            assert_eq!(rows(c, &sql, &[]).await.unwrap(), expected);
        }
        let (off, on) = dialect.without_foreign_keys().unwrap();
        c.run_once(off).await.unwrap();
        c.run_once(on).await.unwrap();
        assert!(dialect.limits().batch_rows.is_power_of_two());
    })
    .await;
}

fn moment(year: i32) -> ValueRef<'static> {
    let time = Time { hour: 1, minute: 2, second: 3, microsecond: 4 };
    ValueRef::DateTime(DateTime { date: Date { year, month: 1, day: 1 }, time })
}

#[tokio::test]
async fn what_the_servers_cannot_keep_is_refused_before_it_is_sent() {
    on_both(|database| async move {
        let engine = database.engine().await;
        let dialect = engine.dialect();
        let column = &COLUMNS[10];
        for (value, refused) in [
            (ValueRef::Double(f64::NAN), true),
            (ValueRef::Double(f64::INFINITY), true),
            (ValueRef::Double(f64::MAX), false),
            (moment(-1), true),
            (moment(0), true),
            (moment(1), false),
            (moment(9999), false),
            (moment(10_000), true),
            (ValueRef::Text("x"), false),
        ] {
            assert_eq!(dialect.refuses(column, value).is_some(), refused, "{value}");
        }
        let c = &mut *engine.acquire().await.unwrap();
        c.run_once("CREATE TABLE t (v DATETIME(6) NOT NULL PRIMARY KEY)").await.unwrap();
        for year in [1, 999, 1000, 9999] {
            execute(c, "INSERT INTO t VALUES (?)", &[moment(year)]).await.unwrap();
            let found = rows(c, "SELECT v FROM t WHERE v = ?", &[moment(year)]).await.unwrap();
            assert_eq!(found, [[moment(year).to_value()]]);
        }
    })
    .await;
}
