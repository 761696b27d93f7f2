//! Executes a plan: the only code that writes. It reads the objects, sends statements and collects what came back; nothing
//! in the session changes until the whole plan succeeded, so a failure or a dropped future leaves it as it was.

mod insert;
mod keys;

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::batch;
use super::objects::Objects;
use super::plan::{Plan, RowRef, Step, StepKind};
use super::relate::KeyCopy;
use super::slot::ObjectState;
use super::slot_map::{SlotMap, SlotSet};
use crate::any_engine::{AnyEngine, Link, Shape, ShapeKind};
use crate::columns::ColumnSet;
use crate::definition::{ColumnDef, ModelDef};
use crate::dialect::BatchUpdate;
use crate::engine::{Next, NoRows, RowSink};
use crate::error::{Error, ErrorKind, Result};
use crate::handle::SlotId;
use crate::links::{self, ForeignKey};
use crate::value::{Encoded, Value, ValueRef};
use crate::write;

/// What a flush did to the rows of a session, to be applied to its objects.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) inserted: Vec<SlotId>,
    /// The keys that the database made for them.
    pub(crate) keys: Vec<KeyRun>,
    /// Each object whose row was changed, and the object that the row belonged to before.
    pub(crate) updated: Vec<(SlotId, SlotId)>,
    pub(crate) deleted: Vec<SlotId>,
    /// Other values that the database or the flush made: keys, defaults, versions.
    pub(crate) filled: Vec<(SlotId, u16, Value)>,
}

/// Keys at even distances, of inserted objects that stand in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyRun {
    pub(crate) column: u16,
    /// The place of the first object among those that were inserted, and how many there are.
    pub(crate) start: usize,
    pub(crate) count: usize,
    first: i128,
    increment: i128,
}

impl KeyRun {
    /// The key at a place of the run.
    #[inline]
    pub(crate) fn key(&self, place: usize) -> Value {
        let key = self.first + self.increment * place as i128;
        match i64::try_from(key) {
            Ok(key) => Value::Int(key),
            Err(_) => Value::from_unsigned(u64::try_from(key).unwrap_or(u64::MAX)),
        }
    }
}

impl Outcome {
    /// Rows whose foreign keys the database changed together with the keys that they refer to.
    pub(crate) fn add_followers(&mut self, followed: &SlotSet<(SlotId, u16)>) {
        if followed.is_empty() {
            return;
        }
        let written: FxHashSet<SlotId> = self.updated.iter().map(|(slot, _)| *slot).collect();
        let mut slots: Vec<SlotId> = followed.iter().map(|(slot, _)| *slot).collect();
        slots.sort_unstable();
        slots.dedup();
        let written_by_database = slots.into_iter().filter(|slot| !written.contains(slot));
        self.updated.extend(written_by_database.map(|slot| (slot, slot)));
    }
}

/// Writes a plan.
pub(crate) async fn run(
    plan: &Plan,
    copies: &[KeyCopy],
    objects: &Objects,
    engine: &AnyEngine,
    link: &mut Link,
) -> Result<Outcome> {
    let mut writer = Writer {
        objects,
        engine,
        link,
        outcome: Outcome::default(),
        moved: FxHashMap::default(),
        made: Made::default(),
        copies: Copies::of(copies, objects),
        expected: Vec::new(),
    };
    for step in &plan.steps {
        writer.step(step).await.map_err(|error| explain(error, step, objects))?;
    }
    Ok(writer.outcome)
}

/// Adds which objects a failure is about.
#[cold]
fn explain(error: Error, step: &Step, objects: &Objects) -> Error {
    if matches!(error.kind(), ErrorKind::Stale { .. }) {
        return error;
    }
    let verb = match step.kind {
        StepKind::Insert => "inserting",
        StepKind::Update | StepKind::Park => "updating",
        StepKind::Delete => "deleting",
    };
    let named = match step.rows.as_slice() {
        [only] => step.label(only, objects),
        [first, .., last] => {
            let (first, last) = (step.label(first, objects), step.label(last, objects));
            format!("{} rows of {}, {first} to {last}", step.rows.len(), step.model.0.table)
        }
        [] => String::new(),
    };
    let error = error.context(format!("while {verb} {named}"));
    if matches!(error.kind(), ErrorKind::ForeignKey { .. })
        && step.kind == StepKind::Delete
        && let Some((row, key)) = refers_to_itself(step, objects)
    {
        return error.context(format!(
            "{row} refers to itself by `{}`, which takes no NULL: a database that checks each row by itself deletes such a \
             row only with `on_delete = \"cascade\"`",
            key.fields()
        ));
    }
    match (error.kind(), same_unique_value(step, objects)) {
        (ErrorKind::Unique { .. }, Some((one, other))) => {
            error.context(format!("{one} and {other} have the same unique value"))
        }
        _ => error,
    }
}

/// A row that refers to itself and cannot let go.
fn refers_to_itself(step: &Step, objects: &Objects) -> Option<(String, &'static ForeignKey)> {
    let keys = links::references(step.model.0).unwrap_or_default();
    let mut keys = keys.iter().filter(|key| key.parent.is(step.model.0) && key.blank.is_empty());
    keys.find_map(|key| {
        let own = |row: &&RowRef| {
            let slot = objects.slot(row.owner);
            let mut pairs = key.pairs();
            pairs.all(|(column, referred)| match (slot.row_value(column), slot.row_value(referred)) {
                (Some(one), Some(other)) => one.as_ref() == other.as_ref(),
                _ => false,
            })
        };
        step.rows.iter().find(own).map(|row| (step.label(row, objects), key))
    })
}

/// Two objects that no table can hold together: one of a step, and another of the step or of the session.
fn same_unique_value(step: &Step, objects: &Objects) -> Option<(String, String)> {
    let model = step.model.0;
    for constraint in super::plan::unique_constraints(model) {
        let values = |slot: SlotId| {
            let object = objects.object(slot)?;
            let mut values = Vec::with_capacity(constraint.len());
            for column in &constraint {
                let value = object.value(*column);
                if super::plan::is_absent(model, *column, value.as_ref()) {
                    return None;
                }
                values.push(value.into_value());
            }
            Some(values)
        };
        let mut seen: FxHashMap<Vec<Value>, &RowRef> = FxHashMap::default();
        for row in &step.rows {
            if let Some(values) = values(row.slot)
                && let Some(other) = seen.insert(values, row)
            {
                return Some((step.label(other, objects), step.label(row, objects)));
            }
        }
        for other in objects.with_rows(model) {
            if let Some(row) = values(other).and_then(|values| seen.get(&values))
                && row.slot != other
            {
                return Some((step.label(row, objects), objects.label(other)));
            }
        }
    }
    None
}

type Values<'v> = SmallVec<[ValueRef<'v>; 16]>;

struct Writer<'w> {
    objects: &'w Objects,
    engine: &'w AnyEngine,
    link: &'w mut Link,
    outcome: Outcome,
    /// What a row is found by now, where that changed: its new key and version, or the key that it was parked under.
    moved: FxHashMap<(SlotId, u16), Value>,
    made: Made,
    copies: Copies,
    /// Keys that the server is expected to have made, as the first and how many, until that is verified.
    expected: Vec<(u64, usize)>,
}

/// The values that were made by the steps so far, by object; only built where a later step needs them.
#[derive(Debug, Default)]
struct Made {
    values: SlotMap<(SlotId, u16), Value>,
    /// How many of the filled values stand here.
    filled: usize,
    /// How many runs of keys stand here, and how many keys of the next one.
    runs: (usize, usize),
}

impl Made {
    fn renew(&mut self, outcome: &Outcome) {
        for (slot, column, value) in &outcome.filled[self.filled..] {
            self.values.insert((*slot, *column), value.clone());
        }
        self.filled = outcome.filled.len();
        while let Some(run) = outcome.keys.get(self.runs.0) {
            for place in self.runs.1..run.count {
                self.values.insert((outcome.inserted[run.start + place], run.column), run.key(place));
            }
            // The last one may grow.
            if self.runs.0 + 1 == outcome.keys.len() {
                self.runs.1 = run.count;
                break;
            }
            self.runs = (self.runs.0 + 1, 0);
        }
    }
}

/// Foreign keys that take the key of a row which this flush inserts.
#[derive(Debug, Default)]
struct Copies {
    sources: SlotMap<(SlotId, u16), (SlotId, u16)>,
    /// Which columns of which models there are among them.
    columns: FxHashMap<usize, ColumnSet>,
}

impl Copies {
    fn of(copies: &[KeyCopy], objects: &Objects) -> Copies {
        let mut all = Copies::default();
        for copy in copies {
            all.sources.insert((copy.child, copy.column), (copy.parent, copy.parent_column));
            if let Some(object) = objects.object(copy.child) {
                let model = object.definition().columns.as_ptr().addr();
                all.columns.entry(model).or_default().insert(copy.column);
            }
        }
        all
    }

    /// Those columns of a step that take a key for some of its rows.
    fn among(&self, step: &Step) -> ColumnSet {
        match self.columns.get(&step.model.0.columns.as_ptr().addr()) {
            Some(columns) => columns.iter().filter(|column| step.columns.contains(*column)).collect(),
            None => ColumnSet::new(),
        }
    }
}

impl<'w> Writer<'w> {
    async fn step(&mut self, step: &Step) -> Result<()> {
        if !self.copies.sources.is_empty() {
            self.made.renew(&self.outcome);
        }
        match step.kind {
            StepKind::Insert => self.insert(step).await?,
            StepKind::Update => self.update(step).await?,
            StepKind::Park => self.park(step).await?,
            StepKind::Delete => self.delete(step).await?,
        }
        self.note_copies(step);
        Ok(())
    }

    /// The keys that were copied in this step belong into the objects as well.
    fn note_copies(&mut self, step: &Step) {
        let copied = self.copies.among(step);
        if copied.is_empty() {
            return;
        }
        for row in &step.rows {
            for column in copied.iter() {
                let late = step.instead(row).iter().any(|(instead, _)| *instead == column);
                if !late && self.copies.sources.contains_key(&(row.slot, column)) {
                    let value = self.new_value(step, row, column).into_value();
                    self.outcome.filled.push((row.slot, column, value));
                }
            }
        }
    }

    /// Whether all that a step writes stands in its objects as it is.
    fn is_plain(&self, step: &Step) -> bool {
        let version = step.model.0.version_column();
        step.instead.is_empty()
            && self.copies.among(step).is_empty()
            && !version.is_some_and(|version| step.columns.contains(version.index))
    }

    /// Adds the values that a row gets in the given columns.
    #[inline]
    fn push_values(
        &self,
        step: &Step,
        row: &RowRef,
        columns: &ColumnSet,
        is_plain: bool,
        values: &mut Vec<Encoded<'w>>,
    ) {
        match self.objects.object(row.slot) {
            Some(object) if is_plain => {
                for column in columns.iter() {
                    values.push(object.value(column));
                }
            }
            _ => {
                for column in columns.iter() {
                    values.push(self.new_value(step, row, column));
                }
            }
        }
    }

    /// The value that a row gets.
    fn new_value(&self, step: &Step, row: &RowRef, column: u16) -> Encoded<'w> {
        if let Some((_, value)) = step.instead(row).iter().find(|(instead, _)| *instead == column) {
            return Encoded::Owned(value.clone());
        }
        if !self.copies.sources.is_empty()
            && let Some(source) = self.copies.sources.get(&(row.slot, column))
        {
            return match (self.made.values.get(source), self.objects.object(source.0)) {
                (Some(value), _) => Encoded::Owned(value.clone()),
                (None, Some(parent)) => parent.value(source.1),
                (None, None) => ValueRef::Null.into(),
            };
        }
        let definition = &step.model.0.columns[usize::from(column)];
        if definition.version {
            return Encoded::Owned(Value::Int(self.next_version(step, row, definition)));
        }
        match self.objects.object(row.slot) {
            Some(object) => object.value(column),
            None => ValueRef::Null.into(),
        }
    }

    fn next_version(&self, step: &Step, row: &RowRef, column: &ColumnDef) -> i64 {
        let current = match step.kind {
            StepKind::Insert => self.objects.object(row.slot).map(|object| object.value(column.index)),
            StepKind::Update | StepKind::Park | StepKind::Delete => {
                self.objects.slot(row.owner).row_value(column.index)
            }
        };
        match (current.as_ref().map(Encoded::as_ref), step.kind) {
            // A version that was set by hand is a beginning of its own.
            (Some(ValueRef::Int(version)), StepKind::Insert) if version != 0 => version,
            (Some(ValueRef::Int(version)), _) => version + 1,
            _ => 1,
        }
    }

    /// The value by which a row is found.
    #[inline]
    fn identity(&mut self, row: &RowRef, column: u16) -> Encoded<'w> {
        let slot = self.objects.slot(row.owner);
        if !self.moved.is_empty()
            && let Some(value) = self.moved.get(&(row.owner, column))
        {
            return Encoded::Owned(value.clone());
        }
        // Only of a row that this flush inserted a value can have been made.
        if slot.state == ObjectState::Pending {
            self.made.renew(&self.outcome);
            if let Some(value) = self.made.values.get(&(row.owner, column)) {
                return Encoded::Owned(value.clone());
            }
        }
        slot.row_value(column).unwrap_or(ValueRef::Null.into())
    }

    fn push_identities(&mut self, row: &RowRef, identifying: &[&ColumnDef], values: &mut Vec<Encoded<'w>>) {
        for column in identifying {
            values.push(self.identity(row, column.index));
        }
    }

    async fn update(&mut self, step: &Step) -> Result<()> {
        let model = step.model.0;
        let by_case = self.engine.dialect().capabilities().batch_update == BatchUpdate::Case
            && step.defaults.is_empty()
            && !model.primary_key.iter().any(|column| step.columns.contains(*column));
        if by_case && step.rows.len() > 1 {
            self.update_by_case(step).await?;
        } else {
            self.update_row_by_row(step).await?;
        }
        let mut moving = write::identifying(model);
        moving.retain(|column| step.columns.contains(column.index));
        self.outcome.updated.reserve(step.rows.len());
        for row in &step.rows {
            self.outcome.updated.push((row.slot, row.owner));
            for column in &moving {
                let value = self.new_value(step, row, column.index).into_value();
                if column.version {
                    self.outcome.filled.push((row.slot, column.index, value.clone()));
                }
                self.moved.insert((row.owner, column.index), value);
            }
            if !step.defaults.is_empty() {
                self.read_back(step, &step.defaults, std::slice::from_ref(row)).await?;
            }
        }
        Ok(())
    }

    async fn update_row_by_row(&mut self, step: &Step) -> Result<()> {
        let model = step.model.0;
        let shape = Shape::new(model, ShapeKind::Update, &step.columns, 1).returning(&step.defaults);
        let sql =
            self.engine.text(shape, |dialect| write::update(dialect, model, &step.columns, &step.defaults));
        let identifying = write::identifying(model);
        let written: ColumnSet =
            step.columns.iter().filter(|column| !step.defaults.contains(*column)).collect();
        let is_plain = self.is_plain(step);
        let mut values: Vec<Encoded<'_>> = Vec::with_capacity(written.len() + identifying.len());
        for row in &step.rows {
            values.clear();
            self.push_values(step, row, &written, is_plain, &mut values);
            self.push_identities(row, &identifying, &mut values);
            let bound: Values<'_> = values.iter().map(Encoded::as_ref).collect();
            let done = self.link.run(&sql, &bound, &mut NoRows).await?;
            if done.rows_affected != 1 {
                return Err(self.stale(step, row));
            }
        }
        Ok(())
    }

    #[cold]
    fn stale(&self, step: &Step, row: &RowRef) -> Error {
        Error::new(ErrorKind::Stale { object: step.label(row, self.objects) })
    }

    async fn update_by_case(&mut self, step: &Step) -> Result<()> {
        let model = step.model.0;
        let identifying = write::identifying(model);
        let width = step.columns.len() * (model.primary_key.len() + 1) + identifying.len();
        let limits = *self.engine.dialect().limits();
        let mut rest = step.rows.as_slice();
        while !rest.is_empty() {
            let most = batch::largest(rest.len(), width, limits.batch_rows, &limits);
            let mut packet = batch::Packet::new(step.rows.len(), &limits);
            let mut keys: Vec<Encoded<'_>> = Vec::with_capacity(most * model.primary_key.len());
            for row in &rest[..most] {
                let start = keys.len();
                for key in model.primary_key {
                    keys.push(self.identity(row, *key));
                }
                let keys: usize = keys[start..].iter().map(|key| batch::size(key.as_ref())).sum();
                let mut bytes = keys * (step.columns.len() + 1);
                for column in step.columns.iter() {
                    bytes += batch::size(self.new_value(step, row, column).as_ref());
                }
                if !packet.takes(bytes) {
                    break;
                }
            }
            let (rows, others) = rest.split_at(packet.rows(most));
            keys.truncate(rows.len() * model.primary_key.len());
            let kind =
                if can_be_searched(model, &keys) { ShapeKind::UpdateSearch } else { ShapeKind::UpdateCase };
            let shape = Shape::new(model, kind, &step.columns, rows.len());
            let sql = self.engine.text(shape, |dialect| match kind {
                ShapeKind::UpdateSearch => write::update_search(dialect, model, &step.columns, rows.len()),
                _ => write::update_case(dialect, model, &step.columns, rows.len()),
            });
            let mut values: Vec<Encoded<'_>> = Vec::with_capacity(width * rows.len());
            for column in step.columns.iter() {
                if kind == ShapeKind::UpdateSearch {
                    write::search(0..rows.len(), &mut |place| match place {
                        write::Place::Pivot(row) => values.push(keys[row].clone()),
                        write::Place::Value(row) => values.push(self.new_value(step, &rows[row], column)),
                        write::Place::Else | write::Place::End => {}
                    });
                    continue;
                }
                for (row, keys) in rows.iter().zip(keys.chunks(model.primary_key.len())) {
                    values.extend_from_slice(keys);
                    values.push(self.new_value(step, row, column));
                }
            }
            for row in rows {
                self.push_identities(row, &identifying, &mut values);
            }
            let bound: Vec<ValueRef<'_>> = values.iter().map(Encoded::as_ref).collect();
            let done = self.link.run(&sql, &bound, &mut NoRows).await?;
            if done.rows_affected != rows.len() as u64 {
                return Err(self.stale_row(step, rows, Written::Yes).await);
            }
            rest = others;
        }
        Ok(())
    }

    async fn park(&mut self, step: &Step) -> Result<()> {
        self.update_row_by_row(step).await?;
        for row in &step.rows {
            for (column, value) in step.instead(row) {
                self.moved.insert((row.owner, *column), value.clone());
            }
        }
        Ok(())
    }

    async fn delete(&mut self, step: &Step) -> Result<()> {
        let model = step.model.0;
        let identifying = write::identifying(model);
        let width = identifying.len();
        let limits = *self.engine.dialect().limits();
        let mut rest = step.rows.as_slice();
        while !rest.is_empty() {
            let most = batch::largest(rest.len(), width, limits.batch_rows, &limits);
            let (rows, others) = rest.split_at(most);
            let shape = Shape::new(model, ShapeKind::Delete, &ColumnSet::new(), rows.len());
            let sql = self.engine.text(shape, |dialect| write::delete(dialect, model, rows.len()));
            let mut values: Vec<Encoded<'_>> = Vec::with_capacity(width * rows.len());
            for row in rows {
                self.push_identities(row, &identifying, &mut values);
            }
            let bound: Vec<ValueRef<'_>> = values.iter().map(Encoded::as_ref).collect();
            let done = self.link.run(&sql, &bound, &mut NoRows).await?;
            if done.rows_affected != rows.len() as u64 {
                return Err(self.stale_row(step, rows, Written::No).await);
            }
            for row in rows {
                self.outcome.deleted.push(row.slot);
            }
            rest = others;
        }
        Ok(())
    }

    /// Which of the rows of a batch was not matched. An UPDATE left its values in the others. A DELETE took the others
    /// away: a row that is still there is one whose version was another; where none is, all are named that it may be.
    async fn stale_row(&mut self, step: &Step, rows: &[RowRef], written: Written) -> Error {
        let model = step.model.0;
        let several = || {
            Error::new(ErrorKind::Stale { object: format!("one of {} rows of {}", rows.len(), model.table) })
        };
        if let [only] = rows {
            return self.stale(step, only);
        }
        if written == Written::No {
            let key: ColumnSet = model.primary_key.iter().copied().collect();
            let shape = Shape::new(model, ShapeKind::SelectByKey, &key, 1);
            let sql = self.engine.text(shape, |dialect| write::select_by_key(dialect, model, &key, 1));
            for row in rows.iter().filter(|_| model.version_column().is_some()) {
                let values: Vec<Encoded<'_>> =
                    model.primary_key.iter().map(|column| self.identity(row, *column)).collect();
                let bound: Vec<ValueRef<'_>> = values.iter().map(Encoded::as_ref).collect();
                let mut found = Table::new(1);
                if self.link.run(&sql, &bound, &mut found).await.is_ok() && !found.rows.is_empty() {
                    return self.stale(step, row);
                }
            }
            let labels: Vec<String> = rows.iter().take(8).map(|row| step.label(row, self.objects)).collect();
            let more = if rows.len() > labels.len() { ", .." } else { "" };
            return Error::new(ErrorKind::Stale { object: format!("one of {}{more}", labels.join(", ")) });
        }
        // Somebody else's version may be the very number that ours would be. The written values tell them apart, as far as
        // they come out of the database as they went in.
        let telling = |column: &u16| {
            let column = &model.columns[usize::from(*column)];
            !column.version && column.sql_type.has_one_form()
        };
        let columns: ColumnSet = step.columns.iter().filter(telling).collect();
        let shape = Shape::new(model, ShapeKind::SelectRow, &columns, 1);
        let sql = self.engine.text(shape, |dialect| write::select_row(dialect, model, &columns));
        for row in rows {
            let mut values = Vec::new();
            for column in write::identifying(model) {
                let moved = column.version && step.columns.contains(column.index);
                values.push(if moved {
                    self.new_value(step, row, column.index)
                } else {
                    self.identity(row, column.index)
                });
            }
            for column in columns.iter() {
                values.push(self.new_value(step, row, column));
            }
            let bound: Vec<ValueRef<'_>> = values.iter().map(Encoded::as_ref).collect();
            let mut found = Table::new(1);
            if self.link.run(&sql, &bound, &mut found).await.is_err() {
                return several();
            }
            if found.rows.is_empty() {
                return self.stale(step, row);
            }
        }
        several()
    }
}

/// So many rows are told apart one by one; in more of them the value of a row is searched for.
const TOLD_ONE_BY_ONE: usize = 16;

/// Whether the values of rows can be searched for by their keys: single integers in ascending order.
fn can_be_searched(model: &'static ModelDef, keys: &[Encoded<'_>]) -> bool {
    let ascends = |pair: &[Encoded<'_>]| match (pair[0].as_ref(), pair[1].as_ref()) {
        (ValueRef::Int(one), ValueRef::Int(other)) => one < other,
        _ => false,
    };
    model.primary_key.len() == 1 && keys.len() > TOLD_ONE_BY_ONE && keys.windows(2).all(ascends)
}

/// Whether the rows that were matched are still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Yes,
    No,
}

/// Rows that a statement gave, copied.
struct Table {
    width: usize,
    rows: Vec<Vec<Value>>,
}

impl Table {
    fn new(width: usize) -> Self {
        Table { width, rows: Vec::new() }
    }
}

impl RowSink for Table {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        let mut values = Vec::with_capacity(self.width);
        for value in row {
            values.push(value.to_value());
        }
        self.rows.push(values);
        Ok(Next::More)
    }

    fn restart(&mut self) {
        self.rows.clear();
    }
}
