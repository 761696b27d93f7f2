//! Savepoints and transactions as closures. Rules 21 and 22.

use super::*;
use orm::{Error, ErrorKind, ObjectState};

case!(rule_22_a_savepoint_restores_only_what_happened_inside_it, |db| {
    db.create::<Shop>().await?;
    let mut session = db.engine().session();
    let ann = session.add(Customer { orders: [order(1)].into(), ..customer("Ann") });
    let first = session[ann].orders.handles()?[0];
    let failed: orm::Result<()> = session
        .nested(async |session| {
            session[ann].name = "Anna".into();
            session[ann].orders.push(order(2));
            session[first].number = 10;
            session.flush().await?;
            session.delete(first);
            Err(Error::app("changed my mind"))
        })
        .await;
    assert_eq!(failed.expect_err("it failed").to_string(), "changed my mind");
    assert_eq!(session[ann].name, "Ann");
    assert_eq!(session[ann].orders.handles()?, [first]);
    assert_eq!(session[first].number, 1);
    assert!(session[ann].id > 0, "what was written before the savepoint stays");
    session.commit().await?;
    let rows = db.engine().query::<Customer>().with(|c| c.orders()).all().await?;
    assert_eq!((rows[0].name.as_str(), rows[0].orders.len()?), ("Ann", 1));
});

case!(rule_22_a_released_savepoint_belongs_to_the_transaction_around_it, |db| {
    db.create::<Shop>().await?;
    let mut session = db.engine().session();
    let added = session
        .nested(async |session| {
            let ann = session.add(customer("Ann"));
            session
                .nested(async |session| {
                    session[ann].name = "Anna".into();
                    Ok(())
                })
                .await?;
            Ok(ann)
        })
        .await?;
    assert_eq!(session[added].name, "Anna");
    session.rollback().await?;
    assert_eq!(session.state(added), Some(ObjectState::Transient));
    assert_eq!(session[added].id, 0);
    assert_eq!(db.engine().query::<Customer>().count().await?, 0);
    session.add(added);
    session.commit().await?;
    assert_eq!(db.engine().query::<Customer>().count().await?, 1);
});

case!(rule_22_explicit_savepoints_nest_and_a_failed_flush_inside_one_is_survived, |db| {
    db.create::<Shop>().await?;
    let mut session = db.engine().session();
    session.add(customer("Ann"));
    session.begin_nested().await?;
    let twice = session.add(customer("Ann"));
    let error = session.flush().await.expect_err("the name is taken");
    assert!(matches!(error.kind(), ErrorKind::Unique { .. }), "{error}");
    let inactive = session.flush().await.expect_err("the session says why");
    assert!(matches!(inactive.kind(), ErrorKind::Inactive { .. }), "{inactive}");
    session.rollback_nested().await?;
    assert_eq!(session.state(twice), Some(ObjectState::Transient));
    session.add(customer("Bob"));
    session.begin_nested().await?;
    session.add(customer("Cid"));
    session.release().await?;
    assert_eq!(session.nesting(), 0);
    session.commit().await?;
    assert_eq!(db.engine().query::<Customer>().count().await?, 3);
});

case!(a_transaction_commits_on_ok_and_rolls_back_on_err, |db| {
    db.create::<Shop>().await?;
    let engine = db.engine();
    let names = vec!["Ann".to_owned(), "Bob".to_owned()];
    let count = engine
        .transaction(async |session| {
            for name in &names {
                session.add(customer(name));
            }
            session.query::<Customer>().count().await
        })
        .await?;
    assert_eq!(count, 2);
    let failed: orm::Result<()> = engine
        .transaction(async |session| {
            session.add(customer("Cid"));
            session.flush().await?;
            Err(Error::app("no"))
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(engine.query::<Customer>().count().await?, 2);
});

case!(a_transaction_whose_closure_panics_is_rolled_back, |db| {
    db.create::<Shop>().await?;
    let engine = db.engine().clone();
    let task = tokio::spawn(async move {
        engine
            .transaction(async |session| {
                session.add(customer("Ann"));
                session.flush().await?;
                if session.in_transaction() {
                    panic!("in the middle");
                }
                Ok(())
            })
            .await
    });
    assert!(task.await.is_err_and(|error| error.is_panic()));
    assert_eq!(db.engine().query::<Customer>().count().await?, 0);
    db.engine()
        .transaction(async |session| {
            session.add(customer("Bob"));
            Ok(())
        })
        .await?;
    assert_eq!(db.engine().query::<Customer>().count().await?, 1);
});

case!(a_nested_transaction_that_is_dropped_takes_the_whole_transaction_along, |db| {
    db.create::<Shop>().await?;
    let mut session = db.engine().session();
    session.add(customer("Ann"));
    let nested = session.nested(async |session| {
        session.add(customer("Bob"));
        session.flush().await?;
        std::future::pending::<orm::Result<()>>().await
    });
    let timed_out = tokio::time::timeout(std::time::Duration::from_millis(200), nested).await;
    assert!(timed_out.is_err());
    let error = session.commit().await.expect_err("half of a nested transaction is not committed");
    assert!(matches!(error.kind(), ErrorKind::Inactive { .. }), "{error}");
    session.rollback().await?;
    assert_eq!(db.engine().query::<Customer>().count().await?, 0);
});

case!(rule_21_what_was_loaded_in_a_transaction_is_not_loaded_any_more_after_its_rollback, |db| {
    db.create::<Shop>().await?;
    let mut session = db.engine().session();
    session.add(customer("Ann"));
    session.commit().await?;
    let mut session = db.engine().session();
    let ann = session.query::<Customer>().one().await?;
    let customer_id = session[ann].id;
    session.add(Order { customer_id, ..order(1) });
    session.load(ann, |c| c.orders()).await?;
    assert_eq!(session[ann].orders.len()?, 1);
    session.rollback().await?;
    assert!(!session[ann].orders.is_loaded());
    session.load(ann, |c| c.orders()).await?;
    assert!(session[ann].orders.is_empty()?);
});
