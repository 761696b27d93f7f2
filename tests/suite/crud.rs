//! Create, read and delete by primary key: on a session, which buffers, and on an engine, which writes at once.

mod keys;

use orm::prelude::*;
use orm::{ErrorKind, Model, ObjectState, Result};

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50, unique)]
    name: String,
}

fn user(name: &str) -> User {
    User { name: name.into(), ..Default::default() }
}

case!(an_engine_inserts_reads_and_deletes_at_once, |db| {
    db.create::<(User,)>().await?;
    let mut engine = db.engine().clone();
    let log = db.log();
    let ann = user("Ann").insert(&mut engine).await?;
    assert_eq!(ann, User { id: 1, name: "Ann".into() });
    assert_eq!(log.take(), ["INSERT INTO users (name) VALUES (?)"]);

    assert_eq!(User::get(&mut engine, 1).await?, Some(ann));
    assert_eq!(log.take(), ["SELECT id, name FROM users WHERE id = ?"]);

    assert!(User::delete(&mut engine, 1).await?);
    assert_eq!(log.take().last().map(String::as_str), Some("DELETE FROM users WHERE id = ?"));
    assert!(!User::delete(&mut engine, 1).await?, "it is gone already");
    assert_eq!(User::get(&mut engine, 1).await?, None);
});

case!(an_engine_has_the_same_as_methods_of_its_own, |db| {
    db.create::<(User,)>().await?;
    let engine = db.engine();
    let ann = engine.insert(user("Ann")).await?;
    assert_eq!(engine.get::<User>(ann.id).await?, Some(ann.clone()));
    assert!(engine.delete::<User>(ann.id).await?);
    assert!(!engine.delete::<User>(ann.id).await?, "it is gone already");
    assert_eq!(engine.get::<User>(ann.id).await?, None);
});

case!(an_insert_that_fails_leaves_nothing_behind, |db| {
    db.create::<(User,)>().await?;
    let mut engine = db.engine().clone();
    user("Ann").insert(&mut engine).await?;
    let error = user("Ann").insert(&mut engine).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unique { .. }), "{error}");
    assert_eq!(engine.query::<User>().count().await?, 1);
    assert_eq!(engine.pool_status().lent, 0);
    user("Bob").insert(&mut engine).await?;
});

case!(a_session_inserts_at_its_flush, |db| {
    db.create::<(User,)>().await?;
    let mut session = db.session();
    let log = db.log();
    let ann = user("Ann").insert(&mut session).await?;
    assert_eq!(session.state(ann), Some(ObjectState::Pending));
    assert_eq!(log.take(), Vec::<String>::new(), "nothing is sent before the flush");
    session.commit().await?;
    assert_eq!((session.state(ann), session[ann].id), (Some(ObjectState::Persistent), 1));
});

case!(a_session_reads_a_row_once, |db| {
    db.create::<(User,)>().await?;
    user("Ann").insert(&mut db.engine().clone()).await?;
    let mut session = db.session();
    let log = db.log();
    let ann = User::get(&mut session, 1).await?.unwrap();
    assert_eq!(log.take().len(), 1);
    assert_eq!(User::get(&mut session, 1).await?, Some(ann));
    assert_eq!(session.get::<User>(1).await?, Some(ann));
    assert_eq!(log.take(), Vec::<String>::new(), "the identity map knows it");
    assert_eq!(User::get(&mut session, 2).await?, None);
    assert_eq!(log.take().len(), 1);
});

case!(a_row_is_read_again_after_a_commit, |db| {
    db.create::<(User,)>().await?;
    let mut session = db.session();
    let ann = session.add(user("Ann"));
    session.commit().await?;
    assert!(session.is_stale(ann));
    db.execute("UPDATE users SET name = 'Anna'").await?;
    assert_eq!(session[ann].name, "Ann", "the values survive the commit");
    assert_eq!(User::get(&mut session, 1).await?, Some(ann));
    assert_eq!(session[ann].name, "Anna");
});

case!(a_session_deletes_at_its_flush, |db| {
    db.create::<(User,)>().await?;
    user("Ann").insert(&mut db.engine().clone()).await?;
    let mut session = db.session();
    assert!(User::delete(&mut session, 1).await?);
    assert_eq!(User::get(&mut session, 1).await?, None, "what will be deleted is not found");
    assert_eq!(db.engine().query::<User>().count().await?, 1);
    assert!(!User::delete(&mut session, 2).await?);
    session.commit().await?;
    assert_eq!(db.engine().query::<User>().count().await?, 0);
});

/// One function for both, generic over the model as well.
async fn stored_and_found<T: Model<Key = i64>, S: Session>(session: &mut S, object: T) -> Result<bool> {
    let before = session.query::<T>().count().await?;
    object.insert(session).await?;
    let found = T::get(session, before + 1).await?;
    Ok(found.is_some() && session.query::<T>().count().await? == before + 1)
}

case!(code_can_leave_open_what_it_runs_against, |db| {
    db.create::<(User,)>().await?;
    assert!(stored_and_found(&mut db.engine().clone(), user("Ann")).await?);
    let mut session = db.session();
    assert!(stored_and_found(&mut session, user("Bob")).await?);
    session.commit().await?;
    assert_eq!(db.engine().query::<User>().count().await?, 2);
});
