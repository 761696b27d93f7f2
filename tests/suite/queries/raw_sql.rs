//! The caller's own SQL: rows into models and tuples, bound values, and the errors of columns that do not fit.

use super::*;

use orm::ErrorKind;

case!(raw_sql_reads_models_by_the_names_of_their_columns, |db| {
    people(&db).await?;
    let columns = "active, visits, score, points, age, nick, name, id";
    let found = db
        .engine()
        .sql::<Person>(format!("SELECT {columns} FROM people WHERE name = ? AND points > ?"))
        .bind("Ann")
        .bind(5_i64)
        .all()
        .await?;
    assert_eq!(found, db.engine().query::<Person>().filter(|p| p.id.eq(1)).all().await?);
    let star = db.engine().sql::<Person>("SELECT * FROM people ORDER BY id").first().await?;
    assert_eq!(star.map(|person| person.id), Some(1));
});

case!(raw_sql_of_a_session_gives_tracked_objects, |db| {
    people(&db).await?;
    let mut session = db.session();
    let ann = session.get::<Person>(1).await?.expect("Ann is there");
    session[ann].nick = Some("a".into());
    let found = session.sql::<Person>("SELECT * FROM people WHERE nick = ?").bind("a").one().await?;
    assert_eq!(found, ann);
    session[ann].points = 99;
    session.commit().await?;
    let points = db.engine().sql::<(i64,)>("SELECT points FROM people WHERE id = 1").scalar().await?;
    assert_eq!(points, 99);
});

case!(raw_sql_reads_tuples_by_position, |db| {
    people(&db).await?;
    let rows = db
        .engine()
        .sql::<(String, Option<i32>, i64)>(
            "SELECT name, age, (SELECT COUNT(*) FROM people) FROM people ORDER BY id",
        )
        .all()
        .await?;
    assert_eq!(rows[1], ("ann".into(), None, 4));
    let refused = db.engine().sql::<(i64, i64)>("SELECT id FROM people").all().await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "invalid query: the statement gives 1 columns, and the tuple has 2 values"
    );
    let several = db.engine().sql::<(i64,)>("SELECT id FROM people").one().await.unwrap_err();
    assert!(matches!(several.kind(), ErrorKind::SeveralFound { .. }), "{several}");
    let none = db.engine().sql::<(i64,)>("SELECT id FROM people WHERE id = 77").scalar().await.unwrap_err();
    assert!(matches!(none.kind(), ErrorKind::NotFound { .. }), "{none}");
});

case!(columns_of_raw_sql_that_do_not_fit_a_model_are_named, |db| {
    people(&db).await?;
    let error = async |sql: &str| db.engine().sql::<Person>(sql).all().await.unwrap_err().to_string();
    assert_eq!(
        error("SELECT id, name FROM people").await,
        "invalid query: the statement gives no column `nick`, which `Person` needs: select it, or read a tuple; it \
         gives `id`, `name`"
    );
    assert_eq!(
        error("SELECT people.*, 1 AS one FROM people").await,
        "invalid query: the statement gives a column `one`, which `Person` does not have: leave it out, or read a \
         tuple; `Person` has `id`, `name`, `nick`, `age`, `points`, `score`, `visits`, `active`"
    );
    assert_eq!(
        error("SELECT people.*, id FROM people").await,
        "invalid query: the statement gives two columns `id`, and `Person` needs one: select only its own, or rename \
         the other by AS"
    );
});

case!(raw_sql_tells_how_many_rows_it_wrote, |db| {
    people(&db).await?;
    let changed =
        db.engine().sql("UPDATE people SET points = points + ? WHERE id < ?").bind(1_i64).bind(3_i64);
    assert_eq!(changed.execute().await?, 2);
    let points = db.engine().sql::<(i64,)>("SELECT points FROM people ORDER BY id").all().await?;
    assert_eq!(points, [(11,), (-6,), (0,), (7,)]);
});

case!(raw_sql_of_a_session_takes_part_in_its_transaction, |db| {
    people(&db).await?;
    let mut session = db.session();
    let ann = session.get::<Person>(1).await?.expect("Ann is there");
    assert_eq!(session.sql("UPDATE people SET points = 500 WHERE id = 1").execute().await?, 1);
    assert!(session.in_transaction());
    assert!(session.is_stale(ann));
    session.get::<Person>(1).await?;
    assert_eq!(session[ann].points, 500);
    session.rollback().await?;
    session.get::<Person>(1).await?;
    assert_eq!(session[ann].points, 10);
});

case!(raw_sql_holds_one_statement_and_its_values_are_bound, |db| {
    people(&db).await?;
    let two = db.engine().sql("DELETE FROM people; DELETE FROM people").execute().await;
    assert!(two.is_err());
    let hostile = "' OR 1 = 1; DROP TABLE people; --";
    let none = db.engine().sql::<Person>("SELECT * FROM people WHERE name = ?").bind(hostile).all().await?;
    assert!(none.is_empty());
    let missing = db.engine().sql::<Person>("SELECT * FROM people WHERE name = ?").all().await;
    assert!(missing.is_err());
    assert_eq!(db.engine().query::<Person>().count().await?, 4);
});

case!(raw_sql_streams_models, |db| {
    people(&db).await?;
    let mut rows = db.engine().sql::<Person>("SELECT * FROM people ORDER BY id DESC").stream().await?;
    let mut ids = Vec::new();
    while let Some(person) = rows.try_next().await? {
        ids.push(person.id);
    }
    assert_eq!(ids, [4, 3, 2, 1]);
    let mut chunks = db.engine().sql::<(i64,)>("SELECT id FROM people ORDER BY id").chunks(3).await?;
    assert_eq!(chunks.try_next().await?, Some(vec![(1,), (2,), (3,)]));
    assert_eq!(chunks.try_next().await?, Some(vec![(4,)]));
    assert_eq!(chunks.try_next().await?, None);
});

#[derive(Projection, Debug, PartialEq)]
#[orm(from = "Person")]
struct Card {
    name: String,
    age: Option<i32>,
}

case!(raw_sql_reads_projections_by_the_names_of_their_fields, |db| {
    people(&db).await?;
    let sql = "SELECT age, name FROM people WHERE id < ? ORDER BY id";
    let cards = db.engine().sql(sql).bind(3_i64).project::<Card>().all().await?;
    assert_eq!(cards[0], Card { name: "Ann".into(), age: Some(31) });
    assert_eq!(cards[1], Card { name: "ann".into(), age: None });
    let refused = db.engine().sql("SELECT name FROM people").project::<Card>().all().await.unwrap_err();
    assert!(refused.to_string().contains("gives no column `age`, which `Card` needs"), "{refused}");
});
