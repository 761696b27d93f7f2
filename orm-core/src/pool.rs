//! A pool of connections that is safe to cancel: a permit and its connection live in one value, so dropping a future at any
//! point gives back both or neither. Backends decide what is given back; nothing here speaks to a database.

mod places;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::PoolStatus;
use crate::error::{Error, ErrorKind, Result};

use places::{Idle, Places};

/// The limits of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolOptions {
    /// The greatest number of connections. At least 1.
    pub size: usize,
    /// How long a caller waits for a connection.
    pub acquire_timeout: Duration,
    /// A connection older than this is closed when it comes back (SQLAlchemy's `pool_recycle`).
    pub max_lifetime: Option<Duration>,
    /// A connection that idled longer than this is closed in place of being lent.
    pub idle_timeout: Option<Duration>,
    /// A connection that idled at least this long is tested before it is lent; zero tests always, `None` never.
    pub pre_ping_after: Option<Duration>,
}

impl Default for PoolOptions {
    /// 10 connections, 30 s to wait, a life of 30 minutes, 10 minutes idle, a test after 30 s of idling.
    fn default() -> Self {
        PoolOptions {
            size: 10,
            acquire_timeout: Duration::from_secs(30),
            max_lifetime: Some(Duration::from_secs(30 * 60)),
            idle_timeout: Some(Duration::from_secs(10 * 60)),
            pre_ping_after: Some(Duration::from_secs(30)),
        }
    }
}

/// Connections of type `C`, kept for the next caller. Callers that wait are served in the order in which they came.
#[derive(Debug)]
pub struct Pool<C> {
    shared: Arc<Shared<C>>,
}

#[derive(Debug)]
struct Shared<C> {
    options: PoolOptions,
    places: Places<C>,
}

/// The right to a place in the pool, given back when it is dropped.
#[derive(Debug)]
struct Permit<C> {
    /// None once it was given back with its connection.
    pool: Option<Pool<C>>,
}

impl<C> Drop for Permit<C> {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.take() {
            pool.free(None);
        }
    }
}

/// A place in the pool together with its connection. Dropping it frees the place and drops the connection;
/// [`Lease::give_back`] keeps the connection for the next caller.
#[derive(Debug)]
pub struct Lease<C> {
    connection: C,
    born: Instant,
    // After the connection in drop order: the place is free only when the connection is gone.
    permit: Permit<C>,
}

/// A place in the pool.
#[derive(Debug)]
pub enum Place<C> {
    /// With a connection that was given back, and whether it is due to be tested.
    Idle(Lease<C>, Test),
    /// Without a connection: connect, and fill it.
    Vacant(Vacant<C>),
}

/// A place without a connection.
#[derive(Debug)]
pub struct Vacant<C> {
    permit: Permit<C>,
}

/// Whether an idle connection is tested before use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// It idled long enough to be tested.
    Due,
    /// It was used a moment ago.
    Skip,
}

impl<C> Clone for Pool<C> {
    fn clone(&self) -> Self {
        Pool { shared: Arc::clone(&self.shared) }
    }
}

impl<C> Pool<C> {
    /// An empty pool.
    pub fn new(options: PoolOptions) -> Result<Self> {
        if options.size == 0 {
            return Err(Error::config("the pool size must be at least 1"));
        }
        Ok(Pool { shared: Arc::new(Shared { places: Places::new(options.size), options }) })
    }

    /// The limits.
    pub fn options(&self) -> &PoolOptions {
        &self.shared.options
    }

    fn permit(&self) -> Permit<C> {
        Permit { pool: Some(self.clone()) }
    }

    /// A place at once, if one is free.
    #[inline]
    pub fn try_place(&self) -> Result<Option<Place<C>>> {
        match self.shared.places.take() {
            Ok(Some(idle)) => Ok(Some(self.with(self.permit(), idle))),
            Ok(None) => Ok(None),
            Err(places::Closed) => Err(closed()),
        }
    }

    /// A place, waited for as long as the options say. `hint` is added to the error of a wait that was too long.
    pub async fn place(&self, hint: &str) -> Result<Place<C>> {
        let limit = self.shared.options.acquire_timeout;
        let waiting = match self.shared.places.take_or_wait() {
            Ok(places::Turn::Now(idle)) => return Ok(self.with(self.permit(), idle)),
            Ok(places::Turn::Later(waiting)) => waiting,
            Err(places::Closed) => return Err(closed()),
        };
        match tokio::time::timeout(limit, waiting).await {
            Ok(Ok(permit)) => Ok(self.with(permit, self.shared.places.pop_idle())),
            Ok(Err(_closed)) => Err(closed()),
            Err(_elapsed) => {
                let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
                let what = format!("waiting for one of {} connections of the pool", self.shared.options.size);
                let error = Error::new(ErrorKind::Timeout { what, limit_ms });
                Err(if hint.is_empty() { error } else { error.context(hint) })
            }
        }
    }

    /// A place with this connection, or another one where it idled for too long.
    #[inline]
    fn with(&self, permit: Permit<C>, idle: Option<Idle<C>>) -> Place<C> {
        let options = &self.shared.options;
        let mut next = idle;
        loop {
            let Some(idle) = next else { return Place::Vacant(Vacant { permit }) };
            let rested = idle.since.map_or(Duration::ZERO, |since| since.elapsed());
            if options.idle_timeout.is_some_and(|limit| rested > limit) || self.is_too_old(idle.born) {
                drop(idle);
                next = self.shared.places.pop_idle();
                continue;
            }
            let test = match options.pre_ping_after {
                Some(after) if rested >= after => Test::Due,
                _ => Test::Skip,
            };
            let lease = Lease { connection: idle.connection, born: idle.born, permit };
            return Place::Idle(lease, test);
        }
    }

    fn is_too_old(&self, born: Instant) -> bool {
        self.shared.options.max_lifetime.is_some_and(|limit| born.elapsed() > limit)
    }

    /// Frees a place, with the connection that it had or without: the caller that waits longest gets it.
    #[inline]
    fn free(self, connection: Option<Idle<C>>) {
        let mut waiting = self.shared.places.free(connection);
        while let Some(first) = waiting {
            // Outside of the lock: a waker may do anything.
            match first.send(self.permit()) {
                Ok(()) => return,
                Err(mut permit) => permit.pool = None,
            }
            waiting = self.shared.places.free(None);
        }
    }

    /// How many connections there are.
    pub fn status(&self) -> PoolStatus {
        let (lent, idle) = self.shared.places.count();
        PoolStatus { size: self.shared.options.size, lent, idle }
    }

    /// Lets nobody in any more, waits for lent connections to come back, and hands over all that idle. Callers that wait
    /// already are served first.
    pub async fn close(&self) -> Vec<C> {
        let idle = self.shared.places.close().await;
        let mut connections = Vec::with_capacity(idle.len());
        for entry in idle {
            connections.push(entry.connection);
        }
        connections
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::Closed { what: "engine" })
}

impl<C> Vacant<C> {
    /// Fills the place with a new connection.
    pub fn fill(self, connection: C) -> Lease<C> {
        Lease { connection, born: Instant::now(), permit: self.permit }
    }
}

impl<C> Lease<C> {
    /// Keeps the connection for the next caller, unless it is too old or the pool was closed.
    #[inline]
    pub fn give_back(self) {
        let Lease { connection, born, mut permit } = self;
        let Some(pool) = permit.pool.take() else { return };
        if pool.is_too_old(born) {
            drop(connection);
            return pool.free(None);
        }
        let PoolOptions { idle_timeout, pre_ping_after, .. } = pool.options();
        let since = (idle_timeout.is_some() || pre_ping_after.is_some()).then(Instant::now);
        pool.free(Some(Idle { connection, born, since }));
    }

    /// Drops the connection and keeps the place, to connect again.
    pub fn vacate(self) -> Vacant<C> {
        let Lease { connection, born: _, permit } = self;
        drop(connection);
        Vacant { permit }
    }
}

impl<C> std::ops::Deref for Lease<C> {
    type Target = C;
    fn deref(&self) -> &C {
        &self.connection
    }
}

impl<C> std::ops::DerefMut for Lease<C> {
    fn deref_mut(&mut self) -> &mut C {
        &mut self.connection
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(size: usize) -> Pool<u32> {
        let options = PoolOptions { size, acquire_timeout: Duration::from_secs(5), ..PoolOptions::default() };
        Pool::new(options).expect("the size is not zero")
    }

    fn lease(place: Place<u32>) -> Lease<u32> {
        match place {
            Place::Idle(lease, _) => lease,
            Place::Vacant(vacant) => vacant.fill(0),
        }
    }

    fn take(pool: &Pool<u32>) -> Lease<u32> {
        lease(pool.try_place().expect("the pool is open").expect("a place is free"))
    }

    fn run(test: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.expect("a runtime starts").block_on(test);
    }

    #[test]
    fn a_caller_that_gave_up_does_not_keep_the_place_that_it_was_handed() {
        run(async {
            let pool = pool(1);
            let first = take(&pool);
            let mut gives_up = Box::pin(pool.place(""));
            let mut goes_on = Box::pin(pool.place(""));
            for waiting in [&mut gives_up, &mut goes_on] {
                assert!(tokio::time::timeout(Duration::ZERO, waiting).await.is_err());
            }
            first.give_back();
            // It was handed the place, and never took it.
            drop(gives_up);
            let second = lease(goes_on.await.expect("the place went on to the next"));
            assert_eq!(pool.status(), PoolStatus { size: 1, lent: 1, idle: 0 });
            second.give_back();
            assert_eq!(pool.status(), PoolStatus { size: 1, lent: 0, idle: 1 });
        });
    }

    #[test]
    fn a_caller_that_gave_up_before_its_turn_is_passed_over() {
        run(async {
            let pool = pool(1);
            let first = take(&pool);
            for _ in 0..100 {
                assert!(tokio::time::timeout(Duration::ZERO, pool.place("")).await.is_err());
            }
            drop(first);
            assert_eq!(pool.status(), PoolStatus { size: 1, lent: 0, idle: 0 });
            take(&pool).give_back();
        });
    }

    #[test]
    fn a_pool_that_closes_serves_those_who_wait_and_lets_nobody_else_in() {
        run(async {
            let pool = pool(1);
            let first = take(&pool);
            let mut waiting = Box::pin(pool.place(""));
            assert!(tokio::time::timeout(Duration::ZERO, &mut waiting).await.is_err());
            let mut closing = Box::pin(pool.close());
            assert!(tokio::time::timeout(Duration::ZERO, &mut closing).await.is_err());
            assert!(pool.try_place().is_err() && pool.place("").await.is_err());
            first.give_back();
            assert!(tokio::time::timeout(Duration::ZERO, &mut closing).await.is_err());
            lease(waiting.await.expect("it came before the end")).give_back();
            assert_eq!(closing.await, [0]);
            assert!(pool.try_place().is_err() && pool.close().await.is_empty());
        });
    }
}
