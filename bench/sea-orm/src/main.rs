//! SeaORM. The same code runs on both backends.

mod entities;
mod shop;

use bench_common::{
    GETS, POOL, Peer, Place, READS_OF_A_TASK, Result, Stopwatch, TASKS, UPDATED, Workload, check, rows,
    serve, unsupported,
};
use entities::{comments, ins, posts, upd, users};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectOptions, ConnectionTrait, Database,
    DatabaseConnection, EntityTrait, InsertMany, IntoActiveModel, LoaderTrait, PrimaryKeyTrait, QueryFilter,
    Set, Statement, TransactionTrait,
};

fn main() -> Result {
    serve::<SeaOrm>("sea-orm")
}

struct SeaOrm {
    database: DatabaseConnection,
    pool: Option<DatabaseConnection>,
}

/// A pool of so many connections.
async fn connect(place: &Place, size: usize) -> Result<DatabaseConnection> {
    let url = if place.is_server() { place.url() + "?ssl-mode=DISABLED" } else { place.url() };
    let mut options = ConnectOptions::new(url);
    options.max_connections(size as u32).min_connections(size as u32);
    options.sqlx_logging(false).test_before_acquire(false);
    if let Place::File(_) = place {
        options.map_sqlx_sqlite_opts(|options: SqliteConnectOptions| {
            options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Normal)
        });
    }
    Ok(Database::connect(options).await?)
}

impl Peer for SeaOrm {
    async fn connect(place: &Place) -> Result<Self> {
        let database = connect(place, 1).await?;
        let pool = match place {
            Place::Memory => None,
            Place::File(_) | Place::Server(_) => Some(connect(place, POOL).await?),
        };
        Ok(SeaOrm { database, pool })
    }

    async fn execute(&mut self, statements: &[&str]) -> Result {
        for statement in statements {
            self.database.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn number(&mut self, query: &str) -> Result<i64> {
        let query = Statement::from_string(self.database.get_database_backend(), query);
        let row = self.database.query_one_raw(query).await?;
        Ok(row.ok_or_else(|| anyhow::anyhow!("no number came back"))?.try_get_by_index(0)?)
    }

    async fn run(&mut self, workload: Workload, stopwatch: &mut Stopwatch) -> Result {
        let database = &self.database;
        match workload {
            Workload::Load(count) => {
                let query = users::Entity::find().filter(users::Column::Id.lte(count));
                let users = stopwatch.wait(query.all(database)).await?;
                check::users(users.iter().map(columns_of_user), count)
            }
            Workload::Join => {
                let query = posts::Entity::find().find_also_related(users::Entity);
                let pairs = stopwatch.wait(query.all(database)).await?;
                let pairs = pairs.iter().filter_map(|(post, user)| Some((user.as_ref()?, post)));
                check::join(pairs.map(|(user, post)| (columns_of_user(user), columns_of_post(post))))
            }
            Workload::Eager => {
                let tree = stopwatch.wait(eager(database)).await?;
                check_tree(&tree)
            }
            Workload::Get => {
                let first = rows::first_read();
                stopwatch
                    .wait(async {
                        for read in first..first + GETS as usize {
                            let key = rows::key(read);
                            let user = users::Entity::find_by_id(key).one(database).await?;
                            check::key(user.map_or(0, |user| user.id), key)?;
                        }
                        Ok(())
                    })
                    .await
            }
            Workload::Insert(count) => {
                let rows: Vec<ins::ActiveModel> = rows::new_rows(count)
                    .map(|(name, hair_color)| ins::ActiveModel {
                        name: Set(name),
                        hair_color: Set(hair_color),
                        ..Default::default()
                    })
                    .collect();
                let keys = stopwatch
                    .wait(async {
                        let transaction = database.begin().await?;
                        let keys = insert(ins::Entity::insert_many(rows), count, &transaction).await?;
                        transaction.commit().await?;
                        anyhow::Ok(keys)
                    })
                    .await?;
                check::keys(keys, count)
            }
            // `update_many`: `ActiveModel::update` reads each row back, which takes longer.
            Workload::InsertAlone => {
                let row = rows::new_rows(1).next().map(|(name, hair_color)| ins::ActiveModel {
                    name: Set(name),
                    hair_color: Set(hair_color),
                    ..Default::default()
                });
                let keys = stopwatch.wait(insert(ins::Entity::insert_many(row), 1, database)).await?;
                check::keys(keys, 1)
            }
            Workload::Update { turn } => {
                let names: Vec<(i64, String)> =
                    (1..=UPDATED).map(|id| (id, rows::new_name(turn, id))).collect();
                stopwatch
                    .wait(async {
                        let transaction = database.begin().await?;
                        for (id, name) in names {
                            let changed = upd::ActiveModel {
                                id: ActiveValue::Unchanged(id),
                                name: Set(name),
                                ..Default::default()
                            };
                            let update = upd::Entity::update_many().set(changed);
                            update.filter(upd::Column::Id.eq(id)).exec(&transaction).await?;
                        }
                        Ok(transaction.commit().await?)
                    })
                    .await
            }
            Workload::Concurrent => match &self.pool {
                Some(pool) => stopwatch.wait(read_from_many_tasks(pool)).await,
                None => unsupported(),
            },
            Workload::Shop(form) => shop::run(database, form, stopwatch).await,
        }
    }
}

/// Inserts rows of one table and gives their keys: by RETURNING on SQLite. SeaORM does not write RETURNING for MariaDB
/// (its feature for that promises it, and then no key comes back); InnoDB gives such a statement keys without gaps.
pub(crate) async fn insert<A>(
    insert: InsertMany<A>,
    count: usize,
    transaction: &impl ConnectionTrait,
) -> Result<Vec<i64>>
where
    A: ActiveModelTrait,
    <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    <A::Entity as EntityTrait>::PrimaryKey: PrimaryKeyTrait<ValueType = i64>,
{
    if transaction.support_returning() {
        return Ok(insert.exec_with_returning_keys(transaction).await?);
    }
    let first = insert.exec(transaction).await?.last_insert_id.unwrap_or_default();
    Ok((first..first + count as i64).collect())
}

type Tree = Vec<(users::Model, Vec<(posts::Model, Vec<comments::Model>)>)>;

/// Two calls of its loader, which sends one statement each.
async fn eager(database: &DatabaseConnection) -> Result<Tree> {
    let users = users::Entity::find().filter(users::Column::Id.lte(100)).all(database).await?;
    let posts = users.load_many(posts::Entity, database).await?;
    let flat: Vec<posts::Model> = posts.iter().flatten().cloned().collect();
    let mut comments = flat.load_many(comments::Entity, database).await?.into_iter();
    let mut tree = Vec::with_capacity(users.len());
    for (user, posts) in users.into_iter().zip(posts) {
        tree.push((user, posts.into_iter().zip(comments.by_ref()).collect()));
    }
    Ok(tree)
}

async fn read_from_many_tasks(pool: &DatabaseConnection) -> Result {
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..TASKS {
        let pool = pool.clone();
        tasks.spawn(async move {
            for read in task * READS_OF_A_TASK..(task + 1) * READS_OF_A_TASK {
                let key = rows::key(read);
                let user = users::Entity::find_by_id(key).one(&pool).await?;
                check::key(user.map_or(0, |user| user.id), key)?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(task) = tasks.join_next().await {
        task??;
    }
    Ok(())
}

fn check_tree(tree: &Tree) -> Result {
    let mut check = check::EagerLoad::default();
    for (user, posts) in tree {
        check.user(columns_of_user(user))?;
        for (post, comments) in posts {
            check.post(user.id, columns_of_post(post))?;
            for comment in comments {
                check.comment(post.id, (comment.id, comment.post_id, &comment.text))?;
            }
        }
    }
    check.finish()
}

fn columns_of_user(user: &users::Model) -> check::UserRow<'_> {
    (user.id, &user.name, user.hair_color.as_deref())
}

fn columns_of_post(post: &posts::Model) -> check::PostRow<'_> {
    (post.id, post.user_id, &post.title, post.body.as_deref())
}
