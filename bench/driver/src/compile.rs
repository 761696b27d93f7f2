//! Build times. Crates are generated below `target/bench-compile`, with the versions of `bench/Cargo.lock`, and built in
//! debug mode: those of 40 and 200 models once their dependencies are there, the small ones with all dependencies.

mod source;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, ensure};
use bench_common::Result;

use crate::figures::Figures;
use crate::options::Options;
use source::Library;

/// Which crates of models are built.
const MODELS: [(Library, usize); 5] = [
    (Library::Orm, 40),
    (Library::Orm, 200),
    (Library::Diesel, 40),
    (Library::SeaOrm, 40),
    (Library::Toasty, 40),
];

pub(crate) fn run(options: &Options, figures: &mut Figures) -> Result {
    let folder = options.root.join("bench/target/compile");
    for (library, models) in MODELS {
        let name = format!("{}-{models}", library.name());
        let main = source::models(library, models);
        let program = Program::write(&folder, &name, library, &options.root, &main)?;
        // The dependencies, and the crate once.
        program.build(&folder.join("target"))?;
        let repetitions = if options.quick || models > 40 { 1 } else { 2 };
        for _ in 0..repetitions {
            program.touch()?;
            let seconds = program.build(&folder.join("target"))?;
            figures.add(format!("compile {} {models}", library.name()), seconds);
        }
        eprintln!("build of {name}: done");
    }
    if options.quick {
        return Ok(());
    }
    for library in [Library::Orm, Library::Sqlx] {
        let name = format!("{}-clean", library.name());
        let program = Program::write(&folder, &name, library, &options.root, &source::small(library))?;
        let target = folder.join("clean-target");
        remove(&target)?;
        figures.add(format!("compile clean {}", library.name()), program.build(&target)?);
        remove(&target)?;
        eprintln!("build of {name}: done");
    }
    Ok(())
}

fn remove(folder: &Path) -> Result {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    Ok(())
}

/// A generated crate.
struct Program {
    folder: PathBuf,
}

impl Program {
    fn write(parent: &Path, name: &str, library: Library, root: &Path, main: &str) -> Result<Program> {
        let folder = parent.join(name);
        std::fs::create_dir_all(folder.join("src"))?;
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{}",
            library.dependencies(root)
        );
        std::fs::write(folder.join("Cargo.toml"), manifest)?;
        std::fs::write(folder.join("src/main.rs"), main)?;
        std::fs::copy(root.join(library.lock_file()), folder.join("Cargo.lock"))?;
        Ok(Program { folder })
    }

    /// Makes Cargo build the crate again.
    fn touch(&self) -> Result {
        let file = std::fs::File::options().append(true).open(self.folder.join("src/main.rs"))?;
        Ok(file.set_modified(std::time::SystemTime::now())?)
    }

    /// Builds it, and gives the seconds that it took.
    fn build(&self, target: &Path) -> Result<f64> {
        let start = Instant::now();
        let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["build", "--quiet"])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", target)
            // What a first build of the crate costs, not what a change of a line costs.
            .env("CARGO_INCREMENTAL", "0")
            .stdin(Stdio::null())
            .output()
            .context("cargo cannot be started")?;
        let seconds = start.elapsed().as_secs_f64();
        ensure!(
            output.status.success(),
            "{} does not build:\n{}",
            self.folder.display(),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(seconds)
    }
}
