//! Clauses of the rules of `docs/guide/rules.md` that the topics do not test by themselves.

use orm::prelude::*;
use orm::{ObjectState, Value};

use crate::harness::Backend;
use crate::relations::*;
use crate::unit_of_work::{Person, numbered, person};

// Rule 2.

case!(rule_02_new_rows_stand_in_the_order_of_add_and_others_in_the_order_of_their_keys, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let people = session.add_all([numbered(30, "c"), numbered(10, "a"), numbered(20, "b")]);
    assert_eq!(
        session.plan()?.to_string(),
        "INSERT INTO uow_people (id, name, age): 3 rows: Person#0, Person#1, Person#2"
    );
    session.commit().await?;
    for person in &people {
        session[person].age = Some(1);
    }
    assert_eq!(
        session.plan()?.to_string(),
        "UPDATE uow_people (age): 3 rows: Person#1 (id 10), Person#2 (id 20), Person#0 (id 30)"
    );
    session.commit().await?;
    for person in people {
        session.delete(person);
    }
    assert_eq!(
        session.plan()?.to_string(),
        "DELETE FROM uow_people: 3 rows: Person#1 (id 10), Person#2 (id 20), Person#0 (id 30)"
    );
    session.commit().await?;
});

// Rule 7.

case!(rule_07_every_way_to_say_one_thing_gives_the_same_rows, |db| {
    db.create::<(Folder,)>().await?;
    for way in 0..5 {
        let mut session = db.session();
        let [one, other, child] = ["one", "other", "child"].map(|name| session.add(folder(name)));
        session[one].children.push(child);
        session.commit().await?;
        session.load(&vec![one, other], |f| f.children()).await?;
        match way {
            0 => session[child].parent = other.into(),
            1 => session[other].children.push(child),
            2 => {
                session[one].children.remove(child);
                session[other].children.set([child]);
            }
            3 => {
                session[one].children.clear();
                session[child].parent.set(other);
            }
            _ => {
                // Both sides alike.
                session[other].children.push(child);
                session[one].children.remove(child);
                session[child].parent = other.into();
            }
        }
        let log = db.log();
        session.commit().await?;
        assert_eq!(log.take_writes(), ["UPDATE rel_folders SET parent_id = ? WHERE id = ?"], "way {way}");
        assert!(session[one].children.handles()?.is_empty());
        assert_eq!(session[other].children.handles()?, [child]);
        assert_eq!(session[child].parent.handle()?, Some(other));
        assert_eq!(session[child].parent_id, Some(session[other].id));
        db.execute("DELETE FROM rel_folders WHERE parent_id IS NOT NULL").await?;
        db.execute("DELETE FROM rel_folders").await?;
    }
});

// Rule 9.

case!(rule_09_refresh_follows_the_relations_that_cascade_it, |db| {
    db.create::<Shop>().await?;
    let mut session = db.session();
    let ann = session.add(Customer { orders: [order(1), order(2)].into(), ..customer("Ann") });
    session.commit().await?;
    session.query::<Customer>().with(|c| c.orders()).all().await?;
    let orders = session[ann].orders.handles()?;
    session[orders[0]].number = 10;
    db.execute("UPDATE rel_orders SET number = 20 WHERE number = 2").await?;
    session.refresh(ann).await?;
    let numbers: Vec<i32> = session[ann].orders.iter(&session)?.map(|order| order.number).collect();
    assert_eq!(numbers, [1, 20], "the edit is given up, and the other's is read");
    assert!(!session[orders[0]].lines.is_loaded(), "what was not loaded stays so");
    // `BelongsTo` without a cascade: the customer stays as it is.
    session.load(orders[0], |o| o.customer()).await?;
    session[ann].name = "Anna".into();
    session.refresh(orders[0]).await?;
    assert_eq!(session[ann].name, "Anna");
});

case!(rule_09_expunge_takes_along_what_cascades_it, |db| {
    db.create::<Shop>().await?;
    let mut session = db.session();
    let ann = session.add(Customer { orders: [order(1)].into(), ..customer("Ann") });
    session.commit().await?;
    let of_ann = session[ann].orders.handles()?[0];
    let gone = session.expunge(ann).expect("she is there");
    assert_eq!(session.state(of_ann), None);
    assert_eq!(gone.orders.iter_owned()?.map(|order| order.number).collect::<Vec<_>>(), [1]);
    // Without the cascade the others stay.
    let line = session.query::<Order>().with(|o| o.customer()).one().await?;
    let customer = session[line].customer.handle()?.expect("it is loaded");
    session.expunge(line);
    assert_eq!(session.state(customer), Some(ObjectState::Persistent));
    session.commit().await?;
    assert_eq!(db.engine().query::<Order>().count().await?, 1, "nothing was written");
});

// Rule 11.

case!(rule_11_an_orphan_moves_on_every_backend, |db| {
    db.create::<Shop>().await?;
    let mut session = db.session();
    let ann = session.add(Customer { orders: [order(1)].into(), ..customer("Ann") });
    let bob = session.add(customer("Bob"));
    session.commit().await?;
    let moved = session[ann].orders.handles()?[0];
    session[ann].orders.remove(moved);
    session[bob].orders.push(moved);
    let log = db.log();
    session.commit().await?;
    assert_eq!(log.take_writes(), ["UPDATE rel_orders SET customer_id = ? WHERE id = ?"]);
});

// Rule 22.

case!(rule_22_opening_a_savepoint_flushes_and_commit_acts_on_the_outermost, |db| {
    db.create::<Shop>().await?;
    let mut session = db.session();
    let ann = session.add(customer("Ann"));
    session.begin_nested().await?;
    assert_eq!(session.state(ann), Some(ObjectState::Persistent), "written before the savepoint");
    for depth in 1..10 {
        assert_eq!(session.nesting(), depth);
        session.add(customer(&format!("depth {depth}")));
        session.begin_nested().await?;
    }
    session.rollback_nested().await?;
    session.commit().await?;
    assert_eq!((session.nesting(), session.in_transaction()), (0, false));
    assert_eq!(db.engine().query::<Customer>().count().await?, 10);
});

case!(rule_22_a_rolled_back_savepoint_makes_stale_only_what_changed_inside, |db| {
    db.create::<Shop>().await?;
    let mut session = db.session();
    let [outside, inside] = ["Ann", "Bob"].map(|name| session.add(customer(name)));
    session.flush().await?;
    session.begin_nested().await?;
    session[inside].name = "Bobby".into();
    let added = session.add(customer("Cid"));
    session.flush().await?;
    session.rollback_nested().await?;
    assert_eq!(session.state(added), Some(ObjectState::Transient));
    assert!(session.is_stale(inside) && !session.is_stale(outside));
    assert_eq!(session[inside].name, "Bob");
    session.commit().await?;
    assert_eq!(db.engine().query::<Customer>().count().await?, 2);
});

// Rule 28.

case!(rule_28_a_hundred_thousand_keys_are_loaded_in_chunks, |db| {
    db.create::<Shop>().await?;
    // A server takes its time for the same; a tenth says as much.
    let rows = if db.backend() == Backend::SqliteMemory { 100_000 } else { 10_000 };
    let digits: Vec<String> = (0..10).map(|digit| format!("SELECT {digit} AS n")).collect();
    let places = if rows == 100_000 { "abcde" } else { "abcd" };
    let number: Vec<String> = places
        .chars()
        .enumerate()
        .map(|(power, place)| format!("{place}.n * {}", 10_u32.pow(power as u32)))
        .collect();
    let tables: Vec<String> = places.chars().map(|place| format!("digits AS {place}")).collect();
    db.execute(&format!(
        "INSERT INTO rel_customers (id, name) WITH digits AS ({}) SELECT 1 + {number}, {number} FROM {}",
        digits.join(" UNION ALL "),
        tables.join(", "),
        number = number.join(" + "),
    ))
    .await?;
    db.execute("INSERT INTO rel_orders (id, number, customer_id) SELECT id, id, id FROM rel_customers")
        .await?;
    let mut session = db.session();
    let customers = session.query::<Customer>().all().await?;
    assert_eq!(customers.len(), rows);
    let before = db.engine().statement_count();
    session.load(customers[0], |c| c.orders()).await?;
    let statements = db.engine().statement_count() - before;
    assert!(statements <= rows as u64 / 500 + 1, "{statements} statements");
    for customer in customers.iter().step_by(997) {
        let orders = session[customer].orders.handles()?;
        assert_eq!(orders.len(), 1);
        assert_eq!(session[orders[0]].customer_id, session[customer].id);
    }
});

// Traps under the library.

case!(traps_foreign_keys_are_checked_on_every_connection, |db| {
    db.create::<Shop>().await?;
    for _ in 0..3 {
        let error = db.engine().insert(Order { customer_id: 77, ..order(1) }).await.unwrap_err();
        assert!(matches!(error.kind(), orm::ErrorKind::ForeignKey { .. }), "{error}");
    }
});

case!(traps_text_beyond_its_column_is_never_cut_off, |db| {
    db.create::<Shop>().await?;
    // Behind the back of the library's own check: the database has to refuse it.
    let long = "x".repeat(60);
    if db.is_server() {
        let refused = db.execute(&format!("INSERT INTO rel_customers (name) VALUES ('{long}')")).await;
        assert!(refused.is_err());
    }
    let error = db.engine().insert(customer(&long)).await.unwrap_err();
    assert!(matches!(error.kind(), orm::ErrorKind::InvalidValue { .. }), "{error}");
});

case!(traps_four_bytes_of_a_character_are_kept_and_case_tells_names_apart, |db| {
    db.create::<Shop>().await?;
    for name in ["ann", "Ann", "\u{1F600}"] {
        db.engine().insert(customer(name)).await?;
    }
    assert_eq!(db.value("SELECT COUNT(*) FROM rel_customers").await?, Value::Int(3));
    assert!(db.engine().query::<Customer>().filter(|c| c.name.eq("\u{1F600}")).exists().await?);
});

case!(rule_22_an_object_that_was_deleted_before_a_savepoint_is_deleted_after_it, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let people = session.add_all([numbered(1, "a"), numbered(2, "b")]);
    session.commit().await?;
    for person in &people {
        session.delete(*person);
    }
    session.begin_nested().await?;
    for person in &people {
        session.add(*person);
    }
    session.flush().await?;
    session.delete(people[0]);
    session.flush().await?;
    session.add(people[0]);
    session.rollback_nested().await?;
    for person in &people {
        assert_eq!(session.state(*person), Some(ObjectState::Deleted));
    }
    session.commit().await?;
    assert_eq!(session.state(people[0]), None);
});

case!(rule_22_an_object_without_a_row_that_a_savepoint_did_not_touch_is_left_alone, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let ann = session.add(person("Ann"));
    session.flush().await?;
    session.delete(ann);
    session.flush().await?;
    session.add(ann);
    session[ann].age = Some(3);
    session.delete(ann);
    let before = session[ann].clone();
    assert!(before.id > 0);
    session.begin_nested().await?;
    session.add(person("Bob"));
    session.flush().await?;
    session.rollback_nested().await?;
    assert_eq!(session[ann], before);
    assert_eq!(session.state(ann), Some(ObjectState::Transient));
    // All of the transaction takes back its insertion as well.
    session.rollback().await?;
    assert_eq!(session[ann], person("Ann"));
    assert_eq!(session.state(ann), Some(ObjectState::Transient));
});
