//! Diesel on SQLite.

use std::path::Path;

use bench_common::{
    GETS, POOL, READS_OF_A_TASK, Result, Stopwatch, TASKS, UPDATED, Workload, check, rows, schema,
    unsupported,
};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{self, ConnectionManager, CustomizeConnection};

use crate::models::{self, Comment, Number, Post, User, comments, ins, posts, upd, users};

type Pool = r2d2::Pool<ConnectionManager<SqliteConnection>>;

pub(crate) struct Sqlite {
    connection: SqliteConnection,
    pool: Option<Pool>,
}

/// Sets each connection of the pool to what the others are set to.
#[derive(Debug)]
struct Pragmas;

impl CustomizeConnection<SqliteConnection, r2d2::Error> for Pragmas {
    fn on_acquire(&self, connection: &mut SqliteConnection) -> Result<(), r2d2::Error> {
        connection.batch_execute(schema::FILE_PRAGMAS).map_err(r2d2::Error::QueryError)
    }
}

impl Sqlite {
    pub(crate) fn connect(file: Option<&Path>) -> Result<Sqlite> {
        let Some(path) = file else {
            return Ok(Sqlite { connection: SqliteConnection::establish(":memory:")?, pool: None });
        };
        let url = path.display().to_string();
        let mut connection = SqliteConnection::establish(&url)?;
        connection.batch_execute(schema::FILE_PRAGMAS)?;
        let pool = Pool::builder()
            .max_size(POOL as u32)
            .test_on_check_out(false)
            .connection_customizer(Box::new(Pragmas))
            .build(ConnectionManager::new(url))?;
        Ok(Sqlite { connection, pool: Some(pool) })
    }

    pub(crate) fn execute(&mut self, statements: &[&str]) -> Result {
        for statement in statements {
            self.connection.batch_execute(statement)?;
        }
        Ok(())
    }

    pub(crate) fn number(&mut self, query: &str) -> Result<i64> {
        Ok(diesel::sql_query(Number::query(query)).get_result::<Number>(&mut self.connection)?.number)
    }

    pub(crate) fn run(&mut self, workload: Workload, stopwatch: &mut Stopwatch) -> Result {
        let connection = &mut self.connection;
        match workload {
            Workload::Load(count) => {
                let users: Vec<User> =
                    stopwatch.time(|| users::table.filter(users::id.le(count)).load(connection))?;
                models::check_users(&users, count)
            }
            Workload::Join => {
                let pairs: Vec<(User, Post)> =
                    stopwatch.time(|| users::table.inner_join(posts::table).load(connection))?;
                models::check_join(&pairs)
            }
            Workload::Eager => {
                let tree = stopwatch.time(|| eager(connection))?;
                models::check_tree(&tree)
            }
            Workload::Get => {
                let first = rows::first_read();
                stopwatch.time(|| {
                    for read in first..first + GETS as usize {
                        let key = rows::key(read);
                        // `get_result`, not `first`: the LIMIT of the latter costs some microseconds.
                        let user: User = users::table.find(key).get_result(connection)?;
                        check::key(user.id, key)?;
                    }
                    Ok(())
                })
            }
            // The documented way of inserting many rows. On SQLite it does not give their keys; RETURNING, row by row,
            // takes about two and a half times as long.
            Workload::Insert(count) => {
                let rows = models::new_rows(count);
                let inserted = stopwatch.time(|| {
                    connection.transaction(|connection| {
                        diesel::insert_into(ins::table).values(&rows).execute(connection)
                    })
                })?;
                anyhow::ensure!(inserted == count, "{inserted} rows were inserted");
                Ok(())
            }
            Workload::InsertAlone => {
                let rows = models::new_rows(1);
                let insert = diesel::insert_into(ins::table).values(&rows[0]).returning(ins::id);
                let key: i64 = stopwatch.time(|| insert.get_result(connection))?;
                check::keys([key], 1)
            }
            Workload::Update { turn } => {
                let names: Vec<(i64, String)> =
                    (1..=UPDATED).map(|id| (id, rows::new_name(turn, id))).collect();
                stopwatch.time(|| {
                    connection.transaction(|connection| {
                        for (id, name) in &names {
                            diesel::update(upd::table.find(id))
                                .set(upd::name.eq(name))
                                .execute(connection)?;
                        }
                        Ok(())
                    })
                })
            }
            Workload::Concurrent => match &self.pool {
                Some(pool) => stopwatch.time(|| read_from_many_threads(pool)),
                None => unsupported(),
            },
            Workload::Shop(_) => unsupported(),
        }
    }
}

fn eager(connection: &mut SqliteConnection) -> Result<models::Tree> {
    let users: Vec<User> = users::table.filter(users::id.le(100)).load(connection)?;
    let posts: Vec<Post> = Post::belonging_to(&users).select(posts::all_columns).load(connection)?;
    let comments: Vec<Comment> =
        Comment::belonging_to(&posts).select(comments::all_columns).load(connection)?;
    Ok(models::tree(users, posts, comments))
}

/// Threads, as Diesel is synchronous.
fn read_from_many_threads(pool: &Pool) -> Result {
    std::thread::scope(|scope| {
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| {
                scope.spawn(move || -> Result {
                    for read in task * READS_OF_A_TASK..(task + 1) * READS_OF_A_TASK {
                        let key = rows::key(read);
                        let user: User = users::table.find(key).get_result(&mut pool.get()?)?;
                        check::key(user.id, key)?;
                    }
                    Ok(())
                })
            })
            .collect();
        tasks
            .into_iter()
            .try_for_each(|task| task.join().map_err(|_| anyhow::anyhow!("a thread panicked"))?)
    })
}
