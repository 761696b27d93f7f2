//! A value of every type finds its row again, and no other.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use orm::Json;
use orm::prelude::*;
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
