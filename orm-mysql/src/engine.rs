//! The engine: the first connection and what it tells of the server, the pool, and the set-up of every connection.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use orm_core::dialect::{Dialect, GeneratedKeys};
use orm_core::engine::{Connection, Done, Engine, PoolStatus, RowSink, Sql, Target};
use orm_core::error::{Error, ErrorKind, Result};
use orm_core::now::{BoxFuture, Now};
use orm_core::pool::{Lease, Place, Pool, Test};
use orm_core::value::ValueRef;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::{ConnectOptions, Connection as _};

use crate::connection::{Keys, Link, Loan, Server, current_runtime};
use crate::dialect::{Family, MySqlDialect, Returning};
use crate::errors;
use crate::options::MySqlOptions;
use facts::Facts;

mod facts;

/// Added to the error of a caller that waited too long.
const POOL_HINT: &str = "commit, roll back or drop sessions sooner, or raise the pool's size";

/// An engine on a MySQL or MariaDB server.
///
/// # Keys that the server makes
///
/// A statement tells its first key. The section "AUTO_INCREMENT Handling in InnoDB" of MySQL's manual promises that the others
/// follow it, at a distance of `auto_increment_increment`, where `innodb_autoinc_lock_mode` is 0 or 1; MariaDB calls mode 1,
/// its default, "consecutive". In mode 2, the default since MySQL 8, "the values generated for the rows inserted by any given
/// statement may not be consecutive": there MariaDB 10.5 and later give the keys by INSERT .. RETURNING, and elsewhere they are
/// compared with the keys that are there. [`MySqlOptions::returning`] asks for RETURNING in every mode, as
/// somebody needs whose triggers set keys.
pub struct MySqlEngine {
    options: MySqlOptions,
    driver_options: MySqlConnectOptions,
    target: Target,
    facts: Facts,
    dialect: MySqlDialect,
    server: Arc<Server>,
    pool: Pool<Box<Link>>,
}

impl MySqlEngine {
    /// Connects once, at once, and asks the server what it is.
    pub async fn connect(options: MySqlOptions) -> Result<Self> {
        let driver_options = options.for_sqlx()?;
        let target = options.target();
        let pool = Pool::new(options.pool_options())?;
        let (link, facts) = open(&options, &driver_options, &target, 0).await?;
        let (generated_keys, returning) = generated_keys(&facts, options.wants_returning())?;
        let dialect = MySqlDialect::new(
            facts.family,
            facts.release,
            generated_keys,
            returning,
            facts.max_allowed_packet,
        );
        let server = Arc::new(Server {
            types: facts.types.clone(),
            max_allowed_packet: facts.max_allowed_packet,
            lock_timeout_ends_transaction: facts.lock_timeout_ends_transaction,
            keys: match generated_keys {
                GeneratedKeys::Consecutive { .. } => Keys::Counted,
                GeneratedKeys::Returning | GeneratedKeys::Handed | GeneratedKeys::Verified { .. } => {
                    Keys::Told
                }
            },
            patience: options.connect_limit(),
            losses: AtomicU64::new(0),
        });
        if let Some(Place::Vacant(vacant)) = pool.try_place()? {
            vacant.fill(link).give_back();
        }
        Ok(MySqlEngine { options, driver_options, target, facts, dialect, server, pool })
    }

    /// The version that the server told, as in "10.11.6-MariaDB" or "8.4.3".
    pub fn server_version(&self) -> &str {
        &self.facts.version
    }

    fn lend(&self, lease: Lease<Box<Link>>) -> Loan {
        Loan::new(lease, Arc::clone(&self.server))
    }

    /// A connection that can be lent at once, or else the place that one can have.
    fn try_lend(&self) -> Result<Result<Loan, Option<Place<Box<Link>>>>> {
        Ok(match self.pool.try_place()? {
            Some(Place::Idle(lease, test)) if self.is_fresh(&lease, test) => Ok(self.lend(lease)),
            place => Err(place),
        })
    }

    /// A connection for one statement.
    async fn loan(&self) -> Result<Loan> {
        match self.try_lend()? {
            Ok(loan) => Ok(loan),
            // Boxed: it is large, and the future of each statement would have room for it.
            Err(place) => Box::pin(self.acquire_later(place)).await,
        }
    }

    /// Whether a connection can be lent without a test.
    fn is_fresh(&self, link: &Link, test: Test) -> bool {
        test == Test::Skip
            && link.losses_seen == self.server.losses.load(Ordering::Relaxed)
            && link.runtime == current_runtime()
    }

    async fn acquire_later(&self, place: Option<Place<Box<Link>>>) -> Result<Loan> {
        let place = match place {
            Some(place) => place,
            None => self.pool.place(POOL_HINT).await?,
        };
        let losses = self.server.losses.load(Ordering::Relaxed);
        let vacant = match place {
            // The runtime that it waits by may have ended, and no test tells: one whose answer is there at once passes, and the
            // next that has to wait fails.
            Place::Idle(lease, _test) if lease.runtime != current_runtime() => lease.vacate(),
            Place::Idle(lease, test) if self.is_fresh(&lease, test) => return Ok(self.lend(lease)),
            Place::Idle(mut lease, _test) => {
                let answer = tokio::time::timeout(self.options.connect_limit(), lease.driver.ping()).await;
                if let Ok(Ok(())) = answer {
                    lease.losses_seen = losses;
                    return Ok(self.lend(lease));
                }
                lease.vacate()
            }
            Place::Vacant(vacant) => vacant,
        };
        let (link, facts) = open(&self.options, &self.driver_options, &self.target, losses).await?;
        if let Some(change) = self.facts.broken_by(&facts) {
            let reason = format!("{change}: connect a new engine");
            return Err(Error::new(ErrorKind::Connect { target: self.target.address.clone(), reason }));
        }
        Ok(self.lend(vacant.fill(link)))
    }
}

/// Connects, sets the session up and asks for the facts: one round trip after the login.
async fn open(
    options: &MySqlOptions,
    driver_options: &MySqlConnectOptions,
    target: &Target,
    losses_seen: u64,
) -> Result<(Box<Link>, Facts)> {
    let opening = async {
        let driver = driver_options.connect().await?;
        let mut link = Box::new(Link::new(driver, options.kept_statements(), losses_seen));
        let facts = facts::set_up(&mut link).await?;
        Ok((link, facts))
    };
    let limit = options.connect_limit();
    let refused = |reason| Error::new(ErrorKind::Connect { target: target.address.clone(), reason });
    match tokio::time::timeout(limit, opening).await {
        Ok(Ok((link, Some(facts)))) => Ok((link, facts)),
        Ok(Ok((_link, None))) => Err(refused("the server is neither MySQL nor MariaDB".into())),
        Ok(Err(error)) => Err(errors::connect_error(target, error)),
        Err(_elapsed) => Err(refused(format!(
            "no answer within {} ms: check host and port, or raise the connect timeout",
            limit.as_millis()
        ))),
    }
}

fn generated_keys(facts: &Facts, wanted: Option<bool>) -> Result<(GeneratedKeys, Returning)> {
    let has_returning = facts.family == Family::MariaDb && facts.release >= (10, 5);
    if wanted == Some(true) && !has_returning {
        let server = format!("{} {}", facts.family.name(), facts.version);
        return Err(Error::unsupported("INSERT .. RETURNING", &server));
    }
    let returning = if has_returning && wanted != Some(false) { Returning::Used } else { Returning::Unused };
    let increment = facts.auto_increment_increment;
    let keys = match (returning, facts.autoinc_lock_mode) {
        (Returning::Used, _) if wanted == Some(true) => GeneratedKeys::Returning,
        // Not RETURNING: a row for each key takes the client longer than all the rest of an INSERT.
        (_, 0 | 1) => GeneratedKeys::Consecutive { increment },
        (Returning::Used, _) => GeneratedKeys::Returning,
        (Returning::Unused, _) => GeneratedKeys::Verified { increment },
    };
    Ok((keys, returning))
}

impl Engine for MySqlEngine {
    fn dialect(&self) -> &dyn Dialect {
        &self.dialect
    }

    fn acquire(&self) -> Now<'_, Result<Box<dyn Connection>>> {
        match self.try_lend() {
            Ok(Ok(loan)) => Now::ready(Ok(Box::new(loan))),
            Ok(Err(place)) => Now::later(async {
                let loan: Box<dyn Connection> = Box::new(self.acquire_later(place).await?);
                Ok(loan)
            }),
            Err(error) => Now::ready(Err(error)),
        }
    }

    fn run<'a>(
        &'a self,
        sql: &'a Arc<Sql>,
        values: &'a [ValueRef<'a>],
        sink: &'a mut dyn RowSink,
    ) -> Now<'a, Result<Done>> {
        Now::later(async move { self.loan().await?.run_prepared(sql, values, sink).await })
    }

    fn run_and_commit<'a>(
        &'a self,
        sql: &'a Arc<Sql>,
        values: &'a [ValueRef<'a>],
        sink: &'a mut dyn RowSink,
    ) -> Now<'a, Result<Done>> {
        Now::later(async move { self.loan().await?.run_and_commit(sql, values, sink).await })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            for link in self.pool.close().await {
                // The server is told; if it does not listen, the socket is closed all the same.
                let _told = tokio::time::timeout(self.options.connect_limit(), link.driver.close()).await;
            }
        })
    }

    fn pool_status(&self) -> PoolStatus {
        self.pool.status()
    }

    fn target(&self) -> &Target {
        &self.target
    }
}

impl fmt::Debug for MySqlEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MySqlEngine")
            .field("address", &self.target.address)
            .field("server", &format_args!("{} {}", self.facts.family.name(), self.facts.version))
            .field("pool", &self.pool.status())
            .finish_non_exhaustive()
    }
}
