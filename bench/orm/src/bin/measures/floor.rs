//! What the same tables cost a bare program: rusqlite, rows into a vector of structs, nobody who tracks them. The part of a
//! growth that it shows as well is SQLite's, the allocator's and the processor's.

use std::time::Duration;

use bench_common::rows::{self, User};
use bench_common::{Result, schema};
use cpu_time::ProcessTime;
use rusqlite::{Connection, params};

/// What is timed, as in [`crate::growth`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Times {
    pub(crate) insert: Duration,
    pub(crate) load: Duration,
    pub(crate) update: Duration,
}

impl Times {
    pub(crate) fn least(self, other: Times) -> Times {
        Times {
            insert: self.insert.min(other.insert),
            load: self.load.min(other.load),
            update: self.update.min(other.update),
        }
    }
}

pub(crate) fn connect() -> Result<Connection> {
    let connection = Connection::open_in_memory()?;
    for statement in schema::SQLITE {
        connection.execute_batch(statement)?;
    }
    Ok(connection)
}

pub(crate) fn once(connection: &Connection, size: usize) -> Result<Times> {
    let mut times = Times::default();
    let mut new: Vec<User> =
        rows::new_rows(size).map(|(name, hair_color)| User { id: 0, name, hair_color }).collect();
    let start = ProcessTime::now();
    connection.execute_batch("BEGIN")?;
    let mut insert = connection.prepare_cached(schema::INSERT)?;
    for row in &mut new {
        insert.execute(params![row.name, row.hair_color])?;
        row.id = connection.last_insert_rowid();
    }
    connection.execute_batch("COMMIT")?;
    times.insert = start.elapsed();
    drop(new);

    let start = ProcessTime::now();
    let mut select = connection.prepare_cached("SELECT id, name, hair_color FROM ins")?;
    let user =
        |row: &rusqlite::Row<'_>| Ok(User { id: row.get(0)?, name: row.get(1)?, hair_color: row.get(2)? });
    let mut users: Vec<User> = select.query_map([], user)?.collect::<Result<_, _>>()?;
    times.load = start.elapsed();
    anyhow::ensure!(users.len() == size, "{} rows in place of {size}", users.len());

    for user in &mut users {
        user.name = rows::new_name(0, user.id);
    }
    let start = ProcessTime::now();
    connection.execute_batch("BEGIN")?;
    let mut update = connection.prepare_cached("UPDATE ins SET name = ? WHERE id = ?")?;
    for user in &users {
        update.execute(params![user.name, user.id])?;
    }
    connection.execute_batch("COMMIT")?;
    times.update = start.elapsed();
    connection.execute_batch("DELETE FROM ins")?;
    Ok(times)
}
