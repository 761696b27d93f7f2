//! Arithmetic in conditions: the same numbers on every backend, which are those of Rust.

// A column compared with itself is a condition like any other here.
#![allow(clippy::eq_op)]

use orm::ErrorKind;

use super::{Person, condition_of, finds, names, people};

case!(integers_add_subtract_and_multiply, |db| {
    people(&db).await?;
    finds!(db, |p| (p.points + 3).eq(10), "(people.points + ?) = ?", ["Éva"]);
    finds!(db, |p| (p.points - 3).eq(-10), "(people.points - ?) = ?", ["ann"]);
    finds!(db, |p| (p.points * 2).gt(10), "(people.points * ?) > ?", ["Ann", "Éva"]);
    finds!(db, |p| (-p.points).eq(7), "(-people.points) = ?", ["ann"]);
    finds!(db, |p| (p.points * p.points).eq(49), "(people.points * people.points) = ?", ["ann", "Éva"]);
    finds!(db, |p| (p.age + 1).eq(21), "(people.age + ?) = ?", ["Bob"]);
});

case!(parentheses_follow_the_program, |db| {
    people(&db).await?;
    finds!(db, |p| ((p.points + 3) * 2).eq(20), "((people.points + ?) * ?) = ?", ["Éva"]);
    finds!(db, |p| (p.points + p.points * 2).eq(21), "(people.points + (people.points * ?)) = ?", ["Éva"]);
    let condition = "(people.points - (people.points - (people.points - ?))) = ?";
    finds!(db, |p| (p.points - (p.points - (p.points - 1))).eq(6), condition, ["Éva"]);
    finds!(db, |p| (p.points - -p.points).eq(14), "(people.points - (-people.points)) = ?", ["Éva"]);
    finds!(db, |p| (-(-p.points)).eq(7), "(-(-people.points)) = ?", ["Éva"]);
});

case!(integers_divide_towards_zero, |db| {
    people(&db).await?;
    let sql = db.backend().either("(people.points / ?) = ?", "(people.points DIV ?) = ?");
    finds!(db, |p| (p.points / 2).eq(3), sql, ["Éva"]);
    finds!(db, |p| (p.points / 2).eq(-3), sql, ["ann"]);
    finds!(db, |p| (p.points / -2).eq(3), sql, ["ann"]);
    finds!(db, |p| (p.points % 4).eq(3), "(people.points % ?) = ?", ["Éva"]);
    finds!(db, |p| (p.points % 4).eq(-3), "(people.points % ?) = ?", ["ann"]);
    let sql =
        db.backend().either("(people.points / people.points) = ?", "(people.points DIV people.points) = ?");
    finds!(db, |p| (p.points / p.points).eq(1), sql, ["Ann", "ann", "Éva"]);
});

case!(fractions_divide_with_their_fraction, |db| {
    people(&db).await?;
    let sql = db.backend().either("(1.0 * people.score / ?) = ?", "(people.score / ?) = ?");
    finds!(db, |p| (p.score / 2.0).eq(3.75), sql, ["Éva"]);
    finds!(db, |p| (p.score / 2.0).eq(-1.25), sql, ["ann"]);
    let sql = db.backend().either("(1.0 * people.score / ?) < ?", "(people.score / ?) < ?");
    finds!(db, |p| (p.score / 3.0).lt(0.6), sql, ["Ann", "ann", "Bob"]);
});

case!(the_remainder_of_fractions_keeps_the_fraction_where_there_is_one, |db| {
    people(&db).await?;
    let query = || db.engine().query::<Person>();
    if !db.is_server() {
        let error = query().filter(|p| (p.score % 2.0).eq(1.5)).all().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }));
        assert_eq!(error.to_string(), "sqlite does not support `%` of numbers with a fraction");
        return Ok(());
    }
    assert_eq!(names(query().filter(|p| (p.score % 2.0).eq(1.5))).await?, ["Ann", "Éva"]);
    assert_eq!(names(query().filter(|p| (p.score % 2.0).eq(-0.5))).await?, ["ann"]);
    assert_eq!(names(query().filter(|p| (p.score % 0.7).between(0.09, 0.11))).await?, ["Ann"]);
});

case!(a_division_by_zero_is_null, |db| {
    people(&db).await?;
    let query = || db.engine().query::<Person>();
    assert_eq!(names(query().filter(|p| (p.points / 0).is_null())).await?.len(), 4);
    assert_eq!(names(query().filter(|p| (p.points % 0).is_null())).await?.len(), 4);
    assert_eq!(names(query().filter(|p| (p.score / p.score).is_null())).await?, ["Bob"]);
    assert_eq!(names(query().filter(|p| (p.points / p.points).eq(1))).await?, ["Ann", "ann", "Éva"]);
});

case!(unsigned_columns_go_below_zero_in_the_middle, |db| {
    people(&db).await?;
    // visits is 0, 3, 2, 5
    finds!(db, |p| (p.visits - 3 + 1).le(0), "((people.visits - ?) + ?) <= ?", ["Ann", "Bob"]);
    finds!(db, |p| (p.visits - 4).lt(0), "(people.visits - ?) < ?", ["Ann", "ann", "Bob"]);
});

case!(null_in_arithmetic_gives_null, |db| {
    people(&db).await?;
    finds!(db, |p| (p.age * 0).eq(0), "(people.age * ?) = ?", ["Ann", "Bob", "Éva"]);
    finds!(db, |p| (p.age - p.age).is_null(), "(people.age - people.age) IS NULL", ["ann"]);
});

case!(values_are_bound_in_the_order_of_the_text, |db| {
    people(&db).await?;
    let sql = db.backend().either(
        "(((people.points + ?) / (people.points - ?)) = ?) AND (people.name GLOB ?)",
        "(((people.points + ?) DIV (people.points - ?)) = ?) AND (people.name LIKE ?)",
    );
    let query = db
        .engine()
        .query::<Person>()
        .filter(|p| ((p.points + 8) / (p.points - 4)).eq(5) & p.name.starts_with("É"));
    assert_eq!(condition_of(&query), sql);
    let values: Vec<String> = query.to_sql()?.values.iter().map(ToString::to_string).collect();
    assert_eq!(values, ["8", "4", "5", db.backend().either("'É*'", "'É%'")]);
    assert_eq!(names(query).await?, ["Éva"]);
});
