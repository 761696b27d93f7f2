//! Who takes part, where, and in what.

use std::path::Path;
use std::process::Command;

use crate::options::Options;

/// Where a workload runs, as the protocol calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Backend {
    Memory,
    File,
    Server,
}

impl Backend {
    pub(crate) const ALL: [Backend; 3] = [Backend::Memory, Backend::File, Backend::Server];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Backend::Memory => "memory",
            Backend::File => "file",
            Backend::Server => "server",
        }
    }

    /// As the document calls it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Backend::Memory => "SQLite in memory",
            Backend::File => "SQLite in a file (WAL)",
            Backend::Server => "MariaDB over TCP",
        }
    }

    /// The contestant whose time is 1.
    pub(crate) fn measure(self) -> &'static str {
        match self {
            Backend::Memory | Backend::File => "rusqlite",
            Backend::Server => "mysql_async",
        }
    }

    pub(crate) fn workloads(self) -> &'static [&'static str] {
        match self {
            Backend::Memory => &[
                "load_1",
                "load_100",
                "load_10000",
                "join",
                "eager",
                "get",
                "insert_1",
                "lone_1",
                "insert_100",
                "insert_10000",
                "update",
                "shop",
                "bulkshop",
            ],
            Backend::File => &[
                "load_10000",
                "get",
                "insert_1",
                "lone_1",
                "insert_100",
                "insert_10000",
                "update",
                "concurrent",
            ],
            Backend::Server => &[
                "load_10000",
                "join",
                "eager",
                "get",
                "insert_1",
                "lone_1",
                "insert_100",
                "insert_10000",
                "update",
                "concurrent",
                "shop",
                "bulkshop",
            ],
        }
    }
}

/// What a workload is, in the words of a table.
pub(crate) fn title(workload: &str) -> String {
    let (kind, count) = workload.split_once('_').unwrap_or((workload, ""));
    let count = if count == "10000" { "10,000" } else { count };
    match kind {
        "load" => format!("load {count}"),
        "join" => "join 10,000".into(),
        "eager" => "eager 100 x 10 x 10".into(),
        "get" => "get by key".into(),
        "insert" => format!("insert {count}"),
        "lone" => "the same, peers without a transaction".into(),
        "update" => "update 10,000".into(),
        "concurrent" => "32 tasks reading, per read".into(),
        "shop" => "unit of work, 2,000 objects".into(),
        "bulkshop" => "the same, peers in bulk by hand".into(),
        other => other.into(),
    }
}

/// A program that takes part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// A program beside this one, and its argument.
    Program(&'static str, Option<&'static str>),
    /// SQLAlchemy's, which Python runs.
    Python,
}

const fn program(name: &'static str, file: &'static str) -> Contestant {
    Contestant { name, kind: Kind::Program(file, None) }
}

/// In the order of the tables' columns.
pub(crate) const CONTESTANTS: &[Contestant] = &[
    program("rusqlite", "bench-rusqlite"),
    program("mysql_async", "bench-mysql_async"),
    program("orm", "bench-orm"),
    Contestant { name: "orm, tracked", kind: Kind::Program("bench-orm", Some("tracked")) },
    program("diesel", "bench-diesel"),
    program("sqlx", "bench-sqlx"),
    program("sea-orm", "bench-sea-orm"),
    program("toasty", "bench-toasty"),
    Contestant { name: "sqlalchemy", kind: Kind::Python },
];

/// The contestants that are somebody else's ORM or driver and no measure.
pub(crate) const PEERS: &[&str] = &["diesel", "sqlx", "sea-orm", "toasty", "sqlalchemy"];

impl Contestant {
    pub(crate) fn command(&self, options: &Options, programs: &Path) -> Command {
        match self.kind {
            Kind::Program(file, argument) => {
                let mut command = Command::new(programs.join(file));
                command.args(argument);
                command
            }
            Kind::Python => {
                let mut command = Command::new(&options.python);
                command.arg(options.root.join("bench/sqlalchemy/peer.py"));
                command
            }
        }
    }

    /// Whether the contestant may be missing.
    pub(crate) fn is_optional(&self) -> bool {
        matches!(self.kind, Kind::Python)
    }
}
