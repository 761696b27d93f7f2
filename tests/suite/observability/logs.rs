//! Counters and logs of an engine, for tests and for looking into a program.

use orm::LoggedStatement;
use orm::prelude::*;

use super::{User, user};

case!(every_statement_is_counted, |db| {
    db.create::<(User,)>().await?;
    let engine = db.engine();
    let before = engine.statement_count();
    engine.query::<User>().count().await?;
    assert_eq!(engine.statement_count(), before + 1);
    let mut session = db.session();
    session.add_all([(1, "Ann"), (2, "Bob")].map(|(id, name)| User { id, ..user(name) }));
    session.commit().await?;
    assert_eq!(engine.statement_count(), before + 4, "BEGIN, INSERT, COMMIT");
    assert_eq!(engine.clone().statement_count(), before + 4, "clones count together");
    session.commit().await?;
    assert_eq!(engine.statement_count(), before + 4, "nothing to write, nothing sent");
    session.add(user("Cid"));
    session.commit().await?;
    assert_eq!(engine.statement_count(), before + 5, "an INSERT that commits itself");
});

case!(a_log_keeps_what_is_sent_while_it_is_open, |db| {
    db.create::<(User,)>().await?;
    let mut engine = db.engine().clone();
    let log = engine.log_statements();
    user("Ann").insert(&mut engine).await?;
    user("Bob").insert(&mut engine).await?;
    engine.query::<User>().all().await?;
    assert!(user("Ann").insert(&mut engine).await.is_err());
    for names in [["Cid", "Dan"], ["Eve", "Ann"]] {
        let mut session = engine.session();
        session.add_all(names.map(user));
        let is_new = !names.contains(&"Ann");
        assert_eq!(session.commit().await.is_ok(), is_new);
    }
    User::delete(&mut engine, 1).await?;
    let statements = log.statements();
    let kept = |start: &str| -> Vec<&LoggedStatement> {
        statements.iter().filter(|statement| statement.sql.starts_with(start)).collect()
    };
    let inserts = kept("INSERT");
    assert_eq!(
        inserts.iter().map(|insert| insert.failed).collect::<Vec<_>>(),
        [false, false, true, false, true]
    );
    assert_eq!((inserts[0].rows_affected, inserts[3].rows_affected), (1, 2));
    assert_eq!(kept("SELECT").iter().map(|select| select.returned_rows).max(), Some(2));
    assert_eq!(kept("DELETE")[0].rows_affected, 1);
    assert_eq!((kept("COMMIT").len(), kept("ROLLBACK").len()), (1, 1));

    assert_eq!(log.take_sql().len(), statements.len());
    assert_eq!(log.take_sql(), Vec::<String>::new(), "taking forgets");
});

case!(logs_do_not_disturb_each_other, |db| {
    db.create::<(User,)>().await?;
    let query = || db.engine().query::<User>();
    let outer = db.engine().log_statements();
    query().count().await?;
    {
        let inner = db.engine().log_statements();
        query().exists().await?;
        assert_eq!(inner.take_sql().len(), 1);
    }
    query().count().await?;
    assert_eq!(outer.statements().len(), 3);
    drop(outer);
    query().count().await?;
    let last = db.engine().log_statements();
    assert_eq!(last.statements(), []);
});

case!(a_row_that_was_changed_to_what_it_is_counts_as_affected, |db| {
    db.create::<(User,)>().await?;
    let mut session = db.session();
    let ann = session.add(user("Ann"));
    session.commit().await?;
    db.execute("UPDATE users SET age = 5").await?;
    let log = db.engine().log_statements();
    session[ann].age = Some(5);
    session.commit().await?;
    let update = log.statements().into_iter().find(|statement| statement.sql.starts_with("UPDATE")).unwrap();
    assert_eq!(update.rows_affected, 1, "rows that were found, not rows that differ");
});
