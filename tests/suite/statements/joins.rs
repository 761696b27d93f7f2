//! Joins that no relation says.

use orm::{alias, query};

use super::Sheet;
use super::shop::*;

case!(joins, |db| {
    let mut sheet = Sheet::new(&db).await?;
    let engine = db.engine();
    let twin = alias::<Product>();
    sheet
        .add(
            "with itself",
            engine
                .query::<Product>()
                .join(&twin, |p, t| p.category_id.eq(t.category_id) & p.id.lt(t.id))
                .select(|p| (p.name, twin.name)),
        )
        .await?;
    let maybe = alias::<Product>().optional();
    sheet
        .add(
            "from the left with itself",
            engine
                .query::<Product>()
                .left_join(&maybe, |p, t| p.price.lt(t.price) & t.stock.gt(0))
                .filter(|_| maybe.id.is_null())
                .select(|p| p.name),
        )
        .await?;
    let tag = alias::<Tag>();
    sheet
        .add(
            "all pairs",
            engine
                .query::<Category>()
                .cross_join(&tag)
                .filter(|c| c.parent_id.is_null())
                .select(|c| (c.name, tag.label)),
        )
        .await?;
    let (first, second) = (alias::<Order>(), alias::<Order>());
    sheet
        .add(
            "two aliases",
            engine
                .query::<Customer>()
                .join(&first, |c, f| f.customer_id.eq(c.id))
                .join(&second, |c, s| s.customer_id.eq(c.id) & s.id.gt(first.id))
                .select(|c| (c.name, first.id, second.id)),
        )
        .await?;
    let order = alias::<Order>();
    sheet
        .add(
            "paths from an alias",
            engine
                .query::<Category>()
                .join(&order, |c, o| c.id.eq(o.id))
                .filter(|_| order.customer().city.eq("Bern"))
                .select(|c| (c.name, order.customer().name, order.lines().count())),
        )
        .await?;
    sheet
        .add(
            "a path in the condition",
            engine
                .query::<Line>()
                .join(&tag, |l, t| l.product().stock.eq(t.id.cast::<i32>() * 10))
                .select(|l| (l.id, tag.label)),
        )
        .await?;
    sheet
        .add(
            "a whole row of an alias",
            engine
                .query::<Customer>()
                .join(&tag, |c, t| c.id.eq(t.id))
                .order_by(|c| c.id.asc())
                .select(|c| (c.id, *tag)),
        )
        .await?;
    let recent = query::<Order>().filter(|o| o.placed.ge(day(2, 1))).subquery();
    sheet
        .add(
            "a query",
            engine
                .query::<Customer>()
                .join(&recent, |c, r| r.customer_id.eq(c.id))
                .select(|c| (c.name, recent.id, recent.status)),
        )
        .await?;
    let recent = recent.optional();
    sheet
        .add(
            "a query from the left",
            engine
                .query::<Customer>()
                .left_join(&recent, |c, r| r.customer_id.eq(c.id))
                .select(|c| (c.name, recent.id)),
        )
        .await?;
    sheet
        .add(
            "two copies of a subquery",
            engine
                .query::<Customer>()
                .left_join(&recent, |c, r| r.customer_id.eq(c.id) & r.status.eq("open"))
                .filter(|_| recent.id.is_null())
                .select(|c| c.name),
        )
        .await?;
    sheet.compare("joins", 10);
});
