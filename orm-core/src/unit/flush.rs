//! Executes a plan: the only code that writes. It reads the objects, sends statements and collects what came back; nothing
//! in the session changes until the whole plan succeeded, so a failure or a dropped future leaves it as it was.

mod alone;
mod delete;
mod failures;
mod insert;
mod keys;
mod update;
mod values;

use std::panic::Location;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::objects::Objects;
use super::per_slot::PerSlot;
use super::plan::{Plan, Step, StepKind};
use super::relate::KeyCopy;
use super::slot_map::SlotSet;
use super::turns::Turns;
use crate::any_engine::{AnyEngine, Link};
use crate::engine::{Done, Next, NoRows, RowSink, Sql};
use crate::error::Result;
use crate::handle::SlotId;
use crate::now::Now;
use crate::value::{Value, ValueRef};

pub(crate) use alone::{is_before_any_write, is_one_safe_statement};
use failures::explain;
use values::{Copies, Made};

/// What a flush did to the rows of a session, to be applied to its objects.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) inserted: Slots,
    /// The keys that the database made for them.
    pub(crate) keys: KeyRuns,
    pub(crate) updated: Vec<Updated>,
    pub(crate) deleted: Vec<SlotId>,
    /// Other values that the database or the flush made: keys, defaults, versions.
    pub(crate) filled: Vec<(SlotId, u16, Value)>,
}

/// Slots of objects; one needs no memory of its own.
pub(crate) type Slots = SmallVec<[SlotId; 2]>;

/// Runs of keys; most flushes have one for each model.
pub(crate) type KeyRuns = SmallVec<[KeyRun; 1]>;

/// An object whose row was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Updated {
    pub(crate) slot: SlotId,
    /// The object that the row belonged to before.
    pub(crate) owner: SlotId,
    pub(crate) key: KeyValue,
    /// Any of its foreign keys.
    pub(crate) foreign: KeyValue,
}

/// Whether an UPDATE wrote a key of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyValue {
    Kept,
    MayChange,
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

impl Updated {
    /// Whether the row may belong to others than before.
    pub(crate) fn may_have_other_parents(&self) -> bool {
        self.slot != self.owner || self.foreign == KeyValue::MayChange
    }
}

impl Outcome {
    /// Rows whose foreign keys the database changed together with the keys that they refer to.
    pub(crate) fn add_followers(&mut self, followed: &SlotSet<(SlotId, u16)>) {
        if followed.is_empty() {
            return;
        }
        let mut slots: FxHashSet<SlotId> = followed.iter().map(|(slot, _)| *slot).collect();
        // A foreign key may be part of the key of its own row.
        let (key, foreign) = (KeyValue::MayChange, KeyValue::MayChange);
        for updated in &mut self.updated {
            if slots.remove(&updated.slot) {
                (updated.key, updated.foreign) = (key, foreign);
            }
        }
        let mut slots: Vec<SlotId> = slots.into_iter().collect();
        slots.sort_unstable();
        self.updated.extend(slots.into_iter().map(|slot| Updated { slot, owner: slot, key, foreign }));
    }
}

/// Writes a plan.
pub(crate) async fn run<'w>(
    plan: &Plan,
    copies: &'w PerSlot<KeyCopy>,
    objects: &'w Objects,
    engine: &'w AnyEngine,
    way: Way<'w>,
    turns: &'w mut Turns,
) -> Result<Outcome> {
    let mut writer = Writer {
        objects,
        engine,
        way,
        turns,
        outcome: Outcome::default(),
        moved: FxHashMap::default(),
        made: Made::default(),
        copies: Copies::of(copies),
        expected: Vec::new(),
    };
    for step in &plan.steps {
        if let Err(error) = writer.step(step).await {
            let began = matches!(writer.way, Way::Transaction(_)) || !is_before_any_write(&error);
            return Err(if began { explain(error, step, objects) } else { error });
        }
    }
    Ok(writer.outcome)
}

type Values<'v> = SmallVec<[ValueRef<'v>; 16]>;

/// Where statements go.
pub(crate) enum Way<'w> {
    /// To the connection of a transaction.
    Transaction(&'w mut Link),
    /// The only one is a transaction of its own.
    Alone { caller: &'static Location<'static> },
}

struct Writer<'w> {
    objects: &'w Objects,
    engine: &'w AnyEngine,
    way: Way<'w>,
    turns: &'w mut Turns,
    outcome: Outcome,
    /// What a row is found by now, where that changed: its new key and version, or the key that it was parked under.
    moved: FxHashMap<(SlotId, u16), Value>,
    made: Made,
    copies: Copies<'w>,
    /// Keys that the server is expected to have made, as the first and how many, until that is verified.
    expected: Vec<(u64, usize)>,
}

impl<'w> Writer<'w> {
    /// Runs a statement.
    #[inline]
    fn send<'a>(
        &'a mut self,
        sql: &'a Arc<Sql>,
        values: &'a [ValueRef<'a>],
        sink: &'a mut dyn RowSink,
    ) -> Now<'a, Result<Done>> {
        match &mut self.way {
            Way::Transaction(link) => link.run(sql, values, sink),
            Way::Alone { caller } => self.engine.run_and_commit(sql, values, sink, caller),
        }
    }

    /// Runs an UPDATE for each row of `width` values: how many matched a row before one did not.
    async fn send_each(&mut self, sql: &Arc<Sql>, values: &[ValueRef<'_>], width: usize) -> Result<usize> {
        match &mut self.way {
            Way::Transaction(link) => link.run_each(sql, values, width).await,
            Way::Alone { .. } => {
                let done = self.send(sql, values, &mut NoRows).await?;
                Ok(usize::from(done.rows_affected == 1))
            }
        }
    }

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
