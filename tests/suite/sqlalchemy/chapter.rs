//! Compares the chapter with the statements that are tested.

use std::path::Path;

const STATEMENTS_AT_LEAST: usize = 45;

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text of the files in a folder whose names are wanted.
fn texts(folder: &Path, wanted: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().and_then(|name| name.to_str()).is_some_and(&wanted) {
            text += &read(&path);
        }
    }
    text
}

/// Whether a sheet has the SQL that the chapter shows: SQLite's, but for locks, which SQLite has not.
fn is_shown(sheet: &str) -> bool {
    let backends = ["mariadb", "mariadb_without_returning", "mysql"];
    let other = backends.iter().any(|backend| sheet.ends_with(&format!(".{backend}.sql.snap")));
    sheet.ends_with(".sql.snap") && !other || sheet == "locks.mariadb.sql.snap"
}

/// The blocks of code in a language.
fn blocks<'t>(chapter: &'t str, language: &str) -> Vec<&'t str> {
    let opening = format!("```{language}\n");
    chapter.split(&opening).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// Lines without their indentation, between line breaks.
fn unindented(text: &str) -> String {
    let lines: Vec<&str> = text.trim().lines().map(str::trim).collect();
    format!("\n{}\n", lines.join("\n"))
}

/// Words with one blank between them.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The name under which the statement before this text is noted in a sheet.
fn name_after(source: &str) -> &str {
    let (_, rest) = source.split_once(".add(\"").expect("a sheet takes the statement");
    rest.split('"').next().unwrap()
}

#[test]
fn the_chapter_has_only_statements_that_are_tested() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let chapter = read(&root.join("docs/guide/coming_from_sqlalchemy.md"));
    let folder = root.join("tests/suite/sqlalchemy");
    let source =
        unindented(&(read(&folder.with_extension("rs")) + &texts(&folder, |name| name.ends_with(".rs"))));
    let sheets = texts(&folder.join("snapshots"), is_shown);
    let notes: Vec<(&str, String)> = sheets
        .split("\n# ")
        .filter_map(|note| note.split_once('\n'))
        .map(|(name, sql)| (name, words(sql)))
        .collect();
    let mut statements = 0;
    for section in chapter.split("\n### ") {
        let [python, rust, sql] = ["python", "rust", "sql"].map(|language| blocks(section, language));
        assert!(rust.len() == 1, "a section has one block of Rust:\n{section}");
        let Some(position) = source.find(&unindented(rust[0])) else {
            panic!("no test has these lines:\n{}", rust[0]);
        };
        if python.is_empty() && sql.is_empty() {
            continue; // the models
        }
        assert!(python.len() == 1 && sql.len() == 1, "a section has one statement:\n{section}");
        let (name, sql) = (name_after(&source[position..]), words(sql[0]));
        let noted = notes.iter().any(|(known, text)| *known == name && text.contains(&sql));
        assert!(noted, "no sheet has this SQL under `{name}`:\n{sql}");
        statements += 1;
    }
    assert!(statements >= STATEMENTS_AT_LEAST, "the chapter has {statements} statements");
}
