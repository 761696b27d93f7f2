//! What a session has to write: the lists of new, touched and deleted objects, turned into acts on rows, and checked.
//! Pure; called by the session before a plan is built.

use rustc_hash::FxHashMap;

use super::objects::Objects;
use super::plan::{Act, Entry};
use super::relate::Asked;
use super::slot::ObjectState;
use crate::check;
use crate::columns::ColumnSet;
use crate::definition::{AnyModel, ModelDef};
use crate::dialect::Dialect;
use crate::error::{Error, ErrorKind, Result};
use crate::handle::SlotId;
use crate::value::{Encoded, Value, ValueRef};

/// Gives new objects the Rust defaults of the columns that were not set.
pub(crate) fn apply_defaults(objects: &mut Objects) {
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

/// The acts of a flush, new rows in the order of `add` first.
pub(crate) fn collect(objects: &Objects, asked: &Asked, dialect: &dyn Dialect) -> Result<Vec<(SlotId, Act)>> {
    let mut copied: FxHashMap<SlotId, ColumnSet> = FxHashMap::default();
    for copy in &asked.copies {
        copied.entry(copy.child).or_default().insert(copy.column);
    }
    let none = ColumnSet::new();
    let mut acts = Vec::new();
    // Which new object takes over the row of which deleted one.
    let mut replaced = FxHashMap::default();
    for slot in &objects.pending {
        let Some(object) =
            objects.object(*slot).filter(|_| objects.slot(*slot).state == ObjectState::Pending)
        else {
            continue;
        };
        let model = object.definition();
        let inserted = inserted_columns(model, object);
        let copied = copied.get(slot).unwrap_or(&none);
        check_columns(model, object, &inserted, copied, dialect)?;
        // A key that waits for another row is nobody's yet.
        let waits = model.primary_key.iter().any(|column| copied.contains(*column));
        let owner = if waits { None } else { row_of_key(objects, *slot, model, object)? };
        let act = match owner {
            None => Act::Insert(inserted),
            Some(owner) => {
                if let Some(other) = replaced.insert(owner, *slot) {
                    let object = objects.label(other);
                    return Err(Error::new(ErrorKind::Identity { model: model.name.into(), object }));
                }
                let key = model.primary_key;
                let columns =
                    model.columns.iter().map(|column| column.index).filter(|column| !key.contains(column));
                let all: ColumnSet = columns.collect();
                let defaults = all.iter().filter(|column| !inserted.contains(*column)).collect();
                Act::Switch { replaced: owner, columns: all, defaults }
            }
        };
        acts.push((*slot, act));
    }
    for slot in &objects.touched {
        let entry = objects.slot(*slot);
        let (Some(object), Some(snapshot)) = (entry.object.as_deref(), &entry.snapshot) else { continue };
        if entry.state != ObjectState::Persistent {
            continue;
        }
        let model = object.definition();
        let mut columns = changed_columns(object, snapshot);
        if !asked.followed.is_empty() {
            columns = columns.iter().filter(|column| !asked.followed.contains(&(*slot, *column))).collect();
        }
        let copied = copied.get(slot).unwrap_or(&none);
        copied.iter().for_each(|column| columns.insert(column));
        if columns.is_empty() {
            continue;
        }
        check_columns(model, object, &columns, copied, dialect)?;
        if let Some(version) = model.version_column() {
            columns.insert(version.index);
        }
        acts.push((*slot, Act::Update(columns)));
    }
    for slot in &objects.doomed {
        if objects.slot(*slot).state == ObjectState::Doomed && !replaced.contains_key(slot) {
            acts.push((*slot, Act::Delete));
        }
    }
    Ok(acts)
}

/// The acts together with their objects.
pub(crate) fn entries<'a>(objects: &'a Objects, acts: &'a [(SlotId, Act)]) -> Vec<Entry<'a>> {
    let mut entries = Vec::with_capacity(acts.len());
    for (slot, act) in acts {
        let owner = match act {
            Act::Switch { replaced, .. } => *replaced,
            Act::Insert(_) | Act::Update(_) | Act::Delete => *slot,
        };
        if let (Some(object), Some(row)) = (objects.object(*slot), objects.object(owner)) {
            let before = objects.slot(owner).snapshot.as_deref();
            entries.push(Entry { slot: *slot, object, owner: row, before, act });
        }
    }
    entries
}

/// The columns that an object's row is changed in; its version is not one of them.
pub(crate) fn changed_columns(object: &dyn AnyModel, snapshot: &[Value]) -> ColumnSet {
    let mut changed = ColumnSet::new();
    for column in object.definition().columns {
        let before = snapshot[usize::from(column.index)].as_ref();
        if !column.version && object.value(column.index).as_ref() != before {
            changed.insert(column.index);
        }
    }
    changed
}

fn inserted_columns(model: &ModelDef, object: &dyn AnyModel) -> ColumnSet {
    let mut columns = ColumnSet::new();
    for column in model.columns {
        let made_by_database = if column.generated {
            matches!(object.value(column.index).as_ref(), ValueRef::Null | ValueRef::Int(0))
        } else {
            column.server_default.is_some() && object.is_unset(column.index)
        };
        if !made_by_database {
            columns.insert(column.index);
        }
    }
    columns
}

/// Values that are copied from another row are checked there.
fn check_columns(
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
    model: &'static ModelDef,
    object: &dyn AnyModel,
) -> Result<Option<SlotId>> {
    if model.generated_key().is_some_and(|key| object.value(key.index).as_ref() == ValueRef::Int(0)) {
        return Ok(None);
    }
    let key: Vec<Encoded<'_>> = model.primary_key.iter().map(|column| object.value(*column)).collect();
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
