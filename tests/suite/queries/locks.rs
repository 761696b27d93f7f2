//! Locks on rows, hints and comments.

use orm::ErrorKind;

use super::*;

case!(a_lock_needs_a_transaction, |db| {
    people(&db).await?;
    let error = db.engine().query::<Person>().for_update().all().await.unwrap_err();
    if db.backend().is_sqlite() {
        assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }), "{error}");
        let mut session = db.session();
        let error = session.query::<Person>().for_share().nowait().first().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }), "{error}");
        assert!(!session.in_transaction());
        return Ok(());
    }
    assert!(error.to_string().contains("run it in a session"), "{error}");
    let mut session = db.session();
    session.query::<Person>().filter(|p| p.id.eq(1)).for_update().one().await?;
    assert!(session.in_transaction(), "the query began it");
    session.rollback().await?;
});

case!(locked_rows_are_waited_for_refused_or_left_out, |db| {
    people(&db).await?;
    if db.backend().is_sqlite() {
        return Ok(());
    }
    let (mut one, mut other) = (db.session(), db.session());
    one.query::<Person>().filter(|p| p.id.eq(1)).for_update().one().await?;
    let free = other.query::<Person>().for_update().skip_locked().order_by(|p| p.id.asc()).all().await?;
    assert_eq!(free.len(), 3);
    let refused = other.query::<Person>().filter(|p| p.id.eq(1)).for_share().nowait().one().await;
    assert!(refused.is_err(), "the row is locked");
    other.rollback().await?;
    one.rollback().await?;
    let shared = one.query::<Person>().filter(|p| p.id.eq(1)).for_share().one().await?;
    assert_eq!(one[shared].name, "Ann");
    other.query::<Person>().filter(|p| p.id.eq(1)).for_share().nowait().one().await?;
    let refused = other.query::<Person>().filter(|p| p.id.eq(1)).for_update().nowait().one().await;
    assert!(refused.is_err(), "a share keeps writers away");
    other.rollback().await?;
    one.rollback().await?;
    let sql = db.engine().query::<Person>().for_share().skip_locked().sql();
    let ending =
        if db.backend().is_mariadb() { " LOCK IN SHARE MODE SKIP LOCKED" } else { " FOR SHARE SKIP LOCKED" };
    assert!(sql.ends_with(ending), "{sql}");
});

case!(a_comment_and_a_hint_cannot_end_early, |db| {
    people(&db).await?;
    let query = db.engine().query::<Person>().comment("slow? */ DROP TABLE people; /* --");
    assert!(query.sql().starts_with("/* slow     DROP TABLE people;    -- */ SELECT "), "{}", query.sql());
    assert_eq!(query.all().await?.len(), 4);
    let hinted = db.engine().query::<Person>().hint("NO_INDEX_MERGE(people) */ 1, /*+ x");
    if db.backend().is_sqlite() || db.backend().is_mariadb() {
        let error = hinted.all().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }), "{error}");
        return Ok(());
    }
    assert!(
        hinted.sql().starts_with("SELECT /*+ NO_INDEX_MERGE(people)    1,   + x */ "),
        "{}",
        hinted.sql()
    );
    assert_eq!(hinted.all().await?.len(), 4);
});
