//! Writes by a query, and of many rows at once, in a session: checked, sent inside its transaction, and followed by its
//! objects. Called by the query builder; an engine without a session runs through here where one statement is not enough.

mod evaluate;
mod insert;
mod keep;
mod statements;

use std::panic::Location;

use super::{Phase, UnitOfWork};
use crate::check;
use crate::definition::ModelDef;
use crate::dialect::Dialect;
use crate::engine::RowSink;
use crate::error::{Error, ErrorKind, Result};
use crate::node::{Assigned, Assignment, Node, Synchronize, Write};
use crate::path::Path;
use crate::render;

pub use insert::Upserted;
pub(crate) use statements::{execute, is_one_statement};

/// What a write by a query asks of a session.
#[derive(Clone, Debug)]
pub struct WriteRequest {
    pub(crate) write: Write,
    pub(crate) synchronize: Synchronize,
    /// The session's own setting where `None`.
    pub(crate) autoflush: Option<bool>,
    pub(crate) caller: &'static Location<'static>,
}

impl UnitOfWork {
    /// Runs a write by a query and brings the objects in step: how many rows it matched.
    pub(crate) async fn write(&mut self, request: &WriteRequest, sink: &mut dyn RowSink) -> Result<u64> {
        let WriteRequest { write, synchronize, autoflush, caller } = request;
        self.ready()?;
        let model = checked(write, self.engine.dialect())?;
        self.writable(|| format!("a row of `{}`", model.name))?;
        self.autoflush(model.name, *autoflush, caller).await?;
        let keeping = keep::prepare(&self.objects, write, *synchronize)?;
        self.begin_from(self.options.transaction, caller).await?;
        let Some(link) = self.transaction.as_mut() else { return Err(Error::new(ErrorKind::ConnectionLost)) };
        link.caller = caller;
        self.phase = Phase::Writing;
        let outcome = match execute(&self.engine, link, write, sink).await {
            Ok(matched) => self.keep(keeping, caller).await.map(|()| matched),
            Err(error) => {
                Err(error.context(format!("in the {} of `{}` at {caller}", write.verb(), model.name)))
            }
        };
        self.end_writing(outcome).await
    }

    /// The session goes on after a write that succeeded; one that failed is rolled back like a flush.
    async fn end_writing<R>(&mut self, outcome: Result<R>) -> Result<R> {
        match outcome {
            Ok(value) => {
                self.phase = Phase::Active;
                Ok(value)
            }
            Err(error) => {
                self.abandon(&error).await;
                Err(error)
            }
        }
    }
}

/// The model that is written. What a column cannot hold, or what is not to be set, is an error before anything is sent.
pub(crate) fn checked(write: &Write, dialect: &dyn Dialect) -> Result<&'static ModelDef> {
    match write {
        Write::Update(update) => {
            let model = render::written_model(&update.rows, "UPDATE")?;
            check_assignments(model, update.rows.root, &update.assignments, dialect)?;
            Ok(model)
        }
        Write::Delete(delete) => render::written_model(&delete.rows, "DELETE"),
        Write::Insert(insert) => Ok(insert.model),
    }
}

/// Adds what every UPDATE of a versioned model does: the version counts up.
pub(crate) fn count_version(model: &'static ModelDef, row: Path, assignments: &mut Vec<Assignment>) {
    if let Some(column) = model.version_column() {
        let value = crate::column::Column::<i64>::new(row, column) + 1;
        assignments.push(Assignment { path: row, column, value: Assigned::Node(value.into_node()) });
    }
}

fn check_assignments(
    model: &'static ModelDef,
    row: Path,
    assignments: &[Assignment],
    dialect: &dyn Dialect,
) -> Result<()> {
    let counted = usize::from(model.version_column().is_some());
    let given = &assignments[..assignments.len().saturating_sub(counted)];
    if given.is_empty() {
        return Err(Error::invalid_query(format!("the UPDATE of `{}` sets nothing", model.name)));
    }
    for (position, assignment) in given.iter().enumerate() {
        let Assignment { path, column, value } = assignment;
        let refused = |what: &str| Error::invalid_query(format!("`{}.{}` {what}", model.name, column.field));
        if *path != row {
            return Err(Error::invalid_query(format!(
                "an UPDATE of `{}` sets columns of its own rows, and `{}` is one of another row: query that model",
                model.name, column.field
            )));
        }
        if column.version {
            return Err(refused(
                "counts the versions of its row, which every UPDATE does by itself: leave it out",
            ));
        }
        if given[..position].iter().any(|other| std::ptr::eq(other.column, *column)) {
            return Err(refused("is set twice"));
        }
        match value {
            Assigned::Node(Node::Value(value)) => check::value(model, column, value.as_ref(), dialect)?,
            Assigned::Node(_) => {}
            Assigned::Default if column.server_default.is_some() => {}
            Assigned::Default => {
                return Err(refused(
                    "has no default in the database: write `#[orm(server_default = \"..\")]`, or set a value",
                ));
            }
        }
    }
    Ok(())
}
