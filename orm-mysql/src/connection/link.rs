//! A connection as the pool keeps it: the driver's, with what is remembered from statement to statement.

use std::future::poll_fn;
use std::hash::{BuildHasher, BuildHasherDefault};
use std::pin::Pin;

use futures_core::Stream;
use orm_core::engine::{self, Done, Next, RowSink};
use orm_core::error::Error;
use rustc_hash::{FxHashSet, FxHasher};
use sqlx::mysql::{MySqlArguments, MySqlConnection};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Connection, Either, Execute, Executor, MySql};
use tokio::runtime;

use crate::wire::{Form, Reader};

/// A connection as the pool keeps it.
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
        let mut streamed = Streamed::default();
        let mut skipped = None;
        let mut events = driver.fetch_many(query);
        while let Some(event) = next(&mut events).await {
            match (event?, &mut skipped) {
                (Either::Left(result), _) => {
                    streamed.done.rows_affected += result.rows_affected();
                    if result.last_insert_id() != 0 {
                        streamed.done.last_insert_id = result.last_insert_id();
                    }
                    reader.start();
                }
                (Either::Right(_row), Some(skipped)) => {
                    *skipped += 1;
                    if *skipped > unwanted {
                        streamed.rest = Rest::Unread;
                        break;
                    }
                }
                (Either::Right(row), none) => {
                    streamed.rows += 1;
                    let next = match reader.hand_on(&row, form, sink) {
                        Ok(Next::Wait) => {
                            drop(row);
                            Ok(engine::ready(sink).await)
                        }
                        next => next,
                    };
                    match next {
                        Ok(Next::More | Next::Wait) => {}
                        Ok(Next::Enough) => *none = Some(0),
                        Err(error) => {
                            streamed.refused = Some(error);
                            *none = Some(0);
                        }
                    }
                }
            }
        }
        Ok(streamed)
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

async fn next<T>(events: &mut (impl Stream<Item = T> + Unpin)) -> Option<T> {
    poll_fn(|cx| Pin::new(&mut *events).poll_next(cx)).await
}

/// Whether a statement that gave rows may have written them.
fn writes(sql: &str) -> bool {
    let word = sql.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
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
