//! Conditions.

use super::Sheet;
use super::shop::*;

case!(filters, |db| {
    let mut sheet = Sheet::new(&db).await?;
    let engine = db.engine();
    let products = || engine.query::<Product>();
    let customers = || engine.query::<Customer>();
    sheet.add("equal", products().filter(|p| p.price.eq(700)).select(|p| p.name)).await?;
    sheet.add("not equal", products().filter(|p| p.price.ne(700)).select(|p| p.name)).await?;
    sheet.add("less", products().filter(|p| p.price.lt(1_800)).select(|p| p.name)).await?;
    sheet.add("less or equal", products().filter(|p| p.price.le(1_800)).select(|p| p.name)).await?;
    sheet.add("greater", products().filter(|p| p.price.gt(2_500)).select(|p| p.name)).await?;
    sheet.add("greater or equal", products().filter(|p| p.price.ge(2_500)).select(|p| p.name)).await?;
    sheet.add("equal to NULL", customers().filter(|c| c.city.eq(None::<String>)).select(|c| c.name)).await?;
    sheet
        .add("not equal to NULL", customers().filter(|c| c.city.ne(None::<String>)).select(|c| c.name))
        .await?;
    sheet
        .add(
            "distinct from a value",
            customers().filter(|c| c.city.is_distinct_from("Bern")).select(|c| c.name),
        )
        .await?;
    sheet
        .add(
            "not distinct from NULL",
            customers().filter(|c| c.city.is_not_distinct_from(None::<String>)).select(|c| c.name),
        )
        .await?;
    sheet.add("one of a list", products().filter(|p| p.name.in_(["oak", "pan"])).select(|p| p.id)).await?;
    sheet
        .add("none of a list", products().filter(|p| p.name.not_in(["oak", "pan"])).select(|p| p.id))
        .await?;
    sheet
        .add("one of an empty list", products().filter(|p| p.name.in_(Vec::<String>::new())).select(|p| p.id))
        .await?;
    sheet
        .add(
            "a list with NULL",
            customers().filter(|c| c.city.in_([Some("Wien".to_owned()), None])).select(|c| c.name),
        )
        .await?;
    sheet.add("between", products().filter(|p| p.price.between(1_000, 2_500)).select(|p| p.name)).await?;
    sheet
        .add("not between", products().filter(|p| p.price.not_between(1_000, 2_500)).select(|p| p.name))
        .await?;
    sheet.add("like", products().filter(|p| p.name.like("_a%")).select(|p| p.name)).await?;
    sheet.add("not like", products().filter(|p| p.name.not_like("%a%")).select(|p| p.name)).await?;
    sheet.add("contains", products().filter(|p| p.name.contains("t c")).select(|p| p.name)).await?;
    sheet.add("starts with", products().filter(|p| p.name.starts_with("r")).select(|p| p.name)).await?;
    sheet.add("ends with", products().filter(|p| p.name.ends_with("e")).select(|p| p.name)).await?;
    sheet
        .add(
            "and binds closer than or",
            products().filter(|p| p.stock.eq(0) | p.price.gt(2_000) & p.price.lt(4_000)).select(|p| p.name),
        )
        .await?;
    sheet
        .add(
            "or in parentheses",
            products().filter(|p| (p.stock.eq(0) | p.price.gt(2_000)) & p.price.lt(4_000)).select(|p| p.name),
        )
        .await?;
    sheet.add("not", customers().filter(|c| !(c.active & c.city.eq("Bern"))).select(|c| c.name)).await?;
    sheet.add("a flag", customers().filter(|c| c.active).select(|c| c.name)).await?;
    sheet
        .add(
            "arithmetic",
            products().filter(|p| (p.price * 2 - 100).gt(p.stock.cast::<i64>() + 5_000)).select(|p| p.name),
        )
        .await?;
    sheet
        .add(
            "integers are divided towards zero",
            products().select(|p| (p.name, p.price / 1_000, p.price % 1_000, -p.price / 1_000)),
        )
        .await?;
    sheet
        .add("fractions are divided with their fraction", products().select(|p| (p.name, p.weight / 2.0)))
        .await?;
    sheet
        .add(
            "several filters",
            products()
                .filter(|p| p.stock.gt(0))
                .filter(|p| p.weight.is_not_null())
                .filter(|p| p.price.lt(3_000))
                .select(|p| p.name),
        )
        .await?;
    sheet
        .add(
            "sorted with NULLs last",
            customers().order_by(|c| (c.city.asc().nulls_last(), c.id.asc())).select(|c| c.name),
        )
        .await?;
    sheet
        .add(
            "sorted downwards with NULLs first",
            customers().order_by(|c| (c.city.desc().nulls_first(), c.id.asc())).select(|c| c.name),
        )
        .await?;
    sheet.add("cut", products().order_by(|p| p.price.desc()).limit(2).offset(1).select(|p| p.name)).await?;
    sheet
        .add("without equal rows", customers().distinct().order_by(|c| c.city.asc()).select(|c| c.city))
        .await?;
    sheet
        .add(
            "with a comment",
            products().comment("who asks: */ DROP TABLE products").filter(|p| p.id.eq(1)).select(|p| p.name),
        )
        .await?;
    sheet.compare("filters", 34);
});
