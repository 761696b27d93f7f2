//! What is told of each statement: a `tracing` span and event with OpenTelemetry's database field names, counters, and a log
//! that a caller can keep for a while. Bound values appear only where that was switched on.
//!
//! Everything here costs two atomic loads a statement while nobody listens.

use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tracing::Level;
use tracing::field::Empty;

use crate::engine::{Done, Next, RowSink, Target};
use crate::error::Result;
use crate::value::ValueRef;

/// One statement that was run, as a [`StatementLog`] keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedStatement {
    /// The text.
    pub sql: String,
    /// Rows that came back.
    pub returned_rows: u64,
    /// Rows that were matched by a write.
    pub rows_affected: u64,
    /// Whether it failed.
    pub failed: bool,
}

/// The statements of an engine since the log was opened, until it is dropped.
#[derive(Debug)]
pub struct StatementLog {
    entries: Arc<Mutex<Vec<LoggedStatement>>>,
    observer: Arc<Observer>,
}

impl StatementLog {
    /// A copy of the statements so far.
    pub fn statements(&self) -> Vec<LoggedStatement> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The texts so far, and forgets them.
    pub fn take_sql(&self) -> Vec<String> {
        let entries = std::mem::take(&mut *self.entries.lock().unwrap_or_else(PoisonError::into_inner));
        entries.into_iter().map(|entry| entry.sql).collect()
    }
}

impl Drop for StatementLog {
    fn drop(&mut self) {
        self.observer.logs_open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What one engine counts and tells.
#[derive(Debug, Default)]
pub(crate) struct Observer {
    statements: AtomicU64,
    log_values: AtomicBool,
    /// Microseconds; zero for none.
    slow_after: AtomicU64,
    logs_open: AtomicUsize,
    logs: Mutex<Vec<Weak<Mutex<Vec<LoggedStatement>>>>>,
}

impl Observer {
    pub(crate) fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    pub(crate) fn set_log_values(&self, on: bool) {
        self.log_values.store(on, Ordering::Relaxed);
    }

    pub(crate) fn set_slow_after(&self, threshold: Option<Duration>) {
        let micros = threshold.map_or(0, |limit| u64::try_from(limit.as_micros()).unwrap_or(u64::MAX).max(1));
        self.slow_after.store(micros, Ordering::Relaxed);
    }

    pub(crate) fn open_log(self: &Arc<Self>) -> StatementLog {
        let entries = Arc::default();
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        logs.retain(|log| log.strong_count() > 0);
        logs.push(Arc::downgrade(&entries));
        self.logs_open.fetch_add(1, Ordering::Relaxed);
        StatementLog { entries, observer: Arc::clone(self) }
    }

    /// Counts statements.
    #[inline]
    pub(crate) fn count(&self, statements: u64) {
        self.statements.fetch_add(statements, Ordering::Relaxed);
    }

    /// Whether anybody wants to be told of statements.
    #[inline]
    pub(crate) fn listens(&self) -> bool {
        self.logs_open.load(Ordering::Relaxed) > 0
            || self.slow_after.load(Ordering::Relaxed) > 0
            || tracing::enabled!(target: "orm::statement", Level::DEBUG)
    }

    /// Counts a statement. What to watch of it, where anybody listens.
    #[inline]
    pub(crate) fn start(
        self: &Arc<Self>,
        sql: &str,
        values: &[ValueRef<'_>],
        source: Source<'_>,
        caller: &'static Location<'static>,
    ) -> Option<Watch> {
        self.count(1);
        self.listens().then(|| self.watch(sql, values, source, caller))
    }

    #[cold]
    fn watch(
        self: &Arc<Self>,
        sql: &str,
        values: &[ValueRef<'_>],
        source: Source<'_>,
        caller: &'static Location<'static>,
    ) -> Watch {
        let operation = sql.split_ascii_whitespace().next().unwrap_or_default();
        let span = tracing::debug_span!(
            target: "orm::statement",
            "statement",
            otel.kind = "client",
            db.system.name = source.system,
            db.namespace = source.target.database,
            server.address = source.target.address,
            db.operation.name = operation,
            db.query.text = sql,
            db.query.parameters = Empty,
            db.response.returned_rows = Empty,
            db.rows_affected = Empty,
            code.file.path = caller.file(),
            code.line.number = caller.line(),
            error.r#type = Empty,
        );
        if self.log_values.load(Ordering::Relaxed) {
            let mut text = String::new();
            for (position, value) in values.iter().enumerate() {
                text.push_str(if position > 0 { ", " } else { "" });
                text.push_str(&value.to_string());
            }
            span.record("db.query.parameters", text);
        }
        Watch { observer: Arc::clone(self), sql: sql.to_owned(), span, caller, started: Instant::now() }
    }
}

/// Where a statement runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    pub(crate) system: &'static str,
    pub(crate) target: &'a Target,
}

/// A statement under way.
#[derive(Debug)]
pub(crate) struct Watch {
    observer: Arc<Observer>,
    sql: String,
    span: tracing::Span,
    caller: &'static Location<'static>,
    started: Instant,
}

impl Watch {
    /// Tells how the statement ended.
    pub(crate) fn finish(self, outcome: &Result<Done>, returned_rows: u64) {
        let Watch { observer, sql, span, caller, started } = self;
        let elapsed = started.elapsed();
        let rows_affected = outcome.as_ref().map_or(0, |done| done.rows_affected);
        let duration_ms = elapsed.as_secs_f64() * 1000.0;
        span.record("db.response.returned_rows", returned_rows);
        span.record("db.rows_affected", rows_affected);
        span.in_scope(|| match outcome {
            Ok(_) => tracing::debug!(target: "orm::statement", duration_ms, returned_rows, rows_affected, "statement done"),
            Err(error) => {
                span.record("error.type", error.kind().name());
                tracing::debug!(target: "orm::statement", duration_ms, %error, "statement failed");
            }
        });
        let slow_after = observer.slow_after.load(Ordering::Relaxed);
        if slow_after > 0 && elapsed >= Duration::from_micros(slow_after) {
            tracing::warn!(
                target: "orm::statement",
                { db.query.text = sql, duration_ms = duration_ms, code.file.path = caller.file(), code.line.number = caller.line() },
                "slow statement"
            );
        }
        if observer.logs_open.load(Ordering::Relaxed) > 0 {
            let logs = observer.logs.lock().unwrap_or_else(PoisonError::into_inner);
            for log in logs.iter().filter_map(Weak::upgrade) {
                let failed = outcome.is_err();
                let entry = LoggedStatement { sql: sql.clone(), returned_rows, rows_affected, failed };
                log.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
            }
        }
    }
}

/// Counts the rows on their way to another sink.
pub(crate) struct Counted<'a> {
    pub(crate) sink: &'a mut dyn RowSink,
    pub(crate) rows: u64,
}

impl RowSink for Counted<'_> {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        self.rows += 1;
        self.sink.row(row)
    }

    fn restart(&mut self) {
        self.rows = 0;
        self.sink.restart();
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        self.sink.poll_ready(cx)
    }

    fn hands_on(&self) -> bool {
        self.sink.hands_on()
    }

    fn wants_columns(&self) -> bool {
        self.sink.wants_columns()
    }

    fn columns(&mut self, names: &[&str]) -> Result<()> {
        self.sink.columns(names)
    }
}
