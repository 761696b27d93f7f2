//! Futures that are dropped after any number of polls: no transaction stays open, no connection is lost from the pool, and
//! only whole transactions are in the table.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use orm_core::engine::{Engine, TransactionOptions};
use orm_core::error::Result;
use orm_core::value::{Value, ValueRef};
use orm_mysql::MySqlEngine;
use tokio::net::{TcpListener, TcpStream};

use crate::server::{Database, eventually, execute, on_both, rows, run_once};

/// Polls a future at most so often, then drops it: `None` where that was not enough.
///
/// The last poll is followed by a drop at once with [`When::AtOnce`], with the command on its way, and by a drop after the
/// next event otherwise, with the answer unread.
struct DropAfter<F> {
    future: Option<Pin<Box<F>>>,
    polls: usize,
    when: When,
}

#[derive(Clone, Copy, PartialEq)]
enum When {
    AtOnce,
    AtTheNextEvent,
}

impl<F: Future> Future for DropAfter<F> {
    type Output = Option<F::Output>;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls == 0 {
            self.future = None;
            return Poll::Ready(None);
        }
        self.polls -= 1;
        let future = self.future.as_mut().expect("it is polled until it is ready");
        match future.as_mut().poll(cx) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending if self.polls == 0 && self.when == When::AtOnce => {
                self.future = None;
                Poll::Ready(None)
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

async fn drop_after<F: Future>(polls: usize, when: When, future: F) -> Option<F::Output> {
    DropAfter { future: Some(Box::pin(future)), polls, when }.await
}

/// Passes the bytes of a server on from a port of its own, as a task of this runtime: on a current-thread runtime no answer
/// can be there before a future that asked for it has given way.
async fn relay(database: &mut Database) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap();
    let server = database.address();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut server = TcpStream::connect(&server).await.unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut server).await });
        }
    });
    database.options = database.options.clone().host(own.ip().to_string()).port(own.port());
}

/// A small unit of work: two rows of one tag, or none.
async fn write_pair(engine: &MySqlEngine, tag: i64) -> Result<()> {
    let mut connection = engine.acquire().await?;
    connection.begin(TransactionOptions::default()).await?;
    for side in [1, 2] {
        let values = [ValueRef::Int(tag), ValueRef::Int(side)];
        execute(&mut *connection, "INSERT INTO pairs (tag, side) VALUES (?, ?)", &values).await?;
    }
    rows(&mut *connection, "SELECT tag, side FROM pairs ORDER BY id DESC LIMIT 50", &[]).await?;
    connection.commit().await
}

async fn open_transactions(database: &Database) -> Value {
    let engine = database.engine().await;
    let mut connection = engine.acquire().await.unwrap();
    let sql = "SELECT COUNT(*) FROM information_schema.INNODB_TRX AS t \
               JOIN information_schema.PROCESSLIST AS p ON p.ID = t.trx_mysql_thread_id WHERE p.DB = DATABASE()";
    rows(&mut *connection, sql, &[]).await.unwrap().remove(0).remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn futures_dropped_anywhere_leave_nothing_behind() {
    on_both(|mut database| async move {
        database.options = database.options.pool_size(3);
        let engine = Arc::new(database.engine().await);
        run_once(
            &engine,
            "CREATE TABLE pairs (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, tag BIGINT NOT NULL, \
             side BIGINT NOT NULL)",
        )
        .await
        .unwrap();
        let finished = Arc::new(AtomicUsize::new(0));
        let mut tasks = Vec::new();
        for task in 0..4_i64 {
            let (engine, finished) = (Arc::clone(&engine), Arc::clone(&finished));
            tasks.push(tokio::spawn(async move {
                for turn in 0..250_i64 {
                    let polls = usize::try_from((turn * 7 + task) % 24).unwrap() + 1;
                    let when = if turn % 2 == 0 { When::AtOnce } else { When::AtTheNextEvent };
                    match drop_after(polls, when, write_pair(&engine, task * 1000 + turn)).await {
                        Some(outcome) => {
                            outcome.unwrap();
                            finished.fetch_add(1, Ordering::Relaxed);
                        }
                        None => continue,
                    }
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        eventually("the end of all loans", async || engine.pool_status().lent == 0).await;
        eventually("the end of all transactions", async || {
            open_transactions(&database).await == Value::Int(0)
        })
        .await;

        let finished = i64::try_from(finished.load(Ordering::Relaxed)).unwrap();
        assert!((20..980).contains(&finished), "{finished} of 1000 finished: some must, some must not");
        let mut connection = engine.acquire().await.unwrap();
        let torn = "SELECT COUNT(*) FROM (SELECT tag FROM pairs GROUP BY tag HAVING COUNT(*) <> 2) AS torn";
        assert_eq!(rows(&mut *connection, torn, &[]).await.unwrap(), [[Value::Int(0)]]);
        let whole = rows(&mut *connection, "SELECT COUNT(DISTINCT tag) FROM pairs", &[]).await.unwrap();
        let Value::Int(whole) = whole[0][0] else { panic!("{whole:?}") };
        assert!(whole >= finished, "{whole} are there, {finished} were told to be");
        drop(connection);

        // Each place of the pool still works.
        let mut connections = Vec::new();
        for _ in 0..3 {
            connections.push(engine.acquire().await.unwrap());
        }
        for connection in &mut connections {
            assert_eq!(rows(&mut **connection, "SELECT 1", &[]).await.unwrap(), [[Value::Int(1)]]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_dropped_begin_never_lends_an_open_transaction() {
    on_both(|mut database| async move {
        relay(&mut database).await;
        database.options = database.options.pool_size(1);
        let engine = database.engine().await;
        let witness = database.engine().await;
        run_once(&engine, "CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY)").await.unwrap();
        let mut id = 0;
        let mut dropped = 0;
        for polls in 1..=6 {
            for when in [When::AtOnce, When::AtTheNextEvent] {
                let begin = async {
                    let mut connection = engine.acquire().await.unwrap();
                    let begun =
                        drop_after(polls, when, connection.begin(TransactionOptions::default())).await;
                    (begun.is_none(), connection.is_usable())
                };
                let (was_dropped, usable) = begin.await;
                assert_ne!(was_dropped, usable, "a connection whose begin was dropped is not used again");
                dropped += usize::from(was_dropped);
                id += 1;
                let mut next = engine.acquire().await.unwrap();
                execute(&mut *next, "INSERT INTO t VALUES (?)", &[ValueRef::Int(id)]).await.unwrap();
                drop(next);
                let mut witness = witness.acquire().await.unwrap();
                let found = rows(&mut *witness, "SELECT COUNT(*) FROM t", &[]).await.unwrap();
                assert_eq!(found, [[Value::Int(id)]], "the insert was inside of a leaked transaction");
            }
        }
        assert!(dropped > 0);
    })
    .await;
}

#[tokio::test]
async fn a_dropped_query_leaves_no_rows_for_the_next_one() {
    on_both(|mut database| async move {
        database.options = database.options.pool_size(1);
        let engine = database.engine().await;
        run_once(&engine, "CREATE TABLE n (id BIGINT NOT NULL PRIMARY KEY)").await.unwrap();
        let values: Vec<String> = (0..5000).map(|number| format!("({number})")).collect();
        run_once(&engine, &format!("INSERT INTO n VALUES {}", values.join(","))).await.unwrap();
        for polls in 1..=12 {
            for when in [When::AtOnce, When::AtTheNextEvent] {
                drop_after(polls, when, async {
                    let mut connection = engine.acquire().await.unwrap();
                    rows(&mut *connection, "SELECT id FROM n", &[]).await.unwrap()
                })
                .await;
                let mut next = engine.acquire().await.unwrap();
                assert_eq!(rows(&mut *next, "SELECT -1", &[]).await.unwrap(), [[Value::Int(-1)]]);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_dropped_acquire_gives_its_place_back() {
    on_both(|mut database| async move {
        database.options = database.options.pool_size(2);
        let engine = database.engine().await;
        for polls in 1..=12 {
            for when in [When::AtOnce, When::AtTheNextEvent] {
                // The first is there, the second has to connect.
                let first = engine.acquire().await.unwrap();
                let second = drop_after(polls, when, engine.acquire()).await;
                drop((first, second));
                assert_eq!(engine.pool_status().lent, 0);
                // Connect anew in the next turn.
                let mut one = engine.acquire().await.unwrap();
                one.run_once("SET @used = 1").await.unwrap();
            }
        }
    })
    .await;
}
