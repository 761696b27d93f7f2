//! How late a task that wants to run every millisecond is, while another task of the same runtime uses the database.
//!
//! The runtime has no thread to spare: it runs on the thread of its caller, or on one worker. The file is on SQLite: a
//! server works in a process of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bench_common::{Place, Result};
use bench_orm::connected::Connected;
use bench_orm::models;

use crate::{Extent, figure};

const PERIOD: Duration = Duration::from_millis(1);

/// What runs beside the ticker.
#[derive(Clone, Copy, Debug)]
enum Beside {
    /// Nothing: how late the machine alone makes it.
    Nothing,
    /// A query of about two seconds that gives one row.
    Aggregate,
    /// The commit of many new objects.
    Insert,
}

pub(crate) fn run(extent: Extent) -> Result {
    let repetitions = match extent {
        Extent::Full => 3,
        Extent::Quick => 1,
    };
    let folder = std::env::var("BENCH_FOLDER").unwrap_or_else(|_| ".".into());
    for repetition in 0..repetitions {
        for (runtime, name) in [
            (tokio::runtime::Builder::new_current_thread(), "current-thread"),
            (tokio::runtime::Builder::new_multi_thread(), "multi-thread"),
        ] {
            let mut runtime = runtime;
            let runtime = runtime.worker_threads(1).enable_all().build()?;
            for (beside, what) in
                [(Beside::Nothing, "nothing"), (Beside::Aggregate, "aggregate"), (Beside::Insert, "insert")]
            {
                let file = format!("{folder}/ticker-{name}-{what}-{repetition}.db");
                // In a task, so that both runtimes poll it on the thread that the ticker needs as well.
                let lateness = runtime.block_on(runtime.spawn(lateness(beside, file.into())))??;
                figure(format_args!("ticker {name} {what}"), lateness.as_secs_f64() * 1e3);
            }
        }
    }
    Ok(())
}

/// The greatest lateness of a tick.
async fn lateness(beside: Beside, file: std::path::PathBuf) -> Result<Duration> {
    let connected = Connected::connect(&Place::File(file)).await?;
    connected.execute(bench_common::schema::SQLITE).await?;
    let mut session = connected.engine.session();
    if let Beside::Insert = beside {
        session.add_all(models::new_rows(100_000));
    }
    let stop = Arc::new(AtomicBool::new(false));
    let ticker = tokio::spawn(tick(Arc::clone(&stop)));
    tokio::time::sleep(Duration::from_millis(20)).await;
    match beside {
        Beside::Nothing => tokio::time::sleep(Duration::from_secs(1)).await,
        Beside::Aggregate => {
            let query = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 8000000) \
                         SELECT SUM(i % 7) FROM c";
            anyhow::ensure!(connected.number(query).await? > 0, "the aggregate gave nothing");
        }
        Beside::Insert => session.commit().await?,
    }
    stop.store(true, Ordering::Relaxed);
    Ok(ticker.await?)
}

async fn tick(stop: Arc<AtomicBool>) -> Duration {
    let mut greatest = Duration::ZERO;
    while !stop.load(Ordering::Relaxed) {
        let due = Instant::now() + PERIOD;
        tokio::time::sleep_until(due.into()).await;
        greatest = greatest.max(due.elapsed());
    }
    greatest
}
