//! Sessions that are configured alike.

use orm::prelude::*;
use orm::{Isolation, SessionFactory};

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50)]
    name: String,
}

fn user(name: &str) -> User {
    User { name: name.into(), ..Default::default() }
}

case!(autoflush_can_be_off_for_a_session_and_on_for_a_query, |db| {
    db.create::<(User,)>().await?;
    let factory = SessionFactory::new(db.engine()).autoflush(false);
    let mut session = factory.session();
    session.add(user("Ann"));
    assert_eq!(session.query::<User>().count().await?, 0);
    assert_eq!(session.query::<User>().autoflush(true).count().await?, 1);
    session.rollback().await?;

    let mut session = SessionFactory::new(db.engine()).session();
    session.add(user("Ann"));
    assert_eq!(session.query::<User>().count().await?, 1);
});

case!(objects_can_stay_fresh_after_a_commit, |db| {
    db.create::<(User,)>().await?;
    let mut session = SessionFactory::new(db.engine()).expire_on_commit(false).session();
    let ann = session.add(user("Ann"));
    session.commit().await?;
    assert!(!session.is_stale(ann));
    let log = db.log();
    assert_eq!(session.get::<User>(1).await?, Some(ann));
    assert_eq!(log.take(), Vec::<String>::new());
});

case!(a_factory_is_cloned_into_each_task, |db| {
    db.create::<(User,)>().await?;
    let factory = SessionFactory::new(db.engine());
    let mut tasks = Vec::new();
    for number in 0..8 {
        let factory = factory.clone();
        tasks.push(tokio::spawn(async move {
            let mut session = factory.session();
            session.add(user(&format!("user {number}")));
            session.commit().await
        }));
    }
    for task in tasks {
        task.await??;
    }
    assert_eq!(db.engine().query::<User>().count().await?, 8);
});

case!(every_isolation_is_given_or_a_stronger_one, |db| {
    db.create::<(User,)>().await?;
    for isolation in [
        Isolation::ReadUncommitted,
        Isolation::ReadCommitted,
        Isolation::RepeatableRead,
        Isolation::Serializable,
    ] {
        let mut session = SessionFactory::new(db.engine()).isolation(isolation).session();
        session.begin().await?;
        session.add(user("Ann"));
        session.commit().await?;
    }
    assert_eq!(db.engine().query::<User>().count().await?, 4);
});

case!(a_session_reads_what_its_isolation_says, |db| {
    if !db.is_server() {
        return Ok(());
    }
    db.create::<(User,)>().await?;
    user("Ann").insert(&mut db.engine().clone()).await?;
    for (isolation, sees_the_change) in [(Isolation::ReadCommitted, true), (Isolation::RepeatableRead, false)]
    {
        db.execute("UPDATE users SET name = 'Ann'").await?;
        let mut session = SessionFactory::new(db.engine()).isolation(isolation).session();
        session.begin().await?;
        assert_eq!(session.query::<User>().filter(|u| u.name.eq("Ann")).count().await?, 1);
        db.execute("UPDATE users SET name = 'Bob'").await?;
        let sees = session.query::<User>().filter(|u| u.name.eq("Bob")).exists().await?;
        assert_eq!(sees, sees_the_change, "{isolation:?}");
        session.rollback().await?;
    }
});
