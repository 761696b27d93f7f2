//! `cargo xtask`: the commands that a developer and the continuous integration run.
//!
//! | command | what it does |
//! |---|---|
//! | `cargo xtask test` | starts the database servers, runs every check, every test and every example |
//! | `cargo xtask servers` | starts the same servers and leaves them up for tests that are run by hand |
//! | `cargo xtask instructions` | counts the instructions and allocations of small workloads; `--bless` writes the numbers anew |
//! | `cargo xtask bench` | times this library beside its peers, see [`mod@bench`] |
//! | `cargo xtask tidy` | checks the rules that the compiler cannot check, see [`tidy`] |
//!
//! Only the standard library is used, so that a fresh checkout builds this in a second. It runs on Unix.
//!
//! Invariant: whatever [`servers`] starts ends together with this process, however this process ends.

mod arguments;
mod bench;
mod cargo;
mod examples;
mod instructions;
mod report;
mod servers;
mod suite;
mod temporary;
mod test_results;
mod tidy;

use std::process::ExitCode;

use arguments::Task;
use report::Verdict;

/// The result of anything that can fail here; the error is a sentence for the developer who reads the terminal.
pub(crate) type Outcome<T = ()> = Result<T, String>;

fn main() -> ExitCode {
    match run() {
        Ok(Verdict::Passed) => ExitCode::SUCCESS,
        Ok(Verdict::Failed) => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("xtask: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<Verdict> {
    let task = arguments::parse(std::env::args().skip(1))
        .map_err(|mistake| format!("{mistake}\n\n{}", arguments::USAGE))?;
    match task {
        Task::Help => println!("{}", arguments::USAGE),
        Task::Test(options) => return Ok(suite::run(&options)),
        Task::Servers { choice, until } => servers::hold(&choice, until)?,
        Task::Instructions(numbers) => {
            let counts = instructions::run(numbers)?;
            return Ok(if counts.failed == 0 { Verdict::Passed } else { Verdict::Failed });
        }
        Task::Bench(options) => bench::run(&options)?,
        Task::Tidy => tidy::run(&cargo::workspace_root())?,
    }
    Ok(Verdict::Passed)
}
