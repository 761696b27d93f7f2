//! Reads the command line into a [`Task`]. Pure: it does not look at the environment and starts nothing.
//!
//! An argument that is not understood is an error, never ignored: a mistyped `--sqlite-only` must not start servers.

use std::collections::BTreeSet;

use crate::Outcome;
use crate::instructions::Numbers;
use crate::servers::{ServerChoice, Until};

pub(crate) const USAGE: &str = "\
usage: cargo xtask COMMAND

  test [OPTIONS] [-- ARGS]   start the servers, run all checks, tests and examples
      --sqlite-only          start no server: tests and examples run on SQLite alone
      --mariadb-url URL      use this running MariaDB, start none (or env ORM_TEST_MARIADB_URL)
      --mysql-url URL        use this running MySQL, start none (or env ORM_TEST_MYSQL_URL)
      --only STEP[,STEP]     run these steps alone: servers, fmt, clippy, doc, tidy, test, examples,
                             instructions
      -- ARGS                passed on to the test binaries, for example a part of a test's name

  servers [OPTIONS]          start the servers, print their `export` lines, stop them at Enter or Ctrl-C
      --keep                 do not read the terminal: run until killed
      --mariadb-url URL, --mysql-url URL   as above

  instructions [--bless]     count the instructions and allocations of small workloads under valgrind, and
                             compare them with workloads/instructions.txt, or write that anew

  bench [OPTIONS]            time this library beside its peers; a full run is written to docs/performance.md
      --only NAME[,NAME]     only workloads whose BACKEND/WORKLOAD holds NAME, for example memory/load; or one of the
                             parts: measures (growth, lateness, allocations), compile (build times)
      --rounds N             so many rounds (8)
      --quick                three short rounds, nothing is written
      --write                write the documents, whatever was run
      --python PATH          run SQLAlchemy with this Python; without it, with `python3` if it has SQLAlchemy
      --install-sqlalchemy   install SQLAlchemy into an environment of its own below bench/target, and use that
      --mariadb-url URL      as above

  tidy                       check the rules that the compiler does not check
  help                       print this text

A MySQL server (8 or newer) is started beside MariaDB when `mysqld` is on the PATH and is MySQL's own, or when the
environment variable ORM_MYSQLD names one. A server's URL looks like mysql://user:password@127.0.0.1:3306/ and its
account must be allowed to create and drop databases.";

/// What the developer asked for.
#[derive(Debug, PartialEq)]
pub(crate) enum Task {
    /// `cargo xtask test`
    Test(TestOptions),
    /// `cargo xtask servers`
    Servers { choice: ServerChoice, until: Until },
    /// `cargo xtask instructions`
    Instructions(Numbers),
    /// `cargo xtask bench`
    Bench(BenchOptions),
    /// `cargo xtask tidy`
    Tidy,
    /// `cargo xtask help`
    Help,
}

/// What `cargo xtask test` runs, and on what.
#[derive(Debug, PartialEq)]
pub(crate) struct TestOptions {
    pub(crate) backends: Backends,
    pub(crate) steps: BTreeSet<Step>,
    pub(crate) test_arguments: Vec<String>,
}

/// How `cargo xtask bench` runs.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct BenchOptions {
    pub(crate) choice: ServerChoice,
    pub(crate) installs_sqlalchemy: bool,
    /// For the driver, which knows the workloads.
    pub(crate) passed_on: Vec<String>,
}

/// The databases that tests and examples run on.
#[derive(Debug, PartialEq)]
pub(crate) enum Backends {
    SqliteOnly,
    SqliteAndServers(ServerChoice),
}

/// One step of `cargo xtask test`, in the order in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Servers,
    Fmt,
    Clippy,
    Doc,
    Tidy,
    Test,
    Examples,
    Instructions,
}

impl Step {
    pub(crate) const ALL: [Step; 8] = [
        Step::Servers,
        Step::Fmt,
        Step::Clippy,
        Step::Doc,
        Step::Tidy,
        Step::Test,
        Step::Examples,
        Step::Instructions,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Step::Servers => "servers",
            Step::Fmt => "fmt",
            Step::Clippy => "clippy",
            Step::Doc => "doc",
            Step::Tidy => "tidy",
            Step::Test => "test",
            Step::Examples => "examples",
            Step::Instructions => "instructions",
        }
    }

    fn named(name: &str) -> Outcome<Step> {
        Step::ALL
            .into_iter()
            .find(|step| step.name() == name)
            .ok_or_else(|| format!("there is no step `{name}`"))
    }
}

/// Reads the arguments that follow `cargo xtask`.
pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Outcome<Task> {
    let mut arguments = arguments.into_iter();
    let Some(command) = arguments.next() else { return Ok(Task::Help) };
    match command.as_str() {
        "test" => parse_test(arguments),
        "servers" => parse_servers(arguments),
        "instructions" => parse_instructions(arguments).map(Task::Instructions),
        "bench" => parse_bench(arguments),
        "tidy" => nothing_more("tidy", arguments).map(|()| Task::Tidy),
        "help" | "--help" | "-h" => Ok(Task::Help),
        unknown => Err(format!("there is no command `{unknown}`")),
    }
}

fn parse_test(mut arguments: impl Iterator<Item = String>) -> Outcome<Task> {
    let mut sqlite_only = None;
    let mut choice = ServerChoice::default();
    let mut steps = BTreeSet::from(Step::ALL);
    let mut test_arguments = Vec::new();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--sqlite-only" => sqlite_only = Some(Backends::SqliteOnly),
            "--only" => steps = parse_steps(&value_of("--only", &mut arguments)?)?,
            "--" => test_arguments.extend(arguments.by_ref()),
            "--help" | "-h" => return Ok(Task::Help),
            _ => parse_url(&argument, &mut arguments, &mut choice, "test")?,
        }
    }
    if sqlite_only.is_some() && choice != ServerChoice::default() {
        return Err("`--sqlite-only` and a server's URL exclude each other: give one of them".into());
    }
    let backends = sqlite_only.unwrap_or(Backends::SqliteAndServers(choice));
    Ok(Task::Test(TestOptions { backends, steps, test_arguments }))
}

fn parse_servers(mut arguments: impl Iterator<Item = String>) -> Outcome<Task> {
    let mut choice = ServerChoice::default();
    let mut until = Until::Enter;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--keep" => until = Until::Killed,
            "--help" | "-h" => return Ok(Task::Help),
            _ => parse_url(&argument, &mut arguments, &mut choice, "servers")?,
        }
    }
    Ok(Task::Servers { choice, until })
}

fn parse_instructions(mut arguments: impl Iterator<Item = String>) -> Outcome<Numbers> {
    match arguments.next().as_deref() {
        None => Ok(Numbers::Compare),
        Some("--bless") => nothing_more("instructions --bless", arguments).map(|()| Numbers::Bless),
        Some(unknown) => Err(format!("`cargo xtask instructions` does not know the argument `{unknown}`")),
    }
}

fn parse_bench(mut arguments: impl Iterator<Item = String>) -> Outcome<Task> {
    let mut options = BenchOptions::default();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" | "--write" => options.passed_on.push(argument),
            "--only" | "--rounds" | "--python" => {
                let value = value_of(&argument, &mut arguments)?;
                options.passed_on.extend([argument, value]);
            }
            "--install-sqlalchemy" => options.installs_sqlalchemy = true,
            "--help" | "-h" => return Ok(Task::Help),
            "--mariadb-url" => parse_url(&argument, &mut arguments, &mut options.choice, "bench")?,
            unknown => return Err(format!("`cargo xtask bench` does not know the argument `{unknown}`")),
        }
    }
    Ok(Task::Bench(options))
}

fn parse_url(
    argument: &str,
    rest: &mut impl Iterator<Item = String>,
    choice: &mut ServerChoice,
    command: &str,
) -> Outcome {
    match argument {
        "--mariadb-url" => choice.mariadb_url = Some(value_of(argument, rest)?),
        "--mysql-url" => choice.mysql_url = Some(value_of(argument, rest)?),
        unknown => return Err(format!("`cargo xtask {command}` does not know the argument `{unknown}`")),
    }
    Ok(())
}

fn parse_steps(list: &str) -> Outcome<BTreeSet<Step>> {
    list.split(',').map(|name| Step::named(name.trim())).collect()
}

fn value_of(option: &str, rest: &mut impl Iterator<Item = String>) -> Outcome<String> {
    rest.next().ok_or_else(|| format!("`{option}` needs a value after it"))
}

fn nothing_more(command: &str, mut rest: impl Iterator<Item = String>) -> Outcome {
    match rest.next() {
        None => Ok(()),
        Some(extra) => Err(format!("`cargo xtask {command}` does not know the argument `{extra}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Outcome<Task> {
        parse(line.split_whitespace().map(String::from))
    }

    fn options(line: &str) -> TestOptions {
        match parsed(line) {
            Ok(Task::Test(options)) => options,
            other => panic!("`{line}` was read as {other:?}"),
        }
    }

    #[test]
    fn test_without_arguments_runs_every_step_on_servers() {
        let options = options("test");
        assert_eq!(options.steps.len(), Step::ALL.len());
        assert_eq!(options.backends, Backends::SqliteAndServers(ServerChoice::default()));
    }

    #[test]
    fn arguments_after_two_dashes_go_to_the_test_binaries() {
        assert_eq!(options("test --sqlite-only -- --nocapture name").test_arguments, ["--nocapture", "name"]);
    }

    #[test]
    fn instructions_are_compared_unless_they_are_blessed() {
        assert_eq!(parsed("instructions"), Ok(Task::Instructions(Numbers::Compare)));
        assert_eq!(parsed("instructions --bless"), Ok(Task::Instructions(Numbers::Bless)));
        assert!(parsed("instructions --less").is_err());
    }

    #[test]
    fn only_takes_a_list_of_steps() {
        assert_eq!(options("test --only tidy,fmt").steps, BTreeSet::from([Step::Fmt, Step::Tidy]));
        assert_eq!(parsed("test --only lint"), Err("there is no step `lint`".into()));
    }

    #[test]
    fn an_unknown_argument_is_an_error() {
        assert_eq!(
            parsed("test --sqlite-onyl"),
            Err("`cargo xtask test` does not know the argument `--sqlite-onyl`".into())
        );
        assert!(parsed("tidy now").is_err());
        assert!(parsed("bench --fast").is_err());
        assert!(parsed("benchmark").is_err());
    }

    #[test]
    fn an_option_without_its_value_is_an_error() {
        assert_eq!(parsed("test --mariadb-url"), Err("`--mariadb-url` needs a value after it".into()));
    }

    #[test]
    fn sqlite_only_excludes_a_server_url() {
        assert!(parsed("test --sqlite-only --mysql-url mysql://a@b/").is_err());
    }

    #[test]
    fn what_names_workloads_is_passed_on_to_the_driver() {
        let expected = BenchOptions {
            choice: ServerChoice { mariadb_url: Some("mysql://a@b/".into()), mysql_url: None },
            installs_sqlalchemy: false,
            passed_on: ["--quick", "--only", "memory/load"].map(String::from).into(),
        };
        let line = "bench --quick --only memory/load --mariadb-url mysql://a@b/";
        assert_eq!(parsed(line), Ok(Task::Bench(expected)));
        assert_eq!(parsed("bench --rounds"), Err("`--rounds` needs a value after it".into()));
    }

    #[test]
    fn servers_are_kept_until_killed_on_request() {
        let kept = Task::Servers { choice: ServerChoice::default(), until: Until::Killed };
        assert_eq!(parsed("servers --keep"), Ok(kept));
    }
}
