//! A peer's program, started once and kept: a line in, a line out (see `bench_common::Peer`).

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, bail};
use bench_common::Result;

/// What a peer answered.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    Nanoseconds(f64),
    Unsupported,
    Failed(String),
}

pub(crate) struct Process {
    child: Child,
    // Taken at the end: closing it tells the program to leave.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> Result<Process> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} cannot be started", command.get_program().display()))?;
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().context("the program has no output")?);
        Ok(Process { child, input, output })
    }

    /// Sends a line and reads the answer. A program that ended has failed.
    pub(crate) fn ask(&mut self, line: &str) -> Answer {
        match self.exchange(line) {
            Ok(answer) => answer,
            Err(error) => Answer::Failed(format!("{error:#}")),
        }
    }

    fn exchange(&mut self, line: &str) -> Result<Answer> {
        let input = self.input.as_mut().context("the program has no input")?;
        writeln!(input, "{line}").and_then(|()| input.flush()).context("the program has ended")?;
        let mut answer = String::new();
        self.output.read_line(&mut answer)?;
        read(answer.trim_end())
    }
}

fn read(answer: &str) -> Result<Answer> {
    let (word, rest) = answer.split_once(' ').unwrap_or((answer, ""));
    Ok(match word {
        "ok" if rest.is_empty() => Answer::Nanoseconds(0.0),
        "ok" => Answer::Nanoseconds(rest.parse().with_context(|| format!("no time in `{answer}`"))?),
        "unsupported" => Answer::Unsupported,
        "failed" => Answer::Failed(rest.to_owned()),
        "" => bail!("the program has ended"),
        _ => bail!("the answer `{answer}` is not understood"),
    })
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.input.take());
        // It ends at the end of its input; how it ends changes nothing any more.
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read() -> Result {
        assert_eq!(read("ok 12.5")?, Answer::Nanoseconds(12.5));
        assert_eq!(read("unsupported")?, Answer::Unsupported);
        assert_eq!(read("failed no such table")?, Answer::Failed("no such table".into()));
        assert!(read("").is_err());
        Ok(())
    }
}
