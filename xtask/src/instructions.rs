//! `cargo xtask instructions`: counts the instructions and the allocations of the workloads in `workloads/`, under valgrind, and
//! compares them with those in `workloads/instructions.txt`. Counts do not depend on how busy the machine is, times do.
//!
//! A workload that takes more than [`TOLERANCE`] over its number fails. One that takes much less is told of, so that the number
//! is written anew: `cargo xtask instructions --bless`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::cargo::{cargo, shown, workspace_root};
use crate::report::Counts;
use crate::servers::install;

/// Another compiler or another C library moves the counts by some hundredths.
const TOLERANCE: f64 = 0.15;
/// Costs are counted between so many repetitions and so many more.
const REPETITIONS: (u32, u32) = (2, 6);
/// The same for what takes few instructions: its first repetitions fill caches, and the set-up before it is not always alike.
const REPETITIONS_OF_THE_SMALL: (u32, u32) = (50, 550);
const SMALL: [&str; 6] = ["get", "get_file", "get_tracked", "load_one", "load_one_tracked", "insert_one"];
/// Planning ten times as many rows may take so many times as long.
const LINEAR: f64 = 15.0;

const NUMBERS: &str = "workloads/instructions.txt";

const WORKLOADS: [&str; 15] = [
    "get",
    "get_file",
    "get_tracked",
    "load_one",
    "load_one_tracked",
    "load_100",
    "load_1000",
    "load_1000_tracked",
    "eager_100_10_10",
    "eager_100_10_10_tracked",
    "insert_one",
    "insert_1000",
    "update_1000",
    "plan_1000_in_five_tables",
    "plan_10000_in_five_tables",
];

/// What to do with the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Numbers {
    Compare,
    /// Write them anew.
    Bless,
}

/// What one repetition takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    instructions: u64,
    /// Those of SQLite included.
    allocations: u64,
}

/// Counts all workloads. Each is one check.
pub(crate) fn run(numbers: Numbers) -> Outcome<Counts> {
    find_valgrind()?;
    let program = build()?;
    let mut counted = Vec::new();
    for workload in WORKLOADS {
        counted.push((workload, count(&program, workload)?));
    }
    let path = workspace_root().join(NUMBERS);
    match numbers {
        Numbers::Bless => {
            std::fs::write(&path, written(&counted))
                .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
            println!("{}", written(&counted));
            Ok(Counts::ONE_PASSED)
        }
        Numbers::Compare => {
            let known = std::fs::read_to_string(&path)
                .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
            Ok(compare(&counted, &read(&known)?))
        }
    }
}

fn find_valgrind() -> Outcome {
    if Command::new("valgrind").arg("--version").output().is_ok() {
        return Ok(());
    }
    install::valgrind()
}

fn build() -> Outcome<PathBuf> {
    let mut command =
        cargo(&["build", "--release", "-p", "workloads", "--message-format=json-render-diagnostics"]);
    let shown = shown(&command);
    println!("{shown}");
    let output = command
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| format!("`{shown}` could not be started: {error}"))?;
    if !output.status.success() {
        return Err(format!("`{shown}` failed ({})", output.status));
    }
    executable(&String::from_utf8_lossy(&output.stdout))
        .ok_or_else(|| format!("`{shown}` did not say where the program is"))
}

/// The last program that cargo's messages name.
fn executable(messages: &str) -> Option<PathBuf> {
    let (_, rest) = messages.rsplit_once("\"executable\":\"")?;
    let (path, _) = rest.split_once('"')?;
    Some(PathBuf::from(path))
}

/// What one repetition takes.
fn count(program: &Path, workload: &str) -> Outcome<Cost> {
    let instructions = ["--tool=callgrind", "--callgrind-out-file=/dev/null"];
    // What memcheck looks for is not wanted, only its number of allocations.
    let allocations = ["--tool=memcheck", "--leak-check=no", "--undef-value-errors=no"];
    Ok(Cost {
        instructions: one_repetition(program, workload, instructions.as_slice(), collected)?,
        allocations: one_repetition(program, workload, allocations.as_slice(), allocated)?,
    })
}

/// The difference that one repetition more makes to what valgrind tells.
fn one_repetition(
    program: &Path,
    workload: &str,
    tool: &[&str],
    told: fn(&str) -> Option<u64>,
) -> Outcome<u64> {
    let (few, many) = if SMALL.contains(&workload) { REPETITIONS_OF_THE_SMALL } else { REPETITIONS };
    let run = |times: u32| -> Outcome<u64> {
        let output = Command::new("valgrind")
            .args(tool)
            .arg(program)
            .args([workload, &times.to_string()])
            .output()
            .map_err(|error| format!("valgrind could not be started: {error}"))?;
        let said = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            return Err(format!("the workload `{workload}` failed: {}", said.trim_end()));
        }
        told(&said).ok_or_else(|| format!("valgrind told no count: {}", said.trim_end()))
    };
    let more = run(many)?.saturating_sub(run(few)?);
    Ok(more / u64::from(many - few))
}

/// `==1== Collected : 1234`
fn collected(said: &str) -> Option<u64> {
    let line = said.lines().find(|line| line.contains("Collected"))?;
    line.split_whitespace().next_back()?.parse().ok()
}

/// `==1==   total heap usage: 9,926 allocs, 9,630 frees, 1,851,912 bytes allocated`
fn allocated(said: &str) -> Option<u64> {
    let (_, rest) = said.split_once("total heap usage: ")?;
    rest.split_whitespace().next()?.replace(',', "").parse().ok()
}

fn written(counted: &[(&str, Cost)]) -> String {
    let mut text = String::from(
        "# Instructions and allocations of one repetition; written by `cargo xtask instructions --bless`.\n",
    );
    for (workload, Cost { instructions, allocations }) in counted {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{workload} {instructions} {allocations}");
    }
    text
}

fn read(text: &str) -> Outcome<Vec<(String, Cost)>> {
    let mut numbers = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let number = read_line(line);
        numbers.push(
            number.ok_or_else(|| format!("{NUMBERS} has a line that is no name and two numbers: {line}"))?,
        );
    }
    Ok(numbers)
}

fn read_line(line: &str) -> Option<(String, Cost)> {
    let mut words = line.split(' ');
    let name = words.next()?.to_owned();
    let cost = Cost { instructions: words.next()?.parse().ok()?, allocations: words.next()?.parse().ok()? };
    words.next().is_none().then_some((name, cost))
}

fn compare(counted: &[(&str, Cost)], known: &[(String, Cost)]) -> Counts {
    let mut counts = Counts::default();
    let mut judge = |workload: &str, verdict: Result<String, String>| {
        let (word, text) = match verdict {
            Ok(text) => {
                counts.add(Counts { passed: 1, failed: 0 });
                ("ok", text)
            }
            Err(text) => {
                counts.add(Counts { passed: 0, failed: 1 });
                ("FAILED", text)
            }
        };
        println!("{word:>6} {workload:<28} {text}");
    };
    for (workload, cost) in counted {
        let Some((_, known)) = known.iter().find(|(name, _)| name == workload) else {
            let text = format!("{cost:?}, and {NUMBERS} has no numbers: `cargo xtask instructions --bless`");
            judge(workload, Err(text));
            continue;
        };
        judge(workload, against("instructions", cost.instructions, known.instructions));
        judge(workload, against("allocations", cost.allocations, known.allocations));
    }
    let of = |name: &str| {
        let found = counted.iter().find(|(workload, _)| *workload == name);
        found.map(|(_, cost)| cost.instructions as f64)
    };
    if let (Some(few), Some(many)) = (of("plan_1000_in_five_tables"), of("plan_10000_in_five_tables")) {
        let times = many / few.max(1.0);
        let text = format!("planning ten times as many rows takes {times:.1} times as long");
        judge("planning grows with the rows", if times <= LINEAR { Ok(text) } else { Err(text) });
    }
    counts
}

fn against(what: &str, count: u64, known: u64) -> Result<String, String> {
    let change = count as f64 / known.max(1) as f64 - 1.0;
    let text = format!("{count} {what}, {:+.1} % against {known}", change * 100.0);
    if change > TOLERANCE {
        return Err(format!("{text}: make it cheaper, or `cargo xtask instructions --bless`"));
    }
    let hint = if change < -TOLERANCE { ": `cargo xtask instructions --bless` keeps it there" } else { "" };
    Ok(format!("{text}{hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_grew_fails_and_one_that_shrank_does_not() {
        assert!(against("instructions", 1_140, 1_000).is_ok());
        assert!(against("instructions", 1_160, 1_000).is_err());
        assert!(against("instructions", 100, 1_000).is_ok_and(|text| text.contains("--bless")));
        assert!(against("allocations", 4, 3).is_err());
    }

    #[test]
    fn numbers_are_read_as_they_were_written() {
        let cost = |instructions, allocations| Cost { instructions, allocations };
        let counted = [("get", cost(6_000, 3)), ("insert_one", cost(20_000, 40))];
        let known = read(&written(&counted)).expect("it was just written");
        assert_eq!(known, [("get".to_owned(), cost(6_000, 3)), ("insert_one".to_owned(), cost(20_000, 40))]);
        assert_eq!(compare(&counted, &known), Counts { passed: 4, failed: 0 });
        assert_eq!(compare(&counted, &known[..1]), Counts { passed: 2, failed: 1 });
        assert!(read("get many").is_err());
        assert!(read("get 6000").is_err());
    }

    #[test]
    fn what_valgrind_and_cargo_say_is_understood() {
        assert_eq!(collected("==7== Events : Ir\n==7== Collected : 12345\n"), Some(12_345));
        let heap =
            "==7== HEAP SUMMARY:\n==7==   total heap usage: 9,926 allocs, 9,630 frees, 1,912 bytes allocated";
        assert_eq!(allocated(heap), Some(9_926));
        let messages = "{\"executable\":null}\n{\"executable\":\"/a/b\",\"fresh\":true}\n{\"reason\":\"build-finished\"}";
        assert_eq!(executable(messages), Some(PathBuf::from("/a/b")));
    }
}
