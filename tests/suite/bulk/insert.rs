//! INSERT of many rows that nobody tracks, and INSERT .. SELECT.

use super::*;

case!(many_rows_are_inserted_in_few_statements_and_come_back_with_their_keys, |db| {
    db.create::<(Team, Member, Note)>().await?;
    let log = db.log();
    let teams = db
        .engine()
        .insert_many((1..=300).map(|n| Team { name: format!("team {n}"), bonus: n, ..Default::default() }))
        .await?;
    assert!(log.take_writes().len() <= 6);
    assert_eq!(teams.len(), 300);
    for (position, team) in teams.iter().enumerate() {
        assert_eq!((team.id, team.bonus), (position as i64 + 1, position as i64 + 1));
    }
    assert_eq!(db.engine().query::<Team>().count().await?, 300);
    let none: Vec<Team> = db.engine().insert_many(Vec::<Team>::new()).await?;
    assert!(none.is_empty());
});

case!(rows_get_defaults_and_their_first_version, |db| {
    members(&db).await?;
    let mut session = db.session();
    let notes = session
        .insert_many([
            Note { member_id: 1, ..Default::default() },
            Note { member_id: 2, text: "mine".to_owned().into(), ..Default::default() },
            Note { member_id: 3, ..Default::default() },
        ])
        .await?;
    let texts: Vec<&str> = notes.iter().map(|note| note.text.get().unwrap().as_str()).collect();
    assert_eq!(texts, ["empty", "mine", "empty"]);
    assert!(session.in_transaction());
    let members = session.insert_many([Member { name: "Eve".into(), ..Default::default() }]).await?;
    assert_eq!((members[0].id, members[0].version), (5, 1));
    session.rollback().await?;
    assert_eq!(db.engine().query::<Note>().count().await?, 4);
    assert_eq!(db.engine().query::<Member>().count().await?, 4);
});

case!(what_cannot_be_inserted_is_an_error_that_names_it, |db| {
    members(&db).await?;
    let log = db.log();
    let long = Member { name: "x".repeat(21), ..Default::default() };
    let refused = db.engine().insert_many([long]).await.unwrap_err();
    assert!(refused.to_string().contains("`Member.name` cannot hold this value"), "{refused}");
    let graph = Team { members: [Member::default()].into(), ..Default::default() };
    let refused = db.engine().insert_many([graph]).await.unwrap_err();
    assert!(refused.to_string().contains("`Team.members` holds objects"), "{refused}");
    assert!(log.take().is_empty());
    let team = |name: &str| Team { name: name.into(), ..Default::default() };
    let twice = db.engine().insert_many([team("new"), team("red")]).await.unwrap_err();
    assert!(matches!(twice.kind(), ErrorKind::Unique { .. }), "{twice}");
    assert!(twice.to_string().contains("row 1 of Team to row 2 of Team"), "{twice}");
    assert_eq!(db.engine().query::<Team>().count().await?, 2);
});

case!(the_rows_of_a_query_are_inserted, |db| {
    members(&db).await?;
    let engine = db.engine();
    let insert =
        engine.insert_into::<Member>().columns(|m| (m.name, m.nick, m.points, m.best, m.score, m.active));
    let write = insert.from_query(
        query::<Member>()
            .filter(|m| m.active)
            .order_by(|m| m.id.asc())
            .select(|m| (m.team().name.or("none"), m.name, m.points * 10, m.best, m.score, m.active)),
    );
    let sql = unquoted(&write.to_sql()?.sql);
    assert!(
        sql.starts_with("INSERT INTO members (name, nick, points, best, score, active, version) SELECT"),
        "{sql}"
    );
    assert_eq!(write.await?, 2);
    let rows = engine
        .query::<Member>()
        .filter(|m| m.id.gt(4))
        .order_by(|m| m.points.asc())
        .select(|m| (m.name, m.nick, m.points, m.version))
        .all()
        .await?;
    assert_eq!(
        rows,
        [("red".into(), Some("Ann".into()), 100, 1), ("blue".into(), Some("Cid".into()), 300, 1)]
    );
    // WITH stands inside, and one column is enough where the others have defaults.
    let best = query::<Member>().filter(|m| m.points.ge(300)).cte("best");
    let notes = engine
        .insert_into::<Note>()
        .columns(|n| n.member_id)
        .from_query(orm::query_from(&best).select(|b| b.id));
    assert_eq!(notes.await?, 1);
    assert_eq!(engine.query::<Note>().filter(|n| n.text.eq("empty")).count().await?, 1);
});

case!(columns_that_need_a_value_are_named, |db| {
    members(&db).await?;
    let log = db.log();
    let write = db
        .engine()
        .insert_into::<Member>()
        .columns(|m| (m.points, m.best))
        .from_query(query::<Member>().select(|m| (m.points, m.best)));
    let refused = write.await.unwrap_err();
    assert!(refused.to_string().contains("`Member.active` takes no NULL"), "{refused}");
    assert!(log.take().is_empty());
});
