//! Who is who: the account that tests log in with, and the system's user that a server runs as.
//!
//! The password is made for each run. The servers listen on the loopback address, which every user of the machine can
//! reach, and the account may do everything.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use crate::Outcome;

/// The account that tests log in with.
pub(crate) const NAME: &str = "orm";

/// The statements that a server runs once when it starts, one for each line. MariaDB and MySQL both know them.
pub(crate) fn statements(password: &str) -> String {
    format!(
        "CREATE USER '{NAME}'@'127.0.0.1' IDENTIFIED BY '{password}';\n\
         GRANT ALL PRIVILEGES ON *.* TO '{NAME}'@'127.0.0.1' WITH GRANT OPTION;\n"
    )
}

/// The system's user that a server runs as. A server refuses to run as root unless it is told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerUser {
    /// Whoever runs this, who is not root.
    Ourselves,
    /// We are root and there is a user `mysql`.
    Mysql { user: u32, group: u32 },
    /// We are root and there is none: the server's core package does not make one.
    Root,
}

impl ServerUser {
    /// Finds the user; `ours` is a folder that we made.
    pub(crate) fn find(ours: &Path) -> Outcome<ServerUser> {
        let about = ours.metadata().map_err(|error| format!("{} cannot be read: {error}", ours.display()))?;
        Ok(match (about.uid(), id_of_mysql("-u"), id_of_mysql("-g")) {
            (0, Some(user), Some(group)) => ServerUser::Mysql { user, group },
            (0, _, _) => ServerUser::Root,
            (_, _, _) => ServerUser::Ourselves,
        })
    }

    /// The value of the option `--user`, if it is to be given.
    pub(crate) fn option(self) -> Option<&'static str> {
        match self {
            ServerUser::Ourselves => None,
            ServerUser::Mysql { .. } => Some("--user=mysql"),
            ServerUser::Root => Some("--user=root"),
        }
    }

    /// Makes the server's user the owner of a file or folder.
    pub(crate) fn own(self, path: &Path) -> Outcome {
        match self {
            ServerUser::Mysql { user, group } => std::os::unix::fs::chown(path, Some(user), Some(group))
                .map_err(|error| format!("{} cannot be given to the user mysql: {error}", path.display())),
            ServerUser::Ourselves | ServerUser::Root => Ok(()),
        }
    }
}

fn id_of_mysql(which: &str) -> Option<u32> {
    let output = Command::new("id").args([which, "mysql"]).output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_statement_is_one_line_as_the_servers_want_it() {
        assert!(statements("secret").lines().all(|line| line.ends_with(';')));
    }
}
