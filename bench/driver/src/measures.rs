//! Runs `bench-measures`: what has no counterpart in the peers. And writes what SQLAlchemy's peer needs of the shared
//! data, as it cannot link it.

use std::io::Write;
use std::process::Command;

use anyhow::{Context, ensure};
use bench_common::{Result, schema, shop};

use crate::Folder;
use crate::figures::Figures;
use crate::options::Options;

pub(crate) fn run(options: &Options, folder: &Folder, figures: &mut Figures) -> Result {
    let program = std::env::current_exe()?.with_file_name("bench-measures");
    for measure in ["allocations", "growth", "ticker"] {
        let mut command = Command::new(&program);
        command.arg(measure).args(options.quick.then_some("quick")).env("BENCH_FOLDER", folder.path());
        let output = command.output().with_context(|| format!("{} cannot be started", program.display()))?;
        ensure!(
            output.status.success(),
            "the measure {measure} failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        for line in String::from_utf8(output.stdout)?.lines() {
            let (name, figure) = line.split_once('\t').context("a figure is a name, a tab, a number")?;
            figures.add(name, figure.parse()?);
        }
        eprintln!("{measure}: done");
    }
    Ok(())
}

/// One statement in each line, after what it is for and a tab.
pub(crate) fn write_statements(folder: &Folder) -> Result {
    let mut file = std::fs::File::create(folder.path().join("statements.txt"))?;
    for statement in schema::SQLITE {
        writeln!(file, "make\t{statement}")?;
    }
    for statement in shop::RESET {
        writeln!(file, "reset\t{statement}")?;
    }
    writeln!(file, "digest\t{}", shop::DIGEST)?;
    writeln!(file, "expected\tSELECT {}", shop::expected())?;
    Ok(())
}
