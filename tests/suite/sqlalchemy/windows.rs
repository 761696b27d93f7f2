//! Window functions.

use orm::functions::Bound;
use orm::{query, rank, row_number, window};

use super::*;

case!(windows, |db| {
    let mut sheet = sheet(&db).await?;
    let engine = db.engine();

    let numbered = engine.query::<Address>().select(|a| {
        let place = row_number().over(window().partition_by(a.user_id).order_by(a.id.asc()));
        (a.user().name, a.email_address, place)
    });
    sheet.add("row_number", numbered).await?;

    let ranked = engine.query::<Item>().select(|i| (i.name, rank().over(window().order_by(i.price.desc()))));
    sheet.add("rank", ranked).await?;

    let running = engine.query::<Order>().select(|o| {
        let until_here = window().order_by(o.id.asc()).rows(Bound::Unbounded, Bound::CurrentRow);
        (o.id, o.total.sum().over(until_here))
    });
    sheet.add("a running total", running).await?;

    let steps = engine
        .query::<Order>()
        .select(|o| (o.id, o.total - o.total.lag(1).over(window().order_by(o.id.asc())).or(0)));
    sheet.add("lag", steps).await?;

    let numbered = query::<Order>()
        .select(|o| {
            let place = row_number().over(window().partition_by(o.user_id).order_by(o.total.desc()));
            (o.user_id, o.total, place)
        })
        .subquery();
    let best = engine.query_from(&numbered).filter(|n| n.2.eq(1)).select(|n| (n.0, n.1));
    sheet.add("the first of each part", best).await?;

    sheet.compare("windows", 5);
});
