//! What `session.plan()` shows of relations: also what it cannot know without asking the database.

use insta::assert_snapshot;

use super::plan;
use crate::relations::*;
use orm::prelude::*;

planned!(rule_10_a_plan_says_what_it_cannot_know_of_what_hangs_on_a_deleted_object, |db| {
    db.create::<Shop>().await?;
    let mut session = db.session();
    session.add(Customer { orders: [order(1)].into(), ..customer("Ann") });
    session.commit().await?;
    let mut session = db.session();
    let ann = session.query::<Customer>().one().await?;
    session.delete(ann);
    assert_snapshot!(plan(&mut session)?, @r"
    DELETE FROM rel_customers: 1 row: Customer#0 (id 1)
    and what is not loaded of `Customer.orders` of Customer#0 (id 1): deleted as well
    and what is not loaded of `Customer.address` of Customer#0 (id 1): deleted as well
    ");
    session.rollback().await?;
    // What is loaded is known, and what hangs on that is not.
    session.load(ann, |c| (c.orders(), c.address())).await?;
    session.delete(ann);
    assert_snapshot!(plan(&mut session)?, @r"
    DELETE FROM rel_orders: 1 row: Order#1 (id 1)
    DELETE FROM rel_customers: 1 row: Customer#0 (id 1)
    and what is not loaded of `Order.lines` of Order#1 (id 1): deleted as well
    ");
    session.rollback().await?;
    session
        .query::<Customer>()
        .with(|c| (c.address(), c.orders().lines().tags()))
        .populate_existing()
        .one()
        .await?;
    session.delete(ann);
    assert_snapshot!(plan(&mut session)?, @r"
    DELETE FROM rel_orders: 1 row: Order#1 (id 1)
    DELETE FROM rel_customers: 1 row: Customer#0 (id 1)
    ");
});

planned!(rule_10_a_plan_says_what_becomes_of_children_and_links_that_are_not_loaded, |db| {
    db.create::<(Customer, Address, Order, Line, Tag, Author, Book)>().await?;
    let mut session = db.session();
    session.add(tag("red"));
    session.add(author("Ann"));
    session.commit().await?;
    let mut session = db.session();
    let tag = session.query::<Tag>().one().await?;
    let ann = session.query::<Author>().one().await?;
    session.delete(tag);
    session.delete(ann);
    assert_snapshot!(plan(&mut session)?, @r"
    DELETE FROM rel_tags: 1 row: Tag#0 (id 1)
    DELETE FROM rel_authors: 1 row: Author#1 (id 1)
    and what is not loaded of `Tag.lines` of Tag#0 (id 1): their links deleted
    and what is not loaded of `Author.books` of Author#1 (id 1): their foreign key set to NULL, or an error where it takes none
    and what is not loaded of `Author.edited` of Author#1 (id 1): their foreign key set to NULL, or an error where it takes none
    ");
});

planned!(rule_11_a_plan_says_what_a_collection_held_that_is_set_anew_unread, |db| {
    db.create::<Shop>().await?;
    let mut session = db.session();
    session.add(Customer { orders: [order(1)].into(), ..customer("Ann") });
    session.commit().await?;
    let mut session = db.session();
    let ann = session.query::<Customer>().one().await?;
    session[ann].orders.clear();
    assert_snapshot!(plan(&mut session)?, @"and what `Customer.orders` of Customer#0 (id 1) held before, which is not loaded: taken out");
    session.commit().await?;
    assert_eq!(db.engine().query::<Order>().count().await?, 0);
});
