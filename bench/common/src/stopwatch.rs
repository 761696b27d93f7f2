//! Adds up the time of what the library under test does, and of nothing else.

use std::time::{Duration, Instant};

/// A stopwatch that runs only inside [`time`](Stopwatch::time) and [`wait`](Stopwatch::wait).
#[derive(Debug, Default)]
pub struct Stopwatch {
    elapsed: Duration,
}

impl Stopwatch {
    /// Times a call. Its result is dropped by the caller, outside the time.
    pub fn time<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let start = Instant::now();
        let result = work();
        self.elapsed += start.elapsed();
        result
    }

    /// Times a future.
    pub async fn wait<R>(&mut self, work: impl Future<Output = R>) -> R {
        let start = Instant::now();
        let result = work.await;
        self.elapsed += start.elapsed();
        result
    }

    /// The time so far.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}
