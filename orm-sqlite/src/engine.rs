//! The engine: opens connections, lends them, and closes them. The entry point of the crate.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use orm_core::dialect::Dialect;
use orm_core::engine::{Connection, Done, Engine, PoolStatus, RowSink, Sql, Target};
use orm_core::error::{Error, ErrorKind, Result};
use orm_core::now::{BoxFuture, Now};
use orm_core::pool::{Lease, Place, Pool, Test};
use orm_core::value::ValueRef;

use crate::connection::{self, Locks, SqliteConnection};
use crate::dialect::SqliteDialect;
use crate::errors;
use crate::options::SqliteOptions;
use crate::raw::RawConn;

const MEMORY_HINT: &str =
    "the one connection of an in-memory database is held by a transaction of another session";

/// An SQLite database and the connections to it. Cloning gives another handle to the same.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> orm_core::Result<()> {
/// use orm_core::Engine;
/// use orm_sqlite::{SqliteEngine, SqliteOptions};
///
/// let engine = SqliteEngine::connect(SqliteOptions::memory()).await?;
/// assert_eq!(engine.target().address, "sqlite::memory:");
/// assert_eq!(engine.pool_status().idle, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SqliteEngine {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: SqliteOptions,
    target: Target,
    pool: Pool<Box<RawConn>>,
    locks: Arc<Locks>,
    /// Whether a connection was opened before. A second one to an in-memory database would see another, empty one.
    was_connected: AtomicBool,
}

impl SqliteEngine {
    /// Opens the database, with one connection at once, so that a wrong path fails here.
    pub async fn connect(options: SqliteOptions) -> Result<SqliteEngine> {
        let shared = Shared {
            target: options.target(),
            pool: Pool::new(options.pool_options()?)?,
            locks: Arc::new(Locks::new(options.busy_limit())),
            was_connected: AtomicBool::new(false),
            options,
        };
        let engine = SqliteEngine { shared: Arc::new(shared) };
        drop(engine.acquire().await?);
        Ok(engine)
    }
}

impl Shared {
    fn lend(&self, lease: Lease<Box<RawConn>>) -> Box<dyn Connection> {
        Box::new(SqliteConnection::new(lease, Arc::clone(&self.locks)))
    }

    async fn lend_later(&self, place: Option<Place<Box<RawConn>>>) -> Result<Box<dyn Connection>> {
        let place = match place {
            Some(place) => place,
            None => self.pool.place(if self.options.is_memory() { MEMORY_HINT } else { "" }).await?,
        };
        let vacant = match place {
            Place::Idle(lease, Test::Skip) => return Ok(self.lend(lease)),
            Place::Idle(mut lease, Test::Due) => {
                if connection::ping(&mut lease) {
                    return Ok(self.lend(lease));
                }
                lease.vacate()
            }
            Place::Vacant(vacant) => vacant,
        };
        if self.options.is_memory() && self.was_connected.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::ConnectionLost)
                .context("the in-memory database went with its only connection: connect a new engine"));
        }
        let raw = RawConn::open(&self.options.for_sqlx(), self.options.kept_statements())
            .await
            .map_err(|error| errors::connect(&self.target.address, error))?;
        self.was_connected.store(true, Ordering::Release);
        Ok(self.lend(vacant.fill(raw)))
    }
}

impl Engine for SqliteEngine {
    fn dialect(&self) -> &dyn Dialect {
        &SqliteDialect
    }

    fn acquire(&self) -> Now<'_, Result<Box<dyn Connection>>> {
        match self.shared.pool.try_place() {
            Ok(Some(Place::Idle(lease, Test::Skip))) => Now::ready(Ok(self.shared.lend(lease))),
            Ok(place) => Now::later(self.shared.lend_later(place)),
            Err(error) => Now::ready(Err(error)),
        }
    }

    fn run<'a>(
        &'a self,
        sql: &'a Arc<Sql>,
        values: &'a [ValueRef<'a>],
        sink: &'a mut dyn RowSink,
    ) -> Now<'a, Result<Done>> {
        match self.shared.pool.try_place() {
            Ok(Some(Place::Idle(lease, Test::Skip))) => {
                connection::run_alone(lease, &self.shared.locks, sql, values, sink)
            }
            Ok(place) => {
                Now::later(async move { self.shared.lend_later(place).await?.run(sql, values, sink).await })
            }
            Err(error) => Now::ready(Err(error)),
        }
    }

    fn run_and_commit<'a>(
        &'a self,
        sql: &'a Arc<Sql>,
        values: &'a [ValueRef<'a>],
        sink: &'a mut dyn RowSink,
    ) -> Now<'a, Result<Done>> {
        // SQLite commits a statement that stands alone as it ends.
        match self.run(sql, values, sink) {
            Now::Ready(outcome) => Now::Ready(outcome.map(|done| done.map_err(errors::alone))),
            Now::Later(running) => Now::later(async move { running.await.map_err(errors::alone) }),
        }
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            for raw in self.shared.pool.close().await {
                raw.close().await;
            }
        })
    }

    fn pool_status(&self) -> PoolStatus {
        self.shared.pool.status()
    }

    fn target(&self) -> &Target {
        &self.shared.target
    }
}
