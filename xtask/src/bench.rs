//! `cargo xtask bench`: builds the peers, starts MariaDB, and runs the driver of `bench/`, which does the rest.
//!
//! The peers are two workspaces: their bindings of SQLite exclude each other. Both build into `bench/target`, so that
//! their programs stand side by side. `cargo xtask test` builds none of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::arguments::BenchOptions;
use crate::cargo::{cargo, run as run_command, workspace_root};
use crate::servers::{Servers, TemporaryDatabase};
use crate::temporary::random_hex;

/// Their sources are formatted and tidy as the others are.
pub(crate) const WORKSPACES: [&str; 2] = ["bench/Cargo.toml", "bench/toasty/Cargo.toml"];

/// What SQLAlchemy needs for both databases. The driver for MariaDB is the one that needs no C compiler.
const SQLALCHEMY: [&str; 2] = ["SQLAlchemy>=2.1.0b1", "PyMySQL"];

/// Builds and runs everything.
pub(crate) fn run(options: &BenchOptions) -> Outcome {
    let target = workspace_root().join("bench/target");
    for manifest in WORKSPACES {
        // All members at once: built one by one they would be built with other features of what they share.
        let mut build = cargo(&["build", "--release", "--workspace", "--manifest-path", manifest]);
        run_command(build.env("CARGO_TARGET_DIR", &target))?;
    }
    let servers = Servers::start_mariadb(&options.choice)?;
    let database = TemporaryDatabase::create(servers.mariadb_url(), format!("bench_{}", random_hex(4)?))?;
    let mut driver = Command::new(target.join("release/bench-driver"));
    if options.installs_sqlalchemy {
        driver.arg("--python").arg(install_sqlalchemy(&target)?);
    }
    driver.args(&options.passed_on).env("BENCH_SERVER", database.url());
    run_command(&mut driver)
}

/// Makes an environment of Python's with SQLAlchemy, unless it is there, and gives its Python.
fn install_sqlalchemy(target: &Path) -> Outcome<PathBuf> {
    let environment = target.join("python");
    let python = environment.join("bin/python");
    if !python.exists() {
        run_command(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    run_command(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(SQLALCHEMY))?;
    Ok(python)
}
