//! Rules 18 and 19: queries flush first, unless that is switched off; commit flushes until nothing is left.

use orm::prelude::*;
use orm::{ErrorKind, ObjectState, SessionFactory};

use super::*;

case!(rule_18_queries_see_what_was_not_flushed_yet, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let ann = session.add(person("Ann"));
    assert_eq!(session.query::<Person>().all().await?, [ann]);
    assert!(session.in_transaction());
    session[ann].age = Some(5);
    assert_eq!(session.query::<Person>().filter(|p| p.age.eq(5)).count().await?, 1);
    session.delete(ann);
    assert!(!session.query::<Person>().exists().await?);
    let bob = session.add(numbered(7, "Bob"));
    assert_eq!(Person::get(&mut session, 7).await?, Some(bob));
    session.rollback().await?;
    assert_eq!(people(&db).await?, "");
});

case!(a_query_without_pending_changes_begins_no_transaction, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let log = db.log();
    session.query::<Person>().all().await?;
    assert!(!session.in_transaction());
    assert_eq!(log.take(), ["SELECT uow_people.id, uow_people.name, uow_people.age FROM uow_people"]);
});

case!(rule_18_autoflush_is_switched_off_for_a_session_or_a_query, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let ann = session.add(person("Ann"));
    assert_eq!(session.query::<Person>().autoflush(false).all().await?, []);
    assert_eq!(session.query::<Person>().autoflush(false).count().await?, 0);
    assert_eq!(session.state(ann), Some(ObjectState::Pending));
    session.rollback().await?;

    let mut session = SessionFactory::new(db.engine()).autoflush(false).session();
    let ann = session.add(person("Ann"));
    assert_eq!(session.query::<Person>().all().await?, []);
    assert_eq!(Person::get(&mut session, 1).await?, None);
    assert_eq!(session.query::<Person>().autoflush(true).all().await?, [ann]);
    session.rollback().await?;
});

case!(rule_18_an_error_in_an_autoflush_names_the_object_and_the_query, |db| {
    db.create::<(Person,)>().await?;
    db.execute("INSERT INTO uow_people (id, name) VALUES (1, 'Ann')").await?;
    let mut session = db.session();
    session.add(person("Ann"));
    let error = refused(session.query::<Person>().all().await);
    assert!(matches!(error.kind(), ErrorKind::Unique { .. }));
    let text = error.to_string();
    let place = format!("in the flush before the query of `Person` at {}:", file!());
    assert!(text.contains("while inserting Person#0") && text.contains(&place), "{text}");
    session.rollback().await?;

    // An error of the plan as well; nothing is lost then.
    let long = session.add(person(&"x".repeat(51)));
    let error = refused(Person::get(&mut session, 1).await);
    assert!(matches!(error.kind(), ErrorKind::InvalidValue { .. }));
    assert!(error.to_string().contains(&place), "{error}");
    session[long].name = "short".into();
    assert!(Person::get(&mut session, 1).await?.is_some());
    session.commit().await?;
});

case!(rule_19_objects_that_come_during_a_transaction_are_written_by_its_commit, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    session.begin().await?;
    session.add(person("Ann"));
    session.flush().await?;
    session.add(person("Bob"));
    session.query::<Person>().all().await?;
    session.add(person("Cid"));
    let log = db.log();
    session.commit().await?;
    assert_eq!(log.take().last().map(String::as_str), Some("COMMIT"));
    assert_eq!(people(&db).await?, "1 | Ann | NULL\n2 | Bob | NULL\n3 | Cid | NULL");
    assert!(!session.in_transaction());
});
