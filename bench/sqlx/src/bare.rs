//! The least that sqlx takes to read from MariaDB: one statement, its rows one after the other, no `FromRow`, no checked types.
//! What a library on top of sqlx adds is what it takes beyond this.

use std::future::poll_fn;
use std::pin::Pin;

use anyhow::ensure;
use bench_common::rows::User;
use bench_common::{GETS, Peer, Place, Result, Stopwatch, Workload, check, rows, schema, unsupported};
use futures_core::Stream;
use sqlx::mysql::{MySqlConnectOptions, MySqlRow, MySqlSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Either, Executor, MySqlConnection, Row};

/// Rows that are counted and dropped, or users (`DECODED`) whose columns are decoded by index.
pub(crate) struct Bare<const DECODED: bool>(MySqlConnection);

impl<const DECODED: bool> Peer for Bare<DECODED> {
    async fn connect(place: &Place) -> Result<Self> {
        let Place::Server(url) = place else { return unsupported() };
        let options = url.parse::<MySqlConnectOptions>()?.ssl_mode(MySqlSslMode::Disabled);
        Ok(Bare(MySqlConnection::connect_with(&options.disable_statement_logging()).await?))
    }

    async fn execute(&mut self, statements: &[&str]) -> Result {
        for statement in statements {
            sqlx::raw_sql(AssertSqlSafe(*statement)).execute(&mut self.0).await?;
        }
        Ok(())
    }

    async fn number(&mut self, query: &str) -> Result<i64> {
        Ok(sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(&mut self.0).await?)
    }

    async fn run(&mut self, workload: Workload, stopwatch: &mut Stopwatch) -> Result {
        let connection = &mut self.0;
        match workload {
            Workload::Load(count) if DECODED => {
                let mut users = Vec::new();
                let mut push = |row: MySqlRow| {
                    users.push(user(&row)?);
                    Ok(())
                };
                stopwatch.wait(read(connection, schema::SELECT_USERS, count, &mut push)).await?;
                check::users(
                    users.iter().map(|user| (user.id, user.name.as_str(), user.hair_color.as_deref())),
                    count,
                )
            }
            Workload::Load(count) => {
                let mut found = 0;
                let mut count_one = |_row| {
                    found += 1;
                    Ok(())
                };
                stopwatch.wait(read(connection, schema::SELECT_USERS, count, &mut count_one)).await?;
                ensure!(found == count, "{found} rows in place of {count}");
                Ok(())
            }
            Workload::Get => {
                let first = rows::first_read();
                stopwatch
                    .wait(async {
                        for read in first..first + GETS as usize {
                            one::<DECODED>(connection, rows::key(read)).await?;
                        }
                        Ok(())
                    })
                    .await
            }
            Workload::Join
            | Workload::Eager
            | Workload::Insert(_)
            | Workload::Update { .. }
            | Workload::Concurrent
            | Workload::Shop(_) => unsupported(),
        }
    }
}

async fn one<const DECODED: bool>(connection: &mut MySqlConnection, key: i64) -> Result {
    let mut found = None;
    let mut keep = |row: MySqlRow| {
        found = Some(if DECODED { user(&row)?.id } else { key });
        Ok(())
    };
    read(connection, schema::SELECT_USER, key, &mut keep).await?;
    check::key(found.unwrap_or_default(), key)
}

/// Hands on the rows of a query with one value.
async fn read(
    connection: &mut MySqlConnection,
    query: &'static str,
    value: i64,
    take: &mut (impl FnMut(MySqlRow) -> Result + Send),
) -> Result {
    let mut events = connection.fetch_many(sqlx::query(query).bind(value));
    while let Some(event) = poll_fn(|cx| Pin::new(&mut events).poll_next(cx)).await {
        if let Either::Right(row) = event? {
            take(row)?;
        }
    }
    Ok(())
}

fn user(row: &MySqlRow) -> Result<User> {
    Ok(User {
        id: row.try_get_unchecked(0)?,
        name: row.try_get_unchecked(1)?,
        hair_color: row.try_get_unchecked(2)?,
    })
}
