//! Rules for every Rust file: the comment at its head, `unsafe`, and code that is not finished.

use super::text::{SourceText, in_a_name, line_of, words};
use super::{Exception, Violation};

/// Macros that must not be left in a file.
const UNFINISHED: [(&str, &str); 3] = [
    ("todo!", "finish it, or return an error that says what is unsupported"),
    ("unimplemented!", "finish it, or return an error that says what is unsupported"),
    ("dbg!", "remove it"),
];

/// Every file of a `src` folder starts with `//!`.
pub(crate) fn header(source: &SourceText) -> Option<Violation> {
    let in_src = source.path.starts_with("src/") || source.path.contains("/src/");
    (in_src && !source.whole.starts_with("//!")).then(|| {
        let what =
            "does not start with `//!`; say there what the file is for, its invariant, and who calls it";
        Violation::new(&source.path, 1, what)
    })
}

/// `unsafe` stands only in the files of the list.
pub(crate) fn unsafe_code(source: &SourceText, allowed: &[Exception]) -> Vec<Violation> {
    if Exception::covers(allowed, &source.path) {
        return Vec::new();
    }
    let what =
        "holds `unsafe` code; move it to a file that UNSAFE_FILES in xtask/src/tidy.rs lists, or do without";
    words(&source.code, "unsafe")
        .map(|position| Violation::new(&source.path, line_of(&source.code, position), what))
        .collect()
}

/// No file holds `todo!`, `unimplemented!` or `dbg!`.
pub(crate) fn unfinished_code(source: &SourceText) -> Vec<Violation> {
    let code = &source.code;
    let mut violations = Vec::new();
    for (name, advice) in UNFINISHED {
        for (position, _) in code.match_indices(name) {
            let called = code[position + name.len()..].trim_start().starts_with(['(', '[', '{']);
            if called && !code[..position].ends_with(in_a_name) {
                violations.push(Violation::new(
                    &source.path,
                    line_of(code, position),
                    format!("holds `{name}`; {advice}"),
                ));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> SourceText {
        SourceText::new(path, text.into())
    }

    #[test]
    fn a_file_of_src_needs_its_header_and_a_test_does_not() {
        assert!(header(&source("src/lib.rs", "use a;")).is_some());
        assert!(header(&source("orm-core/src/a/b.rs", "// a\n//! b")).is_some());
        assert!(header(&source("orm-core/src/lib.rs", "//! a")).is_none());
        assert!(header(&source("tests/ui/a.rs", "fn main() {}")).is_none());
    }

    #[test]
    fn unsafe_is_found_in_code_alone_and_with_its_line() {
        let text = "//! unsafe\n#![allow(unsafe_code)]\nlet a = \"unsafe\";\nunsafe { b() }\n";
        let found = unsafe_code(&source("src/a.rs", text), &[]);
        assert_eq!(found.iter().map(|violation| violation.line).collect::<Vec<_>>(), [4]);
        let allowed = [Exception { place: "src/a.rs", reason: "a test" }];
        assert!(unsafe_code(&source("src/a.rs", text), &allowed).is_empty());
    }

    #[test]
    fn unfinished_code_is_found() {
        let text = "todo!();\nmy_todo!();\n// dbg!(x)\nlet y = dbg!(x);\nunimplemented! { }";
        let lines: Vec<_> = unfinished_code(&source("src/a.rs", text)).iter().map(|one| one.line).collect();
        assert_eq!(lines, [1, 5, 4]);
    }
}
