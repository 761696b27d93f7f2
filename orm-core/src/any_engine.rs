//! The engine that applications hold: cloneable, without a backend in its type. It runs observed statements, lends observed
//! connections, and keeps the texts of recurring statements, so that a fixed shape is rendered once.

mod bounded;
mod link;
mod prepared;
mod texts;

use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use crate::columns::ColumnSet;
use crate::definition::ModelDef;
use crate::dialect::Dialect;
use crate::engine::{Access, Done, Engine, PoolStatus, RowSink, Sql, Target};
use crate::error::Result;
use crate::now::Now;
use crate::observe::{Counted, Observer, Source, StatementLog};
use crate::value::ValueRef;
use crate::write;

pub(crate) use link::Link;
use prepared::Statements;
use texts::Texts;
pub(crate) use texts::{Shape, ShapeKind};

/// A database that sessions and queries run against. Cloning it is cheap; all clones share one pool.
///
/// `orm::create_engine(url)` makes one; a backend's own constructor and [`AnyEngine::new`] do as well.
#[derive(Clone)]
pub struct AnyEngine {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Box<dyn Engine>,
    observer: Arc<Observer>,
    texts: Texts,
    statements: Statements,
}

impl AnyEngine {
    /// Hides the backend behind the engine that applications hold.
    pub fn new(engine: impl Engine) -> Self {
        let shared = Shared {
            engine: Box::new(engine),
            observer: Arc::default(),
            texts: Texts::new(),
            statements: Statements::new(),
        };
        AnyEngine { shared: Arc::new(shared) }
    }

    /// The facts of the backend's SQL.
    pub fn dialect(&self) -> &dyn Dialect {
        self.shared.engine.dialect()
    }

    /// Where the engine is connected to, without a password.
    pub fn target(&self) -> &Target {
        self.shared.engine.target()
    }

    /// How many connections there are.
    pub fn pool_status(&self) -> PoolStatus {
        self.shared.engine.pool_status()
    }

    /// How many statements were sent so far, BEGIN and COMMIT included.
    pub fn statement_count(&self) -> u64 {
        self.shared.observer.statements()
    }

    /// Keeps the statements that are sent from now on, until the log is dropped.
    pub fn log_statements(&self) -> StatementLog {
        self.shared.observer.open_log()
    }

    /// Whether traces show bound values. Off at first: values may be private.
    pub fn set_log_values(&self, on: bool) {
        self.shared.observer.set_log_values(on);
    }

    /// Warns, through `tracing`, of statements that take at least this long.
    pub fn set_slow_statement_threshold(&self, threshold: Option<Duration>) {
        self.shared.observer.set_slow_after(threshold);
    }

    /// Waits for lent connections to come back and closes all. Later calls fail with a `Closed` error.
    pub async fn close(&self) {
        self.shared.engine.close().await;
    }

    /// Lends a connection.
    pub(crate) async fn connect(&self, caller: &'static Location<'static>) -> Result<Link> {
        let connection = self.shared.engine.acquire().await?;
        Ok(Link { connection, shared: Arc::clone(&self.shared), access: Access::default(), caller })
    }

    /// Runs a statement on a connection that is lent for it alone.
    #[inline]
    pub(crate) fn run_alone<'a>(
        &'a self,
        sql: &'a Arc<Sql>,
        values: &'a [ValueRef<'a>],
        sink: &'a mut dyn RowSink,
        caller: &'static Location<'static>,
    ) -> Now<'a, Result<Done>> {
        if self.shared.observer.listens() {
            return Now::later(async move { self.connect(caller).await?.run(sql, values, sink).await });
        }
        self.shared.observer.count(1);
        self.shared.engine.run(sql, values, sink)
    }

    /// Runs one write as a transaction of its own.
    pub(crate) fn run_and_commit<'a>(
        &'a self,
        sql: &'a Arc<Sql>,
        values: &'a [ValueRef<'a>],
        sink: &'a mut dyn RowSink,
        caller: &'static Location<'static>,
    ) -> Now<'a, Result<Done>> {
        let Shared { engine, observer, .. } = &*self.shared;
        let source = Source { system: engine.dialect().name(), target: engine.target() };
        let Some(watch) = observer.start(sql.text(), values, source, caller) else {
            return engine.run_and_commit(sql, values, sink);
        };
        Now::later(async move {
            let mut counted = Counted { sink, rows: 0 };
            let outcome = engine.run_and_commit(sql, values, &mut counted).await;
            watch.finish(&outcome, counted.rows);
            outcome
        })
    }

    /// The SELECT of a whole row by its primary key.
    #[inline]
    pub(crate) fn select_by_key(&self, model: &'static ModelDef) -> &Arc<Sql> {
        self.shared.texts.by_key(model, || {
            let all = ColumnSet::first(model.columns.len());
            Sql::new(write::select_by_key(self.dialect(), model, &all, 1))
        })
    }

    /// The text of a recurring statement, rendered at its first use.
    pub(crate) fn text(&self, shape: Shape, render: impl FnOnce(&dyn Dialect) -> String) -> Arc<Sql> {
        self.kept(shape, |dialect| Sql::new(render(dialect)))
    }

    /// A recurring statement, made at its first use.
    pub(crate) fn kept(&self, shape: Shape, make: impl FnOnce(&dyn Dialect) -> Arc<Sql>) -> Arc<Sql> {
        Arc::clone(self.shared.texts.of_shape(shape, || make(self.dialect())))
    }
}

impl fmt::Debug for AnyEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnyEngine")
            .field("dialect", &self.dialect().name())
            .field("address", &self.target().address)
            .finish_non_exhaustive()
    }
}
