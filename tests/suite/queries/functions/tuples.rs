//! Tuples compared as a whole, and looked up in lists and queries.

use orm::functions::{query, tuple};

use super::*;

case!(tuples_compare_by_the_first_members_that_differ, |db| {
    samples(&db).await?;
    let found = |condition: fn(Cols<Sample>) -> Expr<bool>| {
        let query = db.engine().query::<Sample>().filter(condition).order_by(|s| s.id.asc()).select(|s| s.id);
        async move {
            let sql = unquoted(&query.to_sql()?.sql).replace("samples.", "");
            let condition =
                sql.split(" WHERE ").nth(1).unwrap().split(" ORDER BY ").next().unwrap().to_owned();
            Ok::<_, orm::Error>((condition, query.all().await?))
        }
    };
    let (sql, rows) = found(|s| tuple((s.id, s.name)).eq((2, "bob"))).await?;
    assert_eq!((sql.as_str(), rows), ("(id, name) = (?, ?)", vec![2]));
    let (sql, rows) = found(|s| tuple((s.id, s.count)).ne((2, 3))).await?;
    assert_eq!((sql.as_str(), rows), ("(id, count) <> (?, ?)", vec![1]));
    let (sql, rows) = found(|s| tuple((s.id, s.count)).lt((2, 3))).await?;
    assert_eq!((sql.as_str(), rows), ("(id, count) < (?, ?)", vec![1]));
    let (sql, rows) = found(|s| tuple((s.id, s.count)).le((2, 3))).await?;
    assert_eq!((sql.as_str(), rows), ("(id, count) <= (?, ?)", vec![1, 2]));
    let (sql, rows) = found(|s| tuple((s.id, s.count, s.id)).gt((1, -8, s.id))).await?;
    assert_eq!((sql.as_str(), rows), ("(id, count, id) > (?, ?, id)", vec![1, 2]));
    let (sql, rows) = found(|s| tuple((s.id, s.count)).ge((2, 4))).await?;
    assert_eq!((sql.as_str(), rows), ("(id, count) >= (?, ?)", vec![]));
    let (_, rows) = found(|s| tuple((s.id, s.nick)).eq((2, None))).await?;
    assert_eq!(rows, [0_i64; 0], "a NULL makes the outcome unknown");
});

case!(tuples_are_looked_up_in_lists_and_queries, |db| {
    samples(&db).await?;
    let ids = |condition: Expr<bool>| condition;
    let rows =
        db.engine().query::<Sample>().filter(|s| ids(tuple((s.id, s.name)).in_([(2, "bob"), (1, "bob")])));
    let sql = unquoted(&rows.to_sql()?.sql).replace("samples.", "");
    let list = db.backend().either("(id, name) IN (VALUES (?, ?), (?, ?))", "(id, name) IN ((?, ?), (?, ?))");
    assert!(sql.ends_with(list), "{sql}");
    assert_eq!(rows.one().await?.id, 2);
    let none: [(i64, &str); 0] = [];
    assert_eq!(db.engine().query::<Sample>().filter(|s| tuple((s.id, s.name)).in_(none)).count().await?, 0);
    assert_eq!(
        db.engine().query::<Sample>().filter(|s| tuple((s.id, s.name)).not_in(none)).count().await?,
        2
    );
    let outside = db.engine().query::<Sample>().filter(|s| tuple((s.id, s.count)).not_in([(2, 3)]));
    assert_eq!(outside.one().await?.id, 1);
    let same = || query::<Sample>().filter(|s| s.count.gt(0)).select(|s| (s.id, s.count));
    let inside = db.engine().query::<Sample>().filter(|s| tuple((s.id, s.count)).in_query(same()));
    let sql = unquoted(&inside.to_sql()?.sql);
    assert!(
        sql.contains(
            "(samples.id, samples.count) IN (SELECT samples_1.id, samples_1.count FROM samples AS samples_1"
        ),
        "{sql}"
    );
    assert_eq!(inside.one().await?.id, 2);
    let outside = db.engine().query::<Sample>().filter(|s| tuple((s.id, s.count)).not_in_query(same()));
    assert_eq!(outside.one().await?.id, 1);
});
