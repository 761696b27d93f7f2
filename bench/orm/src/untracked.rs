//! Reads by the engine: the objects belong to the caller.

use bench_common::{GETS, READS_OF_A_TASK, Result, Stopwatch, TASKS, check, rows};
use orm::prelude::*;

use bench_orm::models::{Post, User};

pub(crate) async fn load(engine: &AnyEngine, count: i64, stopwatch: &mut Stopwatch) -> Result {
    let users = stopwatch.wait(engine.query::<User>().filter(|u| u.id.le(count)).all()).await?;
    check::users(users.iter().map(User::columns), count)
}

/// A projection: the columns that the pairs consist of.
pub(crate) async fn join(engine: &AnyEngine, stopwatch: &mut Stopwatch) -> Result {
    type Pair = (i64, String, Option<String>, i64, i64, String, Option<String>);
    let query = engine.query::<Post>().select(|p| {
        let u = p.user();
        (u.id, u.name, u.hair_color, p.id, p.user_id, p.title, p.body)
    });
    let pairs: Vec<Pair> = stopwatch.wait(query.all()).await?;
    check::join(pairs.iter().map(|(id, name, hair_color, post_id, user_id, title, body)| {
        let user = (*id, name.as_str(), hair_color.as_deref());
        (user, (*post_id, *user_id, title.as_str(), body.as_deref()))
    }))
}

pub(crate) async fn eager(engine: &AnyEngine, stopwatch: &mut Stopwatch) -> Result {
    let query = engine.query::<User>().filter(|u| u.id.le(100)).with(|u| u.posts().comments());
    let users = stopwatch.wait(query.all()).await?;
    let mut check = check::EagerLoad::default();
    for user in &users {
        check.user(user.columns())?;
        for post in user.posts.iter_owned()? {
            check.post(user.id, post.columns())?;
            for comment in post.comments.iter_owned()? {
                check.comment(post.id, comment.columns())?;
            }
        }
    }
    check.finish()
}

pub(crate) async fn get(engine: &AnyEngine, stopwatch: &mut Stopwatch) -> Result {
    let first = rows::first_read();
    stopwatch
        .wait(async {
            for read in first..first + GETS as usize {
                let key = rows::key(read);
                let user = engine.get::<User>(key).await?;
                check::key(user.map_or(0, |user| user.id), key)?;
            }
            Ok(())
        })
        .await
}

pub(crate) async fn concurrent(engine: &AnyEngine, stopwatch: &mut Stopwatch) -> Result {
    stopwatch
        .wait(async {
            let mut tasks = tokio::task::JoinSet::new();
            for task in 0..TASKS {
                let engine = engine.clone();
                tasks.spawn(async move {
                    for read in task * READS_OF_A_TASK..(task + 1) * READS_OF_A_TASK {
                        let key = rows::key(read);
                        let user = engine.get::<User>(key).await?;
                        check::key(user.map_or(0, |user| user.id), key)?;
                    }
                    anyhow::Ok(())
                });
            }
            while let Some(task) = tasks.join_next().await {
                task??;
            }
            Ok(())
        })
        .await
}
