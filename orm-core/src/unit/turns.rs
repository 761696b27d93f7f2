//! Gives the other tasks of a thread a turn in the midst of long work. An embedded database answers at once, so a flush
//! would keep its thread from the first object to the last.
//!
//! Short work pays nothing: the clock is first looked at after some hundred rows. Used by all that a flush does row by row.

use std::time::{Duration, Instant};

/// Work goes on for so long before others have a turn.
const SLICE: Duration = Duration::from_millis(1);
/// The clock is looked at after so many rows: 30 to 300 microseconds of work.
const ROWS_BETWEEN_LOOKS: usize = 256;
/// So many bytes of values count as a row.
const BYTES_OF_A_ROW: usize = 256;

/// How long it is since others had a turn.
#[derive(Debug)]
pub(crate) struct Turns {
    rows: usize,
    /// When the slice began; none where the clock was not looked at yet.
    since: Option<Instant>,
    slice: Duration,
}

impl Turns {
    pub(crate) fn new() -> Turns {
        Turns { rows: 0, since: None, slice: SLICE }
    }

    /// For work that nobody awaits: others never have a turn.
    pub(crate) fn none() -> Turns {
        Turns { slice: Duration::MAX, ..Turns::new() }
    }

    /// Notes that so many rows were worked on: whether it is the turn of others.
    #[inline]
    pub(crate) fn is_over(&mut self, rows: usize) -> bool {
        self.rows += rows;
        self.rows >= ROWS_BETWEEN_LOOKS && self.look()
    }

    #[cold]
    fn look(&mut self) -> bool {
        self.rows = 0;
        self.since.get_or_insert_with(Instant::now).elapsed() >= self.slice
    }

    /// Lets others have their turn.
    pub(crate) async fn give(&mut self) {
        tokio::task::yield_now().await;
        self.since = Some(Instant::now());
    }

    /// Notes rows of values, of so many bytes in all, that were written, and lets others have their turn where it is due.
    #[inline]
    pub(crate) async fn after(&mut self, rows: usize, bytes: usize) {
        if self.is_over(rows + bytes / BYTES_OF_A_ROW) {
            self.give().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_rows_do_not_ask_for_the_time() {
        let mut turns = Turns::new();
        assert!(!turns.is_over(ROWS_BETWEEN_LOOKS - 1) && turns.since.is_none());
        assert!(!turns.is_over(1) && turns.since.is_some());
    }

    #[test]
    fn a_slice_that_is_over_is_noticed_at_the_next_look() {
        let mut turns = Turns::new();
        turns.since = Instant::now().checked_sub(SLICE);
        assert!(!turns.is_over(1) && turns.is_over(ROWS_BETWEEN_LOOKS));
        let mut alone = Turns::none();
        alone.since = Instant::now().checked_sub(SLICE);
        assert!(!alone.is_over(ROWS_BETWEEN_LOOKS));
    }
}
