//! The database servers that tests and examples run on: private ones that this run starts, or running ones that a
//! URL names.
//!
//! Invariants: a server that this run starts listens on 127.0.0.1 alone, keeps everything in one private folder, and
//! ends with this process ([`keeper`]). A server that does not come up or cannot be reached is an error.

mod account;
mod client;
mod greeting;
pub(crate) mod install;
mod instance;
mod keeper;
mod mariadb;
mod mysql;
mod programs;
mod tls;
mod url;

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

pub(crate) use self::client::TemporaryDatabase;
use self::keeper::Keeper;
use self::url::Url;
use crate::Outcome;

const MARIADB_URL: &str = "ORM_TEST_MARIADB_URL";
const MYSQL_URL: &str = "ORM_TEST_MYSQL_URL";
const TLS_CA: &str = "ORM_TEST_TLS_CA";

/// The running servers that the developer names; one that is not named is started.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct ServerChoice {
    pub(crate) mariadb_url: Option<String>,
    pub(crate) mysql_url: Option<String>,
}

/// When `cargo xtask servers` ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// At Enter, or at the end of the input.
    Enter,
    /// Not by itself.
    Killed,
}

/// Servers that accept connections. Those that this run started end when this value is dropped.
pub(crate) struct Servers {
    mariadb_url: String,
    mysql_url: Option<String>,
    tls_certificate_authority: Option<PathBuf>,
    keeper: Option<Keeper>,
}

impl Servers {
    /// Every environment variable by which tests learn about servers.
    pub(crate) const VARIABLES: [&str; 3] = [MARIADB_URL, MYSQL_URL, TLS_CA];

    /// Finds or starts MariaDB and, where there is one, MySQL.
    pub(crate) fn start(choice: &ServerChoice) -> Outcome<Servers> {
        let named = |given: &Option<String>, variable| given.clone().or_else(|| environment(variable));
        let named_mariadb = named(&choice.mariadb_url, MARIADB_URL);
        let named_mysql = named(&choice.mysql_url, MYSQL_URL);
        let mysql_program = if named_mysql.is_none() { mysql::find()? } else { None };
        if named_mysql.is_none() && mysql_program.is_none() {
            eprintln!(
                "no MySQL found (no `mysqld` of MySQL's own on the PATH, no ORM_MYSQLD): what depends on MySQL's \
                 lack of RETURNING is exercised on MariaDB"
            );
        }
        for url in named_mariadb.iter().chain(&named_mysql) {
            reach(url)?;
        }
        let mut servers = Servers {
            mariadb_url: named_mariadb.clone().unwrap_or_default(),
            mysql_url: named_mysql.clone(),
            tls_certificate_authority: None,
            keeper: None,
        };
        if named_mariadb.is_none() || mysql_program.is_some() {
            let mut keeper = Keeper::new()?;
            let certificates = tls::make(keeper.folder())?;
            if named_mariadb.is_none() {
                servers.mariadb_url = mariadb::start(&mut keeper, certificates.as_ref())?.url("mariadb");
            }
            if let Some(program) = mysql_program {
                servers.mysql_url =
                    Some(mysql::start(&program, &mut keeper, certificates.as_ref())?.url("mysql"));
            }
            // The authority vouches for this run's servers alone: next to a named server, TLS is for its owner to set.
            if named_mariadb.is_none() && named_mysql.is_none() {
                servers.tls_certificate_authority = certificates.map(|made| made.authority);
            }
            servers.keeper = Some(keeper);
        }
        Ok(servers)
    }

    /// Finds or starts MariaDB alone, without a certificate: a client that may encrypt then does not.
    pub(crate) fn start_mariadb(choice: &ServerChoice) -> Outcome<Servers> {
        let named = choice.mariadb_url.clone().or_else(|| environment(MARIADB_URL));
        let mut servers = Servers {
            mariadb_url: String::new(),
            mysql_url: None,
            tls_certificate_authority: None,
            keeper: None,
        };
        match named {
            Some(url) => {
                reach(&url)?;
                servers.mariadb_url = url;
            }
            None => {
                let mut keeper = Keeper::new()?;
                servers.mariadb_url = mariadb::start(&mut keeper, None)?.url("mysql");
                servers.keeper = Some(keeper);
            }
        }
        Ok(servers)
    }

    /// The URL of MariaDB, which names no database.
    pub(crate) fn mariadb_url(&self) -> &str {
        &self.mariadb_url
    }

    /// Each server by the name that a report shows for it, with its URL, which names no database.
    pub(crate) fn urls(&self) -> Vec<(&'static str, &str)> {
        let mysql = self.mysql_url.as_deref().map(|url| ("mysql", url));
        std::iter::once(("mariadb", self.mariadb_url.as_str())).chain(mysql).collect()
    }

    /// Tells the command's environment where the servers are.
    pub(crate) fn pass_on(&self, command: &mut Command) {
        command.envs(self.variables());
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        let authority = self.tls_certificate_authority.as_ref().map(|path| path.display().to_string());
        let mut variables = vec![(MARIADB_URL, self.mariadb_url.clone())];
        variables.extend(self.mysql_url.clone().map(|url| (MYSQL_URL, url)));
        variables.extend(authority.map(|path| (TLS_CA, path)));
        variables
    }
}

/// `cargo xtask servers`: prints the `export` lines to the standard output, and nothing else there.
pub(crate) fn hold(choice: &ServerChoice, until: Until) -> Outcome {
    let mut servers = Servers::start(choice)?;
    let mut output = std::io::stdout();
    for (name, value) in servers.variables() {
        writeln!(output, "export {name}='{value}'").map_err(|error| format!("cannot print: {error}"))?;
    }
    output.flush().map_err(|error| format!("cannot print: {error}"))?;
    match until {
        Until::Enter => {
            eprintln!("the servers are up: press Enter to stop them");
            let mut byte = [0];
            // An input that cannot be read is at its end as well.
            let _ = std::io::stdin().read(&mut byte);
            Ok(())
        }
        Until::Killed => {
            eprintln!("the servers are up until process {} is killed", std::process::id());
            loop {
                std::thread::sleep(Duration::from_secs(1));
                if let Some(keeper) = &mut servers.keeper {
                    keeper.all_alive()?;
                }
            }
        }
    }
}

/// Says which server answers at the URL.
fn reach(url: &str) -> Outcome {
    let parsed = Url::parse(url)?;
    let version = greeting::read(&parsed.host, parsed.port, Duration::from_secs(10))
        .map_err(|reason| format!("no server answers at {}:{}: {reason}", parsed.host, parsed.port))?;
    eprintln!("using the running server {version} at {}:{}", parsed.host, parsed.port);
    Ok(())
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
