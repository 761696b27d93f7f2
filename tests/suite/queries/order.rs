//! ORDER BY, LIMIT and OFFSET.

use orm::prelude::*;
use orm::{Order, Query, Result};

use super::{Person, people};
use crate::harness::QuerySql;

fn order_of(query: &Query<AnyEngine, Person>) -> String {
    query.sql().split_once(" FROM people ").expect("something follows the table").1.to_owned()
}

async fn names(query: Query<AnyEngine, Person>) -> Result<Vec<String>> {
    Ok(query.all().await?.into_iter().map(|person| person.name).collect())
}

macro_rules! sorts {
    ($db:expr, $order:expr, $sql:expr, $names:expr) => {{
        let query = $db.engine().query::<Person>().order_by($order);
        assert_eq!(order_of(&query), $sql);
        assert_eq!(names(query).await?, $names);
    }};
}

case!(rows_are_sorted, |db| {
    people(&db).await?;
    sorts!(db, |p| p.points.asc(), "ORDER BY people.points ASC", ["ann", "Bob", "Éva", "Ann"]);
    sorts!(db, |p| p.points.desc(), "ORDER BY people.points DESC", ["Ann", "Éva", "Bob", "ann"]);
    sorts!(db, |p| p.name.asc(), "ORDER BY people.name ASC", ["Ann", "Bob", "ann", "Éva"]);
    let sql = "ORDER BY people.active DESC, people.points ASC";
    sorts!(db, |p| (p.active.desc(), p.points.asc()), sql, ["Bob", "Ann", "ann", "Éva"]);
    let sql = "ORDER BY (people.points * people.points) ASC, people.id DESC";
    sorts!(db, |p| ((p.points * p.points).asc(), p.id.desc()), sql, ["Bob", "Éva", "ann", "Ann"]);
});

case!(null_is_the_smallest_value_everywhere, |db| {
    people(&db).await?;
    sorts!(db, |p| p.age.asc(), "ORDER BY people.age ASC", ["ann", "Bob", "Ann", "Éva"]);
    sorts!(db, |p| p.age.desc(), "ORDER BY people.age DESC", ["Éva", "Ann", "Bob", "ann"]);
    sorts!(db, |p| p.age.asc().nulls_first(), "ORDER BY people.age ASC", ["ann", "Bob", "Ann", "Éva"]);
    sorts!(db, |p| p.age.desc().nulls_last(), "ORDER BY people.age DESC", ["Éva", "Ann", "Bob", "ann"]);
    let sql = db
        .backend()
        .either("ORDER BY people.age ASC NULLS LAST", "ORDER BY people.age IS NULL, people.age ASC");
    sorts!(db, |p| p.age.asc().nulls_last(), sql, ["Bob", "Ann", "Éva", "ann"]);
    let sql = db
        .backend()
        .either("ORDER BY people.age DESC NULLS FIRST", "ORDER BY people.age IS NULL DESC, people.age DESC");
    sorts!(db, |p| p.age.desc().nulls_first(), sql, ["ann", "Éva", "Ann", "Bob"]);
});

case!(an_order_with_bound_values_and_nulls_binds_them_each_time, |db| {
    people(&db).await?;
    let query = db
        .engine()
        .query::<Person>()
        .filter(|p| p.points.ne(0))
        .order_by(|p| ((p.age + 7).asc().nulls_last(), (p.points - 3).desc()));
    assert_eq!(names(query).await?, ["Ann", "Éva", "ann"]);
});

case!(further_orders_are_less_significant, |db| {
    people(&db).await?;
    let query = db.engine().query::<Person>().order_by(|p| p.active.asc()).order_by(|p| p.name.desc());
    assert_eq!(order_of(&query), "ORDER BY people.active ASC, people.name DESC");
    assert_eq!(names(query).await?, ["Éva", "ann", "Bob", "Ann"]);
});

case!(an_order_can_be_chosen_at_run_time, |db| {
    people(&db).await?;
    for (columns, expected) in
        [(vec!["active", "points"], ["ann", "Éva", "Bob", "Ann"]), (vec![], ["Ann"; 4])]
    {
        let query = db.engine().query::<Person>().order_by(|p| {
            let chosen = columns.iter().map(|column| match *column {
                "active" => p.active.asc(),
                _ => p.points.asc(),
            });
            chosen.collect::<Vec<Order>>()
        });
        if columns.is_empty() {
            assert!(!query.sql().contains("ORDER BY"));
        } else {
            assert_eq!(names(query).await?, expected);
        }
    }
});

case!(limit_and_offset_cut_the_rows, |db| {
    people(&db).await?;
    let sorted = || db.engine().query::<Person>().order_by(|p| p.id.asc());
    let check = async |query: Query<AnyEngine, Person>, sql: &str, expected: &[&str]| -> Result<()> {
        assert_eq!(order_of(&query).trim_start_matches("ORDER BY people.id ASC"), sql);
        assert_eq!(names(query).await?, expected);
        Ok(())
    };
    check(sorted().limit(2), " LIMIT 2", &["Ann", "ann"]).await?;
    check(sorted().limit(2).offset(1), " LIMIT 2 OFFSET 1", &["ann", "Bob"]).await?;
    let alone = db.backend().either(" LIMIT -1 OFFSET 3", " LIMIT 18446744073709551615 OFFSET 3");
    check(sorted().offset(3), alone, &["Éva"]).await?;
    check(sorted().limit(0), " LIMIT 0", &[]).await?;
    check(sorted().limit(9).offset(9), " LIMIT 9 OFFSET 9", &[]).await?;
    check(
        sorted().offset(0),
        &alone.replace('3', "0").replace("18446744070709551615", "18446744073709551615"),
        &["Ann", "ann", "Bob", "Éva"],
    )
    .await?;
    assert_eq!(names(sorted().limit(u64::MAX)).await?.len(), 4);
    assert_eq!(names(sorted().offset(u64::MAX)).await?.len(), 0);
    assert_eq!(names(sorted().limit(u64::MAX).offset(1)).await?.len(), 3);
    assert_eq!(names(sorted().limit(1).limit(3)).await?.len(), 3, "the last word counts");
});
