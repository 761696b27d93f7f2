//! How rows come out of a session: one, some, streams, and their relations along with them.

use orm::ErrorKind;
use orm::alias;

use super::*;

case!(rows_of_a_session, |db| {
    let mut sent = Sent::new(&db).await?;
    let mut session = db.session();

    let users: Vec<Handle<User>> = session.query::<User>().order_by(|u| u.id.asc()).all().await?;
    sent.add("scalars");
    assert_eq!(session[users[1]].name, "sandy");

    let sandy = session.query::<User>().filter(|u| u.name.eq("sandy")).one().await?;
    sent.add("scalar_one");
    assert_eq!(sandy, users[1]);

    let nobody = session.query::<User>().filter(|u| u.name.eq("plankton")).one_or_none().await?;
    sent.add("scalar_one_or_none");
    assert_eq!(nobody, None);

    let first = session.query::<User>().order_by(|u| u.name.asc()).first().await?;
    sent.add("first");
    assert_eq!(first, Some(users[2]));

    let total: Option<i64> = session.query::<Order>().select(|o| o.total.sum()).scalar().await?;
    sent.add("scalar");
    assert_eq!(total, Some(2_140));

    let count = session.query::<User>().filter(|u| u.addresses().exists()).count().await?;
    sent.add("count of a query");
    assert_eq!(count, 3);

    let item = session.get::<Item>(1).await?;
    sent.add("get");
    let ball = item.unwrap();
    assert_eq!(session.get::<Item>(1).await?, Some(ball), "the identity map knows it");
    assert!(sent.log.take().is_empty());

    session.query::<Item>().filter(|i| i.id.eq(1)).populate_existing().all().await?;
    sent.add("populate_existing");

    session.refresh(ball).await?;
    sent.add("refresh");

    let taken = session.query::<User>().filter(|u| u.name.eq("sandy")).exists().await?;
    sent.add("exists of a query");
    assert!(taken);

    let names = session.query::<User>().all_by(|u| u.name).await?;
    sent.add("a dict of rows");
    assert_eq!(names["sandy"], sandy);

    sent.compare("rows");
});

case!(relations_along_with_rows, |db| {
    let mut sent = Sent::new(&db).await?;

    let mut session = db.session();

    let users = session.query::<User>().order_by(|u| u.id.asc()).with(|u| u.addresses()).all().await?;
    sent.add("selectinload");
    assert_eq!(session[users[1]].addresses.len()?, 2);

    let mut session = db.session();

    let users = session.query::<User>().with(|u| u.orders().items()).all().await?;
    sent.add("selectinload of two levels");
    assert_eq!(users.len(), 4);

    let mut session = db.session();

    let addresses =
        session.query::<Address>().order_by(|a| a.id.asc()).with(|a| a.user().joined()).all().await?;
    sent.add("joinedload");
    assert_eq!(session[addresses[0]].user.get(&session)?.name, "spongebob");

    let mut session = db.session();

    let users = session.query::<User>().with(|u| u.addresses().raise()).all().await?;
    sent.add("raiseload");
    let refused = session.load(users[0], |u| u.addresses()).await.unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::LoadRefused { .. }), "{refused}");

    let mut session = db.session();

    let address = alias::<Address>();
    let users = session
        .query::<User>()
        .join(&address, |u, a| a.user_id.eq(u.id))
        .filter(|_| address.email_address.ends_with(".org"))
        .with(|u| u.addresses().from_join(&address))
        .all()
        .await?;
    sent.add("contains_eager");
    assert_eq!(users.len(), 2);

    let engine = db.engine();

    let users = engine
        .query::<User>()
        .order_by(|u| u.id.asc())
        .with(|u| u.orders().filter(|o| o.total.gt(1_000)))
        .all()
        .await?;
    sent.add("a criterion in the option");
    assert_eq!(users[0].orders.iter_owned()?.count(), 1);

    let mut session = db.session();

    let users = session.query::<User>().order_by(|u| u.id.asc()).all().await?;
    session.load(&users, |u| u.addresses()).await?;
    sent.add("in place of a lazy load");
    assert_eq!(session[users[0]].addresses.len()?, 1);

    sent.compare("relations");
});

case!(rows_as_they_come, |db| {
    let mut sent = Sent::new(&db).await?;
    let engine = db.engine();

    let mut users = engine.query::<User>().order_by(|u| u.id.asc()).stream().await?;
    while let Some(user) = users.try_next().await? {
        println!("{}", user.name);
    }
    sent.add("yield_per");
    drop(users);

    let mut chunks = engine.query::<User>().order_by(|u| u.id.asc()).chunks(3).await?;
    while let Some(users) = chunks.try_next().await? {
        println!("{} users", users.len());
    }
    sent.add("partitions");
    drop(chunks);

    let page = engine.query::<User>().order_by(|u| u.name.asc()).page(None, 2).await?;
    let next = engine.query::<User>().order_by(|u| u.name.asc()).page(page.next.as_ref(), 2).await?;
    sent.add("pages by key");
    assert_eq!((page.rows[1].name.as_str(), next.rows[0].name.as_str()), ("sandy", "spongebob"));

    sent.compare("streams");
});

case!(rows_that_are_locked, |db| {
    let mut sent = Sent::new(&db).await?;
    let mut session = db.session();

    if db.backend().is_sqlite() {
        let refused = session.query::<User>().for_update().all().await.unwrap_err();
        assert!(matches!(refused.kind(), ErrorKind::Unsupported { .. }), "{refused}");
        return Ok(());
    }

    let locked = session.query::<User>().filter(|u| u.id.eq(1)).for_update().skip_locked().all().await?;
    sent.add("with_for_update");
    assert_eq!(locked.len(), 1);

    sent.compare("locks");
});
