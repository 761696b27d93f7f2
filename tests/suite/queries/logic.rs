//! `&`, `|` and `!`, and filters that are functions of their own.

use orm::ErrorKind;
use orm::prelude::*;

use super::{Person, condition_of, finds, names, people};
use crate::harness::QuerySql;

case!(conditions_combine_as_the_program_groups_them, |db| {
    people(&db).await?;
    let or = "people.active AND ((people.points = ?) OR (people.points = ?))";
    finds!(db, |p| p.active & (p.points.eq(0) | p.points.eq(7)), or, ["Bob"]);
    let and = "(people.active AND (people.points = ?)) OR (people.points = ?)";
    finds!(db, |p| (p.active & p.points.eq(0)) | p.points.eq(7), and, ["Bob", "Éva"]);
    let chain = "(people.points > ?) AND (people.points < ?) AND people.active";
    finds!(db, |p| p.points.gt(-9) & p.points.lt(9) & p.active, chain, ["Bob"]);
});

case!(a_boolean_column_is_a_condition, |db| {
    people(&db).await?;
    finds!(db, |p| p.active, "people.active", ["Ann", "Bob"]);
    finds!(db, |p| !p.active, "NOT people.active", ["ann", "Éva"]);
    finds!(db, |p| p.active.eq(false), "people.active = ?", ["ann", "Éva"]);
    finds!(db, |p| p.active | p.points.eq(7), "people.active OR (people.points = ?)", ["Ann", "Bob", "Éva"]);
});

case!(not_turns_a_condition_round_and_leaves_null_alone, |db| {
    people(&db).await?;
    finds!(db, |p| !p.age.gt(30), "NOT (people.age > ?)", ["Bob"]);
    finds!(db, |p| !!p.age.gt(30), "NOT (NOT (people.age > ?))", ["Ann", "Éva"]);
    finds!(
        db,
        |p| !(p.active & p.age.gt(30)),
        "NOT (people.active AND (people.age > ?))",
        ["ann", "Bob", "Éva"]
    );
    finds!(db, |p| !p.age.is_null(), "NOT (people.age IS NULL)", ["Ann", "Bob", "Éva"]);
    finds!(db, |p| !p.points.between(0, 9), "NOT (people.points BETWEEN ? AND ?)", ["Ann", "ann"]);
});

case!(several_filters_must_all_hold, |db| {
    people(&db).await?;
    let query = db.engine().query::<Person>();
    let query = query.filter(|p| p.points.gt(0) | p.points.lt(0)).filter(|p| p.active);
    assert_eq!(condition_of(&query), "((people.points > ?) OR (people.points < ?)) AND people.active");
    assert_eq!(names(query).await?, ["Ann"]);
});

fn grown_up(person: Cols<Person>) -> Expr<bool> {
    person.age.ge(18)
}

fn has(points: i64) -> impl FnOnce(Cols<Person>) -> Expr<bool> {
    move |person| person.points.eq(points)
}

case!(a_filter_can_be_a_function, |db| {
    people(&db).await?;
    finds!(db, grown_up, "people.age >= ?", ["Ann", "Bob", "Éva"]);
    finds!(db, has(7), "people.points = ?", ["Éva"]);
    finds!(
        db,
        |p| grown_up(p) & !has(7)(p),
        "(people.age >= ?) AND (NOT (people.points = ?))",
        ["Ann", "Bob"]
    );
});

case!(a_filter_can_be_put_together_in_a_loop, |db| {
    people(&db).await?;
    let wanted = ["Ann", "Bob", "nobody"];
    let query = db.engine().query::<Person>().filter(|p| {
        let any = wanted.iter().map(|name| p.name.eq(*name)).reduce(|one, other| one | other);
        any.expect("there are three")
    });
    assert_eq!(condition_of(&query), "(people.name = ?) OR (people.name = ?) OR (people.name = ?)");
    assert_eq!(names(query).await?, ["Ann", "Bob"]);
});

case!(a_thousand_terms_are_one_condition, |db| {
    people(&db).await?;
    for terms in [1_000, 5_000] {
        let any = |p: Cols<Person>| {
            (1..terms).fold(p.points.eq(0), |condition, number| condition | p.points.eq(100 + number))
        };
        assert_eq!(names(db.engine().query::<Person>().filter(any)).await?, ["Bob"]);
        let all = |p: Cols<Person>| {
            (1..terms).fold(p.points.ne(0), |condition, number| condition & p.points.ne(100 + number))
        };
        assert_eq!(names(db.engine().query::<Person>().filter(all)).await?, ["Ann", "ann", "Éva"]);
    }
});

case!(a_column_of_another_query_is_an_error, |db| {
    people(&db).await?;
    let mut stolen = None;
    let other = db.engine().query::<Person>().filter(|p| {
        stolen = Some(p);
        p.active
    });
    let stolen = stolen.unwrap();
    let query = || db.engine().query::<Person>();
    let text = "invalid query: column `age` belongs to a row that is not part of this query: use the columns that the \
                closure of this query was given, and join every alias that is used";
    let sent = db.engine().statement_count();
    for error in [
        query().filter(|_| stolen.age.gt(1)).all().await.unwrap_err(),
        query().filter(|p| p.points.gt(1) & !stolen.age.is_null()).count().await.unwrap_err(),
        query().order_by(|_| stolen.age.asc()).first().await.unwrap_err(),
        db.session().query::<Person>().filter(|_| stolen.age.gt(1)).exists().await.unwrap_err(),
    ] {
        assert!(matches!(error.kind(), ErrorKind::InvalidQuery { .. }));
        assert_eq!(error.to_string(), text);
    }
    assert_eq!(db.engine().statement_count(), sent, "nothing was sent");
    assert_eq!(other.all().await?.len(), 2);
});

case!(the_same_query_gives_the_same_sql, |db| {
    let query =
        || db.engine().query::<Person>().filter(|p| p.age.gt(1) | p.name.eq("x")).order_by(|p| p.id.asc());
    let sql = query().sql();
    assert_eq!(
        sql,
        "SELECT people.id, people.name, people.nick, people.age, people.points, people.score, people.visits, \
         people.active FROM people WHERE (people.age > ?) OR (people.name = ?) ORDER BY people.id ASC"
    );
    assert_eq!(query().sql(), sql);
});
