//! Reads by a session, a new one each time: its objects are tracked, and found again by their keys.

use bench_common::{GETS, Result, Stopwatch, check, rows};
use orm::prelude::*;

use bench_orm::models::{Post, User};

pub(crate) async fn load(engine: &AnyEngine, count: i64, stopwatch: &mut Stopwatch) -> Result {
    let (session, users) = stopwatch
        .wait(async {
            let mut session = engine.session();
            let users = session.query::<User>().filter(|u| u.id.le(count)).all().await?;
            anyhow::Ok((session, users))
        })
        .await?;
    check::users(users.iter().map(|user| session[user].columns()), count)
}

/// Whole objects: each user is one object, however many posts it stands with.
pub(crate) async fn join(engine: &AnyEngine, stopwatch: &mut Stopwatch) -> Result {
    let (session, pairs) = stopwatch
        .wait(async {
            let mut session = engine.session();
            let pairs = session.query::<Post>().select(|p| (p.user(), p)).all().await?;
            anyhow::Ok((session, pairs))
        })
        .await?;
    check::join(pairs.iter().map(|(user, post)| (session[user].columns(), session[post].columns())))
}

pub(crate) async fn eager(engine: &AnyEngine, stopwatch: &mut Stopwatch) -> Result {
    let (session, users) = stopwatch
        .wait(async {
            let mut session = engine.session();
            let query = session.query::<User>().filter(|u| u.id.le(100)).with(|u| u.posts().comments());
            let users = query.all().await?;
            anyhow::Ok((session, users))
        })
        .await?;
    let mut check = check::EagerLoad::default();
    for user in users {
        let user = &session[user];
        check.user(user.columns())?;
        for post in user.posts.iter(&session)? {
            check.post(user.id, post.columns())?;
            for comment in post.comments.iter(&session)? {
                check.comment(post.id, comment.columns())?;
            }
        }
    }
    check.finish()
}

/// The keys of one session all differ, so that each is read from the database.
pub(crate) async fn get(engine: &AnyEngine, stopwatch: &mut Stopwatch) -> Result {
    let first = rows::first_read();
    stopwatch
        .wait(async {
            let mut session = engine.session();
            for read in first..first + GETS as usize {
                let key = rows::key(read);
                let user = session.get::<User>(key).await?;
                check::key(user.map_or(0, |user| session[user].id), key)?;
            }
            Ok(())
        })
        .await
}
