//! One line that moves while something takes long: on stderr, and only where that is a terminal.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

const FRAMES: [char; 8] = ['⣾', '⣽', '⣻', '⢿', '⡿', '⣟', '⣯', '⣷'];

/// Waits for a future, and shows what for if that takes longer than a moment.
pub async fn during<T>(what: &str, work: impl Future<Output = T>) -> T {
    if !stderr().is_terminal() {
        return work.await;
    }
    let mut work = std::pin::pin!(work);
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    ticks.tick().await; // the first one comes at once
    let started = Instant::now();
    for frame in FRAMES.iter().cycle() {
        tokio::select! {
            outcome = &mut work => {
                draw("");
                return outcome;
            }
            _ = ticks.tick() => draw(&format!("{frame} {what} ({} s)", started.elapsed().as_secs())),
        }
    }
    unreachable!("a cycle of frames has no end")
}

/// Writes over the line. A terminal that went away is no reason to stop.
fn draw(text: &str) {
    let mut terminal = stderr();
    let _ = write!(terminal, "\r\x1b[K{text}").and_then(|()| terminal.flush());
}
