//! Rules for the border between the core and the backends: the core names no backend, and whoever knows one backend's
//! files knows the other's.

use super::text::{SourceText, line_of};
use super::{Exception, Violation};

const CORE: &str = "orm-core/src/";
const BACKENDS: [&str; 2] = ["orm-sqlite/src/", "orm-mysql/src/"];
const NAMES: [&str; 4] = ["sqlite", "mysql", "mariadb", "postgres"];

/// The core names no backend, neither in code nor in strings. Comments may explain with one, tests may use one.
pub(crate) fn names_in_the_core(source: &SourceText) -> Vec<Violation> {
    if !source.path.starts_with(CORE) || source.is_for_tests() {
        return Vec::new();
    }
    let text = source.uncommented[..source.length_without_tests()].to_ascii_lowercase();
    let mut violations = Vec::new();
    for name in NAMES {
        for (position, _) in text.match_indices(name) {
            let what =
                format!("the core names the backend `{name}`; ask the backend for a capability instead");
            violations.push(Violation::new(&source.path, line_of(&text, position), what));
        }
    }
    violations
}

/// The backends' `src` folders hold files of the same names.
pub(crate) fn unlike_files(paths: &[String], allowed: &[Exception]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (here, there) in [(BACKENDS[0], BACKENDS[1]), (BACKENDS[1], BACKENDS[0])] {
        for path in paths.iter().filter(|path| path.ends_with(".rs")) {
            let Some(name) = path.strip_prefix(here) else { continue };
            let counterpart = format!("{there}{name}");
            if !paths.contains(&counterpart) && !Exception::covers(allowed, path) {
                let what = format!(
                    "has no counterpart {counterpart}; give both backends the same files, or list this one with its \
                     reason in FILES_OF_ONE_BACKEND in xtask/src/tidy.rs"
                );
                violations.push(Violation::new(path, 1, what));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let source = SourceText::new(path, text.into());
        names_in_the_core(&source).iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn the_core_names_no_backend_in_code_or_strings() {
        assert_eq!(lines("orm-core/src/a.rs", "struct SqliteRow;\nlet a = \"MySQL\";\n"), [1, 2]);
    }

    #[test]
    fn comments_and_tests_of_the_core_and_other_crates_may() {
        assert_eq!(lines("orm-core/src/a.rs", "//! SQLite\n// MySQL\n"), []);
        assert_eq!(
            lines("orm-core/src/a.rs", "#[cfg(test)]\nmod tests {\n const A: &str = \"sqlite\"; }\n"),
            []
        );
        assert_eq!(lines("orm-core/src/plan/tests.rs", "let a = \"sqlite\";"), []);
        assert_eq!(lines("orm-sqlite/src/a.rs", "struct Sqlite;"), []);
    }

    #[test]
    fn a_file_without_its_counterpart_is_found_unless_it_is_listed() {
        let paths =
            ["orm-sqlite/src/a.rs", "orm-mysql/src/a.rs", "orm-sqlite/src/raw.rs", "orm-mysql/src/b.rs"]
                .map(String::from);
        let allowed = [Exception { place: "orm-sqlite/src/raw.rs", reason: "a test" }];
        let found: Vec<_> =
            unlike_files(&paths, &allowed).into_iter().map(|violation| violation.file).collect();
        assert_eq!(found, ["orm-mysql/src/b.rs"]);
    }
}
