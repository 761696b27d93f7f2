//! A future that is dropped while a graph is written: the whole graph is there, or nothing of it.

use super::*;
use crate::harness::polled;

fn graph(name: &str) -> Customer {
    let orders = (1..=3).map(|number| {
        let lines = (1..=2).map(|position| {
            let tag = tag(&format!("{name} {number} {position}"));
            Line { tags: [tag].into(), ..line(position, "article") }
        });
        Order { lines: lines.collect(), ..order(number) }
    });
    Customer { orders: orders.collect(), ..customer(name) }
}

/// How many graphs there are; each of them is whole.
async fn graphs(db: &crate::harness::Database) -> orm::Result<u64> {
    let customers = db.engine().query::<Customer>().with(|c| c.orders().lines().tags()).all().await?;
    for customer in &customers {
        assert_eq!(customer.orders.len()?, 3);
        for order in customer.orders.iter_owned()? {
            assert_eq!(order.lines.len()?, 2);
            for line in order.lines.iter_owned()? {
                assert_eq!(line.tags.len()?, 1);
            }
        }
    }
    let count = customers.len() as u64;
    assert_eq!(db.engine().query::<Order>().count().await?, 3 * count as i64);
    assert_eq!(db.engine().query::<Tag>().count().await?, 6 * count as i64);
    Ok(count)
}

case!(a_commit_of_a_graph_that_is_dropped_writes_all_of_it_or_nothing, |db| {
    db.create::<Shop>().await?;
    for times in 1..60 {
        let before = graphs(&db).await?;
        let mut session = db.engine().session();
        let added = session.add(graph(&format!("customer {times}")));
        let outcome = polled(session.commit(), times).await;
        if let Some(outcome) = outcome {
            outcome?;
            assert_eq!(graphs(&db).await?, before + 1);
            return Ok(());
        }
        session.rollback().await?;
        let there = graphs(&db).await? - before;
        assert!(there <= 1);
        if there == 0 {
            // The objects are as they were before: the same session can write them.
            session.add(added);
            session.commit().await?;
            assert_eq!(graphs(&db).await?, before + 1);
        }
    }
});

case!(a_flush_of_a_graph_that_is_dropped_leaves_nothing, |db| {
    db.create::<Shop>().await?;
    for times in 1..60 {
        let mut session = db.engine().session();
        session.add(graph("Ann"));
        let ended = polled(session.flush(), times).await;
        session.rollback().await?;
        assert_eq!(graphs(&db).await?, 0);
        if let Some(ended) = ended {
            ended?;
            return Ok(());
        }
    }
});
