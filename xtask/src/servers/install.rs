//! Installs MariaDB and valgrind on Debian and its relatives. Elsewhere, or without the right to, the error says what to do.

use std::process::Command;

use super::programs::find;
use crate::Outcome;

/// The server alone; the client's package brings `my_print_defaults`, which making a data folder needs, and the client
/// that makes databases for the examples.
const PACKAGES: [&str; 2] = ["mariadb-server-core", "mariadb-client-core"];

/// Installs MariaDB.
pub(crate) fn mariadb(missing: &str) -> Outcome {
    let instead = format!(
        "install MariaDB's server and client (on Debian: apt-get install {}), or name a running server with \
         --mariadb-url URL, or leave the servers out with --sqlite-only",
        PACKAGES.join(" ")
    );
    install(&format!("MariaDB is needed and {missing} was not found"), &PACKAGES, &instead)
}

/// Installs valgrind.
pub(crate) fn valgrind() -> Outcome {
    let instead = "install valgrind, or name the steps that can run without it with --only";
    install("valgrind is needed to count instructions, and was not found", &["valgrind"], instead)
}

fn install(missing: &str, packages: &[&str], instead: &str) -> Outcome {
    if find(&["apt-get"]).is_none() {
        return Err(format!("{missing}, and there is no apt-get to install it with: {instead}"));
    }
    let prefix = privilege().ok_or_else(|| format!("{missing}, and only root may install it: {instead}"))?;
    eprintln!("{missing}: installing {}", packages.join(" "));
    let install = ["install", "-y", "-qq", "--no-install-recommends"];
    let update = apt_get(prefix, &["update", "-qq"]);
    let installed = apt_get(prefix, &[&install[..], packages].concat());
    match (installed, update) {
        (Ok(()), _) => Ok(()),
        (Err(install), Ok(())) => Err(format!("{install}\n{instead}")),
        (Err(install), Err(update)) => Err(format!("{update}\n{install}\n{instead}")),
    }
}

/// The words before a command that make it run as root; none if that is not possible without a question.
fn privilege() -> Option<&'static [&'static str]> {
    let output = Command::new("id").arg("-u").output().ok()?;
    if output.stdout.trim_ascii() == b"0" {
        return Some(&[]);
    }
    let sudo = Command::new("sudo").args(["-n", "true"]).output().ok()?;
    sudo.status.success().then_some(&["sudo", "-n"])
}

fn apt_get(prefix: &[&str], arguments: &[&str]) -> Outcome {
    let words = [prefix, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"], arguments].concat();
    let shown = words.join(" ");
    let output = Command::new(words[0])
        .args(&words[1..])
        .output()
        .map_err(|error| format!("`{shown}` could not be started: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(format!("`{shown}` failed ({}):\n{}", output.status, String::from_utf8_lossy(&said).trim_end()))
}
