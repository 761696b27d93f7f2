//! Keeps the dependency graph of a cargo workspace in a database, and asks it questions.
//!
//! ```text
//! cargo run --example 02_crate_graph
//! cargo run --example 02_crate_graph -- --manifest-path ../another/Cargo.toml --why syn
//! cargo run --example 02_crate_graph --features mysql -- --database mysql://user:secret@host/database
//! ```
//!
//! Run it twice: the second time it finds its own rows, compares them with what cargo says, and writes nothing. The database
//! holds one graph, the one that was read last; its tables are named `graph_..`.
//!
//! To read: `models.rs` for the tables, `import.rs` for the session at work, `questions.rs` and `why.rs` for queries.

#![allow(unreachable_pub)] // nobody sees into a program: plain `pub` reads better

mod arguments;
mod import;
mod metadata;
mod models;
mod progress;
mod questions;
mod report;
mod why;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use orm::{AnyEngine, LoggedStatement};

use arguments::{Arguments, Source, USAGE};
use import::Tally;
use metadata::Metadata;
use models::Kind;
use report::{Cell, Page, grouped};

#[tokio::main]
async fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--help" || argument == "-h") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let arguments = arguments::parse(std::env::args().skip(1))?;
    let metadata = match &arguments.source {
        Source::Workspace(manifest) => Metadata::of_workspace(manifest).await?,
        Source::File(file) => Metadata::of_file(file)?,
    };
    let engine = orm::create_engine(&database(&arguments, &metadata)?).await?;
    models::tables().create_all(&engine).await?;

    let log = engine.log_statements();
    let tallies = import::import(&engine, &metadata).await?;
    let written = written(&log.statements());
    drop(log);

    let page = Page::new();
    page.fact("workspace", &metadata.workspace_root.display().to_string());
    page.fact("database", &format!("{}; statements that wrote: {written}", engine.target().address));
    show_import(&page, &tallies);
    show_answers(&page, &engine, &arguments).await?;
    engine.close().await;
    Ok(())
}

/// The URL that was given; otherwise a file in the target folder of the workspace.
fn database(arguments: &Arguments, metadata: &Metadata) -> std::io::Result<String> {
    if let Some(url) = &arguments.database {
        return Ok(url.clone());
    }
    let folder = match &arguments.source {
        Source::Workspace(_) => metadata.target_directory.as_path(),
        Source::File(_) => Path::new("."), // the target folder may be on another machine
    };
    std::fs::create_dir_all(folder)?;
    let path = folder.join("crate_graph.db").display().to_string();
    Ok(format!("sqlite://{}", path.replace('%', "%25").replace('?', "%3F")))
}

/// How many statements of each kind changed rows.
fn written(statements: &[LoggedStatement]) -> String {
    let count = |verb: &str| statements.iter().filter(|statement| statement.sql.starts_with(verb)).count();
    let counts = ["INSERT", "UPDATE", "DELETE"].map(|verb| (count(verb), verb));
    let texts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, verb)| format!("{} {verb}", grouped(*count)))
        .collect();
    if texts.is_empty() { "none".to_owned() } else { texts.join(", ") }
}

fn show_import(page: &Page, tallies: &[Tally]) {
    page.title("Import");
    let mut rows = Vec::new();
    for Tally { table, new, changed, same, gone } in tallies {
        rows.push([(*table).into(), (*same).into(), (*new).into(), (*changed).into(), (*gone).into()]);
    }
    page.table(["table", "as before", "new", "changed", "gone"], &rows);
}

async fn show_answers(page: &Page, engine: &AnyEngine, arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    page.title("Crates that most others depend on");
    let popular = questions::most_depended_on(engine, arguments.top).await?;
    let mut rows: Vec<[Cell; 4]> = Vec::new();
    for it in &popular {
        rows.push([it.name.as_str().into(), it.direct.into(), it.all.into(), Cell::Bar(it.direct)]);
    }
    page.table(["crate", "direct", "in all", ""], &rows);

    page.title("Crates in several versions");
    let duplicates = questions::duplicates(engine).await?;
    let mut rows: Vec<[Cell; 3]> = Vec::new();
    for duplicate in &duplicates {
        for (position, (version, asking)) in duplicate.versions.iter().enumerate() {
            let name = if position == 0 { duplicate.name.as_str() } else { "" };
            rows.push([name.into(), version.as_str().into(), shortened(asking).as_str().into()]);
        }
    }
    page.table(["crate", "version", "asked for by"], &rows);

    page.title("Packages with the most features");
    let mut rows: Vec<[Cell; 5]> = Vec::new();
    for it in questions::largest_feature_sets(engine, arguments.top).await? {
        let names = [it.name.as_str().into(), it.version.as_str().into()];
        let [name, version] = names;
        rows.push([name, version, it.declared.into(), it.active.into(), Cell::Bar(it.declared)]);
    }
    page.table(["package", "version", "declared", "active", ""], &rows);

    // Without a name, the first crate that is there twice is worth the question.
    let first = duplicates.first().map(|it| &it.name).or(popular.first().map(|it| &it.name));
    match arguments.why.as_ref().or(first) {
        Some(name) => show_why(page, engine, name).await,
        None => Ok(()),
    }
}

async fn show_why(page: &Page, engine: &AnyEngine, name: &str) -> Result<(), Box<dyn Error>> {
    let ways = why::why(engine, name).await?;
    if ways.is_empty() {
        let similar = questions::similar_names(engine, name).await?.join(", ");
        let hint = if similar.is_empty() { String::new() } else { format!("; there are: {similar}") };
        return Err(format!("the graph holds no crate `{name}`{hint}").into());
    }
    page.title(&format!("Why is {name} here?"));
    for way in ways {
        let mut kind = None;
        for (depth, step) in way.iter().enumerate() {
            let branch =
                if depth == 0 { String::new() } else { format!("{}└─ ", "   ".repeat(depth - 1)) };
            let aside = match kind {
                Some(Kind::Build) => "  (to build)",
                Some(Kind::Dev) => "  (for tests)",
                Some(Kind::Normal) | None => "",
            };
            let (name, version) = (&step.package.crate_name, &step.package.version);
            page.line(&format!("{branch}{name} {version}{}", page.aside(aside)));
            kind = step.needs.map(|(kind, _)| kind);
        }
    }
    Ok(())
}

/// The first few of many names.
fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let more = names.len().saturating_sub(SHOWN);
    let shown = names[..names.len() - more].join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}
