//! Starts MariaDB, and installs it first where it is missing.

use std::path::PathBuf;
use std::process::Command;

use super::instance::{Instance, Running};
use super::keeper::Keeper;
use super::programs::{self, Maker};
use super::tls::Certificates;
use super::{client, install};
use crate::Outcome;

const OPTIONS: [&str; 1] = ["--innodb-log-file-size=16M"];

struct Programs {
    server: PathBuf,
    make_data_folder: PathBuf,
}

/// Starts a MariaDB of our own.
pub(crate) fn start(keeper: &mut Keeper, certificates: Option<&Certificates>) -> Outcome<Running> {
    let programs = match find() {
        Ok(programs) => programs,
        Err(missing) => {
            install::mariadb(missing)?;
            find().map_err(|missing| format!("MariaDB was installed, and {missing} is still missing"))?
        }
    };
    let instance = Instance::new("MariaDB", keeper)?;
    let mut make = Command::new(&programs.make_data_folder);
    make.arg("--no-defaults")
        .arg(instance.data())
        .args(instance.user())
        // The socket's owner is the one who may log in as root, without a password that everybody knows.
        .args(["--auth-root-authentication-method=socket", "--skip-test-db", "--skip-name-resolve"])
        .args(["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0"])
        .args(OPTIONS);
    instance.initialize(keeper, &mut make)?;
    instance.start(&programs.server, &OPTIONS, keeper, certificates)
}

/// The programs, or the name of the first one that is missing.
fn find() -> Result<Programs, &'static str> {
    let mysqld = || programs::find(&["mysqld"]).filter(|path| programs::maker(path) == Some(Maker::MariaDb));
    let server = programs::find(&["mariadbd"]).or_else(mysqld).ok_or("mariadbd")?;
    let make_data_folder =
        programs::find(&["mariadb-install-db", "mysql_install_db"]).ok_or("mariadb-install-db")?;
    client::find().ok_or("the client `mariadb`")?;
    Ok(Programs { server, make_data_folder })
}
