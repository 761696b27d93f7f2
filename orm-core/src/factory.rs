//! A configured maker of sessions: SQLAlchemy's sessionmaker. Make one at start-up, clone it into each task.

use crate::any_engine::AnyEngine;
use crate::engine::{Isolation, TransactionOptions};
use crate::unit::{SessionOptions, UnitOfWork};

/// Makes sessions that are configured alike.
#[derive(Clone, Debug)]
pub struct SessionFactory {
    engine: AnyEngine,
    options: SessionOptions,
}

impl SessionFactory {
    /// A factory with the default options: queries flush first, commit makes objects stale, the backend's own isolation.
    pub fn new(engine: &AnyEngine) -> Self {
        SessionFactory { engine: engine.clone(), options: SessionOptions::default() }
    }

    /// Whether queries flush pending changes first.
    #[must_use]
    pub fn autoflush(mut self, on: bool) -> Self {
        self.options.autoflush = on;
        self
    }

    /// Whether a commit makes the objects stale, so that the next query renews them.
    #[must_use]
    pub fn expire_on_commit(mut self, on: bool) -> Self {
        self.options.expire_on_commit = on;
        self
    }

    /// The isolation of the sessions' transactions.
    #[must_use]
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.options.transaction =
            TransactionOptions { isolation: Some(isolation), ..self.options.transaction };
        self
    }

    /// A new session.
    pub fn session(&self) -> UnitOfWork {
        UnitOfWork::new(self.engine.clone(), self.options)
    }
}
