//! How the database runs a query, as each backend tells it.

use super::*;

use orm::ErrorKind;

case!(a_query_is_explained_without_being_run, |db| {
    people(&db).await?;
    let query = db.engine().query::<Person>().filter(|p| p.points.gt(0) & p.name.eq("Ann"));
    let sql = query.to_sql()?.sql;
    let explained = query.explain().await?;
    assert_eq!(explained.sql, sql);
    assert!(explained.steps.contains("people"), "{explained}");
    assert_eq!(explained.to_string(), format!("{sql}\n{}", explained.steps));
    if db.backend().is_sqlite() {
        let by_key = db.engine().query::<Person>().filter(|p| p.id.eq(1)).explain().await?;
        assert_eq!(by_key.steps, "SEARCH people USING INTEGER PRIMARY KEY (rowid=?)");
    }
});

case!(a_query_that_was_run_is_explained_where_the_backend_can, |db| {
    people(&db).await?;
    let query = db.engine().query::<Person>().filter(|p| p.points.gt(0)).order_by(|p| p.name.asc());
    let explained = query.explain_analyze().await;
    if db.backend().is_sqlite() {
        let refused = explained.unwrap_err();
        assert!(matches!(refused.kind(), ErrorKind::Unsupported { .. }), "{refused}");
        assert!(refused.to_string().contains("EXPLAIN ANALYZE"), "{refused}");
    } else {
        let explained = explained?;
        let rows = if db.backend().is_mariadb() { "r_rows" } else { "rows=" };
        assert!(explained.steps.contains(rows), "{explained}");
    }
});
