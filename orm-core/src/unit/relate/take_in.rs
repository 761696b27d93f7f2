//! Takes new objects that stand in relation fields into the session (the save cascade), and checks the handles there.

use crate::definition::{Cascade, Item, Load, RelationKind, Seen};
use crate::error::{Error, Result};
use crate::handle::SlotId;
use crate::links;
use crate::unit::objects::Objects;
use crate::unit::slot::ObjectState;
use crate::unit::turns::Turns;

/// All new and touched objects, and those that come in with them.
pub(crate) async fn take_in(objects: &mut Objects, turns: &mut Turns) -> Result<()> {
    if !objects.has_relations() {
        return Ok(());
    }
    let mut position = 0;
    while let Some(slot) = objects.pending.get(position).copied() {
        take_in_one(objects, slot)?;
        position += 1;
        if turns.is_over(1) {
            turns.give().await;
        }
    }
    for position in 0..objects.touched.len() {
        let slot = objects.touched[position];
        take_in_one(objects, slot)?;
        if turns.is_over(1) {
            turns.give().await;
        }
    }
    // What came in with the touched ones.
    while let Some(slot) = objects.pending.get(position).copied() {
        take_in_one(objects, slot)?;
        position += 1;
        if turns.is_over(1) {
            turns.give().await;
        }
    }
    Ok(())
}

/// What the fields of one object hold.
pub(crate) fn take_in_one(objects: &mut Objects, slot: SlotId) -> Result<()> {
    let state = objects.slot(slot).state;
    let Some(model) = objects.object(slot).map(|object| object.definition()) else { return Ok(()) };
    if model.relations.is_empty() || !matches!(state, ObjectState::Pending | ObjectState::Persistent) {
        return Ok(());
    }
    for relation in links::of(model)? {
        let definition = relation.definition;
        let Some(items) = objects.relation_mut(slot, relation.index) else { continue };
        if items.copied && state == ObjectState::Pending {
            return Err(Error::app(format!(
                "{} is a copy of an object whose {} holds handles: adding it would take them away from the original; \
                 empty the field first, or copy the children as well",
                objects.label(slot),
                relation.name()
            )));
        }
        if state == ObjectState::Pending
            && items.load == Load::Unset
            && definition.kind != RelationKind::BelongsTo
        {
            items.load = Load::Loaded;
        }
        if items.list.is_empty() {
            continue;
        }
        if is_taken_in(objects, slot, relation.index) {
            if definition.kind == RelationKind::BelongsTo && state == ObjectState::Pending {
                stand_in_collection(objects, slot, relation);
            }
            continue;
        }
        let Some(items) = objects.relation_mut(slot, relation.index) else { continue };
        let list = std::mem::take(&mut items.list);
        let mut tracked = Vec::with_capacity(list.len());
        let mut failure = None;
        for item in list {
            match item {
                Item::Owned(object) if definition.cascade.has(Cascade::SAVE) => {
                    let member = objects.add(object);
                    tracked.push(Item::Tracked(member, objects.session));
                }
                Item::Tracked(member, session) if session == objects.session => {
                    match check_member(objects, member, definition.cascade) {
                        Ok(()) => {}
                        Err(reason) => failure = Some(reason),
                    }
                    tracked.push(Item::Tracked(member, session));
                }
                Item::Tracked(member, session) => {
                    failure = Some("a handle of another session".to_owned());
                    tracked.push(Item::Tracked(member, session));
                }
                Item::Owned(object) => {
                    failure = Some(
                        "a new object, and the relation does not cascade \"save-update\": add it first"
                            .into(),
                    );
                    tracked.push(Item::Owned(object));
                }
                Item::Shared(object) => {
                    failure =
                        Some("an object of an untracked result: add it to the session by itself".into());
                    tracked.push(Item::Shared(object));
                }
            }
        }
        if let Some(items) = objects.relation_mut(slot, relation.index) {
            items.list = tracked.into();
        }
        if let Some(reason) = failure {
            return Err(Error::app(format!("{} of {} holds {reason}", relation.name(), objects.label(slot))));
        }
        if definition.kind == RelationKind::BelongsTo && state == ObjectState::Pending {
            stand_in_collection(objects, slot, relation);
        }
    }
    Ok(())
}

/// Whether all that a field holds are objects of the session that need no look: they have a row, or will have one.
fn is_taken_in(objects: &Objects, slot: SlotId, relation: u8) -> bool {
    let is_known = |item: Seen<'_>| match item {
        Seen::Tracked(member, session) => {
            session == objects.session
                && objects.object(member).is_some()
                && objects.slot(member).state != ObjectState::Transient
        }
        Seen::Owned(_) | Seen::Shared(_) => false,
    };
    objects.relation(slot, relation).is_some_and(|items| items.list.iter().all(is_known))
}

fn check_member(objects: &mut Objects, member: SlotId, cascade: Cascade) -> Result<(), String> {
    if objects.object(member).is_none() {
        return Err("a handle whose object is gone".to_owned());
    }
    if objects.slot(member).state == ObjectState::Transient {
        if objects.is_discarded(member) {
            return Err(format!(
                "{}, which was deleted before it was written: give the field something else, or add the object again",
                objects.label(member)
            ));
        }
        if !cascade.has(Cascade::SAVE) {
            return Err(
                "a transient object, and the relation does not cascade \"save-update\": add it first"
                    .to_owned(),
            );
        }
        objects.add_again(member);
    }
    Ok(())
}

/// A new child that names its parent stands in the parent's collection at once, where that is loaded.
fn stand_in_collection(objects: &mut Objects, child: SlotId, relation: &'static links::Relation) {
    let Some(inverse) = relation.inverse else { return };
    let Some(parent) = objects.relation(child, relation.index).and_then(|items| items.slots().next()) else {
        return;
    };
    let lacks = objects
        .relation(parent, inverse)
        .is_some_and(|items| items.load == Load::Loaded && !items.slots().any(|slot| slot == child));
    if !lacks {
        return;
    }
    objects.touch(parent);
    let session = objects.session;
    let is_collection = links::of(relation.target)
        .is_ok_and(|relations| relations[usize::from(inverse)].definition.is_collection());
    if let Some(items) = objects.relation_mut(parent, inverse) {
        if !is_collection {
            items.list.clear();
        }
        items.list.push(Item::Tracked(child, session));
    }
}
