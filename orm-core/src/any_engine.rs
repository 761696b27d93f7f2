//! The engine that applications hold: cloneable, without a backend in its type. It lends observed connections and keeps the
//! texts of recurring statements, so that a fixed shape is rendered once.

use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustc_hash::FxHashMap;

use crate::columns::ColumnSet;
use crate::definition::ModelDef;
use crate::dialect::Dialect;
use crate::engine::{
    Access, Connection, Done, Engine, NoRows, PoolStatus, RowSink, Runs, Sql, Target, TransactionOptions,
};
use crate::error::Result;
use crate::now::Now;
use crate::observe::{Counted, Observer, Source, StatementLog};
use crate::value::ValueRef;
use crate::write;

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
    texts: Mutex<FxHashMap<Shape, Arc<Sql>>>,
}

/// A statement whose text depends on these facts alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Shape {
    /// The address of the model's columns: one for each model of the program.
    model: usize,
    kind: ShapeKind,
    columns: ColumnSet,
    returning: ColumnSet,
    rows: usize,
}

/// The statements that recur.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ShapeKind {
    Insert,
    Update,
    UpdateCase,
    UpdateSearch,
    Delete,
    SelectByKey,
    SelectKeyRange,
    SelectRow,
}

impl Shape {
    pub(crate) fn new(model: &'static ModelDef, kind: ShapeKind, columns: &ColumnSet, rows: usize) -> Self {
        let model = model.columns.as_ptr().addr();
        Shape { model, kind, columns: columns.clone(), returning: ColumnSet::new(), rows }
    }

    pub(crate) fn returning(mut self, returning: &ColumnSet) -> Self {
        self.returning = returning.clone();
        self
    }
}

impl AnyEngine {
    /// Hides the backend behind the engine that applications hold.
    pub fn new(engine: impl Engine) -> Self {
        let shared = Shared { engine: Box::new(engine), observer: Arc::default(), texts: Mutex::default() };
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

    /// The SELECT of a whole row by its primary key.
    pub(crate) fn select_by_key(&self, model: &'static ModelDef) -> Arc<Sql> {
        let all = ColumnSet::first(model.columns.len());
        let shape = Shape::new(model, ShapeKind::SelectByKey, &all, 1);
        self.text(shape, |dialect| write::select_by_key(dialect, model, &all, 1))
    }

    /// The text of a recurring statement, rendered at its first use.
    pub(crate) fn text(&self, shape: Shape, render: impl FnOnce(&dyn Dialect) -> String) -> Arc<Sql> {
        self.kept(shape, |dialect| Sql::new(render(dialect)))
    }

    /// A recurring statement, made at its first use.
    pub(crate) fn kept(&self, shape: Shape, make: impl FnOnce(&dyn Dialect) -> Arc<Sql>) -> Arc<Sql> {
        let mut texts = self.shared.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let text = texts.entry(shape).or_insert_with(|| make(self.shared.engine.dialect()));
        Arc::clone(text)
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

/// A lent connection whose statements are counted and told of.
pub(crate) struct Link {
    connection: Box<dyn Connection>,
    shared: Arc<Shared>,
    /// What its transaction was begun for.
    access: Access,
    /// Who asked for what runs now.
    pub(crate) caller: &'static Location<'static>,
}

impl Link {
    pub(crate) fn is_usable(&self) -> bool {
        self.connection.is_usable()
    }

    /// Runs a statement.
    pub(crate) fn run<'a>(
        &'a mut self,
        sql: &'a Arc<Sql>,
        values: &'a [ValueRef<'a>],
        sink: &'a mut dyn RowSink,
    ) -> Now<'a, Result<Done>> {
        let Link { connection, shared, access: _, caller } = self;
        let source = Source { system: shared.engine.dialect().name(), target: shared.engine.target() };
        let Some(watch) = shared.observer.start(sql.text(), values, source, caller) else {
            return connection.run(sql, values, sink);
        };
        Now::later(async move {
            let mut counted = Counted { sink, rows: 0 };
            let outcome = connection.run(sql, values, &mut counted).await;
            watch.finish(&outcome, counted.rows);
            outcome
        })
    }

    /// Runs an UPDATE or DELETE for each row of `width` values: how many runs matched one row before one did not. Each run is a
    /// statement of its own to whoever counts them or listens.
    pub(crate) async fn run_each(
        &mut self,
        sql: &Arc<Sql>,
        values: &[ValueRef<'_>],
        width: usize,
    ) -> Result<usize> {
        let Link { connection, shared, access: _, caller: _ } = self;
        if shared.observer.is_listened_to() {
            let mut matched = 0;
            for row in values.chunks_exact(width) {
                if self.run(sql, row, &mut NoRows).await?.rows_affected != 1 {
                    break;
                }
                matched += 1;
            }
            return Ok(matched);
        }
        let Runs { matched, end } = connection.run_each(sql, values, width).await;
        let ended_early = matched * width < values.len();
        shared.observer.count(matched as u64 + u64::from(ended_early));
        end.map(|()| matched)
    }

    /// Runs a statement that is not worth preparing.
    pub(crate) async fn run_once(&mut self, sql: &str) -> Result<Done> {
        self.watched(sql, |connection| connection.run_once(sql)).await
    }

    /// What its transaction was begun for.
    pub(crate) fn access(&self) -> Access {
        self.access
    }

    pub(crate) async fn begin(&mut self, options: TransactionOptions) -> Result<()> {
        self.access = options.access;
        self.command("BEGIN", |connection| connection.begin(options)).await
    }

    pub(crate) async fn commit(&mut self) -> Result<()> {
        self.command("COMMIT", |connection| connection.commit()).await
    }

    pub(crate) async fn rollback(&mut self) -> Result<()> {
        self.command("ROLLBACK", |connection| connection.rollback()).await
    }

    async fn command<'a>(
        &'a mut self,
        sql: &str,
        act: impl FnOnce(&'a mut dyn Connection) -> Now<'a, Result<()>>,
    ) -> Result<()> {
        self.watched(sql, |connection| match act(connection) {
            Now::Ready(outcome) => Now::Ready(outcome.map(|outcome| outcome.map(|()| Done::default()))),
            Now::Later(future) => Now::later(async move { future.await.map(|()| Done::default()) }),
        })
        .await
        .map(|_| ())
    }

    async fn watched<'a>(
        &'a mut self,
        sql: &str,
        act: impl FnOnce(&'a mut dyn Connection) -> Now<'a, Result<Done>>,
    ) -> Result<Done> {
        let Link { connection, shared, access: _, caller } = self;
        let source = Source { system: shared.engine.dialect().name(), target: shared.engine.target() };
        let watch = shared.observer.start(sql, &[], source, caller);
        let outcome = act(connection.as_mut()).await;
        if let Some(watch) = watch {
            watch.finish(&outcome, 0);
        }
        outcome
    }
}
