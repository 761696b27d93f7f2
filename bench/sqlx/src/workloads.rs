//! The workloads, for one of sqlx's databases.

/// Rows of one INSERT.
pub(crate) const ROWS_OF_AN_INSERT: usize = 500;

/// Writes `Connected` with the workloads for one of sqlx's database types. The module that it stands in has `insert`.
macro_rules! on {
    ($database:ty, $connection:ty) => {
        use bench_common::rows::{Comment, Post};
        use bench_common::{GETS, READS_OF_A_TASK, Stopwatch, TASKS, UPDATED, Workload};
        use bench_common::{check, rows, schema, unsupported};

        pub(crate) struct Connected {
            connection: $connection,
            pool: Option<sqlx::Pool<$database>>,
        }

        #[derive(sqlx::FromRow)]
        struct UserRow {
            id: i64,
            name: String,
            hair_color: Option<String>,
        }

        #[derive(sqlx::FromRow)]
        struct PostRow {
            id: i64,
            user_id: i64,
            title: String,
            body: Option<String>,
        }

        #[derive(sqlx::FromRow)]
        struct CommentRow {
            id: i64,
            post_id: i64,
            text: String,
        }

        fn columns(user: &UserRow) -> check::UserRow<'_> {
            (user.id, &user.name, user.hair_color.as_deref())
        }

        impl Connected {
            pub(crate) async fn execute(&mut self, statements: &[&str]) -> Result {
                for statement in statements {
                    sqlx::raw_sql(sqlx::AssertSqlSafe(*statement)).execute(&mut self.connection).await?;
                }
                Ok(())
            }

            pub(crate) async fn number(&mut self, query: &str) -> Result<i64> {
                let query = sqlx::query_scalar(sqlx::AssertSqlSafe(query.to_owned()));
                Ok(query.fetch_one(&mut self.connection).await?)
            }

            pub(crate) async fn run(&mut self, workload: Workload, stopwatch: &mut Stopwatch) -> Result {
                let connection = &mut self.connection;
                match workload {
                    Workload::Load(count) => {
                        let query = sqlx::query_as(schema::SELECT_USERS).bind(count);
                        let users: Vec<UserRow> = stopwatch.wait(query.fetch_all(connection)).await?;
                        check::users(users.iter().map(columns), count)
                    }
                    Workload::Join => {
                        let pairs = stopwatch.wait(join(connection)).await?;
                        check::join(pairs.iter().map(|(user, post)| {
                            (
                                columns(user),
                                (post.id, post.user_id, post.title.as_str(), post.body.as_deref()),
                            )
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
                                    let query = sqlx::query_as(schema::SELECT_USER).bind(key);
                                    let user: UserRow = query.fetch_one(&mut *connection).await?;
                                    check::key(user.id, key)?;
                                }
                                Ok(())
                            })
                            .await
                    }
                    Workload::Insert(count) => {
                        let mut rows: Vec<User> = rows::new_rows(count)
                            .map(|(name, hair_color)| User { id: 0, name, hair_color })
                            .collect();
                        stopwatch
                            .wait(async {
                                let mut transaction = connection.begin().await?;
                                for rows in rows.chunks_mut(crate::workloads::ROWS_OF_AN_INSERT) {
                                    insert(&mut transaction, rows).await?;
                                }
                                anyhow::Ok(transaction.commit().await?)
                            })
                            .await?;
                        check::keys(rows.iter().map(|row| row.id), count)
                    }
                    Workload::InsertAlone => {
                        let mut rows: Vec<User> = rows::new_rows(1)
                            .map(|(name, hair_color)| User { id: 0, name, hair_color })
                            .collect();
                        stopwatch.wait(insert(&mut *connection, &mut rows)).await?;
                        check::keys(rows.iter().map(|row| row.id), 1)
                    }
                    Workload::Update { turn } => {
                        let names: Vec<(i64, String)> =
                            (1..=UPDATED).map(|id| (id, rows::new_name(turn, id))).collect();
                        stopwatch
                            .wait(async {
                                let mut transaction = connection.begin().await?;
                                for (id, name) in &names {
                                    let query = sqlx::query(schema::UPDATE).bind(name).bind(id);
                                    query.execute(&mut *transaction).await?;
                                }
                                Ok(transaction.commit().await?)
                            })
                            .await
                    }
                    Workload::Concurrent => match &self.pool {
                        Some(pool) => stopwatch.wait(read_from_many_tasks(pool)).await,
                        None => unsupported(),
                    },
                    Workload::Shop(_) => unsupported(),
                }
            }
        }

        async fn join(connection: &mut $connection) -> Result<Vec<(UserRow, PostRow)>> {
            use sqlx::Row as _;
            let mut pairs = Vec::new();
            for row in sqlx::query(schema::SELECT_PAIRS).fetch_all(connection).await? {
                let user =
                    UserRow { id: row.try_get(0)?, name: row.try_get(1)?, hair_color: row.try_get(2)? };
                let (id, user_id) = (row.try_get(3)?, row.try_get(4)?);
                pairs.push((user, PostRow { id, user_id, title: row.try_get(5)?, body: row.try_get(6)? }));
            }
            Ok(pairs)
        }

        async fn eager(connection: &mut $connection) -> Result<rows::Tree> {
            let users: Vec<UserRow> =
                sqlx::query_as(schema::SELECT_USERS).bind(100_i64).fetch_all(&mut *connection).await?;
            let mut query = keys(schema::SELECT_POSTS_OF, users.iter().map(|user| user.id));
            let posts: Vec<PostRow> = query.build_query_as().fetch_all(&mut *connection).await?;
            let mut query = keys(schema::SELECT_COMMENTS_OF, posts.iter().map(|post| post.id));
            let comments: Vec<CommentRow> = query.build_query_as().fetch_all(&mut *connection).await?;
            let users =
                users.into_iter().map(|UserRow { id, name, hair_color }| User { id, name, hair_color });
            let posts = posts.into_iter().map(|PostRow { id, user_id, title, body }| Post {
                id,
                user_id,
                title,
                body,
            });
            let comments =
                comments.into_iter().map(|CommentRow { id, post_id, text }| Comment { id, post_id, text });
            Ok(rows::tree(users.collect(), posts.collect(), comments.collect()))
        }

        /// The query with a list of keys behind it.
        fn keys(query: &str, keys: impl Iterator<Item = i64>) -> QueryBuilder<$database> {
            let mut query = QueryBuilder::new(query);
            query.push("(");
            let mut list = query.separated(",");
            for key in keys {
                list.push_bind(key);
            }
            query.push(")");
            query
        }

        async fn read_from_many_tasks(pool: &sqlx::Pool<$database>) -> Result {
            let mut tasks = tokio::task::JoinSet::new();
            for task in 0..TASKS {
                let pool = pool.clone();
                tasks.spawn(async move {
                    for read in task * READS_OF_A_TASK..(task + 1) * READS_OF_A_TASK {
                        let key = rows::key(read);
                        let user: UserRow =
                            sqlx::query_as(schema::SELECT_USER).bind(key).fetch_one(&pool).await?;
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
    };
}
