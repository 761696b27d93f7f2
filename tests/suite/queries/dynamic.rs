//! Queries that are put together at run time: optional filters, columns and orders by name, many conditions.

use super::*;

use orm::{Comparison, ErrorKind, and_all, or_any};

case!(a_filter_that_has_no_value_leaves_all_rows, |db| {
    people(&db).await?;
    let search = |name: Option<&str>, least: Option<i32>| {
        let query = db.engine().query::<Person>().filter_if(name, |p, name| p.name.contains(name));
        query.filter_if(least, |p, least| p.age.ge(least))
    };
    assert_eq!(names(search(None, None)).await?.len(), 4);
    assert_eq!(names(search(Some("nn"), None)).await?, ["Ann", "ann"]);
    assert_eq!(names(search(Some("nn"), Some(30))).await?, ["Ann"]);
});

case!(a_column_is_found_by_name_and_its_value_is_parsed, |db| {
    people(&db).await?;
    for (column, comparison, value, expected) in [
        ("name", "eq", "Ann", &["Ann"][..]),
        ("age", "ge", "31", &["Ann", "Éva"]),
        ("points", "lt", "0", &["ann"]),
        ("score", "ne", "1.5", &["ann", "Bob", "Éva"]),
        ("visits", "gt", "2", &["ann", "Éva"]),
        ("active", "eq", "true", &["Ann", "Bob"]),
        ("name", "contains", "nn", &["Ann", "ann"]),
        ("nick", "starts_with", "B", &["Bob"]),
    ] {
        let test = Person::column(column)?.compare(comparison.parse()?, value)?;
        assert_eq!(names(db.engine().query::<Person>().filter_by(&test)).await?, expected, "{column}");
    }
});

case!(conditions_by_name_are_combined_and_stand_beside_typed_ones, |db| {
    people(&db).await?;
    let (age, name) = (Person::column("age")?, Person::column("name")?);
    let test = (age.compare(Comparison::Gt, "18")? & !name.eq("Bob")?) | age.is_null();
    assert_eq!(names(db.engine().query::<Person>().filter_by(&test)).await?, ["Ann", "ann", "Éva"]);
    let query = db.engine().query::<Person>().filter(|p| test.on(p) & p.active);
    assert_eq!(names(query).await?, ["Ann"]);
    let some = name.in_(["Bob", "Éva"])? & age.is_not_null();
    assert_eq!(names(db.engine().query::<Person>().filter_by(&some)).await?, ["Bob", "Éva"]);
    let sorted = db.engine().query::<Person>().order_by(|p| age.desc(p)).select(|p| p.name).first().await?;
    assert_eq!(sorted.as_deref(), Some("Éva"));
});

case!(values_by_name_may_be_json, |db| {
    people(&db).await?;
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text);
    let found = async |column: &str, value: &str| {
        let test =
            Person::column(column)?.compare_json(Comparison::Eq, &json(value).map_err(orm::Error::app)?)?;
        names(db.engine().query::<Person>().filter_by(&test)).await
    };
    assert_eq!(found("age", "31").await?, ["Ann"]);
    assert_eq!(found("age", "null").await?, ["ann"]);
    assert_eq!(found("active", "false").await?, ["ann", "Éva"]);
    assert_eq!(found("name", "\"Bob\"").await?, ["Bob"]);
    for (column, value) in [("name", "3"), ("age", "true"), ("age", "[1]"), ("active", "1")] {
        let refused = found(column, value).await.unwrap_err();
        assert!(matches!(refused.kind(), ErrorKind::InvalidValue { .. }), "{refused}");
    }
});

case!(names_and_values_that_do_not_fit_are_told_what_does, |db| {
    people(&db).await?;
    let unknown = |name: &str| Person::column(name).map(|_| ()).unwrap_err().to_string();
    assert_eq!(
        unknown("scroe1"),
        "invalid query: `Person` has no column \"scroe1\": there are `id`, `name`, `nick`, `age`, `points`, `score`, \
         `visits`, `active`"
    );
    assert!(unknown("nam").contains("did you mean `name`?"));
    let age = Person::column("age")?;
    let value = age.eq("thirty").unwrap_err();
    assert_eq!(
        value.to_string(),
        "`Person.age` cannot hold this value: expected an integer from -2147483648 to 2147483647"
    );
    let search = age.compare(Comparison::Contains, "3").unwrap_err();
    assert_eq!(search.to_string(), "invalid query: `Person.age` is no text: nothing is searched in it");
    let comparison = "gte".parse::<Comparison>().unwrap_err();
    assert!(comparison.to_string().contains("there is no comparison \"gte\""), "{comparison}");
});

case!(an_order_may_be_a_text_of_allowed_names, |db| {
    people(&db).await?;
    let sorted = async |text: &str| {
        let query = db.engine().query::<Person>().order_by_text(text, &["name", "age", "active"])?;
        let rows = query.order_by(|p| p.id.asc()).select(|p| p.id).all().await?;
        Ok::<Vec<i64>, orm::Error>(rows)
    };
    assert_eq!(sorted("-active, age").await?, [3, 1, 2, 4]);
    assert_eq!(sorted("-name").await?, [4, 2, 3, 1]);
    assert_eq!(sorted("").await?, [1, 2, 3, 4]);
    let refused = async |text: &str| sorted(text).await.unwrap_err().to_string();
    assert_eq!(
        refused("points").await,
        "invalid query: `Person` cannot be sorted by \"points\": there are `name`, `age`, `active`"
    );
    assert!(refused("-nmae,agee").await.contains("cannot be sorted by \"nmae\""));
    assert!(refused("age,-age").await.contains("names `age` twice"));
    for text in ["name; DROP TABLE people", "name DESC", "1", "--name", "name,", "\"name\""] {
        assert!(refused(text).await.contains("cannot be sorted by"), "{text}");
    }
});

case!(many_conditions_are_one, |db| {
    people(&db).await?;
    let words = ["n", "A"];
    let all = db.engine().query::<Person>().filter(|p| and_all(words.map(|word| p.name.contains(word))));
    assert_eq!(names(all).await?, ["Ann"]);
    let any = db.engine().query::<Person>().filter(|p| or_any((1..900).map(|id| p.id.eq(id * 3))));
    assert_eq!(names(any).await?, ["Bob"]);
    let none: [Expr<bool>; 0] = [];
    assert_eq!(db.engine().query::<Person>().filter(|_| and_all(none.clone())).count().await?, 4);
    assert_eq!(db.engine().query::<Person>().filter(|_| or_any(none.clone())).count().await?, 0);
});

/// A part that several queries share: it takes a query and gives a query.
fn grown<S>(query: Query<S, Person>) -> Query<S, Person> {
    query.filter(|p| p.age.ge(18)).order_by(|p| p.age.desc())
}

case!(a_part_of_queries_is_a_function, |db| {
    people(&db).await?;
    let mut session = db.session();
    let oldest = grown(session.query::<Person>()).first().await?.expect("somebody is grown");
    assert_eq!(session[oldest].name, "Éva");
    assert_eq!(names(grown(db.engine().query::<Person>())).await?, ["Éva", "Ann", "Bob"]);
});

case!(hostile_names_and_values_change_no_statement, |db| {
    people(&db).await?;
    let pieces =
        ["'", "\"", "`", ";", "--", "/*", "*/", "\\", "\0", "%", "_", "?", " OR 1=1", "name", "é", ")", "("];
    let mut count = 0;
    for left in pieces {
        for right in pieces {
            for hostile in [format!("{left}{right}"), format!("name{left}{right}")] {
                assert!(Person::column(&hostile).is_err(), "{hostile}");
                assert!(db.engine().query::<Person>().order_by_text(&hostile, &["name"]).is_err());
                count += 2;
            }
        }
    }
    assert!(count >= 500);
    for left in pieces {
        let test = Person::column("name")?.eq(&format!("{left}' OR 1=1 --"))?;
        if !left.contains('\0') {
            assert_eq!(db.engine().query::<Person>().filter_by(&test).count().await?, 0);
        }
    }
});
