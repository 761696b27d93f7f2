//! Decimal numbers of rust_decimal: exact where the server has them, fifteen digits on SQLite.

use orm::Value;
use orm::prelude::*;
use rust_decimal::Decimal;

use super::{Numbered, numbered, refusal, round_trip};

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "prices")]
struct Price {
    #[orm(primary_key)]
    id: i64,
    plain: Decimal,
    #[orm(precision = 5, scale = 2)]
    small: Decimal,
    #[orm(precision = 28, scale = 10)]
    wide: Option<Decimal>,
    #[orm(precision = 10)]
    whole: Decimal,
}
numbered!(Price);

fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

fn small(text: &str) -> Price {
    Price { small: decimal(text), ..Default::default() }
}

case!(decimals_keep_precision_and_scale, |db| {
    let rows = vec![
        Price {
            plain: decimal("99999999999.9999"),
            small: decimal("999.99"),
            wide: Some(decimal("1234567.89")),
            whole: decimal("9999999999"),
            ..Default::default()
        },
        Price {
            plain: decimal("-99999999999.9999"),
            small: decimal("-999.99"),
            wide: Some(decimal("0.0000000001")),
            whole: decimal("-9999999999"),
            ..Default::default()
        },
        Price { plain: decimal("0.1"), small: decimal("0.10"), ..Default::default() },
        Price { plain: decimal("100"), small: decimal("-0.00"), ..Default::default() },
    ];
    round_trip(&db, rows).await?;
});

case!(a_decimal_keeps_28_digits_where_the_server_has_them, |db| {
    let exact = Price { wide: Some(decimal("123456789012345678.0123456789")), ..Default::default() };
    let other = Price { wide: Some(decimal("-0.0123456789")), ..Default::default() };
    if db.is_server() {
        round_trip(&db, vec![exact.clone(), other]).await?;
        db.engine().query::<Price>().filter(|p| p.wide.eq(exact.wide)).one().await?;
    } else {
        let reason = refusal(&db, exact, "wide").await?;
        assert_eq!(reason, "more than 15 significant digits, which SQLite would round: keep it as text");
    }
});

case!(a_decimal_beyond_its_scale_or_precision_is_refused, |db| {
    let reason = refusal(&db, small("1.001"), "small").await?;
    assert_eq!(reason, "3 digits after the point, and its scale is 2: round it first");
    let reason = refusal(&db, small("1000"), "small").await?;
    assert_eq!(reason, "4 digits before the point, and its precision and scale leave 3");
    let half = Price { whole: decimal("0.5"), ..Default::default() };
    refusal(&db, half, "whole").await?;
});

case!(zeros_at_the_end_are_no_digits, |db| {
    db.create::<(Price,)>().await?;
    let mut engine = db.engine().clone();
    small("1.1000000").insert(&mut engine).await?;
    assert_eq!(Price::get(&mut engine, 1).await?.unwrap().small, decimal("1.1"));
    let mut session = db.session();
    let price = session.get::<Price>(1).await?.unwrap();
    session[price].small = decimal("1.100");
    assert!(session.plan()?.is_empty(), "1.100 is 1.1");
});

case!(decimals_compare_as_numbers, |db| {
    db.create::<(Price,)>().await?;
    let mut session = db.session();
    session.add_all(["-10", "-9.5", "0", "0.1", "0.3", "2", "10", "100"].map(small));
    session.commit().await?;
    let found = db.engine().query::<Price>().order_by(|p| p.small.asc()).all().await?;
    let found: Vec<String> = found.iter().map(|price| price.small.normalize().to_string()).collect();
    assert_eq!(found, ["-10", "-9.5", "0", "0.1", "0.3", "2", "10", "100"]);
    let query = || db.engine().query::<Price>();
    assert_eq!(query().filter(|p| p.small.gt(decimal("2"))).count().await?, 2);
    assert_eq!(query().filter(|p| p.small.eq(decimal("0.10"))).count().await?, 1);
    assert_eq!(query().filter(|p| p.small.in_([decimal("0.3"), decimal("100.00")])).count().await?, 2);
    assert_eq!(query().filter(|p| (p.small * decimal("3")).eq(decimal("6"))).count().await?, 1);
});

case!(a_decimal_is_a_number_to_the_database, |db| {
    db.create::<(Price,)>().await?;
    small("2.5").insert(&mut db.engine().clone()).await?;
    small("3.5").insert(&mut db.engine().clone()).await?;
    let sum = db.value("SELECT SUM(small) FROM prices").await?;
    assert_eq!(sum, db.backend().either(Value::Double(6.0), Value::Decimal("6.00".into())));
});
