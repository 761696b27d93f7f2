//! The rounds: every workload on every backend in turn, its contestants in random order, so that what disturbs the machine
//! disturbs all alike.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use bench_common::Result;

use crate::Folder;
use crate::contestants::{Backend, CONTESTANTS, Contestant, FLOORS};
use crate::figures::Figures;
use crate::options::{Options, Part};
use crate::process::{Answer, Process};

/// A contestant that takes longer than this for one answer does not take part in more than [`ROUNDS_OF_THE_SLOW`].
const SLOW: Duration = Duration::from_millis(800);
const ROUNDS_OF_THE_SLOW: usize = 3;

pub(crate) fn run(options: &Options, folder: &Folder, figures: &mut Figures) -> Result {
    let mut cells = Vec::new();
    for backend in Backend::ALL {
        for workload in backend.workloads() {
            if options.has_workload(backend.name(), workload) {
                cells.push((backend, *workload));
            }
        }
    }
    if cells.is_empty() {
        return options.had(&[Part::Compile, Part::Measures]);
    }
    crate::measures::write_statements(folder)?;
    let mut contestants = Contestants::start(options, folder)?;
    if cells.iter().any(|(backend, _)| *backend == Backend::Server) {
        contestants.prepare_server()?;
    }
    let mut slow = BTreeSet::new();
    let mut random = Random::new();
    for round in 1..=options.rounds {
        let start = Instant::now();
        for (backend, workload) in &cells {
            let mut order: Vec<&'static str> = contestants.names();
            random.shuffle(&mut order);
            for who in order {
                let cell = (*backend, *workload, who);
                if figures.failed(*backend, workload, who)
                    || (round > ROUNDS_OF_THE_SLOW && slow.contains(&cell))
                {
                    continue;
                }
                let asked = Instant::now();
                match contestants.ask(who, *backend, workload, options.time) {
                    Answer::Nanoseconds(time) => figures.add_time(*backend, workload, who, time),
                    Answer::Unsupported => figures.add_failure(*backend, workload, who, String::new()),
                    Answer::Failed(reason) => {
                        eprintln!("{}/{workload}: {who} failed: {reason}", backend.name());
                        figures.add_failure(*backend, workload, who, reason);
                    }
                }
                if asked.elapsed() > SLOW {
                    slow.insert(cell);
                }
            }
        }
        eprintln!("round {round} of {}: {:.0} s", options.rounds, start.elapsed().as_secs_f64());
    }
    Ok(())
}

/// The running programs.
struct Contestants(BTreeMap<&'static str, Process>);

impl Contestants {
    fn start(options: &Options, folder: &Folder) -> Result<Contestants> {
        let programs = std::env::current_exe()?;
        let programs = programs.parent().context("the driver is in a folder")?;
        let mut running = BTreeMap::new();
        for contestant in CONTESTANTS.iter().chain(FLOORS) {
            match start(contestant, options, folder, programs) {
                Ok(process) => {
                    running.insert(contestant.name, process);
                }
                Err(error) if contestant.is_optional() => eprintln!("without {}: {error:#}", contestant.name),
                Err(error) => return Err(error),
            }
        }
        Ok(Contestants(running))
    }

    fn names(&self) -> Vec<&'static str> {
        self.0.keys().copied().collect()
    }

    fn ask(&mut self, who: &str, backend: Backend, workload: &str, time: Duration) -> Answer {
        match self.0.get_mut(who) {
            Some(process) => process.ask(&format!("{} {workload} {}", backend.name(), time.as_millis())),
            None => Answer::Unsupported,
        }
    }

    /// One of them makes and fills the server's tables for all.
    fn prepare_server(&mut self) -> Result {
        let process = self.0.get_mut("mysql_async").context("mysql_async takes part")?;
        match process.ask("prepare") {
            Answer::Nanoseconds(_) => Ok(()),
            Answer::Unsupported => anyhow::bail!("mysql_async does not prepare the server"),
            Answer::Failed(reason) => anyhow::bail!("the server's tables cannot be made: {reason}"),
        }
    }
}

fn start(contestant: &Contestant, options: &Options, folder: &Folder, programs: &Path) -> Result<Process> {
    let mut process =
        Process::start(contestant.command(options, programs).env("BENCH_FOLDER", folder.path()))?;
    if contestant.is_optional() {
        // A Python without SQLAlchemy ends at once, and says why on its own.
        match process.ask("hello") {
            Answer::Nanoseconds(_) => {}
            Answer::Unsupported => anyhow::bail!("it says hello to nobody"),
            Answer::Failed(reason) => anyhow::bail!("{reason}"),
        }
    }
    Ok(process)
}

/// Xorshift: enough to shuffle a few names.
struct Random(u64);

impl Random {
    fn new() -> Random {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Random(now.as_nanos() as u64 | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, (self.next() % (at as u64 + 1)) as usize);
        }
    }
}
