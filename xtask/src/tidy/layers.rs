//! The rule of layers: the `mod` list in `orm-core/src/lib.rs` reads from the bottom up, and a module uses only those
//! that stand before it in the list.
//!
//! Paths are read from the text: `crate::y`, `crate::{y, z::A}` and, where it reaches the root, `super::y`. A path
//! that a macro writes for its caller, `$crate::y`, is the caller's.

use super::text::{SourceText, in_a_name, line_of, words};
use super::{Exception, Violation};

const SOURCES: &str = "orm-core/src/";

/// Every use of a module by one that stands before it, and every use of the root by a module.
pub(crate) fn upward_uses(sources: &[SourceText], allowed: &[Exception]) -> Vec<Violation> {
    let Some(root) = sources.iter().find(|source| source.path == format!("{SOURCES}lib.rs")) else {
        return Vec::new();
    };
    let modules = declared_modules(&root.code);
    let position = |name: &str| modules.iter().position(|module| module == name);
    let mut violations = Vec::new();
    for source in sources.iter().filter(|source| !source.is_for_tests()) {
        let Some(module) = module_of(&source.path) else { continue };
        let Some(own) = position(module) else { continue };
        for Use { name, line, by } in uses_of_the_root(source) {
            let what = match (position(&name), by) {
                (Some(used), _) if used <= own => continue,
                (Some(_), _) if Exception::covers(allowed, &format!("{module} -> {name}")) => continue,
                (Some(_), _) => format!(
                    "`{module}` uses `{name}`, which comes after it in {SOURCES}lib.rs; move what it needs to a module \
                     above `{module}`, or change the order"
                ),
                // What is not a module: for `super::` it may be anything, for `crate::` it is an item of the root.
                (None, Path::Super) => continue,
                (None, Path::Crate) => format!(
                    "`{module}` uses `{name}` from the crate's root; name the module that it lives in, so that its \
                     layer shows"
                ),
            };
            violations.push(Violation::new(&source.path, line, what));
        }
    }
    if !violations.is_empty() && modules.is_sorted() {
        let what = "the `mod` list is in alphabetical order, as rustfmt leaves it; restore the order of the layers, \
                    and set `reorder_modules = false` in rustfmt.toml";
        violations.push(Violation::new(&root.path, 1, what));
    }
    violations
}

/// The names of the `mod` list, in its order. Modules with a body inside the file count too.
fn declared_modules(code: &str) -> Vec<String> {
    words(code, "mod")
        .map(|position| leading_name(code[position + 3..].trim_start()).to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// The module of the list that a file belongs to; none for the root itself.
fn module_of(path: &str) -> Option<&str> {
    let inside = path.strip_prefix(SOURCES).filter(|inside| *inside != "lib.rs")?;
    Some(inside.split_once('/').map_or(inside.strip_suffix(".rs").unwrap_or(inside), |(folder, _)| folder))
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Path {
    Crate,
    Super,
}

#[derive(Debug, PartialEq)]
struct Use {
    name: String,
    line: usize,
    by: Path,
}

fn uses_of_the_root(source: &SourceText) -> Vec<Use> {
    let code = &source.code[..source.length_without_tests()];
    let to_the_root = "super::".repeat(depth(&source.path));
    let mut uses = Vec::new();
    for (start, by) in [("crate::", Path::Crate), (to_the_root.as_str(), Path::Super)] {
        for (position, _) in code.match_indices(start) {
            let before = &code[..position];
            // `$crate::` and `my_crate::` are other paths; a `super::` before or after this one leads elsewhere.
            if before
                .ends_with(|character: char| in_a_name(character) || character == '$' || character == ':')
            {
                continue;
            }
            for place in first_names(code, position + start.len()) {
                let name = leading_name(&code[place..]);
                let is_macro = code[place + name.len()..].starts_with('!');
                if !["", "self", "super"].contains(&name) && !is_macro {
                    uses.push(Use { name: name.to_owned(), line: line_of(code, place), by });
                }
            }
        }
    }
    uses
}

/// How many modules a file's own items are below the root: 1 for `x.rs` and `x/mod.rs`, 2 for `x/y.rs`.
fn depth(path: &str) -> usize {
    let inside = path.strip_prefix(SOURCES).unwrap_or(path);
    let inside = inside.strip_suffix("/mod.rs").unwrap_or(inside);
    inside.split('/').count()
}

/// Where the names start that follow a path: one, or the first of each part of `{a, b::{c, d}}`.
fn first_names(code: &str, start: usize) -> Vec<usize> {
    if !code[start..].starts_with('{') {
        return vec![start];
    }
    let mut depth = 0;
    let mut expected = false;
    let mut names = Vec::new();
    for (offset, character) in code[start..].char_indices() {
        match character {
            '{' => {
                depth += 1;
                expected = depth == 1;
            }
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' if depth == 1 => expected = true,
            other if expected && !other.is_whitespace() => {
                names.push(start + offset);
                expected = false;
            }
            _ => {}
        }
    }
    names
}

fn leading_name(text: &str) -> &str {
    &text[..text.find(|character| !in_a_name(character)).unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violations(file: &str, text: &str, allowed: &[Exception]) -> Vec<(usize, String)> {
        let list = "//! mod zero;\nmod error;\npub mod value;\npub(crate) mod plan;\nmod session;\npub use error::Error;\n";
        let sources = [
            SourceText::new("orm-core/src/lib.rs", list.into()),
            SourceText::new(&format!("orm-core/src/{file}"), text.into()),
        ];
        let shorter = |what: String| what.split([';', ',']).next().unwrap_or_default().to_owned();
        upward_uses(&sources, allowed).into_iter().map(|one| (one.line, shorter(one.what))).collect()
    }

    #[test]
    fn a_module_may_use_itself_and_what_stands_before_it() {
        let text = "use crate::error::Error;\nuse crate::plan::step;\nuse crate::{error, value::Value};";
        assert_eq!(violations("plan.rs", text, &[]), []);
    }

    #[test]
    fn a_use_of_a_later_module_is_found_alone_and_in_a_group() {
        let found = [(1, "`plan` uses `session`".to_owned())];
        assert_eq!(violations("plan/order.rs", "fn a(b: &crate::session::Session) {}", &[]), found);
        let found = [(3, "`error` uses `plan`".to_owned())];
        assert_eq!(
            violations("error.rs", "use crate::{\n    error::{self, A, B},\n    plan::C,\n};", &[]),
            found
        );
    }

    #[test]
    fn super_reaches_the_root_from_the_right_depth_alone() {
        assert_eq!(violations("error.rs", "use super::plan::A;", &[]).len(), 1);
        assert_eq!(violations("error/kind.rs", "use super::plan::A;", &[]).len(), 0);
        assert_eq!(violations("error/kind.rs", "use super::super::plan::A;", &[]).len(), 1);
    }

    #[test]
    fn a_name_of_the_root_is_found_unless_it_is_a_macro() {
        let found = [(1, "`value` uses `Error` from the crate's root".to_owned())];
        assert_eq!(violations("value.rs", "use crate::Error;\ncrate::bail!();", &[]), found);
    }

    #[test]
    fn a_list_that_rustfmt_has_sorted_is_pointed_out() {
        let list = "mod engine;\nmod error;\n";
        let sources = [("lib.rs", list), ("engine.rs", "use crate::error::Error;")]
            .map(|(file, text)| SourceText::new(&format!("{SOURCES}{file}"), text.into()));
        let found = upward_uses(&sources, &[]);
        assert!(found.len() == 2 && found[1].what.contains("reorder_modules"), "{found:?}");
    }

    #[test]
    fn tests_comments_and_the_paths_of_macros_do_not_count() {
        let text = "// crate::plan\n$crate::plan::A;\n#[cfg(test)]\nmod tests {\n use crate::session;\n}\n";
        assert_eq!(violations("value.rs", text, &[]), []);
    }

    #[test]
    fn a_listed_use_passes() {
        let allowed = [Exception { place: "error -> plan", reason: "a test" }];
        assert_eq!(violations("error.rs", "use crate::plan::A;", &allowed), []);
    }
}
