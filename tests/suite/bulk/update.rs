//! UPDATE by a query.

use super::*;

use orm::case;

case!(an_update_sets_values_and_expressions, |db| {
    members(&db).await?;
    let log = db.log();
    let matched = db
        .engine()
        .query::<Member>()
        .filter(|m| m.active)
        .update(|m| (m.points.set(m.points + 1), m.nick.set("x"), m.name.set("Eve".to_owned())))
        .await?;
    assert_eq!(matched, 2);
    assert_eq!(
        log.take(),
        [
            "UPDATE members SET points = members.points + ?, nick = ?, name = ?, version = members.version + ? \
          WHERE members.active"
        ]
    );
    assert_eq!(
        points(&db).await?,
        [("Eve".into(), 11), ("Bob".into(), 20), ("Eve".into(), 31), ("Dan".into(), 40)]
    );
    let versions: Vec<i64> =
        db.engine().query::<Member>().order_by(|m| m.id.asc()).select(|m| m.version).all().await?;
    assert_eq!(versions, [2, 1, 2, 1]);
    // NULL goes into nullable columns, and rows that are matched count, changed or not.
    let all = db.engine().query::<Member>().update(|m| m.nick.set(None)).await?;
    assert_eq!(all, 4);
    let again = db.engine().query::<Member>().update(|m| m.active.set(m.active)).await?;
    assert_eq!(again, 4);
});

case!(a_filter_walks_relations, |db| {
    members(&db).await?;
    let write = db
        .engine()
        .query::<Member>()
        .filter(|m| m.team().name.eq("red"))
        .update(|m| m.points.set(m.points * 2));
    let sql = unquoted(&write.to_sql()?.sql);
    let keys = "SELECT {}members.id{} FROM members LEFT JOIN teams ON teams.id = members.team_id WHERE teams.name = ?";
    let expected = if db.backend().is_sqlite() {
        keys.replace("{}", "")
    } else {
        let keys = keys.replacen("{}", "DISTINCT ", 1).replacen("{}", " AS c0", 1);
        format!("SELECT picked.c0 FROM ({keys}) AS picked")
    };
    let assigned = "points = members.points * ?, version = members.version + ?";
    assert_eq!(sql, format!("UPDATE members SET {assigned} WHERE members.id IN ({expected})"));
    assert_eq!(write.await?, 2);
    assert_eq!(points(&db).await?[..2], [("Ann".into(), 20), ("Bob".into(), 40)]);
    let none = db
        .engine()
        .query::<Member>()
        .filter(|m| m.team().is_none() & m.notes().any(|n| n.text.eq("note 4")))
        .update(|m| m.active.set(true))
        .await?;
    assert_eq!(none, 1);
    // A collection of the other table needs no keys.
    let teams = db.engine().query::<Team>().filter(|t| t.members().any(|m| m.points.gt(35)));
    let write = teams.update(|t| t.bonus.set(0));
    assert!(!write.to_sql()?.sql.contains("picked"));
    assert_eq!(write.await?, 1);
});

case!(a_filter_reads_the_table_that_is_written, |db| {
    members(&db).await?;
    let best = || query::<Member>().select(|m| m.points.max()).scalar();
    let matched = db
        .engine()
        .query::<Member>()
        .filter(|m| m.points.lt(best()))
        .update(|m| m.best.set(m.points + 1))
        .await?;
    assert_eq!(matched, 3);
    let colleagues = db
        .engine()
        .query::<Member>()
        .filter(|m| m.team().members().count().gt(1))
        .update(|m| m.nick.set("colleague"))
        .await?;
    assert_eq!(colleagues, 2);
    let found = db
        .engine()
        .query::<Member>()
        .filter(|m| m.nick.eq("colleague"))
        .order_by(|m| m.id.asc())
        .select(|m| (m.name, m.best))
        .all()
        .await?;
    assert_eq!(found, [("Ann".into(), 11), ("Bob".into(), 21)]);
});

case!(a_value_comes_from_another_row, |db| {
    members(&db).await?;
    let write = db.engine().query::<Member>().filter(|m| m.team_id.is_not_null()).update(|m| {
        (m.points.set(m.points + m.team().bonus.or(0)), m.nick.set(m.team().name), m.active.set(true))
    });
    let sql = unquoted(&write.to_sql()?.sql);
    let picked = format!(
        "(SELECT {}members.id AS c0, members.points + COALESCE(teams.bonus, ?) AS c1, teams.name AS c2, \
         members.version + ? AS c3 FROM members LEFT JOIN teams ON teams.id = members.team_id \
         WHERE members.team_id IS NOT NULL) AS picked",
        db.backend().either("", "DISTINCT ")
    );
    let expected = if db.backend().is_sqlite() {
        format!(
            "UPDATE members SET points = picked.c1, nick = picked.c2, active = ?, version = picked.c3 FROM {picked} \
             WHERE members.id = picked.c0"
        )
    } else {
        format!(
            "UPDATE members INNER JOIN {picked} ON members.id = picked.c0 SET members.points = picked.c1, \
             members.nick = picked.c2, members.active = ?, members.version = picked.c3"
        )
    };
    assert_eq!(sql, expected);
    assert_eq!(write.await?, 3);
    let rows = db
        .engine()
        .query::<Member>()
        .order_by(|m| m.id.asc())
        .select(|m| (m.points, m.nick, m.active))
        .all()
        .await?;
    assert_eq!(
        rows,
        [
            (15, Some("red".into()), true),
            (25, Some("red".into()), true),
            (37, Some("blue".into()), true),
            (40, None, false)
        ]
    );
    // A subquery of another table is a value like any other; one of the same table is computed before.
    let notes = db
        .engine()
        .query::<Member>()
        .update(|m| {
            let notes = query::<Note>().filter(move |n| n.member_id.eq(m.id)).count();
            m.best.set(notes)
        })
        .await?;
    assert_eq!(notes, 4);
    let highest = db
        .engine()
        .query::<Member>()
        .filter(|m| m.id.gt(1))
        .update(|m| m.points.set(query::<Member>().select(|o| o.points.max()).scalar().or(0) + m.best))
        .await?;
    assert_eq!(highest, 3);
    assert_eq!(points(&db).await?.iter().map(|(_, points)| *points).collect::<Vec<_>>(), [15, 41, 41, 41]);
});

case!(values_speak_of_the_row_as_it_was, |db| {
    members(&db).await?;
    let engine = db.engine();
    // One after the other, on a backend that assigns so: the reader first.
    let chain = engine
        .query::<Member>()
        .filter(|m| m.id.eq(1))
        .update(|m| (m.points.set(m.points + 1), m.best.set(m.points)));
    let sql = unquoted(&chain.to_sql()?.sql);
    let order = db.backend().either(
        "points = members.points + ?, best = members.points",
        "best = members.points, points = members.points + ?",
    );
    assert!(sql.contains(order), "{sql}");
    chain.await?;
    // A swap has no order.
    engine
        .query::<Member>()
        .filter(|m| m.id.eq(1))
        .update(|m| (m.points.set(m.best), m.best.set(m.points)))
        .await?;
    let row = engine.query::<Member>().filter(|m| m.id.eq(1)).select(|m| (m.points, m.best)).one().await?;
    assert_eq!(row, (10, 11));
});

case!(a_limit_takes_the_first_rows_of_an_order, |db| {
    members(&db).await?;
    let write =
        db.engine().query::<Member>().order_by(|m| m.points.desc()).limit(2).update(|m| m.points.set(0));
    let sql = unquoted(&write.to_sql()?.sql);
    let expected = db.backend().either(
        "UPDATE members SET points = ?, version = members.version + ? WHERE members.id IN \
         (SELECT members.id FROM members ORDER BY members.points DESC LIMIT 2)",
        "UPDATE members SET points = ?, version = members.version + ? ORDER BY members.points DESC LIMIT 2",
    );
    assert_eq!(sql, expected);
    assert_eq!(write.await?, 2);
    // An offset is in no UPDATE: the keys are picked.
    let second = db
        .engine()
        .query::<Member>()
        .order_by(|m| m.points.desc())
        .order_by(|m| m.id.asc())
        .limit(1)
        .offset(1)
        .update(|m| m.points.set(1));
    assert_eq!(second.await?, 1);
    let by_team = db
        .engine()
        .query::<Member>()
        .filter(|m| m.team().name.eq("red"))
        .order_by(|m| m.team().bonus.asc())
        .order_by(|m| m.id.desc())
        .limit(1)
        .update(|m| m.nick.set("last"));
    assert_eq!(by_team.await?, 1);
    assert_eq!(
        points(&db).await?,
        [("Ann".into(), 1), ("Bob".into(), 20), ("Cid".into(), 0), ("Dan".into(), 0)]
    );
});

case!(joins_and_common_tables_find_the_rows, |db| {
    members(&db).await?;
    let totals = query::<Member>()
        .filter(|m| m.team_id.is_not_null())
        .group_by(|m| m.team_id)
        .select(|m| (m.team_id, m.points.sum()))
        .subquery();
    let joined = db
        .engine()
        .query::<Member>()
        .join(&totals, |m, t| m.team_id.eq(t.0))
        .update(|m| m.best.set(totals.1.or(0)))
        .await?;
    assert_eq!(joined, 3);
    let rich = query::<Team>().filter(|t| t.bonus.gt(6)).cte("rich");
    let rows = db
        .engine()
        .query::<Member>()
        .filter(|m| {
            let rich = rich.alias();
            orm::query_from(&rich).filter(move |r| r.id.eq(m.team_id.or(0))).exists()
        })
        .update(|m| m.nick.set("rich"))
        .await?;
    assert_eq!(rows, 1);
    let rows: Vec<(i64, Option<String>)> =
        db.engine().query::<Member>().order_by(|m| m.id.asc()).select(|m| (m.best, m.nick)).all().await?;
    assert_eq!(rows, [(30, None), (30, None), (30, Some("rich".into())), (0, None)]);
});

case!(keys_of_several_columns_are_picked_as_a_whole, |db| {
    seats(&db).await?;
    let taken = db
        .engine()
        .query::<Seat>()
        .order_by(|s| (s.price.desc(), s.room.asc()))
        .limit(3)
        .offset(1)
        .update(|s| s.taken.set(true))
        .await?;
    assert_eq!(taken, 3);
    let rows: Vec<(i64, i64)> = db
        .engine()
        .query::<Seat>()
        .filter(|s| s.taken)
        .order_by(|s| (s.room.asc(), s.number.asc()))
        .select(|s| (s.room, s.number))
        .all()
        .await?;
    assert_eq!(rows, [(1, 2), (2, 2), (2, 3)]);
    let dearest = query::<Seat>().select(|s| s.price.max()).scalar();
    let raised = db.engine().query::<Seat>().update(|s| s.price.set(s.price + dearest.or(0))).await?;
    assert_eq!(raised, 6);
    assert_eq!(db.engine().query::<Seat>().select(|s| s.price.sum()).one().await?, Some(120 + 6 * 30));
});

case!(a_condition_decides_the_value, |db| {
    members(&db).await?;
    db.engine()
        .query::<Member>()
        .update(|m| m.points.set(case().when(m.active, m.points + 100).otherwise(0)))
        .await?;
    assert_eq!(points(&db).await?.iter().map(|(_, points)| *points).collect::<Vec<_>>(), [110, 0, 130, 0]);
});

case!(a_column_gets_the_default_of_the_database, |db| {
    members(&db).await?;
    let changed = db.engine().query::<Note>().filter(|n| n.id.le(2)).update(|n| n.text.set_default()).await?;
    assert_eq!(changed, 2);
    let texts: Vec<String> =
        db.engine().query::<Note>().order_by(|n| n.id.asc()).select(|n| n.text).all().await?;
    assert_eq!(texts, ["empty", "empty", "note 3", "note 4"]);
    let refused = db.engine().query::<Member>().update(|m| m.points.set_default()).await.unwrap_err();
    assert!(refused.to_string().contains("`Member.points` has no default in the database"), "{refused}");
});

case!(what_an_update_cannot_do_is_an_error_before_anything_is_sent, |db| {
    members(&db).await?;
    let log = db.log();
    let engine = db.engine();
    let messages = [
        engine.query::<Member>().update(|m| m.name.set("a name that is longer than twenty")).await,
        engine.query::<Member>().update(|m| m.version.set(7)).await,
        engine.query::<Member>().update(|m| (m.points.set(1), m.points.set(2))).await,
        engine.query::<Note>().update(|n| n.member().points.set(1)).await,
        engine.query::<Member>().update(|_| Vec::new()).await,
        engine.query::<Member>().distinct().update(|m| m.points.set(1)).await,
        engine.query::<Member>().with(|m| m.notes()).update(|m| m.points.set(1)).await,
        engine.query::<Member>().for_update().update(|m| m.points.set(1)).await,
        engine.query::<Member>().group_by(|m| m.name).update(|m| m.points.set(1)).await,
    ]
    .map(|outcome| outcome.unwrap_err().to_string());
    let expected = [
        "`Member.name` cannot hold this value: 33 characters, and its length is 20",
        "`Member.version` counts the versions of its row",
        "`Member.points` is set twice",
        "`points` is one of another row",
        "the UPDATE of `Member` sets nothing",
        "DISTINCT does not go with UPDATE",
        "`with` has nothing to load along",
        "a row lock does not go with UPDATE",
        "GROUP BY does not go with UPDATE",
    ];
    for (message, expected) in messages.iter().zip(expected) {
        assert!(message.contains(expected), "{message}");
    }
    assert!(log.take().is_empty());
    // An order alone is native, or an error.
    let ordered = engine.query::<Member>().order_by(|m| m.id.desc()).update(|m| m.points.set(1)).await;
    match db.backend() {
        Backend::SqliteMemory | Backend::SqliteFile => {
            assert!(matches!(ordered.unwrap_err().kind(), ErrorKind::Unsupported { .. }));
        }
        Backend::MariaDb | Backend::MariaDbWithoutReturning | Backend::MySql => assert_eq!(ordered?, 4),
    }
});
