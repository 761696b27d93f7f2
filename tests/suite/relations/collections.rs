//! Both sides of a relation: whichever side says it, one thing is said; orphans, moves, raw keys. Rules 7, 8, 11, 12, 13.

use super::*;
use orm::{ErrorKind, ObjectState};

/// Ann with two orders, Bob with none.
async fn two_customers(
    db: &crate::harness::Database,
) -> orm::Result<(UnitOfWork, [Handle<Customer>; 2], Vec<Handle<Order>>)> {
    let mut session = db.engine().session();
    let ann = session.add(Customer { orders: [order(1), order(2)].into(), ..customer("Ann") });
    let bob = session.add(customer("Bob"));
    session.commit().await?;
    let orders = session[ann].orders.handles()?;
    Ok((session, [ann, bob], orders))
}

case!(rule_7_a_push_and_an_assignment_move_a_child_alike, |db| {
    db.create::<Shop>().await?;
    let (mut session, [ann, bob], orders) = two_customers(&db).await?;
    session[bob].orders.push(orders[0]);
    assert_eq!(session.plan()?.to_string().lines().count(), 1);
    session.commit().await?;
    assert_eq!(session[orders[0]].customer.handle()?, Some(bob));
    assert_eq!(session[ann].orders.handles()?, [orders[1]]);
    session[orders[1]].customer = bob.into();
    session.commit().await?;
    assert_eq!(session[bob].orders.handles()?, orders);
    assert!(session[ann].orders.is_empty()?);
    // Both sides edited alike: one row.
    session[orders[0]].customer = ann.into();
    session[ann].orders.push(orders[0]);
    session[bob].orders.remove(orders[0]);
    assert_eq!(session.plan()?.row_count(), 1);
    session.commit().await?;
    let id = session[ann].id;
    assert_eq!(db.engine().query::<Order>().filter(|o| o.customer_id.eq(id)).count().await?, 1);
});

case!(rule_7_a_push_on_a_collection_that_is_not_loaded_is_an_addition, |db| {
    db.create::<Shop>().await?;
    let _written = two_customers(&db).await?;
    let mut session = db.engine().session();
    let ann = session.query::<Customer>().filter(|c| c.name.eq("Ann")).one().await?;
    session[ann].orders.push(order(3));
    let error = session[ann].orders.iter(&session).map(|_| ()).expect_err("it is not loaded");
    assert!(matches!(error.kind(), ErrorKind::NotLoaded { .. }), "{error}");
    session.commit().await?;
    assert!(!session[ann].orders.is_loaded());
    session.load(ann, |c| c.orders()).await?;
    assert_eq!(session[ann].orders.len()?, 3);
});

case!(rule_7_set_on_a_collection_that_is_not_loaded_lets_go_of_what_was_there, |db| {
    db.create::<Shop>().await?;
    let _written = two_customers(&db).await?;
    let mut session = db.engine().session();
    let ann = session.query::<Customer>().filter(|c| c.name.eq("Ann")).one().await?;
    session[ann].orders.set([order(9)]);
    session.commit().await?;
    let numbers: Vec<i32> = db.engine().query::<Order>().all().await?.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [9]);
});

case!(rule_8_the_reference_wins_over_the_raw_key, |db| {
    db.create::<Shop>().await?;
    let (mut session, [ann, bob], orders) = two_customers(&db).await?;
    let cid = session.add(customer("Cid"));
    session.commit().await?;
    let cid_id = session[cid].id;
    session[orders[0]].customer_id = cid_id;
    session[orders[0]].customer = bob.into();
    session.commit().await?;
    assert_eq!(session[orders[0]].customer_id, session[bob].id);
    assert_eq!(session[ann].orders.handles()?, [orders[1]]);
});

case!(rule_8_a_raw_key_alone_is_honoured_and_both_sides_follow, |db| {
    db.create::<Shop>().await?;
    let (mut session, [ann, bob], orders) = two_customers(&db).await?;
    let bob_id = session[bob].id;
    session[orders[0]].customer_id = bob_id;
    session.commit().await?;
    assert_eq!(session[orders[0]].customer.handle()?, Some(bob));
    assert_eq!(session[ann].orders.handles()?, [orders[1]]);
    assert_eq!(session[bob].orders.handles()?, [orders[0]]);
});

case!(rule_11_an_orphan_is_deleted_and_a_moved_one_lives, |db| {
    db.create::<Shop>().await?;
    let (mut session, [ann, bob], orders) = two_customers(&db).await?;
    session[ann].orders.clear();
    session[bob].orders.push(orders[1]);
    session.commit().await?;
    assert!(session.get_ref(orders[0]).is_none());
    assert_eq!(session[orders[1]].customer_id, session[bob].id);
    let left = db.engine().query::<Order>().all().await?;
    assert_eq!(left.iter().map(|row| row.number).collect::<Vec<_>>(), [2]);
});

case!(rule_11_a_pending_orphan_is_not_inserted, |db| {
    db.create::<Shop>().await?;
    let (mut session, [ann, _], _) = two_customers(&db).await?;
    let pending = session.add(Order { customer: ann.into(), ..order(7) });
    session[ann].orders.remove(pending);
    session[pending].customer = BelongsTo::default();
    session[ann].orders.push(order(8));
    session.delete(pending);
    session.commit().await?;
    assert_eq!(session.state(pending), Some(ObjectState::Transient));
    assert_eq!(db.engine().query::<Order>().filter(|o| o.number.eq(7)).count().await?, 0);
    assert_eq!(db.engine().query::<Order>().filter(|o| o.number.eq(8)).count().await?, 1);
});

case!(rule_11_a_child_that_was_never_attached_is_no_orphan, |db| {
    db.create::<Shop>().await?;
    let (mut session, [ann, _], _) = two_customers(&db).await?;
    let customer_id = session[ann].id;
    let free = session.add(Order { customer_id, ..order(5) });
    session.commit().await?;
    assert_eq!(session[free].customer.handle()?, Some(ann));
    assert_eq!(session[ann].orders.len()?, 3);
});

case!(rule_12_a_child_moved_away_from_a_deleted_parent_lives_at_the_next_commit_too, |db| {
    db.create::<Shop>().await?;
    let (mut session, [ann, bob], orders) = two_customers(&db).await?;
    session.delete(ann);
    session[orders[0]].customer = bob.into();
    session.commit().await?;
    session.commit().await?;
    let left = db.engine().query::<Order>().all().await?;
    assert_eq!(left.iter().map(|row| row.number).collect::<Vec<_>>(), [1]);
    assert_eq!(session[bob].orders.handles()?, [orders[0]]);
});

case!(an_order_moves_to_a_customer_that_is_new_in_the_same_flush, |db| {
    db.create::<Shop>().await?;
    let (mut session, [ann, _], orders) = two_customers(&db).await?;
    let new = session.add(customer("Cid"));
    session[orders[0]].customer = new.into();
    session.delete(ann);
    session.commit().await?;
    assert_eq!(session[orders[0]].customer_id, session[new].id);
    assert_eq!(db.engine().query::<Order>().count().await?, 1);
});

case!(a_rollback_restores_collections_references_and_keys, |db| {
    db.create::<Shop>().await?;
    let (mut session, [ann, bob], orders) = two_customers(&db).await?;
    session[bob].orders.push(orders[0]);
    session[ann].orders.push(order(3));
    session.flush().await?;
    assert_eq!(session[bob].orders.handles()?, [orders[0]]);
    session.rollback().await?;
    assert_eq!(session[ann].orders.handles()?, orders);
    assert!(session[bob].orders.is_empty()?);
    assert_eq!(session[orders[0]].customer.handle()?, Some(ann));
    assert_eq!(session[orders[0]].customer_id, session[ann].id);
    session.commit().await?;
    assert_eq!(db.engine().query::<Order>().count().await?, 2);
});

case!(a_has_one_is_replaced_by_delete_and_insert_under_its_unique_key, |db| {
    db.create::<Shop>().await?;
    let mut session = db.engine().session();
    let old = Address { street: "Old street".into(), ..Default::default() };
    let ann = session.add(Customer { address: old.into(), ..customer("Ann") });
    session.commit().await?;
    session[ann].address.set(Address { street: "New street".into(), ..Default::default() });
    session.commit().await?;
    assert_eq!(
        session[ann].address.get(&session)?.map(|address| address.street.as_str()),
        Some("New street")
    );
    let rows = db.engine().query::<Address>().all().await?;
    assert_eq!(rows.iter().map(|row| row.street.as_str()).collect::<Vec<_>>(), ["New street"]);
    session[ann].address.clear();
    session.commit().await?;
    assert!(!db.engine().query::<Address>().exists().await?);
});

case!(a_copy_of_an_object_with_handles_does_not_steal_its_children, |db| {
    db.create::<Shop>().await?;
    let (mut session, [ann, _], _) = two_customers(&db).await?;
    let mut copy = session[ann].clone();
    copy.id = 0;
    copy.name = "Copy".into();
    session.add(copy);
    let error = session.commit().await.expect_err("the copy holds the original's handles");
    assert!(error.to_string().contains("copy of an object"), "{error}");
});

case!(rule_11_a_new_child_that_is_deleted_before_the_flush_does_not_come_back_with_its_collection, |db| {
    db.create::<Shop>().await?;
    let (mut session, [ann, _], orders) = two_customers(&db).await?;
    let pending = session.add(Order { customer: ann.into(), ..order(7) });
    session[ann].orders.push(pending);
    session.delete(pending);
    session.commit().await?;
    assert_eq!(session.state(pending), Some(ObjectState::Transient));
    assert_eq!(session[ann].orders.handles()?, orders);
    assert_eq!(db.engine().query::<Order>().count().await?, 2);
});

case!(rule_12_a_move_is_not_forgotten_when_the_flush_reads_the_stale_child, |db| {
    db.create::<(Folder,)>().await?;
    let mut session = orm::SessionFactory::new(db.engine()).autoflush(false).session();
    let new_home = session.add(folder("new home"));
    let child = session.add(Folder { parent: folder("old home").into(), ..folder("child") });
    session.commit().await?;
    let old_home = session[child].parent.handle()?.expect("it has a parent");
    // Everything is stale now, so that the row of the child renews it.
    session[child].parent = new_home.into();
    session[new_home].name = "home".into();
    session.query::<Folder>().all().await?;
    session.delete(old_home);
    session.commit().await?;
    assert_eq!(session[child].parent.handle()?, Some(new_home));
    assert_eq!(db.engine().query::<Folder>().count().await?, 2);
});

case!(rule_7_a_cleared_reference_and_a_removal_make_the_same_orphan, |db| {
    db.create::<(Folder,)>().await?;
    let mut session = db.engine().session();
    let inner = Folder { children: [folder("deep")].into(), ..folder("inner") };
    let root =
        session.add(Folder { children: [folder("one"), folder("two"), inner].into(), ..folder("root") });
    session.commit().await?;
    let [one, two, inner] = session[root].children.handles()?[..] else { panic!("there are three") };
    session[root].children.remove(one);
    session[two].parent.clear();
    session[inner].parent.clear();
    assert_eq!(session.plan()?.row_count(), 4, "what hangs on them goes as well");
    session.commit().await?;
    assert!([one, two, inner].iter().all(|gone| session.get_ref(*gone).is_none()));
    assert!(session[root].children.is_empty()?);
    assert_eq!(db.engine().query::<Folder>().count().await?, 1);
    // A root that is one already is no orphan.
    session[root].parent.clear();
    session.commit().await?;
    assert_eq!(db.engine().query::<Folder>().count().await?, 1);
});

case!(rule_11_a_child_that_is_cleared_and_given_to_another_parent_lives, |db| {
    db.create::<(Folder,)>().await?;
    let mut session = db.engine().session();
    let root = session.add(Folder { children: [folder("one"), folder("two")].into(), ..folder("root") });
    session.commit().await?;
    let [one, two] = session[root].children.handles()?[..] else { panic!("there are two") };
    session[one].parent.clear();
    session[two].children.push(one);
    session.commit().await?;
    assert_eq!(session[one].parent_id, Some(session[two].id));
    assert_eq!(session[root].children.handles()?, [two]);
});

case!(rule_8_a_raw_key_that_is_null_makes_no_orphan, |db| {
    db.create::<(Folder,)>().await?;
    let mut session = db.engine().session();
    let root = session.add(Folder { children: [folder("one")].into(), ..folder("root") });
    session.commit().await?;
    let one = session[root].children.handles()?[0];
    session[one].parent_id = None;
    session.commit().await?;
    assert_eq!(session[one].parent_id, None);
    assert!(session[root].children.is_empty()?);
    assert_eq!(db.engine().query::<Folder>().count().await?, 2);
});
