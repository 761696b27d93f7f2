//! The one error type of the library. Every failure names what it concerns (model, column, constraint) and says what to
//! do; no text holds a password or a bound value. Everyone builds errors here; nobody formats them elsewhere.

use std::fmt;
use std::sync::Arc;

/// What every fallible call of this library returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn std::error::Error + Send + Sync + 'static>;

/// What went wrong, where, and what to do about it.
///
/// Match on [`Error::kind`]; print it for people. It is one pointer wide, and a clone shares the cause, so that a session
/// can keep the first cause of a failure and repeat it.
///
/// ```
/// use orm_core::{Error, ErrorKind};
/// let error = Error::not_found("User");
/// assert!(matches!(error.kind(), ErrorKind::NotFound { .. }));
/// assert_eq!(error.to_string(), "no `User` matches: use `one_or_none` or `first` where none is a valid answer");
/// ```
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Arc<ErrorKind>,
    context: Vec<String>,
    source: Option<Arc<dyn std::error::Error + Send + Sync + 'static>>,
}

/// The kinds of failure that a caller can tell apart.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A query that must give one row gave none.
    #[error("no `{model}` matches: use `one_or_none` or `first` where none is a valid answer")]
    NotFound {
        /// The model that was asked for.
        model: String,
    },
    /// A query that must give one row gave several.
    #[error("more than one `{model}` matches where one was asked for: narrow the filter, or use `first`")]
    SeveralFound {
        /// The model that was asked for.
        model: String,
    },
    /// A unique or primary key constraint refused a row.
    #[error("a row with the same unique value exists: constraint {constraint}")]
    Unique {
        /// The constraint, or the columns, as the database names them.
        constraint: String,
    },
    /// A foreign key constraint refused a row.
    #[error(
        "a foreign key points at no row, or a row that is still referred to would go: constraint {constraint}"
    )]
    ForeignKey {
        /// The constraint as the database names it; "unknown" where it does not say.
        constraint: String,
    },
    /// NULL for a column that does not take it.
    #[error("column {column} takes no NULL")]
    NotNull {
        /// The column as the database names it.
        column: String,
    },
    /// A check constraint refused a row.
    #[error("a check constraint refused the row: constraint {constraint}")]
    Check {
        /// The constraint as the database names it.
        constraint: String,
    },
    /// A row that should be there, in the version that was read, is not.
    #[error(
        "the row of {object} was changed or deleted by somebody else since it was read: roll back, read it again, retry"
    )]
    Stale {
        /// The object, as in "User#3 (id 7)".
        object: String,
    },
    /// An object with the same primary key is in the session already.
    #[error(
        "the session already holds a `{model}` with this primary key ({object}): change that one, or `merge`, in place of `add`"
    )]
    Identity {
        /// The model of both objects.
        model: String,
        /// The object that holds the key.
        object: String,
    },
    /// A relation that was read had not been loaded.
    #[error(
        "a relation to `{target}` is not loaded: add `.with(..)` to the query or call `session.load(..)`"
    )]
    NotLoaded {
        /// The model that the relation leads to.
        target: String,
    },
    /// A relation that was to be loaded by `session.load` is one that queries alone may load.
    #[error(
        "`{relation}` of {object} is not loaded after the query, because {reason}: load it together with the query, by \
         `.with(..)`"
    )]
    LoadRefused {
        /// The object, as in "User#3 (id 7)".
        object: String,
        /// The relation field.
        relation: String,
        /// Who said so.
        reason: String,
    },
    /// The backend cannot do this.
    #[error("{backend} does not support {feature}")]
    Unsupported {
        /// What was asked for.
        feature: String,
        /// Who cannot do it.
        backend: String,
    },
    /// The database chose this transaction as the victim of a deadlock, or could not serialize it.
    #[error(
        "deadlock or serialization failure: the transaction was rolled back by the database; retry the whole of it"
    )]
    Deadlock,
    /// A lock was not granted in time. The statement failed; the transaction goes on on some backends.
    #[error("a lock was not granted in time: another transaction holds it; retry")]
    LockTimeout,
    /// The connection broke while it was used.
    #[error("the connection to the database was lost")]
    ConnectionLost,
    /// No connection could be made.
    #[error("cannot connect to {target}: {reason}")]
    Connect {
        /// Where to, without the password.
        target: String,
        /// Why not.
        reason: String,
    },
    /// Something took longer than its limit.
    #[error("{what} took longer than {limit_ms} ms")]
    Timeout {
        /// What was waited for.
        what: String,
        /// The limit in milliseconds.
        limit_ms: u64,
    },
    /// A change was to be written in a transaction that was begun for reading. Nothing was sent.
    #[error(
        "{object} is to be written in a transaction that was begun with `Access::Read`: call \
         `session.rollback().await`, and begin one that writes"
    )]
    ReadOnly {
        /// The first object to be written, as in "User#3 (id 7)".
        object: String,
    },
    /// The connection broke, or the future was dropped, while a commit was under way.
    #[error("it is not known whether the transaction was committed: read the data before you write it again")]
    OutcomeUnknown,
    /// A column's value could not be turned into the field's type.
    #[error("column `{column}` of `{model}` cannot be read as {expected}: found {found}")]
    Decode {
        /// The model, or the query, that was read.
        model: String,
        /// The column.
        column: String,
        /// The type of the field.
        expected: String,
        /// What the database gave, as a type, not a value.
        found: String,
    },
    /// A value that the column cannot hold; found before it was sent.
    #[error("`{model}.{column}` cannot hold this value: {reason}")]
    InvalidValue {
        /// The model.
        model: String,
        /// The column.
        column: String,
        /// What is wrong with the value, without the value.
        reason: String,
    },
    /// A model, or the set of models, that cannot work.
    #[error("invalid model: {reason}")]
    InvalidModel {
        /// What is wrong and what to write instead.
        reason: String,
    },
    /// A statement that cannot be built.
    #[error("invalid query: {reason}")]
    InvalidQuery {
        /// What is wrong and what to write instead.
        reason: String,
    },
    /// A connection string or an option that makes no sense.
    #[error("invalid configuration: {reason}")]
    Config {
        /// What is wrong and what to write instead.
        reason: String,
    },
    /// No order of writing satisfies the objects of a flush.
    #[error("the changes cannot be ordered: {reason}")]
    Circular {
        /// Which objects stand in each other's way.
        reason: String,
    },
    /// The session failed before and waits for `rollback`.
    #[error(
        "the session is inactive since a failure ({cause}): call `session.rollback().await` and start again"
    )]
    Inactive {
        /// The first failure, as text.
        cause: String,
    },
    /// The engine or the session was closed.
    #[error("the {what} is closed")]
    Closed {
        /// "engine", "session" or "pool".
        what: &'static str,
    },
    /// Anything else that the database said.
    #[error("the database said: {message} (code {code})")]
    Database {
        /// The database's own code.
        code: String,
        /// The database's own text.
        message: String,
    },
    /// An error of the application, carried through a closure that returns this library's `Result`.
    #[error("{0}")]
    App(String),
}

impl ErrorKind {
    /// A short name of the class of failure, such as "unique" or "stale", for traces and counters. It stays the same
    /// whatever the text for people says.
    ///
    /// ```
    /// assert_eq!(orm_core::Error::not_found("User").kind().name(), "not_found");
    /// ```
    pub fn name(&self) -> &'static str {
        match self {
            ErrorKind::NotFound { .. } => "not_found",
            ErrorKind::SeveralFound { .. } => "several_found",
            ErrorKind::Unique { .. } => "unique",
            ErrorKind::ForeignKey { .. } => "foreign_key",
            ErrorKind::NotNull { .. } => "not_null",
            ErrorKind::Check { .. } => "check",
            ErrorKind::Stale { .. } => "stale",
            ErrorKind::Identity { .. } => "identity",
            ErrorKind::NotLoaded { .. } => "not_loaded",
            ErrorKind::LoadRefused { .. } => "load_refused",
            ErrorKind::Unsupported { .. } => "unsupported",
            ErrorKind::Deadlock => "deadlock",
            ErrorKind::LockTimeout => "lock_timeout",
            ErrorKind::ConnectionLost => "connection_lost",
            ErrorKind::Connect { .. } => "connect",
            ErrorKind::Timeout { .. } => "timeout",
            ErrorKind::ReadOnly { .. } => "read_only",
            ErrorKind::OutcomeUnknown => "outcome_unknown",
            ErrorKind::Decode { .. } => "decode",
            ErrorKind::InvalidValue { .. } => "invalid_value",
            ErrorKind::InvalidModel { .. } => "invalid_model",
            ErrorKind::InvalidQuery { .. } => "invalid_query",
            ErrorKind::Config { .. } => "config",
            ErrorKind::Circular { .. } => "circular",
            ErrorKind::Inactive { .. } => "inactive",
            ErrorKind::Closed { .. } => "closed",
            ErrorKind::Database { .. } => "database",
            ErrorKind::App(_) => "app",
        }
    }
}

impl Error {
    /// Wraps a kind.
    #[cold]
    pub fn new(kind: ErrorKind) -> Self {
        Error(Box::new(Inner { kind: Arc::new(kind), context: Vec::new(), source: None }))
    }

    /// Wraps a kind together with the error that caused it.
    #[cold]
    pub fn with_source(kind: ErrorKind, source: impl Into<Source>) -> Self {
        Error(Box::new(Inner {
            kind: Arc::new(kind),
            context: Vec::new(),
            source: Some(source.into().into()),
        }))
    }

    /// Carries an application's own error through a closure that returns [`Result`].
    ///
    /// ```
    /// let error = orm_core::Error::app("the cart is empty");
    /// assert_eq!(error.to_string(), "the cart is empty");
    /// ```
    #[cold]
    pub fn app(error: impl Into<Source>) -> Self {
        let source = error.into();
        Error::with_source(ErrorKind::App(source.to_string()), source)
    }

    /// Adds where it happened: printed after the kind, outermost last.
    #[cold]
    #[must_use]
    pub fn context(mut self, context: impl Into<String>) -> Self {
        self.0.context.push(context.into());
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Whether the same transaction may succeed when it is run again from its start.
    pub fn is_retryable(&self) -> bool {
        matches!(self.kind(), ErrorKind::Deadlock | ErrorKind::LockTimeout)
    }

    /// [`ErrorKind::NotFound`].
    #[cold]
    pub fn not_found(model: &str) -> Self {
        Error::new(ErrorKind::NotFound { model: model.into() })
    }

    /// [`ErrorKind::Unsupported`].
    #[cold]
    pub fn unsupported(feature: impl Into<String>, backend: &str) -> Self {
        Error::new(ErrorKind::Unsupported { feature: feature.into(), backend: backend.into() })
    }

    /// [`ErrorKind::InvalidModel`].
    #[cold]
    pub fn invalid_model(reason: impl Into<String>) -> Self {
        Error::new(ErrorKind::InvalidModel { reason: reason.into() })
    }

    /// [`ErrorKind::InvalidQuery`].
    #[cold]
    pub fn invalid_query(reason: impl Into<String>) -> Self {
        Error::new(ErrorKind::InvalidQuery { reason: reason.into() })
    }

    /// [`ErrorKind::InvalidValue`].
    #[cold]
    pub fn invalid_value(model: &str, column: &str, reason: impl Into<String>) -> Self {
        Error::new(ErrorKind::InvalidValue {
            model: model.into(),
            column: column.into(),
            reason: reason.into(),
        })
    }

    /// [`ErrorKind::Config`].
    #[cold]
    pub fn config(reason: impl Into<String>) -> Self {
        Error::new(ErrorKind::Config { reason: reason.into() })
    }

    /// [`ErrorKind::Database`].
    #[cold]
    pub fn database(code: impl Into<String>, message: impl Into<String>) -> Self {
        Error::new(ErrorKind::Database { code: code.into(), message: message.into() })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.kind)?;
        for context in &self.0.context {
            write!(f, "; {context}")?;
        }
        Ok(())
    }
}

/// The text for people, as `Display` gives it: it is what a program shows whose `main` returns this error.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}
