//! The document: method, targets, tables.

use std::fmt::Write;

use crate::contestants::{Backend, CONTESTANTS, FLOORS, title};
use crate::figures::{self, Figures, duration, ratio};
use crate::options::Options;
use crate::targets::{self, Verdict};
use crate::versions;

pub(crate) fn write(options: &Options, figures: &Figures) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = parts(&mut text, options, figures);
    text
}

fn parts(text: &mut String, options: &Options, figures: &Figures) -> std::fmt::Result {
    text.push_str(INTRODUCTION);
    method(text, options)?;
    targets(text, figures)?;
    text.push_str(
        "\n## Times\n\nThe median time of the measure, then each contestant's median over it: below 1 is faster. A dash: it \
         has no part in it. `orm` reads without tracking; writes go through a session in either case.\n\n\
         ![The same as a chart](performance.svg)\n",
    );
    for backend in Backend::ALL {
        table(text, backend, figures)?;
    }
    failures(text, figures)?;
    losses(text, figures)?;
    floors(text, figures)?;
    growth(text, figures)?;
    tickers(text, figures)?;
    allocations(text, figures)?;
    builds(text, figures)
}

/// What `bench_common::shop` does.
const SHOP: &str =
    "1,000 new, 700 changed and 300 deleted objects of five related tables, in one transaction";

/// A smaller difference is none.
const BEHIND: f64 = 1.05;

const INTRODUCTION: &str = "\
# Performance

Written by `cargo xtask bench`, whose last kept run this is; what a run leaves out is marked so. The benchmark is in `bench/`.
";

fn method(text: &mut String, options: &Options) -> std::fmt::Result {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    write!(
        text,
        "\n## Method\n\n\
         - One machine with {cores} cores; release builds with Cargo's defaults; client and server share the machine.\n\
         - {} rounds. In each, every workload is run by all contestants in random order, each for {} ms after a warm-up; \
         what takes longer than 0.8 s takes part in three rounds. Figures are medians of the rounds: read them as ratios.\n\
         - The time is that of the calls into the library. Results are checked outside of it, and a contestant that reads or \
         writes wrong rows is out.\n\
         - Every contestant is used as its documentation recommends, in the fastest form that is still idiomatic: \
         statements are cached, pools do not ping, SQLite files have WAL and `synchronous = NORMAL`.\n\
         - Inserts learn the keys of their rows, but for diesel, which cannot for many rows at once.\n\
         - `insert 1` is a transaction of one row. This library commits one row by one statement without BEGIN and COMMIT; the others \
         are asked for a transaction there, and in the line below for the statement alone.\n\
         - Updates and the unit of work start from objects that are loaded; peers without a session update by key.\n\
         - The unit of work is {SHOP}. Peers that have none write object after object, as they save one; or in bulk, \
         where the program orders the writes and copies the keys by hand, one INSERT and one DELETE for each table. \
         rusqlite always does so, with one prepared statement for each kind of write.\n\
         - SQLAlchemy talks to MariaDB by mysqlclient where it is installed, by PyMySQL otherwise.\n\
         - Versions: {}.\n",
        options.rounds,
        options.time.as_millis(),
        versions::all(options),
    )
}

fn targets(text: &mut String, figures: &Figures) -> std::fmt::Result {
    let targets = targets::all(figures);
    let met = targets.iter().filter(|target| target.verdict == Verdict::Met).count();
    write!(
        text,
        "\n## Targets\n\n{met} of {} are met. [What stands in the way of the others](performance_floors.md).\n\n",
        targets.len()
    )?;
    text.push_str("| what | target | figure | |\n|---|---|---|---|\n");
    for target in targets {
        writeln!(
            text,
            "| {} | {} | {} | {} |",
            target.what,
            target.wanted,
            target.figure,
            target.verdict.word()
        )?;
    }
    Ok(())
}

fn table(text: &mut String, backend: Backend, figures: &Figures) -> std::fmt::Result {
    let measure = backend.measure();
    let workloads: Vec<&'static str> = backend
        .workloads()
        .iter()
        .copied()
        .filter(|workload| CONTESTANTS.iter().any(|who| figures.time(backend, workload, who.name).is_some()))
        .collect();
    let takes_part = |name: &str| {
        let name = CONTESTANTS.iter().find(|who| who.name == name).map(|who| who.name);
        name.is_some_and(|name| {
            workloads.iter().any(|workload| figures.time(backend, workload, name).is_some())
        })
    };
    let columns: Vec<&'static str> =
        CONTESTANTS.iter().map(|who| who.name).filter(|name| *name != measure && takes_part(name)).collect();
    if workloads.is_empty() {
        return Ok(());
    }
    write!(text, "\n### {}\n\n| workload | {measure} |", backend.title())?;
    for name in &columns {
        let shown = if *name == "diesel" && backend == Backend::Server { "diesel-async" } else { name };
        write!(text, " {shown} |")?;
    }
    writeln!(text, "\n|---|---|{}", "---|".repeat(columns.len()))?;
    for workload in &workloads {
        let base = figures.time(backend, workload, measure);
        write!(text, "| {} | {} |", title(workload), base.map_or("-".into(), duration))?;
        for name in &columns {
            let cell = match (figures.time(backend, workload, name), base) {
                (Some(time), Some(base)) => ratio(time / base),
                (Some(time), None) => duration(time),
                (None, _) if figures.failed(backend, workload, name) => {
                    failure(figures, backend, workload, name)
                }
                (None, _) => "-".into(),
            };
            write!(text, " {cell} |")?;
        }
        text.push('\n');
    }
    let scatter = |workload: &&'static str| figures::scatter(figures.times(backend, workload, measure));
    let scatters: Vec<f64> = workloads.iter().filter_map(scatter).collect();
    match figures::median(&scatters) {
        Some(scatter) => writeln!(
            text,
            "\nHow far the rounds scatter: {measure}'s slowest took {} times its fastest (median of the workloads).",
            ratio(scatter)
        ),
        None => Ok(()),
    }
}

/// Where another contestant is faster by more than what the rounds scatter.
fn losses(text: &mut String, figures: &Figures) -> std::fmt::Result {
    let mut rows = Vec::new();
    for backend in Backend::ALL {
        for workload in backend.workloads() {
            let faster: Vec<String> = CONTESTANTS
                .iter()
                .filter(|who| !who.name.starts_with("orm"))
                .filter_map(|who| Some((who.name, figures.ratio(backend, workload, "orm", who.name)?)))
                .filter(|(_, behind)| *behind > BEHIND)
                .map(|(name, behind)| format!("{name} ({})", ratio(behind)))
                .collect();
            if !faster.is_empty() {
                rows.push(format!("- {}, {}: {}", backend.title(), title(workload), faster.join(", ")));
            }
        }
    }
    let introduction = "\
Where another is faster than `orm` by more than 5 %: whom it is behind, and the time of `orm` over theirs.
";
    section(text, "Where it loses", introduction, rows)
}

/// What sqlx takes by itself for the statements that are sent through it.
fn floors(text: &mut String, figures: &Figures) -> std::fmt::Result {
    let backend = Backend::Server;
    let columns = ["orm", "orm, tracked"];
    let mut rows = Vec::new();
    for workload in backend.workloads() {
        if !FLOORS.iter().any(|floor| figures.time(backend, workload, floor.name).is_some()) {
            continue;
        }
        let base = figures.time(backend, workload, backend.measure());
        let mut row = format!("| {} | {} |", title(workload), base.map_or("-".into(), duration));
        for name in FLOORS.iter().map(|floor| floor.name).chain(columns) {
            let over = figures.ratio(backend, workload, name, backend.measure());
            write!(row, " {} |", over.map_or("-".into(), ratio))?;
        }
        rows.push(row);
    }
    let mut introduction = format!(
        "\
MariaDB is reached through sqlx, whose connection gives rows one after the other. Beside `orm`, what that takes a program that does
nothing else: the time of {}, then each over it. The first column of sqlx drops the rows as they come.

| workload | {} |",
        backend.measure(),
        backend.measure()
    );
    for name in FLOORS.iter().map(|floor| floor.name).chain(columns) {
        write!(introduction, " {name} |")?;
    }
    write!(introduction, "\n|---|---|{}", "---|".repeat(FLOORS.len() + columns.len()))?;
    section(text, "Floors", &introduction, rows)
}

fn failure(figures: &Figures, backend: Backend, workload: &'static str, name: &'static str) -> String {
    let cell = (backend, workload, name);
    let failed = figures.failures().any(|(place, reason)| *place == cell && !reason.is_empty());
    if failed { "fails".into() } else { "-".into() }
}

fn failures(text: &mut String, figures: &Figures) -> std::fmt::Result {
    let failures: Vec<_> = figures.failures().filter(|(_, reason)| !reason.is_empty()).collect();
    if failures.is_empty() {
        return Ok(());
    }
    text.push_str("\nWhat fails:\n\n");
    for ((backend, workload, who), reason) in failures {
        let reason: String = reason.chars().take(160).collect();
        writeln!(text, "- {who}, {}, {}: {reason}", backend.title(), title(workload))?;
    }
    Ok(())
}

/// A section, unless there is nothing in it.
fn section(text: &mut String, title: &str, introduction: &str, rows: Vec<String>) -> std::fmt::Result {
    if rows.is_empty() {
        return Ok(());
    }
    write!(text, "\n## {title}\n\n{introduction}\n{}\n", rows.join("\n"))
}

fn growth(text: &mut String, figures: &Figures) -> std::fmt::Result {
    let mut rows = Vec::new();
    for kind in ["load", "insert", "change", "update", "plan"] {
        for (measure, whose) in [("growth", ""), ("floor", ", rusqlite")] {
            let times: Vec<Option<f64>> = ["1000", "10000", "100000", "1000000"]
                .iter()
                .map(|size| figures.other(&format!("{measure} {kind} {size}")))
                .collect();
            if times.iter().all(Option::is_none) {
                continue;
            }
            let first = times.first().copied().flatten();
            let last = times.iter().copied().flatten().reduce(f64::max);
            let growth = first.zip(last).map_or("-".into(), |(first, last)| ratio(last / first));
            let shown: Vec<String> = times.iter().map(|time| time.map_or("-".into(), duration)).collect();
            rows.push(format!("| {kind}{whose} | {} | {growth} |", shown.join(" | ")));
        }
    }
    let introduction = "\
The time of one object when so many are loaded, inserted, changed in memory, updated by a commit, or planned (new objects of
five related tables). SQLite in memory, tracked. Beside it the same rows by rusqlite, which reads them into a vector of structs
and writes one after the other: what grows there is not this library's. The last column is the greatest over that of 1,000.

| | 1,000 | 10,000 | 100,000 | 1,000,000 | growth |
|---|---|---|---|---|---|";
    section(text, "Growth", introduction, rows)
}

fn tickers(text: &mut String, figures: &Figures) -> std::fmt::Result {
    let mut rows = Vec::new();
    for (runtime, _) in figures.others("ticker ").map(|(name, _)| name.split_once(' ').unwrap_or((name, "")))
    {
        let lateness = |beside| figures.other(&format!("ticker {runtime} {beside}"));
        let cells: Vec<String> = ["nothing", "aggregate", "insert"]
            .iter()
            .map(|beside| lateness(beside).map_or("-".into(), |ms| format!("{ms:.1} ms")))
            .collect();
        let row = format!("| {runtime} | {} |", cells.join(" | "));
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    let introduction = "\
The greatest lateness of a task that wants to run every millisecond, on the same thread as a task that uses a SQLite file.

| runtime | beside nothing | beside a 2 s aggregate | beside a commit of 100,000 new objects |
|---|---|---|---|";
    section(text, "Other tasks meanwhile", introduction, rows)
}

fn allocations(text: &mut String, figures: &Figures) -> std::fmt::Result {
    let rows = figures.others("allocations ").map(|(name, count)| format!("| {name} | {count:.2} |"));
    let mut introduction = "\
Allocations for each object, of 10,000 of three columns (one of them text, and another in every second row).
"
    .to_owned();
    if let Some(bytes) = figures.other("bytes tracked") {
        write!(introduction, "A tracked object of this kind takes {bytes:.0} bytes, its text included.\n")?;
    }
    introduction.push_str("\n| | allocations |\n|---|---|");
    section(text, "Memory", &introduction, rows.collect())
}

fn builds(text: &mut String, figures: &Figures) -> std::fmt::Result {
    let rows = figures.others("compile ").map(|(name, seconds)| match name.split_once(' ') {
        Some(("clean", who)) => format!("| clean build with SQLite, {who} | {seconds:.1} s |"),
        Some((who, count)) => format!("| {count} models, {who} | {seconds:.1} s |"),
        None => format!("| {name} | {seconds:.1} s |"),
    });
    let introduction = "\
Debug builds. Of crates with so many models of 9 columns, each inserted, read, changed and deleted once: the crate alone,
its dependencies are built. Clean builds: a small program with all its dependencies.

| | time |
|---|---|";
    section(text, "Build times", introduction, rows.collect())
}
