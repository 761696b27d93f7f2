//! Objects from outside, and objects that leave. Rule 24.

use super::*;
use orm::{ErrorKind, ObjectState};

case!(rule_24_merge_copies_what_came_from_outside_and_cascades, |db| {
    db.create::<Shop>().await?;
    let mut session = db.engine().session();
    let ann = session.add(Customer { orders: [order(1), order(2)].into(), ..customer("Ann") });
    session.commit().await?;
    // As a request body would bring it: the first order changed, the second left out, a third one new.
    let mut outside = db.engine().query::<Customer>().with(|c| c.orders()).all().await?.remove(0);
    let kept = outside.orders.iter_owned()?.next().expect("two orders").clone();
    outside.name = "Anna".into();
    outside.orders = [Order { number: 10, ..kept }, order(3)].into();
    let mut session = db.engine().session();
    let merged = session.merge(outside).await?;
    session.commit().await?;
    assert_eq!(session[merged].name, "Anna");
    let rows = db.engine().query::<Order>().order_by(|o| o.number.asc()).all().await?;
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [3, 10]);
    assert_eq!(db.engine().query::<Customer>().count().await?, 1);
    let _ = ann;
});

case!(rule_24_merge_adds_what_has_no_row, |db| {
    db.create::<Shop>().await?;
    let mut session = db.engine().session();
    let new = session.merge(customer("Ann")).await?;
    let with_key = session.merge(Customer { id: 77, ..customer("Bob") }).await?;
    session.commit().await?;
    assert!(session[new].id > 0);
    assert_eq!(session[with_key].id, 77);
});

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "rel_documents")]
struct Document {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 20)]
    text: String,
    #[orm(version)]
    version: i64,
}

case!(rule_23_a_stale_merge_never_moves_a_counter_backwards, |db| {
    db.create::<(Document,)>().await?;
    let mut session = db.engine().session();
    let document = session.add(Document { text: "one".into(), ..Default::default() });
    session.commit().await?;
    let old = session[document].clone();
    session[document].text = "two".into();
    session.commit().await?;
    let mut session = db.engine().session();
    let error =
        session.merge(Document { text: "late".into(), ..old }).await.expect_err("it is an old version");
    assert!(matches!(error.kind(), ErrorKind::Stale { .. }), "{error}");
    let fresh = db.engine().query::<Document>().one().await?;
    assert_eq!((fresh.text.as_str(), fresh.version), ("two", 2));
    let merged = session.merge(Document { text: "three".into(), ..fresh }).await?;
    session.commit().await?;
    assert_eq!(session[merged].version, 3);
});

case!(rule_24_detach_takes_an_owned_graph_out_of_the_session, |db| {
    db.create::<Shop>().await?;
    let mut session = db.engine().session();
    let lines = [line(1, "a")];
    let ann = session
        .add(Customer { orders: [Order { lines: lines.into(), ..order(1) }].into(), ..customer("Ann") });
    session.commit().await?;
    let first = session[ann].orders.handles()?[0];
    let plain = session.detach(ann).expect("it is there");
    assert!(session.get_ref(ann).is_none() && session.get_ref(first).is_none());
    let order = plain.orders.iter_owned()?.next().expect("one order");
    assert_eq!(order.lines.len()?, 1);
    session.commit().await?;
    assert_eq!(db.engine().query::<Line>().count().await?, 1, "nothing was written");
});

case!(rule_24_make_transient_and_expunge_all, |db| {
    db.create::<Shop>().await?;
    let mut session = db.engine().session();
    let ann = session.add(customer("Ann"));
    session.commit().await?;
    session.make_transient(ann);
    assert_eq!(session.state(ann), Some(ObjectState::Transient));
    session[ann].id = 0;
    session[ann].name = "Copy".into();
    session.add(ann);
    session.commit().await?;
    assert_eq!(db.engine().query::<Customer>().count().await?, 2);
    session.expunge_all();
    assert!(session.get_ref(ann).is_none());
    let bob = session.add(customer("Bob"));
    session.commit().await?;
    assert!(session[bob].id > 0);
});
