//! A commit of many objects gives other tasks a turn. Where it is dropped meanwhile, all of it is there or nothing, and the
//! session says what happened; who wants to write as well waits.

use super::*;
use crate::harness::polled;

const OLD: i64 = 300;
const NEW: i64 = 1_000;

fn people(count: i64, name: &str) -> Vec<Person> {
    (0..count).map(|number| Person { name: format!("{name} {number}"), ..Default::default() }).collect()
}

/// Whether the commit of a number is there; never is a part of it.
async fn is_there(db: &Database, number: i32) -> Result<bool> {
    let new = db.engine().query::<Person>().filter(|p| p.name.starts_with(format!("new {number} "))).count();
    let new = new.await?;
    let changed = db.engine().query::<Person>().filter(|p| p.age.eq(number)).count().await?;
    assert!(matches!((new, changed), (0, 0) | (NEW, OLD)), "{new} new and {changed} changed rows");
    Ok(new > 0)
}

case!(a_long_commit_that_is_dropped_is_whole_or_nothing_and_the_session_says_so, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    session.add_all(people(OLD, "old"));
    session.commit().await?;
    let mut times = 1;
    loop {
        let mut session = db.session();
        let old = session.query::<Person>().filter(|p| p.name.starts_with("old")).all().await?;
        for handle in &old {
            session[*handle].age = Some(times);
        }
        let new = session.add_all(people(NEW, &format!("new {times}")));
        if let Some(outcome) = polled(session.commit(), times.unsigned_abs()).await {
            outcome?;
            assert!(is_there(&db, times).await?);
            assert!(times > 1 || !db.backend().is_sqlite(), "it gave nobody a turn");
            return Ok(());
        }
        match session.commit().await {
            // It was dropped before anything was written, and went on.
            Ok(()) => assert!(is_there(&db, times).await?),
            Err(error) => {
                assert!(matches!(error.kind(), ErrorKind::Inactive { .. }), "{error}");
                assert!(error.to_string().contains("dropped"), "{error}");
                session.rollback().await?;
                for handle in &new {
                    assert_eq!(
                        (session.state(*handle), session[*handle].id),
                        (Some(orm::ObjectState::Transient), 0)
                    );
                }
                if !is_there(&db, times).await? {
                    // The objects are as they were before: the same session can write them.
                    for handle in &old {
                        assert_ne!(session[*handle].age, Some(times));
                        session[*handle].age = Some(times);
                    }
                    new.iter().for_each(|handle| _ = session.add(*handle));
                    session.commit().await?;
                    assert!(is_there(&db, times).await?);
                }
            }
        }
        times += 1 + times / 4;
    }
});

case!(who_writes_beside_a_long_commit_waits_for_it, |db| {
    db.create::<(Person,)>().await?;
    let long = async {
        let mut session = db.session();
        session.add_all(people(5_000, "long"));
        session.commit().await
    };
    let short = async {
        let mut turns = 0;
        for number in 0..5 {
            tokio::task::yield_now().await;
            turns += 1;
            let mut session = db.session();
            session.add(Person { name: format!("short {number}"), ..Default::default() });
            session.commit().await?;
        }
        Ok::<_, Error>(turns)
    };
    let (long, short) = tokio::join!(long, short);
    long?;
    assert_eq!(short?, 5);
    assert_eq!(db.engine().query::<Person>().count().await?, 5_005);
});

case!(a_commit_of_many_rows_that_is_dropped_on_its_way_is_told_of, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    session.add_all(people(2_500, "many"));
    session.flush().await?;
    // SQLite writes so many on another thread, which goes on.
    if let Some(outcome) = polled(session.commit(), 1).await {
        outcome?;
    } else {
        let error = session.commit().await.unwrap_err();
        assert!(error.to_string().contains("it is not known whether it took place"), "{error}");
        session.rollback().await?;
    }
    drop(session);
    // The connection comes back, and with it all of the rows or none.
    let mut other = db.session();
    other.add(Person { name: "other".into(), ..Default::default() });
    other.commit().await?;
    let count = db.engine().query::<Person>().count().await?;
    assert!([1, 2_501].contains(&count), "{count} rows");
});
