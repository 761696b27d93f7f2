//! Runs steps one after the other, times them, and prints what became of them.
//!
//! Invariant: a step that fails is counted and printed, and does not stop the next one.

use std::time::{Duration, Instant};

use crate::Outcome;

/// How many checks a step made: a test step counts its tests, any other step counts as one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Counts {
    /// A step that is one check, and passed.
    pub(crate) const ONE_PASSED: Counts = Counts { passed: 1, failed: 0 };

    const ONE_FAILED: Counts = Counts { passed: 0, failed: 1 };

    pub(crate) fn add(&mut self, more: Counts) {
        self.passed += more.passed;
        self.failed += more.failed;
    }
}

/// What a whole run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    Failed,
}

/// The steps that have run so far.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

struct Row {
    name: String,
    counts: Counts,
    took: Duration,
}

impl Report {
    /// Runs a step that is one check.
    pub(crate) fn check<T>(&mut self, name: &str, action: impl FnOnce() -> Outcome<T>) -> Option<T> {
        let mut made = None;
        self.counted(name, || {
            made = Some(action()?);
            Ok(Counts::ONE_PASSED)
        });
        made
    }

    /// Runs a step that counts its own checks.
    pub(crate) fn counted(&mut self, name: &str, action: impl FnOnce() -> Outcome<Counts>) {
        println!("\n==> {name}");
        let start = Instant::now();
        let counts = action().unwrap_or_else(|reason| {
            println!("{name} failed: {reason}");
            Counts::ONE_FAILED
        });
        self.rows.push(Row { name: name.to_owned(), counts, took: start.elapsed() });
    }

    /// Prints the table of steps and, on a line of its own at the end, the sum of all counts.
    pub(crate) fn finish(self) -> Verdict {
        let mut sum = Counts::default();
        let width = self.rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
        println!("\n==> summary");
        for Row { name, counts, took } in &self.rows {
            let word = if counts.failed == 0 { "ok" } else { "FAILED" };
            println!("{name:width$}  {word:6}  {:7.1} s", took.as_secs_f64());
            sum.add(*counts);
        }
        println!("\n{} passed, {} failed", sum.passed, sum.failed);
        if sum.failed == 0 { Verdict::Passed } else { Verdict::Failed }
    }
}

/// The end of a text, for a failure whose whole output would hide the rest of the report.
pub(crate) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_of_a_short_text_are_all_of_it() {
        assert_eq!(last_lines("a\nb\nc\n", 2), "b\nc");
        assert_eq!(last_lines("a\n", 60), "a");
    }

    #[test]
    fn a_failed_step_does_not_stop_the_next_and_fails_the_run() {
        let mut report = Report::default();
        assert_eq!(report.check("first", || Err::<(), _>("it broke".into())), None);
        assert_eq!(report.check("second", || Ok(7)), Some(7));
        assert_eq!(report.finish(), Verdict::Failed);
    }

    #[test]
    fn a_run_whose_steps_all_pass_has_passed() {
        let mut report = Report::default();
        report.check("only", || Ok(()));
        assert_eq!(report.finish(), Verdict::Passed);
    }

    #[test]
    fn a_test_step_with_one_failed_test_fails_the_run() {
        let mut report = Report::default();
        report.counted("test", || Ok(Counts { passed: 9, failed: 1 }));
        assert_eq!(report.finish(), Verdict::Failed);
    }
}
