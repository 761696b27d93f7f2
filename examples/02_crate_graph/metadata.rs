//! What `cargo metadata` says, as far as it is kept. Reads, and knows nothing of the database.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::progress;

/// The answer of `cargo metadata --format-version 1`.
#[derive(Deserialize)]
pub struct Metadata {
    pub packages: Vec<Package>,
    pub workspace_members: Vec<String>,
    pub workspace_root: PathBuf,
    pub target_directory: PathBuf,
    resolve: Option<Resolve>,
}

#[derive(Deserialize)]
pub struct Package {
    pub id: String,
    pub name: String,
    pub version: String,
    pub source: Option<String>,
    pub description: Option<String>,
    pub license: Option<String>,
    pub repository: Option<String>,
    pub edition: String,
    pub rust_version: Option<String>,
    pub features: BTreeMap<String, Vec<String>>,
    pub targets: Vec<Target>,
}

#[derive(Deserialize)]
pub struct Target {
    pub kind: Vec<String>,
    pub name: String,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

/// A package with what was chosen for it.
#[derive(Deserialize)]
pub struct Node {
    pub id: String,
    pub deps: Vec<Dependency>,
    pub features: Vec<String>,
}

#[derive(Deserialize)]
pub struct Dependency {
    pub pkg: String,
    pub dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
pub struct DependencyKind {
    /// `dev`, `build`, or nothing for a normal one.
    pub kind: Option<String>,
    pub target: Option<String>,
}

impl Metadata {
    /// Runs cargo for a workspace. Cargo may have to download packages first.
    pub async fn of_workspace(manifest: &Path) -> Result<Metadata, Box<dyn Error>> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(["metadata", "--format-version", "1", "--manifest-path"]).arg(manifest);
        let running = tokio::task::spawn_blocking(move || command.output());
        let output = progress::during("cargo metadata", running).await??;
        if !output.status.success() {
            return Err(format!("cargo metadata failed:\n{}", String::from_utf8_lossy(&output.stderr)).into());
        }
        Metadata::parse(&output.stdout)
    }

    /// Reads an answer that was kept in a file.
    pub fn of_file(path: &Path) -> Result<Metadata, Box<dyn Error>> {
        let text =
            std::fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        Metadata::parse(&text)
    }

    fn parse(text: &[u8]) -> Result<Metadata, Box<dyn Error>> {
        serde_json::from_slice(text)
            .map_err(|error| format!("this is no output of `cargo metadata`: {error}").into())
    }

    /// The graph: what was chosen for each package.
    pub fn nodes(&self) -> Result<&[Node], Box<dyn Error>> {
        match &self.resolve {
            Some(resolve) => Ok(&resolve.nodes),
            None => Err("the metadata holds no graph: run `cargo metadata` without `--no-deps`".into()),
        }
    }
}
