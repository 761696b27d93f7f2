//! Groups and aggregates.

use orm::{case, count_rows};

use super::Sheet;
use super::shop::*;

case!(groups, |db| {
    let mut sheet = Sheet::new(&db).await?;
    let engine = db.engine();
    let orders = || engine.query::<Order>();
    let lines = || engine.query::<Line>();
    let products = || engine.query::<Product>();
    sheet.add("how many rows", orders().select(|_| count_rows())).await?;
    sheet.add("how many values", orders().select(|o| o.note.count())).await?;
    sheet.add("how many different values", orders().select(|o| o.customer_id.count().distinct())).await?;
    sheet.add("sum", lines().select(|l| l.quantity.sum())).await?;
    sheet.add("sum of a product", lines().select(|l| (l.price * l.quantity.cast::<i64>()).sum())).await?;
    sheet
        .add("sum of nothing", lines().filter(|l| l.id.lt(0)).select(|l| (l.price.sum(), count_rows())))
        .await?;
    sheet.add("sum with a default", lines().filter(|l| l.id.lt(0)).select(|l| l.price.sum().or(0))).await?;
    sheet.add("mean of integers", products().select(|p| p.price.avg())).await?;
    sheet.add("mean of fractions leaves out NULL", products().select(|p| p.weight.avg())).await?;
    sheet
        .add(
            "smallest and greatest",
            products().select(|p| (p.price.min(), p.price.max(), p.name.min(), p.weight.max())),
        )
        .await?;
    sheet.add("by a column", orders().group_by(|o| o.status).select(|o| (o.status, count_rows()))).await?;
    sheet
        .add(
            "by two columns",
            orders()
                .group_by(|o| (o.status, o.customer_id))
                .select(|o| (o.status, o.customer_id, count_rows())),
        )
        .await?;
    sheet
        .add(
            "by a path",
            lines()
                .group_by(|l| l.order().customer().name)
                .select(|l| (l.order().customer().name, l.quantity.sum())),
        )
        .await?;
    sheet
        .add(
            "by an expression",
            products().group_by(|p| p.price / 1_000).select(|p| (p.price / 1_000, count_rows())),
        )
        .await?;
    sheet
        .add(
            "by a CASE",
            products()
                .group_by(|p| case().when(p.stock.eq(0), "out").otherwise("there"))
                .select(|p| (case().when(p.stock.eq(0), "out").otherwise("there"), count_rows())),
        )
        .await?;
    sheet
        .add(
            "having",
            orders().group_by(|o| o.customer_id).having(|_| count_rows().gt(1)).select(|o| o.customer_id),
        )
        .await?;
    sheet
        .add(
            "having of two",
            lines()
                .group_by(|l| l.product_id)
                .having(|l| l.quantity.sum().ge(3) & l.price.min().lt(1_000))
                .select(|l| l.product_id),
        )
        .await?;
    sheet
        .add(
            "having along a path",
            lines()
                .group_by(|l| l.order_id)
                .having(|l| l.product().price.max().gt(3_000))
                .select(|l| l.order_id),
        )
        .await?;
    sheet
        .add(
            "sorted by an aggregate",
            lines()
                .group_by(|l| l.product().name)
                .order_by(|l| (l.quantity.sum().desc(), l.product().name.asc()))
                .select(|l| l.product().name),
        )
        .await?;
    sheet
        .add(
            "the best three",
            lines()
                .group_by(|l| l.product().name)
                .order_by(|l| (l.quantity.sum().desc(), l.product().name.asc()))
                .limit(3)
                .select(|l| (l.product().name, l.quantity.sum())),
        )
        .await?;
    sheet
        .add(
            "only some rows",
            orders().select(|o| {
                (
                    count_rows(),
                    count_rows().filter(o.status.eq("paid")),
                    o.note.count().filter(o.status.eq("open")),
                )
            }),
        )
        .await?;
    sheet
        .add(
            "sum of some rows",
            lines().group_by(|l| l.order_id).select(|l| (l.order_id, l.price.sum().filter(l.quantity.gt(1)))),
        )
        .await?;
    sheet
        .add("mean of some different values", lines().select(|l| l.price.avg().filter(l.quantity.eq(1))))
        .await?;
    sheet.add("arithmetic of aggregates", products().select(|p| p.price.max() - p.price.min())).await?;
    sheet
        .add("a share", orders().select(|o| count_rows().filter(o.status.eq("paid")) * 100 / count_rows()))
        .await?;
    sheet
        .add(
            "texts one after the other",
            products()
                .group_by(|p| p.category().name)
                .select(|p| (p.category().name, p.name.concat_rows(", ").order_by(p.name.desc()))),
        )
        .await?;
    sheet
        .add(
            "different texts one after the other",
            orders().select(|o| o.status.concat_rows(",").distinct().order_by(o.status.asc())),
        )
        .await?;
    sheet
        .add(
            "filter before the groups",
            lines()
                .filter(|l| l.product().category().name.eq("plants"))
                .group_by(|l| l.order_id)
                .select(|l| (l.order_id, l.quantity.sum())),
        )
        .await?;
    sheet
        .add(
            "a nullable path",
            engine
                .query::<Customer>()
                .group_by(|c| c.referrer().name)
                .select(|c| (c.referrer().name, count_rows())),
        )
        .await?;
    sheet
        .add(
            "different groups",
            orders().group_by(|o| (o.customer_id, o.status)).distinct().select(|_| count_rows()),
        )
        .await?;
    sheet.compare("groups", 30);
});
