//! LIKE and its relatives: case-sensitive everywhere, and nothing in a text is a wildcard that the caller did not ask for.

use orm::Result;
use orm::prelude::*;

use super::{Person, condition_of, finds, names, people};
use crate::harness::Database;

case!(matches_are_case_sensitive, |db| {
    people(&db).await?;
    let sql = |column: &str| format!("people.{column} {}", db.backend().either("GLOB ?", "LIKE ?"));
    let negated =
        |column: &str| format!("people.{column} {}", db.backend().either("NOT GLOB ?", "NOT LIKE ?"));
    finds!(db, |p| p.name.like("A%"), sql("name"), ["Ann"]);
    finds!(db, |p| p.name.like("_nn"), sql("name"), ["Ann", "ann"]);
    finds!(db, |p| p.name.not_like("%n%"), negated("name"), ["Bob", "Éva"]);
    finds!(db, |p| p.name.contains("nn"), sql("name"), ["Ann", "ann"]);
    finds!(db, |p| p.name.contains("N"), sql("name"), []);
    finds!(db, |p| p.name.starts_with("a"), sql("name"), ["ann"]);
    finds!(db, |p| p.name.starts_with("É"), sql("name"), ["Éva"]);
    finds!(db, |p| p.name.starts_with("é"), sql("name"), []);
    finds!(db, |p| p.name.starts_with("E"), sql("name"), []);
    finds!(db, |p| p.name.ends_with("b"), sql("name"), ["Bob"]);
    finds!(db, |p| p.nick.contains(String::from("ob")), sql("nick"), ["Bob"]);
});

case!(a_null_matches_nothing_and_an_empty_text_is_everywhere, |db| {
    people(&db).await?;
    let count = async |condition| db.engine().query::<Person>().filter(condition).count().await;
    let count: Result<Vec<i64>> = async {
        Ok(vec![
            count((|p: Cols<Person>| p.nick.contains("")) as fn(Cols<Person>) -> Expr<bool>).await?,
            count(|p| p.nick.starts_with("")).await?,
            count(|p| p.nick.ends_with("")).await?,
            count(|p| p.nick.like("%")).await?,
            count(|p| p.nick.not_like("x")).await?,
            count(|p| p.nick.like("")).await?,
        ])
    }
    .await;
    assert_eq!(count?, [3, 3, 3, 3, 3, 1]);
});

#[derive(Model, Debug, Default)]
#[orm(table = "texts")]
struct Text {
    #[orm(primary_key)]
    id: i64,
    text: String,
}

async fn texts(db: &Database, texts: &[&str]) -> Result<()> {
    db.create::<(Text,)>().await?;
    let mut session = db.session();
    session.add_all(texts.iter().map(|text| Text { text: (*text).into(), ..Default::default() }));
    session.commit().await
}

async fn found(db: &Database, condition: impl FnOnce(Cols<Text>) -> Expr<bool>) -> Result<Vec<String>> {
    let found = db.engine().query::<Text>().filter(condition).order_by(|t| t.id.asc()).all().await?;
    Ok(found.into_iter().map(|text| text.text).collect())
}

/// Everything that is a wildcard, an escape, a quote or a bracket somewhere.
const SPECIAL: [&str; 17] =
    ["%", "_", "\\", "*", "?", "[", "]", "[a]", "[^x]", "^", "-", "'", "\"", "`", "\\%", "%%", "😀"];

case!(nothing_in_a_text_is_a_wildcard, |db| {
    let all: Vec<String> = SPECIAL.iter().map(|special| format!("a{special}z")).collect();
    let mut rows: Vec<&str> = all.iter().map(String::as_str).collect();
    rows.push("axz");
    texts(&db, &rows).await?;
    for special in SPECIAL {
        let row = format!("a{special}z");
        let holding: Vec<&str> = rows.iter().copied().filter(|row| row.contains(special)).collect();
        assert_eq!(found(&db, |t| t.text.contains(special)).await?, holding, "contains {special:?}");
        let holding: Vec<&str> = rows.iter().copied().filter(|other| other.contains(&row)).collect();
        assert_eq!(found(&db, |t| t.text.contains(&row)).await?, holding, "contains {row:?}");
        let start = format!("a{special}");
        let starting: Vec<&str> = rows.iter().copied().filter(|row| row.starts_with(&start)).collect();
        assert_eq!(found(&db, |t| t.text.starts_with(&start)).await?, starting, "starts with {start:?}");
        let end = format!("{special}z");
        let ending: Vec<&str> = rows.iter().copied().filter(|row| row.ends_with(&end)).collect();
        assert_eq!(found(&db, |t| t.text.ends_with(&end)).await?, ending, "ends with {end:?}");
    }
});

case!(a_pattern_has_two_wildcards_and_one_escape, |db| {
    let rows =
        ["a%z", "a_z", "a\\z", "a*z", "a?z", "a[b]z", "az", "axz", "a😀z", "a\nz", "axyz", "\\", "a\\"];
    texts(&db, &rows).await?;
    let like = async |pattern: &str| found(&db, |t| t.text.like(pattern)).await;
    let everything = &rows[..11];
    assert_eq!(like("a%z").await?, everything, "% is any text, also none and several lines");
    let one = ["a%z", "a_z", "a\\z", "a*z", "a?z", "axz", "a😀z", "a\nz"];
    assert_eq!(like("a_z").await?, one, "_ is one character, not one byte");
    assert_eq!(like(r"a\%z").await?, ["a%z"]);
    assert_eq!(like(r"a\_z").await?, ["a_z"]);
    assert_eq!(like(r"a\\z").await?, ["a\\z"]);
    assert_eq!(like("a*z").await?, ["a*z"]);
    assert_eq!(like("a?z").await?, ["a?z"]);
    assert_eq!(like("a[b]z").await?, ["a[b]z"]);
    assert_eq!(like("a[x]z").await?, Vec::<String>::new());
    assert_eq!(like("%[%").await?, ["a[b]z"]);
    assert_eq!(like(r"\\").await?, ["\\"]);
    assert_eq!(like("a\\").await?, ["a\\"], "an escape with nothing behind it is itself");
    assert_eq!(like("a\\xz").await?, ["axz"], "an escape before an ordinary character is nothing");
    let without = found(&db, |t| t.text.not_like("a%")).await?;
    assert_eq!(without, ["\\"]);
});

case!(a_long_text_can_be_sought, |db| {
    let long = format!("{}%", "x".repeat(40_000));
    texts(&db, &["x", &long]).await?;
    assert_eq!(found(&db, |t| t.text.contains(&long)).await?, [&*long]);
});
