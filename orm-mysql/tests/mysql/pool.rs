//! Lending: limits, recycling, what comes back and what is closed.

use std::time::Duration;

use orm_core::engine::{Connection, Engine, TransactionOptions};
use orm_core::error::ErrorKind;
use orm_core::value::Value;
use orm_mysql::{MySqlEngine, MySqlOptions};

use crate::server::{Kind, eventually, execute, on_both, rows, run_once, url};

async fn id_of(connection: &mut dyn Connection) -> Value {
    rows(connection, "SELECT CONNECTION_ID()", &[]).await.unwrap().remove(0).remove(0)
}

#[tokio::test]
async fn waiting_too_long_says_how_long_and_what_to_do() {
    on_both(|mut database| async move {
        database.options = database.options.pool_size(2).acquire_timeout(Duration::from_millis(50));
        let engine = database.engine().await;
        let one = engine.acquire().await.unwrap();
        let _two = engine.acquire().await.unwrap();
        assert_eq!((engine.pool_status().size, engine.pool_status().lent), (2, 2));
        let error = engine.acquire().await.err().unwrap();
        assert_eq!(
            error.to_string(),
            "waiting for one of 2 connections of the pool took longer than 50 ms; \
             commit, roll back or drop sessions sooner, or raise the pool's size"
        );
        drop(one);
        engine.acquire().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_waiter_gets_the_connection_that_comes_back() {
    on_both(|mut database| async move {
        database.options = database.options.pool_size(1);
        let engine = database.engine().await;
        let mut one = engine.acquire().await.unwrap();
        let id = id_of(&mut *one).await;
        let (mut next, ()) = tokio::join!(async { engine.acquire().await.unwrap() }, async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            drop(one);
        });
        assert_eq!(id_of(&mut *next).await, id);
    })
    .await;
}

#[tokio::test]
async fn an_open_transaction_is_rolled_back_before_the_connection_is_lent_again() {
    on_both(|mut database| async move {
        database.options = database.options.pool_size(1);
        let engine = database.engine().await;
        run_once(&engine, "CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY)").await.unwrap();
        let mut one = engine.acquire().await.unwrap();
        let id = id_of(&mut *one).await;
        one.begin(TransactionOptions::default()).await.unwrap();
        execute(&mut *one, "INSERT INTO t VALUES (1)", &[]).await.unwrap();
        drop(one);
        let mut next = engine.acquire().await.unwrap();
        assert_eq!(id_of(&mut *next).await, id, "it was rolled back, not closed");
        assert_eq!(rows(&mut *next, "SELECT COUNT(*) FROM t", &[]).await.unwrap(), [[Value::Int(0)]]);
        // Outside of a transaction: others see it at once.
        execute(&mut *next, "INSERT INTO t VALUES (2)", &[]).await.unwrap();
        let other = database.engine().await;
        let found = rows(&mut *other.acquire().await.unwrap(), "SELECT COUNT(*) FROM t", &[]).await.unwrap();
        assert_eq!(found, [[Value::Int(1)]]);
    })
    .await;
}

#[test]
fn a_transaction_dropped_outside_of_a_runtime_is_closed() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let database = std::sync::Mutex::new(None);
    runtime.block_on(on_both(|given| {
        let (send, receive) = std::sync::mpsc::channel();
        let handle = std::thread::spawn(move || {
            let connection: Box<dyn Connection> = receive.recv().unwrap();
            drop(connection);
        });
        *database.lock().unwrap() = Some(given.name.clone());
        async move {
            let mut options = given.clone();
            options.options = options.options.pool_size(1);
            let engine = options.engine().await;
            let mut one = engine.acquire().await.unwrap();
            let id = id_of(&mut *one).await;
            one.begin(TransactionOptions::default()).await.unwrap();
            send.send(one).unwrap();
            handle.join().unwrap();
            assert_eq!(engine.pool_status().lent, 0);
            assert_ne!(id_of(&mut *engine.acquire().await.unwrap()).await, id);
        }
    }));
}

#[tokio::test]
async fn old_and_idle_connections_are_replaced() {
    on_both(|database| async move {
        let mut recycled = database.clone();
        recycled.options = recycled.options.pool_size(1).max_lifetime(Some(Duration::from_millis(50)));
        let mut idle = database.clone();
        idle.options = idle.options.pool_size(1).idle_timeout(Some(Duration::from_millis(50)));
        let mut kept = database.clone();
        kept.options = kept.options.pool_size(1).pre_ping_after(Some(Duration::ZERO));
        for (database, replaced) in [(recycled, true), (idle, true), (kept, false)] {
            let engine = database.engine().await;
            let before = id_of(&mut *engine.acquire().await.unwrap()).await;
            tokio::time::sleep(Duration::from_millis(80)).await;
            let after = id_of(&mut *engine.acquire().await.unwrap()).await;
            assert_eq!(before != after, replaced);
        }
    })
    .await;
}

#[tokio::test]
async fn a_tested_connection_that_is_dead_is_replaced() {
    on_both(|mut database| async move {
        database.options = database.options.pool_size(1).pre_ping_after(Some(Duration::ZERO));
        let engine = database.engine().await;
        let Value::Int(id) = id_of(&mut *engine.acquire().await.unwrap()).await else { panic!() };
        let other = database.engine().await;
        run_once(&other, &format!("KILL {id}")).await.unwrap();
        let found = id_of(&mut *engine.acquire().await.unwrap()).await;
        assert_ne!(found, Value::Int(id));
    })
    .await;
}

#[tokio::test]
async fn a_session_that_was_changed_is_not_lent_again() {
    on_both(|mut database| async move {
        database.options = database.options.pool_size(1);
        let engine = database.engine().await;
        for (statements, kept) in [
            (&["SELECT 1"][..], true),
            (&["SET FOREIGN_KEY_CHECKS = 0"], false),
            (&["SET FOREIGN_KEY_CHECKS = 0", "SET FOREIGN_KEY_CHECKS = 1"], true),
            (&["SET sql_mode = ''"], false),
            (&["SET sql_mode = ''", "SET FOREIGN_KEY_CHECKS = 1"], false),
            (&["START TRANSACTION"], false),
            (&["  begin"], false),
            (&["USE information_schema"], false),
        ] {
            let mut one = engine.acquire().await.unwrap();
            let before = id_of(&mut *one).await;
            for sql in statements {
                one.run_once(sql).await.unwrap();
            }
            drop(one);
            let mut next = engine.acquire().await.unwrap();
            assert_eq!(id_of(&mut *next).await == before, kept, "{statements:?}");
            let found = rows(&mut *next, "SELECT @@foreign_key_checks, DATABASE()", &[]).await.unwrap();
            assert_eq!(found, [[Value::Int(1), Value::Text(database.name.as_str().into())]]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_closed_engine_waits_for_what_is_lent_and_lends_no_more() {
    on_both(|database| async move {
        let engine = database.engine().await;
        let mut lent = engine.acquire().await.unwrap();
        let waiting = engine.close();
        let using = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            execute(&mut *lent, "SELECT 1", &[]).await.unwrap();
            drop(lent);
        };
        tokio::join!(waiting, using);
        let error = engine.acquire().await.err().unwrap();
        assert!(matches!(error.kind(), ErrorKind::Closed { .. }), "{error}");
        let other = database.engine().await;
        eventually("the end of all other connections", async || {
            let mut connection = other.acquire().await.unwrap();
            let sql = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = DATABASE()";
            rows(&mut *connection, sql, &[]).await.unwrap() == [[Value::Int(1)]]
        })
        .await;
    })
    .await;
}

#[test]
fn an_engine_outlives_the_runtime_that_it_was_made_in() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first = runtime();
    let Some(url) = url(Kind::MariaDb) else {
        return;
    };
    let options = MySqlOptions::parse(&url).unwrap().pool_size(1);
    let engine = first.block_on(MySqlEngine::connect(options)).unwrap();
    drop(first);
    for _ in 0..2 {
        runtime().block_on(async {
            let mut connection = engine.acquire().await.unwrap();
            assert_eq!(rows(&mut *connection, "SELECT 1", &[]).await.unwrap(), [[Value::Int(1)]]);
        });
    }
}
