//! Groups and aggregates.

use orm::count_rows;

use super::*;

case!(groups, |db| {
    let mut sheet = sheet(&db).await?;
    let engine = db.engine();

    let count = engine.query::<User>().select(|_| count_rows());
    sheet.add("func.count", count).await?;

    let owners = engine.query::<Address>().select(|a| a.user_id.count().distinct());
    sheet.add("count of distinct values", owners).await?;

    let totals =
        engine.query::<Order>().select(|o| (o.total.sum(), o.total.avg(), o.total.min(), o.total.max()));
    sheet.add("sum, avg, min, max", totals).await?;

    let counts =
        engine.query::<Address>().group_by(|a| a.user().name).select(|a| (a.user().name, count_rows()));
    sheet.add("group_by", counts).await?;

    let several = engine
        .query::<Address>()
        .group_by(|a| a.user().name)
        .having(|_| count_rows().gt(1))
        .select(|a| (a.user().name, count_rows()));
    sheet.add("having", several).await?;

    let ranking = engine
        .query::<Order>()
        .group_by(|o| o.user_id)
        .order_by(|o| (o.total.sum().desc(), o.user_id.asc()))
        .select(|o| (o.user_id, o.total.sum()));
    sheet.add("order by an aggregate", ranking).await?;

    let large = engine.query::<Order>().select(|o| (count_rows(), count_rows().filter(o.total.ge(1_000))));
    sheet.add("an aggregate with filter", large).await?;

    let lists = engine
        .query::<Address>()
        .group_by(|a| a.user_id)
        .select(|a| (a.user_id, a.email_address.concat_rows(", ").order_by(a.id.asc())));
    sheet.add("aggregate_strings", lists).await?;

    sheet.compare("groups", 8);
});
