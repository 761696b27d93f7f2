//! Runs the peers in turn and writes what came of it. Started by `cargo xtask bench`, which builds everything first and
//! starts MariaDB.
//!
//! The programs of the peers are beside this one. The environment gives `BENCH_SERVER`, a URL with an empty database.
//! What is written is printed; a run of everything goes to `docs/performance.md` as well.

mod chart;
mod compile;
mod contestants;
mod document;
mod figures;
mod measures;
mod options;
mod process;
mod rounds;
mod targets;
mod versions;

use bench_common::Result;

use figures::Figures;
use options::{Options, Part};

fn main() -> Result {
    let options = Options::parse(std::env::args().skip(1))?;
    let folder = Folder::make()?;
    let mut figures = Figures::default();
    if options.has(Part::Compile) {
        // First: the timed builds want a machine on which nothing else runs.
        compile::run(&options, &mut figures)?;
    }
    if options.has(Part::Measures) {
        measures::run(&options, &folder, &mut figures)?;
    }
    rounds::run(&options, &folder, &mut figures)?;
    let document = document::write(&options, &figures);
    println!("{document}");
    if options.writes() {
        let docs = options.root.join("docs");
        std::fs::write(docs.join("performance.md"), document)?;
        std::fs::write(docs.join("performance.svg"), chart::draw(&figures))?;
        println!("written to docs/performance.md and docs/performance.svg");
    }
    Ok(())
}

/// The folder for database files, which ends with the run.
pub(crate) struct Folder(std::path::PathBuf);

impl Folder {
    fn make() -> Result<Folder> {
        let path = std::env::temp_dir().join(format!("orm-bench-{}", std::process::id()));
        std::fs::create_dir(&path)?;
        Ok(Folder(path))
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("{} is left behind: {error}", self.0.display());
        }
    }
}
