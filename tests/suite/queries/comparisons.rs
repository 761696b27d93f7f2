//! Comparisons with values, NULL, columns, lists and ranges.

use super::{Person, condition_of, finds, names, people};

case!(values_compare, |db| {
    people(&db).await?;
    finds!(db, |p| p.points.eq(7), "people.points = ?", ["Éva"]);
    finds!(db, |p| p.points.ne(7), "people.points <> ?", ["Ann", "ann", "Bob"]);
    finds!(db, |p| p.points.lt(0), "people.points < ?", ["ann"]);
    finds!(db, |p| p.points.le(0), "people.points <= ?", ["ann", "Bob"]);
    finds!(db, |p| p.points.gt(7), "people.points > ?", ["Ann"]);
    finds!(db, |p| p.points.ge(7), "people.points >= ?", ["Ann", "Éva"]);
});

case!(text_compares_with_every_kind_of_string, |db| {
    people(&db).await?;
    let owned = String::from("Éva");
    finds!(db, |p| p.name.eq("Ann"), "people.name = ?", ["Ann"]);
    finds!(db, |p| p.name.eq(&owned), "people.name = ?", ["Éva"]);
    finds!(db, |p| p.name.eq(owned), "people.name = ?", ["Éva"]);
    finds!(db, |p| p.nick.eq("annie"), "people.nick = ?", ["ann"]);
    finds!(db, |p| p.name.gt("a"), "people.name > ?", ["ann", "Éva"]);
});

case!(a_null_equals_nothing_and_none_asks_for_nulls, |db| {
    people(&db).await?;
    finds!(db, |p| p.age.eq(20), "people.age = ?", ["Bob"]);
    finds!(db, |p| p.age.eq(Some(20)), "people.age = ?", ["Bob"]);
    finds!(db, |p| p.age.ne(20), "people.age <> ?", ["Ann", "Éva"]);
    finds!(db, |p| p.age.lt(100), "people.age < ?", ["Ann", "Bob", "Éva"]);
    finds!(db, |p| p.age.eq(None), "people.age IS NULL", ["ann"]);
    finds!(db, |p| p.age.ne(None), "people.age IS NOT NULL", ["Ann", "Bob", "Éva"]);
    finds!(db, |p| p.age.is_null(), "people.age IS NULL", ["ann"]);
    finds!(db, |p| p.age.is_not_null(), "people.age IS NOT NULL", ["Ann", "Bob", "Éva"]);
    finds!(db, |p| p.nick.eq(""), "people.nick = ?", ["Éva"]);
});

case!(distinct_from_treats_null_as_a_value, |db| {
    people(&db).await?;
    let same = db.backend().either("IS", "<=>");
    finds!(db, |p| p.age.is_not_distinct_from(20), format!("people.age {same} ?"), ["Bob"]);
    finds!(db, |p| p.age.is_not_distinct_from(None), format!("people.age {same} ?"), ["ann"]);
    finds!(db, |p| p.age.is_distinct_from(20), format!("NOT (people.age {same} ?)"), ["Ann", "ann", "Éva"]);
    finds!(db, |p| p.age.is_distinct_from(None), format!("NOT (people.age {same} ?)"), ["Ann", "Bob", "Éva"]);
    let condition = format!("people.nick {same} people.name");
    finds!(db, |p| p.nick.is_not_distinct_from(p.name), condition, ["Bob"]);
});

case!(columns_compare_with_columns, |db| {
    people(&db).await?;
    finds!(db, |p| p.name.eq(p.nick), "people.name = people.nick", ["Bob"]);
    finds!(db, |p| p.nick.eq(p.name), "people.nick = people.name", ["Bob"]);
    finds!(db, |p| p.nick.ne(p.name), "people.nick <> people.name", ["ann", "Éva"]);
});

case!(lists_mean_what_they_say, |db| {
    people(&db).await?;
    finds!(db, |p| p.points.in_([7, -7, 99]), "people.points IN (?, ?, ?)", ["ann", "Éva"]);
    finds!(db, |p| p.points.not_in([7, -7, 99]), "people.points NOT IN (?, ?, ?)", ["Ann", "Bob"]);
    finds!(db, |p| p.name.in_(["Bob", "bob"]), "people.name IN (?, ?)", ["Bob"]);
    finds!(db, |p| p.name.in_(vec![String::from("Ann")]), "people.name IN (?)", ["Ann"]);
    finds!(db, |p| p.name.in_([p.nick]), "people.name IN (people.nick)", ["Bob"]);
    let ages = vec![31, 45];
    finds!(db, |p| p.age.in_(&ages), "people.age IN (?, ?)", ["Ann", "Éva"]);
});

case!(nothing_is_in_an_empty_list_and_everything_outside_of_it, |db| {
    people(&db).await?;
    let none: [i32; 0] = [];
    finds!(db, |p| p.age.in_(none), "1 = 0", []);
    finds!(db, |p| p.age.not_in(none), "1 = 1", ["Ann", "ann", "Bob", "Éva"]);
    finds!(db, |p| !p.age.in_(none), "NOT (1 = 0)", ["Ann", "ann", "Bob", "Éva"]);
});

case!(none_in_a_list_stands_for_nulls, |db| {
    people(&db).await?;
    let list = [Some(20), None];
    finds!(db, |p| p.age.in_(list), "people.age IN (?) OR people.age IS NULL", ["ann", "Bob"]);
    finds!(db, |p| p.age.not_in(list), "people.age NOT IN (?) AND people.age IS NOT NULL", ["Ann", "Éva"]);
    finds!(db, |p| p.age.in_([None::<i32>]), "people.age IS NULL", ["ann"]);
    finds!(db, |p| p.age.not_in([None::<i32>]), "people.age IS NOT NULL", ["Ann", "Bob", "Éva"]);
    let condition = "(people.age IN (?) OR people.age IS NULL) AND people.active";
    finds!(db, |p| p.age.in_(list) & p.active, condition, ["Bob"]);
    // A value that is NULL is outside of no list but the empty one, as in SQL.
    finds!(db, |p| p.age.not_in([20]), "people.age NOT IN (?)", ["Ann", "Éva"]);
});

case!(a_list_may_be_long, |db| {
    people(&db).await?;
    let found = db.engine().query::<Person>().filter(|p| p.points.in_(0..30_000)).count().await?;
    assert_eq!(found, 3);
});

case!(ranges_include_both_ends, |db| {
    people(&db).await?;
    finds!(db, |p| p.points.between(-7, 7), "people.points BETWEEN ? AND ?", ["ann", "Bob", "Éva"]);
    finds!(db, |p| p.points.not_between(-7, 7), "people.points NOT BETWEEN ? AND ?", ["Ann"]);
    finds!(db, |p| p.points.between(7, -7), "people.points BETWEEN ? AND ?", []);
    finds!(db, |p| p.age.not_between(0, 40), "people.age NOT BETWEEN ? AND ?", ["Éva"]);
    let condition = "people.points BETWEEN (-people.points) AND (people.points + ?)";
    finds!(db, |p| p.points.between(-p.points, p.points + 1), condition, ["Ann", "Bob", "Éva"]);
});
