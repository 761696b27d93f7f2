//! Names of run time, SQL of one's own.

use orm::{Comparison, and_all, or_any};

use super::*;

case!(names_of_run_time, |db| {
    let mut sheet = sheet(&db).await?;
    let engine = db.engine();
    let (column, comparison, value, order) = ("price", "ge", "300", "-price,name");

    let test = Item::column(column)?.compare(comparison.parse::<Comparison>()?, value)?;
    let found = engine.query::<Item>().filter_by(&test).select(|i| i.name);
    sheet.add("getattr", found).await?;

    let sorted = engine.query::<Item>().order_by_text(order, &["name", "price"])?.select(|i| i.name);
    sheet.add("order by a name", sorted).await?;

    let (name, words) = (None::<&str>, ["all", "et"]);
    let found = engine
        .query::<Item>()
        .filter_if(name, |i, name| i.name.eq(name))
        .filter(|i| or_any(words.iter().map(|word| i.name.contains(*word))) & and_all([i.price.gt(0)]))
        .select(|i| i.name);
    sheet.add("optional conditions", found).await?;

    sheet.compare("runtime", 3);
});

case!(sql_of_ones_own, |db| {
    let mut sent = Sent::new(&db).await?;
    let mut session = db.session();

    let users = session.sql::<User>("SELECT * FROM user_account WHERE name = ?").bind("sandy").all().await?;
    sent.add("from_statement");
    assert_eq!(session[users[0]].id, 2);

    let rows =
        session.sql::<(i64, String)>("SELECT id, name FROM item WHERE price < ?").bind(500).all().await?;
    sent.add("text as a statement");
    assert_eq!(rows.len(), 2);

    sent.compare("own_sql");
});
