//! `cargo xtask tidy`: the rules of this repository that the compiler does not check.
//!
//! Each rule is a pure function from text to violations, in a module of its own; this file reads the repository, asks
//! every rule, and holds the exceptions, each with its reason. A violation is one line: where, what, and what to do.

mod backends;
mod documents;
mod layers;
mod named_tests;
mod sources;
mod text;

use std::fmt;
use std::path::Path;

use self::text::SourceText;
use crate::Outcome;

/// Files that one backend has and the other has not.
const FILES_OF_ONE_BACKEND: &[Exception] = &[
    Exception {
        place: "orm-sqlite/src/raw.rs",
        reason: "the calls into SQLite's C library, which the other backend has no counterpart of",
    },
    Exception { place: "orm-sqlite/src/raw/", reason: "the parts of raw.rs" },
    Exception {
        place: "orm-sqlite/src/functions.rs",
        reason: "functions that SQLite lacks; the servers have their own",
    },
    Exception { place: "orm-sqlite/src/functions/", reason: "the parts of functions.rs" },
    Exception {
        place: "orm-sqlite/src/statements.rs",
        reason: "the cache of prepared statements; the other backend's driver has its own",
    },
    Exception {
        place: "orm-sqlite/src/worker.rs",
        reason: "long reads on a blocking thread; a server works in a process of its own",
    },
    Exception {
        place: "orm-sqlite/src/connection/",
        reason: "going back to the pool, and operations that wait: a server's connection waits within each call",
    },
    Exception {
        place: "orm-mysql/src/connection/link.rs",
        reason: "the driver's connection; SQLite's counterpart is raw/lent.rs, among its unsafe code",
    },
    Exception {
        place: "orm-mysql/src/engine/facts.rs",
        reason: "what a server tells of itself; SQLite is linked, so its facts are constants",
    },
    Exception {
        place: "orm-mysql/src/wire.rs",
        reason: "values in the server's protocol; SQLite's counterpart is raw/value.rs, among its unsafe code",
    },
    Exception { place: "orm-mysql/src/wire/", reason: "the parts of wire.rs" },
];

/// Files that may hold `unsafe` code: one module.
const UNSAFE_FILES: &[Exception] = &[
    Exception {
        place: "orm-sqlite/src/raw.rs",
        reason: "the calls into SQLite's C library; nothing else touches its pointers",
    },
    Exception { place: "orm-sqlite/src/raw/", reason: "the parts of raw.rs" },
];

/// Uses of a module by one that stands above it in `orm-core/src/lib.rs`, written `lower -> upper`.
const UPWARD_USES: &[Exception] = &[];

/// Paths that documents name although they are not in this repository.
const PATHS_ELSEWHERE: &[Exception] = &[];

/// Something that a rule lets pass: a file, or with a slash at the end all files of a folder.
pub(crate) struct Exception {
    place: &'static str,
    /// For the reader of the list; no rule looks at it.
    #[allow(dead_code)]
    reason: &'static str,
}

impl Exception {
    fn covers(exceptions: &[Exception], place: &str) -> bool {
        exceptions.iter().any(|exception| {
            let folder = exception.place.ends_with('/') && place.starts_with(exception.place);
            exception.place == place || folder
        })
    }
}

/// One breach of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    file: String,
    line: usize,
    what: String,
}

impl Violation {
    fn new(file: &str, line: usize, what: impl Into<String>) -> Violation {
        Violation { file: file.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// Checks the repository and prints each violation.
pub(crate) fn run(root: &Path) -> Outcome {
    let repository = Repository::read(root)?;
    let mut violations = repository.violations();
    violations.sort();
    for violation in &violations {
        println!("{violation}");
    }
    let Repository { sources, documents, .. } = &repository;
    match violations.len() {
        0 => {
            println!("{} source files and {} documents are tidy", sources.len(), documents.len());
            Ok(())
        }
        count => Err(format!("tidy: violations: {count}")),
    }
}

/// Everything that the rules look at.
struct Repository {
    sources: Vec<SourceText>,
    documents: Vec<(String, String)>,
    /// Every file and folder, from the root, a folder without its last slash.
    paths: Vec<String>,
}

impl Repository {
    fn read(root: &Path) -> Outcome<Repository> {
        let mut repository = Repository { sources: Vec::new(), documents: Vec::new(), paths: Vec::new() };
        repository.read_folder(root, "")?;
        Ok(repository)
    }

    fn read_folder(&mut self, root: &Path, folder: &str) -> Outcome {
        let unreadable = |path: &Path, error| format!("{} cannot be read: {error}", path.display());
        let absolute = root.join(folder);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&absolute).map_err(|error| unreadable(&absolute, error))? {
            let entry = entry.map_err(|error| unreadable(&absolute, error))?;
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        for name in names {
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let absolute = root.join(&path);
            if absolute.is_dir() {
                self.paths.push(path.clone());
                // Documents name these too, but what is in them is not ours.
                if name != "target" && name != ".git" {
                    self.read_folder(root, &path)?;
                }
                continue;
            }
            let is_document = name.ends_with(".md") && (path == "README.md" || path.starts_with("docs/"));
            if name.ends_with(".rs") || is_document {
                let text =
                    std::fs::read_to_string(&absolute).map_err(|error| unreadable(&absolute, error))?;
                if is_document {
                    self.documents.push((path.clone(), text));
                } else {
                    self.sources.push(SourceText::new(&path, text));
                }
            }
            self.paths.push(path);
        }
        Ok(())
    }

    fn violations(&self) -> Vec<Violation> {
        let Repository { sources, documents, paths } = self;
        let mut violations = Vec::new();
        for source in sources {
            violations.extend(sources::header(source));
            violations.extend(sources::unsafe_code(source, UNSAFE_FILES));
            violations.extend(sources::unfinished_code(source));
            violations.extend(backends::names_in_the_core(source));
        }
        violations.extend(backends::unlike_files(paths, FILES_OF_ONE_BACKEND));
        violations.extend(layers::upward_uses(sources, UPWARD_USES));
        let tests = named_tests::known_tests(sources);
        for (file, text) in documents {
            violations.extend(named_tests::missing_tests(file, text, &tests));
            violations.extend(documents::missing_paths(file, text, paths, PATHS_ELSEWHERE));
        }
        violations
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violation_is_one_line_that_starts_with_its_place() {
        let violation = Violation::new("orm-core/src/plan.rs", 7, "names SQLite; ask for a capability");
        assert_eq!(violation.to_string(), "orm-core/src/plan.rs:7: names SQLite; ask for a capability");
    }

    #[test]
    fn every_exception_has_a_reason() {
        let lists = [FILES_OF_ONE_BACKEND, UNSAFE_FILES, UPWARD_USES, PATHS_ELSEWHERE];
        assert!(lists.iter().flat_map(|list| list.iter()).all(|exception| !exception.reason.is_empty()));
    }
}
