//! Writes by a query that fail, or whose future is dropped.

use super::*;
use crate::harness::polled;

use orm::{Access, TransactionOptions};

case!(a_constraint_refuses_a_write_and_names_it, |db| {
    members(&db).await?;
    let refused = db.engine().query::<Team>().update(|t| t.name.set("same")).await.unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::Unique { .. }), "{refused}");
    assert!(refused.to_string().contains("in the UPDATE of `Team` at "), "{refused}");
    assert!(refused.to_string().contains("failures.rs"), "{refused}");
    let refused = db.engine().query::<Note>().update(|n| n.member_id.set(99)).await.unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::ForeignKey { .. }), "{refused}");
    // A session is rolled back, like after a flush that failed.
    let mut session = db.session();
    let red = session.get::<Team>(1).await?.unwrap();
    session[red].bonus = 50;
    session.flush().await?;
    let refused = session.query::<Team>().update(|t| t.name.set("same")).await.unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::Unique { .. }), "{refused}");
    let inactive = session.query::<Team>().count().await.unwrap_err();
    assert!(matches!(inactive.kind(), ErrorKind::Inactive { .. }), "{inactive}");
    session.rollback().await?;
    assert_eq!((session[red].bonus, session[red].name.as_str()), (5, "red"));
    // One inside a savepoint costs the savepoint.
    session[red].bonus = 51;
    session.flush().await?;
    let nested = session
        .nested(async |session: &mut UnitOfWork| session.query::<Team>().update(|t| t.name.set("same")).await)
        .await;
    assert!(nested.is_err());
    session.commit().await?;
    assert_eq!(db.engine().query::<Team>().filter(|t| t.bonus.eq(51)).count().await?, 1);
});

case!(a_transaction_for_reading_refuses_to_write, |db| {
    members(&db).await?;
    let mut session = db.session();
    session.begin_with(TransactionOptions { access: Access::Read, isolation: None }).await?;
    let log = db.log();
    let refused = [
        session.query::<Member>().update(|m| m.points.set(1)).await.unwrap_err(),
        session.query::<Member>().delete().await.unwrap_err(),
        session.insert_many([Team::default()]).await.unwrap_err(),
        session.insert_many([Team::default()]).on_conflict(|t| t.name).do_nothing().await.unwrap_err(),
    ];
    for refused in refused {
        assert!(matches!(refused.kind(), ErrorKind::ReadOnly { .. }), "{refused}");
    }
    assert!(log.take().is_empty());
    session.rollback().await?;
});

case!(a_write_that_is_dropped_leaves_no_open_transaction, |db| {
    members(&db).await?;
    let total = || async { db.engine().query::<Member>().select(|m| m.points.sum()).one().await };
    for times in 1..40 {
        let mut session = db.session();
        let ann = session.get::<Member>(1).await?.unwrap();
        let write = session
            .query::<Member>()
            .filter(|m| m.team().name.eq("red"))
            .update(|m| m.points.set(m.points + 1));
        let ended = polled(write, times).await;
        if ended.is_none() && session.in_transaction() {
            // It may have been dropped before it wrote, or in the middle; never does half of it stay.
            let outcome = session.commit().await;
            assert!(outcome.is_err() || session[ann].points == 10, "{outcome:?}");
        }
        session.rollback().await?;
        assert_eq!(session[ann].points, 10);
        assert_eq!(total().await?, Some(100));
        if ended.is_some() {
            return Ok(());
        }
    }
});

case!(a_write_of_an_engine_that_is_dropped_is_whole_or_nothing, |db| {
    members(&db).await?;
    for times in 1..40 {
        let before = points(&db).await?[0].1;
        let write =
            db.engine().query::<Member>().update(|m| m.points.set(m.points + 1)).returning(|m| m.points);
        let ended = polled(write, times).await;
        let after: Vec<i64> = points(&db).await?.into_iter().map(|(_, points)| points).collect();
        let added = after[0] - before;
        assert!(added == 0 || added == 1);
        assert_eq!(after, [10, 20, 30, 40].map(|points| points + after[0] - 10));
        if let Some(rows) = ended {
            assert_eq!((rows?.len(), added), (4, 1));
            return Ok(());
        }
    }
});
