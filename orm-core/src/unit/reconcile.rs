//! Brings both sides of relations in step with the rows after a flush: references name their parents, loaded collections
//! hold their children. By the values of the foreign keys, whichever way they were changed. No I/O.

use rustc_hash::FxHashSet;

use super::objects::Objects;
use super::slot::Held;
use crate::definition::{Item, Items, Load, ModelDef};
use crate::handle::SlotId;
use crate::links::{self, ForeignKey};
use crate::value::Value;

/// A row's parent by one foreign key, before and after.
#[derive(Debug)]
pub(crate) struct Move {
    child: SlotId,
    key: &'static ForeignKey,
    before: Option<SlotId>,
}

/// Who the rows of a flush belong to before their objects are brought in step. `rows` are those that had a row already.
pub(crate) fn parents_before(objects: &Objects, rows: impl Iterator<Item = SlotId>, moves: &mut Vec<Move>) {
    for child in rows {
        let Some(object) = objects.object(child) else { continue };
        for key in links::foreign_keys(object.definition()) {
            moves.push(Move { child, key, before: parent(objects, child, key, When::Before) });
        }
    }
}

/// Rows that are new belonged to nobody.
pub(crate) fn no_parents(objects: &Objects, rows: impl Iterator<Item = SlotId>, moves: &mut Vec<Move>) {
    for child in rows {
        let Some(object) = objects.object(child) else { continue };
        for key in links::foreign_keys(object.definition()) {
            moves.push(Move { child, key, before: None });
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Before,
    After,
}

fn parent(objects: &Objects, child: SlotId, key: &ForeignKey, when: When) -> Option<SlotId> {
    let slot = objects.slot(child);
    let object = slot.object.as_deref()?;
    let mut values: Vec<Value> = Vec::with_capacity(key.columns.len());
    for column in &key.columns {
        let value = match when {
            When::Before => slot.row_value(*column)?.into_value(),
            When::After => object.value(*column).into_value(),
        };
        if value.as_ref().is_null() {
            return None;
        }
        values.push(value);
    }
    key.refers_to_key.then(|| objects.find(key.parent, values.iter().map(Value::as_ref)))?
}

/// Brings references and collections in step. Gives what the fields held that were changed, for a rollback.
pub(crate) fn settle(
    objects: &mut Objects,
    moves: Vec<Move>,
    gone: &FxHashSet<SlotId>,
) -> Vec<(SlotId, u8, Held)> {
    let mut undo = Vec::new();
    for Move { child, key, before } in moves {
        let deleted = gone.contains(&child);
        let after = if deleted { None } else { parent(objects, child, key, When::After) };
        if let Some(reference) = key.reference
            && !deleted
        {
            point(objects, child, reference, key, after, &mut undo);
        }
        for collection in &key.collections {
            if let Some(before) = before.filter(|before| Some(*before) != after) {
                change(objects, before, *collection, &mut undo, |items, _| items.take_out(child));
            }
            if let Some(after) = after {
                change(objects, after, *collection, &mut undo, |items, session| {
                    let lacks = items.load == Load::Loaded && !items.slots().any(|slot| slot == child);
                    if lacks {
                        items.list.push(Item::Tracked(child, session));
                    }
                    lacks
                });
            }
        }
    }
    undo
}

fn point(
    objects: &mut Objects,
    child: SlotId,
    reference: u8,
    key: &ForeignKey,
    parent: Option<SlotId>,
    undo: &mut Vec<(SlotId, u8, Held)>,
) {
    let is_null = objects
        .object(child)
        .is_some_and(|object| key.columns.iter().any(|column| object.value(*column).as_ref().is_null()));
    change(objects, child, reference, undo, |items, session| {
        let known: Option<SlotId> = items.slots().next();
        let wanted = match parent {
            Some(parent) if known == Some(parent) && items.load == Load::Loaded => return false,
            Some(parent) => Items::loaded(vec![Item::Tracked(parent, session)]),
            None if is_null => Items::loaded(Vec::new()),
            // The parent is not in the session, or does not refer by its key: the reference is known if it was just set.
            None if known.is_some() && !key.refers_to_key => return false,
            None => Items::not_loaded(),
        };
        *items = wanted;
        true
    });
}

/// Changes a field, and remembers what it held.
fn change(
    objects: &mut Objects,
    slot: SlotId,
    relation: u8,
    undo: &mut Vec<(SlotId, u8, Held)>,
    act: impl FnOnce(&mut Items, crate::handle::SessionId) -> bool,
) {
    let session = objects.session;
    let Some(items) = objects.relation_mut(slot, relation) else { return };
    let held = Held::of(items);
    if act(items, session) {
        undo.push((slot, relation, held));
    }
}

/// A link that came or went, with the objects on its two sides.
#[derive(Debug)]
pub(crate) struct LinkMove {
    model: &'static ModelDef,
    sides: [SlotId; 2],
    linked: Linked,
}

/// The rows of link tables among the slots. Asked before deleted objects leave the identity map, and after new ones enter it.
pub(crate) fn links(objects: &Objects, slots: &[SlotId], linked: Linked) -> Vec<LinkMove> {
    let mut links = Vec::new();
    for slot in slots {
        let Some(object) = objects.object(*slot) else { continue };
        let is_link = (object as &dyn std::any::Any).is::<links::LinkRow>();
        let model = object.definition();
        // The rows of a model that a relation goes through are links as well.
        let link = if is_link { Some(model) } else { links::link_through(model) };
        let Some(link) = link else { continue };
        let sides = link.columns.iter().map(|column| side(objects, *slot, model, column.name));
        if let [Some(one), Some(other)] = sides.collect::<Vec<_>>().as_slice() {
            links.push(LinkMove { model: link, sides: [*one, *other], linked });
        }
    }
    links
}

/// Both sides' loaded collections follow their links.
pub(crate) fn settle_links(objects: &mut Objects, links: &[LinkMove], undo: &mut Vec<(SlotId, u8, Held)>) {
    for LinkMove { model, sides: [one, other], linked } in links {
        for (here, there, column) in [(*one, *other, 0), (*other, *one, 1)] {
            let Some(owner) = objects.object(here).map(|object| object.definition()) else { continue };
            let Ok(relations) = links::of(owner) else { continue };
            for relation in relations {
                let same =
                    relation.link.as_ref().is_some_and(|link| link.model.is(model) && link.local == [column]);
                if !same {
                    continue;
                }
                change(objects, here, relation.index, undo, |items, session| {
                    let has = items.slots().any(|slot| slot == there);
                    match linked {
                        Linked::Added if !has && items.load == Load::Loaded => {
                            items.list.push(Item::Tracked(there, session));
                            true
                        }
                        Linked::Removed if has => items.take_out(there),
                        Linked::Added | Linked::Removed => false,
                    }
                });
            }
        }
    }
}

/// Whether a link came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Linked {
    Added,
    Removed,
}

fn side(objects: &Objects, link: SlotId, model: &'static ModelDef, column: &str) -> Option<SlotId> {
    let column = model.column(column)?;
    let reference = column.references.as_ref()?;
    let value = objects.object(link)?.value(column.index).into_value();
    objects.find((reference.model)(), std::iter::once(value.as_ref()))
}
