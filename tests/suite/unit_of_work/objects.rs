//! Rule 24 as far as it needs no relations: expunge, refresh, is_modified, changes; and handles that lead nowhere.

use std::panic::{AssertUnwindSafe, catch_unwind};

use orm::prelude::*;
use orm::{ErrorKind, ObjectState, Value};

use super::*;

case!(rule_24_an_expunged_object_is_the_programs_own, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let handles = session.add_all(["Ann", "Bob"].map(person));
    session.commit().await?;
    session[handles[0]].age = Some(1);
    session.delete(handles[1]);
    let pending = session.add(person("Pen"));
    assert_eq!(session.expunge(handles[0]), Some(Person { id: 1, name: "Ann".into(), age: Some(1) }));
    assert_eq!(session.expunge(handles[1]).map(|person| person.name).as_deref(), Some("Bob"));
    assert_eq!(session.expunge(pending), Some(person("Pen")));
    assert_eq!(session.expunge(pending), None);
    let log = db.log();
    session.commit().await?;
    assert_eq!(log.take(), [""; 0]);
    assert_eq!(people(&db).await?, "1 | Ann | NULL\n2 | Bob | NULL");
    // Read again, the row has a handle of its own.
    let ann = Person::get(&mut session, 1).await?.unwrap();
    assert_ne!(ann, handles[0]);
    assert_eq!(session.get_ref(handles[0]), None);
});

case!(rule_24_refresh_reads_the_row_again_and_gives_up_edits, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let ann = session.add(person("Ann"));
    session.commit().await?;
    session[ann].name = "Bea".into();
    session[ann].id = 9;
    db.execute("UPDATE uow_people SET age = 7").await?;
    session.refresh(ann).await?;
    assert_eq!(session[ann], Person { id: 1, name: "Ann".into(), age: Some(7) });
    assert!(!session.is_modified(ann) && !session.is_stale(ann));
    session.commit().await?;
    assert_eq!(people(&db).await?, "1 | Ann | 7");

    db.execute("DELETE FROM uow_people").await?;
    let error = refused(session.refresh(ann).await);
    assert!(matches!(error.kind(), ErrorKind::Stale { object } if object == "Person#0 (id 1)"), "{error}");
    assert_eq!(session[ann].name, "Ann", "what is known stays");

    let pending = session.add(person("Pen"));
    let error = refused(session.refresh(pending).await);
    assert!(error.to_string().contains("Person#1") && error.to_string().contains("flush first"), "{error}");
});

case!(rule_24_modified_objects_say_what_changed, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let ann = session.add(person("Ann"));
    session[ann].age = Some(1);
    assert!(!session.is_modified(ann), "a new object has no row to differ from");
    assert_eq!(session.changes(ann), []);
    session.commit().await?;
    let _read = session[ann].name.len();
    assert!(!session.is_modified(ann));
    session[ann].name = "Bea".into();
    session[ann].age = None;
    assert!(session.is_modified(ann));
    let changes = session.changes(ann);
    assert_eq!(changes.len(), 2);
    assert_eq!((changes[1].column, &changes[1].old, &changes[1].new), ("age", &Value::Int(1), &Value::Null));
    assert_eq!(changes[0].to_string(), "name: 'Ann' -> 'Bea'");
    session.commit().await?;
    assert!(!session.is_modified(ann));
    session.delete(ann);
    assert_eq!(session.changes(ann), []);
});

case!(states_follow_an_object_through_its_life, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let ann = session.add(person("Ann"));
    let state = |session: &UnitOfWork| session.state(ann).unwrap();
    assert_eq!(state(&session), ObjectState::Pending);
    session.delete(ann);
    assert_eq!(state(&session), ObjectState::Transient);
    session.add(ann);
    session.flush().await?;
    assert_eq!(state(&session), ObjectState::Persistent);
    session.add(ann);
    assert_eq!(state(&session), ObjectState::Persistent, "adding it again is nothing");
    session.delete(ann);
    assert_eq!(state(&session), ObjectState::Doomed);
    session.flush().await?;
    assert_eq!(state(&session), ObjectState::Deleted);
    session.delete(ann);
    assert_eq!(state(&session), ObjectState::Deleted, "deleting it again is nothing");
    session.commit().await?;
    assert_eq!(session.state(ann), None);
});

/// What a panic says.
fn message(act: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(act)).expect_err("it did not panic");
    panic
        .downcast_ref::<String>()
        .cloned()
        .unwrap_or_else(|| panic.downcast_ref::<&str>().unwrap().to_string())
}

case!(a_handle_of_another_session_or_of_an_object_that_is_gone_names_its_model, |db| {
    db.create::<(Person, Country)>().await?;
    let mut session = db.session();
    let mut other = db.session();
    let foreign = other.add(person("Ann"));
    // The other session's first object has the same slot as this one's, of another model.
    session.add(country("fr"));
    let gone = session.add(person("Bob"));
    session.expunge(gone);
    let deleted = session.add(person("Cid"));
    session.commit().await?;
    session.delete(deleted);
    session.commit().await?;
    for handle in [foreign, gone, deleted] {
        let expected = "this `Person` handle does not belong to this session, or its object is gone; `get_ref` tests for that";
        assert_eq!(message(|| drop(session[handle].clone())), expected);
        assert_eq!(message(|| session[handle].age = None), expected);
        assert_eq!(message(|| session.delete(handle)), expected);
        assert_eq!(message(|| _ = session.add(handle)), expected);
        assert_eq!(message(|| drop(session.refresh(handle))), expected);
        assert_eq!(session.get_ref(handle), None);
        assert_eq!(session.get_mut(handle), None);
        assert_eq!(session.state(handle), None);
        assert_eq!(session.expunge(handle), None);
        assert_eq!(session.changes(handle), []);
        assert!(!session.is_modified(handle) && !session.is_stale(handle));
    }
    assert_eq!(other[foreign].name, "Ann");
});

case!(a_new_row_under_the_key_of_a_lost_one_takes_its_place, |db| {
    db.create::<(Country,)>().await?;
    let mut session = db.session();
    let old = session.add(country("fr"));
    let moving = session.add(country("it"));
    session.commit().await?;
    // Somebody else deletes the row; this session does not know, and moves another one there.
    db.execute("DELETE FROM uow_countries WHERE code = 'fr'").await?;
    session[moving].code = "fr".into();
    session.commit().await?;
    assert_eq!(session.get_ref(old), None, "its row is gone, and the key is another's");
    assert_eq!(Country::get(&mut session, "fr").await?, Some(moving));
});
