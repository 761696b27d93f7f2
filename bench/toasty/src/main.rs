//! Toasty. The same code runs on both backends.

mod models;
mod shop;

use bench_common::{
    GETS, POOL, Peer, Place, READS_OF_A_TASK, Result, Stopwatch, TASKS, Workload, check, rows, schema, serve,
    unsupported,
};
use models::{Inserted, Post, Updated, User};
use toasty::{Db, Deferred};

/// Rows of one `create_many`.
const ROWS_OF_AN_INSERT: usize = 500;

fn main() -> Result {
    serve::<Toasty>("toasty")
}

struct Toasty {
    database: Db,
    pool: Option<Db>,
    on_server: bool,
    /// The objects that updates start from.
    updated: Vec<Updated>,
}

async fn connect(place: &Place, size: usize) -> Result<Db> {
    let url = match place {
        Place::Memory => "sqlite::memory:".to_owned(),
        Place::File(path) => format!("sqlite:{}", path.display()),
        // The scheme tells it that the server is MariaDB: it has RETURNING, unlike MySQL.
        Place::Server(url) => format!("{}?ssl-mode=disabled", url.replace("mysql://", "mariadb://")),
    };
    Ok(Db::builder().models(models::all()).max_pool_size(size).connect(&url).await?)
}

impl Peer for Toasty {
    async fn connect(place: &Place) -> Result<Self> {
        let mut database = connect(place, 1).await?;
        if let Place::File(_) = place {
            for pragma in schema::FILE_PRAGMAS.split("; ") {
                toasty::sql::query(pragma).exec(&mut database).await?;
            }
        }
        let pool = match place {
            Place::Memory => None,
            // The journal mode belongs to the file; what else the pragmas set matters to writers alone.
            Place::File(_) | Place::Server(_) => Some(connect(place, POOL).await?),
        };
        Ok(Toasty { database, pool, on_server: place.is_server(), updated: Vec::new() })
    }

    async fn execute(&mut self, statements: &[&str]) -> Result {
        for statement in statements {
            toasty::sql::statement(*statement).exec(&mut self.database).await?;
        }
        Ok(())
    }

    async fn number(&mut self, query: &str) -> Result<i64> {
        let rows = toasty::sql::query(query).exec(&mut self.database).await?;
        models::only_number(&rows)
    }

    async fn run(&mut self, workload: Workload, stopwatch: &mut Stopwatch) -> Result {
        let database = &mut self.database;
        match workload {
            Workload::Load(count) => {
                let query = User::filter(User::fields().id().le(count.unsigned_abs()));
                let users = stopwatch.wait(query.exec(database)).await?;
                check::users(users.iter().map(User::columns), count)
            }
            // It has no join into pairs: the posts with their users, which is as much.
            Workload::Join => {
                let query = Post::all().include(Post::fields().user());
                let posts = stopwatch.wait(query.exec(database)).await?;
                check::join(posts.iter().map(|post| (post.user.get().columns(), post.columns())))
            }
            Workload::Eager => {
                let query = User::filter(User::fields().id().le(100_u64));
                let query = query.include(User::fields().posts().comments());
                let users = stopwatch.wait(query.exec(database)).await?;
                check_tree(&users)
            }
            Workload::Get => {
                let first = rows::first_read();
                stopwatch
                    .wait(async {
                        for read in first..first + GETS as usize {
                            let key = rows::key(read);
                            let user = User::get_by_id(database, &key.unsigned_abs()).await?;
                            check::key(user.id as i64, key)?;
                        }
                        Ok(())
                    })
                    .await
            }
            Workload::Insert(count) => {
                let rows: Vec<_> = rows::new_rows(count).collect();
                let keys = stopwatch.wait(insert(database, rows)).await?;
                check::keys(keys, count)
            }
            Workload::InsertAlone => {
                let row = rows::new_rows(1).next().unwrap_or_default();
                let create = Inserted::create().name(row.0).hair_color(row.1);
                let inserted = stopwatch.wait(create.exec(database)).await?;
                check::keys([inserted.id as i64], 1)
            }
            Workload::Update { turn } => {
                if self.updated.is_empty() {
                    self.updated = Updated::all().exec(database).await?;
                }
                let updated = &mut self.updated;
                stopwatch
                    .wait(async {
                        let mut transaction = database.transaction().await?;
                        for row in updated {
                            let name = rows::new_name(turn, row.id as i64);
                            row.update().name(name).exec(&mut transaction).await?;
                        }
                        Ok(transaction.commit().await?)
                    })
                    .await
            }
            Workload::Concurrent => match &self.pool {
                Some(pool) => stopwatch.wait(read_from_many_tasks(pool)).await,
                None => unsupported(),
            },
            Workload::Shop(form) => shop::run(database, form, self.on_server, stopwatch).await,
        }
    }
}

async fn insert(database: &mut Db, rows: Vec<(String, Option<String>)>) -> Result<Vec<i64>> {
    let mut keys = Vec::with_capacity(rows.len());
    let mut transaction = database.transaction().await?;
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut create = Inserted::create_many();
        for (name, hair_color) in rows.by_ref().take(ROWS_OF_AN_INSERT) {
            create = create.item(Inserted::create().name(name).hair_color(hair_color));
        }
        keys.extend(create.exec(&mut transaction).await?.iter().map(|row| row.id as i64));
    }
    transaction.commit().await?;
    Ok(keys)
}

async fn read_from_many_tasks(pool: &Db) -> Result {
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..TASKS {
        let mut database = pool.clone();
        tasks.spawn(async move {
            for read in task * READS_OF_A_TASK..(task + 1) * READS_OF_A_TASK {
                let key = rows::key(read);
                let user = User::get_by_id(&mut database, &key.unsigned_abs()).await?;
                check::key(user.id as i64, key)?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(task) = tasks.join_next().await {
        task??;
    }
    Ok(())
}

fn check_tree(users: &[User]) -> Result {
    let mut check = check::EagerLoad::default();
    for user in users {
        check.user(user.columns())?;
        for post in loaded(&user.posts) {
            check.post(user.id as i64, post.columns())?;
            for comment in loaded(&post.comments) {
                check.comment(post.id as i64, comment.columns())?;
            }
        }
    }
    check.finish()
}

fn loaded<T>(relation: &Deferred<Vec<T>>) -> &[T] {
    relation.get()
}
