//! What is kept of a dependency graph: five tables, tied together by foreign key columns.
//!
//! Where the metadata has a name of its own for a thing, that name is the key: a crate is its name, a feature is its package
//! and its name. A package gets a number from the database, because four tables refer to it, and a unique constraint keeps
//! what cargo calls the same package to one row. Doc comments become comments in the database, where it has them.

use orm::prelude::*;

/// A crate, whatever its version.
#[derive(Model, Debug, Default)]
#[orm(table = "graph_crates")]
pub struct Crate {
    #[orm(primary_key, length = 100)]
    pub name: String,
    /// From the last of its packages.
    pub description: Option<String>,
    pub repository: Option<String>,
}

/// A crate in one version from one source.
#[derive(Model, Debug, Default)]
#[orm(table = "graph_packages", unique(crate_name, version, source))]
pub struct Package {
    #[orm(primary_key)]
    pub id: i64,
    #[orm(length = 100, references = Crate)]
    pub crate_name: String,
    #[orm(length = 100)]
    pub version: String,
    /// The registry or repository; `path` for a package of this machine.
    #[orm(length = 300)]
    pub source: String,
    #[orm(index)]
    pub is_member: bool,
    #[orm(length = 200)]
    pub license: Option<String>,
    #[orm(length = 10)]
    pub edition: String,
    /// The oldest Rust that the package says it builds with.
    #[orm(length = 30)]
    pub rust_version: Option<String>,
}

/// A feature that a package declares.
#[derive(Model, Debug, Default)]
#[orm(table = "graph_features")]
pub struct Feature {
    #[orm(primary_key, references = Package)]
    pub package_id: i64,
    #[orm(primary_key, length = 200)]
    pub name: String,
    /// What it switches on, separated by blanks.
    pub enables: String,
    /// Whether anything in this graph switched it on.
    pub is_active: bool,
}

/// Something that cargo builds from a package: a library, a program, a test.
#[derive(Model, Debug, Default)]
#[orm(table = "graph_targets")]
pub struct Target {
    #[orm(primary_key, references = Package)]
    pub package_id: i64,
    #[orm(primary_key, length = 50)]
    pub kind: String,
    #[orm(primary_key, length = 200)]
    pub name: String,
}

/// One package needs another.
#[derive(Model, Debug, Default)]
#[orm(table = "graph_dependencies")]
pub struct Dependency {
    #[orm(primary_key, references = Package)]
    pub dependent_id: i64,
    #[orm(primary_key, references = Package, index)]
    pub dependency_id: i64,
    #[orm(primary_key)]
    pub kind: Kind,
    /// The platforms that need it; none where all do.
    pub platforms: Option<String>,
}

/// What a dependency is for. Kept as text: `normal`, `build`, `dev`.
#[derive(ModelEnum, Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    #[default]
    Normal,
    Build,
    Dev,
}

/// The tables of this program, and no others.
pub fn tables() -> orm::Metadata {
    orm::Metadata::empty()
        .with::<Crate>()
        .with::<Package>()
        .with::<Feature>()
        .with::<Target>()
        .with::<Dependency>()
}
