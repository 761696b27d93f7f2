//! What a backend gives: a dialect, connections, statements, transactions. The contract between the core and the backends.
//!
//! The rules that a backend keeps:
//! - A connection goes back to its pool only when its last operation finished and no transaction is open. It is marked busy
//!   before every await, and closed, or brought to a known state first, where the future was dropped.
//! - Rows go to the sink as they are read, as borrowed values; nothing is collected on the way. A sink may make the statement
//!   wait, which costs no thread; dropping the future of a statement that waits is like dropping any other.
//! - An error is translated to a kind the caller can match, and never shows a password or a bound value.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use crate::dialect::Dialect;
use crate::error::Result;
use crate::now::{BoxFuture, Now};
use crate::value::ValueRef;

/// The text of a statement, with an identity that prepared statements are kept under.
///
/// Two texts that are equal may have different identities; a backend falls back to the text then.
#[derive(Debug)]
pub struct Sql {
    id: u64,
    text: Box<str>,
    keys: Option<MadeKeys>,
    range: Option<Range>,
}

/// The form of an UPDATE that writes all rows of a range of keys in one run.
#[derive(Debug)]
pub struct Range {
    /// The statement. It calls the function of [`BatchUpdate::ByRange`](crate::dialect::BatchUpdate::ByRange) with `?1`, which
    /// stands for the rows of values, the key of a row, and the position of a value; NULL comes back for a key that none of
    /// the rows of values has. `?2` and `?3` are the least and the greatest key.
    pub sql: Arc<Sql>,
    /// The position of the key in a row of values.
    pub key: usize,
}

/// Whose keys an INSERT leaves to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MadeKeys {
    /// The table.
    pub table: &'static str,
    /// The column of its key.
    pub column: &'static str,
}

impl Sql {
    /// A statement text of its own identity. Keep it, and share it, where the statement recurs.
    pub fn new(text: impl Into<Box<str>>) -> Arc<Sql> {
        Sql::with_identity(text.into(), None, None)
    }

    /// The text of an UPDATE of one row, and the form that writes many of them. For backends whose dialect says
    /// [`BatchUpdate::ByRange`](crate::dialect::BatchUpdate::ByRange): [`Connection::run_each`] may use either.
    pub fn with_range(text: impl Into<Box<str>>, range: Range) -> Arc<Sql> {
        Sql::with_identity(text.into(), None, Some(range))
    }

    /// The text of an INSERT without a RETURNING clause whose keys the sink wants all the same: one row for each row that was
    /// inserted, in the order of the VALUES list, that holds the key and nothing else. For backends whose dialect says
    /// [`GeneratedKeys::Handed`](crate::dialect::GeneratedKeys::Handed); they refuse a column whose values the database does
    /// not make.
    pub fn with_keys(text: impl Into<Box<str>>, keys: MadeKeys) -> Arc<Sql> {
        Sql::with_identity(text.into(), Some(keys), None)
    }

    fn with_identity(text: Box<str>, keys: Option<MadeKeys>, range: Option<Range>) -> Arc<Sql> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Arc::new(Sql { id: NEXT.fetch_add(1, Ordering::Relaxed), text, keys, range })
    }

    /// Whose keys the sink wants.
    #[inline]
    pub fn keys(&self) -> Option<MadeKeys> {
        self.keys
    }

    /// The form that writes many rows.
    #[inline]
    pub fn range(&self) -> Option<&Range> {
        self.range.as_ref()
    }

    /// The identity: never two texts for one number in a process.
    #[inline]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The text.
    #[inline]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Whether a sink wants more rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Go on.
    More,
    /// Stop here; the rest is not read.
    Enough,
    /// The row was taken, and no more for now: the statement stands still until [`RowSink::poll_ready`] says how to go on.
    Wait,
}

/// Takes rows as they are read. Implemented by the loader; called by backends.
pub trait RowSink: Send {
    /// Takes one row. The values live until the call returns.
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next>;
    /// Forgets all rows so far: the statement runs again from its first row. Never called once the future of the statement
    /// was pending, where the sink [hands on](RowSink::hands_on).
    fn restart(&mut self);
    /// After [`Next::Wait`]: how to go on, once that is known.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        let _ = cx;
        Poll::Ready(Next::More)
    }
    /// Whether rows reach their reader before the statement ends, so that it cannot be run again in secret.
    fn hands_on(&self) -> bool {
        false
    }
    /// Whether [`columns`](RowSink::columns) is to be called.
    fn wants_columns(&self) -> bool {
        false
    }
    /// Takes the names of the columns, before the first row of a result; again where the statement is continued.
    fn columns(&mut self, names: &[&str]) -> Result<()> {
        let _ = names;
        Ok(())
    }
}

/// Waits until a sink says how to go on: what a backend does after [`Next::Wait`].
pub async fn ready(sink: &mut dyn RowSink) -> Next {
    poll_fn(|cx| sink.poll_ready(cx)).await
}

/// A sink for statements that give no rows; a row is passed over.
#[derive(Debug)]
pub struct NoRows;

impl RowSink for NoRows {
    fn row(&mut self, _row: &[ValueRef<'_>]) -> Result<Next> {
        Ok(Next::More)
    }
    fn restart(&mut self) {}
}

/// What a statement did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Rows that an INSERT, UPDATE or DELETE matched (not: changed). Zero for other statements.
    pub rows_affected: u64,
    /// The first key that the database made in this statement; zero where it made none.
    pub last_insert_id: u64,
}

/// What the runs of one statement did.
#[derive(Debug)]
pub struct Runs {
    /// How many runs matched one row. Where there are fewer than rows of values, the next run is the one that ended them.
    pub matched: usize,
    /// The failure of that run.
    pub end: Result<()>,
}

/// How strictly a transaction is kept from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Reads what others did not commit yet.
    ReadUncommitted,
    /// Reads what is committed when a statement starts.
    ReadCommitted,
    /// Reads what was committed when the transaction first read.
    RepeatableRead,
    /// As if transactions ran one after the other.
    Serializable,
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// It writes: a backend with one writer takes the write lock at once, so that it cannot fail half-way.
    #[default]
    Write,
    /// It only reads.
    Read,
}

/// How a transaction begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransactionOptions {
    /// What it is for.
    pub access: Access,
    /// The isolation; the backend's default where `None`. A level that the backend lacks is an `Unsupported` error.
    pub isolation: Option<Isolation>,
}

/// A connection on loan from its pool. Implement me in a backend. Dropping it gives it back; with an open transaction or an
/// unfinished operation it is rolled back or closed first, never lent on as it is.
pub trait Connection: Send {
    /// Begins a transaction.
    fn begin(&mut self, options: TransactionOptions) -> Now<'_, Result<()>>;

    /// Commits. A failure of the connection, or a drop, on the way is [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown).
    fn commit(&mut self) -> Now<'_, Result<()>>;

    /// Rolls back.
    fn rollback(&mut self) -> Now<'_, Result<()>>;

    /// Runs a statement and hands its rows to a sink. Prepared under the identity of its text.
    fn run<'a>(
        &'a mut self,
        sql: &'a Arc<Sql>,
        values: &'a [ValueRef<'a>],
        sink: &'a mut dyn RowSink,
    ) -> Now<'a, Result<Done>>;

    /// Runs an UPDATE or DELETE for each row of `width` values, one after the other, until a run matches a number of rows other
    /// than one, or fails. For backends that gain by it: what is the same for all runs is done once, and where the statement has
    /// a [form for many rows](Sql::with_range), the runs may be one. Where one does not match, others may have been run that
    /// come after it.
    fn run_each<'a>(
        &'a mut self,
        sql: &'a Arc<Sql>,
        values: &'a [ValueRef<'a>],
        width: usize,
    ) -> Now<'a, Runs> {
        run_one_by_one(self, sql, values, width, 0)
    }

    /// Runs one statement without values that is not worth preparing: DDL, SAVEPOINT.
    fn run_once<'a>(&'a mut self, sql: &'a str) -> Now<'a, Result<Done>>;

    /// Whether the connection can still be used: false after it was lost, or an operation on it was dropped.
    fn is_usable(&self) -> bool;
}

/// [`Connection::run_each`], one run after the other, where so many matched already.
pub fn run_one_by_one<'a, C: Connection + ?Sized>(
    connection: &'a mut C,
    sql: &'a Arc<Sql>,
    values: &'a [ValueRef<'a>],
    width: usize,
    matched: usize,
) -> Now<'a, Runs> {
    Now::later(async move {
        let mut matched = matched;
        for row in values.chunks_exact(width.max(1)).skip(matched) {
            match connection.run(sql, row, &mut NoRows).await {
                Ok(done) if done.rows_affected == 1 => matched += 1,
                Ok(_) => break,
                Err(error) => return Runs { matched, end: Err(error) },
            }
        }
        Runs { matched, end: Ok(()) }
    })
}

/// What a backend gives. Implement me in a backend; applications hold an [`AnyEngine`](crate::AnyEngine).
pub trait Engine: Send + Sync + 'static {
    /// The facts of its SQL.
    fn dialect(&self) -> &dyn Dialect;

    /// Lends a connection; waits for one as long as the pool's acquire timeout says.
    fn acquire(&self) -> Now<'_, Result<Box<dyn Connection>>>;

    /// Runs a statement on a connection that is lent for it alone: what [`acquire`](Engine::acquire) and
    /// [`Connection::run`] do, without what it takes to hand a connection out. Most reads are such statements.
    fn run<'a>(
        &'a self,
        sql: &'a Arc<Sql>,
        values: &'a [ValueRef<'a>],
        sink: &'a mut dyn RowSink,
    ) -> Now<'a, Result<Done>>;

    /// Runs one write as a transaction of its own: committed where this is `Ok`, else not there. A failure of the connection on
    /// the way to the answer is [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown), and so is a drop. No BEGIN and no COMMIT are
    /// sent where the database commits a statement as it ends.
    fn run_and_commit<'a>(
        &'a self,
        sql: &'a Arc<Sql>,
        values: &'a [ValueRef<'a>],
        sink: &'a mut dyn RowSink,
    ) -> Now<'a, Result<Done>>;

    /// Waits for lent connections and closes all. Later calls of `acquire` are a `Closed` error.
    fn close(&self) -> BoxFuture<'_, ()>;

    /// The state of the pool.
    fn pool_status(&self) -> PoolStatus;

    /// Where it is connected to, without a password.
    fn target(&self) -> &Target;
}

/// Where an engine is connected to; for messages and traces, without a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The address as a URL without a password.
    pub address: String,
    /// The database or file (OpenTelemetry's `db.namespace`).
    pub database: String,
}

/// How many connections a pool has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolStatus {
    /// The greatest number of connections.
    pub size: usize,
    /// Connections that are lent.
    pub lent: usize,
    /// Connections that wait to be lent.
    pub idle: usize,
}
