//! Builds the examples and runs each with its default arguments on SQLite; one whose source knows `--database` runs
//! once more on each server, in a database of its own.
//!
//! An example is what a reader tries first, so it runs as a reader's does: in an empty folder, with nobody typing.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::cargo::{cargo, run as run_command, workspace_root};
use crate::report::{Report, last_lines};
use crate::servers::{Servers, TemporaryDatabase};
use crate::temporary::TemporaryFolder;

/// An example that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(180);

const LINES_SHOWN: usize = 60;

struct Example {
    name: String,
    takes_a_database: bool,
}

/// Adds one row to the report for the build and one for each run.
pub(crate) fn run(report: &mut Report, servers: Option<&Servers>) {
    let built = report.check("examples", || {
        run_command(&mut cargo(&["build", "--examples", "--all-features"]))?;
        find(&workspace_root().join("examples"))
    });
    let Some(examples) = built else {
        println!("no example is run, since they do not all build");
        return;
    };
    for example in &examples {
        report.check(&format!("example {} (sqlite)", example.name), || run_one(example, &[]));
        let urls = servers.filter(|_| example.takes_a_database).map(Servers::urls).unwrap_or_default();
        for (server, url) in urls {
            report.check(&format!("example {} ({server})", example.name), || {
                let database = TemporaryDatabase::create(url, database_name(&example.name))?;
                run_one(example, &["--database", &database.url()])
            });
        }
    }
}

/// The examples, sorted by name: `name.rs`, and `name/main.rs` with the modules beside it.
fn find(folder: &Path) -> Outcome<Vec<Example>> {
    let unreadable = |path: &Path, error| format!("{} cannot be read: {error}", path.display());
    let listed = |folder: &Path| -> Outcome<Vec<PathBuf>> {
        let mut paths = Vec::new();
        if folder.is_dir() {
            for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
                paths.push(entry.map_err(|error| unreadable(folder, error))?.path());
            }
        }
        paths.sort();
        Ok(paths)
    };
    let mut examples = Vec::new();
    for path in listed(folder)? {
        let sources = match path.join("main.rs").is_file() {
            true => listed(&path)?,
            false => vec![path.clone()],
        };
        let mut source = String::new();
        for file in sources.iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
        {
            source.push_str(&std::fs::read_to_string(file).map_err(|error| unreadable(file, error))?);
        }
        if !source.is_empty() {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            examples.push(Example { name, takes_a_database: source.contains("--database") });
        }
    }
    examples.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(examples)
}

fn run_one(example: &Example, arguments: &[&str]) -> Outcome {
    let folder = TemporaryFolder::new("orm-example")?;
    let output = folder.path().join("output");
    let work = folder.path().join("work");
    let unwritable = |error| format!("{} cannot be written: {error}", folder.path().display());
    std::fs::create_dir(&work).map_err(unwritable)?;
    let file = File::create(&output).map_err(unwritable)?;
    let copy = file.try_clone().map_err(unwritable)?;
    let manifest = workspace_root().join("Cargo.toml");
    let mut command =
        cargo(&["run", "--quiet", "--all-features", "--example", &example.name, "--manifest-path"]);
    command.arg(manifest).arg("--").args(arguments);
    command.current_dir(&work).stdin(Stdio::null()).stdout(file).stderr(copy);
    wait(&mut command).map_err(|reason| {
        let said = std::fs::read(&output).unwrap_or_default();
        format!(
            "it {reason}; the end of what it says:\n{}",
            last_lines(&String::from_utf8_lossy(&said), LINES_SHOWN)
        )
    })
}

/// Waits for the command as long as [`PATIENCE`] lasts.
fn wait(command: &mut Command) -> Outcome {
    let mut child = command.spawn().map_err(|error| format!("could not be started: {error}"))?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        match child.try_wait().map_err(|error| format!("could not be waited for: {error}"))? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(format!("failed ({status})")),
            None if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(20)),
            None => {
                // It may have ended at this very moment, which comes to the same.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("had not ended after {} seconds", PATIENCE.as_secs()));
            }
        }
    }
}

/// A name that no other run uses, made of what needs no quotes.
fn database_name(example: &str) -> String {
    let plain: String = example.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    format!("orm_example_{}_{}", plain.chars().take(30).collect::<String>(), std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_that_takes_a_database_is_known_by_its_source() {
        let folder = TemporaryFolder::new("orm-xtask-test").expect("a folder");
        for (name, source) in [("b.rs", "// --database URL"), ("a.rs", "fn main() {}"), ("notes.md", "")] {
            std::fs::write(folder.path().join(name), source).expect("a file");
        }
        let found = find(folder.path()).expect("examples");
        let shown: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.takes_a_database)).collect();
        assert_eq!(shown, [("a", false), ("b", true)]);
    }

    #[test]
    fn a_folder_with_a_main_is_an_example_as_a_whole() {
        let folder = TemporaryFolder::new("orm-xtask-test").expect("a folder");
        for (name, source) in [
            ("c/main.rs", "mod arguments; fn main() {}"),
            ("c/arguments.rs", "// --database URL"),
            ("c/notes.md", ""),
            ("a/main.rs", "fn main() {}"),
            ("data/rows.rs", "// --database, but no main"),
            ("b.rs", "fn main() {}"),
        ] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(path, source).expect("a file");
        }
        let found = find(folder.path()).expect("examples");
        let shown: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.takes_a_database)).collect();
        assert_eq!(shown, [("a", false), ("b", false), ("c", true)]);
    }

    #[test]
    fn a_command_that_fails_says_how() {
        assert_eq!(wait(&mut Command::new("true")), Ok(()));
        assert_eq!(wait(&mut Command::new("false")), Err("failed (exit status: 1)".into()));
    }

    #[test]
    fn a_database_name_needs_no_quotes() {
        assert!(database_name("02-unit of work").starts_with("orm_example_02_unit_of_work_"));
    }
}
