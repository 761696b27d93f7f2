//! Common table expressions, and lists of values.

use orm::{query, query_from, values};

use super::Sheet;
use super::shop::*;

case!(common_tables, |db| {
    let mut sheet = Sheet::new(&db).await?;
    let engine = db.engine();
    let totals =
        query::<Line>().group_by(|l| l.order_id).select(|l| (l.order_id, l.quantity.sum())).cte("totals");
    sheet.add("queried", engine.query_from(&totals).order_by(|t| t.0.asc()).select(|t| (t.0, t.1))).await?;
    sheet
        .add(
            "joined",
            engine.query::<Order>().join(&totals, |o, t| o.id.eq(t.0)).select(|o| (o.id, totals.1)),
        )
        .await?;
    let twin = totals.alias();
    sheet
        .add(
            "joined with itself",
            engine.query_from(&totals).join(&twin, |a, b| a.1.lt(b.1)).select(|a| (a.0, twin.0)),
        )
        .await?;
    sheet
        .add(
            "in a subquery",
            engine
                .query::<Order>()
                .filter(|o| o.id.in_query(query_from(&totals).filter(|t| t.1.gt(3)).select(|t| t.0)))
                .select(|o| o.id),
        )
        .await?;
    let large = query_from(&totals).filter(|t| t.1.gt(2)).select(|t| t.0).cte("large");
    sheet
        .add(
            "one that uses another",
            engine.query::<Order>().join(&large, |o, l| o.id.eq(l)).select(|o| o.id),
        )
        .await?;
    let active = query::<Customer>().filter(|c| c.active).cte("active");
    sheet.add("of whole rows", engine.query_from(&active).select(|c| (c.name, c.orders().count()))).await?;
    let again = query::<Customer>().filter(|c| !c.active).cte("active");
    sheet
        .add(
            "two of one name",
            engine
                .query_from(&active)
                .join(&again, |a, b| a.city.eq(b.city))
                .select(|a| (a.name, again.name)),
        )
        .await?;
    let optional = totals.optional();
    sheet
        .add(
            "joined from the left",
            engine.query::<Order>().left_join(&optional, |o, t| o.id.eq(t.0)).select(|o| (o.id, optional.1)),
        )
        .await?;
    let count = query::<Category>()
        .filter(|c| c.id.eq(1))
        .select(|c| c.id)
        .recursive_cte("count", |n| query_from(n).filter(|n| n.lt(5)).select(|n| n + 1));
    sheet.add("counting", engine.query_from(&count).order_by(|n| n.asc()).select(|n| n)).await?;
    let below = query::<Category>()
        .filter(|c| c.parent_id.is_null())
        .select(|c| (c.id, c.name, c.id * 0))
        .recursive_cte("below", |above| {
            query::<Category>()
                .join(above, |c, a| c.parent_id.eq(a.0))
                .select(|c| (c.id, c.name, above.2 + 1))
        });
    sheet
        .add(
            "down a tree",
            engine.query_from(&below).order_by(|b| (b.2.asc(), b.0.asc())).select(|b| (b.1, b.2)),
        )
        .await?;
    let up = query::<Category>()
        .filter(|c| c.name.eq("trees"))
        .recursive_cte("up", |below| query::<Category>().join(below, |c, b| b.parent_id.eq(c.id)));
    sheet
        .add("up a tree, whole rows", engine.query_from(&up).order_by(|c| c.id.desc()).select(|c| c.name))
        .await?;
    let circle =
        query::<Customer>().filter(|c| c.id.eq(1)).select(|c| c.id).recursive_cte("circle", |so_far| {
            query::<Customer>().join(so_far, |c, s| c.referrer_id.eq(s)).select(|c| c.id)
        });
    sheet
        .add(
            "whoever was referred",
            engine.query::<Customer>().join(&circle, |c, r| c.id.eq(r)).select(|c| c.name),
        )
        .await?;
    let wanted = values([(1_i64, "one".to_owned()), (3, "three".to_owned()), (9, "nine".to_owned())]);
    sheet
        .add(
            "values joined",
            engine.query::<Product>().join(&wanted, |p, w| p.id.eq(w.0)).select(|p| (p.name, wanted.1)),
        )
        .await?;
    sheet
        .add("values queried", engine.query_from(&wanted).order_by(|w| w.0.desc()).select(|w| (w.0, w.1)))
        .await?;
    let nullable = values([(Some(1_i64), 0.5), (None, 1.5)]);
    sheet.add("values with NULL", engine.query_from(&nullable).select(|n| (n.0, n.1))).await?;
    let optional = wanted.optional();
    sheet
        .add(
            "values joined from the left",
            engine
                .query::<Product>()
                .left_join(&optional, |p, w| p.id.eq(w.0))
                .filter(|_| optional.1.is_null())
                .select(|p| p.name),
        )
        .await?;
    sheet.compare("common_tables", 16);
});
