//! The targets: what was promised of this library, and whether the run keeps it.

use crate::contestants::{Backend, PEERS};
use crate::figures::{self, Figures};

/// One promise and what came of it.
pub(crate) struct Target {
    pub(crate) what: String,
    pub(crate) wanted: String,
    pub(crate) figure: String,
    pub(crate) verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Met,
    NotMet,
    NotMeasured,
}

impl Verdict {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Verdict::Met => "met",
            Verdict::NotMet => "**not met**",
            Verdict::NotMeasured => "not measured",
        }
    }
}

/// The sizes between which the time of one object may not grow.
const SIZES: [&str; 4] = ["1000", "10000", "100000", "1000000"];

/// All targets, in the order in which they were set.
pub(crate) fn all(figures: &Figures) -> Vec<Target> {
    let mut list = List { figures, targets: Vec::new() };
    sqlite(&mut list);
    tasks(&mut list);
    server(&mut list);
    unit_of_work(&mut list);
    growth(&mut list);
    builds(&mut list);
    list.targets
}

fn sqlite(list: &mut List<'_>) {
    use Backend::{File, Memory};
    list.at_most(0.9, Memory, "load_10000", "orm", "rusqlite");
    list.at_most(1.05, Memory, "load_10000", "orm, tracked", "rusqlite");
    list.at_most(0.9, Memory, "join", "orm", "rusqlite");
    list.at_most(0.9, Memory, "eager", "orm", "rusqlite");
    list.at_most(1.0, Memory, "get", "orm", "rusqlite");
    list.at_most(1.1, Memory, "get", "orm, tracked", "rusqlite");
    list.at_most(1.0, File, "get", "orm", "rusqlite");
    list.at_most(1.1, File, "get", "orm, tracked", "rusqlite");
    list.ahead(1.0, Memory, "get", &["diesel"]);
    list.ahead(1.0, File, "get", &["diesel"]);
    list.at_most(1.0, Memory, "insert_1", "orm", "rusqlite");
    list.at_most(0.7, Memory, "insert_100", "orm", "rusqlite");
    list.at_most(0.65, Memory, "insert_10000", "orm", "rusqlite");
    list.at_most(1.3, Memory, "update", "orm", "rusqlite");
    list.ahead(5.0, Memory, "update", &["diesel"]);
}

fn tasks(list: &mut List<'_>) {
    list.ahead(1.0, Backend::File, "concurrent", &["diesel"]);
    let spread = figures::scatter(list.figures.times(Backend::File, "concurrent", "orm"));
    list.limit("SQLite, 32 tasks reading a file: slowest round over fastest", 1.5, spread, figures::ratio);
    for (runtime, beside, what) in [
        ("current-thread", "aggregate", "a 2 s aggregate"),
        ("current-thread", "insert", "a bulk insert of 100,000"),
        ("multi-thread", "aggregate", "a 2 s aggregate"),
        ("multi-thread", "insert", "a bulk insert of 100,000"),
    ] {
        let lateness = list.figures.other(&format!("ticker {runtime} {beside}"));
        let what = format!("a task that ticks every 1 ms beside {what}, {runtime} runtime: lateness");
        list.limit(what, 10.0, lateness, |ms| format!("{ms:.1} ms"));
    }
}

fn server(list: &mut List<'_>) {
    use Backend::Server;
    for workload in ["load_10000", "join", "eager"] {
        list.at_most(1.1, Server, workload, "orm", "mysql_async");
        list.ahead(1.0, Server, workload, PEERS);
    }
    list.at_most(1.1, Server, "get", "orm", "mysql_async");
    list.at_most(1.1, Server, "insert_1", "orm", "mysql_async");
    list.at_most(1.0, Server, "insert_10000", "orm", "mysql_async");
    list.ahead(20.0, Server, "update", &["mysql_async", "diesel", "sqlx", "sea-orm", "toasty", "sqlalchemy"]);
}

fn unit_of_work(list: &mut List<'_>) {
    for backend in [Backend::Memory, Backend::Server] {
        list.ahead(10.0, backend, "shop", &["sqlalchemy"]);
        list.ahead(5.0, backend, "shop", &["sea-orm"]);
        list.ahead(5.0, backend, "shop", &["toasty"]);
        list.ahead(5.0, backend, "bulkshop", &["sea-orm"]);
        list.ahead(5.0, backend, "bulkshop", &["toasty"]);
    }
}

fn growth(list: &mut List<'_>) {
    for (kind, limit) in [("load", 1.2), ("insert", 1.2), ("update", 1.2), ("plan", 2.0)] {
        let mut all = SIZES.iter().filter_map(|size| list.figures.other(&format!("growth {kind} {size}")));
        // Against the smallest size: a size that is cheaper than it is no growth.
        let growth = all.next().and_then(|first| Some(all.reduce(f64::max)? / first));
        let what = format!("time of one object, 1,000 to 1,000,000, {kind}: greatest over that of 1,000");
        list.limit(what, limit, growth, figures::ratio);
    }
}

fn builds(list: &mut List<'_>) {
    let seconds = |seconds: f64| format!("{seconds:.1} s");
    let leaf = list.figures.other("compile orm 40");
    list.limit("build of a crate with 40 models of 9 columns", 4.0, leaf, seconds);
    let toasty = list.figures.other("compile toasty 40");
    let ahead = leaf.and_then(|leaf| Some(toasty? / leaf));
    list.least("the same, times faster than toasty", 1.0, ahead);
    let clean = list.figures.other("compile clean orm");
    let sqlx = list.figures.other("compile clean sqlx");
    let ratio = clean.and_then(|clean| Some(clean / sqlx?));
    list.limit("clean build, over that of sqlx alone", 1.1, ratio, figures::ratio);
}

struct List<'f> {
    figures: &'f Figures,
    targets: Vec<Target>,
}

impl List<'_> {
    /// The time of `who` is at most so many times that of the measure.
    fn at_most(
        &mut self,
        limit: f64,
        backend: Backend,
        workload: &'static str,
        who: &'static str,
        measure: &'static str,
    ) {
        let ratio = self.figures.ratio(backend, workload, who, measure);
        let tracked = if who == "orm" { "" } else { " (tracked)" };
        let what = format!("{}{tracked}, over {measure}", place(backend, workload));
        self.limit(what, limit, ratio, figures::ratio);
    }

    /// Each of these takes at least so many times as long as this library. The figure is that of the one that comes
    /// closest.
    fn ahead(&mut self, times: f64, backend: Backend, workload: &'static str, peers: &[&'static str]) {
        let ratio = |peer: &&'static str| self.figures.ratio(backend, workload, peer, "orm");
        let closest = peers
            .iter()
            .filter_map(|peer| Some((ratio(peer)?, *peer)))
            .min_by(|(left, _), (right, _)| left.total_cmp(right));
        let whom = match (peers, closest) {
            ([peer], _) => (*peer).to_owned(),
            (_, Some((_, peer))) => format!("every peer (closest: {peer})"),
            (_, None) => "every peer".into(),
        };
        self.least(
            format!("{}, times faster than {whom}", place(backend, workload)),
            times,
            closest.map(|it| it.0),
        );
    }

    fn limit(
        &mut self,
        what: impl Into<String>,
        limit: f64,
        figure: Option<f64>,
        show: impl Fn(f64) -> String,
    ) {
        let verdict = verdict(figure.map(|figure| figure <= limit));
        let shown = figure.map_or("-".into(), &show);
        self.targets.push(Target {
            what: what.into(),
            wanted: format!("at most {}", show(limit)),
            figure: shown,
            verdict,
        });
    }

    fn least(&mut self, what: impl Into<String>, least: f64, figure: Option<f64>) {
        let verdict = verdict(figure.map(|figure| figure >= least));
        let wanted = format!("at least {}", figures::ratio(least));
        let figure = figure.map_or("-".into(), figures::ratio);
        self.targets.push(Target { what: what.into(), wanted, figure, verdict });
    }
}

fn verdict(met: Option<bool>) -> Verdict {
    match met {
        None => Verdict::NotMeasured,
        Some(true) => Verdict::Met,
        Some(false) => Verdict::NotMet,
    }
}

fn place(backend: Backend, workload: &str) -> String {
    let backend = match backend {
        Backend::Memory => "SQLite memory",
        Backend::File => "SQLite file",
        Backend::Server => "MariaDB",
    };
    format!("{backend}, {}", crate::contestants::title(workload))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_at_the_limit_is_met() {
        let mut figures = Figures::default();
        figures.add_time(Backend::Memory, "join", "orm", 90.0);
        figures.add_time(Backend::Memory, "join", "rusqlite", 100.0);
        let targets = all(&figures);
        let join = targets.iter().find(|target| target.what.contains("SQLite memory, join"));
        assert!(join.is_some_and(|target| target.verdict == Verdict::Met && target.figure == "0.90"));
    }

    #[test]
    fn what_was_not_measured_is_no_success() {
        assert!(all(&Figures::default()).iter().all(|target| target.verdict == Verdict::NotMeasured));
    }
}
