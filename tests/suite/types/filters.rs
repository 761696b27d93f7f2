//! A value of every type finds its row again, and no other.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use orm::prelude::*;
use orm::{ErrorKind, Json};
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use crate::harness::{Database, Outcome};

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "things")]
struct Thing {
    #[orm(primary_key)]
    id: i64,
    flag: bool,
    tiny: i8,
    big: u64,
    single: f32,
    double: f64,
    text: String,
    bytes: Vec<u8>,
    date: NaiveDate,
    time: NaiveTime,
    local: NaiveDateTime,
    utc: DateTime<Utc>,
    uuid: Uuid,
    #[orm(precision = 10, scale = 3)]
    decimal: Decimal,
    json: serde_json::Value,
    list: Json<Vec<i32>>,
    maybe: Option<NaiveDate>,
}

fn thing() -> Thing {
    let date = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
    let local = date.and_hms_micro_opt(1, 2, 3, 4).unwrap();
    Thing {
        flag: true,
        tiny: -1,
        big: i64::MAX as u64,
        single: 0.1,
        double: 0.1,
        text: "O'Neil \"😀\" \\".into(),
        bytes: vec![0, 39, 255],
        date,
        time: local.time(),
        local,
        utc: local.and_utc(),
        uuid: Uuid::from_u128(1),
        decimal: Decimal::new(1500, 3),
        json: json!({"b": 1, "a": [1, 2.5, "x", null]}),
        list: Json(vec![1, 2]),
        maybe: Some(date),
        ..Default::default()
    }
}

async fn finds(db: &Database, what: &str, condition: impl FnOnce(Cols<Thing>) -> Expr<bool>) -> Outcome {
    let found = db.engine().query::<Thing>().filter(condition).all().await?;
    let found: Vec<i64> = found.iter().map(|thing| thing.id).collect();
    assert_eq!(found, [1], "{what}");
    Ok(())
}

case!(a_value_of_every_type_finds_its_row, |db| {
    db.create::<(Thing,)>().await?;
    let mut session = db.session();
    session.add_all([thing(), Thing::default()]);
    session.commit().await?;
    let Thing {
        tiny,
        big,
        single,
        double,
        text,
        bytes,
        date,
        time,
        local,
        utc,
        uuid,
        decimal,
        json,
        list,
        ..
    } = thing();
    finds(&db, "bool", |t| t.flag.eq(true)).await?;
    finds(&db, "bool itself", |t| t.flag.into()).await?;
    finds(&db, "i8", |t| t.tiny.eq(tiny)).await?;
    finds(&db, "u64", |t| t.big.eq(big)).await?;
    finds(&db, "f32", |t| t.single.eq(single)).await?;
    finds(&db, "f64", |t| t.double.eq(double)).await?;
    finds(&db, "text", |t| t.text.eq(&text)).await?;
    finds(&db, "bytes", |t| t.bytes.eq(&bytes)).await?;
    finds(&db, "date", |t| t.date.eq(date)).await?;
    finds(&db, "time", |t| t.time.eq(time)).await?;
    finds(&db, "local", |t| t.local.eq(local)).await?;
    finds(&db, "utc", |t| t.utc.eq(utc)).await?;
    finds(&db, "uuid", |t| t.uuid.eq(uuid)).await?;
    finds(&db, "decimal", |t| t.decimal.eq(decimal)).await?;
    finds(&db, "an optional date", |t| t.maybe.eq(Some(date))).await?;
    finds(&db, "a column and another", |t| t.maybe.eq(t.date)).await?;
    finds(&db, "a list", |t| t.uuid.in_([uuid, Uuid::from_u128(2)]) & t.date.in_([date])).await?;
    finds(&db, "a range", |t| t.double.between(0.05, 0.15) & t.decimal.between(decimal, decimal)).await?;
    finds(&db, "json", |t| t.json.eq(&json)).await?;
    finds(&db, "json of a type", |t| t.list.eq(&list)).await?;
    finds(&db, "json in a list", |t| t.list.in_([&list])).await?;
    finds(&db, "json that differs", |t| t.json.ne(json!(null))).await?;
});

case!(a_value_that_backends_compare_differently_is_refused, |db| {
    db.create::<(Thing,)>().await?;
    thing().insert(&mut db.engine().clone()).await?;
    let query = || db.engine().query::<Thing>();
    let far = NaiveDate::from_ymd_opt(20_000, 1, 1).unwrap();
    let before_christ = NaiveDate::from_ymd_opt(-5, 1, 1).unwrap();
    let sent = db.engine().statement_count();
    for error in [
        query().filter(|t| t.double.lt(f64::NAN)).all().await.unwrap_err(),
        query().filter(|t| t.single.in_([1.0, f32::NAN])).all().await.unwrap_err(),
        query().filter(|t| (t.double + f64::NAN).is_null()).all().await.unwrap_err(),
        query().filter(|t| t.date.lt(far)).count().await.unwrap_err(),
        query().filter(|t| t.maybe.gt(before_christ)).exists().await.unwrap_err(),
        query()
            .filter(|t| t.utc.between(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC))
            .one()
            .await
            .unwrap_err(),
    ] {
        assert!(matches!(error.kind(), ErrorKind::InvalidQuery { .. }), "{error}");
        assert!(error.to_string().ends_with("no column holds it, so leave the condition out"), "{error}");
    }
    assert_eq!(db.engine().statement_count(), sent, "nothing was sent");
    // An infinity compares everywhere, though not every column holds it.
    assert_eq!(
        query().filter(|t| t.double.lt(f64::INFINITY) & t.double.gt(f64::NEG_INFINITY)).count().await?,
        1
    );
});

case!(a_value_beyond_the_column_finds_what_it_says_or_is_refused, |db| {
    db.create::<(Thing,)>().await?;
    thing().insert(&mut db.engine().clone()).await?;
    let query = || db.engine().query::<Thing>();
    for found in [
        query().filter(|t| t.big.lt(u64::MAX)).count().await,
        query().filter(|t| t.decimal.lt(Decimal::MAX)).count().await,
    ] {
        match found {
            Ok(found) => assert_eq!(found, 1),
            Err(error) => {
                assert!(!db.is_server());
                assert!(matches!(error.kind(), ErrorKind::InvalidValue { .. }), "{error}");
            }
        }
    }
    assert_eq!(query().filter(|t| t.tiny.lt(i8::MAX)).count().await?, 1);
    assert_eq!(query().filter(|t| t.text.ne("x".repeat(100_000))).count().await?, 1);
});
