//! Rows that do not fit the model: the error names model, column, what was expected and what was there, and no value.
//!
//! The rows are written through a second model of the same table with wider types.

use orm::prelude::*;
use orm::{ErrorKind, Json, Model};
use rust_decimal::Decimal;

use crate::harness::{Database, Outcome};

#[derive(ModelEnum, Clone, Copy, Debug, PartialEq)]
enum Color {
    Red,
    Green,
}

#[derive(ModelEnum, Clone, Copy, Debug, PartialEq)]
#[orm(integer)]
enum Grade {
    Good = 1,
    Bad = 5,
}

/// A table with a column `value` of the first type, read as the second one.
macro_rules! read_as {
    ($wide:ident: $written:ty, $narrow:ident: $read:ty) => {
        #[derive(Model, Debug)]
        #[orm(table = "wide")]
        struct $wide {
            #[orm(primary_key)]
            id: i64,
            value: $written,
        }
        #[derive(Model, Debug)]
        #[orm(table = "wide")]
        struct $narrow {
            #[orm(primary_key)]
            id: i64,
            value: $read,
        }
    };
}
read_as!(WideInteger: i64, NarrowInteger: i8);
read_as!(SignedInteger: i64, UnsignedInteger: u64);
read_as!(ManyBools: i64, OneBool: bool);
read_as!(MaybeInteger: Option<i64>, SomeInteger: i64);
read_as!(TextNumber: String, Number: i32);
read_as!(TextColor: String, EnumColor: Color);
read_as!(IntegerGrade: i64, EnumGrade: Grade);
read_as!(TextDocument: String, ListDocument: Json<Vec<i32>>);
read_as!(TextUuid: Vec<u8>, BytesUuid: uuid::Uuid);
read_as!(TextDate: String, Date: chrono::NaiveDate);
read_as!(TextTime: String, Time: chrono::NaiveTime);
read_as!(TextMoment: String, Moment: chrono::DateTime<chrono::Utc>);
read_as!(TextDecimal: String, Amount: Decimal);
read_as!(WideFloat: f64, NarrowFloat: f32);
read_as!(BytesText: Vec<u8>, Text: String);

/// Writes a row and reads it as another model, by an engine and by a session.
async fn misread<W: Model, N: Model>(db: &Database, row: W, expected: &str, found: &str) -> Outcome {
    db.create::<(W,)>().await?;
    row.insert(&mut db.engine().clone()).await?;
    let text = format!("column `value` of `{}` cannot be read as {expected}: found {found}", N::model().name);
    let error = db.engine().query::<N>().all().await.err().expect("the row does not fit");
    assert!(matches!(error.kind(), ErrorKind::Decode { .. }));
    assert_eq!(error.to_string(), text);
    let mut session = db.session();
    let error = session.query::<N>().all().await.expect_err("the row does not fit");
    assert_eq!(error.to_string(), text);
    // The session and its connection are as good as before.
    assert_eq!(session.query::<W>().count().await?, 1);
    session.commit().await?;
    db.execute("DROP TABLE wide").await?;
    Ok(())
}

case!(a_value_that_does_not_fit_is_named_and_not_shown, |db| {
    let number = WideInteger { id: 0, value: 128 };
    misread::<_, NarrowInteger>(&db, number, "i8", "an integer out of its range").await?;
    let negative = SignedInteger { id: 0, value: -1 };
    misread::<_, UnsignedInteger>(&db, negative, "u64", "an integer out of its range").await?;
    let two = ManyBools { id: 0, value: 2 };
    misread::<_, OneBool>(&db, two, "bool", "an integer other than 0 and 1").await?;
    let null = MaybeInteger { id: 0, value: None };
    misread::<_, SomeInteger>(&db, null, "i64", "NULL").await?;
    let text = TextNumber { id: 0, value: "12345".into() };
    misread::<_, Number>(&db, text, "i32", "text").await?;
    let float = WideFloat { id: 0, value: 1e300 };
    misread::<_, NarrowFloat>(&db, float, "f32", "a number out of its range").await?;
});

case!(text_that_does_not_fit_is_named_and_not_shown, |db| {
    let blue = TextColor { id: 0, value: "blue".into() };
    misread::<_, EnumColor>(&db, blue, "Color (one of `red`, `green`)", "text that is none of them").await?;
    let three = IntegerGrade { id: 0, value: 3 };
    misread::<_, EnumGrade>(&db, three, "Grade (one of 1, 5)", "an integer that is none of them").await?;
    let map = TextDocument { id: 0, value: r#"{"a": 1}"#.into() };
    misread::<_, ListDocument>(&db, map, "alloc::vec::Vec<i32>", "JSON of another form (Data error)").await?;
    let cut = TextDocument { id: 0, value: "[1".into() };
    misread::<_, ListDocument>(&db, cut, "alloc::vec::Vec<i32>", "JSON of another form (Eof error)").await?;
    let short = TextUuid { id: 0, value: vec![1; 15] };
    misread::<_, BytesUuid>(&db, short, "Uuid", "bytes, but not 16 of them").await?;
    let binary = BytesText { id: 0, value: vec![0xff, 0xfe] };
    misread::<_, Text>(&db, binary, "String", "bytes").await?;
    let amount = TextDecimal { id: 0, value: "twelve".into() };
    misread::<_, Amount>(&db, amount, "Decimal", "text that is no number").await?;
});

case!(a_moment_that_is_none_is_named_and_not_shown, |db| {
    for bad in ["2026-02-30", "soon", "2026-13-01", ""] {
        let date = TextDate { id: 0, value: bad.into() };
        misread::<_, Date>(&db, date, "NaiveDate", "something that is no date").await?;
    }
    for bad in ["24:00:00", "12:00:00.x", "noon"] {
        let time = TextTime { id: 0, value: bad.into() };
        misread::<_, Time>(&db, time, "NaiveTime", "something that is no time of day").await?;
    }
    let moment = TextMoment { id: 0, value: "2026-02-30 12:00:00".into() };
    misread::<_, Moment>(&db, moment, "DateTime<Utc>", "something that is no date and time").await?;
});

#[test]
fn text_in_an_integer_column_of_sqlite_is_named() {
    crate::harness::run(crate::harness::Backend::SqliteMemory, |db| async move {
        db.create::<(NarrowInteger,)>().await?;
        // SQLite alone takes this.
        db.execute("INSERT INTO wide (id, value) VALUES (1, 'a secret')").await?;
        let error = db.engine().query::<NarrowInteger>().first().await.unwrap_err();
        assert_eq!(error.to_string(), "column `value` of `NarrowInteger` cannot be read as i8: found text");
        Ok(())
    });
}
