//! Rule 21: what `rollback` restores.

use orm::ObjectState;
use orm::prelude::*;

use super::*;

case!(rule_21_new_objects_are_transient_again_and_keep_their_values, |db| {
    db.create::<(Person, Document)>().await?;
    let mut session = db.session();
    let ann = session.add(Person { age: Some(3), ..person("Ann") });
    let given = session.add(numbered(9, "Nine"));
    let document = session.add(document("draft"));
    let pending = session.add(person("Pen"));
    session.delete(pending);
    session.flush().await?;
    assert_eq!((session[ann].id, session[document].version), (10, 1), "keys that are given come first");
    let late = session.add(person("Late"));
    session.rollback().await?;
    assert_eq!(session[ann], Person { id: 0, name: "Ann".into(), age: Some(3) });
    assert_eq!(session[given].id, 9, "this key was given, not made");
    assert_eq!((session[document].id, session[document].version), (0, 0));
    for handle in [ann, given, late, pending] {
        assert_eq!(session.state(handle), Some(ObjectState::Transient));
    }
    // Nothing is written of them.
    session[ann].age = Some(4);
    assert_eq!(session.plan()?.to_string(), "nothing to write");
    session.commit().await?;
    assert_eq!(people(&db).await?, "");
    // Until they are added again.
    session.add_all([ann, late]);
    session.add(document);
    session.commit().await?;
    assert_eq!(table(&db, "SELECT name, age FROM uow_people ORDER BY name").await?, "Ann | 4\nLate | NULL");
    assert_eq!(session[document].version, 1);
    assert_eq!(session.state(ann), Some(ObjectState::Persistent));
});

case!(rule_21_deleted_objects_are_back, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let handles = session.add_all(["Ann", "Bob", "Cid"].map(person));
    session.commit().await?;
    session[handles[0]].age = Some(1);
    session.delete(handles[0]);
    session.delete(handles[1]);
    session.flush().await?;
    session[handles[0]].age = Some(2);
    session[handles[1]].id = 99;
    session.delete(handles[2]);
    session.rollback().await?;
    for (handle, id) in handles.iter().zip(1..) {
        assert_eq!(session.state(*handle), Some(ObjectState::Persistent));
        assert_eq!((session[handle].id, session[handle].age), (id, None));
        assert!(session.is_stale(*handle) && !session.is_modified(*handle));
        assert_eq!(Person::get(&mut session, id).await?, Some(*handle));
    }
    session[handles[1]].age = Some(3);
    session.commit().await?;
    assert_eq!(people(&db).await?, "1 | Ann | NULL\n2 | Bob | 3\n3 | Cid | NULL");
});

case!(rule_21_edits_are_undone_flush_by_flush, |db| {
    db.create::<(Document,)>().await?;
    let mut session = db.session();
    let handle = session.add(document("one"));
    session.commit().await?;
    for title in ["two", "three"] {
        session[handle].title = title.into();
        session.flush().await?;
    }
    session[handle].title = "four".into();
    assert_eq!(session[handle].version, 3);
    session.rollback().await?;
    assert_eq!(session[handle], Document { id: 1, title: "one".into(), version: 1 });
    session[handle].title = "five".into();
    session.commit().await?;
    assert_eq!(table(&db, "SELECT title, version FROM uow_documents").await?, "five | 2");
});

case!(rule_21_inserted_and_then_deleted_ends_transient, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let ann = session.add(person("Ann"));
    session.flush().await?;
    session[ann].age = Some(1);
    session.flush().await?;
    session.delete(ann);
    session.flush().await?;
    assert_eq!(session.state(ann), Some(ObjectState::Deleted));
    session.rollback().await?;
    assert_eq!(session.state(ann), Some(ObjectState::Transient));
    assert_eq!(session[ann].id, 0);
    session.add(ann);
    session.commit().await?;
    assert_eq!(table(&db, "SELECT name FROM uow_people").await?, "Ann");
    // The same without the rollback: gone.
    let bob = session.add(person("Bob"));
    session.flush().await?;
    session.delete(bob);
    session.commit().await?;
    assert_eq!(session.get_ref(bob), None);
});

case!(rule_21_everything_is_stale_after_a_rollback, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let ann = session.add(person("Ann"));
    session.commit().await?;
    session.query::<Person>().all().await?;
    assert!(!session.is_stale(ann));
    session.rollback().await?;
    assert!(session.is_stale(ann));
    session.begin().await?;
    session.query::<Person>().all().await?;
    session.rollback().await?;
    assert!(session.is_stale(ann) && !session.in_transaction());
});

case!(a_rollback_without_a_transaction_gives_up_what_is_pending, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let ann = session.add(person("Ann"));
    session.commit().await?;
    session[ann].age = Some(1);
    let bob = session.add(person("Bob"));
    let log = db.log();
    session.rollback().await?;
    assert_eq!(log.take(), [""; 0]);
    assert_eq!((session[ann].age, session.state(bob)), (None, Some(ObjectState::Transient)));
    session.commit().await?;
    assert_eq!(people(&db).await?, "1 | Ann | NULL");
});

case!(a_committed_transaction_is_not_rolled_back, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let ann = session.add(person("Ann"));
    session.commit().await?;
    session[ann].age = Some(1);
    session.commit().await?;
    session.rollback().await?;
    assert_eq!(session[ann].age, Some(1));
    assert_eq!(session.state(ann), Some(ObjectState::Persistent));
    assert_eq!(Person::get(&mut session, 1).await?, Some(ann));
});

case!(objects_that_were_let_go_in_the_transaction_stay_gone, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let handles = session.add_all(["Ann", "Bob", "Cid"].map(person));
    session.commit().await?;
    session[handles[0]].age = Some(1);
    session.delete(handles[1]);
    let new = session.add(person("New"));
    session.flush().await?;
    for handle in [handles[0], handles[1], new] {
        session.expunge(handle);
    }
    session.rollback().await?;
    for handle in [handles[0], handles[1], new] {
        assert_eq!(session.get_ref(handle), None);
    }
    let ann = Person::get(&mut session, 1).await?.unwrap();
    assert_eq!(session[ann].age, None);
    assert_eq!(session.query::<Person>().count().await?, 3);
});
