//! Select lists, conditions, order.

use orm::functions::{alias, case, function, tuple, value};

use super::*;

case!(selects, |db| {
    let mut sheet = sheet(&db).await?;
    let engine = db.engine();

    let users = engine.query::<User>().order_by(|u| u.id.asc());
    sheet.add("entities", users).await?;

    let names = engine.query::<User>().select(|u| (u.name, u.fullname));
    sheet.add("columns", names).await?;

    let labelled = engine.query::<User>().project::<Labelled>();
    sheet.add("labels", labelled).await?;
    let first = engine.query::<User>().project::<Labelled>().first().await?.unwrap();
    assert_eq!((first.username.as_str(), first.shouted.as_str()), ("spongebob", "SPONGEBOB SQUAREPANTS"));

    let user = alias::<User>();
    let pairs = engine.query::<Address>().join(&user, |a, u| a.user_id.eq(u.id)).select(|a| (a.id, *user));
    sheet.add("entities beside columns", pairs).await?;

    let sandy = engine.query::<User>().filter(|u| u.name.eq("sandy")).select(|u| u.id);
    sheet.add("where", sandy).await?;

    let sandy = engine
        .query::<User>()
        .filter(|u| u.name.eq("sandy") & u.fullname.eq("Sandy Cheeks"))
        .select(|u| u.id);
    sheet.add("filter_by", sandy).await?;

    let some = engine
        .query::<User>()
        .filter(|u| (u.name.eq("sandy") | u.name.eq("patrick")) & u.id.gt(1))
        .select(|u| u.name);
    sheet.add("and_ and or_", some).await?;

    let others = engine.query::<User>().filter(|u| !u.name.eq("sandy")).select(|u| u.name);
    sheet.add("not_", others).await?;

    let unnamed = engine.query::<User>().filter(|u| u.fullname.is_null()).select(|u| u.name);
    sheet.add("is_", unnamed).await?;

    let found = engine.query::<User>().filter(|u| u.name.like("s%y")).select(|u| u.name);
    sheet.add("like", found).await?;

    let found = engine.query::<Address>().filter(|a| a.email_address.contains("100%_")).select(|a| a.id);
    sheet.add("contains with autoescape", found).await?;

    let listed = engine.query::<User>().filter(|u| u.name.in_(["sandy", "patrick"])).select(|u| u.id);
    sheet.add("in_", listed).await?;

    let pairs = engine
        .query::<Address>()
        .filter(|a| {
            tuple((a.user_id, a.email_address)).in_([(2, "sandy@sqlalchemy.org"), (3, "pat999@aol.com")])
        })
        .select(|a| a.id);
    sheet.add("tuple_", pairs).await?;

    let between = engine.query::<Item>().filter(|i| i.price.between(100, 500)).select(|i| i.name);
    sheet.add("between", between).await?;

    let distinct = engine.query::<Address>().filter(|a| a.user_id.is_distinct_from(2)).select(|a| a.id);
    sheet.add("is_distinct_from", distinct).await?;

    let sorted =
        engine.query::<User>().order_by(|u| (u.fullname.desc().nulls_last(), u.id.asc())).select(|u| u.name);
    sheet.add("order_by", sorted).await?;

    let third = engine.query::<User>().order_by(|u| u.id.asc()).limit(1).offset(2).select(|u| u.name);
    sheet.add("limit and offset", third).await?;

    let owners = engine.query::<Address>().distinct().select(|a| a.user_id);
    sheet.add("distinct", owners).await?;

    let classes = engine.query::<Item>().select(|i| {
        let class = case().when(i.price.lt(100), "cheap").when(i.price.lt(500), "fair").otherwise("dear");
        (i.name, class)
    });
    sheet.add("case", classes).await?;

    let texts = engine.query::<Item>().select(|i| (i.price.cast::<String>(), i.price.cast::<f64>() / 100.0));
    sheet.add("cast", texts).await?;

    let shown = engine.query::<User>().select(|u| u.fullname.or(u.name));
    sheet.add("coalesce", shown).await?;

    let bare = engine.query::<User>().select(|u| u.fullname.null_if("Sandy Cheeks"));
    sheet.add("nullif", bare).await?;

    let greetings = engine.query::<User>().select(|u| value("Hello ".to_owned()).concat(u.name).concat("!"));
    sheet.add("literal and concatenation", greetings).await?;

    let functions = engine.query::<User>().select(|u| (u.name.upper(), u.name.length(), u.name.left(3)));
    sheet.add("func", functions).await?;

    let hexed = engine.query::<User>().select(|u| function::<String, _>("hex", (u.name,)));
    sheet.add("func by name", hexed).await?;

    let even = engine.query::<User>().filter(|u| sql!("{} % {} = 0", u.id, 2)).select(|u| u.name);
    sheet.add("text", even).await?;

    let prices = engine.query::<Item>().select(|i| (i.name, i.price * 119 / 100));
    sheet.add("arithmetic", prices).await?;

    sheet.compare("select", 27);
});
