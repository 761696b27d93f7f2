//! The command line.

use std::path::PathBuf;

pub const USAGE: &str = "\
usage: cargo run --example 02_crate_graph -- [OPTIONS]

  --manifest-path PATH   the Cargo.toml of the workspace to read; this library's own if not given
  --metadata-json FILE   read the kept output of `cargo metadata --format-version 1` instead
  --database URL         where to keep the graph; crate_graph.db in the workspace's target folder if not given
  --why NAME             say why the graph holds this crate
  --top NUMBER           how many lines a list has, 10 if not given";

/// What the user asks for.
pub struct Arguments {
    pub source: Source,
    pub database: Option<String>,
    pub why: Option<String>,
    pub top: usize,
}

/// Where the metadata comes from.
pub enum Source {
    Workspace(PathBuf),
    File(PathBuf),
}

/// Reads the arguments that follow the program's name. An error is the text to show.
pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let mut parsed = Arguments { source: Source::Workspace(own.into()), database: None, why: None, top: 10 };
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("`{name}` needs a value\n\n{USAGE}"));
        match name.as_str() {
            "--manifest-path" => parsed.source = Source::Workspace(value()?.into()),
            "--metadata-json" => parsed.source = Source::File(value()?.into()),
            "--database" => parsed.database = Some(value()?),
            "--why" => parsed.why = Some(value()?),
            "--top" => parsed.top = value()?.parse().map_err(|_| "`--top` is a whole number".to_owned())?,
            _ => return Err(format!("unknown argument `{name}`\n\n{USAGE}")),
        }
    }
    Ok(parsed)
}
