//! One value, and rows as maps; counting what is grouped, distinct, or put together.

use super::*;

use orm::{ErrorKind, query};

case!(a_scalar_is_the_one_value_of_the_one_row, |db| {
    people(&db).await?;
    let engine = db.engine();
    assert_eq!(engine.query::<Person>().select(|p| p.points.sum()).scalar().await?, Some(10));
    assert_eq!(engine.query::<Person>().filter(|p| p.id.eq(1)).select(|p| p.name).scalar().await?, "Ann");
    let none = engine.query::<Person>().filter(|p| p.id.eq(9)).select(|p| p.name).scalar().await.unwrap_err();
    assert!(matches!(none.kind(), ErrorKind::NotFound { .. }), "{none}");
    let several = engine.query::<Person>().select(|p| p.name).scalar().await.unwrap_err();
    assert!(matches!(several.kind(), ErrorKind::SeveralFound { .. }), "{several}");
});

case!(rows_are_mapped_by_their_key_or_a_column, |db| {
    people(&db).await?;
    let by_key = db.engine().query::<Person>().all_by_key().await?;
    assert_eq!(by_key.len(), 4);
    assert_eq!(by_key[&3].name, "Bob");
    let mut session = db.session();
    let by_name = session.query::<Person>().all_by(|p| p.name).await?;
    assert_eq!(session[by_name["Ann"]].id, 1);
    let points = db.engine().query::<Person>().select(|p| (p.id, p.points)).all_by(|p| p.name).await?;
    assert_eq!(points["ann"], (2, -7));
    let shared = db.engine().query::<Person>().all_by(|p| p.active).await.unwrap_err();
    assert!(matches!(shared.kind(), ErrorKind::SeveralFound { .. }), "{shared}");
    assert!(shared.to_string().contains("use `all_grouped_by`"), "{shared}");
});

case!(a_column_that_is_read_already_is_the_key_of_a_map_without_being_read_twice, |db| {
    people(&db).await?;
    let times = |sql: &[String]| {
        let (columns, _) = sql[0].split_once(" FROM ").expect("it is a SELECT");
        columns.split(['"', '`']).filter(|name| *name == "id").count()
    };
    let log = db.engine().log_statements();
    db.engine().query::<Person>().all_by_key().await?;
    assert_eq!(times(&log.take_sql()), 1);
    let ids = db.engine().query::<Person>().select(|p| (p.name, p.id)).all_by(|p| p.id).await?;
    assert_eq!((ids[&3].0.as_str(), times(&log.take_sql())), ("Bob", 1));
    let page = db.engine().query::<Person>().order_by(|p| p.name.asc()).page(None, 2).await?;
    assert_eq!((page.rows.len(), times(&log.take_sql())), (2, 1));
});

case!(rows_are_grouped_by_a_column_in_the_order_of_the_query, |db| {
    people(&db).await?;
    let groups = db.engine().query::<Person>().order_by(|p| p.id.desc()).all_grouped_by(|p| p.active).await?;
    let names: Vec<&str> = groups[&true].iter().map(|person| person.name.as_str()).collect();
    assert_eq!((names, groups[&false].len()), (vec!["Bob", "Ann"], 2));
    let by_nick = db.engine().query::<Person>().select(|p| p.id).all_grouped_by(|p| p.nick).await?;
    assert_eq!(by_nick[&None], [1]);
});

case!(what_is_grouped_distinct_or_put_together_is_counted_as_it_is_read, |db| {
    people(&db).await?;
    let engine = db.engine();
    let groups = || engine.query::<Person>().group_by(|p| p.active).select(|p| (p.active, p.points.sum()));
    assert_eq!((groups().count().await?, groups().exists().await?), (2, true));
    let empty = || groups().having(|p| p.points.sum().gt(1_000));
    assert_eq!((empty().count().await?, empty().exists().await?), (0, false));
    let distinct = || engine.query::<Person>().distinct().select(|p| p.active);
    assert_eq!((distinct().count().await?, distinct().exists().await?), (2, true));
    let together = || {
        let active = engine.query::<Person>().filter(|p| p.active);
        active.union(query::<Person>().filter(|p| p.points.gt(5)))
    };
    assert_eq!((together().count().await?, together().exists().await?), (3, true));
    let doubled = engine.query::<Person>().select(|p| p.id).union_all(query::<Person>().select(|p| p.id));
    assert_eq!(doubled.count().await?, 8);
    let nothing = engine.query::<Person>().filter(|p| p.id.gt(99)).intersect(query::<Person>());
    assert!(!nothing.exists().await?);
    assert_eq!(engine.query::<Person>().limit(3).offset(2).count().await?, 2);
});
