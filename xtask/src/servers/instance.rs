//! What starting MariaDB and starting MySQL have in common: the folder, the options, the port, waiting for it.
//!
//! Data is thrown away at the end, so nothing waits for the disk.

use std::fs::DirBuilder;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::account::{self, ServerUser};
use super::greeting;
use super::keeper::{Keeper, Kept};
use super::tls::Certificates;
use crate::Outcome;
use crate::report::last_lines;
use crate::temporary::random_hex;

const LOOPBACK: &str = "127.0.0.1";

/// Another program may take the port between our choice and the server's start, so more than one is tried.
const PORTS_TO_TRY: usize = 3;

/// Options that both servers know.
const OPTIONS: [&str; 8] = [
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--max-connections=500",
    "--performance-schema=OFF",
    "--innodb-buffer-pool-size=64M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--sync-binlog=0",
];

/// The folder of one server, before and while it runs.
pub(crate) struct Instance {
    name: &'static str,
    folder: PathBuf,
    user: ServerUser,
    password: String,
}

/// A server that has greeted.
pub(crate) struct Running {
    port: u16,
    password: String,
}

impl Running {
    /// The URL of the account that may do everything. It names no database.
    pub(crate) fn url(&self, scheme: &str) -> String {
        let Running { port, password } = self;
        format!("{scheme}://{}:{password}@{LOOPBACK}:{port}/", account::NAME)
    }
}

impl Instance {
    /// Makes the folder, which belongs to the user that the server will run as.
    pub(crate) fn new(name: &'static str, keeper: &Keeper) -> Outcome<Instance> {
        let folder = keeper.folder().join(name.to_lowercase());
        let user = ServerUser::find(keeper.folder())?;
        for path in [folder.clone(), folder.join("tmp")] {
            let made = DirBuilder::new().mode(0o700).create(&path);
            made.map_err(|error| format!("the folder {} could not be made: {error}", path.display()))?;
            user.own(&path)?;
        }
        Ok(Instance { name, folder, user, password: random_hex(12)? })
    }

    /// Where the data is. The command of [`Instance::initialize`] makes it.
    pub(crate) fn data(&self) -> String {
        self.option("--datadir", "data")
    }

    /// The value of `--user`, if one is needed.
    pub(crate) fn user(&self) -> Option<&'static str> {
        self.user.option()
    }

    /// Runs the command that fills the data folder.
    pub(crate) fn initialize(&self, keeper: &mut Keeper, command: &mut Command) -> Outcome {
        let process = keeper.start(self.name, self.logged(command)?)?;
        let status = keeper.finish(process)?;
        if status.success() {
            return Ok(());
        }
        Err(format!("the data folder of {} could not be made ({status}):\n{}", self.name, self.log()))
    }

    /// Starts the server and waits until it greets. `more` holds the options that only this server knows.
    pub(crate) fn start(
        self,
        program: &Path,
        more: &[&str],
        keeper: &mut Keeper,
        certificates: Option<&Certificates>,
    ) -> Outcome<Running> {
        let begun = Instant::now();
        let init = self.folder.join("init.sql");
        write_private(&init, &account::statements(&self.password))?;
        self.user.own(&init)?;
        let mut last = String::new();
        for _ in 0..PORTS_TO_TRY {
            let port = free_port()?;
            let mut command = Command::new(program);
            command.arg("--no-defaults").args(self.user()).args(OPTIONS).args(more);
            command.arg(format!("--port={port}"));
            for (option, file) in [
                ("--datadir", "data"),
                ("--tmpdir", "tmp"),
                ("--socket", "socket"),
                ("--pid-file", "pid"),
                ("--init-file", "init.sql"),
            ] {
                command.arg(self.option(option, file));
            }
            if let Some(certificates) = certificates {
                command.args(certificates.options(self.user)?);
            }
            let process = keeper.start(self.name, self.logged(&mut command)?)?;
            match self.wait(keeper, process, port)? {
                Some(version) => {
                    let seconds = begun.elapsed().as_secs_f64();
                    eprintln!("{} {version} is up on port {port} ({seconds:.1} s)", self.name);
                    return Ok(Running { port, password: self.password });
                }
                None => last = self.log(),
            }
            if !last.contains("ddress already in use") {
                break;
            }
        }
        Err(format!("{} does not start; the end of what it says:\n{last}", self.name))
    }

    /// The version that the server greets with, or nothing when it has ended.
    fn wait(&self, keeper: &mut Keeper, process: Kept, port: u16) -> Outcome<Option<String>> {
        let deadline = Instant::now() + Duration::from_secs(120);
        while Instant::now() < deadline {
            if keeper.ended(process)?.is_some() {
                keeper.finish(process)?;
                return Ok(None);
            }
            // A server makes its socket once it has its port: without it, whoever greets there is another's server.
            if self.folder.join("socket").exists()
                && let Ok(version) = greeting::read(LOOPBACK, port, Duration::from_secs(5))
            {
                return Ok(Some(version));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(format!("{} has not come up in two minutes; the end of what it says:\n{}", self.name, self.log()))
    }

    fn option(&self, name: &str, file: &str) -> String {
        format!("{name}={}", self.folder.join(file).display())
    }

    /// Sends the command's output to the log, which both servers write to unless they are told otherwise.
    fn logged<'command>(&self, command: &'command mut Command) -> Outcome<&'command mut Command> {
        let path = self.folder.join("log");
        let failed = |error| format!("{} cannot be written: {error}", path.display());
        let log = std::fs::File::options().create(true).append(true).open(&path).map_err(failed)?;
        let copy = log.try_clone().map_err(failed)?;
        Ok(command.stdout(Stdio::from(log)).stderr(Stdio::from(copy)).current_dir(&self.folder))
    }

    fn log(&self) -> String {
        let text = std::fs::read(self.folder.join("log")).unwrap_or_default();
        last_lines(&String::from_utf8_lossy(&text), 30)
    }
}

fn free_port() -> Outcome<u16> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| format!("there is no free port on {LOOPBACK}: {error}"))
}

fn write_private(path: &Path, text: &str) -> Outcome {
    std::fs::File::options()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| format!("{} cannot be written: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_names_the_account_and_no_database() {
        let running = Running { port: 3311, password: "word".into() };
        assert_eq!(running.url("mariadb"), "mariadb://orm:word@127.0.0.1:3311/");
    }
}
