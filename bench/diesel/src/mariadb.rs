//! diesel-async on MariaDB.

use bench_common::{
    GETS, POOL, READS_OF_A_TASK, Result, Stopwatch, TASKS, UPDATED, Workload, check, rows, unsupported,
};
use diesel::prelude::*;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, bb8::Pool};
use diesel_async::{AsyncConnection, AsyncMysqlConnection, RunQueryDsl, SimpleAsyncConnection};

use crate::models::{self, Comment, Number, Post, User, comments, ins, posts, upd, users};

pub(crate) struct Mariadb {
    connection: AsyncMysqlConnection,
    pool: Pool<AsyncMysqlConnection>,
}

impl Mariadb {
    pub(crate) async fn connect(url: &str) -> Result<Mariadb> {
        // Over TCP, as all others: left alone, it would change to the server's socket.
        let url = &format!("{url}?prefer_socket=false");
        let connection = AsyncMysqlConnection::establish(url).await?;
        let manager = AsyncDieselConnectionManager::<AsyncMysqlConnection>::new(url);
        let pool = Pool::builder()
            .max_size(POOL as u32)
            .min_idle(Some(POOL as u32))
            .test_on_check_out(false)
            .build(manager)
            .await?;
        Ok(Mariadb { connection, pool })
    }

    pub(crate) async fn execute(&mut self, statements: &[&str]) -> Result {
        for statement in statements {
            self.connection.batch_execute(statement).await?;
        }
        Ok(())
    }

    pub(crate) async fn number(&mut self, query: &str) -> Result<i64> {
        let number: Number = diesel::sql_query(Number::query(query)).get_result(&mut self.connection).await?;
        Ok(number.number)
    }

    pub(crate) async fn run(&mut self, workload: Workload, stopwatch: &mut Stopwatch) -> Result {
        let connection = &mut self.connection;
        match workload {
            Workload::Load(count) => {
                let users: Vec<User> =
                    stopwatch.wait(users::table.filter(users::id.le(count)).load(connection)).await?;
                models::check_users(&users, count)
            }
            Workload::Join => {
                let pairs: Vec<(User, Post)> =
                    stopwatch.wait(users::table.inner_join(posts::table).load(connection)).await?;
                models::check_join(&pairs)
            }
            Workload::Eager => {
                let tree = stopwatch.wait(eager(connection)).await?;
                models::check_tree(&tree)
            }
            Workload::Get => {
                let first = rows::first_read();
                stopwatch
                    .wait(async {
                        for read in first..first + GETS as usize {
                            let key = rows::key(read);
                            let user: User = users::table.find(key).get_result(connection).await?;
                            check::key(user.id, key)?;
                        }
                        Ok(())
                    })
                    .await
            }
            // MySQL's dialect in Diesel has no RETURNING: the keys are not learnt.
            Workload::Insert(count) => {
                let rows = models::new_rows(count);
                stopwatch
                    .wait(async {
                        connection.batch_execute("BEGIN").await?;
                        diesel::insert_into(ins::table).values(&rows).execute(connection).await?;
                        connection.batch_execute("COMMIT").await?;
                        Ok(())
                    })
                    .await
            }
            Workload::InsertAlone => {
                let rows = models::new_rows(1);
                stopwatch
                    .wait(async {
                        diesel::insert_into(ins::table).values(&rows[0]).execute(connection).await?;
                        Ok(())
                    })
                    .await
            }
            Workload::Update { turn } => {
                let names: Vec<(i64, String)> =
                    (1..=UPDATED).map(|id| (id, rows::new_name(turn, id))).collect();
                stopwatch
                    .wait(async {
                        connection.batch_execute("BEGIN").await?;
                        for (id, name) in &names {
                            let row = diesel::update(upd::table.find(id));
                            row.set(upd::name.eq(name)).execute(connection).await?;
                        }
                        connection.batch_execute("COMMIT").await?;
                        Ok(())
                    })
                    .await
            }
            Workload::Concurrent => stopwatch.wait(read_from_many_tasks(&self.pool)).await,
            Workload::Shop(_) => unsupported(),
        }
    }
}

async fn eager(connection: &mut AsyncMysqlConnection) -> Result<models::Tree> {
    let users: Vec<User> = users::table.filter(users::id.le(100)).load(connection).await?;
    let posts: Vec<Post> = Post::belonging_to(&users).select(posts::all_columns).load(connection).await?;
    let comments: Vec<Comment> =
        Comment::belonging_to(&posts).select(comments::all_columns).load(connection).await?;
    Ok(models::tree(users, posts, comments))
}

async fn read_from_many_tasks(pool: &Pool<AsyncMysqlConnection>) -> Result {
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..TASKS {
        let pool = pool.clone();
        tasks.spawn(async move {
            for read in task * READS_OF_A_TASK..(task + 1) * READS_OF_A_TASK {
                let key = rows::key(read);
                let user: User = users::table.find(key).get_result(&mut *pool.get().await?).await?;
                check::key(user.id, key)?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(task) = tasks.join_next().await {
        task??;
    }
    Ok(())
}
