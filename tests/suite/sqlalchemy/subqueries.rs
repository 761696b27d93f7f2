//! Subqueries, common table expressions, sets.

use orm::{alias, count_rows, query, query_from, values};

use super::*;

case!(subqueries, |db| {
    let mut sheet = sheet(&db).await?;
    let engine = db.engine();

    let mean = query::<Item>().select(|i| i.price.avg()).scalar();
    let dear = engine.query::<Item>().filter(|i| i.price.cast::<f64>().gt(mean)).select(|i| i.name);
    sheet.add("scalar_subquery", dear).await?;

    let counts = engine.query::<User>().select(|u| (u.name, u.addresses().count()));
    sheet.add("a correlated scalar subquery", counts).await?;

    let spent = engine.query::<User>().select(|u| {
        let orders = query::<Order>().filter(|o| o.user_id.eq(u.id));
        (u.name, orders.select(|o| o.total.sum()).scalar().or(0))
    });
    sheet.add("correlate", spent).await?;

    let buyers = query::<Order>().filter(|o| o.total.gt(500)).select(|o| o.user_id);
    let rich = engine.query::<User>().filter(|u| u.id.in_query(buyers)).select(|u| u.name);
    sheet.add("in_ of a select", rich).await?;

    let with_orders = engine
        .query::<User>()
        .filter(|u| query::<Order>().filter(|o| o.user_id.eq(u.id)).exists())
        .select(|u| u.name);
    sheet.add("exists", with_orders).await?;

    let without = engine
        .query::<User>()
        .filter(|u| query::<Order>().filter(|o| o.user_id.eq(u.id)).not_exists())
        .select(|u| u.name);
    sheet.add("not exists", without).await?;

    let counted = query::<Address>().group_by(|a| a.user_id).select(|a| (a.user_id, count_rows())).subquery();
    let named = engine.query::<User>().join(&counted, |u, c| u.id.eq(c.0)).select(|u| (u.name, counted.1));
    sheet.add("subquery", named).await?;

    let recent = query::<Address>().filter(|a| a.email_address.not_like("%@aol.com")).subquery();
    let owners = engine
        .query::<User>()
        .join(&recent, |u, a| a.user_id.eq(u.id))
        .select(|u| (u.name, recent.email_address));
    sheet.add("aliased of a subquery", owners).await?;

    let totals =
        query::<Order>().group_by(|o| o.user_id).select(|o| (o.user_id, o.total.sum())).cte("totals");
    let spenders = engine.query::<User>().join(&totals, |u, t| u.id.eq(t.0)).select(|u| (u.name, totals.1));
    sheet.add("cte", spenders).await?;

    let chain = query::<Employee>()
        .filter(|e| e.manager_id.is_null())
        .select(|e| (e.id, e.name, e.id * 0))
        .recursive_cte_all("chain", |above| {
            query::<Employee>()
                .join(above, |e, a| e.manager_id.eq(a.0))
                .select(|e| (e.id, e.name, above.2 + 1))
        });
    let levels = engine.query_from(&chain).order_by(|c| (c.2.asc(), c.0.asc())).select(|c| (c.1, c.2));
    sheet.add("recursive cte", levels).await?;

    let cheap = engine.query::<Item>().filter(|i| i.price.lt(500)).select(|i| i.name);
    let either = cheap.union(query::<Item>().filter(|i| i.name.starts_with("n")).select(|i| i.name));
    sheet.add("union", either).await?;

    let both = engine
        .query::<User>()
        .select(|u| u.name)
        .union_all(query::<Employee>().select(|e| e.name))
        .order_by(|name| name.asc())
        .limit(3);
    sheet.add("union_all, sorted and cut", both).await?;

    let owners = query::<Address>().select(|a| a.user_id);
    let both = engine.query::<Order>().select(|o| o.user_id).intersect(owners);
    sheet.add("intersect", both).await?;

    let buyers = query::<Order>().select(|o| o.user_id);
    let rest = engine.query::<User>().select(|u| u.id).except(buyers);
    sheet.add("except_", rest).await?;

    let stars = query::<User>()
        .filter(|u| u.name.eq("patrick"))
        .union(query::<User>().filter(|u| u.fullname.is_null()))
        .subquery();
    let entities =
        engine.query_from(&stars).order_by(|u| u.id.asc()).select(|u| (u.name, u.addresses().count()));
    sheet.add("entities of a union", entities).await?;

    let prices = values([(1_i64, 350_i64), (3, 25)]);
    let changed =
        engine.query::<Item>().join(&prices, |i, p| i.id.eq(p.0)).select(|i| (i.name, i.price, prices.1));
    sheet.add("values", changed).await?;

    let best = alias::<Order>();
    let largest = engine
        .query::<Order>()
        .filter(|o| {
            let same_user = query_from(&best).filter(|b| b.user_id.eq(o.user_id));
            o.total.eq(same_user.select(|b| b.total.max()).scalar())
        })
        .select(|o| (o.user_id, o.total));
    sheet.add("the greatest of each group", largest).await?;

    sheet.compare("subqueries", 17);
});
