//! Passes the output of `cargo test` on as it comes, and adds up its `test result:` lines.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use crate::Outcome;
use crate::cargo::shown;
use crate::report::Counts;

/// Runs `cargo test` and counts its tests. A run that fails for another reason, such as code that does not compile,
/// counts as one failure.
pub(crate) fn run(command: &mut Command) -> Outcome<Counts> {
    let shown = shown(command);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("`{shown}` could not be started: {error}"))?;
    let output = child.stdout.take().expect("the output was piped just above");
    let copied = copy_and_count(output, std::io::stdout());
    let status = child.wait().map_err(|error| format!("`{shown}` could not be waited for: {error}"))?;
    let mut counts = copied.map_err(|error| format!("the output of `{shown}` could not be read: {error}"))?;
    if !status.success() {
        println!("`{shown}` failed ({status})");
        counts.failed = counts.failed.max(1);
    }
    Ok(counts)
}

fn copy_and_count(from: impl Read, mut to: impl Write) -> std::io::Result<Counts> {
    let mut from = BufReader::new(from);
    let mut counts = Counts::default();
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line)? > 0 {
        to.write_all(&line)?;
        counts.add(counts_in(&String::from_utf8_lossy(&line)));
        line.clear();
    }
    Ok(counts)
}

/// Reads a line such as `test result: ok. 5 passed; 0 failed; 1 ignored; ...`; any other line counts nothing.
fn counts_in(line: &str) -> Counts {
    let Some((_, result)) = line.trim().split_once("test result: ") else { return Counts::default() };
    let number_before = |word: &str| {
        result
            .split(['.', ';'])
            .filter_map(|part| part.trim().strip_suffix(word))
            .find_map(|number| number.trim().parse().ok())
            .unwrap_or(0)
    };
    Counts { passed: number_before("passed"), failed: number_before("failed") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_are_added_up_and_everything_is_passed_on() {
        let output = "running 3 tests\ntest a ... ok\n\
            test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
            test result: ok. 40 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 1.50s\n";
        let mut copy = Vec::new();
        let counts = copy_and_count(output.as_bytes(), &mut copy).expect("memory can be read");
        assert_eq!(counts, Counts { passed: 42, failed: 1 });
        assert_eq!(copy, output.as_bytes());
    }

    #[test]
    fn a_test_that_is_named_like_a_result_counts_nothing() {
        assert_eq!(counts_in("test five_passed ... ok"), Counts::default());
    }
}
