//! Rows as they come: one statement whose rows are handed on while it runs, as fast as they are read and no faster.
//!
//! The statement is a future that nobody polls but the reader. Its sink says "wait" when a small buffer is full, the backend
//! stands still at that row, and goes on when the reader has emptied the buffer. So memory is constant, nothing is spawned,
//! and a stream that is dropped is a dropped statement like any other: its connection is cleaned or closed.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_core::Stream;

use super::Session;
use super::ends::{Placed, Shape, name_of};
use super::query::Query;
use super::selection::Cells;
use super::source::Source;
use crate::any_engine::Link;
use crate::engine::{Done, Next, RowSink, Sql};
use crate::error::{Error, Result};
use crate::node::Output;
use crate::now::BoxFuture;
use crate::unit::{Errand, Lender, Lent, Populate};
use crate::value::{Value, ValueRef};

/// The buffer is full with so many rows, or so many bytes of text and blobs.
const ROWS: usize = 256;
const BYTES: usize = 64 * 1024;

/// The rows of one statement, read while it runs. Made by [`Query::stream`].
///
/// Memory is constant, however many rows there are. The statement waits while nobody reads, and holds a connection: of its
/// own, or that of the session's transaction, in which no other statement runs until the stream ends. Dropped before its end
/// it interrupts the statement, or closes the connection; inside a transaction that takes the transaction along, and
/// [`close`](RowStream::close) ends it without.
#[must_use = "a stream reads nothing until it is asked for rows"]
pub struct RowStream<S: Session, T, P: Placed<S, T>> {
    session: S,
    flow: Flow<P::Raw>,
    populate: Populate,
    _type: PhantomData<fn() -> (T, P)>,
}

impl<S: Session, T: Source, P: Shape<S, T>> Query<S, T, P> {
    /// The rows one after the other, while the statement runs, in constant memory:
    ///
    /// ```ignore
    /// let mut rows = engine.query::<User>().stream().await?;
    /// while let Some(user) = rows.next().await {
    ///     println!("{}", user?.name);
    /// }
    /// ```
    ///
    /// A session's stream gives handles, and their objects stay in the session: take them out by
    /// [`expunge`](crate::UnitOfWork::expunge), or read [`chunks`](Query::chunks).
    #[track_caller]
    pub fn stream(self) -> impl Future<Output = Result<RowStream<S, T, P>>> + Send {
        let (mut session, request) = self.request(Location::caller());
        async move {
            if !request.with.is_empty() {
                return Err(Error::invalid_query(format!(
                    "relations of `{}` cannot be loaded along a stream, whose statement is still running: read \
                     chunks and load them for each, or ask for `all`",
                    name_of(&request.select)
                )));
            }
            P::check_stream()?;
            let statement = session.engine().prepare(&request.select, Output::Rows)?.into_owned();
            let lent = session.lend(Errand::of(&request)).await?;
            Ok(RowStream::start(session, lent, statement, request.populate(), |sink| sink))
        }
    }

    /// The rows in vectors of `rows`, the last one shorter: one statement, in memory for one vector.
    ///
    /// ```ignore
    /// let mut chunks = session.query::<User>().chunks(1000).await?;
    /// while let Some(chunk) = chunks.next().await {
    ///     for user in chunk? {
    ///         let user = chunks.session_mut().expunge(user);
    ///     }
    /// }
    /// ```
    #[track_caller]
    pub fn chunks(self, rows: usize) -> impl Future<Output = Result<RowChunks<S, T, P>>> + Send {
        let stream = self.stream();
        async move { stream.await?.in_chunks(rows) }
    }
}

impl<S: Session, T, P: Placed<S, T>> RowStream<S, T, P> {
    /// Starts a statement on a connection. `around` may put a sink around the stream's own.
    pub(super) fn start(
        session: S,
        lent: Lent,
        statement: (Arc<Sql>, Vec<Value>),
        populate: Populate,
        around: impl FnOnce(Box<dyn RowSink>) -> Box<dyn RowSink>,
    ) -> Self {
        let shared = Arc::new(Mutex::new(Buffer { rows: VecDeque::new(), bytes: 0, closed: false }));
        let sink = around(Box::new(Sending { shared: Arc::clone(&shared), read: P::read }));
        let Lent { link, of } = lent;
        let flow = Flow { of, running: Some(run(link, statement, sink)), shared, rows: VecDeque::new() };
        RowStream { session, flow, populate, _type: PhantomData }
    }

    /// The rows in vectors.
    pub(super) fn in_chunks(self, rows: usize) -> Result<RowChunks<S, T, P>> {
        if rows == 0 {
            return Err(Error::invalid_query("a chunk has at least one row: ask for more than none"));
        }
        Ok(RowChunks { rows: self, size: rows })
    }

    /// The next row; none at the end. After an error there are no more.
    // Rows are awaited: there is no iterator of them.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> impl Future<Output = Option<Result<P::Row>>> + Send + '_ {
        poll_fn(|cx| self.poll_row(cx))
    }

    /// The next row, as `while let Some(row) = rows.try_next().await?` reads it.
    pub async fn try_next(&mut self) -> Result<Option<P::Row>> {
        self.next().await.transpose()
    }

    /// The session, to look at objects: `rows.session()[user]`.
    pub fn session(&self) -> &S {
        &self.session
    }

    /// The session, to change objects or to take them out. Statements run on connections of their own; inside a transaction,
    /// whose connection the stream has, they are errors.
    pub fn session_mut(&mut self) -> &mut S {
        &mut self.session
    }

    /// Ends the statement before its end. Inside a transaction this, and not dropping, keeps the transaction; where the
    /// database sends the rest of the rows regardless, they are read and passed over.
    pub async fn close(mut self) -> Result<()> {
        let ended = poll_fn(|cx| self.flow.poll_close(cx)).await;
        self.settle(ended)
    }

    fn poll_row(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<P::Row>>> {
        match self.flow.poll_raw(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Came::Row(raw)) => Poll::Ready(Some(P::place(raw, &mut self.session, self.populate))),
            Poll::Ready(Came::Batch) => {
                self.session.end_placing();
                self.poll_row(cx)
            }
            Poll::Ready(Came::End(ended)) => {
                self.session.end_placing();
                Poll::Ready(self.settle(ended).err().map(Err))
            }
        }
    }

    /// Gives the connection back.
    fn settle(&mut self, ended: Option<Ended>) -> Result<()> {
        let Some(Ended { lent, outcome }) = ended else { return Ok(()) };
        self.session.take_back(lent);
        outcome
    }
}

impl<S: Session, T, P: Placed<S, T>> Stream for RowStream<S, T, P> {
    type Item = Result<P::Row>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_row(cx)
    }
}

// No field is pinned through the stream.
impl<S: Session, T, P: Placed<S, T>> Unpin for RowStream<S, T, P> {}

impl<S: Session, T, P: Placed<S, T>> Drop for RowStream<S, T, P> {
    fn drop(&mut self) {
        if self.flow.running.take().is_some() && self.flow.of == Lender::Transaction {
            self.session.lose_lent();
        }
    }
}

impl<S: Session, T, P: Placed<S, T>> std::fmt::Debug for RowStream<S, T, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowStream").field("ended", &self.flow.running.is_none()).finish_non_exhaustive()
    }
}

/// The rows of one statement in vectors, read while it runs. Made by [`Query::chunks`]; see [`RowStream`].
#[must_use = "chunks are not read until they are asked for"]
#[derive(Debug)]
pub struct RowChunks<S: Session, T, P: Placed<S, T>> {
    rows: RowStream<S, T, P>,
    size: usize,
}

impl<S: Session, T, P: Placed<S, T>> RowChunks<S, T, P> {
    /// The next vector; none at the end. Rows before an error are given up with it.
    pub async fn next(&mut self) -> Option<Result<Vec<P::Row>>> {
        self.try_next().await.transpose()
    }

    /// The next vector, as `while let Some(chunk) = chunks.try_next().await?` reads it.
    pub async fn try_next(&mut self) -> Result<Option<Vec<P::Row>>> {
        let mut chunk = Vec::new();
        while chunk.len() < self.size {
            match self.rows.try_next().await? {
                Some(row) => chunk.push(row),
                None => break,
            }
        }
        Ok((!chunk.is_empty()).then_some(chunk))
    }

    /// The session, to look at objects. See [`RowStream::session`].
    pub fn session(&self) -> &S {
        self.rows.session()
    }

    /// The session, to change objects or to take them out. See [`RowStream::session_mut`].
    pub fn session_mut(&mut self) -> &mut S {
        self.rows.session_mut()
    }

    /// Ends the statement before its end. See [`RowStream::close`].
    pub async fn close(self) -> Result<()> {
        self.rows.close().await
    }
}

type Running = BoxFuture<'static, (Link, Result<Done>)>;

/// A statement that runs, and the rows that came of it.
struct Flow<R> {
    of: Lender,
    running: Option<Running>,
    shared: Arc<Mutex<Buffer<R>>>,
    /// Rows that were taken out of the buffer, all at once.
    rows: VecDeque<R>,
}

struct Buffer<R> {
    rows: VecDeque<R>,
    bytes: usize,
    /// Whether the reader wants no more.
    closed: bool,
}

/// What came of a statement.
enum Came<R> {
    Row(R),
    /// The buffer was emptied: further rows are another batch.
    Batch,
    End(Option<Ended>),
}

struct Ended {
    lent: Lent,
    outcome: Result<()>,
}

fn run(link: Link, (sql, values): (Arc<Sql>, Vec<Value>), mut sink: Box<dyn RowSink>) -> Running {
    Box::pin(async move {
        let mut link = link;
        let outcome = {
            let bound: Vec<ValueRef<'_>> = values.iter().map(Value::as_ref).collect();
            link.run(&sql, &bound, sink.as_mut()).await
        };
        (link, outcome)
    })
}

impl<R: Send + 'static> Flow<R> {
    /// Takes what is in the buffer; whether there was anything.
    fn take(&mut self) -> bool {
        let mut buffer = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        buffer.bytes = 0;
        std::mem::swap(&mut self.rows, &mut buffer.rows);
        !self.rows.is_empty()
    }

    fn poll_raw(&mut self, cx: &mut Context<'_>) -> Poll<Came<R>> {
        if let Some(row) = self.rows.pop_front() {
            return Poll::Ready(Came::Row(row));
        }
        if self.take() {
            return Poll::Ready(Came::Batch);
        }
        let ended = self.poll_end(cx);
        if self.take() {
            // How it ended, if it did, is told after the rows.
            if let Poll::Ready(Some(ended)) = ended {
                self.running =
                    Some(Box::pin(async move { (ended.lent.link, ended.outcome.map(|()| Done::default())) }));
            }
            return Poll::Ready(Came::Batch);
        }
        ended.map(Came::End)
    }

    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Option<Ended>> {
        let Some(running) = &mut self.running else { return Poll::Ready(None) };
        let Poll::Ready((link, outcome)) = running.as_mut().poll(cx) else { return Poll::Pending };
        self.running = None;
        let lent = Lent { link, of: self.of };
        Poll::Ready(Some(Ended { lent, outcome: outcome.map(|_| ()) }))
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Option<Ended>> {
        {
            let mut buffer = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            buffer.closed = true;
            buffer.rows.clear();
        }
        self.rows.clear();
        self.poll_end(cx)
    }
}

/// Reads rows into the buffer.
struct Sending<R> {
    shared: Arc<Mutex<Buffer<R>>>,
    read: fn(&mut Cells<'_>) -> Result<R>,
}

impl<R: Send> RowSink for Sending<R> {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        let raw = (self.read)(&mut Cells::new(row))?;
        let mut buffer = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        buffer.rows.push_back(raw);
        buffer.bytes += bytes(row);
        Ok(match buffer.closed {
            true => Next::Enough,
            false if buffer.rows.len() >= ROWS || buffer.bytes >= BYTES => Next::Wait,
            false => Next::More,
        })
    }

    fn restart(&mut self) {
        let mut buffer = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        buffer.rows.clear();
        buffer.bytes = 0;
    }

    /// The reader polls the statement when the buffer is empty, so nobody has to be woken.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Next> {
        let buffer = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        match (buffer.closed, buffer.rows.is_empty()) {
            (true, _) => Poll::Ready(Next::Enough),
            (false, true) => Poll::Ready(Next::More),
            (false, false) => Poll::Pending,
        }
    }

    fn hands_on(&self) -> bool {
        true
    }
}

/// The size of a row's texts and blobs.
fn bytes(row: &[ValueRef<'_>]) -> usize {
    let mut bytes = 0;
    for value in row {
        bytes += match value {
            ValueRef::Text(text) | ValueRef::Decimal(text) => text.len(),
            ValueRef::Bytes(blob) => blob.len(),
            ValueRef::Null
            | ValueRef::Bool(_)
            | ValueRef::Int(_)
            | ValueRef::UInt(_)
            | ValueRef::Double(_)
            | ValueRef::Date(_)
            | ValueRef::Time(_)
            | ValueRef::DateTime(_) => 0,
        };
    }
    bytes
}
