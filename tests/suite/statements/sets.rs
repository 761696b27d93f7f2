//! Two queries as one.

use orm::{query, query_from};

use super::Sheet;
use super::shop::*;

case!(sets, |db| {
    let mut sheet = Sheet::new(&db).await?;
    let engine = db.engine();
    let names = || engine.query::<Product>().filter(|p| p.price.gt(2_000)).select(|p| p.name);
    let stocked = || query::<Product>().filter(|p| p.stock.gt(5)).select(|p| p.name);
    sheet.add("union", names().union(stocked())).await?;
    sheet.add("union all", names().union_all(stocked())).await?;
    sheet.add("intersect", names().intersect(stocked())).await?;
    sheet.add("except", names().except(stocked())).await?;
    sheet.add("sorted and cut", names().union(stocked()).order_by(|n| n.desc()).limit(2)).await?;
    sheet.add("filtered behind", names().union_all(stocked()).filter(|n| n.starts_with("s"))).await?;
    sheet.add("three", names().union(stocked()).union(query::<Tag>().select(|t| t.label))).await?;
    sheet
        .add(
            "sides that are cut",
            engine
                .query::<Product>()
                .order_by(|p| p.price.asc())
                .limit(1)
                .select(|p| p.name)
                .union_all(query::<Product>().order_by(|p| p.price.desc()).limit(1).select(|p| p.name)),
        )
        .await?;
    sheet
        .add(
            "of two columns",
            engine
                .query::<Product>()
                .select(|p| (p.name, p.price))
                .union(query::<Customer>().select(|c| (c.name, c.id))),
        )
        .await?;
    sheet
        .add(
            "of whole rows",
            engine
                .query::<Customer>()
                .filter(|c| c.active)
                .intersect(query::<Customer>().filter(|c| c.city.is_not_null()))
                .select(|c| c.name),
        )
        .await?;
    sheet
        .add(
            "with paths",
            engine.query::<Line>().select(|l| l.order().customer().name).except(
                query::<Line>().filter(|l| l.product().name.eq("rake")).select(|l| l.order().customer().name),
            ),
        )
        .await?;
    sheet
        .add(
            "as a table",
            engine
                .query_from(
                    &query::<Tag>()
                        .select(|t| t.label)
                        .union(query::<Product>().select(|p| p.name))
                        .subquery(),
                )
                .filter(|t| t.contains("o"))
                .select(|t| t),
        )
        .await?;
    sheet
        .add(
            "in a filter",
            engine
                .query::<Customer>()
                .filter(|c| {
                    c.id.in_query(
                        query_from(
                            &query::<Order>()
                                .select(|o| o.customer_id)
                                .union(query::<Customer>().select(|c| c.id).filter(|c| c.city.is_null()))
                                .subquery(),
                        )
                        .select(|i| i),
                    )
                })
                .select(|c| c.name),
        )
        .await?;
    sheet.compare("sets", 13);
});
