//! The command line of the driver. `cargo xtask bench` hands it on as it is.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use bench_common::Result;

/// A part of a run that `--only` can name, besides the workloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// What has no counterpart in the peers: `measures`.
    Measures,
    /// Build times: `compile`.
    Compile,
}

/// What is to be done.
#[derive(Debug)]
pub(crate) struct Options {
    /// The root of the repository.
    pub(crate) root: PathBuf,
    /// Parts of names of `BACKEND/WORKLOAD`, `measures` or `compile`; empty for everything.
    only: Vec<String>,
    pub(crate) rounds: usize,
    /// How long a peer runs one workload in one round.
    pub(crate) time: Duration,
    pub(crate) quick: bool,
    /// The Python to run SQLAlchemy with.
    pub(crate) python: PathBuf,
    write: bool,
}

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
        let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let root = here.ancestors().nth(2).context("the driver is two folders below the root")?.to_path_buf();
        let mut options = Options {
            root,
            only: Vec::new(),
            rounds: 8,
            time: Duration::from_millis(60),
            quick: false,
            python: "python3".into(),
            write: false,
        };
        let mut rounds = None;
        while let Some(argument) = arguments.next() {
            let mut value =
                || arguments.next().with_context(|| format!("`{argument}` needs a value after it"));
            match argument.as_str() {
                "--only" => options.only.extend(value()?.split(',').map(String::from)),
                "--rounds" => rounds = Some(value()?.parse().context("`--rounds` needs a number")?),
                "--quick" => {
                    options.quick = true;
                    options.rounds = 3;
                    options.time = Duration::from_millis(15);
                }
                "--python" => options.python = value()?.into(),
                "--write" => options.write = true,
                unknown => bail!("`cargo xtask bench` does not know the argument `{unknown}`"),
            }
        }
        options.rounds = rounds.unwrap_or(options.rounds);
        anyhow::ensure!(options.rounds > 0, "`--rounds` needs a number above 0");
        Ok(options)
    }

    /// Whether a part runs.
    pub(crate) fn has(&self, part: Part) -> bool {
        let name = match part {
            Part::Measures => "measures",
            Part::Compile => "compile",
        };
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }

    /// An error where none of these parts runs either: `--only` names nothing that there is.
    pub(crate) fn had(&self, parts: &[Part]) -> Result {
        anyhow::ensure!(
            parts.iter().any(|part| self.has(*part)),
            "`--only {}` names no workload and no part: `common/src/workload.rs` lists them, `measures` and `compile` beside",
            self.only.join(",")
        );
        Ok(())
    }

    /// Whether a workload runs on a backend: `--only insert` and `--only memory/load_1` both mean something.
    pub(crate) fn has_workload(&self, backend: &str, workload: &str) -> bool {
        let name = format!("{backend}/{workload}");
        self.only.is_empty() || self.only.iter().any(|only| name.contains(only.as_str()))
    }

    /// Whether the run is written to the documents: all of it, in full, or on request.
    pub(crate) fn writes(&self) -> bool {
        self.write || (self.only.is_empty() && !self.quick)
    }
}
