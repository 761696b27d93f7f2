//! What was measured.

use std::collections::BTreeMap;

use crate::contestants::Backend;

/// All figures of a run.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// Nanoseconds for an operation, one for each round.
    times: BTreeMap<(Backend, &'static str, &'static str), Vec<f64>>,
    /// Why a contestant has no time for a workload.
    failures: BTreeMap<(Backend, &'static str, &'static str), String>,
    /// Whatever else was measured, by name.
    others: BTreeMap<String, Vec<f64>>,
}

impl Figures {
    pub(crate) fn add_time(
        &mut self,
        backend: Backend,
        workload: &'static str,
        who: &'static str,
        time: f64,
    ) {
        self.times.entry((backend, workload, who)).or_default().push(time);
    }

    pub(crate) fn add_failure(
        &mut self,
        backend: Backend,
        workload: &'static str,
        who: &'static str,
        reason: String,
    ) {
        self.failures.insert((backend, workload, who), reason);
    }

    pub(crate) fn add(&mut self, name: impl Into<String>, figure: f64) {
        self.others.entry(name.into()).or_default().push(figure);
    }

    pub(crate) fn times(&self, backend: Backend, workload: &'static str, who: &'static str) -> &[f64] {
        self.times.get(&(backend, workload, who)).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn failed(&self, backend: Backend, workload: &'static str, who: &'static str) -> bool {
        self.failures.contains_key(&(backend, workload, who))
    }

    pub(crate) fn failures(&self) -> impl Iterator<Item = (&(Backend, &'static str, &'static str), &String)> {
        self.failures.iter()
    }

    /// The median time of a contestant, in nanoseconds.
    pub(crate) fn time(&self, backend: Backend, workload: &'static str, who: &'static str) -> Option<f64> {
        median(self.times(backend, workload, who))
    }

    /// The median time of one contestant over that of another.
    pub(crate) fn ratio(
        &self,
        backend: Backend,
        workload: &'static str,
        who: &'static str,
        to: &'static str,
    ) -> Option<f64> {
        Some(self.time(backend, workload, who)? / self.time(backend, workload, to)?)
    }

    /// The median of another figure.
    pub(crate) fn other(&self, name: &str) -> Option<f64> {
        median(self.others.get(name)?)
    }

    /// Figures whose names start like this, in the order of their names, with the rest of the name.
    pub(crate) fn others<'f>(&'f self, prefix: &'f str) -> impl Iterator<Item = (&'f str, f64)> {
        self.others
            .iter()
            .filter_map(move |(name, figures)| Some((name.strip_prefix(prefix)?, median(figures)?)))
    }
}

pub(crate) fn median(figures: &[f64]) -> Option<f64> {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(sorted[middle]),
        _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
    }
}

/// The greatest over the least.
pub(crate) fn scatter(figures: &[f64]) -> Option<f64> {
    let least = figures.iter().copied().reduce(f64::min)?;
    Some(figures.iter().copied().reduce(f64::max)? / least)
}

/// Nanoseconds, as a person reads them.
pub(crate) fn duration(nanoseconds: f64) -> String {
    match nanoseconds {
        ns if ns >= 1e9 => format!("{:.2} s", ns / 1e9),
        ns if ns >= 1e6 => format!("{:.2} ms", ns / 1e6),
        ns if ns >= 1e4 => format!("{:.1} us", ns / 1e3),
        ns if ns >= 1e3 => format!("{:.2} us", ns / 1e3),
        ns => format!("{ns:.0} ns"),
    }
}

/// A ratio, as a person reads it.
pub(crate) fn ratio(ratio: f64) -> String {
    match ratio {
        ratio if ratio >= 100.0 => format!("{ratio:.0}"),
        ratio if ratio >= 10.0 => format!("{ratio:.1}"),
        ratio => format!("{ratio:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }

    #[test]
    fn figures_have_three_digits_or_so() {
        assert_eq!(duration(483.2), "483 ns");
        assert_eq!(duration(1_912.0), "1.91 us");
        assert_eq!(duration(2_370_000.0), "2.37 ms");
        assert_eq!((ratio(0.951), ratio(12.34), ratio(383.4)), ("0.95".into(), "12.3".into(), "383".into()));
    }
}
