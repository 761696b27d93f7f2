//! CASE, COALESCE, NULLIF and CAST.

use orm::{case, value};

use super::Sheet;
use super::shop::*;

case!(cases, |db| {
    let mut sheet = Sheet::new(&db).await?;
    let engine = db.engine();
    let products = || engine.query::<Product>();
    let orders = || engine.query::<Order>();
    let customers = || engine.query::<Customer>();
    sheet
        .add(
            "a label",
            products().select(|p| {
                (p.name, case().when(p.stock.eq(0), "out").when(p.stock.lt(10), "few").otherwise("many"))
            }),
        )
        .await?;
    sheet
        .add(
            "a column or another",
            products().select(|p| (p.name, case().when(p.stock.gt(5), p.price).otherwise(p.price * 2))),
        )
        .await?;
    sheet
        .add(
            "NULL where nothing holds",
            products().select(|p| (p.name, case().when(p.stock.eq(0), "out").or_null())),
        )
        .await?;
    sheet
        .add(
            "in the filter",
            products()
                .filter(|p| case().when(p.stock.eq(0), 0_i64).otherwise(p.price).gt(2_000))
                .select(|p| p.name),
        )
        .await?;
    sheet
        .add(
            "in the order",
            orders()
                .order_by(|o| {
                    (
                        case()
                            .when(o.status.eq("open"), 0_i64)
                            .when(o.status.eq("paid"), 1)
                            .otherwise(2)
                            .asc(),
                        o.id.asc(),
                    )
                })
                .select(|o| o.id),
        )
        .await?;
    sheet
        .add("in a sum", orders().select(|o| case().when(o.status.eq("paid"), 1_i64).otherwise(0).sum()))
        .await?;
    sheet
        .add(
            "along a path",
            orders()
                .select(|o| (o.id, case().when(o.customer().active, o.customer().name).otherwise("gone"))),
        )
        .await?;
    sheet.add("a value in place of NULL", customers().select(|c| (c.name, c.city.or("nowhere")))).await?;
    sheet.add("a column in place of NULL", customers().select(|c| (c.name, c.city.or(c.name)))).await?;
    sheet
        .add(
            "another that may be NULL",
            customers().select(|c| (c.name, c.city.or_nullable(c.referrer().name))),
        )
        .await?;
    sheet.add("NULL in place of a value", orders().select(|o| (o.id, o.note.null_if("")))).await?;
    sheet
        .add("an integer as a fraction", products().select(|p| (p.name, p.price.cast::<f64>() / 100.0)))
        .await?;
    sheet
        .add(
            "a fraction as an integer",
            products()
                .filter(|p| p.weight.is_not_null())
                .select(|p| (p.name, (p.weight.or(0.0) * 2.0).cast::<i64>())),
        )
        .await?;
    sheet.add("a number as text", products().select(|p| p.price.cast::<String>())).await?;
    sheet
        .add(
            "text as a number",
            products().filter(|p| p.id.eq(value("3".to_owned()).cast::<i64>())).select(|p| p.name),
        )
        .await?;
    sheet
        .add(
            "a condition as a value",
            products().select(|p| (p.name, p.stock.gt(5), p.name.starts_with("r"))),
        )
        .await?;
    sheet
        .add(
            "a condition that may be NULL",
            customers().select(|c| (c.name, c.city.eq("Bern").cast::<Option<bool>>())),
        )
        .await?;
    sheet
        .add(
            "twice the same value",
            products().filter(|p| p.price.eq(700) | p.price.eq(700)).select(|p| p.name),
        )
        .await?;
    sheet.compare("cases", 18);
});
