//! Turns what relation fields say into what rows need: foreign keys to write, keys to copy from rows that are not there yet,
//! links to add and remove, objects to delete. Pure: no I/O.
//!
//! It can run any number of times before a flush (to show a plan, say): each run first takes back what the one before it
//! did, so that the fields themselves stay the only truth.

mod claims;
mod deletes;
mod follow;
mod links_of;
mod take_in;
mod write_keys;

use std::cell::Cell;

use rustc_hash::FxHashMap;

use super::objects::Objects;
use super::per_slot::PerSlot;
use super::slot::{Held, ObjectState};
use super::slot_map::SlotSet;
use super::turns::Turns;
use crate::definition::{Items, Load, ModelDef};
use crate::error::{Error, Result};
use crate::handle::SlotId;
use crate::key::KeyValues;
use crate::links::{self, ForeignKey, Relation};
use crate::value::{Value, ValueRef};

pub(crate) use take_in::{take_in, take_in_one};

/// What one run did to the objects, to be taken back by the next.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    undo: Vec<Effect>,
}

#[derive(Debug)]
enum Effect {
    /// A column got a value; it held this before.
    Wrote(SlotId, u16, Value),
    /// An object was marked for deletion, or a pending one made transient.
    Deleted(SlotId),
    /// A link row was added.
    Linked(SlotId),
    /// The deletion of a link row was taken back.
    Kept(SlotId),
}

/// What the relation fields ask for, beyond what was written into the objects.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// Keys that are copied once their rows are there, by the child.
    pub(crate) copies: PerSlot<KeyCopy>,
    /// Foreign keys that the database itself changes together with the key that they refer to.
    pub(crate) followed: SlotSet<(SlotId, u16)>,
    /// Collections that are not loaded, and whose rows have to follow a key that changes.
    pub(crate) lacking: Vec<(SlotId, u8)>,
}

/// A key that is copied into a foreign key once its row is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyCopy {
    pub(crate) child: SlotId,
    pub(crate) column: u16,
    pub(crate) parent: SlotId,
    pub(crate) parent_column: u16,
    /// The foreign key that the column is part of.
    pub(crate) key: &'static ForeignKey,
}

impl PerSlot<KeyCopy> {
    /// Where the value of a column comes from, if it is copied.
    #[inline]
    pub(crate) fn source(&self, child: SlotId, column: u16) -> Option<&KeyCopy> {
        self.of(child).filter(|copy| copy.column == column).last()
    }
}

/// The parent that a row is to refer to by one foreign key.
#[derive(Clone, Copy, Debug)]
struct Claim {
    child: SlotId,
    key: &'static ForeignKey,
    parent: Option<SlotId>,
    said_by: SaidBy,
}

/// Who said which parent a row has, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum SaidBy {
    /// The parent's key changes, and the row follows: by itself, or by the database.
    Key {
        in_database: bool,
    },
    Collection,
    Reference,
}

/// So many owners are looked at before others may have a turn.
const OWNERS_AT_ONCE: usize = 256;

/// One run.
struct Run<'o> {
    objects: &'o mut Objects,
    /// By the child: one for each of its foreign keys that somebody spoke of.
    claims: PerSlot<Claim>,
    /// References that point at nothing now.
    cleared: Vec<(SlotId, &'static Relation)>,
    /// Children that were taken out of a collection.
    gone: Vec<(SlotId, SlotId, &'static Relation)>,
    /// Children that cannot be without a parent, and why that is an error, unless they go as well.
    stranded: Vec<(SlotId, Error)>,
    asked: Asked,
    linked: FxHashMap<(usize, SlotId, SlotId), links_of::Wish>,
    links: Vec<links_of::Pair>,
    /// The objects of models that stand for links, by the keys of both sides; for each link table that was asked about.
    associations: FxHashMap<usize, FxHashMap<KeyValues, SlotId>>,
    /// The model whose relations were asked for last: objects come in runs.
    last: Cell<Option<(&'static ModelDef, &'static [Relation])>>,
}

/// What a relation field held when its object was first touched.
#[derive(Clone, Copy)]
struct Before<'h> {
    load: Load,
    slots: &'h [SlotId],
}

impl Before<'_> {
    /// Whether the field says something else by now.
    fn differs(&self, items: &Items) -> bool {
        self.load != items.load
            || !items.removed.slots().is_empty()
            || self.slots.len() != items.list.len()
            || !items.slots().eq(self.slots.iter().copied())
    }
}

/// Works out what the relation fields ask for. What they hold was [taken in](take_in), and what the last run did was
/// [taken back](take_back).
pub(crate) async fn relate(objects: &mut Objects, turns: &mut Turns) -> Result<Asked> {
    if !objects.has_relations() || !objects.may_have_work() {
        return Ok(Asked::default());
    }
    let mut run = Run {
        objects,
        claims: PerSlot::default(),
        cleared: Vec::new(),
        gone: Vec::new(),
        stranded: Vec::new(),
        asked: Asked::default(),
        linked: FxHashMap::default(),
        links: Vec::new(),
        associations: FxHashMap::default(),
        last: Cell::new(None),
    };
    let owners = run.owners();
    run.claims.reserve(owners.len());
    // Together, since each looks at the same objects. Which claim is the stronger does not depend on their order.
    for some in owners.chunks(OWNERS_AT_ONCE) {
        run.references(some)?;
        run.collections(some)?;
        turns.after(some.len(), 0).await;
    }
    run.cleared();
    run.orphans();
    run.deletes()?;
    run.stranded()?;
    run.follow()?;
    run.write_keys(turns).await?;
    run.write_links()?;
    Ok(run.asked)
}

/// Takes back what the last run did.
pub(crate) fn take_back(objects: &mut Objects) {
    while let Some(effect) = objects.effects.undo.pop() {
        match effect {
            Effect::Wrote(slot, column, before) => {
                if let Some(object) = objects.slot_mut(slot).object.as_deref_mut() {
                    // The value came out of this very field.
                    let _fits = object.set_value(column, before.as_ref());
                }
            }
            Effect::Deleted(slot) => objects.add_again(slot),
            Effect::Linked(slot) => objects.evict(slot),
            Effect::Kept(slot) => objects.delete(slot),
        }
    }
}

/// The flush wrote everything: there is nothing to take back any more.
pub(crate) fn settle(objects: &mut Objects) {
    objects.effects.undo.clear();
}

impl Run<'_> {
    /// The objects whose relation fields may say something: new and touched ones that have any.
    fn owners(&self) -> Vec<SlotId> {
        let objects = &self.objects;
        let mut owners = Vec::new();
        for (list, state) in
            [(&objects.pending, ObjectState::Pending), (&objects.touched, ObjectState::Persistent)]
        {
            for slot in list {
                let has_relations =
                    objects.object(*slot).is_some_and(|object| !object.definition().relations.is_empty());
                if has_relations && objects.slot(*slot).state == state {
                    owners.push(*slot);
                }
            }
        }
        owners
    }

    fn relations(&self, slot: SlotId) -> Result<&'static [Relation]> {
        let Some(object) = self.objects.object(slot) else { return Ok(&[]) };
        let model = object.definition();
        if let Some((last, relations)) = self.last.get()
            && last.is(model)
        {
            return Ok(relations);
        }
        let relations = links::of(model)?;
        self.last.set(Some((model, relations)));
        Ok(relations)
    }

    /// What a field holds, and what it held when its object was first touched; a new object held nothing.
    fn change(&self, slot: SlotId, relation: u8) -> Option<(&Items, Before<'_>)> {
        let items = self.objects.relation(slot, relation)?;
        let before = match self.objects.slot(slot).held() {
            Some(held) => {
                let Held { load, slots } = &held[usize::from(relation)];
                Before { load: *load, slots }
            }
            None => Before { load: Load::Loaded, slots: &[] },
        };
        Some((items, before))
    }

    fn label(&self, slot: SlotId) -> String {
        self.objects.label(slot)
    }

    fn write(&mut self, slot: SlotId, column: u16, value: ValueRef<'_>) -> Result<()> {
        self.objects.touch(slot);
        let Some(object) = self.objects.slot_mut(slot).object.as_deref_mut() else { return Ok(()) };
        let before = object.value(column).into_value();
        if before.as_ref() == value {
            return Ok(());
        }
        let name = object.definition().columns[usize::from(column)].name;
        if let Err(mismatch) = object.set_value(column, value) {
            let label = self.objects.label(slot);
            let found = mismatch.found();
            return Err(Error::app(format!("the foreign key `{name}` of {label} cannot be {found}")));
        }
        self.objects.effects.undo.push(Effect::Wrote(slot, column, before));
        Ok(())
    }

    fn delete(&mut self, slot: SlotId) {
        if matches!(self.objects.slot(slot).state, ObjectState::Pending | ObjectState::Persistent) {
            self.objects.delete(slot);
            self.objects.effects.undo.push(Effect::Deleted(slot));
        }
    }
}
