//! rusqlite, as its documentation recommends: prepared statements from its cache, rows mapped by index. No ORM, so it is
//! the measure for SQLite.

mod shop;

use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};

use bench_common::rows::{self, Comment, Post, User};
use bench_common::{
    GETS, POOL, Peer, Place, READS_OF_A_TASK, Result, Stopwatch, TASKS, UPDATED, Workload, check, schema,
    serve,
};
use rusqlite::{Connection, Row, params, params_from_iter};

fn main() -> Result {
    serve::<Rusqlite>("rusqlite")
}

struct Rusqlite {
    connection: Connection,
    pool: Option<Pool>,
}

fn open(file: Option<&Path>) -> Result<Connection> {
    let connection = match file {
        Some(path) => Connection::open(path)?,
        None => Connection::open_in_memory()?,
    };
    if file.is_some() {
        connection.execute_batch(schema::FILE_PRAGMAS)?;
    }
    connection.set_prepared_statement_cache_capacity(100);
    Ok(connection)
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User { id: row.get(0)?, name: row.get(1)?, hair_color: row.get(2)? })
}

fn post(row: &Row<'_>, first: usize) -> rusqlite::Result<Post> {
    let (id, user_id) = (row.get(first)?, row.get(first + 1)?);
    Ok(Post { id, user_id, title: row.get(first + 2)?, body: row.get(first + 3)? })
}

fn comment(row: &Row<'_>) -> rusqlite::Result<Comment> {
    Ok(Comment { id: row.get(0)?, post_id: row.get(1)?, text: row.get(2)? })
}

fn columns(user: &User) -> check::UserRow<'_> {
    (user.id, &user.name, user.hair_color.as_deref())
}

impl Peer for Rusqlite {
    async fn connect(place: &Place) -> Result<Self> {
        match place {
            Place::Memory => Ok(Rusqlite { connection: open(None)?, pool: None }),
            Place::File(path) => {
                Ok(Rusqlite { connection: open(Some(path))?, pool: Some(Pool::open(path)?) })
            }
            Place::Server(_) => bench_common::unsupported(),
        }
    }

    async fn execute(&mut self, statements: &[&str]) -> Result {
        for statement in statements {
            self.connection.execute_batch(statement)?;
        }
        Ok(())
    }

    async fn number(&mut self, query: &str) -> Result<i64> {
        Ok(self.connection.query_row(query, [], |row| row.get(0))?)
    }

    async fn run(&mut self, workload: Workload, stopwatch: &mut Stopwatch) -> Result {
        let connection = &self.connection;
        match workload {
            Workload::Load(count) => {
                let users = stopwatch.time(|| -> Result<Vec<User>> {
                    let mut statement = connection.prepare_cached(schema::SELECT_USERS)?;
                    Ok(statement.query_map([count], user)?.collect::<Result<_, _>>()?)
                })?;
                check::users(users.iter().map(columns), count)
            }
            Workload::Join => {
                let pairs = stopwatch.time(|| -> Result<Vec<(User, Post)>> {
                    let mut statement = connection.prepare_cached(schema::SELECT_PAIRS)?;
                    let pairs = statement.query_map([], |row| Ok((user(row)?, post(row, 3)?)))?;
                    Ok(pairs.collect::<Result<_, _>>()?)
                })?;
                check::join(pairs.iter().map(|(user, post)| {
                    (columns(user), (post.id, post.user_id, post.title.as_str(), post.body.as_deref()))
                }))
            }
            Workload::Eager => {
                let tree = stopwatch.time(|| eager(connection))?;
                check::tree(&tree)
            }
            Workload::Get => {
                let first = rows::first_read();
                stopwatch.time(|| {
                    for read in first..first + GETS as usize {
                        let key = rows::key(read);
                        let user = connection.prepare_cached(schema::SELECT_USER)?.query_row([key], user)?;
                        check::key(user.id, key)?;
                    }
                    Ok(())
                })
            }
            Workload::Insert(count) => {
                let mut rows: Vec<User> = rows::new_rows(count)
                    .map(|(name, hair_color)| User { id: 0, name, hair_color })
                    .collect();
                stopwatch.time(|| insert(connection, &mut rows))?;
                check::keys(rows.iter().map(|row| row.id), count)
            }
            Workload::InsertAlone => {
                let mut rows: Vec<User> =
                    rows::new_rows(1).map(|(name, hair_color)| User { id: 0, name, hair_color }).collect();
                stopwatch.time(|| insert_all(connection, &mut rows))?;
                check::keys(rows.iter().map(|row| row.id), 1)
            }
            Workload::Update { turn } => {
                let names: Vec<(i64, String)> =
                    (1..=UPDATED).map(|id| (id, rows::new_name(turn, id))).collect();
                stopwatch.time(|| update(connection, &names))
            }
            Workload::Concurrent => {
                let Some(pool) = &self.pool else { return bench_common::unsupported() };
                stopwatch.time(|| read_from_many_threads(pool))
            }
            Workload::Shop(_) => shop::run(connection, stopwatch),
        }
    }
}

fn eager(connection: &Connection) -> Result<rows::Tree> {
    let mut statement = connection.prepare_cached(schema::SELECT_USERS)?;
    let users: Vec<User> = statement.query_map([100], user)?.collect::<Result<_, _>>()?;
    let query = format!("{}({})", schema::SELECT_POSTS_OF, rows::placeholders(users.len()));
    let mut statement = connection.prepare_cached(&query)?;
    let keys = params_from_iter(users.iter().map(|user| user.id));
    let posts: Vec<Post> = statement.query_map(keys, |row| post(row, 0))?.collect::<Result<_, _>>()?;
    let query = format!("{}({})", schema::SELECT_COMMENTS_OF, rows::placeholders(posts.len()));
    let mut statement = connection.prepare_cached(&query)?;
    let keys = params_from_iter(posts.iter().map(|post| post.id));
    let comments: Vec<Comment> = statement.query_map(keys, comment)?.collect::<Result<_, _>>()?;
    Ok(rows::tree(users, posts, comments))
}

fn insert(connection: &Connection, rows: &mut [User]) -> Result {
    connection.execute_batch("BEGIN")?;
    insert_all(connection, rows)?;
    connection.execute_batch("COMMIT")?;
    Ok(())
}

fn insert_all(connection: &Connection, rows: &mut [User]) -> Result {
    let mut statement = connection.prepare_cached(schema::INSERT)?;
    for row in rows {
        statement.execute(params![row.name, row.hair_color])?;
        row.id = connection.last_insert_rowid();
    }
    Ok(())
}

fn update(connection: &Connection, names: &[(i64, String)]) -> Result {
    connection.execute_batch("BEGIN")?;
    let mut statement = connection.prepare_cached(schema::UPDATE)?;
    for (id, name) in names {
        statement.execute(params![name, id])?;
    }
    connection.execute_batch("COMMIT")?;
    Ok(())
}

fn read_from_many_threads(pool: &Pool) -> Result {
    std::thread::scope(|scope| {
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| {
                scope.spawn(move || -> Result {
                    for read in task * READS_OF_A_TASK..(task + 1) * READS_OF_A_TASK {
                        let key = rows::key(read);
                        let found = pool.with(|connection| -> Result<User> {
                            Ok(connection.prepare_cached(schema::SELECT_USER)?.query_row([key], user)?)
                        })?;
                        check::key(found.id, key)?;
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

/// rusqlite has no pool of its own; this is the least that one can do.
struct Pool {
    idle: Mutex<Vec<Connection>>,
    returned: Condvar,
}

impl Pool {
    fn open(path: &Path) -> Result<Pool> {
        let idle = (0..POOL).map(|_| open(Some(path))).collect::<Result<_>>()?;
        Ok(Pool { idle: Mutex::new(idle), returned: Condvar::new() })
    }

    fn with<R>(&self, work: impl FnOnce(&Connection) -> R) -> R {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = loop {
            match idle.pop() {
                Some(connection) => break connection,
                None => idle = self.returned.wait(idle).unwrap_or_else(PoisonError::into_inner),
            }
        };
        drop(idle);
        let result = work(&connection);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        self.returned.notify_one();
        result
    }
}
