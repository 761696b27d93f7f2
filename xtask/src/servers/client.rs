//! Makes and drops a database through the command line client, for an example that runs on a server.

use std::path::PathBuf;
use std::process::Command;

use super::programs;
use super::url::{Url, with_database};
use crate::Outcome;

/// The client of MariaDB or MySQL; each talks to both.
pub(crate) fn find() -> Option<PathBuf> {
    programs::find(&["mariadb", "mysql"])
}

/// A database that is dropped together with this value.
pub(crate) struct TemporaryDatabase<'server> {
    server: &'server str,
    name: String,
}

impl<'server> TemporaryDatabase<'server> {
    /// Makes an empty database on the server that the URL names.
    pub(crate) fn create(server: &'server str, name: String) -> Outcome<TemporaryDatabase<'server>> {
        execute(server, &format!("CREATE DATABASE `{name}`"))?;
        Ok(TemporaryDatabase { server, name })
    }

    /// The URL of the database.
    pub(crate) fn url(&self) -> String {
        with_database(self.server, &self.name)
    }
}

impl Drop for TemporaryDatabase<'_> {
    fn drop(&mut self) {
        if let Err(reason) = execute(self.server, &format!("DROP DATABASE `{}`", self.name)) {
            eprintln!("the database {} is left behind: {reason}", self.name);
        }
    }
}

fn execute(server: &str, statement: &str) -> Outcome {
    let Url { host, port, user, password } = Url::parse(server)?;
    let program =
        find().ok_or("neither of the clients `mariadb` and `mysql` was found: install one of them")?;
    let output = Command::new(&program)
        .args(["--no-defaults", "--protocol=tcp", "--connect-timeout=10"])
        .args([format!("--host={host}"), format!("--port={port}"), format!("--user={user}")])
        .args(["--execute", statement])
        // In the environment, where other users of the machine cannot read it.
        .env("MYSQL_PWD", password)
        .output()
        .map_err(|error| format!("{} could not be started: {error}", program.display()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("`{statement}` failed: {}", String::from_utf8_lossy(&output.stderr).trim_end()))
}
