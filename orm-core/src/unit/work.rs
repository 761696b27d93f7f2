//! What a session has to write: the lists of new, touched and deleted objects, turned into acts on rows, and checked.
//! Pure; called by the session before a plan is built.

use rustc_hash::FxHashMap;

use super::objects::Objects;
use super::per_slot::PerSlot;
use super::plan::{Act, Entry, Switch};
use super::relate::{Asked, KeyCopy};
use super::slot::{ObjectState, Slot};
use super::turns::Turns;
use crate::check;
use crate::columns::ColumnSet;
use crate::definition::{AnyModel, ModelDef};
use crate::dialect::Dialect;
use crate::error::{Error, ErrorKind, Result};
use crate::handle::SlotId;
use crate::value::{Encoded, Value, ValueRef};

/// Gives new objects the Rust defaults of the columns that were not set.
pub(crate) fn apply_defaults(objects: &mut Objects) {
    if !objects.has_defaults() {
        return;
    }
    for position in 0..objects.pending.len() {
        let slot = objects.pending[position];
        let entry = objects.slot_mut(slot);
        if entry.state != ObjectState::Pending {
            continue;
        }
        let Some(object) = entry.object.as_deref_mut() else { continue };
        let model = object.definition();
        for column in model.columns.iter().filter(|column| column.default) {
            let blank = column.primary_key && is_blank(object.value(column.index).as_ref());
            if blank || object.is_unset(column.index) {
                object.set_default(column.index);
            }
        }
    }
}

/// A key that nobody made yet.
fn is_blank(value: ValueRef<'_>) -> bool {
    match value {
        ValueRef::Null | ValueRef::Int(0) | ValueRef::Text("") => true,
        ValueRef::Bytes(bytes) => bytes.iter().all(|byte| *byte == 0),
        _ => false,
    }
}

/// The columns of an object that take the key of a row which is not there yet.
#[inline]
fn copied_columns(copies: &PerSlot<KeyCopy>, slot: SlotId) -> ColumnSet {
    let mut columns = ColumnSet::new();
    if !copies.is_empty() {
        copies.of(slot).for_each(|copy| columns.insert(copy.column));
    }
    columns
}

/// What is asked of a model for each of its objects, found once for a run of objects of the model.
struct Facts {
    model: &'static ModelDef,
    all: ColumnSet,
    /// The columns that an INSERT may leave to the database.
    left_out: ColumnSet,
    generated: Option<u16>,
    version: Option<u16>,
}

impl Facts {
    fn of(model: &'static ModelDef) -> Facts {
        let may_be_left =
            |column: &&crate::definition::ColumnDef| column.generated || column.server_default.is_some();
        Facts {
            model,
            all: ColumnSet::first(model.columns.len()),
            left_out: model.columns.iter().filter(may_be_left).map(|column| column.index).collect(),
            generated: model.generated_key().map(|key| key.index),
            version: model.version_column().map(|version| version.index),
        }
    }

    /// Those of a model; `known` are those of the object before.
    #[inline]
    fn renew<'f>(known: &'f mut Option<Facts>, model: &'static ModelDef) -> &'f Facts {
        let is_known = known.as_ref().is_some_and(|facts| facts.model.is(model));
        if !is_known {
            *known = None;
        }
        known.get_or_insert_with(|| Facts::of(model))
    }

    fn inserted_columns(&self, object: &dyn AnyModel) -> ColumnSet {
        let mut columns = self.all.clone();
        for column in self.left_out.iter() {
            let made_by_database = if self.model.columns[usize::from(column)].generated {
                matches!(object.value(column).as_ref(), ValueRef::Null | ValueRef::Int(0))
            } else {
                object.is_unset(column)
            };
            if made_by_database {
                columns.remove(column);
            }
        }
        columns
    }
}

/// What a flush has to do, new rows in the order of `add` first.
pub(crate) async fn collect<'o>(
    objects: &'o Objects,
    asked: &Asked,
    dialect: &dyn Dialect,
    turns: &mut Turns,
) -> Result<Vec<Entry<'o>>> {
    let mut facts = None;
    let mut entries =
        Vec::with_capacity(objects.pending.len() + objects.touched.len() + objects.doomed.len());
    // Which new object takes over the row of which deleted one.
    let mut replaced = FxHashMap::default();
    for slot in &objects.pending {
        if turns.is_over(1) {
            turns.give().await;
        }
        let entry = objects.slot(*slot);
        let Some(object) = entry.object.as_deref().filter(|_| entry.state == ObjectState::Pending) else {
            continue;
        };
        let model = object.definition();
        let facts = Facts::renew(&mut facts, model);
        let inserted = facts.inserted_columns(object);
        let copied = &copied_columns(&asked.copies, *slot);
        check_columns(model, object, &inserted, copied, dialect)?;
        // A key that waits for another row is nobody's yet.
        let waits = !copied.is_empty() && model.primary_key.iter().any(|column| copied.contains(*column));
        let owner = if waits { None } else { row_of_key(objects, *slot, facts, object)? };
        let act = match owner {
            None => Act::Insert(inserted),
            Some(owner) => {
                if let Some(other) = replaced.insert(owner, *slot) {
                    let object = objects.label(other);
                    return Err(Error::new(ErrorKind::Identity { model: model.name.into(), object }));
                }
                let key = model.primary_key;
                let columns: ColumnSet = facts.all.iter().filter(|column| !key.contains(column)).collect();
                let defaults = columns.iter().filter(|column| !inserted.contains(*column)).collect();
                Act::Switch(Box::new(Switch { replaced: owner, columns, defaults }))
            }
        };
        let owner = owner.map_or(entry, |owner| objects.slot(owner));
        let Some(row) = owner.object.as_deref() else { continue };
        let before = owner.snapshot();
        entries.push(Entry { slot: *slot, object, owner: row, before, act, key: None });
    }
    for slot in &objects.touched {
        if turns.is_over(1) {
            turns.give().await;
        }
        let entry = objects.slot(*slot);
        let (Some(object), Some(snapshot)) = (entry.object.as_deref(), entry.snapshot()) else { continue };
        if entry.state != ObjectState::Persistent {
            continue;
        }
        let model = object.definition();
        let mut columns = changed_columns(object, snapshot);
        if !asked.followed.is_empty() {
            columns = columns.iter().filter(|column| !asked.followed.contains(&(*slot, *column))).collect();
        }
        let copied = &copied_columns(&asked.copies, *slot);
        copied.iter().for_each(|column| columns.insert(column));
        if columns.is_empty() {
            continue;
        }
        check_columns(model, object, &columns, copied, dialect)?;
        if let Some(version) = Facts::renew(&mut facts, model).version {
            columns.insert(version);
        }
        let key = integer_key(model, entry);
        let (act, before) = (Act::Update(columns), Some(snapshot));
        entries.push(Entry { slot: *slot, object, owner: object, before, act, key });
    }
    for slot in &objects.doomed {
        let entry = objects.slot(*slot);
        if entry.state == ObjectState::Doomed
            && !replaced.contains_key(slot)
            && let Some(object) = entry.object.as_deref()
        {
            let key = integer_key(object.definition(), entry);
            let before = entry.snapshot();
            entries.push(Entry { slot: *slot, object, owner: object, before, act: Act::Delete, key });
        }
    }
    Ok(entries)
}

/// The key of an object's row, where it is one integer.
#[inline]
fn integer_key(model: &ModelDef, entry: &Slot) -> Option<i64> {
    let [column] = model.primary_key else { return None };
    match entry.row_value(*column)?.as_ref() {
        ValueRef::Int(key) => Some(key),
        _ => None,
    }
}

/// The columns that an object's row is changed in; its version is not one of them.
pub(crate) fn changed_columns(object: &dyn AnyModel, snapshot: &[Value]) -> ColumnSet {
    let mut changed = ColumnSet::new();
    for (column, before) in object.definition().columns.iter().zip(snapshot) {
        if !column.version && object.value(column.index).as_ref() != before.as_ref() {
            changed.insert(column.index);
        }
    }
    changed
}

/// The columns of a new row that are not left to the database.
pub(super) fn inserted_columns(model: &'static ModelDef, object: &dyn AnyModel) -> ColumnSet {
    Facts::of(model).inserted_columns(object)
}

/// Values that are copied from another row are checked there.
pub(super) fn check_columns(
    model: &ModelDef,
    object: &dyn AnyModel,
    columns: &ColumnSet,
    copied: &ColumnSet,
    dialect: &dyn Dialect,
) -> Result<()> {
    for column in columns.iter().filter(|column| !copied.contains(*column)) {
        let value = object.value(column);
        check::value(model, &model.columns[usize::from(column)], value.as_ref(), dialect)?;
    }
    Ok(())
}

/// The deleted object whose key a new object takes over. An object that is not deleted is an error.
fn row_of_key(
    objects: &Objects,
    slot: SlotId,
    facts: &Facts,
    object: &dyn AnyModel,
) -> Result<Option<SlotId>> {
    let model = facts.model;
    if facts.generated.is_some_and(|key| object.value(key).as_ref() == ValueRef::Int(0)) {
        return Ok(None);
    }
    let key: smallvec::SmallVec<[Encoded<'_>; 2]> =
        model.primary_key.iter().map(|column| object.value(*column)).collect();
    match objects.find(model, key.iter().map(Encoded::as_ref)) {
        Some(owner) if owner != slot && objects.slot(owner).state == ObjectState::Doomed => Ok(Some(owner)),
        Some(owner) if owner != slot => {
            // Its row's key is taken; but one that moves to another key in this flush makes room.
            let moves = objects.object(owner).is_some_and(|other| {
                key.iter()
                    .zip(model.primary_key)
                    .any(|(value, column)| other.value(*column).as_ref() != value.as_ref())
            });
            if moves {
                return Ok(None);
            }
            Err(Error::new(ErrorKind::Identity { model: model.name.into(), object: objects.label(owner) }))
        }
        _ => Ok(None),
    }
}
