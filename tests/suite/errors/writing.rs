//! What a database refuses to write.

use orm::prelude::*;
use orm::{Error, ErrorKind, Model};

use super::{SECRET, shown};
use crate::harness::Database;

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "users", unique(team, badge))]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50, unique)]
    name: String,
    #[orm(length = 50)]
    team: String,
    badge: i32,
    #[orm(check = "age >= 0")]
    age: i32,
    #[orm(references = User)]
    boss_id: Option<i64>,
    #[orm(version)]
    version: i64,
}

fn user(badge: i32) -> User {
    User { name: format!("{SECRET}-{badge}"), team: format!("team {SECRET}"), badge, ..Default::default() }
}

async fn refused(db: &Database, object: impl Model) -> Error {
    let error = object.insert(&mut db.engine().clone()).await.err().expect("the row is refused");
    shown(&error);
    assert!(!error.is_retryable());
    error
}

case!(a_unique_value_that_is_taken, |db| {
    db.create::<(User,)>().await?;
    user(1).insert(&mut db.engine().clone()).await?;
    let error = refused(&db, User { badge: 2, ..user(1) }).await;
    assert!(matches!(error.kind(), ErrorKind::Unique { .. }));
    let constraint = db.backend().either("users.name", "uq_users_name");
    assert_eq!(
        error.to_string(),
        format!("a row with the same unique value exists: constraint {constraint}; while inserting User#0")
    );
    let error = refused(&db, User { name: "other".into(), ..user(1) }).await;
    let constraint = db.backend().either("users.team, users.badge", "uq_users_team_badge");
    assert!(
        matches!(error.kind(), ErrorKind::Unique { constraint: found } if found == constraint),
        "{error}"
    );
    let error = refused(&db, User { id: 1, ..user(2) }).await;
    assert!(matches!(error.kind(), ErrorKind::Unique { .. }), "{error}");
});

case!(two_new_objects_with_one_unique_value_are_both_named, |db| {
    db.create::<(User,)>().await?;
    let mut session = db.session();
    session.add_all([user(1), user(2), User { badge: 3, ..user(1) }]);
    let text = shown(&session.commit().await.unwrap_err());
    let constraint = db.backend().either("users.name", "uq_users_name");
    assert_eq!(
        text,
        format!(
            "a row with the same unique value exists: constraint {constraint}; while inserting 3 rows of users, User#0 to \
             User#2; User#0 and User#2 have the same unique value"
        )
    );
});

case!(a_unique_value_that_is_taken_by_an_update, |db| {
    db.create::<(User,)>().await?;
    let mut session = db.session();
    let handles = session.add_all([user(1), user(2)]);
    session.commit().await?;
    let name = session[handles[0]].name.clone();
    session[handles[1]].name = name;
    let error = session.commit().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unique { .. }));
    let both = "; while updating User#1 (id 2); User#1 (id 2) and User#0 (id 1) have the same unique value";
    assert!(shown(&error).ends_with(both), "{error}");
});

case!(a_foreign_key_that_points_nowhere, |db| {
    db.create::<(User,)>().await?;
    let error = refused(&db, User { boss_id: Some(77), ..user(1) }).await;
    let constraint = db.backend().either("unknown", "fk_users_boss_id");
    assert!(
        matches!(error.kind(), ErrorKind::ForeignKey { constraint: found } if found == constraint),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .starts_with("a foreign key points at no row, or a row that is still referred to would go")
    );
});

case!(a_row_that_is_still_referred_to, |db| {
    db.create::<(User,)>().await?;
    let mut engine = db.engine().clone();
    user(1).insert(&mut engine).await?;
    User { boss_id: Some(1), ..user(2) }.insert(&mut engine).await?;
    let error = User::delete(&mut engine, 1).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ForeignKey { .. }));
    assert!(shown(&error).contains("while deleting User#"), "{error}");
    assert_eq!(engine.query::<User>().count().await?, 2);
});

case!(a_check_that_fails, |db| {
    db.create::<(User,)>().await?;
    let error = refused(&db, User { age: -1, ..user(1) }).await;
    assert!(matches!(error.kind(), ErrorKind::Check { constraint } if constraint == "ck_users_age"));
    assert_eq!(
        error.to_string(),
        "a check constraint refused the row: constraint ck_users_age; while inserting User#0"
    );
});

/// The same table with a column that the program believes to take NULL.
#[derive(Model, Debug, Default)]
#[orm(table = "users")]
struct Careless {
    #[orm(primary_key)]
    id: i64,
    name: Option<String>,
    team: String,
    badge: i32,
    age: i32,
    version: i64,
}

case!(a_null_that_the_column_does_not_take, |db| {
    db.create::<(User,)>().await?;
    let error = refused(&db, Careless { team: SECRET.into(), ..Default::default() }).await;
    let column = db.backend().either("users.name", "name");
    assert!(matches!(error.kind(), ErrorKind::NotNull { column: found } if found == column));
    assert_eq!(error.to_string(), format!("column {column} takes no NULL; while inserting Careless#0"));
});

#[derive(Model, Debug, Default)]
#[orm(table = "users")]
struct Elsewhere {
    #[orm(primary_key)]
    id: i64,
    missing: String,
}

case!(a_column_that_is_not_there, |db| {
    db.create::<(User,)>().await?;
    let error = refused(&db, Elsewhere { missing: SECRET.into(), ..Default::default() }).await;
    assert!(matches!(error.kind(), ErrorKind::Database { .. }));
    assert!(error.to_string().contains("missing"), "{error}");
    let error = db.engine().query::<Elsewhere>().filter(|e| e.missing.eq(SECRET)).all().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Database { .. }));
    assert!(shown(&error).contains("missing"), "{error}");
});

case!(a_table_that_is_not_there, |db| {
    let error = db.engine().query::<User>().filter(|u| u.name.eq(SECRET)).all().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Database { .. }));
    assert!(shown(&error).contains("users"), "{error}");
    refused(&db, user(1)).await;
});

case!(a_value_that_only_the_database_can_refuse, |db| {
    db.create::<(User,)>().await?;
    db.execute(db.backend().either(
        "CREATE TRIGGER refuse BEFORE INSERT ON users BEGIN SELECT RAISE(ABORT, 'not today'); END",
        "CREATE TRIGGER refuse BEFORE INSERT ON users FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not today'",
    ))
    .await?;
    let error = refused(&db, user(1)).await;
    assert!(matches!(error.kind(), ErrorKind::Database { message, .. } if message == "not today"), "{error}");
});

case!(a_row_that_somebody_changed_or_deleted, |db| {
    db.create::<(User,)>().await?;
    let mut session = db.session();
    let handles = session.add_all([user(1), user(2), user(3)]);
    session.commit().await?;

    // Somebody else was first.
    db.execute("UPDATE users SET version = version + 1 WHERE id = 1").await?;
    session[handles[0]].age = 50;
    let error = session.commit().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Stale { object } if object == "User#0 (id 1)"), "{error}");
    assert_eq!(
        shown(&error),
        "the row of User#0 (id 1) was changed or deleted by somebody else since it was read: roll back, read it again, retry"
    );
    assert!(!error.is_retryable(), "the same program would fail again");
    session.rollback().await?;
    session.refresh(handles[0]).await?;
    session[handles[0]].age = 50;
    session.commit().await?;
    assert_eq!(session[handles[0]].version, 3);

    db.execute("DELETE FROM users WHERE id = 2").await?;
    session[handles[1]].age = 50;
    let error = session.commit().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Stale { object } if object == "User#1 (id 2)"), "{error}");
    session.rollback().await?;
    let error = session.refresh(handles[1]).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Stale { .. }), "{error}");

    session.delete(handles[1]);
    session.delete(handles[2]);
    let error = session.commit().await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Stale { object } if object.contains("User#1 (id 2)")),
        "{error}"
    );
    session.rollback().await?;
    assert_eq!(db.engine().query::<User>().count().await?, 2, "a delete that fails deletes nothing");
});

case!(an_update_that_changes_nothing_in_the_database_is_not_stale, |db| {
    db.create::<(User,)>().await?;
    let mut session = db.session();
    let handle = session.add(user(1));
    session.commit().await?;
    db.execute("UPDATE users SET age = 50").await?;
    session[handle].age = 50;
    // The version differs, the row is matched: what counts are the rows that were found.
    session.commit().await?;
    assert_eq!(User::get(&mut db.engine().clone(), 1).await?.unwrap().age, 50);
});

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "countries")]
struct Country {
    #[orm(primary_key, length = 50)]
    code: String,
    #[orm(length = 50)]
    motto: String,
}

case!(an_object_is_named_by_its_key_and_by_nothing_else, |db| {
    db.create::<(Country,)>().await?;
    let country = Country { code: "fr".into(), motto: SECRET.into() };
    country.clone().insert(&mut db.engine().clone()).await?;
    refused(&db, country).await;

    let mut session = db.session();
    let handle = session.query::<Country>().one().await?;
    db.execute("DELETE FROM countries").await?;
    session[handle].motto.push('!');
    let error = session.commit().await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Stale { object } if object == "Country#0 (code 'fr')"),
        "{error}"
    );
    shown(&error);
    session.rollback().await?;
    session.delete(handle);
    let error = session.commit().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Stale { .. }));
    shown(&error);
});
