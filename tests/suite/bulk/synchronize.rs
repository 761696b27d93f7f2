//! The objects of a session after a write by a query.

use super::*;

use orm::ObjectState;

case!(what_can_be_computed_is_computed_for_the_objects, |db| {
    members(&db).await?;
    let mut session = db.session();
    let all = session.query::<Member>().order_by(|m| m.id.asc()).all().await?;
    let log = db.log();
    let matched = session
        .query::<Member>()
        .filter(|m| m.points.between(15, 30) & (m.nick.is_null() | m.name.starts_with("X")))
        .update(|m| (m.points.set(m.points * 2 + 1), m.nick.set(m.name), m.score.set(m.score + 0.25)))
        .await?;
    assert_eq!(matched, 2);
    assert_eq!(log.take_writes().len(), 1);
    let seen: Vec<(i64, Option<&str>, f64, i64)> = all
        .iter()
        .map(|member| &session[member])
        .map(|member| (member.points, member.nick.as_deref(), member.score, member.version))
        .collect();
    assert_eq!(
        seen,
        [(10, None, 0.5, 1), (41, Some("Bob"), 0.75, 2), (61, Some("Cid"), 0.75, 2), (40, None, 0.5, 1)]
    );
    // The version is in step: the next flush finds the row.
    session[all[1]].points = 0;
    session.commit().await?;
    assert_eq!(points(&db).await?[1], ("Bob".into(), 0));
});

case!(what_only_the_database_computes_is_read_again, |db| {
    members(&db).await?;
    let mut session = db.session();
    let ann = session.get::<Member>(1).await?.unwrap();
    let bob = session.get::<Member>(2).await?.unwrap();
    let log = db.log();
    session
        .query::<Member>()
        .filter(|m| m.team().name.eq("red"))
        .update(|m| m.points.set(m.points + 1))
        .await?;
    let statements = log.take_writes();
    assert_eq!(statements.len(), 2);
    assert!(
        statements[1].starts_with("SELECT members.id") || statements[1].starts_with("SELECT id, "),
        "{statements:?}"
    );
    assert_eq!((session[ann].points, session[bob].points), (11, 21));
    // Said so, it is an error in place of a statement more.
    let refused = session
        .query::<Member>()
        .filter(|m| m.team().name.eq("red"))
        .update(|m| m.points.set(0))
        .synchronize(Synchronize::Evaluate)
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("only the database computes (a column of another row)"),
        "{refused}"
    );
    // Fetched even where it could be computed; or left alone.
    log.take();
    session.query::<Member>().update(|m| m.points.set(5)).synchronize(Synchronize::Fetch).await?;
    assert_eq!(log.take().len(), 2);
    assert_eq!(session[ann].points, 5);
    session.query::<Member>().update(|m| m.points.set(6)).synchronize(Synchronize::Nothing).await?;
    assert_eq!(log.take().len(), 1);
    assert_eq!(session[ann].points, 5);
    session.refresh(ann).await?;
    assert_eq!(session[ann].points, 6);
});

case!(unflushed_changes_are_written_first, |db| {
    members(&db).await?;
    let mut session = db.session();
    let ann = session.get::<Member>(1).await?.unwrap();
    let eve = session.add(Member { name: "Eve".into(), points: 90, ..Default::default() });
    session[ann].points = 100;
    let matched =
        session.query::<Member>().filter(|m| m.points.ge(90)).update(|m| m.points.set(m.points + 1)).await?;
    assert_eq!(matched, 2);
    assert_eq!((session[ann].points, session[eve].points), (101, 91));
    assert_eq!((session[ann].version, session[eve].version), (3, 2));
    session.commit().await?;
    assert_eq!(points(&db).await?[0], ("Ann".into(), 101));
});

case!(without_autoflush_changes_stay_what_they_are, |db| {
    members(&db).await?;
    let mut session = db.session();
    let ann = session.get::<Member>(1).await?.unwrap();
    session[ann].points = 100;
    let matched = session
        .query::<Member>()
        .autoflush(false)
        .filter(|m| m.points.eq(10))
        .update(|m| (m.points.set(11), m.best.set(12)))
        .await?;
    assert_eq!(matched, 1);
    assert_eq!((session[ann].points, session[ann].best), (100, 12));
    assert_eq!(session.changes(ann).len(), 1);
    session.commit().await?;
    assert_eq!(points(&db).await?[0], ("Ann".into(), 100));
    assert_eq!(session[ann].version, 3);
});

case!(deleted_rows_take_their_objects_along, |db| {
    members(&db).await?;
    let mut session = db.session();
    let all = session.query::<Member>().order_by(|m| m.id.asc()).all().await?;
    let notes = session.query::<Note>().order_by(|n| n.id.asc()).all().await?;
    assert_eq!(session.query::<Member>().filter(|m| m.active).delete().await?, 2);
    assert_eq!(session.state(all[0]), Some(ObjectState::Deleted));
    assert_eq!(session.state(all[1]), Some(ObjectState::Persistent));
    // ON DELETE CASCADE took the notes.
    assert_eq!(session.state(notes[0]), Some(ObjectState::Deleted));
    assert_eq!(session.state(notes[1]), Some(ObjectState::Persistent));
    assert!(session.get::<Member>(1).await?.is_none());
    session.rollback().await?;
    assert_eq!(session.state(all[0]), Some(ObjectState::Persistent));
    assert_eq!(session.state(notes[0]), Some(ObjectState::Persistent));
    assert_eq!(session.query::<Member>().filter(|m| m.active).delete().await?, 2);
    session.commit().await?;
    assert!(session.get_ref(all[0]).is_none());
    assert_eq!(session.state(notes[0]), None);
    // ON DELETE SET NULL.
    let bob = session.get::<Member>(2).await?.unwrap();
    assert_eq!(session[bob].team_id, Some(1));
    session.query::<Team>().filter(|t| t.members().any(|m| m.name.eq("Bob"))).delete().await?;
    assert_eq!(session[bob].team_id, None);
    session.commit().await?;
});

case!(relations_that_were_loaded_go_stale, |db| {
    members(&db).await?;
    let mut session = db.session();
    let teams = session.query::<Team>().with(|t| t.members()).order_by(|t| t.id.asc()).all().await?;
    let ann = session.query::<Member>().filter(|m| m.id.eq(1)).with(|m| (m.team(), m.notes())).one().await?;
    session.query::<Member>().filter(|m| m.id.eq(1)).update(|m| m.points.set(0)).await?;
    assert_eq!(session[teams[0]].members.len()?, 2);
    session.begin_nested().await?;
    session.query::<Member>().filter(|m| m.id.eq(1)).update(|m| m.team_id.set(2)).await?;
    assert!(matches!(session[teams[0]].members.len().unwrap_err().kind(), ErrorKind::NotLoaded { .. }));
    assert!(session[ann].team.get(&session).is_err());
    assert_eq!(session[ann].notes.len()?, 1);
    session.load(&teams, |t| t.members()).await?;
    assert_eq!((session[teams[0]].members.len()?, session[teams[1]].members.len()?), (1, 2));
    session.query::<Member>().filter(|m| m.id.eq(3)).delete().await?;
    assert!(session[teams[1]].members.len().is_err());
    assert_eq!(session[teams[0]].members.len()?, 1);
    session.rollback_nested().await?;
    assert_eq!(session[ann].team_id, Some(1));
    session.load(&teams, |t| t.members()).await?;
    assert_eq!((session[teams[0]].members.len()?, session[teams[1]].members.len()?), (2, 1));
    session.insert_many([Member { name: "Eve".into(), team_id: Some(2), ..Default::default() }]).await?;
    assert!(session[teams[1]].members.len().is_err());
    session.commit().await?;
});

case!(a_collection_that_was_narrowed_is_loaded_again, |db| {
    members(&db).await?;
    let mut session = db.session();
    let few = |t: Cols<Team>| t.members().filter(|m| m.points.gt(15));
    let red = session.query::<Team>().filter(|t| t.id.eq(1)).with(few).one().await?;
    assert_eq!(session[red].members.len()?, 1);
    session.query::<Member>().filter(|m| m.id.eq(1)).update(|m| m.points.set(99)).await?;
    assert!(session[red].members.len().is_err());
    session.load(red, few).await?;
    assert_eq!(session[red].members.len()?, 2);
});

case!(a_rollback_takes_a_write_back, |db| {
    members(&db).await?;
    let mut session = db.session();
    let ann = session.get::<Member>(1).await?.unwrap();
    session.query::<Member>().update(|m| m.points.set(m.points + 1)).await?;
    session.begin_nested().await?;
    session.query::<Member>().update(|m| m.points.set(m.points + 100)).await?;
    session.query::<Member>().filter(|m| m.id.eq(1)).delete().await?;
    assert_eq!(session.state(ann), Some(ObjectState::Deleted));
    session.rollback_nested().await?;
    assert_eq!(session.state(ann), Some(ObjectState::Persistent));
    assert_eq!((session[ann].points, session[ann].version), (11, 2));
    session.rollback().await?;
    assert_eq!((session[ann].points, session[ann].version), (10, 1));
    assert_eq!(points(&db).await?[0], ("Ann".into(), 10));
});

case!(keys_that_change_are_followed_where_they_can_be_computed, |db| {
    seats(&db).await?;
    let mut session = db.session();
    let seat = session.get::<Seat>((1, 2)).await?.unwrap();
    session.query::<Seat>().filter(|s| s.room.eq(1)).update(|s| s.room.set(s.room + 10)).await?;
    assert_eq!(session[seat].room, 11);
    let log = db.log();
    assert_eq!(session.get::<Seat>((11, 2)).await?, Some(seat));
    assert!(log.take().is_empty());
    assert!(session.get::<Seat>((1, 2)).await?.is_none());
    let refused = session.query::<Seat>().limit(1).update(|s| s.number.set(s.number + 50)).await.unwrap_err();
    assert!(refused.to_string().contains("sets the key `Seat.number`"), "{refused}");
    session.rollback().await?;
    assert_eq!(session[seat].room, 1);
    assert_eq!(session.get::<Seat>((1, 2)).await?, Some(seat));
});

case!(stale_objects_are_read_again, |db| {
    members(&db).await?;
    let mut session = db.session();
    let ann = session.get::<Member>(1).await?.unwrap();
    session.commit().await?;
    assert!(session.is_stale(ann));
    db.execute("UPDATE members SET points = 500 WHERE id = 1").await?;
    session.query::<Member>().filter(|m| m.points.gt(100)).update(|m| m.points.set(m.points + 1)).await?;
    assert!(!session.is_stale(ann));
    assert_eq!((session[ann].points, session[ann].version), (501, 2));
    session[ann].points = 7;
    session.commit().await?;
    assert_eq!(points(&db).await?[0], ("Ann".into(), 7));
});
