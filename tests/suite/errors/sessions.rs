//! Sessions and pools: what follows a failure, what waits too long, what is closed, what others hold.

use std::time::Duration;

use orm::prelude::*;
use orm::{Access, Error, ErrorKind, TransactionOptions};

use super::{SECRET, shown};
use crate::harness::eventually;

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

case!(a_session_that_failed_says_why_until_it_is_rolled_back, |db| {
    db.create::<(User,)>().await?;
    user(SECRET).insert(&mut db.engine().clone()).await?;
    let mut session = db.session();
    session.add(user(SECRET));
    let cause = session.commit().await.unwrap_err().to_string();
    for error in [
        session.flush().await.unwrap_err(),
        session.commit().await.unwrap_err(),
        session.query::<User>().all().await.unwrap_err(),
        session.get::<User>(1).await.unwrap_err(),
        session.begin().await.unwrap_err(),
        session.plan().unwrap_err(),
    ] {
        assert!(matches!(error.kind(), ErrorKind::Inactive { .. }));
        assert_eq!(
            shown(&error),
            format!(
                "the session is inactive since a failure ({cause}): call `session.rollback().await` and start again"
            )
        );
    }
    session.rollback().await?;
    session.add(user("Ann"));
    session.commit().await?;
    assert_eq!(session.query::<User>().count().await?, 2);
});

case!(a_second_object_of_one_row_is_refused_before_anything_is_sent, |db| {
    db.create::<(User,)>().await?;
    let mut session = db.session();
    session.add(user("Ann"));
    session.commit().await?;
    let second = session.add(User { id: 1, name: SECRET.into() });
    let sent = db.engine().statement_count();
    let error = session.commit().await.unwrap_err();
    assert_eq!(db.engine().statement_count(), sent);
    assert!(matches!(error.kind(), ErrorKind::Identity { .. }));
    assert_eq!(
        shown(&error),
        "the session already holds a `User` with this primary key (User#0 (id 1)): change that one, or `merge`, in place \
         of `add`"
    );
    // Nothing was sent, so the session is as good as before.
    session[second].id = 2;
    session.commit().await?;
    assert_eq!(session.query::<User>().count().await?, 2);
});

case!(an_error_in_the_flush_before_a_query_names_the_query, |db| {
    db.create::<(User,)>().await?;
    user(SECRET).insert(&mut db.engine().clone()).await?;
    let mut session = db.session();
    session.add(user(SECRET));
    let (error, line) = (session.query::<User>().all().await.unwrap_err(), line!());
    assert!(matches!(error.kind(), ErrorKind::Unique { .. }));
    let text = shown(&error);
    let place = format!("; in the flush before the query of `User` at {}:{line}:", file!());
    assert!(text.contains("while inserting User#0") && text.contains(&place), "{text}");
});

case!(a_pool_without_a_free_connection_is_waited_for_and_then_given_up, |db| {
    let engine = db.engine_with_pool(1, Duration::from_millis(50)).await?;
    let mut holder = engine.session();
    holder.begin().await?;
    assert_eq!(engine.pool_status().lent, 1);
    for error in [
        engine.session().begin().await.unwrap_err(),
        engine.query::<User>().all().await.unwrap_err(),
        User::get(&mut engine.clone(), 1).await.unwrap_err(),
    ] {
        assert!(matches!(error.kind(), ErrorKind::Timeout { limit_ms: 50, .. }));
        let text = shown(&error);
        assert!(
            text.starts_with("waiting for one of 1 connections of the pool took longer than 50 ms"),
            "{text}"
        );
    }
    holder.rollback().await?;
    assert_eq!(engine.pool_status().lent, 0);
    engine.session().begin().await?;
    engine.close().await;
});

case!(what_is_closed_says_so, |db| {
    db.create::<(User,)>().await?;
    let engine = db.engine_with_pool(1, Duration::from_secs(1)).await?;
    let mut session = engine.session();
    engine.close().await;
    engine.close().await;
    for error in [
        engine.query::<User>().all().await.unwrap_err(),
        session.query::<User>().all().await.unwrap_err(),
        user(SECRET).insert(&mut engine.clone()).await.unwrap_err(),
    ] {
        assert!(matches!(error.kind(), ErrorKind::Closed { what: "engine" }));
        assert_eq!(shown(&error), "the engine is closed");
    }
    db.session().close().await?;
});

case!(an_error_of_the_application_travels_through, |_db| {
    #[derive(Debug)]
    struct CartIsEmpty;
    impl std::fmt::Display for CartIsEmpty {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("the cart is empty")
        }
    }
    impl std::error::Error for CartIsEmpty {}

    let error = Error::app(CartIsEmpty).context("at the till");
    assert!(matches!(error.kind(), ErrorKind::App(_)));
    assert_eq!(error.to_string(), "the cart is empty; at the till");
    assert!(std::error::Error::source(&error).unwrap().is::<CartIsEmpty>());
});

case!(a_deadlock_has_one_victim_which_may_retry, |db| {
    if !db.is_server() {
        return Ok(());
    }
    db.create::<(User,)>().await?;
    let mut one = db.session();
    let handles = one.add_all([user("Ann"), user("Bob")]);
    one.commit().await?;
    let mut two = db.session();
    let ann = two.get::<User>(1).await?.unwrap();
    let bob = two.get::<User>(2).await?.unwrap();

    one[handles[0]].name = format!("{SECRET} one");
    one.flush().await?;
    two[bob].name = format!("{SECRET} two");
    two.flush().await?;
    one[handles[1]].name = "one again".into();
    two[ann].name = "two again".into();
    let (first, second) = tokio::join!(one.flush(), two.flush());
    let (error, victim, winner) = match (first, second) {
        (Err(error), Ok(())) => (error, &mut one, &mut two),
        (Ok(()), Err(error)) => (error, &mut two, &mut one),
        other => panic!("one is the victim: {other:?}"),
    };
    assert!(matches!(error.kind(), ErrorKind::Deadlock), "{error}");
    assert!(error.is_retryable());
    shown(&error);
    winner.commit().await?;
    assert!(matches!(victim.commit().await.unwrap_err().kind(), ErrorKind::Inactive { .. }));
    victim.rollback().await?;
    victim.query::<User>().all().await?;
    let names = db.engine().query::<User>().order_by(|u| u.id.asc()).all().await?;
    let of_winner = names.iter().filter(|user| user.name.contains("one")).count();
    assert!(of_winner == 0 || of_winner == 2, "all of the winner and nothing of the victim: {names:?}");
});

case!(a_lock_that_another_holds_is_a_timeout_that_may_be_retried, |db| {
    if db.backend() != crate::harness::Backend::SqliteFile {
        return Ok(());
    }
    db.create::<(User,)>().await?;
    let mut holder = db.session();
    holder.add(user("Ann"));
    holder.flush().await?;
    let url = format!("sqlite://{}?busy-timeout=0", db.engine().target().database);
    let mut other = orm::create_engine(&url).await?.session();
    other.add(user(SECRET));
    let error = other.commit().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::LockTimeout), "{error}");
    assert!(error.is_retryable());
    shown(&error);
    holder.commit().await?;
    other.commit().await?;
    assert_eq!(db.engine().query::<User>().count().await?, 2);
});

case!(a_connection_that_is_cut_is_lost_and_the_next_one_is_good, |db| {
    if !db.is_server() {
        return Ok(());
    }
    db.create::<(User,)>().await?;
    let engine = db.engine_with_pool(1, Duration::from_secs(5)).await?;
    let mut session = engine.session();
    session.add(user("Ann"));
    session.flush().await?;
    let sql = "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()";
    for row in db.rows(sql).await? {
        db.execute(&format!("KILL {}", row[0])).await?;
    }
    session.add(user(SECRET));
    let error = session.flush().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ConnectionLost), "{error}");
    assert!(!error.is_retryable() || shown(&error).contains("lost"));
    session.rollback().await?;
    session.commit().await?;
    eventually("the engine connects again", || async {
        engine.query::<User>().count().await.is_ok_and(|count| count == 0)
    })
    .await;
    session.add(user("Bob"));
    session.commit().await?;
    assert_eq!(db.engine().query::<User>().one().await?.name, "Bob");
});

case!(a_commit_that_is_cut_has_an_unknown_outcome, |db| {
    if !db.is_server() {
        return Ok(());
    }
    db.create::<(User,)>().await?;
    let engine = db.engine_with_pool(1, Duration::from_secs(5)).await?;
    let mut session = engine.session();
    session.add(user(SECRET));
    session.flush().await?;
    let sql = "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()";
    for row in db.rows(sql).await? {
        db.execute(&format!("KILL {}", row[0])).await?;
    }
    let error = session.commit().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::OutcomeUnknown), "{error}");
    assert_eq!(
        shown(&error),
        "it is not known whether the transaction was committed: read the data before you write it again"
    );
    assert!(!error.is_retryable());
    session.rollback().await?;
    assert_eq!(db.engine().query::<User>().count().await?, 0);
});

case!(a_transaction_for_reading_refuses_to_write_before_anything_is_sent, |db| {
    db.create::<(User,)>().await?;
    let mut session = db.session();
    let ann = session.add(user("Ann"));
    session.commit().await?;
    for what in ["insert", "update", "delete"] {
        session.begin_with(TransactionOptions { access: Access::Read, ..Default::default() }).await?;
        session.refresh(ann).await?;
        // Looked at as if to be changed, and left alone: there is nothing to write.
        session[ann].name = "Ann".into();
        session.flush().await?;
        match what {
            "insert" => {
                session.add(user(SECRET));
            }
            "update" => session[ann].name = SECRET.into(),
            _ => session.delete(ann),
        }
        let sent = db.engine().statement_count();
        for error in [
            session.flush().await.unwrap_err(),
            session.commit().await.unwrap_err(),
            session.query::<User>().all().await.unwrap_err(),
        ] {
            assert!(matches!(error.kind(), ErrorKind::ReadOnly { .. }), "{what}: {error}");
            let text = shown(&error);
            assert!(text.contains("is to be written") && text.contains("session.rollback()"), "{text}");
        }
        assert_eq!(db.engine().statement_count(), sent, "{what}");
        session.rollback().await?;
    }
    session.commit().await?;
    session[ann].name = "Anna".into();
    session.commit().await?;
    let rows = db.engine().query::<User>().all().await?;
    assert_eq!(rows, [User { id: 1, name: "Anna".into() }]);
});

case!(an_error_that_main_returns_is_readable, |_db| {
    let error = Error::not_found("User").context("at the till");
    assert_eq!(format!("{error:?}"), error.to_string());
    assert_eq!(error.kind().name(), "not_found");
    assert_eq!(Error::app("the cart is empty").kind().name(), "app");
});
