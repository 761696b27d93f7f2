//! This library. `bench-orm` reads by the engine, whose objects nobody tracks, and `bench-orm tracked` by a session, which
//! does; writes are a session's in both. What has no counterpart in the peers is measured by `bench-measures`.

mod shop;
mod tracked;
mod untracked;

use bench_common::{Peer, Place, Result, Stopwatch, UPDATED, Workload, check, rows, serve, unsupported};
use bench_orm::connected::Connected;
use bench_orm::models::{self, Updated};
use orm::prelude::*;

fn main() -> Result {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        [] => serve::<Orm<false>>("orm"),
        ["tracked"] => serve::<Orm<true>>("orm-tracked"),
        _ => anyhow::bail!("usage: bench-orm [tracked]"),
    }
}

/// Reads by a session (`TRACKED`) or by the engine.
struct Orm<const TRACKED: bool>(Connected);

impl<const TRACKED: bool> Peer for Orm<TRACKED> {
    async fn connect(place: &Place) -> Result<Self> {
        Ok(Orm(Connected::connect(place).await?))
    }

    async fn execute(&mut self, statements: &[&str]) -> Result {
        self.0.execute(statements).await
    }

    async fn number(&mut self, query: &str) -> Result<i64> {
        self.0.number(query).await
    }

    async fn run(&mut self, workload: Workload, stopwatch: &mut Stopwatch) -> Result {
        let engine = &self.0.engine;
        match workload {
            Workload::Load(count) if TRACKED => tracked::load(engine, count, stopwatch).await,
            Workload::Join if TRACKED => tracked::join(engine, stopwatch).await,
            Workload::Eager if TRACKED => tracked::eager(engine, stopwatch).await,
            Workload::Get if TRACKED => tracked::get(engine, stopwatch).await,
            // Writes are a session's either way: once is enough.
            _ if TRACKED => unsupported(),
            Workload::Load(count) => untracked::load(engine, count, stopwatch).await,
            Workload::Join => untracked::join(engine, stopwatch).await,
            Workload::Eager => untracked::eager(engine, stopwatch).await,
            Workload::Get => untracked::get(engine, stopwatch).await,
            Workload::Concurrent if self.0.has_pool => untracked::concurrent(engine, stopwatch).await,
            Workload::Concurrent => unsupported(),
            Workload::Insert(count) => insert(engine, count, stopwatch).await,
            Workload::InsertAlone => insert(engine, 1, stopwatch).await,
            Workload::Update { turn } => update(engine, turn, stopwatch).await,
            Workload::Shop(_) => shop::run(engine, stopwatch).await,
        }
    }
}

/// A new session each time, as a request of a server has.
async fn insert(engine: &AnyEngine, count: usize, stopwatch: &mut Stopwatch) -> Result {
    let rows = models::new_rows(count);
    let (session, handles) = stopwatch
        .wait(async {
            let mut session = engine.session();
            let handles = session.add_all(rows);
            session.commit().await?;
            anyhow::Ok((session, handles))
        })
        .await?;
    check::keys(handles.iter().map(|handle| session[handle].id), count)
}

/// The objects are loaded and changed before the time: it is that of the commit, which finds out what changed.
async fn update(engine: &AnyEngine, turn: u64, stopwatch: &mut Stopwatch) -> Result {
    let mut session = engine.session();
    let handles = session.query::<Updated>().all().await?;
    anyhow::ensure!(handles.len() as i64 == UPDATED, "{} rows to update", handles.len());
    for handle in handles {
        session[handle].name = rows::new_name(turn, session[handle].id);
    }
    Ok(stopwatch.wait(session.commit()).await?)
}
