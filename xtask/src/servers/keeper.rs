//! Ends every process that was started through it, and removes their folder, however this process ends.
//!
//! How: a small shell waits at the end of a pipe whose other end only this process holds. The system closes the pipe
//! when this process returns, panics, is interrupted or is killed, and the shell then kills what it was told about.
//! There is no second way to stop a server, so that the way for accidents is tried by every run.
//!
//! The servers are killed, not shut down: nobody reads their data again.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};

use crate::Outcome;
use crate::temporary::make_folder;

/// `$1` is the folder; each line of the input is `start GROUP` or `end GROUP`, a group being that of a process here.
/// Groups are waited for (5 seconds at most) before the folder goes: a server that is still dying may write to it.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
groups=
while read -r event group; do
    others=
    for other in $groups; do [ "$other" = "$group" ] || others="$others $other"; done
    groups=$others
    [ "$event" = end ] || groups="$groups $group"
done
for group in $groups; do kill -KILL "-$group"; done
tries=50
for group in $groups; do
    while [ $tries -gt 0 ] && kill -0 "-$group"; do sleep 0.1; tries=$((tries - 1)); done
done
rm -rf "$1" || { sleep 1; rm -rf "$1"; }
"#;

/// Processes and the folder they live in.
pub(crate) struct Keeper {
    folder: PathBuf,
    shell: Child,
    lifeline: Option<ChildStdin>,
    kept: BTreeMap<Kept, (String, Child)>,
}

/// A process that a keeper started: the number of the process, and of its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kept(u32);

impl Keeper {
    /// Makes a fresh folder that nobody else can list, and the shell that will remove it.
    pub(crate) fn new() -> Outcome<Keeper> {
        let folder = make_folder("orm-servers")?;
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "keeper"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A group of its own: Ctrl-C at the terminal must not reach the one process that cleans up.
            .process_group(0)
            .spawn()
            .map_err(|error| format!("`sh` could not be started: {error}"))?;
        let lifeline = shell.stdin.take();
        Ok(Keeper { folder, shell, lifeline, kept: BTreeMap::new() })
    }

    /// The folder that is removed at the end.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts a process that ends with this keeper, together with everything that it starts itself.
    pub(crate) fn start(&mut self, name: &str, command: &mut Command) -> Outcome<Kept> {
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|error| format!("{name} could not be started: {error}"))?;
        let process = Kept(child.id());
        self.kept.insert(process, (name.to_owned(), child));
        self.tell("start", process)?;
        Ok(process)
    }

    /// Waits for a process that is expected to end by itself, and forgets it.
    pub(crate) fn finish(&mut self, process: Kept) -> Outcome<ExitStatus> {
        let status = {
            let (name, child) = self.known(process);
            child.wait().map_err(|error| format!("{name} could not be waited for: {error}"))?
        };
        self.kept.remove(&process);
        self.tell("end", process)?;
        Ok(status)
    }

    /// How the process has ended, if it has.
    pub(crate) fn ended(&mut self, process: Kept) -> Outcome<Option<ExitStatus>> {
        let (name, child) = self.known(process);
        child.try_wait().map_err(|error| format!("{name} could not be asked for its state: {error}"))
    }

    /// An error when one of the processes that are still kept has ended.
    pub(crate) fn all_alive(&mut self) -> Outcome {
        let processes: Vec<Kept> = self.kept.keys().copied().collect();
        for process in processes {
            if let Some(status) = self.ended(process)? {
                return Err(format!("{} has ended by itself ({status})", self.known(process).0));
            }
        }
        Ok(())
    }

    fn known(&mut self, process: Kept) -> &mut (String, Child) {
        self.kept
            .get_mut(&process)
            .expect("a process is named by the keeper that started it, until it is finished")
    }

    fn tell(&mut self, event: &str, Kept(group): Kept) -> Outcome {
        let lifeline = self.lifeline.as_mut().expect("the lifeline is there until the keeper is dropped");
        // One write, so that the shell never reads half a line.
        lifeline
            .write_all(format!("{event} {group}\n").as_bytes())
            .map_err(|error| format!("the shell that stops the servers is gone: {error}"))
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // Killed and reaped here too, so that the shell does not wait for a process that is only a zombie of ours.
        // An error means that the process is gone already, which is what is wanted.
        for (_, child) in self.kept.values_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
        drop(self.lifeline.take());
        let _ = self.shell.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    /// A process that has ended and that nobody has waited for is not alive, although it can still be signalled.
    fn alive(process: u32) -> bool {
        let signal = Command::new("kill").args(["-0", &process.to_string()]).stderr(Stdio::null()).status();
        let state = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        signal.is_ok_and(|status| status.success()) && !state.contains(") Z ")
    }

    fn within_seconds(seconds: u64, mut condition: impl FnMut() -> bool) -> bool {
        let deadline = Instant::now() + Duration::from_secs(seconds);
        while Instant::now() < deadline {
            if condition() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    #[test]
    fn a_dropped_keeper_leaves_neither_process_nor_folder() {
        let mut keeper = Keeper::new().expect("a keeper starts");
        let Kept(process) = keeper.start("sleep", Command::new("sleep").arg("600")).expect("sleep starts");
        let folder = keeper.folder.clone();
        assert!(folder.is_dir() && alive(process));
        drop(keeper);
        assert!(!folder.exists() && !alive(process));
    }

    #[test]
    fn a_closed_lifeline_is_enough_to_end_a_process_and_its_children() {
        let mut keeper = Keeper::new().expect("a keeper starts");
        let script = "sleep 600 & echo $! > \"$0\"/child; wait";
        let folder = keeper.folder.clone();
        let shell =
            keeper.start("sh", Command::new("sh").args(["-c", script]).arg(&folder)).expect("sh starts");
        let written = || std::fs::read_to_string(folder.join("child")).unwrap_or_default();
        assert!(within_seconds(10, || written().ends_with('\n')));
        let child = written().trim().parse().expect("a process id");
        // What the system does when this process is killed.
        drop(keeper.lifeline.take());
        assert!(within_seconds(10, || !alive(child)));
        let _ = keeper.known(shell).1.wait();
        assert!(within_seconds(10, || !folder.exists()));
    }

    #[test]
    fn a_process_that_was_finished_is_kept_no_longer() {
        let mut keeper = Keeper::new().expect("a keeper starts");
        let process = keeper.start("true", &mut Command::new("true")).expect("true starts");
        assert!(keeper.finish(process).expect("true ends").success());
        assert_eq!(keeper.all_alive(), Ok(()));
    }

    #[test]
    fn a_server_that_ends_by_itself_is_noticed() {
        let mut keeper = Keeper::new().expect("a keeper starts");
        keeper.start("true", &mut Command::new("true")).expect("true starts");
        assert!(within_seconds(10, || keeper.all_alive().is_err()));
    }
}
