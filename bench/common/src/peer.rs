//! What a peer implements, and the protocol between it and the driver.
//!
//! A line `BACKEND WORKLOAD MILLISECONDS` on the standard input asks for a workload: `memory`, `file` or `server`; a
//! name of [`Workload::parse`]; how long to run. The answer is a line: `ok NANOSECONDS` for one operation, `unsupported`,
//! or `failed REASON`. The environment says where databases are: `BENCH_FOLDER`, `BENCH_SERVER` (a URL with a database).
//! `prepare` makes and fills the server's tables; the driver asks one peer, and all share them.

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::sync::Mutex;

use crate::{Result, Stopwatch, Unsupported, Workload, check, rows, schema, shop};

/// Iterations in one answer, at most: what stands between them is not timed, but it takes its time.
const MAX_ITERATIONS: u32 = 5_000;

/// Where a database is.
#[derive(Clone, Debug)]
pub enum Place {
    Memory,
    /// A file that does not exist yet.
    File(PathBuf),
    /// The URL of MariaDB, `mysql://user:password@host:port/database`. It offers no TLS.
    Server(String),
}

impl Place {
    /// A URL of this place, in the words that most peers share.
    pub fn url(&self) -> String {
        match self {
            Place::Memory => "sqlite::memory:".into(),
            Place::File(path) => format!("sqlite://{}?mode=rwc", path.display()),
            Place::Server(url) => url.clone(),
        }
    }

    pub fn is_server(&self) -> bool {
        matches!(self, Place::Server(_))
    }
}

/// A library under test, connected to one place.
pub trait Peer: Sized + Send + 'static {
    /// Connects, with one connection for all workloads but [`Workload::Concurrent`], which gets a pool. The database is
    /// filled afterwards, by [`execute`](Peer::execute).
    fn connect(place: &Place) -> impl Future<Output = Result<Self>> + Send;

    /// Runs statements that are not measured, one after the other.
    fn execute(&mut self, statements: &[&str]) -> impl Future<Output = Result> + Send;

    /// The only value of a query that is not measured.
    fn number(&mut self, query: &str) -> impl Future<Output = Result<i64>> + Send;

    /// Does a workload once, times what the library does, and checks what it read. What was written is checked by
    /// the caller, who also takes it back.
    fn run(&mut self, workload: Workload, stopwatch: &mut Stopwatch) -> impl Future<Output = Result> + Send;
}

/// Answers the driver until its last line. The peer's name is part of the name of its file.
pub fn serve<P: Peer>(name: &str) -> Result {
    // Two workers: what the peers were compared with first had two cores.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let peers = Arc::new(Mutex::new(Vec::new()));
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let peers = Arc::clone(&peers);
        let name = name.to_owned();
        // In a task, as in an application: a future that `block_on` polls is not on a worker.
        let work = async move { answer::<P>(&mut *peers.lock().await, &name, &line).await };
        let answer = runtime.block_on(runtime.spawn(work));
        let text = match answer {
            Ok(Ok(text)) => text,
            Ok(Err(error)) if error.is::<Unsupported>() => "unsupported".to_owned(),
            Ok(Err(error)) => format!("failed {error:#}"),
            Err(panic) => format!("failed {panic}"),
        };
        let mut output = std::io::stdout().lock();
        writeln!(output, "{}", text.replace('\n', " "))?;
        output.flush()?;
    }
    Ok(())
}

async fn answer<P: Peer>(peers: &mut Vec<(String, P)>, name: &str, line: &str) -> Result<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    if words == ["prepare"] {
        let mut peer = P::connect(&place("server", name)?).await?;
        peer.execute(schema::MARIADB).await?;
        return Ok("ok".into());
    }
    let [backend, workload, milliseconds] = words[..] else {
        anyhow::bail!("the line is not understood: {line}")
    };
    let workload = Workload::parse(workload)?;
    let target = Duration::from_millis(milliseconds.parse()?);
    let connected = peers.iter().position(|(connected, _)| connected == backend);
    let at = match connected {
        Some(at) => at,
        None => {
            let place = place(backend, name)?;
            let mut peer = P::connect(&place).await?;
            if !place.is_server() {
                peer.execute(schema::SQLITE).await.context("the tables cannot be made")?;
            }
            peers.push((backend.to_owned(), peer));
            peers.len() - 1
        }
    };
    let nanoseconds = measure(&mut peers[at].1, backend == "server", workload, target).await?;
    Ok(format!("ok {nanoseconds:.1}"))
}

/// Runs once to warm up, then for as long as it should, and gives the time of one operation.
async fn measure<P: Peer>(
    peer: &mut P,
    on_server: bool,
    workload: Workload,
    target: Duration,
) -> Result<f64> {
    once(peer, on_server, workload, &mut Stopwatch::default()).await?;
    let start = Instant::now();
    let mut stopwatch = Stopwatch::default();
    let mut iterations = 0;
    while iterations == 0
        || (stopwatch.elapsed() < target && iterations < MAX_ITERATIONS && start.elapsed() < target * 4)
    {
        once(peer, on_server, workload, &mut stopwatch).await?;
        iterations += 1;
    }
    Ok(stopwatch.elapsed().as_nanos() as f64 / f64::from(iterations) / workload.operations() as f64)
}

async fn once<P: Peer>(
    peer: &mut P,
    on_server: bool,
    workload: Workload,
    stopwatch: &mut Stopwatch,
) -> Result {
    match workload {
        Workload::Insert(_) | Workload::InsertAlone => {
            peer.run(workload, stopwatch).await?;
            let count = if let Workload::Insert(count) = workload { count } else { 1 };
            check::inserted(peer.number(check::INSERTED).await?, count)?;
            peer.execute(&[schema::EMPTY]).await
        }
        Workload::Update { .. } => {
            let turn = rows::new_turn();
            peer.run(Workload::Update { turn }, stopwatch).await?;
            check::updated(peer.number(&check::updated_query(turn, on_server)).await?)
        }
        Workload::Shop(_) => {
            peer.execute(shop::RESET).await?;
            peer.run(workload, stopwatch).await?;
            shop::check(peer.number(shop::DIGEST).await?)
        }
        Workload::Load(_) | Workload::Join | Workload::Eager | Workload::Get | Workload::Concurrent => {
            peer.run(workload, stopwatch).await
        }
    }
}

fn place(backend: &str, name: &str) -> Result<Place> {
    match backend {
        "memory" => Ok(Place::Memory),
        "file" => {
            let folder = std::env::var_os("BENCH_FOLDER").context("BENCH_FOLDER is not set")?;
            let path = PathBuf::from(folder).join(format!("{name}.db"));
            anyhow::ensure!(!path.exists(), "{} is there already", path.display());
            Ok(Place::File(path))
        }
        "server" => Ok(Place::Server(std::env::var("BENCH_SERVER").context("BENCH_SERVER is not set")?)),
        _ => anyhow::bail!("there is no backend `{backend}`"),
    }
}
