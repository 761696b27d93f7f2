//! The versions of the contestants, read from the lock files.

use std::process::Command;

use crate::options::Options;

const LOCKED: [(&str, &[&str]); 2] = [
    ("bench/Cargo.lock", &["rusqlite", "sqlx", "sea-orm", "diesel", "diesel-async", "mysql_async"]),
    ("bench/toasty/Cargo.lock", &["toasty"]),
];

pub(crate) fn all(options: &Options) -> String {
    let mut versions = Vec::new();
    for (file, names) in LOCKED {
        let lock = std::fs::read_to_string(options.root.join(file)).unwrap_or_default();
        for name in names {
            versions.push(format!("{name} {}", version(&lock, name).unwrap_or("?")));
        }
    }
    if let Some(version) =
        said(Command::new(&options.python).args(["-c", "import sqlalchemy as s; print(s.__version__)"]))
    {
        versions.push(format!("SQLAlchemy {version}"));
    }
    if let Some(version) = said(Command::new("rustc").arg("--version")) {
        versions.push(version.split(" (").next().unwrap_or_default().to_owned());
    }
    versions.join(", ")
}

/// Where a lock file has several, the last one: the newest. An older one is a dependency of another contestant.
fn version<'l>(lock: &'l str, name: &str) -> Option<&'l str> {
    let (_, rest) = lock.rsplit_once(&format!("name = \"{name}\"\nversion = \""))?;
    rest.split('"').next()
}

/// What a program prints, if it can be started and succeeds.
fn said(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_by_the_whole_name() {
        let lock =
            "name = \"diesel-async\"\nversion = \"0.9.2\"\n\nname = \"diesel\"\nversion = \"2.3.14\"\n";
        assert_eq!(version(lock, "diesel"), Some("2.3.14"));
        assert_eq!(version(lock, "toasty"), None);
    }
}
