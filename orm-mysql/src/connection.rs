//! A connection on loan: statements, transactions, and what becomes of it when it is dropped.
//!
//! Invariant: a connection goes back to the pool only when the server answered its last command, no transaction is open and
//! the session's settings are those it was set up with. [`State`] is written before every await, so that a future dropped
//! there leaves a connection that is closed, never one in an unknown state. Transactions are plain commands: the driver's
//! own `begin` loses track of a transaction when it is dropped (sqlx 0.9).

mod link;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use orm_core::engine::{Access, Connection, Done, Isolation, NoRows, RowSink, Sql, TransactionOptions};
use orm_core::error::{Error, ErrorKind, Result};
use orm_core::now::Now;
use orm_core::pool::Lease;
use orm_core::value::ValueRef;
use sqlx::mysql::MySqlArguments;

use crate::errors::{self, Aftermath};
use crate::wire::{self, Types};

use link::{Answer, Rest, first_word};
pub(crate) use link::{Link, current_runtime};

/// What connections need to know of their server, and tell each other.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) types: Types,
    /// The greatest command that the server takes, in bytes.
    pub(crate) max_allowed_packet: usize,
    /// `innodb_rollback_on_timeout`.
    pub(crate) lock_timeout_ends_transaction: bool,
    pub(crate) keys: Keys,
    /// How long tidying up may take.
    pub(crate) patience: Duration,
    /// Grows whenever a connection is lost: others are tested before they are lent again.
    pub(crate) losses: AtomicU64,
}

/// How the keys of new rows are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    /// From the first one, at a distance that must not change.
    Counted,
    /// Each comes back, or is compared.
    Told,
}

/// What is known of the connection between two operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Outside of a transaction.
    Ready,
    /// Inside a transaction.
    Transaction,
    /// The server ended the transaction; nothing runs before the caller knows, which `rollback` tells.
    RolledBack,
    /// An operation is under way, or was dropped.
    Busy,
    /// A COMMIT is under way, was dropped, or was cut off: its outcome is not known.
    Committing,
    /// The connection cannot be used any more.
    Gone,
}

/// Whose settings the session has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Settings {
    /// Those that [`crate::engine`] made.
    Ours,
    /// Foreign keys are not checked for the moment.
    ForeignKeysOff,
    /// A statement changed something: the connection is closed when it comes back.
    Foreign,
}

/// The commands around work that ignores foreign keys.
pub(crate) const FOREIGN_KEYS: (&str, &str) = ("SET FOREIGN_KEY_CHECKS = 0", "SET FOREIGN_KEY_CHECKS = 1");

/// What the distance between two keys that the server makes is called.
const KEY_DISTANCE: &str = "auto_increment_increment";

/// A connection on loan from the pool.
pub(crate) struct Loan {
    // None only while it is being dropped.
    lease: Option<Lease<Box<Link>>>,
    server: Arc<Server>,
    state: State,
    settings: Settings,
}

impl Loan {
    pub(crate) fn new(lease: Lease<Box<Link>>, server: Arc<Server>) -> Self {
        Loan { lease: Some(lease), server, state: State::Ready, settings: Settings::Ours }
    }

    fn link(&mut self) -> &mut Link {
        self.lease.as_mut().expect("a loan has its connection until it is dropped")
    }

    /// The state, if a statement can run in it.
    fn ready(&self) -> Result<State> {
        match self.state {
            State::Ready | State::Transaction => Ok(self.state),
            State::RolledBack => {
                Err(Error::new(ErrorKind::Deadlock).context("roll back before anything else runs"))
            }
            State::Busy | State::Committing => {
                Err(lost()
                    .context("an operation on this connection was dropped before its end: take another"))
            }
            State::Gone => Err(lost()),
        }
    }

    /// Remembers a statement that changes the session beyond what a pool may lend on. Refuses one after which objects would get
    /// the keys of others.
    fn note_settings(&mut self, sql: &str) -> Result<()> {
        if sql == FOREIGN_KEYS.0 && self.settings == Settings::Ours {
            self.settings = Settings::ForeignKeysOff;
        } else if sql == FOREIGN_KEYS.1 && self.settings == Settings::ForeignKeysOff {
            // The setting counts as restored when the server says so.
        } else if changes_session(sql) {
            if self.server.keys == Keys::Counted && sql.to_ascii_lowercase().contains(KEY_DISTANCE) {
                return Err(Error::invalid_query(
                    "`auto_increment_increment` cannot be changed for a session, since the keys of new rows are counted by \
                     it: change it for the server, and connect anew",
                ));
            }
            self.settings = Settings::Foreign;
        }
        Ok(())
    }

    /// Takes what an operation came to into the state.
    fn settle(&mut self, before: State, answer: Result<Answer, sqlx::Error>) -> Result<Done> {
        match answer {
            Ok(answer) => {
                self.state = match answer.rest {
                    Rest::Read => before,
                    Rest::Unread => State::Gone,
                };
                match answer.refused {
                    Some(error) => Err(error),
                    None => Ok(answer.done),
                }
            }
            Err(error) => {
                let (error, aftermath) = errors::translate(error);
                self.state = self.state_after(before, aftermath);
                Err(error)
            }
        }
    }

    fn state_after(&self, before: State, aftermath: Aftermath) -> State {
        let transaction_gone = match aftermath {
            Aftermath::StatementFailed => false,
            Aftermath::TransactionGone => true,
            Aftermath::LockTimeout => self.server.lock_timeout_ends_transaction,
            Aftermath::ConnectionGone => {
                self.server.losses.fetch_add(1, Ordering::Relaxed);
                return State::Gone;
            }
        };
        if transaction_gone && before == State::Transaction { State::RolledBack } else { before }
    }

    /// A command larger than this would cost the connection.
    fn check_size(&self, bytes: usize) -> Result<()> {
        let limit = self.server.max_allowed_packet;
        if bytes < limit {
            return Ok(());
        }
        Err(Error::invalid_query(format!(
            "a statement of {bytes} bytes with its values is too large: the server takes {limit} \
             (`max_allowed_packet`); raise that, or write less at once"
        )))
    }

    pub(crate) async fn run_prepared(
        &mut self,
        sql: &Sql,
        values: &[ValueRef<'_>],
        sink: &mut dyn RowSink,
    ) -> Result<Done> {
        let before = self.ready()?;
        let arguments = self.arguments(sql, values)?;
        self.state = State::Busy;
        let answer = self.link().run_prepared(sql.text(), arguments, sink, rest_of(before)).await;
        self.settle(before, answer)
    }

    /// The server commits a statement outside of a transaction as it ends.
    pub(crate) async fn run_and_commit(
        &mut self,
        sql: &Sql,
        values: &[ValueRef<'_>],
        sink: &mut dyn RowSink,
    ) -> Result<Done> {
        if self.ready()? != State::Ready {
            return Err(Error::invalid_query("a statement cannot commit itself inside a transaction"));
        }
        let arguments = self.arguments(sql, values)?;
        self.state = State::Committing;
        let answer = self.link().run_prepared(sql.text(), arguments, sink, usize::MAX).await;
        let done = self.settle(State::Ready, answer);
        self.outcome_of_commit(done)
    }

    /// What a command is bound to, where that can be sent.
    fn arguments(&mut self, sql: &Sql, values: &[ValueRef<'_>]) -> Result<MySqlArguments> {
        let mut size = sql.text().len();
        for value in values {
            size += wire::longest(*value);
        }
        self.check_size(size)?;
        let arguments = wire::arguments(values, &self.server.types)?;
        self.note_settings(sql.text())?;
        Ok(arguments)
    }

    /// Nobody knows what became of a COMMIT whose answer did not come.
    fn outcome_of_commit(&mut self, outcome: Result<Done>) -> Result<Done> {
        match outcome {
            Err(error) if self.state == State::Gone => {
                self.state = State::Committing;
                Err(Error::with_source(ErrorKind::OutcomeUnknown, error))
            }
            outcome => outcome,
        }
    }

    async fn run_text(&mut self, sql: &str) -> Result<Done> {
        let before = self.ready()?;
        self.check_size(sql.len())?;
        self.note_settings(sql)?;
        self.state = State::Busy;
        let answer = self.link().run_text(sql, &mut NoRows, rest_of(before)).await;
        let done = self.settle(before, answer)?;
        if sql == FOREIGN_KEYS.1 && self.settings == Settings::ForeignKeysOff {
            self.settings = Settings::Ours;
        }
        Ok(done)
    }

    async fn begin_transaction(&mut self, options: TransactionOptions) -> Result<()> {
        match self.ready()? {
            State::Ready => {}
            _ => {
                return Err(Error::invalid_query("a transaction is open already: use a savepoint inside it"));
            }
        }
        self.state = State::Busy;
        let answer = self.link().run_text(begin_command(options), &mut NoRows, usize::MAX).await;
        let begun = self.settle(State::Transaction, answer);
        if begun.is_err() {
            // An isolation may be set already, and would hold for the next transaction.
            self.state = State::Gone;
        }
        begun.map(|_done| ())
    }

    async fn commit_transaction(&mut self) -> Result<()> {
        match self.ready()? {
            State::Transaction => {}
            _ => return Err(Error::invalid_query("there is no transaction to commit: begin one")),
        }
        self.state = State::Committing;
        let answer = self.link().run_text("COMMIT", &mut NoRows, usize::MAX).await;
        let committed = self.settle(State::Ready, answer);
        let outcome = self.outcome_of_commit(committed);
        if outcome.is_err() && self.state != State::Committing {
            self.state = State::RolledBack;
        }
        outcome.map(|_done| ())
    }

    async fn roll_back_transaction(&mut self) -> Result<()> {
        match self.state {
            State::Transaction | State::RolledBack => {}
            // The server rolls back what a connection leaves behind.
            State::Ready | State::Busy | State::Gone => return Ok(()),
            State::Committing => return Err(Error::new(ErrorKind::OutcomeUnknown)),
        }
        self.state = State::Busy;
        let answer = self.link().run_text("ROLLBACK", &mut NoRows, usize::MAX).await;
        match self.settle(State::Ready, answer) {
            Err(_) if self.state == State::Gone => Ok(()),
            Err(error) => {
                self.state = State::Gone;
                Err(error)
            }
            Ok(_done) => Ok(()),
        }
    }
}

impl Connection for Loan {
    fn begin(&mut self, options: TransactionOptions) -> Now<'_, Result<()>> {
        Now::later(self.begin_transaction(options))
    }

    fn commit(&mut self) -> Now<'_, Result<()>> {
        Now::later(self.commit_transaction())
    }

    /// Rolls back. A connection that was lost counts as rolled back: the server does it.
    fn rollback(&mut self) -> Now<'_, Result<()>> {
        Now::later(self.roll_back_transaction())
    }

    fn run<'a>(
        &'a mut self,
        sql: &'a Arc<Sql>,
        values: &'a [ValueRef<'a>],
        sink: &'a mut dyn RowSink,
    ) -> Now<'a, Result<Done>> {
        Now::later(self.run_prepared(sql, values, sink))
    }

    fn run_once<'a>(&'a mut self, sql: &'a str) -> Now<'a, Result<Done>> {
        Now::later(self.run_text(sql))
    }

    fn is_usable(&self) -> bool {
        match self.state {
            State::Ready | State::Transaction | State::RolledBack => true,
            State::Busy | State::Committing | State::Gone => false,
        }
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        let Some(lease) = self.lease.take() else {
            return;
        };
        match (self.settings, self.state) {
            (Settings::Ours, State::Ready) => lease.give_back(),
            (Settings::Ours, State::Transaction | State::RolledBack) => {
                roll_back_later(lease, self.server.patience);
            }
            // Dropping the lease closes the connection.
            (Settings::ForeignKeysOff | Settings::Foreign, _)
            | (Settings::Ours, State::Busy | State::Committing | State::Gone) => drop(lease),
        }
    }
}

/// Gives the connection back once the server said that the transaction is over; closes it where nobody can wait for that.
fn roll_back_later(mut lease: Lease<Box<Link>>, patience: Duration) {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return;
    };
    runtime.spawn(async move {
        let mut nothing = NoRows;
        let answer = lease.run_text("ROLLBACK", &mut nothing, usize::MAX);
        if let Ok(Ok(_rolled_back)) = tokio::time::timeout(patience, answer).await {
            lease.give_back();
        }
    });
}

fn lost() -> Error {
    Error::new(ErrorKind::ConnectionLost)
}

/// How many rows that nobody wants are read to keep a connection: all inside a transaction, which would be lost with it.
fn rest_of(state: State) -> usize {
    match state {
        State::Transaction => usize::MAX,
        State::Ready | State::RolledBack | State::Busy | State::Committing | State::Gone => 100_000,
    }
}

/// One command, so that there is one round trip.
fn begin_command(options: TransactionOptions) -> &'static str {
    match (options.isolation, options.access) {
        (None, Access::Write) => "START TRANSACTION",
        (None, Access::Read) => "START TRANSACTION READ ONLY",
        (Some(Isolation::ReadUncommitted), Access::Write) => {
            "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED; START TRANSACTION"
        }
        (Some(Isolation::ReadUncommitted), Access::Read) => {
            "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED; START TRANSACTION READ ONLY"
        }
        (Some(Isolation::ReadCommitted), Access::Write) => {
            "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION"
        }
        (Some(Isolation::ReadCommitted), Access::Read) => {
            "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION READ ONLY"
        }
        (Some(Isolation::RepeatableRead), Access::Write) => {
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION"
        }
        (Some(Isolation::RepeatableRead), Access::Read) => {
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION READ ONLY"
        }
        (Some(Isolation::Serializable), Access::Write) => {
            "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; START TRANSACTION"
        }
        (Some(Isolation::Serializable), Access::Read) => {
            "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; START TRANSACTION READ ONLY"
        }
    }
}

/// Whether a statement of the application leaves something in the session: settings, a lock, a transaction of its own.
fn changes_session(sql: &str) -> bool {
    let word = first_word(sql);
    ["SET", "USE", "LOCK", "BEGIN", "START", "XA", "FLUSH"]
        .iter()
        .any(|change| word.eq_ignore_ascii_case(change))
}
