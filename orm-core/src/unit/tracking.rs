//! The loader: turns rows into objects of the session. One row, one slot; rows that are known cost only their key. The only
//! row-to-object code of a session. Called by its queries.

use smallvec::SmallVec;

use super::objects::{Met, Objects, keys_have_one_form};
use super::slot::{Held, ObjectState};
use crate::definition::{AnyModel, Items, Load, ModelDef, Row};
use crate::engine::{Next, RowSink};
use crate::error::Result;
use crate::handle::SlotId;
use crate::value::{Encoded, ValueRef};

/// What a query does with objects that the session has already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[doc(hidden)]
pub enum Populate {
    /// Renews those that are stale and have no changes.
    #[default]
    Stale,
    /// Renews all; changes that were not flushed are lost.
    Existing,
}

/// Takes the rows of one query.
pub(crate) struct Tracking<'t> {
    pub(crate) objects: &'t mut Objects,
    model: &'static ModelDef,
    pub(crate) populate: Populate,
    /// Whether a row's key is known before its object is built.
    keyed_by_row: bool,
    /// Whether more rows are wanted.
    next: Next,
    /// The objects, in the order of the rows.
    pub(crate) found: SmallVec<[SlotId; 4]>,
}

impl<'t> Tracking<'t> {
    pub(crate) fn new(objects: &'t mut Objects, model: &'static ModelDef, populate: Populate) -> Self {
        let keyed_by_row = keys_have_one_form(model);
        Tracking { objects, model, populate, keyed_by_row, next: Next::More, found: SmallVec::new() }
    }

    /// For the row of a key: there is no other one that the statement would have to look for.
    pub(crate) fn one(objects: &'t mut Objects, model: &'static ModelDef, populate: Populate) -> Self {
        Tracking { next: Next::Enough, ..Tracking::new(objects, model, populate) }
    }
}

impl RowSink for Tracking<'_> {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        let Tracking { objects, model, populate, keyed_by_row, next, found } = self;
        let slot = if *keyed_by_row {
            take_keyed_row(objects, model, row, *populate)?
        } else {
            objects.place((model.read)(Row::new(row, model))?, *populate == Populate::Existing)
        };
        found.push(slot);
        Ok(*next)
    }

    fn restart(&mut self) {
        self.found.clear();
    }
}

/// Takes a row: gives the object that the session has of it, renewed where that is asked for, or a new one.
#[inline]
pub(crate) fn take_row(
    objects: &mut Objects,
    model: &'static ModelDef,
    row: &[ValueRef<'_>],
    populate: Populate,
) -> Result<SlotId> {
    if keys_have_one_form(model) {
        take_keyed_row(objects, model, row, populate)
    } else {
        Ok(objects.place((model.read)(Row::new(row, model))?, populate == Populate::Existing))
    }
}

/// The same where a row's key is known before its object is built.
#[inline]
fn take_keyed_row(
    objects: &mut Objects,
    model: &'static ModelDef,
    row: &[ValueRef<'_>],
    populate: Populate,
) -> Result<SlotId> {
    match objects.find_or_read(model, row)? {
        Met::Known(slot) => {
            renew(objects, slot, model, row, populate)?;
            Ok(slot)
        }
        Met::New(slot) => Ok(slot),
    }
}

/// Takes an object that a row was read into: the one of its row where the session has that already.
pub(crate) fn take(objects: &mut Objects, object: Box<dyn AnyModel>, populate: Populate) -> Result<SlotId> {
    let model = object.definition();
    let Some(slot) = objects.find_object(object.as_ref()) else {
        return Ok(objects.place(object, populate == Populate::Existing));
    };
    if is_wanted(objects, slot, populate) {
        let mut encoded = Vec::with_capacity(model.columns.len());
        for column in model.columns {
            encoded.push(object.value(column.index));
        }
        let row: Vec<ValueRef<'_>> = encoded.iter().map(Encoded::as_ref).collect();
        renew(objects, slot, model, &row, populate)?;
    }
    Ok(slot)
}

/// Whether an object that the session has takes the columns of its row.
fn is_wanted(objects: &Objects, slot: SlotId, populate: Populate) -> bool {
    let wanted = match populate {
        Populate::Existing => true,
        Populate::Stale => objects.is_stale(slot) && !objects.has_changes(slot),
    };
    wanted && objects.slot(slot).state == ObjectState::Persistent
}

fn renew(
    objects: &mut Objects,
    slot: SlotId,
    model: &'static ModelDef,
    row: &[ValueRef<'_>],
    populate: Populate,
) -> Result<()> {
    if !is_wanted(objects, slot, populate) {
        return Ok(());
    }
    let epoch = objects.epoch;
    let entry = objects.slot_mut(slot);
    if let Some(object) = entry.object.as_deref_mut() {
        for (column, value) in row.iter().enumerate().take(model.columns.len()) {
            let column = column as u16;
            object.set_value(column, *value).map_err(|mismatch| Row::mismatch(model, column, &mismatch))?;
        }
        entry.renew_snapshot();
    }
    if let Some((object, mut held)) = entry.object_and_held() {
        // What was loaded along relations is as old as the columns were, but what was changed there waits for a flush.
        for relation in 0..model.relations.len() as u8 {
            let Some(items) = object.relation_mut(relation) else { continue };
            let held = held.as_deref_mut().map(|held| &mut held[usize::from(relation)]);
            let changed = held.as_deref().is_some_and(|held| held.differs(items));
            if items.load != Load::Loaded || (changed && populate == Populate::Stale) {
                continue;
            }
            *items = Items::not_loaded();
            if let Some(held) = held {
                *held = Held::of(items);
            }
        }
    }
    entry.epoch = epoch;
    Ok(())
}
