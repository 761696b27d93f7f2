//! Diesel: the synchronous one on SQLite, diesel-async on MariaDB.

mod mariadb;
mod models;
mod sqlite;

use bench_common::{Peer, Place, Result, Stopwatch, Workload, serve};

fn main() -> Result {
    serve::<Diesel>("diesel")
}

enum Diesel {
    Sqlite(sqlite::Sqlite),
    Mariadb(mariadb::Mariadb),
}

impl Peer for Diesel {
    async fn connect(place: &Place) -> Result<Self> {
        Ok(match place {
            Place::Memory => Diesel::Sqlite(sqlite::Sqlite::connect(None)?),
            Place::File(path) => Diesel::Sqlite(sqlite::Sqlite::connect(Some(path))?),
            Place::Server(url) => Diesel::Mariadb(mariadb::Mariadb::connect(url).await?),
        })
    }

    async fn execute(&mut self, statements: &[&str]) -> Result {
        match self {
            Diesel::Sqlite(sqlite) => sqlite.execute(statements),
            Diesel::Mariadb(mariadb) => mariadb.execute(statements).await,
        }
    }

    async fn number(&mut self, query: &str) -> Result<i64> {
        match self {
            Diesel::Sqlite(sqlite) => sqlite.number(query),
            Diesel::Mariadb(mariadb) => mariadb.number(query).await,
        }
    }

    async fn run(&mut self, workload: Workload, stopwatch: &mut Stopwatch) -> Result {
        match self {
            Diesel::Sqlite(sqlite) => sqlite.run(workload, stopwatch),
            Diesel::Mariadb(mariadb) => mariadb.run(workload, stopwatch).await,
        }
    }
}
