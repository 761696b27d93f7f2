//! What a write gives of its rows.

use super::*;

case!(an_update_gives_its_rows_as_they_are_after, |db| {
    members(&db).await?;
    let log = db.log();
    let mut rows: Vec<(i64, String, i64)> = db
        .engine()
        .query::<Member>()
        .filter(|m| m.active)
        .update(|m| m.points.set(m.points + 1))
        .returning(|m| (m.id, m.name, m.points))
        .await?;
    rows.sort();
    assert_eq!(rows, [(1, "Ann".into(), 11), (3, "Cid".into(), 31)]);
    let update = "UPDATE members SET points = members.points + ?, version = members.version + ? WHERE ";
    let expected = if db.backend().is_sqlite() {
        vec![format!("{update}members.active RETURNING members.id, members.name, members.points")]
    } else {
        vec![
            "BEGIN".into(),
            "SELECT members.id FROM members WHERE members.active FOR UPDATE".into(),
            format!("{update}members.id IN (?, ?)"),
            "SELECT members.id, members.name, members.points FROM members WHERE members.id IN (?, ?)".into(),
            "COMMIT".into(),
        ]
    };
    assert_eq!(log.take(), expected);
});

case!(a_delete_gives_its_rows_as_they_were, |db| {
    members(&db).await?;
    let log = db.log();
    let mut gone: Vec<Member> =
        db.engine().query::<Member>().filter(|m| m.team().name.eq("red")).delete().returning(|m| m).await?;
    gone.sort_by_key(|member| member.id);
    assert_eq!((gone.len(), gone[1].name.as_str(), gone[1].points), (2, "Bob", 20));
    let statements = log.take();
    match db.backend() {
        Backend::SqliteMemory | Backend::SqliteFile | Backend::MariaDb => {
            assert_eq!(statements.len(), 1);
            assert!(statements[0].contains(" RETURNING members.id, "), "{statements:?}");
        }
        Backend::MariaDbWithoutReturning | Backend::MySql => {
            assert_eq!(statements.len(), 4);
            assert!(statements[1].ends_with(" FOR UPDATE"), "{statements:?}");
            assert_eq!(statements[2], "DELETE FROM members WHERE members.id IN (?, ?)");
        }
    }
    assert_eq!(points(&db).await?.len(), 2);
});

case!(a_limit_and_joined_values_return_the_rows_that_were_written, |db| {
    members(&db).await?;
    let mut session = db.session();
    let ann = session.get::<Member>(1).await?.unwrap();
    let names: Vec<String> = session
        .query::<Member>()
        .order_by(|m| m.points.asc())
        .limit(1)
        .update(|m| (m.points.set(m.points + 1000), m.best.set(m.team().bonus.or(0))))
        .returning(|m| m.name)
        .await?;
    assert_eq!(names, ["Ann"]);
    assert_eq!((session[ann].points, session[ann].best, session[ann].version), (1010, 5, 2));
    session.commit().await?;
    let mut seats_left = Vec::new();
    seats(&db).await?;
    while let Some(key) = db
        .engine()
        .query::<Seat>()
        .order_by(|s| (s.room.asc(), s.number.desc()))
        .limit(1)
        .delete()
        .returning(|s| (s.room, s.number))
        .await?
        .pop()
    {
        seats_left.push(key);
    }
    assert_eq!(seats_left, [(1, 3), (1, 2), (1, 1), (2, 3), (2, 2), (2, 1)]);
});

case!(rows_of_a_query_return_what_they_became, |db| {
    members(&db).await?;
    let write = db
        .engine()
        .insert_into::<Note>()
        .columns(|n| (n.member_id, n.text))
        .from_query(query::<Member>().filter(|m| m.active).select(|m| (m.id, m.name)))
        .returning(|n| (n.id, n.text));
    if db.backend().has_returning() {
        let mut rows = write.await?;
        rows.sort();
        assert_eq!(rows, [(5, "Ann".into()), (6, "Cid".into())]);
    } else {
        let refused = write.await.unwrap_err();
        assert!(matches!(refused.kind(), ErrorKind::Unsupported { .. }), "{refused}");
        assert_eq!(db.engine().query::<Note>().count().await?, 4);
    }
});

case!(returning_sees_the_written_row_alone, |db| {
    members(&db).await?;
    let refused = db
        .engine()
        .query::<Member>()
        .filter(|m| m.id.eq(1))
        .update(|m| m.points.set(1))
        .returning(|m| m.team().name)
        .to_sql()
        .unwrap_err();
    assert!(refused.to_string().contains("sees the written row alone"), "{refused}");
    let refused = db.engine().query::<Member>().delete().returning(|m| m.points.sum()).to_sql().unwrap_err();
    assert!(refused.to_string().contains("takes no aggregates"), "{refused}");
});
