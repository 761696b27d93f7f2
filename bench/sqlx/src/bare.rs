//! The least that sqlx takes to read from MariaDB: one statement, its rows one after the other, no `FromRow`, no checked types.
//! What a library on top of sqlx adds is what it takes beyond this.

use std::future::poll_fn;

use anyhow::ensure;
use bench_common::rows::{Post, User};
use bench_common::{GETS, Peer, Place, Result, Stopwatch, Workload, check, rows, schema, unsupported};
use sqlx::mysql::{MySqlArguments, MySqlConnectOptions, MySqlRow, MySqlSslMode};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Either, Executor, MySql, MySqlConnection, Row};

/// A prepared statement with its values.
type Bound = Query<'static, MySql, MySqlArguments>;

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
                let query = sqlx::query(schema::SELECT_USERS).bind(count);
                let users = stopwatch.wait(all(connection, query, user)).await?;
                check::users(users.iter().map(columns), count)
            }
            Workload::Load(count) => {
                let query = sqlx::query(schema::SELECT_USERS).bind(count);
                let found = stopwatch.wait(number_of_rows(connection, query)).await?;
                ensure!(found == count, "{found} rows in place of {count}");
                Ok(())
            }
            Workload::Join if DECODED => {
                let pair = |row: &MySqlRow| Ok((user(row)?, post(row)?));
                let pairs = stopwatch.wait(all(connection, sqlx::query(schema::SELECT_PAIRS), pair)).await?;
                check::join(pairs.iter().map(|(user, post)| {
                    (columns(user), (post.id, post.user_id, post.title.as_str(), post.body.as_deref()))
                }))
            }
            Workload::Join => {
                let query = sqlx::query(schema::SELECT_PAIRS);
                let found = stopwatch.wait(number_of_rows(connection, query)).await?;
                ensure!(found == 10_000, "{found} rows in place of 10,000");
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
            Workload::Eager
            | Workload::Insert(_)
            | Workload::InsertAlone
            | Workload::Update { .. }
            | Workload::Concurrent
            | Workload::Shop(_) => unsupported(),
        }
    }
}

async fn one<const DECODED: bool>(connection: &mut MySqlConnection, key: i64) -> Result {
    let query = sqlx::query(schema::SELECT_USER).bind(key);
    let found = match DECODED {
        true => all(connection, query, user).await?.first().map(|user| user.id),
        false => (number_of_rows(connection, query).await? == 1).then_some(key),
    };
    check::key(found.unwrap_or_default(), key)
}

async fn number_of_rows(connection: &mut MySqlConnection, query: Bound) -> Result<i64> {
    let mut found = 0;
    let mut count = |_row: &MySqlRow| {
        found += 1;
        Ok(())
    };
    read(connection, query, &mut count).await?;
    Ok(found)
}

async fn all<T: Send>(
    connection: &mut MySqlConnection,
    query: Bound,
    object: fn(&MySqlRow) -> Result<T>,
) -> Result<Vec<T>> {
    let mut objects = Vec::new();
    let mut push = |row: &MySqlRow| {
        objects.push(object(row)?);
        Ok(())
    };
    read(connection, query, &mut push).await?;
    Ok(objects)
}

/// Hands on the rows of a query.
async fn read(
    connection: &mut MySqlConnection,
    query: Bound,
    take: &mut (impl FnMut(&MySqlRow) -> Result + Send),
) -> Result {
    let mut events = connection.fetch_many(query);
    while let Some(event) = poll_fn(|cx| events.as_mut().poll_next(cx)).await {
        if let Either::Right(row) = event? {
            take(&row)?;
        }
    }
    Ok(())
}

fn columns(user: &User) -> check::UserRow<'_> {
    (user.id, &user.name, user.hair_color.as_deref())
}

fn user(row: &MySqlRow) -> Result<User> {
    Ok(User {
        id: row.try_get_unchecked(0)?,
        name: row.try_get_unchecked(1)?,
        hair_color: row.try_get_unchecked(2)?,
    })
}

/// The second half of a pair.
fn post(row: &MySqlRow) -> Result<Post> {
    Ok(Post {
        id: row.try_get_unchecked(3)?,
        user_id: row.try_get_unchecked(4)?,
        title: row.try_get_unchecked(5)?,
        body: row.try_get_unchecked(6)?,
    })
}
