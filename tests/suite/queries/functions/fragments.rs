//! SQL of the user's own, and functions by their name.

use orm::ErrorKind;
use orm::functions::{count_rows, function};

use super::*;

case!(a_fragment_binds_its_values, |db| {
    samples(&db).await?;
    let wanted = "BOB";
    let query = db.engine().query::<Sample>().filter(|s| sql!("upper({}) = {}", s.name, wanted));
    let rendered = query.to_sql()?;
    assert!(unquoted(&rendered.sql).ends_with("WHERE upper(samples.name) = ?"), "{}", rendered.sql);
    assert_eq!(rendered.values.len(), 1);
    assert_eq!(query.one().await?.name, "bob");
    let both =
        db.engine().query::<Sample>().filter(|s| s.id.gt(0) & sql!("{} > {} + 1 OR {}", s.count, 1, false));
    assert!(unquoted(&both.to_sql()?.sql).ends_with("(samples.id > ?) AND (samples.count > ? + 1 OR ?)"));
    assert_eq!(both.count().await?, 1);
});

case!(a_fragment_has_the_type_that_is_expected_or_named, |db| {
    samples(&db).await?;
    let query = db.engine().query::<Sample>().order_by(|s| s.id.asc());
    let rows: Vec<(i32, i64)> = query.select(|s| (s.count, sql!(i64, "{} * 2", s.count))).all().await?;
    assert_eq!(rows, [(-7, -14), (3, 6)]);
    let rows =
        db.engine().query::<Sample>().order_by(|s| s.id.asc()).select(|s| sql!(i64, "{} * 2", s.count) + 1);
    assert_eq!(rows.all().await?, [-13, 7]);
    let mistyped = db.engine().query::<Sample>().select(|s| sql!(i64, "{}", s.name)).all().await.unwrap_err();
    assert!(matches!(mistyped.kind(), ErrorKind::Decode { .. }), "{mistyped}");
    let quoted = db.engine().query::<Sample>().select(|_| sql!(String, "'?'")).first().await?;
    assert_eq!(quoted.as_deref(), Some("?"));
    let grouped = db.engine().query::<Sample>().group_by(|s| s.day).having(|_| sql!("{} > 0", count_rows()));
    assert_eq!(grouped.select(|s| s.day).all().await?.len(), 2);
});

case!(a_function_is_called_by_its_name, |db| {
    samples(&db).await?;
    let query = db.engine().query::<Sample>().order_by(|s| s.id.asc());
    let query = query.select(|s| function::<String, _>("substr", (s.nick.or("none"), 2, 3)));
    assert_eq!(selected(&query), "substr(COALESCE(nick, ?), ?, ?)");
    assert_eq!(query.all().await?, ["bca", "one"]);
    let error = db
        .engine()
        .query::<Sample>()
        .select(|_| function::<i64, _>("abs(1); --", ()))
        .all()
        .await
        .unwrap_err();
    let message = "`abs(1); --` is no name of a function: letters, digits, `_` and `.` make one";
    assert!(error.to_string().contains(message), "{error}");
});
