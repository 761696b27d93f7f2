//! Booleans, integers, floating point numbers.

use orm::prelude::*;
use orm::{ErrorKind, Value};

use super::{Numbered, numbered, refusal, round_trip};
use crate::harness::Backend;

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "integers")]
struct Integers {
    #[orm(primary_key)]
    id: i64,
    flag: bool,
    a: i8,
    b: i16,
    c: i32,
    d: i64,
    e: u8,
    f: u16,
    g: u32,
    h: u64,
}
numbered!(Integers);

case!(integers_keep_their_limits, |db| {
    let least =
        Integers { flag: false, a: i8::MIN, b: i16::MIN, c: i32::MIN, d: i64::MIN, ..Default::default() };
    let greatest = Integers {
        flag: true,
        a: i8::MAX,
        b: i16::MAX,
        c: i32::MAX,
        d: i64::MAX,
        e: u8::MAX,
        f: u16::MAX,
        g: u32::MAX,
        h: i64::MAX as u64,
        ..Default::default()
    };
    round_trip(&db, vec![least, greatest, Integers::default()]).await?;
});

case!(booleans_are_kept_as_zero_and_one, |db| {
    db.create::<(Integers,)>().await?;
    let mut session = db.session();
    session.add_all([Integers { flag: true, ..Default::default() }, Integers::default()]);
    session.commit().await?;
    let kept = db.rows("SELECT flag FROM integers ORDER BY id").await?;
    assert_eq!(kept, [[Value::Int(1)], [Value::Int(0)]]);
});

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "maybe_integers")]
struct MaybeIntegers {
    #[orm(primary_key)]
    id: i64,
    flag: Option<bool>,
    a: Option<i8>,
    b: Option<i16>,
    c: Option<i32>,
    d: Option<i64>,
    e: Option<u8>,
    f: Option<u16>,
    g: Option<u32>,
    h: Option<u64>,
    i: Option<f32>,
    j: Option<f64>,
}
numbered!(MaybeIntegers);

case!(a_number_may_be_null, |db| {
    let some = MaybeIntegers {
        flag: Some(false),
        a: Some(0),
        b: Some(-1),
        c: Some(-2),
        d: Some(-3),
        e: Some(4),
        f: Some(5),
        g: Some(6),
        h: Some(7),
        i: Some(0.1),
        j: Some(0.2),
        ..Default::default()
    };
    round_trip(&db, vec![some, MaybeIntegers::default()]).await?;
});

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "large_numbers")]
struct Large {
    #[orm(primary_key)]
    id: i64,
    value: u64,
    other: Option<u64>,
}
numbered!(Large);

case!(integers_above_those_of_i64_are_kept_or_refused, |db| {
    let first = i64::MAX as u64 + 1;
    if db.is_server() {
        let greatest = Large { value: u64::MAX, other: Some(first), ..Default::default() };
        round_trip(&db, vec![greatest, Large { value: 3, other: None, ..Default::default() }]).await?;
        let found = db.engine().query::<Large>().filter(|l| l.other.eq(first)).count().await?;
        assert_eq!(found, 1);
        let found = db.engine().query::<Large>().filter(|l| l.value.gt(first)).count().await?;
        assert_eq!(found, 1);
    } else {
        let reason = refusal(&db, Large { value: u64::MAX, ..Default::default() }, "value").await?;
        assert_eq!(reason, "above 9223372036854775807, where the integers of SQLite end");
        refusal(&db, Large { other: Some(first), ..Default::default() }, "other").await?;
        let asked = db.engine().query::<Large>().filter(|l| l.value.eq(u64::MAX)).count().await;
        assert!(matches!(asked.unwrap_err().kind(), ErrorKind::InvalidValue { .. }));
    }
});

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "large_keys")]
struct LargeKey {
    #[orm(primary_key(generated = false))]
    id: u64,
    value: i64,
}

case!(a_key_may_be_above_those_of_i64_where_the_server_has_them, |db| {
    db.create::<(LargeKey,)>().await?;
    let mut engine = db.engine().clone();
    let stored = LargeKey { id: u64::MAX, value: 1 }.insert(&mut engine).await;
    if db.is_server() {
        assert_eq!(stored?.id, u64::MAX);
        let mut session = db.session();
        let one = session.get::<LargeKey>(u64::MAX).await?.unwrap();
        let two = session.query::<LargeKey>().one().await?;
        assert_eq!(one, two, "one row, one handle");
        session[one].value = 2;
        session.commit().await?;
        assert_eq!(LargeKey::get(&mut engine, u64::MAX).await?.unwrap().value, 2);
    } else {
        assert!(matches!(stored.unwrap_err().kind(), ErrorKind::InvalidValue { .. }));
    }
});

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "floats")]
struct Floats {
    #[orm(primary_key)]
    id: i64,
    single: f32,
    double: f64,
}
numbered!(Floats);

case!(floating_point_numbers_keep_every_bit, |db| {
    let rows = [
        (f32::MIN, f64::MIN),
        (f32::MAX, f64::MAX),
        (f32::MIN_POSITIVE, f64::MIN_POSITIVE),
        (f32::EPSILON, f64::EPSILON),
        (0.1, 0.1),
        (1.0 / 3.0, 1.0 / 3.0),
        (16_777_216.0, 9_007_199_254_740_993.0),
        (-0.0, 1e-300),
    ];
    let rows = rows.map(|(single, double)| Floats { single, double, ..Default::default() });
    round_trip(&db, rows.to_vec()).await?;
    for row in rows {
        let same =
            db.engine().query::<Floats>().filter(|f| f.single.eq(row.single) & f.double.eq(row.double));
        assert_eq!(same.count().await?, 1, "{row:?}");
    }
});

case!(a_number_that_is_none_is_refused, |db| {
    let reason = refusal(&db, Floats { double: f64::NAN, ..Default::default() }, "double").await?;
    assert_eq!(reason, "NaN is no number that a database keeps");
    refusal(&db, Floats { single: f32::NAN, ..Default::default() }, "single").await?;
});

case!(an_infinity_is_kept_by_sqlite_and_refused_by_servers, |db| {
    let infinite = Floats { single: f32::NEG_INFINITY, double: f64::INFINITY, ..Default::default() };
    if db.backend() == Backend::SqliteMemory || db.backend() == Backend::SqliteFile {
        round_trip(&db, vec![infinite, Floats::default()]).await?;
    } else {
        let reason = refusal(&db, infinite, "single").await?;
        assert_eq!(reason, "an infinity, which MySQL and MariaDB have not");
    }
});
