//! A pool of connections that is safe to cancel: a permit and its connection live in one value, so dropping a future at any
//! point gives back both or neither. Backends decide what is given back; nothing here speaks to a database.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit, TryAcquireError};

use crate::engine::PoolStatus;
use crate::error::{Error, ErrorKind, Result};

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

/// Connections of type `C`, kept for the next caller.
#[derive(Debug)]
pub struct Pool<C> {
    shared: Arc<Shared<C>>,
}

#[derive(Debug)]
struct Shared<C> {
    options: PoolOptions,
    permits: Semaphore,
    idle: Mutex<VecDeque<Idle<C>>>,
}

#[derive(Debug)]
struct Idle<C> {
    connection: C,
    born: Instant,
    /// None where no option asks how long it idled: reading the clock is a good part of a short statement.
    since: Option<Instant>,
}

/// The right to a place in the pool, given back when it is dropped.
#[derive(Debug)]
struct Permit<C> {
    pool: Pool<C>,
}

impl<C> Permit<C> {
    fn of(pool: &Pool<C>, permit: SemaphorePermit<'_>) -> Self {
        permit.forget();
        Permit { pool: pool.clone() }
    }
}

impl<C> Drop for Permit<C> {
    fn drop(&mut self) {
        self.pool.shared.permits.add_permits(1);
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
        Ok(Pool {
            shared: Arc::new(Shared {
                options,
                permits: Semaphore::new(options.size),
                idle: Mutex::new(VecDeque::new()),
            }),
        })
    }

    /// The limits.
    pub fn options(&self) -> &PoolOptions {
        &self.shared.options
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<Idle<C>>> {
        // Every critical section leaves the queue whole, so a panic elsewhere cannot have torn it.
        self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place at once, if one is free.
    pub fn try_place(&self) -> Result<Option<Place<C>>> {
        match self.shared.permits.try_acquire() {
            Ok(permit) => Ok(Some(self.fill(Permit::of(self, permit)))),
            Err(TryAcquireError::NoPermits) => Ok(None),
            Err(TryAcquireError::Closed) => Err(Error::new(ErrorKind::Closed { what: "engine" })),
        }
    }

    /// A place, waited for as long as the options say. `hint` is added to the error of a wait that was too long.
    pub async fn place(&self, hint: &str) -> Result<Place<C>> {
        let limit = self.shared.options.acquire_timeout;
        match tokio::time::timeout(limit, self.shared.permits.acquire()).await {
            Ok(Ok(permit)) => Ok(self.fill(Permit::of(self, permit))),
            Ok(Err(_closed)) => Err(Error::new(ErrorKind::Closed { what: "engine" })),
            Err(_elapsed) => {
                let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
                let what = format!("waiting for one of {} connections of the pool", self.shared.options.size);
                let error = Error::new(ErrorKind::Timeout { what, limit_ms });
                Err(if hint.is_empty() { error } else { error.context(hint) })
            }
        }
    }

    fn fill(&self, permit: Permit<C>) -> Place<C> {
        let options = &self.shared.options;
        loop {
            // The connection that came back last is the warmest; dropping an expired one happens outside the lock.
            let Some(idle) = self.idle().pop_back() else {
                return Place::Vacant(Vacant { permit });
            };
            let rested = idle.since.map_or(Duration::ZERO, |since| since.elapsed());
            if options.idle_timeout.is_some_and(|limit| rested > limit) || self.is_too_old(idle.born) {
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

    /// How many connections there are.
    pub fn status(&self) -> PoolStatus {
        let size = self.shared.options.size;
        let idle = self.idle().len();
        PoolStatus { size, lent: size - self.shared.permits.available_permits().min(size), idle }
    }

    /// Lets nobody in, waits for lent connections to come back, and hands over all that idle.
    pub async fn close(&self) -> Vec<C> {
        let all = u32::try_from(self.shared.options.size).unwrap_or(u32::MAX);
        // Waiting for every permit is waiting for every lease; a pool that is closed already has none to give.
        let everyone = self.shared.permits.acquire_many(all).await;
        self.shared.permits.close();
        drop(everyone);
        let idle = std::mem::take(&mut *self.idle());
        let mut connections = Vec::with_capacity(idle.len());
        for entry in idle {
            connections.push(entry.connection);
        }
        connections
    }

    /// Whether `close` was called and finished.
    pub fn is_closed(&self) -> bool {
        self.shared.permits.is_closed()
    }
}

impl<C> Vacant<C> {
    /// Fills the place with a new connection.
    pub fn fill(self, connection: C) -> Lease<C> {
        Lease { connection, born: Instant::now(), permit: self.permit }
    }
}

impl<C> Lease<C> {
    /// Keeps the connection for the next caller, unless it is too old or the pool was closed.
    pub fn give_back(self) {
        let Lease { connection, born, permit } = self;
        let pool = &permit.pool;
        if !pool.is_too_old(born) && !pool.is_closed() {
            let PoolOptions { idle_timeout, pre_ping_after, .. } = pool.options();
            let since = (idle_timeout.is_some() || pre_ping_after.is_some()).then(Instant::now);
            pool.idle().push_back(Idle { connection, born, since });
        }
        drop(permit);
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
