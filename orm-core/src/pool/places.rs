//! The places of a pool: who has one, which connections idle, who waits. One short lock for each change; nothing is dropped
//! and nobody is woken inside of it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{Notify, oneshot};

use super::Permit;

/// A connection that nobody has.
#[derive(Debug)]
pub(super) struct Idle<C> {
    pub(super) connection: C,
    pub(super) born: Instant,
    /// None where no option asks how long it idled: reading the clock is a good part of a short statement.
    pub(super) since: Option<Instant>,
}

#[derive(Debug)]
pub(super) struct Places<C> {
    size: usize,
    state: Mutex<State<C>>,
    /// Tells those who close that a place came back.
    came_back: Notify,
}

#[derive(Debug)]
struct State<C> {
    /// The one that came back last is at the end, and the next to be lent: it is the warmest.
    idle: Vec<Idle<C>>,
    /// How many more may be lent.
    free: usize,
    /// Those who wait for a place, in their order. Nobody does while one is free.
    waiting: VecDeque<oneshot::Sender<Permit<C>>>,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    /// Nobody is let in; what comes back is kept for the one who closes.
    Closing,
    Closed,
}

/// Nobody is let in any more.
#[derive(Debug)]
pub(super) struct Closed;

/// When a caller gets its place.
pub(super) enum Turn<C> {
    /// At once, with a connection where one idles.
    Now(Option<Idle<C>>),
    Later(oneshot::Receiver<Permit<C>>),
}

impl<C> Places<C> {
    pub(super) fn new(size: usize) -> Self {
        let state = State { idle: Vec::new(), free: size, waiting: VecDeque::new(), phase: Phase::Open };
        Places { size, state: Mutex::new(state), came_back: Notify::new() }
    }

    #[inline]
    fn state(&self) -> MutexGuard<'_, State<C>> {
        // Every critical section leaves the state whole, so a panic elsewhere cannot have torn it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place that is free; with a connection, or without. None where no place is free.
    #[inline]
    pub(super) fn take(&self) -> Result<Option<Option<Idle<C>>>, Closed> {
        let mut state = self.state();
        if state.phase != Phase::Open {
            return Err(Closed);
        }
        if state.free == 0 {
            return Ok(None);
        }
        state.free -= 1;
        Ok(Some(state.idle.pop()))
    }

    /// Takes a place that is free, or joins those who wait.
    pub(super) fn take_or_wait(&self) -> Result<Turn<C>, Closed> {
        let mut gone = Vec::new();
        let mut state = self.state();
        if state.phase != Phase::Open {
            return Err(Closed);
        }
        if state.free > 0 {
            state.free -= 1;
            return Ok(Turn::Now(state.idle.pop()));
        }
        // Those who gave up leave when others come: a pool that nothing comes back to does not gather them.
        while state.waiting.front().is_some_and(oneshot::Sender::is_closed) {
            gone.extend(state.waiting.pop_front());
        }
        let (sender, receiver) = oneshot::channel();
        state.waiting.push_back(sender);
        drop(state);
        Ok(Turn::Later(receiver))
    }

    /// The next connection for somebody who has a place.
    pub(super) fn pop_idle(&self) -> Option<Idle<C>> {
        self.state().idle.pop()
    }

    /// Takes a place back, and its connection. Where somebody waits, the place is still taken, and is to be handed to them.
    #[inline]
    pub(super) fn free(&self, connection: Option<Idle<C>>) -> Option<oneshot::Sender<Permit<C>>> {
        let mut state = self.state();
        let mut refused = None;
        match connection {
            Some(connection) if state.phase != Phase::Closed => state.idle.push(connection),
            connection => refused = connection,
        }
        let first = state.waiting.pop_front();
        if first.is_none() {
            state.free += 1;
        }
        let phase = state.phase;
        drop(state);
        drop(refused);
        if phase != Phase::Open {
            self.came_back.notify_waiters();
        }
        first
    }

    /// How many places are taken, and how many connections idle.
    pub(super) fn count(&self) -> (usize, usize) {
        let state = self.state();
        (self.size - state.free, state.idle.len())
    }

    /// Lets nobody in, and waits until every place came back. Gives the connections; none to who comes second.
    pub(super) async fn close(&self) -> Vec<Idle<C>> {
        loop {
            let mut came_back = std::pin::pin!(self.came_back.notified());
            came_back.as_mut().enable();
            {
                let mut state = self.state();
                if state.phase == Phase::Open {
                    state.phase = Phase::Closing;
                }
                if state.free == self.size {
                    state.phase = Phase::Closed;
                    return std::mem::take(&mut state.idle);
                }
            }
            came_back.await;
        }
    }
}
