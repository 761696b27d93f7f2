//! Functions of numbers.

use orm::ErrorKind;
use orm::functions::{random, value};

use super::*;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

case!(signs_are_taken_off_and_asked_for, |db| {
    samples(&db).await?;
    gives!(db, |s| s.count.abs(), "ABS(count)", [7, 3]);
    gives!(db, |s| s.ratio.abs(), "ABS(ratio)", [2.5, 1.25]);
    gives!(db, |s| s.price.abs(), "ABS(price)", [decimal("10.05"), decimal("2.5")]);
    gives!(db, |s| s.maybe.abs(), "ABS(maybe)", [Some(9), None]);
    gives!(db, |s| s.count.sign(), "SIGN(count)", [-1, 1]);
    gives!(db, |s| s.maybe.sign(), "SIGN(maybe)", [Some(1), None]);
});

case!(numbers_are_rounded_half_away_from_zero, |db| {
    samples(&db).await?;
    gives!(db, |s| s.ratio.ceil(), ("orm_ceil(ratio)", "CEILING(ratio)"), [-2.0, 2.0]);
    gives!(db, |s| s.ratio.floor(), ("orm_floor(ratio)", "FLOOR(ratio)"), [-3.0, 1.0]);
    gives!(db, |s| s.price.ceil(), ("orm_ceil(price)", "CEILING(price)"), [decimal("11"), decimal("-2")]);
    gives!(db, |s| s.price.floor(), ("orm_floor(price)", "FLOOR(price)"), [decimal("10"), decimal("-3")]);
    gives!(db, |s| s.count.floor(), "count", [-7, 3]);
    let formula =
        ("orm_round(ratio, ?)", "(SIGN(ratio) * FLOOR(ABS(ratio) * POW(10, ?) + 0.5E0) / POW(10, ?))");
    gives!(db, |s| s.ratio.round(0), formula, [-3.0, 1.0]);
    gives!(db, |s| s.ratio.round(1), formula, [-2.5, 1.3]);
    let sql = ("orm_round_decimal(price, ?)", "ROUND(price, ?)");
    gives!(db, |s| s.price.round(1), sql, [decimal("10.1"), decimal("-2.5")]);
    gives!(db, |s| s.price.round(0), sql, [decimal("10"), decimal("-3")]);
    gives!(db, |s| s.count.round(2), "count", [-7, 3]);
});

case!(powers_and_roots_are_floating_point_numbers, |db| {
    samples(&db).await?;
    let near = |values: Vec<Option<f64>>, expected: [Option<f64>; 2]| {
        for (value, expected) in values.into_iter().zip(expected) {
            match (value, expected) {
                (Some(value), Some(expected)) => {
                    assert!((value - expected).abs() < 1e-9, "{value} {expected}")
                }
                (value, expected) => assert_eq!(value, expected),
            }
        }
    };
    let query = || db.engine().query::<Sample>().order_by(|s| s.id.asc());
    let power = query().select(|s| s.count.power(2.0));
    assert_eq!(selected(&power), db.backend().either("orm_power(count, ?)", "POW(count, ?)"));
    near(power.all().await?, [Some(49.0), Some(9.0)]);
    let root = query().select(|s| s.count.sqrt());
    assert_eq!(selected(&root), db.backend().either("orm_sqrt(count)", "SQRT(count)"));
    near(root.all().await?, [None, Some(3_f64.sqrt())]);
    let exp = query().select(|s| s.ratio.exp());
    assert_eq!(selected(&exp), db.backend().either("orm_exp(ratio)", "EXP(ratio)"));
    near(exp.all().await?, [Some((-2.5_f64).exp()), Some(1.25_f64.exp())]);
    let ln = query().select(|s| s.ratio.ln());
    assert_eq!(selected(&ln), db.backend().either("orm_ln(ratio)", "LN(ratio)"));
    near(ln.all().await?, [None, Some(1.25_f64.ln())]);
    assert!(query().select(|_| value(10.0).power(400.0)).all().await.is_err(), "beyond all numbers");
});

case!(the_greatest_and_the_least_of_several, |db| {
    samples(&db).await?;
    gives!(
        db,
        |s| s.count.greatest(0).greatest(-1),
        ("MAX(MAX(count, ?), ?)", "GREATEST(GREATEST(count, ?), ?)"),
        [0, 3]
    );
    gives!(db, |s| s.count.least(0), ("MIN(count, ?)", "LEAST(count, ?)"), [-7, 0]);
    gives!(db, |s| s.maybe.greatest(5), ("MAX(maybe, ?)", "GREATEST(maybe, ?)"), [Some(9), None]);
    gives!(db, |s| s.name.trim().least("a"), ("MIN(TRIM(name), ?)", "LEAST(TRIM(name), ?)"), ["a", "a"]);
    let day = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap();
    let least = [day, NaiveDate::from_ymd_opt(2024, 2, 29).unwrap()];
    gives!(db, |s| s.day.least(day), ("MIN(day, ?)", "LEAST(day, ?)"), least);
});

case!(random_numbers_shuffle, |db| {
    samples(&db).await?;
    let query = db.engine().query::<Sample>().select(|_| random());
    let sql = db.backend().either("(ABS(RANDOM() % 9007199254740992) / 9007199254740992.0)", "RAND()");
    assert_eq!(selected(&query), sql);
    for number in query.all().await? {
        assert!((0.0..1.0).contains(&number));
    }
    assert_eq!(db.engine().query::<Sample>().order_by(|_| random().asc()).all().await?.len(), 2);
});

case!(decimals_are_computed_exactly, |db| {
    samples(&db).await?;
    let tenth = decimal("0.1");
    gives!(
        db,
        |s| s.price + tenth,
        ("orm_decimal((price + ?))", "(price + ?)"),
        [decimal("10.15"), decimal("-2.4")]
    );
    gives!(
        db,
        |s| s.price * decimal("3"),
        ("orm_decimal((price * ?))", "(price * ?)"),
        [decimal("30.15"), decimal("-7.5")]
    );
    let sum =
        db.engine().query::<Sample>().filter(|s| (s.price + decimal("0.2") + tenth).eq(decimal("10.35")));
    assert_eq!(sum.count().await?, 1);
    db.create::<(Amount,)>().await?;
    let mut session = db.session();
    for amount in ["0.1", "0.2", "0.3", "0.1"] {
        session.add(Amount { amount: decimal(amount), ..Default::default() });
    }
    session.commit().await?;
    let query = db.engine().query::<Amount>().select(|a| (a.amount.sum(), a.amount.avg(), a.amount.max()));
    let expected = (Some(decimal("0.7")), Some(decimal("0.175")), Some(decimal("0.3")));
    assert_eq!(query.one().await?, expected);
    let distinct = db.engine().query::<Amount>().select(|a| a.amount.sum().distinct());
    assert_eq!(distinct.one().await?, Some(decimal("0.6")));
    let none = db.engine().query::<Amount>().filter(|a| a.id.lt(0));
    assert_eq!(
        none.select(|a| (a.amount.sum(), a.amount.avg(), a.amount.min())).one().await?,
        (None, None, None)
    );
});

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "amounts")]
struct Amount {
    #[orm(primary_key)]
    id: i64,
    amount: Decimal,
}

case!(a_sum_beyond_its_integers_is_an_error, |db| {
    db.create::<(Big,)>().await?;
    let mut session = db.session();
    session
        .add_all([Big { number: i64::MAX, ..Default::default() }, Big { number: 1, ..Default::default() }]);
    session.commit().await?;
    let error = db.engine().query::<Big>().select(|b| b.number.sum()).one().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Decode { .. } | ErrorKind::Database { .. }), "{error}");
});

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "bigs")]
struct Big {
    #[orm(primary_key)]
    id: i64,
    number: i64,
}
