//! Rules 16 and 17: one row, one slot, one handle; stale objects are renewed, edits are never overwritten; and what `add`
//! and `get` make of keys that are taken or gone.

use orm::prelude::*;
use orm::{ErrorKind, ObjectState, SessionFactory};
use rust_decimal::Decimal;

use super::*;

case!(rule_16_a_query_and_get_give_the_handle_that_is_known, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let ann = session.add(person("Ann"));
    session.commit().await?;
    assert_eq!(session.query::<Person>().all().await?, [ann]);
    assert_eq!(session.query::<Person>().filter(|p| p.name.eq("Ann")).one().await?, ann);
    assert_eq!(Person::get(&mut session, 1).await?, Some(ann));
    assert_eq!(session.get::<Person>(1).await?, Some(ann));
    let log = db.log();
    assert_eq!(Person::get(&mut session, 1).await?, Some(ann));
    assert_eq!(log.take(), [""; 0], "it is there and not stale");
    assert_eq!(Person::get(&mut session, 2).await?, None);
    assert_eq!(log.take().len(), 1);
});

case!(rule_16_a_commit_makes_stale_and_the_next_query_renews, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let handles = session.add_all(["Ann", "Bob"].map(person));
    assert!(!session.is_stale(handles[0]), "it has no row yet");
    session.flush().await?;
    assert!(!session.is_stale(handles[0]));
    session.commit().await?;
    assert!(session.is_stale(handles[0]) && session.is_stale(handles[1]));
    assert_eq!(session[handles[0]].name, "Ann", "the values survive");
    db.execute("UPDATE uow_people SET age = 7").await?;
    assert_eq!(session[handles[0]].age, None);
    session.query::<Person>().filter(|p| p.name.eq("Ann")).all().await?;
    assert_eq!((session[handles[0]].age, session[handles[1]].age), (Some(7), None));
    assert!(!session.is_stale(handles[0]) && session.is_stale(handles[1]));
    Person::get(&mut session, 2).await?;
    assert_eq!(session[handles[1]].age, Some(7));
    // Not stale: as it was read.
    db.execute("UPDATE uow_people SET age = 8").await?;
    session.query::<Person>().all().await?;
    assert_eq!(session[handles[0]].age, Some(7));
});

case!(a_factory_can_leave_objects_fresh_at_commit, |db| {
    db.create::<(Person,)>().await?;
    let mut session = SessionFactory::new(db.engine()).expire_on_commit(false).session();
    let ann = session.add(person("Ann"));
    session.commit().await?;
    assert!(!session.is_stale(ann));
    let log = db.log();
    assert_eq!(Person::get(&mut session, 1).await?, Some(ann));
    assert_eq!(log.take(), [""; 0]);
});

case!(rule_16_a_query_never_overwrites_edits, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let ann = session.add(Person { age: Some(1), ..person("Ann") });
    session.commit().await?;
    session[ann].name = "Bea".into();
    db.execute("UPDATE uow_people SET age = 7").await?;
    session.query::<Person>().autoflush(false).all().await?;
    assert_eq!(session[ann], Person { id: 1, name: "Bea".into(), age: Some(1) });
    assert!(session.is_modified(ann) && session.is_stale(ann));
    // What was not edited is not written.
    session.commit().await?;
    assert_eq!(people(&db).await?, "1 | Bea | 7");
    session.query::<Person>().all().await?;
    assert_eq!(session[ann].age, Some(7));
});

case!(rule_16_a_touched_object_without_changes_is_renewed_and_tracks_from_there, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let ann = session.add(Person { age: Some(1), ..person("Ann") });
    session.commit().await?;
    session[ann].age = Some(1);
    db.execute("UPDATE uow_people SET age = 7").await?;
    session.query::<Person>().autoflush(false).all().await?;
    assert_eq!(session[ann].age, Some(7));
    assert!(!session.is_modified(ann));
    session[ann].age = Some(1);
    session.commit().await?;
    assert_eq!(people(&db).await?, "1 | Ann | 1");
});

case!(rule_16_populate_existing_overwrites_edits, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let handles = session.add_all(["Ann", "Bob"].map(person));
    session.commit().await?;
    session.query::<Person>().all().await?;
    db.execute("UPDATE uow_people SET age = 7").await?;
    session[handles[0]].name = "Bea".into();
    session[handles[0]].id = 5;
    let found =
        session.query::<Person>().populate_existing().autoflush(false).order_by(|p| p.id.asc()).all().await?;
    assert_eq!(found, handles);
    assert_eq!(session[handles[0]], Person { id: 1, name: "Ann".into(), age: Some(7) });
    assert_eq!(session[handles[1]].age, Some(7));
    assert!(!session.is_modified(handles[0]));
    // With autoflush, the edits are in the table first.
    session[handles[0]].name = "Bea".into();
    session.query::<Person>().populate_existing().all().await?;
    assert_eq!(session[handles[0]].name, "Bea");
    // New and deleted objects are left alone.
    let new = session.add(person("Cid"));
    session.delete(handles[1]);
    session.query::<Person>().populate_existing().autoflush(false).all().await?;
    assert_eq!(session.state(new), Some(ObjectState::Pending));
    assert_eq!(session.state(handles[1]), Some(ObjectState::Doomed));
});

/// Keys whose form differs from database to database.
#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_rates")]
struct Rate {
    #[orm(primary_key, precision = 10, scale = 3)]
    amount: Decimal,
    #[orm(primary_key)]
    valid: bool,
    #[orm(length = 20)]
    name: String,
}

case!(rule_16_keys_of_several_forms_are_one_key, |db| {
    db.create::<(Rate,)>().await?;
    let mut session = db.session();
    let rate = session.add(Rate { amount: "1.5".parse()?, valid: true, name: "a".into() });
    session.commit().await?;
    assert_eq!(session.query::<Rate>().all().await?, [rate]);
    let amount: Decimal = "1.500".parse()?;
    assert_eq!(Rate::get(&mut session, (amount, true)).await?, Some(rate));
    session.commit().await?;
    db.execute("UPDATE uow_rates SET name = 'b'").await?;
    assert_eq!(session.query::<Rate>().all().await?, [rate]);
    assert_eq!(session[rate].name, "b");
    session[rate].name = "c".into();
    session.query::<Rate>().autoflush(false).populate_existing().all().await?;
    assert_eq!(session[rate].name, "b");
    session[rate].name = "d".into();
    session.commit().await?;
    session.delete(rate);
    session.commit().await?;
    assert_eq!(table(&db, "SELECT COUNT(*) FROM uow_rates").await?, "0");
});

case!(rule_17_a_second_object_with_a_key_of_the_session_is_an_identity_error, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    session.add(person("Ann"));
    session.commit().await?;
    let other = session.add(numbered(1, "Bob"));
    let log = db.log();
    let error = refused(session.commit().await);
    assert!(
        matches!(error.kind(), ErrorKind::Identity { model, object } if model == "Person" && object == "Person#0 (id 1)"),
        "{error}"
    );
    assert_eq!(log.take(), [""; 0]);
    // Nothing is lost: another key, and it goes.
    session[other].id = 2;
    session.commit().await?;
    assert_eq!(people(&db).await?, "1 | Ann | NULL\n2 | Bob | NULL");
});

case!(rule_17_a_second_object_with_a_key_of_the_table_is_a_unique_error, |db| {
    db.create::<(Person, Document)>().await?;
    db.execute("INSERT INTO uow_people (id, name) VALUES (1, 'Ann')").await?;
    let mut session = db.session();
    let bob = session.add(numbered(1, "Bob"));
    let error = refused(session.commit().await);
    assert!(matches!(error.kind(), ErrorKind::Unique { .. }), "{error}");
    assert!(error.to_string().contains("while inserting Person#0"), "{error}");
    session.rollback().await?;
    assert_eq!(people(&db).await?, "1 | Ann | NULL");
    session[bob].id = 0;
    session.add(bob);
    session.commit().await?;
    assert_eq!(session[bob].id, 2);
});

case!(rule_17_add_after_delete_takes_the_deletion_back, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let ann = session.add(person("Ann"));
    session.commit().await?;
    session[ann].age = Some(1);
    session.delete(ann);
    session.delete(ann);
    assert_eq!(session.add(ann), ann);
    assert_eq!(session.state(ann), Some(ObjectState::Persistent));
    let log = db.log();
    session.commit().await?;
    assert_eq!(log.take_writes(), ["UPDATE uow_people SET age = ? WHERE id = ?"]);
    session.delete(ann);
    session.add(ann);
    session.commit().await?;
    assert_eq!(log.take(), [""; 0], "there is nothing to write");
    session.delete(ann);
    session.add(ann);
    session.delete(ann);
    session.commit().await?;
    assert_eq!(people(&db).await?, "");
});

case!(rule_17_get_of_a_deleted_object_gives_none, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let ann = session.add(person("Ann"));
    session.commit().await?;
    session.delete(ann);
    let log = db.log();
    assert_eq!(Person::get(&mut session, 1).await?, None, "before the flush");
    assert_eq!(log.take(), [""; 0]);
    assert!(!Person::delete(&mut session, 1).await?);
    session.flush().await?;
    assert_eq!(Person::get(&mut session, 1).await?, None, "after the flush");
    assert_eq!(session.state(ann), Some(ObjectState::Deleted));
    session.rollback().await?;
    assert_eq!(Person::get(&mut session, 1).await?, Some(ann), "after the rollback");
    session.delete(ann);
    session.commit().await?;
    assert_eq!(Person::get(&mut session, 1).await?, None, "after the commit");
});

case!(a_deleted_object_is_inserted_again_in_the_same_transaction, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let ann = session.add(person("Ann"));
    session.commit().await?;
    session.delete(ann);
    session.flush().await?;
    session[ann].age = Some(1);
    session.add(ann);
    session.flush().await?;
    assert_eq!(Person::get(&mut session, 1).await?, Some(ann));
    session.rollback().await?;
    assert_eq!(session.state(ann), Some(ObjectState::Persistent));
    assert_eq!(session[ann].age, None);
    session.delete(ann);
    session.flush().await?;
    session.add(ann);
    session.commit().await?;
    assert_eq!(
        (people(&db).await?.as_str(), session.state(ann)),
        ("1 | Ann | NULL", Some(ObjectState::Persistent))
    );
});

case!(a_row_that_somebody_else_deleted_is_none_and_its_key_is_free, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let ann = session.add(person("Ann"));
    session.commit().await?;
    db.execute("DELETE FROM uow_people").await?;
    assert_eq!(Person::get(&mut session, 1).await?, None);
    assert_eq!(session.query::<Person>().all().await?, []);
    assert_eq!(session[ann].name, "Ann");
    session.expunge(ann);
    let bob = session.add(numbered(1, "Bob"));
    session.commit().await?;
    assert_eq!(Person::get(&mut session, 1).await?, Some(bob));
});
