//! INSERTs of many rows that no session tracks, and upserts. Rows without conflicts go through the flush, which knows how
//! keys come back; they are staged in an arena of their own.

use std::panic::Location;

use super::keep::{Keeping, rows_of};
use crate::columns::ColumnSet;
use crate::definition::{AnyModel, ColumnDef, ModelDef};
use crate::dialect::{Dialect, UpsertForm};
use crate::engine::{NoRows, Sql};
use crate::error::{Error, ErrorKind, Result};
use crate::handle::SlotId;
use crate::node::{Conflict, ConflictAction};
use crate::render::{self, Rendered};
use crate::unit::objects::Objects;
use crate::unit::per_slot::PerSlot;
use crate::unit::plan::{self, Plan, RowRef, Step, StepKind, Steps, Told};
use crate::unit::turns::Turns;
use crate::unit::{Phase, UnitOfWork, batch, flush, work};
use crate::value::{Encoded, Value, ValueRef};
use crate::write;

/// What an upsert did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Upserted {
    /// How many rows were sent.
    pub sent: u64,
    /// How many were inserted or changed. SQLite tells; MySQL and MariaDB count a changed row twice and one that stays as it
    /// is once, so that nothing is known there.
    pub written: Option<u64>,
}

/// Rows of the same columns.
struct Group {
    columns: ColumnSet,
    rows: Vec<RowRef>,
}

impl UnitOfWork {
    /// Inserts rows without tracking them, and gives them back with what the database made.
    pub(crate) async fn insert_rows(
        &mut self,
        model: &'static ModelDef,
        rows: Vec<Box<dyn AnyModel>>,
        caller: &'static Location<'static>,
    ) -> Result<Vec<Box<dyn AnyModel>>> {
        self.ready()?;
        if rows.is_empty() {
            return Ok(rows);
        }
        let (mut staged, groups) = self.stage(model, rows)?;
        self.begin_rows(model, caller).await?;
        let mut steps = Steps::with_capacity(groups.len());
        for Group { columns, rows } in groups {
            let mut step = Step::new(StepKind::Insert, model, columns, ColumnSet::new());
            step.rows = rows.into();
            step.told = Told::List;
            steps.push(step);
        }
        let plan = Plan { steps, unknown: Vec::new() };
        let Some(link) = self.transaction.as_mut() else { return Err(Error::new(ErrorKind::ConnectionLost)) };
        self.phase = Phase::Writing;
        let outcome = async {
            let outcome = flush::run(
                &plan,
                &PerSlot::default(),
                &staged,
                &self.engine,
                flush::Way::Transaction(link),
                &mut Turns::new(),
            )
            .await?;
            for run in &outcome.keys {
                for place in 0..run.count {
                    let slot = outcome.inserted[run.start + place];
                    if let Some(object) = staged.slot_mut(slot).object.as_deref_mut() {
                        object.set_value(run.column, run.key(place).as_ref()).map_err(|mismatch| {
                            crate::definition::Row::mismatch(model, run.column, &mismatch)
                        })?;
                    }
                }
            }
            for (slot, column, value) in outcome.filled {
                if let Some(object) = staged.slot_mut(slot).object.as_deref_mut() {
                    object
                        .set_value(column, value.as_ref())
                        .map_err(|mismatch| crate::definition::Row::mismatch(model, column, &mismatch))?;
                }
            }
            let mut rows = Vec::new();
            for slot in staged.ids().collect::<Vec<_>>() {
                rows.extend(staged.slot_mut(slot).object.take());
            }
            Ok(rows)
        }
        .await;
        let outcome = match outcome {
            Ok(rows) => self.keep(Keeping::added(model, Vec::new()), caller).await.map(|()| rows),
            Err(error) => Err(error),
        };
        self.end_writing(outcome).await
    }

    /// Inserts rows, or does what is said where one is there already.
    pub(crate) async fn upsert_rows(
        &mut self,
        model: &'static ModelDef,
        rows: Vec<Box<dyn AnyModel>>,
        conflict: &Conflict,
        caller: &'static Location<'static>,
    ) -> Result<Upserted> {
        self.ready()?;
        let target = target_of(model, conflict)?;
        if let ConflictAction::Update { assignments, .. } = &conflict.action {
            super::check_assignments(model, conflict.root, assignments, self.engine.dialect())?;
        }
        if rows.is_empty() {
            return Ok(Upserted { sent: 0, written: Some(0) });
        }
        let (staged, groups) = self.stage(model, rows)?;
        for group in &groups {
            check_target(model, &target, &group.columns, self.engine.dialect())?;
        }
        let clause = render::upsert(model, conflict, self.engine.dialect())?;
        self.begin_rows(model, caller).await?;
        self.phase = Phase::Writing;
        let outcome = self.send_upserts(model, &staged, &groups, &clause).await;
        let outcome = match outcome {
            Ok(done) => {
                // Which rows were changed is not known.
                let reread = match conflict.action {
                    ConflictAction::Nothing => Vec::new(),
                    ConflictAction::Update { .. } => rows_of(&self.objects, model),
                };
                self.keep(Keeping::added(model, reread), caller).await.map(|()| done)
            }
            Err(error) => Err(error.context(format!("in the upsert of `{}` at {caller}", model.name))),
        };
        self.end_writing(outcome).await
    }

    async fn begin_rows(
        &mut self,
        model: &'static ModelDef,
        caller: &'static Location<'static>,
    ) -> Result<()> {
        self.writable(|| format!("a row of `{}`", model.name))?;
        self.autoflush(model.name, None, caller).await?;
        self.begin_from(self.options.transaction, caller).await?;
        if let Some(link) = self.transaction.as_mut() {
            link.caller = caller;
        }
        Ok(())
    }

    /// Puts rows into an arena of their own, with their defaults, checked, and grouped by the columns that they set.
    fn stage(&self, model: &'static ModelDef, rows: Vec<Box<dyn AnyModel>>) -> Result<(Objects, Vec<Group>)> {
        let mut staged = Objects::new(self.session_id());
        for row in rows {
            for (relation, definition) in model.relations.iter().enumerate() {
                if row.relation(relation as u8).is_some_and(|items| !items.list.is_empty()) {
                    return Err(Error::invalid_query(format!(
                        "rows are inserted without their relations, and `{}.{}` holds objects: use `session.add_all`, or \
                         set the foreign key",
                        model.name, definition.field
                    )));
                }
            }
            staged.add(row);
        }
        work::apply_defaults(&mut staged);
        let mut groups: Vec<Group> = Vec::new();
        let none = ColumnSet::new();
        for slot in staged.ids() {
            let Some(object) = staged.object(slot) else { continue };
            let columns = work::inserted_columns(model, object);
            work::check_columns(model, object, &columns, &none, self.engine.dialect())?;
            let row = RowRef::of(slot);
            match groups.iter_mut().find(|group| group.columns == columns) {
                Some(group) => group.rows.push(row),
                None => groups.push(Group { columns, rows: vec![row] }),
            }
        }
        Ok((staged, groups))
    }

    async fn send_upserts(
        &mut self,
        model: &'static ModelDef,
        staged: &Objects,
        groups: &[Group],
        clause: &Rendered,
    ) -> Result<Upserted> {
        let dialect = self.engine.dialect();
        let limits = *dialect.limits();
        let counts = dialect.capabilities().writes.upsert == UpsertForm::OnConflict;
        let mut done = Upserted { sent: 0, written: counts.then_some(0) };
        let nothing = ColumnSet::new();
        let Some(link) = self.transaction.as_mut() else { return Err(Error::new(ErrorKind::ConnectionLost)) };
        for Group { columns, rows } in groups {
            let room = crate::dialect::Limits {
                parameters: limits.parameters.saturating_sub(clause.values.len()).max(1),
                ..limits
            };
            let mut rest = rows.as_slice();
            while !rest.is_empty() {
                let most = batch::largest(rest.len(), columns.len(), limits.batch_rows, &room);
                let mut values: Vec<Encoded<'_>> = Vec::with_capacity(most * columns.len());
                let mut packet = batch::Packet::new(rows.len(), &room);
                for row in &rest[..most] {
                    let mut bytes = 0;
                    for column in columns.iter() {
                        let value = inserted_value(staged, row.slot, &model.columns[usize::from(column)]);
                        bytes += batch::size(value.as_ref());
                        values.push(value);
                    }
                    if !packet.takes(bytes) {
                        break;
                    }
                }
                let count = packet.rows(most);
                values.truncate(count * columns.len());
                let mut sql = write::insert(dialect, model, columns, count, &nothing);
                sql.push_str(&clause.sql);
                let mut bound: Vec<ValueRef<'_>> = values.iter().map(Encoded::as_ref).collect();
                bound.extend(clause.values.iter().map(Value::as_ref));
                let answer = link.run(&Sql::new(sql), &bound, &mut NoRows).await?;
                done.sent += count as u64;
                done.written = done.written.map(|written| written + answer.rows_affected);
                rest = &rest[count..];
            }
        }
        Ok(done)
    }
}

/// The value of a new row; the first version is 1.
fn inserted_value<'s>(staged: &'s Objects, slot: SlotId, column: &ColumnDef) -> Encoded<'s> {
    let Some(object) = staged.object(slot) else { return ValueRef::Null.into() };
    let value = object.value(column.index);
    if column.version && value.as_ref() == ValueRef::Int(0) {
        return Encoded::Owned(Value::Int(1));
    }
    value
}

/// The unique constraint that was named.
fn target_of(model: &'static ModelDef, conflict: &Conflict) -> Result<Vec<u16>> {
    let mut named: Vec<u16> = Vec::new();
    for (path, column) in &conflict.target {
        if *path != conflict.root {
            return Err(Error::invalid_query(format!(
                "`on_conflict` of `{}` names its own columns, and `{}` is one of another row",
                model.name, column.field
            )));
        }
        named.push(column.index);
    }
    named.sort_unstable();
    named.dedup();
    let constraints = plan::unique_constraints(model);
    let same = |constraint: &&Vec<u16>| {
        let mut columns = (*constraint).clone();
        columns.sort_unstable();
        columns == named
    };
    if constraints.iter().any(|constraint| same(&constraint)) {
        return Ok(named);
    }
    let known: Vec<String> = constraints.iter().map(|constraint| fields(model, constraint)).collect();
    Err(Error::invalid_query(format!(
        "`on_conflict` names unique columns, and {} of `{}` are not unique together: unique are {}",
        fields(model, &named),
        model.name,
        known.join(", ")
    )))
}

fn fields(model: &ModelDef, columns: &[u16]) -> String {
    let names: Vec<&str> = columns.iter().map(|column| model.columns[usize::from(*column)].field).collect();
    format!("({})", names.join(", "))
}

/// Refuses what one backend would do to a row that conflicts in other columns than those that were named.
fn check_target(
    model: &'static ModelDef,
    target: &[u16],
    inserted: &ColumnSet,
    dialect: &dyn Dialect,
) -> Result<()> {
    if inserted.is_empty() {
        return Err(Error::invalid_query(format!("an upsert of `{}` without a value", model.name)));
    }
    if dialect.capabilities().writes.upsert == UpsertForm::OnConflict {
        return Ok(());
    }
    for constraint in plan::unique_constraints(model) {
        let is_target =
            constraint.len() == target.len() && constraint.iter().all(|column| target.contains(column));
        let made_anew = constraint
            .iter()
            .any(|column| model.columns[usize::from(*column)].generated && !inserted.contains(*column));
        if !is_target && !made_anew {
            return Err(Error::unsupported(
                format!(
                    "`on_conflict` of {} of `{}` where {} is unique as well: a conflict there would be taken for one of the \
                     named columns",
                    fields(model, target),
                    model.name,
                    fields(model, &constraint)
                ),
                dialect.name(),
            ));
        }
    }
    Ok(())
}
