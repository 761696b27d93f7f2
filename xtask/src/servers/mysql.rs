//! Starts MySQL, MySQL's own server of version 8 or newer, where there is one. It is never installed: the systems
//! whose packages are known to [`super::install`] carry MariaDB alone.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::instance::{Instance, Running};
use super::keeper::Keeper;
use super::programs::{self, Maker};
use super::tls::Certificates;
use crate::Outcome;

const PROGRAM: &str = "ORM_MYSQLD";

/// A package may have set a folder for file imports that is not there, or not ours; no test imports a file.
const OPTIONS: [&str; 4] =
    ["--mysqlx=OFF", "--disable-log-bin", "--innodb-redo-log-capacity=64M", "--secure-file-priv=NULL"];

/// The program that `ORM_MYSQLD` names, or MySQL's `mysqld` on the `PATH`. A program that is named must be right; one
/// that merely happens to be there may be MariaDB's, or too old.
pub(crate) fn find() -> Outcome<Option<PathBuf>> {
    if let Some(named) = std::env::var_os(PROGRAM).filter(|value| !value.is_empty()) {
        let program = PathBuf::from(named);
        let shown = program.display();
        return match programs::maker(&program) {
            Some(Maker::Mysql { major: 8.., .. }) => Ok(Some(program)),
            Some(Maker::Mysql { line, .. }) => {
                Err(format!("{PROGRAM} names an old MySQL; 8 is needed: {line}"))
            }
            Some(Maker::MariaDb) => Err(format!("{PROGRAM} is for MySQL, and {shown} is MariaDB")),
            None => Err(format!("{PROGRAM} names {shown}, which does not answer to --version as MySQL does")),
        };
    }
    let Some(program) = programs::find(&["mysqld"]) else { return Ok(None) };
    match programs::maker(&program) {
        Some(Maker::Mysql { major: 8.., .. }) => Ok(Some(program)),
        Some(Maker::Mysql { line, .. }) => {
            eprintln!("this MySQL is too old and is left alone: {line}");
            Ok(None)
        }
        Some(Maker::MariaDb) | None => Ok(None),
    }
}

/// Starts a MySQL of our own. On systems that confine `mysqld` to its usual folders (AppArmor on Ubuntu) it cannot read
/// ours; start it yourself there and name it with `--mysql-url`.
pub(crate) fn start(
    program: &Path,
    keeper: &mut Keeper,
    certificates: Option<&Certificates>,
) -> Outcome<Running> {
    let instance = Instance::new("MySQL", keeper)?;
    let mut initialize = Command::new(program);
    initialize
        .arg("--no-defaults")
        .arg("--initialize-insecure")
        .arg(instance.data())
        .args(instance.user())
        .args(["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0"])
        .args(OPTIONS);
    instance.initialize(keeper, &mut initialize)?;
    // Without a name to resolve, root@localhost is whoever reaches the socket, which is in our private folder.
    instance.start(program, &OPTIONS, keeper, certificates)
}
