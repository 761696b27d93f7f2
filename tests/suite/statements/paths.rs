//! Relations that are walked join by themselves.

use super::Sheet;
use super::shop::*;

case!(paths, |db| {
    let mut sheet = Sheet::new(&db).await?;
    let engine = db.engine();
    let orders = || engine.query::<Order>();
    let lines = || engine.query::<Line>();
    sheet
        .add("a reference in the filter", orders().filter(|o| o.customer().name.eq("Ann")).select(|o| o.id))
        .await?;
    sheet
        .add(
            "a reference in the order",
            orders().order_by(|o| (o.customer().name.desc(), o.id.asc())).select(|o| o.id),
        )
        .await?;
    sheet.add("a reference in the select list", orders().select(|o| (o.id, o.customer().name))).await?;
    sheet
        .add(
            "one path is one join",
            orders()
                .filter(|o| o.customer().active)
                .order_by(|o| (o.customer().name.asc(), o.id.asc()))
                .select(|o| (o.id, o.customer().name)),
        )
        .await?;
    sheet.add("two steps", lines().filter(|l| l.order().customer().city.eq("Bern")).select(|l| l.id)).await?;
    sheet
        .add(
            "two paths that share a step",
            lines()
                .filter(|l| l.order().status.eq("paid"))
                .select(|l| (l.id, l.order().customer().name, l.product().name)),
        )
        .await?;
    sheet.add("three steps", lines().select(|l| (l.id, l.product().category().parent().name))).await?;
    sheet
        .add(
            "a nullable reference is joined from the left",
            engine.query::<Customer>().select(|c| (c.name, c.referrer().name)),
        )
        .await?;
    sheet
        .add(
            "beyond a nullable reference everything may be NULL",
            engine.query::<Customer>().select(|c| (c.name, c.referrer().referrer().name)),
        )
        .await?;
    sheet
        .add(
            "without a row at the end of a nullable reference",
            engine.query::<Customer>().filter(|c| c.referrer().is_none()).select(|c| c.name),
        )
        .await?;
    sheet
        .add(
            "a condition on the row at the end",
            engine
                .query::<Customer>()
                .filter(|c| c.referrer().has(|r| r.active & r.city.eq("Bern")))
                .select(|c| c.name),
        )
        .await?;
    sheet
        .add(
            "not the row at the end",
            engine.query::<Customer>().filter(|c| !c.referrer().has(|r| r.name.eq("Ann"))).select(|c| c.name),
        )
        .await?;
    sheet
        .add(
            "compared along two paths",
            lines().filter(|l| l.price.lt(l.product().price)).select(|l| (l.id, l.product().price - l.price)),
        )
        .await?;
    sheet
        .add(
            "any of a collection",
            engine.query::<Customer>().filter(|c| c.orders().any(|o| o.status.eq("open"))).select(|c| c.name),
        )
        .await?;
    sheet
        .add(
            "none of a collection",
            engine
                .query::<Customer>()
                .filter(|c| c.orders().none(|o| o.status.eq("open")))
                .select(|c| c.name),
        )
        .await?;
    sheet
        .add(
            "all of a collection",
            engine.query::<Customer>().filter(|c| c.orders().all(|o| o.status.eq("paid"))).select(|c| c.name),
        )
        .await?;
    sheet
        .add(
            "a collection that has rows",
            engine.query::<Customer>().filter(|c| c.orders().exists()).select(|c| c.name),
        )
        .await?;
    sheet
        .add(
            "how many rows of a collection",
            engine.query::<Customer>().select(|c| (c.name, c.orders().count())),
        )
        .await?;
    sheet
        .add(
            "how many of them",
            engine
                .query::<Customer>()
                .select(|c| (c.name, c.orders().filter(|o| o.status.eq("paid")).count())),
        )
        .await?;
    sheet
        .add(
            "a count in the filter",
            engine.query::<Customer>().filter(|c| c.orders().count().gt(1)).select(|c| c.name),
        )
        .await?;
    sheet
        .add(
            "sorted by a count",
            engine
                .query::<Customer>()
                .order_by(|c| (c.orders().count().desc(), c.name.asc()))
                .select(|c| c.name),
        )
        .await?;
    sheet
        .add(
            "a collection of a collection",
            engine
                .query::<Customer>()
                .filter(|c| c.orders().any(|o| o.lines().any(|l| l.product().name.eq("rake"))))
                .select(|c| c.name),
        )
        .await?;
    sheet
        .add(
            "a path beyond the condition of a collection",
            engine
                .query::<Category>()
                .filter(|c| c.products().any(|p| p.category().parent().name.eq("garden")))
                .select(|c| c.name),
        )
        .await?;
    sheet
        .add(
            "through a table of links",
            engine.query::<Product>().filter(|p| p.tags().any(|t| t.label.eq("hot"))).select(|p| p.name),
        )
        .await?;
    sheet.add("how many links", engine.query::<Product>().select(|p| (p.name, p.tags().count()))).await?;
    sheet
        .add(
            "links from the other side",
            engine.query::<Tag>().filter(|t| t.products().all(|p| p.stock.gt(0))).select(|t| t.label),
        )
        .await?;
    sheet
        .add(
            "a collection of a model that refers to itself",
            engine.query::<Category>().filter(|c| c.children().exists()).select(|c| c.name),
        )
        .await?;
    sheet
        .add(
            "a collection at the end of a path",
            lines().filter(|l| l.product().tags().any(|t| t.label.eq("new"))).select(|l| l.id),
        )
        .await?;
    sheet
        .add(
            "the row around a collection in its condition",
            engine.query::<Product>().filter(|p| p.lines().any(|l| l.price.ne(p.price))).select(|p| p.name),
        )
        .await?;
    sheet.compare("paths", 29);
});
