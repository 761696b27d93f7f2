//! A million rows through a stream, in constant memory: the peak of this process is measured, so it runs nothing else.

use std::path::PathBuf;

use orm::prelude::*;
use orm::{Metadata, Result};

/// The most that the process may ever have taken, in bytes.
const MOST: u64 = 64 * 1024 * 1024;
const ROWS: i64 = 1_000_000;

#[derive(Model, Debug, Default)]
#[orm(table = "measurements")]
struct Measurement {
    #[orm(primary_key, generated = false)]
    id: i64,
    sensor: String,
    value: f64,
}

/// The peak of the resident set, as Linux counts it; none elsewhere.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// A million rows, made by the database.
async fn fill(engine: &AnyEngine) -> Result<()> {
    let ten = "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL \
               SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";
    let from: Vec<String> =
        ["a", "b", "c", "d", "e", "f"].iter().map(|name| format!("{ten} AS {name}")).collect();
    let number = "a.d + b.d * 10 + c.d * 100 + d.d * 1000 + e.d * 10000 + f.d * 100000 + 1";
    let select = format!("SELECT {number}, 'a sensor in the northern hall', 0.5 FROM {}", from.join(", "));
    let written =
        engine.sql(format!("INSERT INTO measurements (id, sensor, value) {select}")).execute().await?;
    assert_eq!(written, ROWS as u64);
    Ok(())
}

async fn read(engine: &AnyEngine) -> Result<()> {
    let mut rows = engine.query::<Measurement>().order_by(|m| m.id.asc()).stream().await?;
    let (mut count, mut sum) = (0, 0);
    while let Some(measurement) = rows.next().await {
        let measurement = measurement?;
        count += 1;
        sum += measurement.id + measurement.sensor.len() as i64;
    }
    assert_eq!((count, sum), (ROWS, ROWS * (ROWS + 1) / 2 + ROWS * 29));
    let mut session = engine.session();
    let mut chunks = session.query::<Measurement>().filter(|m| m.id.le(ROWS / 10)).chunks(1_000).await?;
    let mut taken = 0;
    while let Some(chunk) = chunks.try_next().await? {
        for measurement in chunk {
            taken += i64::from(chunks.session_mut().expunge(measurement).is_some());
        }
    }
    assert_eq!(taken, ROWS / 10);
    Ok(())
}

async fn stream_a_million(engine: &AnyEngine, backend: &str) -> Result<()> {
    Metadata::empty().with::<Measurement>().create_all(engine).await?;
    fill(engine).await?;
    read(engine).await?;
    match peak() {
        Some(peak) => {
            println!("{backend}: {ROWS} rows, a peak of {} MiB", peak / 1024 / 1024);
            assert!(peak < MOST, "{backend}: a peak of {peak} bytes");
        }
        None => println!("{backend}: this system does not tell the peak of a process"),
    }
    Ok(())
}

#[tokio::test]
async fn a_million_rows_are_streamed_in_constant_memory() -> Result<()> {
    let name = format!("orm_stream_{}", std::process::id());
    let directory: PathBuf = std::env::temp_dir().join(&name);
    std::fs::create_dir(&directory).map_err(orm::Error::app)?;
    let engine = orm::create_engine(&format!("sqlite://{}/test.db", directory.display())).await?;
    let outcome = stream_a_million(&engine, "SQLite").await;
    engine.close().await;
    std::fs::remove_dir_all(&directory).map_err(orm::Error::app)?;
    outcome?;
    let Ok(url) = std::env::var("ORM_TEST_MARIADB_URL") else {
        println!("no server is there: ORM_TEST_MARIADB_URL is not set");
        return Ok(());
    };
    let server = orm::create_engine(&url).await?;
    server.sql(format!("CREATE DATABASE {name}")).execute().await?;
    let options = orm::mysql::MySqlOptions::parse(&url)?.database(&name);
    let engine = AnyEngine::new(orm::mysql::MySqlEngine::connect(options).await?);
    let outcome = stream_a_million(&engine, "MariaDB").await;
    engine.close().await;
    server.sql(format!("DROP DATABASE {name}")).execute().await?;
    outcome
}
