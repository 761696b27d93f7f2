//! Queries inside of others.

use orm::{alias, count_rows, query, query_from, value};

use super::Sheet;
use super::shop::*;

case!(subqueries, |db| {
    let mut sheet = Sheet::new(&db).await?;
    let engine = db.engine();
    let customers = || engine.query::<Customer>();
    let products = || engine.query::<Product>();
    sheet
        .add(
            "in a query",
            customers()
                .filter(|c| {
                    c.id.in_query(query::<Order>().filter(|o| o.status.eq("open")).select(|o| o.customer_id))
                })
                .select(|c| c.name),
        )
        .await?;
    sheet
        .add(
            "not in a query",
            customers()
                .filter(|c| c.id.not_in_query(query::<Order>().select(|o| o.customer_id)))
                .select(|c| c.name),
        )
        .await?;
    sheet
        .add(
            "in a query with a path",
            customers()
                .filter(|c| {
                    c.id.in_query(
                        query::<Line>()
                            .filter(|l| l.product().name.eq("rake"))
                            .select(|l| l.order().customer_id),
                    )
                })
                .select(|c| c.name),
        )
        .await?;
    sheet
        .add(
            "in a query that is cut",
            products()
                .filter(|p| {
                    p.id.in_query(
                        query_from(&query::<Product>().order_by(|p| p.price.desc()).limit(2).subquery())
                            .select(|p| p.id),
                    )
                })
                .select(|p| p.name),
        )
        .await?;
    sheet
        .add(
            "in a query of groups",
            customers()
                .filter(|c| {
                    c.id.in_query(
                        query::<Order>()
                            .group_by(|o| o.customer_id)
                            .having(|_| count_rows().gt(1))
                            .select(|o| o.customer_id),
                    )
                })
                .select(|c| c.name),
        )
        .await?;
    sheet
        .add(
            "exists",
            customers()
                .filter(|c| {
                    query::<Order>().filter(|o| o.customer_id.eq(c.id) & o.note.is_not_null()).exists()
                })
                .select(|c| c.name),
        )
        .await?;
    sheet
        .add(
            "does not exist",
            customers()
                .filter(|c| query::<Order>().filter(|o| o.customer_id.eq(c.id)).not_exists())
                .select(|c| c.name),
        )
        .await?;
    sheet
        .add(
            "exists with a path of the outer row",
            engine
                .query::<Line>()
                .filter(|l| query::<Tag>().filter(|t| t.label.eq("hot") & l.product().stock.gt(0)).exists())
                .select(|l| l.id),
        )
        .await?;
    sheet
        .add(
            "a scalar in the select list",
            customers().select(|c| {
                (
                    c.name,
                    query::<Order>().filter(|o| o.customer_id.eq(c.id)).select(|o| o.placed.max()).scalar(),
                )
            }),
        )
        .await?;
    sheet
        .add(
            "a scalar in the filter",
            products()
                .filter(|p| p.price.gt(query::<Product>().select(|p| p.price.avg().cast::<i64>()).scalar()))
                .select(|p| p.name),
        )
        .await?;
    sheet
        .add(
            "a correlated scalar in the filter",
            products()
                .filter(|p| {
                    p.price.eq({
                        let other = alias::<Product>();
                        query_from(&other)
                            .filter(|o| o.category_id.eq(p.category_id))
                            .select(|o| o.price.max())
                            .scalar()
                    })
                })
                .select(|p| p.name),
        )
        .await?;
    sheet
        .add(
            "a scalar in the order",
            customers()
                .order_by(|c| {
                    (query::<Order>().filter(|o| o.customer_id.eq(c.id)).count().desc(), c.id.asc())
                })
                .select(|c| c.name),
        )
        .await?;
    sheet
        .add(
            "a count",
            customers().select(|c| (c.name, query::<Order>().filter(|o| o.customer_id.eq(c.id)).count())),
        )
        .await?;
    sheet
        .add(
            "a count of different rows",
            customers().select(|c| {
                (
                    c.name,
                    query::<Order>()
                        .filter(|o| o.customer_id.eq(c.id))
                        .distinct()
                        .select(|o| o.status)
                        .count(),
                )
            }),
        )
        .await?;
    sheet
        .add(
            "two deep",
            customers()
                .filter(|c| {
                    query::<Order>()
                        .filter(|o| {
                            o.customer_id.eq(c.id)
                                & query::<Line>()
                                    .filter(|l| l.order_id.eq(o.id) & l.quantity.gt(c.id.cast::<i32>()))
                                    .exists()
                        })
                        .exists()
                })
                .select(|c| c.name),
        )
        .await?;
    sheet
        .add(
            "a scalar with a default",
            customers().select(|c| {
                (
                    c.name,
                    query::<Line>()
                        .filter(|l| l.order().customer_id.eq(c.id))
                        .select(|l| l.quantity.sum())
                        .scalar()
                        .or(0),
                )
            }),
        )
        .await?;
    let totals = query::<Line>()
        .group_by(|l| l.order_id)
        .select(|l| (l.order_id, (l.price * l.quantity.cast::<i64>()).sum()))
        .subquery();
    sheet.add("a table", engine.query_from(&totals).order_by(|t| t.0.asc()).select(|t| (t.0, t.1))).await?;
    sheet.add("a table as it is", engine.query_from(&totals).filter(|t| t.1.gt(5_000))).await?;
    sheet
        .add(
            "a table joined",
            engine.query::<Order>().join(&totals, |o, t| o.id.eq(t.0)).select(|o| (o.id, o.status, totals.1)),
        )
        .await?;
    sheet.add("groups of a table", engine.query_from(&totals).select(|t| (count_rows(), t.1.max()))).await?;
    let grown = query::<Customer>().filter(|c| c.active).subquery();
    sheet
        .add(
            "a table of whole rows",
            engine.query_from(&grown).filter(|c| c.city.is_not_null()).select(|c| (c.id, c.name)),
        )
        .await?;
    sheet
        .add(
            "paths from a table of whole rows",
            engine.query_from(&grown).select(|c| (c.name, c.referrer().name, c.orders().count())),
        )
        .await?;
    sheet
        .add(
            "a table of a table",
            engine
                .query_from(&query_from(&totals).filter(|t| t.1.gt(3_000)).select(|t| t.1).subquery())
                .select(|t| t.sum()),
        )
        .await?;
    sheet
        .add(
            "a table that is cut",
            engine
                .query_from(
                    &query::<Product>()
                        .order_by(|p| p.price.desc())
                        .limit(3)
                        .select(|p| (p.name, p.price))
                        .subquery(),
                )
                .filter(|t| t.1.lt(9_000))
                .select(|t| t.0),
        )
        .await?;
    sheet
        .add(
            "a value as an expression",
            products().filter(|p| (value(10_000_i64) - p.price).lt(1_000)).select(|p| p.name),
        )
        .await?;
    sheet.compare("subqueries", 25);
});
