//! Compares the chapter with the statements that are tested.

use std::path::Path;

const STATEMENTS_AT_LEAST: usize = 45;

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text of the files in a folder.
fn texts(folder: &Path, extension: &str) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == extension) {
            text += &read(&path);
        }
    }
    text
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

#[test]
fn the_chapter_has_only_statements_that_are_tested() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let chapter = read(&root.join("docs/guide/coming_from_sqlalchemy.md"));
    let folder = root.join("tests/suite/sqlalchemy");
    let source = unindented(&(read(&folder.with_extension("rs")) + &texts(&folder, "rs")));
    let rust = blocks(&chapter, "rust");
    for block in &rust {
        assert!(source.contains(&unindented(block)), "no test has these lines:\n{block}");
    }
    let sheets = words(&texts(&folder.join("snapshots"), "snap"));
    let sql = blocks(&chapter, "sql");
    for statement in &sql {
        assert!(sheets.contains(&words(statement)), "no sheet has this statement:\n{statement}");
    }
    assert!(rust.len() >= STATEMENTS_AT_LEAST, "the chapter has {} statements", rust.len());
    // The first block of Rust is the models.
    assert_eq!((rust.len() - 1, rust.len() - 1), (sql.len(), blocks(&chapter, "python").len()));
}
