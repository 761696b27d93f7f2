//! The rule for documents: a path between backticks leads to a file or folder of this repository.
//!
//! What counts as a path: it contains a slash, and it ends with `.rs`, `.md` or `.toml`, or it ends with the slash and
//! starts with a folder of ours. Blocks of code are left alone.

use super::{Exception, Violation};

const ENDINGS: [&str; 3] = [".rs", ".md", ".toml"];

/// Every path in the document that leads nowhere, from the root or from the document's own folder.
pub(crate) fn missing_paths(
    file: &str,
    text: &str,
    paths: &[String],
    elsewhere: &[Exception],
) -> Vec<Violation> {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut violations = Vec::new();
    let mut in_a_block = false;
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_a_block = !in_a_block;
            continue;
        }
        if in_a_block {
            continue;
        }
        for quoted in between_backticks(line) {
            let Some(path) = as_path(quoted, paths) else { continue };
            let exists = |path: &str| paths.iter().any(|known| known == path);
            let found = exists(path) || resolved(folder, path).is_some_and(|path| exists(&path));
            if !found && !Exception::covers(elsewhere, quoted) {
                let what = format!(
                    "names `{quoted}`, which does not exist; correct the path, or list it with its reason in \
                     PATHS_ELSEWHERE in xtask/src/tidy.rs"
                );
                violations.push(Violation::new(file, number + 1, what));
            }
        }
    }
    violations
}

/// Every second piece is between backticks, but a last one that no backtick closes.
pub(super) fn between_backticks(line: &str) -> impl Iterator<Item = &str> {
    let pieces: Vec<&str> = line.split('`').collect();
    let unclosed = usize::from(pieces.len().is_multiple_of(2));
    let closed = pieces.len() - unclosed;
    pieces.into_iter().take(closed).skip(1).step_by(2)
}

/// The quoted text as a path without its last slash and without a line number, if it looks like a path of ours.
fn as_path<'text>(quoted: &'text str, paths: &[String]) -> Option<&'text str> {
    let no_path = |character: char| character.is_whitespace() || "*<>{}$()\"'|".contains(character);
    if quoted.contains(no_path) || quoted.contains("://") || quoted.starts_with(['/', '~', '-']) {
        return None;
    }
    let path = quoted.split(['#', ':']).next().filter(|path| path.contains('/'))?;
    if ENDINGS.iter().any(|ending| path.ends_with(ending)) {
        return Some(path);
    }
    let folder = path.strip_suffix('/')?;
    let first = folder.split('/').next()?;
    paths.iter().any(|known| known == first).then_some(folder)
}

/// `path` seen from `folder`, if it does not leave the repository.
fn resolved(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(file: &str, text: &str) -> Vec<usize> {
        let paths =
            ["docs", "docs/decisions", "docs/decisions/0001-a.md", "docs/architecture.md", "orm-core"]
                .map(String::from);
        missing_paths(file, text, &paths, &[]).iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn a_path_that_exists_passes_from_the_root_and_from_the_document() {
        assert_eq!(missing("README.md", "`docs/architecture.md` and `docs/decisions/`"), []);
        assert_eq!(
            missing("docs/architecture.md", "`decisions/0001-a.md`, `../docs/architecture.md:12`"),
            []
        );
    }

    #[test]
    fn a_path_that_does_not_exist_is_found() {
        assert_eq!(missing("README.md", "a\n`orm-core/src/gone.rs` b `orm-core/gone/`\n"), [2, 2]);
    }

    #[test]
    fn what_is_no_path_of_ours_passes() {
        let text = "`Cargo.toml` `a / b.rs` `orm-core/chrono` `/etc/x.toml` `https://a/b.md` `docs/NNNN-*.md` `x/y/`";
        assert_eq!(missing("README.md", text), []);
        assert_eq!(missing("README.md", "```\n`docs/gone.md`\n```"), []);
        assert_eq!(missing("README.md", "one ` and docs/gone.md"), []);
    }
}
