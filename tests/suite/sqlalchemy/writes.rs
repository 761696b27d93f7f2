//! INSERT, UPDATE and DELETE by the session's objects and by queries.

use orm::Synchronize;
use orm::query;

use super::*;

case!(writes, |db| {
    let mut sent = Sent::new(&db).await?;
    let engine = db.engine();
    let mut session = db.session();

    let krabs = session.add(User { name: "krabs".into(), ..Default::default() });
    session.commit().await?;
    sent.add("add and commit");
    assert_eq!(session[krabs].id, 5);

    session[krabs].fullname = Some("Eugene H. Krabs".into());
    session.commit().await?;
    sent.add("a changed attribute");

    session.delete(krabs);
    session.commit().await?;
    sent.add("delete");

    let items = engine
        .insert_many(["jar", "lid"].map(|name| Item { name: name.into(), price: 5, ..Default::default() }))
        .await?;
    sent.add("insert with returning");
    assert_eq!(items[1].id, 5);

    let copied: u64 = engine
        .insert_into::<Item>()
        .columns(|i| (i.name, i.price))
        .from_query(query::<User>().filter(|u| u.id.le(2)).select(|u| (u.name, u.id * 100)))
        .await?;
    sent.add("from_select");
    assert_eq!(copied, 2);

    let item = |name: &str, price| Item { name: name.into(), price, ..Default::default() };
    engine
        .insert_many([item("ball", 350), item("hat", 700)])
        .on_conflict(|i| i.name)
        .do_update(|old, new| old.price.set(new.price))
        .await?;
    sent.add("on_conflict_do_update");

    engine.insert_many([item("ball", 1)]).on_conflict(|i| i.name).do_nothing().await?;
    sent.add("on_conflict_do_nothing");

    let mut session = db.session();
    let ball = session.query::<Item>().filter(|i| i.name.eq("ball")).one().await?;
    sent.log.take();

    let changed: u64 = session
        .query::<Item>()
        .filter(|i| i.price.lt(500))
        .update(|i| i.price.set(i.price + 10))
        .synchronize(Synchronize::Evaluate)
        .await?;
    sent.add("update");
    assert_eq!((changed, session[ball].price), (6, 360));
    session.commit().await?;
    sent.log.take();

    engine
        .query::<User>()
        .filter(|u| u.fullname.is_null())
        .update(|u| {
            let first = query::<Address>().filter(|a| a.user_id.eq(u.id)).select(|a| a.email_address.min());
            u.fullname.set(first.scalar())
        })
        .await?;
    sent.add("update from a correlated subquery");

    let new: Vec<(i64, i64)> =
        engine.query::<Order>().update(|o| o.total.set(o.total * 2)).returning(|o| (o.id, o.total)).await?;
    sent.add("update with returning");
    assert_eq!(new.len(), 3);

    let gone: u64 = engine.query::<Address>().filter(|a| a.user().name.eq("patrick")).delete().await?;
    sent.add("delete by a query");
    assert_eq!(gone, 1);

    let gone =
        engine.query::<Address>().filter(|a| a.id.eq(1)).delete().returning(|a| a.email_address).await?;
    sent.add("delete with returning");
    assert_eq!(gone, ["spongebob@sqlalchemy.org"]);

    sent.compare("writes");
});
