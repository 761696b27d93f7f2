//! `cargo xtask test`: the steps, in their order. What each step does lives in the module that it calls.
//!
//! A failed step does not stop the next one, so that one run reports everything; only servers that do not come up
//! stop the run, because the tests that need them must not be skipped silently.

use std::process::Command;

use crate::arguments::{Backends, Step, TestOptions};
use crate::cargo::{cargo, run as run_command, shown, workspace_root};
use crate::instructions::{self, Numbers};
use crate::report::{Report, Verdict};
use crate::servers::Servers;
use crate::{bench, examples, test_results, tidy};

/// Runs the steps that the options ask for, on the backends that they name.
pub(crate) fn run(options: &TestOptions) -> Verdict {
    let TestOptions { backends, steps, test_arguments } = options;
    let mut report = Report::default();
    let servers = match backends {
        Backends::SqliteAndServers(choice) if needs_servers(options) => {
            match report.check("servers", || Servers::start(choice)) {
                Some(servers) => Some(servers),
                None => return report.finish(),
            }
        }
        Backends::SqliteAndServers(_) | Backends::SqliteOnly => None,
    };
    for step in steps {
        match step {
            Step::Servers => {}
            Step::Fmt => {
                check(&mut report, "fmt", &mut cargo(&["fmt", "--all", "--check"]));
                for manifest in bench::WORKSPACES {
                    let arguments = ["fmt", "--all", "--check", "--manifest-path", manifest];
                    check(&mut report, &format!("fmt {manifest}"), &mut cargo(&arguments));
                }
            }
            Step::Clippy => check(&mut report, "clippy", &mut clippy()),
            Step::Doc => check(&mut report, "doc", &mut documentation()),
            Step::Tidy => {
                report.check("tidy", || tidy::run(&workspace_root()));
            }
            Step::Test => {
                let mut command = tests(servers.as_ref(), test_arguments);
                report.counted("test", || {
                    println!("{}", shown(&command));
                    test_results::run(&mut command)
                });
            }
            Step::Examples => examples::run(&mut report, servers.as_ref()),
            Step::Instructions => report.counted("instructions", || instructions::run(Numbers::Compare)),
        }
    }
    // The servers end before the summary is printed: its last line is the last of the run.
    drop(servers);
    report.finish()
}

fn needs_servers(options: &TestOptions) -> bool {
    [Step::Servers, Step::Test, Step::Examples].iter().any(|step| options.steps.contains(step))
}

fn check(report: &mut Report, name: &str, command: &mut Command) {
    report.check(name, || {
        println!("{}", shown(command));
        run_command(command)
    });
}

fn clippy() -> Command {
    cargo(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"])
}

fn documentation() -> Command {
    let mut command = cargo(&["doc", "--workspace", "--no-deps", "--all-features"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    command
}

/// `cargo test`, told by its environment which servers there are.
fn tests(servers: Option<&Servers>, test_arguments: &[String]) -> Command {
    let mut command = cargo(&["test", "--workspace", "--all-features", "--no-fail-fast"]);
    if !test_arguments.is_empty() {
        command.arg("--").args(test_arguments);
    }
    if std::env::var_os("RUST_BACKTRACE").is_none() {
        command.env("RUST_BACKTRACE", "1");
    }
    match servers {
        Some(servers) => servers.pass_on(&mut command),
        None => {
            command.env("ORM_TEST_SQLITE_ONLY", "1");
            for name in Servers::VARIABLES {
                command.env_remove(name);
            }
        }
    }
    command
}
