//! Rule 20, and what does not count as a failure: a flush that fails leaves the session inactive, with the first cause, until
//! `rollback`; a plan that cannot be made loses nothing.

use std::time::Duration;

use orm::prelude::*;
use orm::{Access, ErrorKind, ObjectState, TransactionOptions};

use super::*;
use crate::harness::eventually;

case!(rule_20_a_failed_flush_leaves_the_session_inactive_until_rollback, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let ann = session.add(person("Ann"));
    session.commit().await?;
    session[ann].age = Some(1);
    session.flush().await?;
    let twins = session.add_all(["Bob", "Bob"].map(person));
    let error = refused(session.flush().await);
    assert!(matches!(error.kind(), ErrorKind::Unique { .. }), "{error}");
    assert!(!session.in_transaction(), "the transaction is rolled back at once");
    assert_eq!(db.engine().pool_status().lent, 0);
    assert_eq!(people(&db).await?, "1 | Ann | NULL");

    // Every way to the database is closed, and each says why.
    let first = error.to_string();
    let others = [
        refused(session.flush().await),
        refused(session.commit().await),
        refused(session.plan()),
        refused(session.begin().await),
        refused(session.query::<Person>().all().await),
        refused(session.query::<Person>().count().await),
        refused(Person::get(&mut session, 1).await),
        refused(session.refresh(ann).await),
    ];
    for error in others {
        assert!(matches!(error.kind(), ErrorKind::Inactive { cause } if *cause == first), "{error}");
    }
    // Objects can be read, and edits are given up by the rollback.
    assert_eq!(session[ann].age, Some(1));
    session[ann].age = Some(2);
    session.rollback().await?;
    assert_eq!(session[ann].age, None);
    assert_eq!(
        twins.iter().map(|twin| session.state(*twin)).collect::<Vec<_>>(),
        [Some(ObjectState::Transient); 2]
    );

    session[twins[1]].name = "Cid".into();
    session.add_all(twins);
    session.commit().await?;
    assert_eq!(table(&db, "SELECT name FROM uow_people ORDER BY name").await?, "Ann\nBob\nCid");
});

case!(rule_20_a_failed_commit_writes_nothing, |db| {
    db.create::<(Country, City, Person)>().await?;
    let mut session = db.session();
    session.add_all(["Ann", "Bob"].map(person));
    session.add(country("fr"));
    let paris = session.add(city("Paris", "nowhere"));
    let error = refused(session.commit().await);
    assert!(matches!(error.kind(), ErrorKind::ForeignKey { .. }), "{error}");
    assert!(error.to_string().contains("while inserting City#3"), "{error}");
    assert_eq!(people(&db).await?, "");
    session.rollback().await?;
    assert_eq!(session.state(paris), Some(ObjectState::Transient));
});

case!(values_that_do_not_fit_are_refused_before_anything_is_sent, |db| {
    db.create::<(Country, City, Person)>().await?;
    let mut session = db.session();
    let ann = session.add(person("Ann"));
    session.commit().await?;
    session[ann].age = Some(1);
    let long = session.add(person(&"é".repeat(51)));
    session.add(country("fr"));
    let log = db.log();
    for _ in 0..2 {
        let error = refused(session.commit().await);
        assert_eq!(
            error.to_string(),
            "`Person.name` cannot hold this value: 51 characters, and its length is 50"
        );
    }
    assert_eq!(log.take(), [""; 0]);
    assert!(!session.in_transaction());
    assert_eq!(session.state(long), Some(ObjectState::Pending));
    assert!(session.is_modified(ann));
    session[long].name.pop();
    session.commit().await?;
    assert_eq!(table(&db, "SELECT age FROM uow_people ORDER BY id").await?, "1\nNULL");

    // In a transaction as well: what was flushed before stays.
    session.add(person("Bob"));
    session.flush().await?;
    session[ann].name = "x".repeat(51);
    refused(session.flush().await);
    assert!(session.in_transaction());
    session[ann].name = "Ann".into();
    session.commit().await?;
    assert_eq!(table(&db, "SELECT COUNT(*) FROM uow_people").await?, "3");
});

case!(a_check_that_refuses_a_row_names_the_object, |db| {
    db.create::<(Checked,)>().await?;
    let mut session = db.session();
    session.add(Checked { id: 0, amount: -1 });
    let error = refused(session.commit().await);
    assert!(matches!(error.kind(), ErrorKind::Check { .. }), "{error}");
    assert!(error.to_string().contains("while inserting Checked#0"), "{error}");
});

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_checked")]
struct Checked {
    #[orm(primary_key)]
    id: i64,
    #[orm(check = "amount >= 0")]
    amount: i32,
}

case!(a_session_that_is_dropped_writes_nothing_and_leaves_the_pool_clean, |db| {
    db.create::<(Person,)>().await?;
    for flushed in [false, true] {
        let mut session = db.session();
        session.add(person("Ann"));
        if flushed {
            session.flush().await?;
            assert_eq!(db.engine().pool_status().lent, 1);
        }
        drop(session);
        eventually("the connection is back", || async { db.engine().pool_status().lent == 0 }).await;
        assert_eq!(people(&db).await?, "");
    }
    // The next session writes at once.
    let mut session = db.session();
    session.add(person("Ann"));
    session.commit().await?;
    assert_eq!(table(&db, "SELECT name FROM uow_people").await?, "Ann");
});

case!(a_closed_session_gave_its_connection_back, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    session.add(person("Ann"));
    session.flush().await?;
    session.close().await?;
    assert_eq!(db.engine().pool_status().lent, 0);
    assert_eq!(people(&db).await?, "");
});

case!(a_transaction_that_only_reads_refuses_to_write, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    session.begin_with(TransactionOptions { access: Access::Read, isolation: None }).await?;
    session.query::<Person>().all().await?;
    let ann = session.add(person("Ann"));
    let error = refused(session.commit().await);
    assert!(matches!(error.kind(), ErrorKind::ReadOnly { object } if object == "Person#0"), "{error}");
    // Nothing was sent: the transaction goes on, and so does the object.
    assert!(session.in_transaction());
    assert_eq!(session.state(ann), Some(ObjectState::Pending));
    session.rollback().await?;
    session.add(person("Bob"));
    session.commit().await?;
});

/// Ends the connection that the session's transaction is on.
async fn kill_connections(db: &Database) -> Result<()> {
    let schema =
        "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()";
    for row in db.rows(schema).await? {
        db.execute(&format!("KILL {}", row[0])).await?;
    }
    Ok(())
}

case!(a_connection_that_is_lost_in_a_transaction_leaves_the_session_inactive, |db| {
    db.create::<(Person,)>().await?;
    if !db.is_server() {
        // There is no connection to lose.
        return Ok(());
    }
    let mut session = db.session();
    let ann = session.add(person("Ann"));
    session.commit().await?;
    for step in 0..4 {
        let bob = session.add(person("Bob"));
        session[ann].age = Some(1);
        session.flush().await?;
        kill_connections(&db).await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
        session[ann].age = Some(2);
        let error = match step {
            0 => refused(session.flush().await),
            1 => refused(session.commit().await),
            2 => refused(session.query::<Person>().all().await),
            _ => {
                // Nothing was noticed yet: a rollback is what the server did already.
                session.rollback().await?;
                assert_eq!((session[ann].age, session[bob].id), (None, 0));
                session.expunge(bob);
                continue;
            }
        };
        assert!(matches!(error.kind(), ErrorKind::ConnectionLost), "{error}");
        assert!(cause(&mut session).await.contains("lost"));
        session.rollback().await?;
        assert_eq!((session[ann].age, session[bob].id), (None, 0));
        assert_eq!(session.state(bob), Some(ObjectState::Transient));
        session.expunge(bob);
        // It goes on.
        session[ann].age = Some(3);
        session.flush().await?;
        session.rollback().await?;
    }
    session.add(person("Cid"));
    session.commit().await?;
    assert_eq!(table(&db, "SELECT name FROM uow_people ORDER BY id").await?, "Ann\nCid");
    assert_eq!(db.engine().pool_status().lent, 0);
});

case!(a_connection_that_is_lost_at_commit_leaves_the_outcome_unknown, |db| {
    db.create::<(Person,)>().await?;
    if !db.is_server() {
        return Ok(());
    }
    let mut session = db.session();
    session.add(person("Ann"));
    session.flush().await?;
    kill_connections(&db).await?;
    tokio::time::sleep(Duration::from_millis(20)).await;
    let error = refused(session.commit().await);
    assert!(matches!(error.kind(), ErrorKind::OutcomeUnknown), "{error}");
    assert!(cause(&mut session).await.contains("not known whether"));
    session.rollback().await?;
    session.add(person("Bob"));
    session.commit().await?;
    assert_eq!(table(&db, "SELECT name FROM uow_people").await?, "Bob");
});

case!(a_pool_without_a_free_connection_fails_the_flush_and_loses_nothing, |db| {
    db.create::<(Person,)>().await?;
    if db.backend() == crate::harness::Backend::SqliteMemory {
        return Ok(());
    }
    let engine = db.engine_with_pool(1, Duration::from_millis(50)).await?;
    let mut holder = engine.session();
    holder.begin_with(TransactionOptions { access: Access::Read, isolation: None }).await?;
    let mut session = engine.session();
    let ann = session.add(person("Ann"));
    let error = refused(session.commit().await);
    assert!(matches!(error.kind(), ErrorKind::Timeout { .. }), "{error}");
    assert_eq!(session.state(ann), Some(ObjectState::Pending));
    holder.rollback().await?;
    session.commit().await?;
    assert_eq!(table(&db, "SELECT name FROM uow_people").await?, "Ann");
    engine.close().await;
});

case!(a_transaction_that_the_database_ended_makes_the_session_inactive, |db| {
    db.create::<(Person,)>().await?;
    if db.backend().is_sqlite() {
        return Ok(());
    }
    let mut session = db.session();
    session.add_all(["Ann", "Bob"].map(person));
    session.commit().await?;
    // Two sessions take the same two rows in opposite order.
    let (mut one, mut other) = (db.session(), db.session());
    let ann = Person::get(&mut one, 1).await?.unwrap();
    let bob = Person::get(&mut other, 2).await?.unwrap();
    one[ann].age = Some(1);
    one.flush().await?;
    other[bob].age = Some(2);
    other.flush().await?;
    let (their_bob, their_ann) =
        (Person::get(&mut one, 2).await?.unwrap(), Person::get(&mut other, 1).await?.unwrap());
    one[their_bob].age = Some(1);
    other[their_ann].age = Some(2);
    let (first, second) = tokio::join!(one.flush(), other.flush());
    assert_eq!([&first, &second].iter().filter(|outcome| outcome.is_err()).count(), 1);
    let (mut loser, error) = if let Err(error) = first { (one, error) } else { (other, second.unwrap_err()) };
    assert!(matches!(error.kind(), ErrorKind::Deadlock) && error.is_retryable(), "{error}");
    assert!(cause(&mut loser).await.contains("deadlock"));
    loser.rollback().await?;
    loser.query::<Person>().all().await?;
});
