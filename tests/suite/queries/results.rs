//! What a query gives: rows, one row, a number, yes or no; from a session, from an engine, from either.

use orm::prelude::*;
use orm::{ErrorKind, Result, Session};

use super::{Person, people};

case!(first_gives_a_row_or_none, |db| {
    people(&db).await?;
    let query = || db.engine().query::<Person>().order_by(|p| p.points.desc());
    let log = db.log();
    assert_eq!(query().first().await?.unwrap().name, "Ann");
    assert!(log.take()[0].ends_with(" ORDER BY people.points DESC LIMIT 1"));
    assert_eq!(query().offset(1).first().await?.unwrap().name, "Éva");
    assert_eq!(query().limit(0).first().await?, None);
    assert_eq!(query().filter(|p| p.points.gt(99)).first().await?, None);
});

case!(one_is_exactly_one, |db| {
    people(&db).await?;
    let query = || db.engine().query::<Person>();
    let log = db.log();
    assert_eq!(query().filter(|p| p.name.eq("Bob")).one().await?.points, 0);
    assert!(log.take()[0].ends_with(" LIMIT 2"), "two rows are enough to know");
    let error = query().filter(|p| p.name.eq("nobody")).one().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotFound { model } if model == "Person"));
    assert_eq!(
        error.to_string(),
        "no `Person` matches: use `one_or_none` or `first` where none is a valid answer"
    );
    let error = query().one().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::SeveralFound { model } if model == "Person"));
    assert_eq!(
        error.to_string(),
        "more than one `Person` matches where one was asked for: narrow the filter, or use `first`"
    );
    assert_eq!(query().limit(1).one().await?.name, "Ann", "a limit of the caller counts");
});

case!(one_or_none_is_at_most_one, |db| {
    people(&db).await?;
    let query = || db.engine().query::<Person>();
    assert_eq!(query().filter(|p| p.points.eq(7)).one_or_none().await?.unwrap().name, "Éva");
    assert_eq!(query().filter(|p| p.points.eq(99)).one_or_none().await?, None);
    let error = query().one_or_none().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::SeveralFound { .. }));
});

case!(count_counts_what_all_would_give, |db| {
    people(&db).await?;
    let query = || db.engine().query::<Person>();
    let log = db.log();
    assert_eq!(query().count().await?, 4);
    assert_eq!(log.take(), ["SELECT COUNT(*) FROM people"]);
    assert_eq!(query().filter(|p| p.active).order_by(|p| p.id.asc()).count().await?, 2);
    assert_eq!(log.take(), ["SELECT COUNT(*) FROM people WHERE people.active"]);
    assert_eq!(query().limit(3).count().await?, 3);
    assert_eq!(query().limit(0).count().await?, 0);
    assert_eq!(query().offset(3).count().await?, 1);
    assert_eq!(query().limit(3).offset(2).count().await?, 2);
    assert_eq!(query().offset(99).count().await?, 0);
});

/// A part of a table, in which rows can be equal.
#[derive(Model, Debug, PartialEq)]
#[orm(table = "people")]
struct Activity {
    #[orm(primary_key)]
    active: bool,
}

case!(distinct_leaves_out_equal_rows, |db| {
    people(&db).await?;
    let query = || db.engine().query::<Activity>().distinct();
    let log = db.log();
    assert_eq!(query().all().await?.len(), 2);
    assert_eq!(log.take(), ["SELECT DISTINCT people.active FROM people"]);
    assert_eq!(query().count().await?, 2);
    assert_eq!(log.take(), ["SELECT COUNT(*) FROM (SELECT DISTINCT people.active FROM people) AS counted"]);
    assert_eq!(query().limit(1).count().await?, 1);
    assert!(query().exists().await?);
    assert_eq!(db.engine().query::<Activity>().count().await?, 4);
});

case!(exists_says_yes_or_no, |db| {
    people(&db).await?;
    let query = || db.engine().query::<Person>();
    let log = db.log();
    assert!(query().filter(|p| p.points.eq(7)).exists().await?);
    assert_eq!(log.take(), ["SELECT EXISTS (SELECT 1 FROM people WHERE people.points = ?)"]);
    assert!(!query().filter(|p| p.points.eq(99)).exists().await?);
    assert!(!query().limit(0).exists().await?);
    assert!(query().offset(3).exists().await?);
    assert!(!query().offset(4).exists().await?);
});

case!(an_empty_table_has_nothing, |db| {
    db.create::<(Person,)>().await?;
    let query = || db.engine().query::<Person>();
    assert_eq!(query().all().await?, []);
    assert_eq!(query().first().await?, None);
    assert_eq!(query().count().await?, 0);
    assert!(!query().exists().await?);
});

case!(a_session_gives_handles_and_one_for_each_row, |db| {
    people(&db).await?;
    let mut session = db.session();
    let all = session.query::<Person>().order_by(|p| p.id.asc()).all().await?;
    let names: Vec<&str> = all.iter().map(|person| session[person].name.as_str()).collect();
    assert_eq!(names, ["Ann", "ann", "Bob", "Éva"]);
    assert_eq!(session.query::<Person>().filter(|p| p.name.eq("Bob")).one().await?, all[2]);
    assert_eq!(session.query::<Person>().order_by(|p| p.points.asc()).first().await?, Some(all[1]));
    assert_eq!(session.get::<Person>(4).await?, Some(all[3]));
    assert_eq!(session.query::<Person>().count().await?, 4);
    assert!(session.query::<Person>().exists().await?);
    assert!(!session.in_transaction(), "reads need no transaction");
});

async fn count_and_name<S: Session>(session: &mut S) -> Result<(i64, usize)> {
    let count = session.query::<Person>().filter(|p| p.points.ge(0)).count().await?;
    let rows = session.query::<Person>().filter(|p| p.points.ge(0)).all().await?;
    Ok((count, rows.len()))
}

case!(code_can_leave_open_what_it_runs_against, |db| {
    people(&db).await?;
    assert_eq!(count_and_name(&mut db.engine().clone()).await?, (3, 3));
    assert_eq!(count_and_name(&mut db.session()).await?, (3, 3));
});

case!(a_query_of_a_session_sees_what_is_pending, |db| {
    people(&db).await?;
    let mut session = db.session();
    let new = session.add(Person { name: "New".into(), points: 99, ..Default::default() });
    let found = session.query::<Person>().filter(|p| p.points.gt(50)).one().await?;
    assert_eq!(found, new);
    assert_eq!(session.query::<Person>().count().await?, 5);
    session.rollback().await?;
    assert_eq!(session.query::<Person>().count().await?, 4);

    session.add(Person { name: "Later".into(), ..Default::default() });
    let without = session.query::<Person>().autoflush(false).count().await?;
    assert_eq!(without, 4);
});

case!(a_query_can_be_sent_to_another_task, |db| {
    people(&db).await?;
    let engine = db.engine().clone();
    let task = tokio::spawn(async move {
        let names = ["Ann".to_owned()];
        let query = engine.query::<Person>().filter(|p| p.name.in_(&names));
        query.all().await
    });
    assert_eq!(task.await??.len(), 1);
});

case!(many_queries_run_at_once, |db| {
    people(&db).await?;
    let mut tasks = Vec::new();
    for number in 0..40 {
        let engine = db.engine().clone();
        tasks.push(tokio::spawn(async move {
            engine.query::<Person>().filter(|p| p.points.gt(number - 20)).count().await
        }));
    }
    let mut counts = Vec::new();
    for task in tasks {
        counts.push(task.await??);
    }
    assert!(counts.is_sorted_by(|one, two| one >= two), "{counts:?}");
    assert_eq!((counts[0], counts[39]), (4, 0));
});
