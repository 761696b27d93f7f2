//! Finds programs, and reads what a server's program says about itself.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Folders that hold servers and that are often missing from the `PATH` of anyone but root.
const MORE_FOLDERS: [&str; 5] =
    ["/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/usr/local/mysql/bin", "/opt/homebrew/bin"];

/// The first of the programs that there is.
pub(crate) fn find(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> =
        std::env::split_paths(&path).chain(MORE_FOLDERS.iter().map(PathBuf::from)).collect();
    names
        .iter()
        .find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|program| program.is_file()))
}

/// Whose server a program is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Maker {
    MariaDb,
    Mysql { major: u32, line: String },
}

/// Runs `PROGRAM --version`.
pub(crate) fn maker(program: &Path) -> Option<Maker> {
    let output = Command::new(program).args(["--no-defaults", "--version"]).output().ok()?;
    read_maker(String::from_utf8_lossy(&output.stdout).lines().find(|line| line.contains("Ver "))?)
}

fn read_maker(line: &str) -> Option<Maker> {
    if line.contains("MariaDB") {
        return Some(Maker::MariaDb);
    }
    let version = line.split_once("Ver ")?.1.trim_start();
    let major = version.split('.').next()?.parse().ok()?;
    Some(Maker::Mysql { major, line: line.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_maker_is_read_from_the_version() {
        let maria = "mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)";
        assert_eq!(read_maker(maria), Some(Maker::MariaDb));
        let mysql = "/usr/sbin/mysqld  Ver 8.0.36 for Linux on x86_64 (MySQL Community Server - GPL)";
        assert_eq!(read_maker(mysql), Some(Maker::Mysql { major: 8, line: mysql.into() }));
        assert_eq!(read_maker("cat (GNU coreutils) 9.1"), None);
    }

    #[test]
    fn a_program_that_there_is_is_found() {
        assert!(find(&["no-such-program-here", "sh"]).is_some_and(|program| program.ends_with("sh")));
        assert_eq!(find(&["no-such-program-here"]), None);
    }
}
