//! Runs what takes long on a blocking thread: a read, the COMMIT of many rows. The whole connection moves there and back; the
//! sink stays with the caller's task, and rows come to it in chunks. Called by [`crate::connection`].
//!
//! Invariant: whoever holds the connection is moved into the closure, so that it comes back, or is cleaned up by its own
//! `Drop` on the blocking thread, whatever becomes of the caller. A caller that goes away sets the flag that the statement
//! looks at, and takes away the channel that the thread may wait for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use orm_core::engine::{Done, Next, RowSink, Sql, ready};
use orm_core::error::{Error, ErrorKind, Result};
use orm_core::value::{Value, ValueRef};
use tokio::sync::mpsc;
use tokio::task::JoinError;

use crate::errors::NativeError;
use crate::raw::{Execution, RawConn, Step};

/// A chunk goes off when it has so many rows, or so many bytes of text and blobs. The first is a single row and each may
/// be twice the one before it, so that a sink which has enough of a few says so early.
const ROWS_OF_A_CHUNK: usize = 256;
const BYTES_OF_A_CHUNK: usize = 64 * 1024;
/// So many chunks wait for the task before the thread waits.
const CHUNKS_WAITING: usize = 4;
/// The task gives others a turn when it has handed on rows for so long.
const SLICE: Duration = Duration::from_millis(1);

/// A flag that is set when this is dropped: the caller went away, or has enough.
#[derive(Debug, Default)]
pub(crate) struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// The flag, for the statement to look at.
    pub(crate) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

impl Drop for Cancel {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs a statement that was started again to its end. None in place of the holder where the thread died with it.
pub(crate) async fn run<H>(
    mut holder: H,
    execution: Execution<'static>,
    cancel: Cancel,
    sink: &mut dyn RowSink,
) -> (Option<H>, Result<Step<'static>>)
where
    H: AsMut<RawConn> + Send + 'static,
{
    let (sender, mut receiver) = mpsc::channel(CHUNKS_WAITING);
    let wants_columns = sink.wants_columns();
    let thread = tokio::task::spawn_blocking(move || {
        let mut chunks = Sender { chunk: Chunk::default(), rows: 1, wants_columns, sender };
        let step = holder.as_mut().advance(execution, &mut chunks);
        chunks.send();
        (holder, step)
    });
    let mut received = Ok(Next::More);
    let mut since = Instant::now();
    while let Some(chunk) = receiver.recv().await {
        received = chunk.hand_on(sink).await;
        if !matches!(received, Ok(Next::More)) {
            break;
        }
        if since.elapsed() > SLICE {
            tokio::task::yield_now().await;
            since = Instant::now();
        }
    }
    drop(receiver);
    if !matches!(received, Ok(Next::More)) {
        drop(cancel);
    }
    match thread.await {
        Ok((holder, step)) => {
            let step = match received {
                Ok(Next::More | Next::Wait) => step,
                Ok(Next::Enough) => Ok(Step::Finished(Done::default())),
                Err(error) => Err(error),
            };
            (Some(holder), step)
        }
        Err(lost) => (None, Err(Error::with_source(ErrorKind::ConnectionLost, lost))),
    }
}

/// Runs a statement of transaction control that may take long. An error where the thread died with the holder.
pub(crate) async fn control<H>(
    mut holder: H,
    sql: Arc<Sql>,
) -> Result<(H, Result<(), NativeError>), JoinError>
where
    H: AsMut<RawConn> + Send + 'static,
{
    let thread = tokio::task::spawn_blocking(move || {
        let outcome = holder.as_mut().control(&sql);
        (holder, outcome)
    });
    thread.await
}

/// Fetches the next chunk of a statement that others read while it runs. An error where the thread died with the holder.
pub(crate) async fn fill<H>(
    mut holder: H,
    execution: Execution<'static>,
    wants_columns: bool,
) -> Result<(H, Result<Step<'static>>, Chunk)>
where
    H: AsMut<RawConn> + Send + 'static,
{
    let thread = tokio::task::spawn_blocking(move || {
        let mut filling = Filling { chunk: Chunk::default(), wants_columns };
        let step = holder.as_mut().advance(execution, &mut filling);
        (holder, step, filling.chunk)
    });
    thread.await.map_err(|lost| Error::with_source(ErrorKind::ConnectionLost, lost))
}

/// Takes rows until a chunk is full.
struct Filling {
    chunk: Chunk,
    wants_columns: bool,
}

impl RowSink for Filling {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        self.chunk.push(row);
        Ok(if self.chunk.is_full(ROWS_OF_A_CHUNK) { Next::Wait } else { Next::More })
    }

    fn restart(&mut self) {
        self.chunk = Chunk::default();
    }

    fn wants_columns(&self) -> bool {
        self.wants_columns
    }

    fn columns(&mut self, names: &[&str]) -> Result<()> {
        self.chunk.name(names);
        Ok(())
    }
}

/// Collects rows on the blocking thread and sends them off in chunks.
struct Sender {
    chunk: Chunk,
    /// The rows of a full chunk.
    rows: usize,
    wants_columns: bool,
    sender: mpsc::Sender<Chunk>,
}

impl Sender {
    fn send(&mut self) -> Next {
        if self.chunk.rows == 0 {
            return Next::More;
        }
        self.rows = ROWS_OF_A_CHUNK.min(self.rows * 2);
        let chunk = std::mem::take(&mut self.chunk);
        match self.sender.blocking_send(chunk) {
            Ok(()) => Next::More,
            // The task went away, or has enough.
            Err(_) => Next::Enough,
        }
    }
}

impl RowSink for Sender {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        self.chunk.push(row);
        Ok(if self.chunk.is_full(self.rows) { self.send() } else { Next::More })
    }

    fn restart(&mut self) {
        self.chunk = Chunk::default();
    }

    fn wants_columns(&self) -> bool {
        self.wants_columns
    }

    fn columns(&mut self, names: &[&str]) -> Result<()> {
        self.chunk.name(names);
        Ok(())
    }
}

/// Rows whose texts and blobs stand behind each other in two buffers.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// The names of the columns, where somebody wants them and they come here first.
    names: Vec<Box<str>>,
    rows: usize,
    cells: Vec<OwnedCell>,
    text: String,
    bytes: Vec<u8>,
}

#[derive(Debug)]
enum OwnedCell {
    Null,
    Int(i64),
    Double(f64),
    /// Where it starts and ends in the chunk's text.
    Text(usize, usize),
    /// Where they start and end in the chunk's bytes.
    Bytes(usize, usize),
    /// What SQLite itself never gives.
    Other(Value),
}

impl Chunk {
    fn is_full(&self, rows: usize) -> bool {
        self.rows >= rows || self.text.len() + self.bytes.len() >= BYTES_OF_A_CHUNK
    }

    fn name(&mut self, names: &[&str]) {
        self.names = names.iter().map(|name| Box::from(*name)).collect();
    }

    fn push(&mut self, row: &[ValueRef<'_>]) {
        self.rows += 1;
        for value in row {
            self.cells.push(match *value {
                ValueRef::Null => OwnedCell::Null,
                ValueRef::Int(value) => OwnedCell::Int(value),
                ValueRef::Double(value) => OwnedCell::Double(value),
                ValueRef::Text(text) => {
                    let start = self.text.len();
                    self.text.push_str(text);
                    OwnedCell::Text(start, self.text.len())
                }
                ValueRef::Bytes(bytes) => {
                    let start = self.bytes.len();
                    self.bytes.extend_from_slice(bytes);
                    OwnedCell::Bytes(start, self.bytes.len())
                }
                ValueRef::Bool(_)
                | ValueRef::UInt(_)
                | ValueRef::Decimal(_)
                | ValueRef::Date(_)
                | ValueRef::Time(_)
                | ValueRef::DateTime(_) => OwnedCell::Other(value.to_value()),
            });
        }
    }

    /// Hands the rows on, as fast as the sink takes them.
    pub(crate) async fn hand_on(&self, sink: &mut dyn RowSink) -> Result<Next> {
        if !self.names.is_empty() {
            let names: Vec<&str> = self.names.iter().map(|name| &**name).collect();
            sink.columns(&names)?;
        }
        let columns = self.cells.len() / self.rows.max(1);
        let mut row = Vec::with_capacity(columns);
        for cells in self.cells.chunks_exact(columns.max(1)) {
            row.clear();
            for cell in cells {
                row.push(match *cell {
                    OwnedCell::Null => ValueRef::Null,
                    OwnedCell::Int(value) => ValueRef::Int(value),
                    OwnedCell::Double(value) => ValueRef::Double(value),
                    OwnedCell::Text(start, end) => ValueRef::Text(&self.text[start..end]),
                    OwnedCell::Bytes(start, end) => ValueRef::Bytes(&self.bytes[start..end]),
                    OwnedCell::Other(ref value) => value.as_ref(),
                });
            }
            let next = match sink.row(&row)? {
                Next::Wait => ready(sink).await,
                next => next,
            };
            if next == Next::Enough {
                return Ok(Next::Enough);
            }
        }
        Ok(Next::More)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Rows(Vec<Vec<Value>>);

    impl RowSink for Rows {
        fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
            self.0.push(row.iter().map(|value| value.to_value()).collect());
            Ok(if self.0.len() == 2 { Next::Enough } else { Next::More })
        }
        fn restart(&mut self) {}
    }

    #[tokio::test]
    async fn a_chunk_gives_back_its_rows_until_the_sink_has_enough() {
        let mut chunk = Chunk::default();
        let rows = [
            [ValueRef::Int(1), ValueRef::Text("é"), ValueRef::Bytes(&[0, 255])],
            [ValueRef::Null, ValueRef::Text(""), ValueRef::Double(0.5)],
            [ValueRef::Int(3), ValueRef::Bool(true), ValueRef::Null],
        ];
        for row in &rows {
            chunk.push(row);
        }
        let mut sink = Rows(Vec::new());
        assert_eq!(chunk.hand_on(&mut sink).await.expect("the sink does not fail"), Next::Enough);
        let expected: Vec<Vec<Value>> =
            rows[..2].iter().map(|row| row.iter().map(|value| value.to_value()).collect()).collect();
        assert_eq!(sink.0, expected);
    }
}
