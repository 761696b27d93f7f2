//! A connection as the pool keeps it: the driver's, with what is remembered from statement to statement.

use std::future::poll_fn;
use std::hash::{BuildHasher, BuildHasherDefault};
use std::task::{Context, Poll, ready};

use futures_core::stream::BoxStream;
use orm_core::engine::{self, Done, Next, RowSink};
use orm_core::error::Error;
use rustc_hash::{FxHashSet, FxHasher};
use sqlx::mysql::{MySqlArguments, MySqlConnection, MySqlQueryResult, MySqlRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Connection, Either, Execute, Executor, MySql};
use tokio::runtime;

use crate::wire::{Form, Reader};

/// A connection as the pool keeps it, boxed: it is moved several times for each statement.
pub(crate) struct Link {
    pub(crate) driver: MySqlConnection,
    pub(crate) reader: Reader,
    prepared: Prepared,
    /// How many losses there were when it last proved to be alive.
    pub(crate) losses_seen: u64,
    /// Whose event loop its socket waits in: with that gone, it waits for ever or fails.
    pub(crate) runtime: Option<runtime::Id>,
}

/// What a statement came to.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) done: Done,
    /// Why the sink, or the decoding, refused a row.
    pub(crate) refused: Option<Error>,
    pub(crate) rest: Rest,
}

/// What became of the rows that nobody wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Nothing is left between this connection and its server.
    #[default]
    Read,
    /// There were too many: the connection is of no use.
    Unread,
}

impl Link {
    pub(crate) fn new(driver: MySqlConnection, kept_statements: usize, losses_seen: u64) -> Self {
        Link {
            driver,
            reader: Reader::default(),
            prepared: Prepared::new(kept_statements),
            losses_seen,
            runtime: current_runtime(),
        }
    }

    /// Runs a statement that is worth preparing. At most `unwanted` rows are read beyond what the sink takes.
    pub(crate) async fn run_prepared(
        &mut self,
        sql: &str,
        arguments: MySqlArguments,
        sink: &mut dyn RowSink,
        unwanted: usize,
    ) -> Result<Answer, sqlx::Error> {
        if self.prepared.room_for(sql) == Room::AfterClearing {
            self.driver.clear_cached_statements().await?;
        }
        let query: Query<'_, MySql, MySqlArguments> =
            sqlx::query_with(AssertSqlSafe(sql.to_owned()), arguments);
        let mut answer = self.stream(query, Form::Binary, sink, unwanted).await?;
        if answer.done.rows_affected == 0 && answer.rows > 0 && writes(sql) {
            // The last packet of a result does not count what INSERT .. RETURNING wrote.
            answer.done.rows_affected = answer.rows;
        }
        Ok(answer.answer())
    }

    /// Runs a statement that is not worth preparing, or that cannot be prepared.
    pub(crate) async fn run_text(
        &mut self,
        sql: &str,
        sink: &mut dyn RowSink,
        unwanted: usize,
    ) -> Result<Answer, sqlx::Error> {
        let answer =
            self.stream(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())), Form::Text, sink, unwanted).await?;
        Ok(answer.answer())
    }

    async fn stream<'q, Q: Execute<'q, MySql> + 'q>(
        &mut self,
        query: Q,
        form: Form,
        sink: &mut dyn RowSink,
        unwanted: usize,
    ) -> Result<Streamed, sqlx::Error> {
        let Link { driver, reader, .. } = self;
        reader.start();
        let mut rows = Rows {
            events: driver.fetch_many(query),
            reader,
            form,
            sink,
            unwanted,
            skipped: None,
            streamed: Streamed::default(),
        };
        loop {
            match poll_fn(|cx| rows.poll(cx)).await? {
                Pause::Wait => {
                    if engine::ready(rows.sink).await == Next::Enough {
                        rows.skipped = Some(0);
                    }
                }
                Pause::End => return Ok(rows.streamed),
            }
        }
    }
}

/// The rows of a statement on their way to its sink.
struct Rows<'a> {
    events: BoxStream<'a, Result<Either<MySqlQueryResult, MySqlRow>, sqlx::Error>>,
    reader: &'a mut Reader,
    form: Form,
    sink: &'a mut dyn RowSink,
    unwanted: usize,
    /// How many rows were passed over since the sink had enough.
    skipped: Option<usize>,
    streamed: Streamed,
}

/// Why rows stand still.
enum Pause {
    /// The sink wants no more for now.
    Wait,
    /// All were read that are to be read.
    End,
}

impl Rows<'_> {
    /// Hands on as many rows as there are. In one poll, and by reference: a row that is moved from future to future costs as
    /// much as its decoding.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Pause, sqlx::Error>> {
        loop {
            let event = self.events.as_mut().poll_next(cx);
            if let Poll::Ready(Some(Ok(Either::Right(row)))) = &event {
                match self.hand_on(row) {
                    None => continue,
                    Some(pause) => return Poll::Ready(Ok(pause)),
                }
            }
            match ready!(event) {
                None => return Poll::Ready(Ok(Pause::End)),
                Some(Err(error)) => return Poll::Ready(Err(error)),
                Some(Ok(Either::Left(result))) => self.end_result(&result),
                Some(Ok(Either::Right(_handed_on))) => {}
            }
        }
    }

    #[inline]
    fn hand_on(&mut self, row: &MySqlRow) -> Option<Pause> {
        if let Some(skipped) = &mut self.skipped {
            *skipped += 1;
            if *skipped <= self.unwanted {
                return None;
            }
            self.streamed.rest = Rest::Unread;
            return Some(Pause::End);
        }
        self.streamed.rows += 1;
        match self.reader.hand_on(row, self.form, self.sink) {
            Ok(Next::More) => None,
            Ok(Next::Wait) => Some(Pause::Wait),
            Ok(Next::Enough) => {
                self.skipped = Some(0);
                None
            }
            Err(error) => {
                self.streamed.refused = Some(error);
                self.skipped = Some(0);
                None
            }
        }
    }

    fn end_result(&mut self, result: &MySqlQueryResult) {
        self.streamed.done.rows_affected += result.rows_affected();
        if result.last_insert_id() != 0 {
            self.streamed.done.last_insert_id = result.last_insert_id();
        }
        self.reader.start();
    }
}

/// The runtime that the caller runs in.
pub(crate) fn current_runtime() -> Option<runtime::Id> {
    runtime::Handle::try_current().ok().map(|handle| handle.id())
}

#[derive(Default)]
struct Streamed {
    done: Done,
    rows: u64,
    refused: Option<Error>,
    rest: Rest,
}

impl Streamed {
    fn answer(self) -> Answer {
        let Streamed { done, rows: _, refused, rest } = self;
        Answer { done, refused, rest }
    }
}

/// The word that a statement starts with.
pub(super) fn first_word(sql: &str) -> &str {
    let sql = sql.trim_start();
    let end = sql.bytes().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(sql.len());
    &sql[..end]
}

/// Whether a statement that gave rows may have written them.
fn writes(sql: &str) -> bool {
    let word = first_word(sql);
    ["INSERT", "REPLACE", "DELETE", "UPDATE"].iter().any(|write| word.eq_ignore_ascii_case(write))
}

/// Which texts the driver's cache of prepared statements holds.
///
/// The cache is never let to overflow: the driver would close the oldest statement in a packet of its own, to which there is
/// no answer, and the command that follows would wait 40 ms for Nagle's algorithm and TCP's delayed acknowledgement, each
/// time. A full cache is cleared as a whole: one such wait for as many texts as it holds.
struct Prepared {
    capacity: usize,
    // Hashes of the texts: a collision only brings the wait.
    texts: FxHashSet<u64>,
}

/// What has to be done before a text is prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    Enough,
    AfterClearing,
}

impl Prepared {
    fn new(capacity: usize) -> Self {
        Prepared { capacity, texts: FxHashSet::default() }
    }

    fn room_for(&mut self, text: &str) -> Room {
        let hash = BuildHasherDefault::<FxHasher>::default().hash_one(text);
        if self.texts.contains(&hash) {
            return Room::Enough;
        }
        let full = self.texts.len() >= self.capacity;
        if full {
            self.texts.clear();
        }
        self.texts.insert(hash);
        if full { Room::AfterClearing } else { Room::Enough }
    }
}
