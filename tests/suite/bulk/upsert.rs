//! Upserts.

use super::*;

fn counter(word: &str, seen: i64, last: i64) -> Counter {
    Counter { word: word.into(), seen, last, ..Default::default() }
}

async fn counted(db: &Database) -> Result<Vec<(String, i64, i64, i64)>> {
    let query = db.engine().query::<Counter>().order_by(|c| c.word.asc());
    query.select(|c| (c.word, c.seen, c.last, c.version)).all().await
}

case!(a_row_that_is_there_is_changed, |db| {
    db.create::<(Counter,)>().await?;
    let log = db.log();
    for day in 1..=2 {
        let done = db
            .engine()
            .insert_many([counter("a", 1, day), counter("b", 2, day)])
            .on_conflict(|c| c.word)
            .do_update(|old, new| (old.seen.set(old.seen + new.seen), old.last.set(new.last)))
            .await?;
        assert_eq!(done.sent, 2);
        assert_eq!(done.written, db.backend().either(Some(2), None));
    }
    assert_eq!(counted(&db).await?, [("a".into(), 2, 2, 2), ("b".into(), 4, 2, 2)]);
    let insert =
        "INSERT INTO counters (word, seen, last, label, version) VALUES (?, ?, ?, ?, ?), (?, ?, ?, ?, ?)";
    let clause = match db.backend() {
        Backend::SqliteMemory | Backend::SqliteFile => {
            "ON CONFLICT (word) DO UPDATE SET seen = counters.seen + excluded.seen, last = excluded.last, \
             version = counters.version + ?"
        }
        Backend::MariaDb | Backend::MariaDbWithoutReturning => {
            "ON DUPLICATE KEY UPDATE seen = counters.seen + VALUES(seen), last = VALUES(last), \
             version = counters.version + ?"
        }
        Backend::MySql => {
            "AS new ON DUPLICATE KEY UPDATE seen = counters.seen + new.seen, last = new.last, \
             version = counters.version + ?"
        }
    };
    assert_eq!(log.take_writes()[0], format!("{insert} {clause}"));
});

case!(a_row_that_is_there_stays, |db| {
    db.create::<(Counter,)>().await?;
    let engine = db.engine();
    engine.insert_many([counter("a", 1, 1)]).await?;
    let done = engine
        .insert_many([counter("a", 9, 9), counter("b", 9, 9), counter("b", 10, 10)])
        .on_conflict(|c| c.word)
        .do_nothing()
        .await?;
    assert_eq!((done.sent, done.written), (3, db.backend().either(Some(1), None)));
    assert_eq!(counted(&db).await?, [("a".into(), 1, 1, 1), ("b".into(), 9, 9, 1)]);
    // Other errors are not passed over.
    members(&db).await?;
    let lost = Note { id: 1, member_id: 77, ..Default::default() };
    let fresh = Note { id: 50, member_id: 77, ..Default::default() };
    engine.insert_many([lost]).on_conflict(|n| n.id).do_nothing().await.ok();
    let refused = engine.insert_many([fresh]).on_conflict(|n| n.id).do_nothing().await.unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::ForeignKey { .. }), "{refused}");
    assert_eq!(engine.query::<Note>().count().await?, 4);
});

case!(a_filter_says_which_rows_are_changed, |db| {
    db.create::<(Counter,)>().await?;
    let engine = db.engine();
    engine.insert_many([counter("new", 1, 5), counter("old", 1, 1)]).await?;
    let done = engine
        .insert_many([counter("new", 7, 3), counter("old", 7, 3)])
        .on_conflict(|c| c.word)
        .do_update(|old, new| (old.last.set(new.last), old.seen.set(new.seen + old.seen)))
        .filter(|old, new| old.last.lt(new.last))
        .await?;
    assert_eq!(done.written, db.backend().either(Some(1), None));
    assert_eq!(counted(&db).await?, [("new".into(), 1, 5, 1), ("old".into(), 8, 3, 2)]);
    // What a filter reads is set last where one assignment sees the others; two that it reads have no order there.
    let both = engine
        .insert_many([counter("old", 100, 100)])
        .on_conflict(|c| c.word)
        .do_update(|old, new| (old.last.set(new.last), old.seen.set(new.seen)))
        .filter(|old, new| old.last.lt(new.last) & old.seen.lt(new.seen))
        .await;
    if db.is_server() {
        let refused = both.unwrap_err();
        assert!(matches!(refused.kind(), ErrorKind::Unsupported { .. }), "{refused}");
    } else {
        assert_eq!(both?.written, Some(1));
    }
});

case!(a_conflict_of_other_columns_is_an_error, |db| {
    db.create::<(Counter,)>().await?;
    let engine = db.engine();
    let known = engine.insert_many([counter("a", 1, 1)]).await?;
    let id = known[0].id;
    let upsert = engine
        .insert_many([Counter { id, ..counter("b", 1, 1) }])
        .on_conflict(|c| c.word)
        .do_update(|old, new| old.seen.set(new.seen))
        .await;
    let refused = upsert.unwrap_err();
    if db.is_server() {
        assert!(
            refused.to_string().contains("`on_conflict` of (word) of `Counter` where (id) is unique"),
            "{refused}"
        );
        assert!(matches!(refused.kind(), ErrorKind::Unsupported { .. }), "{refused}");
    } else {
        assert!(matches!(refused.kind(), ErrorKind::Unique { .. }), "{refused}");
    }
    let misnamed =
        engine.insert_many([counter("c", 1, 1)]).on_conflict(|c| c.seen).do_nothing().await.unwrap_err();
    assert!(
        misnamed.to_string().contains("(seen) of `Counter` are not unique together: unique are (id), (word)"),
        "{misnamed}"
    );
    let filtered = engine
        .insert_many([counter("c", 1, 1)])
        .on_conflict(|c| c.word)
        .do_nothing()
        .filter(|old, _| old.seen.gt(1))
        .await
        .unwrap_err();
    assert!(filtered.to_string().contains("has no filter"), "{filtered}");
    assert_eq!(counted(&db).await?.len(), 1);
});

case!(keys_of_several_columns_conflict_as_a_whole, |db| {
    seats(&db).await?;
    let seat = |number, price| Seat { room: 1, number, price, taken: true };
    db.engine()
        .insert_many([seat(3, 99), seat(4, 100)])
        .on_conflict(|s| (s.room, s.number))
        .do_update(|old, new| old.price.set(new.price))
        .await?;
    let rows: Vec<(i64, bool)> = db
        .engine()
        .query::<Seat>()
        .filter(|s| s.room.eq(1) & s.number.ge(3))
        .order_by(|s| s.number.asc())
        .select(|s| (s.price, s.taken))
        .all()
        .await?;
    assert_eq!(rows, [(99, false), (100, true)]);
});

case!(an_upsert_keeps_the_objects_of_the_session_in_step, |db| {
    db.create::<(Counter,)>().await?;
    let mut session = db.session();
    let a = session.add(counter("a", 1, 1));
    session.flush().await?;
    session[a].last = 2;
    session
        .insert_many([counter("a", 5, 0), counter("b", 5, 0)])
        .on_conflict(|c| c.word)
        .do_update(|old, new| old.seen.set(old.seen + new.seen))
        .await?;
    assert_eq!((session[a].seen, session[a].last, session[a].version), (6, 2, 3));
    session[a].seen = 7;
    session.commit().await?;
    assert_eq!(counted(&db).await?[0], ("a".into(), 7, 2, 4));
});
