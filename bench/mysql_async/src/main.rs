//! mysql_async, as its documentation recommends: prepared statements from its cache, rows converted to tuples. No ORM, so
//! it is the measure for MariaDB.

use bench_common::rows::{self, Comment, Post, User};
use bench_common::{
    GETS, POOL, Peer, Place, READS_OF_A_TASK, Result, Stopwatch, TASKS, UPDATED, Workload, check, schema,
    serve, unsupported,
};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder, Params, Pool, PoolConstraints, PoolOpts, TxOpts, Value};

/// Rows of one INSERT.
const ROWS_OF_AN_INSERT: usize = 500;

fn main() -> Result {
    serve::<MysqlAsync>("mysql_async")
}

struct MysqlAsync {
    connection: Conn,
    pool: Pool,
}

type UserRow = (i64, String, Option<String>);
type PostRow = (i64, i64, String, Option<String>);

fn user((id, name, hair_color): UserRow) -> User {
    User { id, name, hair_color }
}

fn post((id, user_id, title, body): PostRow) -> Post {
    Post { id, user_id, title, body }
}

fn comment((id, post_id, text): (i64, i64, String)) -> Comment {
    Comment { id, post_id, text }
}

fn columns(user: &User) -> check::UserRow<'_> {
    (user.id, &user.name, user.hair_color.as_deref())
}

impl Peer for MysqlAsync {
    async fn connect(place: &Place) -> Result<Self> {
        let Place::Server(url) = place else { return unsupported() };
        let options = || -> Result<OptsBuilder> {
            Ok(OptsBuilder::from_opts(Opts::from_url(url)?).stmt_cache_size(100).prefer_socket(false))
        };
        let size = PoolConstraints::new(POOL, POOL).ok_or_else(|| anyhow::anyhow!("no size of a pool"))?;
        // Without the reset of a connection that is given back, which is a round trip: no other peer does it.
        let pool = PoolOpts::default().with_constraints(size).with_reset_connection(false);
        Ok(MysqlAsync {
            connection: Conn::new(options()?).await?,
            pool: Pool::new(options()?.pool_opts(pool)),
        })
    }

    async fn execute(&mut self, statements: &[&str]) -> Result {
        for statement in statements {
            self.connection.query_drop(*statement).await?;
        }
        Ok(())
    }

    async fn number(&mut self, query: &str) -> Result<i64> {
        self.connection.query_first(query).await?.ok_or_else(|| anyhow::anyhow!("no number came back"))
    }

    async fn run(&mut self, workload: Workload, stopwatch: &mut Stopwatch) -> Result {
        let connection = &mut self.connection;
        match workload {
            Workload::Load(count) => {
                let query = connection.exec_map(schema::SELECT_USERS, (count,), user);
                let users: Vec<User> = stopwatch.wait(query).await?;
                check::users(users.iter().map(columns), count)
            }
            Workload::Join => {
                type PairRow = (i64, String, Option<String>, i64, i64, String, Option<String>);
                let pair = |(id, name, color, post_id, user_id, title, body): PairRow| {
                    (user((id, name, color)), post((post_id, user_id, title, body)))
                };
                let query = connection.exec_map(schema::SELECT_PAIRS, (), pair);
                let pairs: Vec<(User, Post)> = stopwatch.wait(query).await?;
                check::join(pairs.iter().map(|(user, post)| {
                    (columns(user), (post.id, post.user_id, post.title.as_str(), post.body.as_deref()))
                }))
            }
            Workload::Eager => {
                let tree = stopwatch.wait(eager(connection)).await?;
                check::tree(&tree)
            }
            Workload::Get => {
                let first = rows::first_read();
                stopwatch
                    .wait(async {
                        for read in first..first + GETS as usize {
                            let key = rows::key(read);
                            let found: Option<UserRow> =
                                connection.exec_first(schema::SELECT_USER, (key,)).await?;
                            let found = found.map(user).ok_or_else(|| anyhow::anyhow!("no user {key}"))?;
                            check::key(found.id, key)?;
                        }
                        Ok(())
                    })
                    .await
            }
            Workload::Insert(count) => {
                let mut rows: Vec<User> = rows::new_rows(count)
                    .map(|(name, hair_color)| User { id: 0, name, hair_color })
                    .collect();
                stopwatch.wait(insert(connection, &mut rows)).await?;
                check::keys(rows.iter().map(|row| row.id), count)
            }
            Workload::InsertAlone => {
                let mut rows: Vec<User> =
                    rows::new_rows(1).map(|(name, hair_color)| User { id: 0, name, hair_color }).collect();
                stopwatch.wait(insert_some(connection, &mut rows)).await?;
                check::keys(rows.iter().map(|row| row.id), 1)
            }
            Workload::Update { turn } => {
                let names: Vec<(i64, String)> =
                    (1..=UPDATED).map(|id| (id, rows::new_name(turn, id))).collect();
                stopwatch.wait(update(connection, &names)).await
            }
            Workload::Concurrent => stopwatch.wait(read_from_many_tasks(&self.pool)).await,
            Workload::Shop(_) => unsupported(),
        }
    }
}

async fn eager(connection: &mut Conn) -> Result<rows::Tree> {
    let users: Vec<User> = connection.exec_map(schema::SELECT_USERS, (100,), user).await?;
    let query = format!("{}({})", schema::SELECT_POSTS_OF, rows::placeholders(users.len()));
    let keys: Vec<Value> = users.iter().map(|user| user.id.into()).collect();
    let posts: Vec<Post> = connection.exec_map(query, keys, post).await?;
    let query = format!("{}({})", schema::SELECT_COMMENTS_OF, rows::placeholders(posts.len()));
    let keys: Vec<Value> = posts.iter().map(|post| post.id.into()).collect();
    let comments: Vec<Comment> = connection.exec_map(query, keys, comment).await?;
    Ok(rows::tree(users, posts, comments))
}

/// InnoDB gives an INSERT of several rows keys without gaps, so that the first one tells all.
async fn insert(connection: &mut Conn, rows: &mut [User]) -> Result {
    let mut transaction = connection.start_transaction(TxOpts::default()).await?;
    for rows in rows.chunks_mut(ROWS_OF_AN_INSERT) {
        insert_some(&mut transaction, rows).await?;
    }
    Ok(transaction.commit().await?)
}

async fn insert_some(connection: &mut impl Queryable, rows: &mut [User]) -> Result {
    let mut query = String::from("INSERT INTO ins (name, hair_color) VALUES ");
    let mut values: Vec<Value> = Vec::with_capacity(rows.len() * 2);
    for (at, row) in rows.iter().enumerate() {
        query.push_str(if at == 0 { "(?,?)" } else { ",(?,?)" });
        values.push(row.name.as_str().into());
        values.push(row.hair_color.as_deref().into());
    }
    let result = connection.exec_iter(query, Params::Positional(values)).await?;
    let first = i64::try_from(result.last_insert_id().unwrap_or_default())?;
    result.drop_result().await?;
    for (row, id) in rows.iter_mut().zip(first..) {
        row.id = id;
    }
    Ok(())
}

async fn update(connection: &mut Conn, names: &[(i64, String)]) -> Result {
    let mut transaction = connection.start_transaction(TxOpts::default()).await?;
    let statement = transaction.prep(schema::UPDATE).await?;
    for (id, name) in names {
        transaction.exec_drop(&statement, (name, id)).await?;
    }
    Ok(transaction.commit().await?)
}

async fn read_from_many_tasks(pool: &Pool) -> Result {
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..TASKS {
        let pool = pool.clone();
        tasks.spawn(async move {
            for read in task * READS_OF_A_TASK..(task + 1) * READS_OF_A_TASK {
                let key = rows::key(read);
                let found: Option<UserRow> =
                    pool.get_conn().await?.exec_first(schema::SELECT_USER, (key,)).await?;
                check::key(found.map(user).map_or(0, |user| user.id), key)?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(task) = tasks.join_next().await {
        task??;
    }
    Ok(())
}
