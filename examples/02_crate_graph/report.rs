//! How answers look in a terminal: titles, aligned tables, bars. Colours only where stdout is a terminal.

use std::env;
use std::io::{IsTerminal, Write, stdout};

/// The length of the longest bar, in characters.
const BAR: usize = 30;

/// A page of output.
pub struct Page {
    colours: bool,
}

/// One field of a table.
pub enum Cell {
    /// Stands at the left.
    Text(String),
    /// Stands at the right, its digits grouped.
    Number(usize),
    /// A bar as long as the number is, compared with the greatest of its column.
    Bar(usize),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }
}

impl From<usize> for Cell {
    fn from(number: usize) -> Cell {
        Cell::Number(number)
    }
}

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const CYAN: &str = "\x1b[36m";

impl Page {
    /// A page on stdout.
    pub fn new() -> Page {
        Page { colours: stdout().is_terminal() && env::var_os("NO_COLOR").is_none() }
    }

    fn paint(&self, style: &str, text: &str) -> String {
        if self.colours && !text.is_empty() { format!("{style}{text}\x1b[0m") } else { text.to_owned() }
    }

    /// What the lines below it are about.
    pub fn title(&self, text: &str) {
        print(&format!("\n{}", self.paint(BOLD, text)));
    }

    /// A word and what there is to say of it.
    pub fn fact(&self, word: &str, text: &str) {
        print(&format!("{} {text}", self.paint(DIM, &format!("{word:<11}"))));
    }

    /// A line of text.
    pub fn line(&self, text: &str) {
        print(&format!("  {text}"));
    }

    /// Something of less weight, for the end of a line.
    pub fn aside(&self, text: &str) -> String {
        self.paint(DIM, text)
    }

    /// Rows under their heads, every column as wide as its widest field.
    pub fn table<const WIDTH: usize>(&self, heads: [&str; WIDTH], rows: &[[Cell; WIDTH]]) {
        let greatest: [usize; WIDTH] = std::array::from_fn(|column| {
            rows.iter().map(|row| row[column].size()).max().unwrap_or_default().max(1)
        });
        let mut lines = vec![heads.map(str::to_owned)];
        for row in rows {
            lines.push(std::array::from_fn(|column| row[column].text(greatest[column])));
        }
        let widths: [usize; WIDTH] = std::array::from_fn(|column| {
            lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default()
        });
        for (position, line) in lines.iter().enumerate() {
            let mut text = String::new();
            for (column, field) in line.iter().enumerate() {
                let cell = position.checked_sub(1).map(|row| &rows[row][column]);
                let at_right = matches!(rows.first().map(|row| &row[column]), Some(Cell::Number(_)));
                // Nothing stands behind the last column, so it needs no blanks.
                let width = if column + 1 < WIDTH || at_right { widths[column] } else { 0 };
                let padded = if at_right { format!("{field:>width$}") } else { format!("{field:<width$}") };
                text.push_str("  ");
                text.push_str(&match cell {
                    None => self.paint(DIM, &padded),
                    Some(Cell::Bar(_)) => self.paint(CYAN, &padded),
                    Some(Cell::Text(_) | Cell::Number(_)) => padded,
                });
            }
            print(text.trim_end());
        }
    }
}

impl Cell {
    fn size(&self) -> usize {
        match self {
            Cell::Text(_) | Cell::Number(_) => 0,
            Cell::Bar(size) => *size,
        }
    }

    fn text(&self, greatest: usize) -> String {
        match self {
            Cell::Text(text) => text.clone(),
            Cell::Number(number) => grouped(*number),
            Cell::Bar(size) => bar(*size, greatest),
        }
    }
}

fn print(line: &str) {
    if writeln!(stdout(), "{line}").is_err() {
        // Whoever read has read enough, as `head` has.
        std::process::exit(0);
    }
}

/// A bar in eighths of a character.
fn bar(size: usize, greatest: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (size * BAR * 8).div_ceil(greatest);
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

/// `12345` as `12,345`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
