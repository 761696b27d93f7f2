//! Rows as they come: streams and chunks, their back-pressure, and what is left of one that is dropped.

use super::*;

use std::pin::Pin;
use std::time::Duration;

use orm::{AnyEngine, ErrorKind};

use crate::harness::eventually;

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "events")]
struct Event {
    #[orm(primary_key, generated = false)]
    id: i64,
    label: String,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "logs")]
struct Log {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many)]
    lines: HasMany<Line>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "log_lines")]
struct Line {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Log)]
    log_id: i64,
}

/// So many rows, made by the database: 10, 100, 1,000 or 10,000.
async fn events(db: &Database, digits: u32) -> Result<()> {
    db.create::<(Event,)>().await?;
    let ten = "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL \
               SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";
    let mut number = "1".to_owned();
    let mut from = Vec::new();
    for digit in 0..digits {
        number.push_str(&format!(" + d{digit}.d * {}", 10_u32.pow(digit)));
        from.push(format!("{ten} AS d{digit}"));
    }
    let sql = format!(
        "INSERT INTO events (id, label) SELECT {number}, 'an event of the log' FROM {}",
        from.join(", ")
    );
    db.execute(&sql).await?;
    Ok(())
}

/// Waits until no connection is lent.
async fn all_idle(engine: &AnyEngine) {
    eventually("every connection comes back", || async { engine.pool_status().lent == 0 }).await;
}

case!(a_stream_gives_every_row_of_one_statement_in_order, |db| {
    events(&db, 4).await?;
    let log = db.log();
    let mut rows = db.engine().query::<Event>().order_by(|e| e.id.asc()).stream().await?;
    let mut expected = 0;
    while let Some(event) = rows.next().await {
        expected += 1;
        assert_eq!(event?, Event { id: expected, label: "an event of the log".into() });
    }
    assert_eq!(expected, 10_000);
    assert!(rows.next().await.is_none());
    assert_eq!(log.take().len(), 1);
    all_idle(db.engine()).await;
});

case!(a_stream_of_few_or_no_rows_ends, |db| {
    events(&db, 1).await?;
    let mut none = db.engine().query::<Event>().filter(|e| e.id.gt(1_000)).stream().await?;
    assert!(none.try_next().await?.is_none());
    let mut ids = db.engine().query::<Event>().order_by(|e| e.id.desc()).select(|e| e.id).stream().await?;
    let mut found = Vec::new();
    while let Some(id) = ids.try_next().await? {
        found.push(id);
    }
    assert_eq!(found, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
});

case!(a_stream_is_a_stream_of_the_futures_crates, |db| {
    events(&db, 2).await?;
    let rows = db.engine().query::<Event>().select(|e| (e.id, e.label)).stream().await?;
    type Named = dyn futures_core::Stream<Item = Result<(i64, String)>> + Send;
    let mut stream: Pin<Box<Named>> = Box::pin(rows);
    let mut count = 0;
    while let Some(row) = std::future::poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
        row?;
        count += 1;
    }
    assert_eq!(count, 100);
});

case!(a_statement_waits_for_a_slow_reader, |db| {
    events(&db, 4).await?;
    let mut rows = db.engine().query::<Event>().stream().await?;
    rows.try_next().await?;
    tokio::time::sleep(Duration::from_millis(20)).await;
    let waiting = db.engine().pool_status();
    assert_eq!(waiting.lent, 1);
    let mut count = 1;
    while rows.try_next().await?.is_some() {
        count += 1;
        if count % 3_000 == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    assert_eq!(count, 10_000);
});

case!(a_stream_that_is_dropped_anywhere_leaves_a_clean_connection, |db| {
    events(&db, 4).await?;
    let mut seed = 7_u64;
    for _ in 0..40 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let rows_to_read = (seed >> 33) % 3_000;
        let mut rows = db.engine().query::<Event>().stream().await?;
        for _ in 0..rows_to_read {
            rows.try_next().await?;
        }
        drop(rows);
        let last = db.engine().query::<Event>().order_by(|e| e.id.desc()).first().await?;
        assert_eq!(last.map(|event| event.id), Some(10_000));
    }
    all_idle(db.engine()).await;
    let status = db.engine().pool_status();
    assert!(status.idle <= status.size);
});

case!(a_stream_whose_reader_is_cancelled_leaves_a_clean_connection, |db| {
    events(&db, 4).await?;
    for pause in [0_u64, 50, 200, 1_000, 5_000] {
        let reading = async {
            let mut rows = db.engine().query::<Event>().stream().await?;
            while rows.try_next().await?.is_some() {
                tokio::task::yield_now().await;
            }
            Ok::<(), orm::Error>(())
        };
        let _cut_off = tokio::time::timeout(Duration::from_micros(pause), reading).await;
        assert_eq!(db.engine().query::<Event>().count().await?, 10_000);
    }
    all_idle(db.engine()).await;
});

case!(a_stream_that_is_closed_keeps_its_connection, |db| {
    events(&db, 3).await?;
    db.engine().query::<Event>().count().await?;
    let before = db.engine().pool_status();
    let mut rows = db.engine().query::<Event>().stream().await?;
    rows.try_next().await?;
    rows.close().await?;
    assert_eq!(db.engine().pool_status(), before);
    let mut unread = db.engine().query::<Event>().stream().await?;
    unread.try_next().await?;
    unread.close().await?;
    assert_eq!(db.engine().query::<Event>().count().await?, 1_000);
});

case!(a_stream_of_a_session_gives_handles_of_objects_that_stay, |db| {
    events(&db, 2).await?;
    let mut session = db.session();
    let first = session.get::<Event>(1).await?;
    session.add(Event { id: 1_000, label: "pending".into() });
    let mut rows = session.query::<Event>().order_by(|e| e.id.asc()).stream().await?;
    let mut handles = Vec::new();
    while let Some(event) = rows.try_next().await? {
        assert_eq!(
            rows.session()[event].id,
            handles.len() as i64 + if handles.len() == 100 { 900 } else { 1 }
        );
        handles.push(event);
    }
    drop(rows);
    assert_eq!(handles.len(), 101);
    assert_eq!(first, Some(handles[0]));
    session[handles[5]].label = "changed".into();
    session.commit().await?;
    let kept = db.engine().get::<Event>(6).await?;
    assert_eq!(kept.map(|event| event.label).as_deref(), Some("changed"));
});

case!(a_stream_inside_a_transaction_has_its_connection_until_it_ends, |db| {
    events(&db, 3).await?;
    let mut session = db.session();
    session.add(Event { id: 5_000, label: "only here".into() });
    session.flush().await?;
    let mut rows = session.query::<Event>().stream().await?;
    rows.try_next().await?;
    assert!(rows.session().in_transaction());
    let refused = rows.session_mut().query::<Event>().count().await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "invalid query: a stream has the connection of this transaction: read it to its end, or `close` it, first"
    );
    let mut count = 1;
    while rows.try_next().await?.is_some() {
        count += 1;
    }
    drop(rows);
    assert_eq!(count, 1_001);
    let mut part = session.query::<Event>().stream().await?;
    part.try_next().await?;
    part.close().await?;
    session.commit().await?;
    assert_eq!(db.engine().query::<Event>().count().await?, 1_001);
});

case!(a_stream_that_is_dropped_inside_a_transaction_takes_it_along, |db| {
    events(&db, 4).await?;
    let mut session = db.session();
    session.add(Event { id: 50_000, label: "lost".into() });
    session.flush().await?;
    let mut rows = session.query::<Event>().stream().await?;
    rows.try_next().await?;
    drop(rows);
    let refused = session.query::<Event>().count().await.unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::Inactive { .. }), "{refused}");
    assert!(refused.to_string().contains("a stream was dropped before its end"), "{refused}");
    session.rollback().await?;
    all_idle(db.engine()).await;
    assert_eq!(session.query::<Event>().count().await?, 10_000);
});

case!(chunks_are_vectors_of_one_statement, |db| {
    events(&db, 3).await?;
    let mut session = db.session();
    let log = db.log();
    let mut chunks = session.query::<Event>().order_by(|e| e.id.asc()).chunks(300).await?;
    let mut sizes = Vec::new();
    let mut owned = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        sizes.push(chunk.len());
        for event in chunk {
            owned.extend(chunks.session_mut().expunge(event).map(|event| event.id));
        }
    }
    assert_eq!(sizes, [300, 300, 300, 100]);
    assert_eq!(owned, (1..=1_000).collect::<Vec<i64>>());
    assert_eq!(log.take().len(), 1);
    let refused = db.engine().query::<Event>().chunks(0).await.unwrap_err();
    assert!(refused.to_string().contains("a chunk has at least one row"), "{refused}");
});

case!(a_row_that_cannot_be_read_ends_a_stream_after_the_rows_before_it, |db| {
    events(&db, 1).await?;
    let mut rows = db
        .engine()
        .sql::<(i8,)>("SELECT CASE WHEN id = 4 THEN 4000 ELSE id END FROM events ORDER BY id")
        .stream()
        .await?;
    let mut read = Vec::new();
    let error = loop {
        match rows.next().await {
            Some(Ok((id,))) => read.push(id),
            Some(Err(error)) => break error,
            None => panic!("the stream ended without its error"),
        }
    };
    assert_eq!(read, [1, 2, 3]);
    assert!(matches!(error.kind(), ErrorKind::Decode { .. }), "{error}");
    assert!(rows.next().await.is_none());
    all_idle(db.engine()).await;
});

case!(a_stream_reads_no_relations_along, |db| {
    db.create::<(Log, Line)>().await?;
    let mut session = db.session();
    session.add(Log { lines: [Line::default(), Line::default()].into(), ..Default::default() });
    session.commit().await?;
    let refused = db.engine().query::<Log>().with(|l| l.lines()).stream().await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "invalid query: relations of `Log` cannot be loaded along a stream, whose statement is still running: read \
         chunks and load them for each, or ask for `all`"
    );
    let mut reading = db.session();
    let mut chunks = reading.query::<Log>().chunks(10).await?;
    let logs = chunks.try_next().await?.unwrap_or_default();
    while chunks.try_next().await?.is_some() {}
    chunks.session_mut().load(&logs, |l| l.lines()).await?;
    assert_eq!(chunks.session()[logs[0]].lines.iter(chunks.session())?.count(), 2);
});

#[derive(Projection, Debug, PartialEq)]
#[orm(from = "Event")]
struct Label {
    id: i64,
    label: String,
}

#[derive(Projection, Debug, PartialEq)]
#[orm(from = "Log")]
struct LogView {
    id: i64,
    lines: Vec<LineView>,
}

#[derive(Projection, Debug, PartialEq)]
#[orm(from = "Line")]
struct LineView {
    id: i64,
}

case!(projections_are_streamed_unless_they_hold_lists, |db| {
    events(&db, 2).await?;
    let mut chunks =
        db.engine().query::<Event>().order_by(|e| e.id.asc()).project::<Label>().chunks(60).await?;
    let mut sizes = Vec::new();
    while let Some(chunk) = chunks.try_next().await? {
        assert_eq!(chunk[0], Label { id: chunk[0].id, label: "an event of the log".into() });
        sizes.push(chunk.len());
    }
    assert_eq!(sizes, [60, 40]);
    let refused = db.engine().query::<Log>().project::<LogView>().stream().await.map(|_| ()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "invalid query: `LogView.lines` holds a list, which is read by a statement of its own: ask for `all` or a page \
         in place of a stream"
    );
});

case!(projections_with_lists_are_read_in_pages_and_maps, |db| {
    db.create::<(Log, Line)>().await?;
    let mut session = db.session();
    for lines in 0..5 {
        session.add(Log { lines: vec![Line::default(); lines].into(), ..Default::default() });
    }
    session.commit().await?;
    let views = || db.engine().query::<Log>().order_by(|l| l.id.desc()).project::<LogView>();
    let first = views().page(None, 2).await?;
    let second = views().page(first.next.as_ref(), 2).await?;
    let counts: Vec<usize> = first.rows.iter().chain(&second.rows).map(|log| log.lines.len()).collect();
    assert_eq!(counts, [4, 3, 2, 1]);
    let third = views().page(second.next.as_ref(), 2).await?;
    assert_eq!((third.rows.len(), third.next.is_none()), (1, true));
    let by_id = views().all_by(|l| l.id).await?;
    assert_eq!(by_id[&3].lines.len(), 2);
});
