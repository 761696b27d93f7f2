//! Queries of groups: aggregates of every kind, and what may stand beside them.

use orm::functions::{count_rows, query, window};

use super::*;

case!(a_column_beside_an_aggregate_is_grouped_or_an_error, |db| {
    people(&db).await?;
    let engine = db.engine();
    let error = engine.query::<Person>().select(|p| (p.name, count_rows())).all().await.unwrap_err();
    let expected = "column `name` of Person has several values in a group: add it to `group_by`, or ask for its `min()`, \
                    `max()` or another aggregate";
    assert!(error.to_string().contains(expected), "{error}");
    let refused =
        engine.query::<Person>().group_by(|p| p.active).select(|p| (p.active, p.points + 1)).all().await;
    assert!(refused.unwrap_err().to_string().contains("column `points` of Person"));
    let sorted =
        engine.query::<Person>().group_by(|p| p.active).order_by(|p| p.name.asc()).select(|p| p.active);
    assert!(sorted.all().await.unwrap_err().to_string().contains("column `name`"));
    let having =
        engine.query::<Person>().group_by(|p| p.active).having(|p| p.points.gt(1)).select(|p| p.active);
    assert!(having.all().await.unwrap_err().to_string().contains("column `points`"));
    let whole = engine.query::<Person>().group_by(|p| p.active).all().await.unwrap_err();
    assert!(whole.to_string().contains("column `id` of Person"), "{whole}");
});

case!(what_a_grouped_key_decides_may_be_selected, |db| {
    people(&db).await?;
    let engine = db.engine();
    let rows = engine
        .query::<Person>()
        .group_by(|p| p.id)
        .order_by(|p| p.name.asc())
        .select(|p| (p.name, count_rows()));
    assert_eq!(rows.all().await?.len(), 4);
    let whole = engine.query::<Person>().group_by(|p| p.id).having(|_| count_rows().eq(1)).all().await?;
    assert_eq!(whole.len(), 4);
    let computed =
        engine.query::<Person>().group_by(|p| p.points % 2).select(|p| (p.points % 2, p.points.sum()));
    assert_eq!(computed.all().await?.len(), 3);
    let ranked = engine
        .query::<Person>()
        .group_by(|p| p.active)
        .order_by(|p| p.active.asc())
        .select(|p| (p.active, orm::functions::rank().over(window().order_by(p.points.sum().desc()))));
    assert_eq!(ranked.all().await?, [(false, 2), (true, 1)]);
});

case!(aggregates_of_nothing_are_null_and_counts_zero, |db| {
    people(&db).await?;
    let none = db.engine().query::<Person>().filter(|p| p.id.lt(0)).select(|p| {
        (
            count_rows(),
            p.age.count().distinct(),
            p.points.sum(),
            p.score.sum(),
            p.visits.avg(),
            p.name.min(),
            p.active.count(),
            p.name.concat_rows(","),
        )
    });
    assert_eq!(none.one().await?, (0, 0, None, None, None, None, 0, None));
});

case!(distinct_and_filter_narrow_an_aggregate, |db| {
    people(&db).await?;
    let query = db.engine().query::<Person>().select(|p| {
        (
            p.active.count().distinct(),
            p.points.sum().filter(p.active),
            count_rows().filter(p.age.is_not_null()),
        )
    });
    let sql = query.to_sql()?.sql.replace(['"', '`'], "").replace("people.", "");
    let expected = db.backend().either(
        "SELECT COUNT(DISTINCT active), SUM(points) FILTER (WHERE active), COUNT(*) FILTER (WHERE age IS NOT NULL) FROM people",
        "SELECT COUNT(DISTINCT active), SUM(CASE WHEN active THEN points END), \
         COUNT(CASE WHEN (age IS NOT NULL) THEN 1 END) FROM people",
    );
    assert_eq!(sql, expected);
    assert_eq!(query.one().await?, (2, Some(10), 3));
});

case!(texts_of_rows_are_put_together_in_their_order, |db| {
    people(&db).await?;
    let engine = db.engine();
    let names = engine.query::<Person>().select(|p| p.name.concat_rows("', '").order_by(p.id.desc()));
    assert_eq!(names.one().await?.as_deref(), Some("Éva', 'Bob', 'ann', 'Ann"));
    let long =
        engine.query::<Person>().select(|p| p.name.repeat(2_000).concat_rows("-").order_by(p.id.asc()));
    let long = long.one().await?.unwrap_or_default();
    assert_eq!(long.chars().count(), 4 * 6_000 + 3, "nothing is cut off");
    let grown = engine
        .query::<Person>()
        .select(|p| p.name.concat_rows("+").filter(p.age.gt(25)).order_by(p.id.asc()));
    assert_eq!(grown.one().await?.as_deref(), Some("Ann+Éva"));
    let distinct = engine
        .query::<Person>()
        .select(|p| p.active.cast::<i64>().cast::<String>().concat_rows(",").distinct());
    assert_eq!(distinct.one().await?.map(|text| text.len()), Some(3));
});

case!(values_are_cast, |db| {
    people(&db).await?;
    let row = db.engine().query::<Person>().filter(|p| p.id.eq(1)).select(|p| {
        (
            p.points.cast::<String>(),
            p.points.cast::<f64>(),
            p.score.cast::<String>(),
            p.points.cast::<String>().cast::<i64>(),
            p.active.cast::<i32>(),
            p.points.cast::<bool>(),
            p.age.cast::<Option<String>>(),
            p.visits.cast::<i64>() - 1,
        )
    });
    let expected = ("10".into(), 10.0, "1.5".into(), 10, 1, true, Some("31".into()), -1);
    assert_eq!(row.one().await?, expected);
    let found = db.engine().query::<Person>().filter(|p| p.points.cast::<String>().eq("10")).count().await?;
    assert_eq!(found, 1);
});

case!(windows_have_frames_and_stand_in_subqueries, |db| {
    people(&db).await?;
    use orm::functions::Bound;
    let rows = db.engine().query::<Person>().order_by(|p| p.id.asc()).select(|p| {
        let around = window().order_by(p.id.asc()).rows(Bound::Preceding(1), Bound::Following(1));
        let so_far = window().order_by(p.id.asc()).range(Bound::Unbounded, Bound::CurrentRow);
        (
            p.points.sum().over(around),
            p.name.first_value().over(so_far.clone()),
            p.name.nth_value(2).over(so_far),
            orm::functions::ntile(2).over(window().order_by(p.id.asc())),
            orm::functions::percent_rank().over(window().order_by(p.id.asc())),
            orm::functions::cume_dist().over(window().order_by(p.active.asc())),
        )
    });
    let rows = rows.all().await?;
    assert_eq!(rows[0], (Some(3), Some("Ann".into()), None, 1, 0.0, 1.0));
    let (sum, first, second, part, rank, share) = rows[1].clone();
    assert_eq!((sum, first, second, part, share), (Some(3), Some("Ann".into()), Some("ann".into()), 1, 0.5));
    assert!((rank - 1.0 / 3.0).abs() < 1e-15, "{rank}");
    assert_eq!(rows[3].0, Some(7));
    let best = query::<Person>()
        .select(|p| {
            (
                p.id,
                orm::functions::row_number().over(window().partition_by(p.active).order_by(p.points.desc())),
            )
        })
        .subquery();
    let first = db
        .engine()
        .query::<Person>()
        .join(&best, |p, b| p.id.eq(b.0) & b.1.eq(1))
        .order_by(|p| p.id.asc())
        .select(|p| p.name);
    assert_eq!(first.all().await?, ["Ann", "Éva"]);
});
