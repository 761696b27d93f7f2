//! A commit of one row is one statement, which commits itself; whatever needs a transaction has one.

use std::time::Duration;

use orm::prelude::*;
use orm::{Auto, ErrorKind, Isolation, ObjectState, SessionFactory, UnitOfWork};

use super::*;
use crate::harness::{Backend, polled};

/// A key that not every number fits.
#[derive(Model, Debug, Default)]
#[orm(table = "uow_tickets")]
struct Ticket {
    #[orm(primary_key)]
    id: i32,
    #[orm(length = 20)]
    name: String,
}

/// A column that the database fills in.
#[derive(Model, Debug, Default)]
#[orm(table = "uow_letters")]
struct Letter {
    #[orm(primary_key)]
    id: i64,
    #[orm(server_default = "3")]
    stamps: Auto<i32>,
}

/// How many statements the transaction of a commit takes beside the writes, and how many writes.
async fn committed(db: &Database, session: &mut UnitOfWork) -> Result<(usize, usize)> {
    let log = db.log();
    session.commit().await?;
    let all = log.take();
    let around = all.iter().filter(|sql| *sql == "BEGIN" || *sql == "COMMIT").count();
    let writes = |sql: &&String| ["INSERT", "UPDATE", "DELETE"].iter().any(|verb| sql.starts_with(verb));
    Ok((around, all.iter().filter(writes).count()))
}

const ALONE: (usize, usize) = (0, 1);

case!(one_row_is_inserted_changed_and_deleted_by_one_statement_each, |db| {
    db.create::<(Document, Person)>().await?;
    let mut session = db.session();
    let letter = session.add(document("Letter"));
    let log = db.log();
    session.commit().await?;
    assert_eq!(log.take(), ["INSERT INTO uow_documents (title, version) VALUES (?, ?)"]);
    assert_eq!((session[letter].id, session[letter].version), (1, 1));
    assert!(!session.in_transaction());
    assert_eq!(db.engine().pool_status().lent, 0);

    session[letter].title = "Note".into();
    assert_eq!(committed(&db, &mut session).await?, ALONE);
    assert_eq!(session[letter].version, 2);
    session[letter].id = 7;
    assert_eq!(committed(&db, &mut session).await?, ALONE);
    assert_eq!(table(&db, "SELECT id, title, version FROM uow_documents").await?, "7 | Note | 3");
    session.delete(letter);
    assert_eq!(committed(&db, &mut session).await?, ALONE);
    assert_eq!(session.state(letter), None);
    assert_eq!(table(&db, "SELECT id FROM uow_documents").await?, "");

    let given = session.add(numbered(5, "Ann"));
    assert_eq!(committed(&db, &mut session).await?, ALONE);
    // The session's objects are as after any commit.
    db.execute("UPDATE uow_people SET age = 4").await?;
    assert_eq!(session.get::<Person>(5).await?, Some(given));
    assert_eq!(session[given].age, Some(4));
});

case!(what_can_fail_after_its_statement_has_a_transaction, |db| {
    db.create::<(Person, Ticket, Letter)>().await?;
    let mut session = db.session();
    session.add_all(["Ann", "Bob"].map(person));
    assert_eq!(committed(&db, &mut session).await?, (2, 1), "two rows");
    session.add(Ticket { name: "a".into(), ..Default::default() });
    assert_eq!(committed(&db, &mut session).await?, (2, 1), "a key that may not fit");
    session.add(Ticket { id: 9, name: "b".into() });
    assert_eq!(committed(&db, &mut session).await?, ALONE, "a key that is given");
    let letter = session.add(Letter::default());
    assert_eq!(committed(&db, &mut session).await?, (2, 1), "a column that comes back");
    assert_eq!(session[letter].stamps.get(), Some(&3));
    session.add(Letter { stamps: Auto::Set(1), ..Default::default() });
    assert_eq!(committed(&db, &mut session).await?, ALONE, "nothing but the key comes back");

    session.add(person("Cid"));
    let log = db.log();
    session.flush().await?;
    assert!(session.in_transaction());
    session.rollback().await?;
    assert_eq!(log.take()[0], "BEGIN", "a flush can be rolled back");
    session.add(person("Dan"));
    session.begin().await?;
    session.commit().await?;
    assert_eq!(log.take().last().map(String::as_str), Some("COMMIT"), "a transaction is open");

    let mut session = SessionFactory::new(db.engine()).isolation(Isolation::Serializable).session();
    session.add(person("Eve"));
    assert_eq!(committed(&db, &mut session).await?, (2, 1), "an isolation of its own");
    assert_eq!(table(&db, "SELECT name FROM uow_people ORDER BY id").await?, "Ann\nBob\nDan\nEve");
});

case!(a_row_that_is_refused_alone_leaves_nothing_and_the_session_inactive, |db| {
    db.create::<(Person, Document)>().await?;
    let mut session = db.session();
    let ann = session.add(person("Ann"));
    session.commit().await?;
    let twin = session.add(person("Ann"));
    let error = refused(session.commit().await);
    assert!(matches!(error.kind(), ErrorKind::Unique { .. }), "{error}");
    assert!(error.to_string().contains("Person#1"), "{error}");
    assert!(matches!(refused(session.commit().await).kind(), ErrorKind::Inactive { .. }));
    assert_eq!(db.engine().pool_status().lent, 0);
    session.rollback().await?;
    assert_eq!((session.state(twin), session[twin].id), (Some(ObjectState::Transient), 0));
    session[twin].name = "Bob".into();
    session.add(twin);
    session.commit().await?;
    assert_eq!(table(&db, "SELECT name FROM uow_people ORDER BY id").await?, "Ann\nBob");

    // A version that another wrote meanwhile.
    let note = session.add(document("Note"));
    session.commit().await?;
    db.execute("UPDATE uow_documents SET version = 5, title = 'Theirs'").await?;
    session[note].title = "Ours".into();
    let error = refused(session.commit().await);
    assert!(matches!(error.kind(), ErrorKind::Stale { .. }), "{error}");
    session.rollback().await?;
    assert_eq!(session[note].title, "Note");
    // And a row that is gone.
    db.execute("DELETE FROM uow_people WHERE name = 'Ann'").await?;
    session.delete(ann);
    assert!(matches!(refused(session.commit().await).kind(), ErrorKind::Stale { .. }));
    session.rollback().await?;
    assert_eq!(table(&db, "SELECT title FROM uow_documents").await?, "Theirs");
});

case!(a_lock_that_is_not_to_be_had_leaves_the_session_as_it_was, |db| {
    db.create::<(Person,)>().await?;
    if db.backend() != Backend::SqliteFile {
        return Ok(());
    }
    let engine = db.engine_with_busy_timeout(Duration::from_millis(30)).await?;
    let mut session = engine.session();
    let ann = session.add(person("Ann"));
    // One that waits in the queue of its own engine, and one that finds the file locked by another.
    for mut holder in [engine.session(), db.session()] {
        holder.begin().await?;
        let error = refused(session.commit().await);
        assert!(matches!(error.kind(), ErrorKind::LockTimeout), "{error}");
        assert!(!error.to_string().contains("inserting"), "{error}");
        assert_eq!(session.state(ann), Some(ObjectState::Pending));
        holder.rollback().await?;
    }
    session.commit().await?;
    assert_eq!(table(&db, "SELECT name FROM uow_people").await?, "Ann");
});

case!(a_connection_that_is_lost_as_a_row_commits_itself_leaves_the_outcome_unknown, |db| {
    db.create::<(Person,)>().await?;
    if !db.is_server() {
        // There is no connection to lose.
        return Ok(());
    }
    let engine = db.engine_with_pool(1, Duration::from_secs(5)).await?;
    engine.query::<Person>().count().await?;
    let sql = "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()";
    for row in db.rows(sql).await? {
        db.execute(&format!("KILL {}", row[0])).await?;
    }
    let mut session = engine.session();
    let ann = session.add(person("Ann"));
    let error = refused(session.commit().await);
    assert!(matches!(error.kind(), ErrorKind::OutcomeUnknown), "{error}");
    assert!(!error.is_retryable());
    assert!(matches!(refused(session.flush().await).kind(), ErrorKind::Inactive { .. }));
    session.rollback().await?;
    session.add(ann);
    session.commit().await?;
    assert_eq!(table(&db, "SELECT name FROM uow_people").await?, "Ann");
    assert_eq!(engine.pool_status().lent, 0);
});

case!(a_commit_of_one_row_that_is_dropped_is_there_or_not_and_the_session_says_so, |db| {
    db.create::<(Person,)>().await?;
    for times in 1..200 {
        let mut session = db.session();
        let name = format!("n{times}");
        let new = session.add(person(&name));
        let is_there = async || db.engine().query::<Person>().filter(|p| p.name.eq(&name)).exists().await;
        if let Some(outcome) = polled(session.commit(), times).await {
            outcome?;
            assert!(is_there().await?);
            assert_eq!(db.engine().pool_status().lent, 0);
            return Ok(());
        }
        match session.commit().await {
            // It was dropped before anything was sent, and went on.
            Ok(()) => assert!(is_there().await?),
            Err(error) => {
                assert!(matches!(error.kind(), ErrorKind::Inactive { .. }), "{error}");
                assert!(error.to_string().contains("not known whether"), "{error}");
                session.rollback().await?;
                assert_eq!((session.state(new), session[new].id), (Some(ObjectState::Transient), 0));
                if !is_there().await? {
                    // The server may be at it still: then the name is taken.
                    session.add(new);
                    let again = session.commit().await;
                    assert!(again.is_ok() || is_there().await?, "{again:?}");
                }
            }
        }
    }
    panic!("it never came to its end");
});
