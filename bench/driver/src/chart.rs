//! The chart: one row of bars for each workload, logarithmic, the measure's time is the line at 1.

use std::fmt::Write;

use crate::contestants::{Backend, CONTESTANTS, title};
use crate::figures::{Figures, ratio};

const WIDTH: f64 = 900.0;
/// Where the bars begin: workloads are named left of it.
const LEFT: f64 = 200.0;
const BAR: f64 = 7.0;
const GAP: f64 = 10.0;
/// The axis: from 0.25 to 100 times the measure.
const LEAST: f64 = 0.25;
const MOST: f64 = 100.0;

const COLORS: [(&str, &str); 7] = [
    ("orm", "#c2410c"),
    ("orm, tracked", "#fb923c"),
    ("diesel", "#2563eb"),
    ("sqlx", "#0d9488"),
    ("sea-orm", "#7c3aed"),
    ("toasty", "#a16207"),
    ("sqlalchemy", "#6b7280"),
];

/// An SVG of all tables.
pub(crate) fn draw(figures: &Figures) -> String {
    let mut body = String::new();
    // Writing to a string does not fail.
    let height = bars(&mut body, figures).unwrap_or(0.0);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{body}</svg>\n"
    )
}

fn bars(body: &mut String, figures: &Figures) -> Result<f64, std::fmt::Error> {
    let mut x = LEFT;
    for (name, color) in COLORS {
        writeln!(body, "<rect x=\"{x:.0}\" y=\"12\" width=\"10\" height=\"10\" fill=\"{color}\"/>")?;
        writeln!(body, "<text x=\"{:.0}\" y=\"21\">{name}</text>", x + 14.0)?;
        x += 95.0;
    }
    let mut y = 40.0;
    let measured = |backend: &Backend| {
        let base = backend.measure();
        backend.workloads().iter().any(|workload| figures.time(*backend, workload, base).is_some())
    };
    for backend in Backend::ALL.into_iter().filter(measured) {
        y = backend_bars(body, figures, backend, y)?;
    }
    Ok(y)
}

/// The bars of one backend from `y` on; gives where they end.
fn backend_bars(
    body: &mut String,
    figures: &Figures,
    backend: Backend,
    mut y: f64,
) -> Result<f64, std::fmt::Error> {
    let measure = backend.measure();
    let top = y + 20.0;
    let title_of_backend = format!("{}: time over that of {measure} (shorter is faster)", backend.title());
    writeln!(body, "<text x=\"10\" y=\"{:.0}\" font-weight=\"bold\">{title_of_backend}</text>", y + 10.0)?;
    y = top + 16.0;
    let mut rows = String::new();
    for workload in backend.workloads() {
        if figures.time(backend, workload, measure).is_none() {
            continue;
        }
        let first = y;
        for contestant in CONTESTANTS {
            let Some((_, color)) = COLORS.iter().find(|(name, _)| *name == contestant.name) else { continue };
            let Some(value) = figures.ratio(backend, workload, contestant.name, measure) else { continue };
            let (from, to) = (position(1.0), position(value));
            let (x, width) = (from.min(to), (to - from).abs().max(1.0));
            writeln!(
                rows,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BAR}\" fill=\"{color}\"/>"
            )?;
            let shown = ratio(value);
            writeln!(
                rows,
                "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"8\">{shown}</text>",
                from.max(to) + 3.0,
                y + BAR
            )?;
            y += BAR + 1.0;
        }
        let middle = (first + y) / 2.0 + 4.0;
        writeln!(
            rows,
            "<text x=\"{:.0}\" y=\"{middle:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 8.0,
            title(workload)
        )?;
        y += GAP;
    }
    for tick in [0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0] {
        let (x, color) = (position(tick), if tick == 1.0 { "#111827" } else { "#e5e7eb" });
        writeln!(
            body,
            "<line x1=\"{x:.1}\" y1=\"{top:.1}\" x2=\"{x:.1}\" y2=\"{y:.1}\" stroke=\"{color}\"/>"
        )?;
        writeln!(
            body,
            "<text x=\"{x:.1}\" y=\"{top:.1}\" text-anchor=\"middle\" font-size=\"9\">{tick}</text>"
        )?;
    }
    body.push_str(&rows);
    Ok(y + 10.0)
}

/// Where a ratio stands on the axis. What is beyond the axis stands at its end.
fn position(ratio: f64) -> f64 {
    let share = (ratio.clamp(LEAST, MOST) / LEAST).ln() / (MOST / LEAST).ln();
    LEFT + share * (WIDTH - LEFT - 50.0)
}
