//! sqlx by its own API: `query_as` with `FromRow`, and its query builder. The same code runs on both backends; the macro
//! `on` writes it once for each of their types. `bench-sqlx rows` and `bench-sqlx structs` are the floor that a library on
//! top of sqlx cannot go below: see [`bare`].

#[macro_use]
mod workloads;

mod bare;

use bench_common::{Peer, Place, Result, Stopwatch, Workload, serve};

fn main() -> Result {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        [] => serve::<Sqlx>("sqlx"),
        ["rows"] => serve::<bare::Bare<false>>("sqlx-rows"),
        ["structs"] => serve::<bare::Bare<true>>("sqlx-structs"),
        _ => anyhow::bail!("usage: bench-sqlx [rows | structs]"),
    }
}

enum Sqlx {
    Sqlite(sqlite::Connected),
    Mariadb(mariadb::Connected),
}

impl Peer for Sqlx {
    async fn connect(place: &Place) -> Result<Self> {
        Ok(match place {
            Place::Memory => Sqlx::Sqlite(sqlite::connect(None).await?),
            Place::File(path) => Sqlx::Sqlite(sqlite::connect(Some(path)).await?),
            Place::Server(url) => Sqlx::Mariadb(mariadb::connect(url).await?),
        })
    }

    async fn execute(&mut self, statements: &[&str]) -> Result {
        match self {
            Sqlx::Sqlite(connected) => connected.execute(statements).await,
            Sqlx::Mariadb(connected) => connected.execute(statements).await,
        }
    }

    async fn number(&mut self, query: &str) -> Result<i64> {
        match self {
            Sqlx::Sqlite(connected) => connected.number(query).await,
            Sqlx::Mariadb(connected) => connected.number(query).await,
        }
    }

    async fn run(&mut self, workload: Workload, stopwatch: &mut Stopwatch) -> Result {
        match self {
            Sqlx::Sqlite(connected) => connected.run(workload, stopwatch).await,
            Sqlx::Mariadb(connected) => connected.run(workload, stopwatch).await,
        }
    }
}

mod sqlite {
    //! How to connect to SQLite, and how it tells keys.

    use std::path::Path;

    use bench_common::Result;
    use bench_common::rows::User;
    use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
    use sqlx::{ConnectOptions, Connection, QueryBuilder, Row, Sqlite, SqliteConnection};

    on!(Sqlite, SqliteConnection);

    pub(crate) async fn connect(file: Option<&Path>) -> Result<Connected> {
        let Some(path) = file else {
            let options = SqliteConnectOptions::new().filename(":memory:").disable_statement_logging();
            return Ok(Connected { connection: SqliteConnection::connect_with(&options).await?, pool: None });
        };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .disable_statement_logging();
        let connection = SqliteConnection::connect_with(&options).await?;
        let pool = SqlitePoolOptions::new()
            .min_connections(bench_common::POOL as u32)
            .max_connections(bench_common::POOL as u32)
            .test_before_acquire(false)
            .connect_with(options)
            .await?;
        Ok(Connected { connection, pool: Some(pool) })
    }

    /// Some hundred rows in one statement, their keys by RETURNING.
    async fn insert(connection: &mut SqliteConnection, rows: &mut [User]) -> Result {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO ins (name, hair_color) ");
        query.push_values(rows.iter(), |mut values, row| {
            values.push_bind(row.name.as_str()).push_bind(row.hair_color.as_deref());
        });
        let keys = query.push(" RETURNING id").build().fetch_all(connection).await?;
        for (row, key) in rows.iter_mut().zip(keys) {
            row.id = key.try_get(0)?;
        }
        Ok(())
    }
}

mod mariadb {
    //! How to connect to MariaDB, and how it tells keys.

    use bench_common::Result;
    use bench_common::rows::User;
    use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions, MySqlSslMode};
    use sqlx::{ConnectOptions, Connection, MySql, MySqlConnection, QueryBuilder};

    on!(MySql, MySqlConnection);

    pub(crate) async fn connect(url: &str) -> Result<Connected> {
        let options = url.parse::<MySqlConnectOptions>()?.ssl_mode(MySqlSslMode::Disabled);
        let options = options.disable_statement_logging();
        let connection = MySqlConnection::connect_with(&options).await?;
        let pool = MySqlPoolOptions::new()
            .min_connections(bench_common::POOL as u32)
            .max_connections(bench_common::POOL as u32)
            .test_before_acquire(false)
            .connect_with(options)
            .await?;
        Ok(Connected { connection, pool: Some(pool) })
    }

    /// Some hundred rows in one statement. InnoDB gives such a statement keys without gaps.
    async fn insert(connection: &mut MySqlConnection, rows: &mut [User]) -> Result {
        let mut query = QueryBuilder::<MySql>::new("INSERT INTO ins (name, hair_color) ");
        query.push_values(rows.iter(), |mut values, row| {
            values.push_bind(row.name.as_str()).push_bind(row.hair_color.as_deref());
        });
        let first = i64::try_from(query.build().execute(connection).await?.last_insert_id())?;
        for (row, id) in rows.iter_mut().zip(first..) {
            row.id = id;
        }
        Ok(())
    }
}
