//! Functions of windows.

use orm::node::Bound;
use orm::{
    count_rows, cume_dist, dense_rank, ntile, percent_rank, query, query_from, rank, row_number, window,
};

use super::Sheet;
use super::shop::*;

case!(windows, |db| {
    let mut sheet = Sheet::new(&db).await?;
    let engine = db.engine();
    let products = || engine.query::<Product>();
    let lines = || engine.query::<Line>();
    sheet
        .add("numbers", products().select(|p| (p.name, row_number().over(window().order_by(p.price.desc())))))
        .await?;
    sheet
        .add(
            "numbers in parts",
            products().select(|p| {
                (
                    p.name,
                    row_number()
                        .over(window().partition_by(p.category_id).order_by((p.price.asc(), p.id.asc()))),
                )
            }),
        )
        .await?;
    sheet.add("ranks", lines().select(|l| (l.id, rank().over(window().order_by(l.quantity.asc()))))).await?;
    sheet
        .add(
            "ranks without gaps",
            lines().select(|l| (l.id, dense_rank().over(window().order_by(l.quantity.asc())))),
        )
        .await?;
    sheet
        .add(
            "ranks from 0 to 1",
            products().select(|p| (p.name, percent_rank().over(window().order_by(p.id.asc())))),
        )
        .await?;
    sheet
        .add(
            "shares",
            products().select(|p| (p.name, cume_dist().over(window().order_by(p.category_id.asc())))),
        )
        .await?;
    sheet.add("parts", products().select(|p| (p.name, ntile(4).over(window().order_by(p.id.asc()))))).await?;
    sheet
        .add(
            "the row before",
            products().select(|p| (p.name, p.name.lag(1).over(window().order_by(p.price.asc())))),
        )
        .await?;
    sheet
        .add(
            "two rows on",
            products().select(|p| (p.name, p.name.lead(2).over(window().order_by(p.price.asc())))),
        )
        .await?;
    sheet
        .add(
            "a value in place of no row",
            products().select(|p| (p.name, p.price.lag(1).over(window().order_by(p.price.asc())).or(0))),
        )
        .await?;
    sheet
        .add(
            "the first of a frame",
            products().select(|p| {
                (
                    p.name,
                    p.name.first_value().over(window().partition_by(p.category_id).order_by(p.price.asc())),
                )
            }),
        )
        .await?;
    sheet
        .add(
            "the last of a frame",
            products().select(|p| {
                (
                    p.name,
                    p.name
                        .last_value()
                        .over(window().order_by(p.price.asc()).rows(Bound::Unbounded, Bound::Unbounded)),
                )
            }),
        )
        .await?;
    sheet
        .add(
            "the second of a frame",
            products().select(|p| {
                (
                    p.name,
                    p.name
                        .nth_value(2)
                        .over(window().order_by(p.price.asc()).rows(Bound::Unbounded, Bound::Unbounded)),
                )
            }),
        )
        .await?;
    sheet
        .add(
            "a sum that grows",
            lines().select(|l| {
                (
                    l.id,
                    l.quantity
                        .sum()
                        .over(window().order_by(l.id.asc()).rows(Bound::Unbounded, Bound::CurrentRow)),
                )
            }),
        )
        .await?;
    sheet
        .add(
            "a sum of three",
            lines().select(|l| {
                (
                    l.id,
                    l.quantity
                        .sum()
                        .over(window().order_by(l.id.asc()).rows(Bound::Preceding(1), Bound::Following(1))),
                )
            }),
        )
        .await?;
    sheet
        .add(
            "a range of values",
            products().select(|p| {
                (
                    p.name,
                    count_rows().over(
                        window().order_by(p.price.asc()).range(Bound::Preceding(1_000), Bound::CurrentRow),
                    ),
                )
            }),
        )
        .await?;
    sheet
        .add(
            "a share of the whole",
            lines()
                .select(|l| (l.id, l.quantity.cast::<f64>() / l.quantity.sum().over(window()).cast::<f64>())),
        )
        .await?;
    sheet
        .add(
            "the mean of a part",
            products().select(|p| (p.name, p.price.avg().over(window().partition_by(p.category_id)))),
        )
        .await?;
    sheet
        .add(
            "some rows of a window",
            lines().select(|l| (l.id, count_rows().filter(l.quantity.gt(1)).over(window()))),
        )
        .await?;
    sheet
        .add(
            "a window over groups",
            lines()
                .group_by(|l| l.order_id)
                .select(|l| (l.order_id, rank().over(window().order_by(l.quantity.sum().desc())))),
        )
        .await?;
    sheet
        .add(
            "parted by two",
            lines().select(|l| {
                (
                    l.id,
                    row_number().over(window().partition_by((l.order_id, l.quantity)).order_by(l.id.asc())),
                )
            }),
        )
        .await?;
    sheet
        .add(
            "parted along a path",
            lines().select(|l| (l.id, l.price.sum().over(window().partition_by(l.order().customer().name)))),
        )
        .await?;
    let ranked = query::<Product>()
        .select(|p| {
            (
                p.name,
                p.category_id,
                row_number().over(window().partition_by(p.category_id).order_by(p.price.desc())),
            )
        })
        .subquery();
    sheet
        .add("the best of each part", engine.query_from(&ranked).filter(|r| r.2.eq(1)).select(|r| (r.0, r.1)))
        .await?;
    sheet
        .add(
            "sorted by a window",
            products()
                .order_by(|p| (row_number().over(window().order_by(p.price.desc())).asc(), p.id.asc()))
                .select(|p| p.name),
        )
        .await?;
    let twice = query_from(&ranked).group_by(|r| r.2).select(|r| (r.2, count_rows()));
    sheet
        .add(
            "groups of a window",
            engine.query_from(&twice.subquery()).order_by(|t| t.0.asc()).select(|t| (t.0, t.1)),
        )
        .await?;
    sheet.compare("windows", 25);
});
