//! Brings both sides of relations in step with the rows after a flush: references name their parents, loaded collections
//! hold their children. By the values of the foreign keys, whichever way they were changed. No I/O.

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::objects::Objects;
use super::slot::{Held, ObjectState, Slot};
use crate::definition::{Item, Items, Load, ModelDef};
use crate::handle::SlotId;
use crate::key::KeyValues;
use crate::links::{self, Followed, ForeignKey};
use crate::value::{Encoded, Value};

/// A row's parent by one foreign key, before and after.
#[derive(Debug)]
pub(crate) struct Move {
    child: SlotId,
    followed: &'static Followed,
    before: Option<SlotId>,
}

/// Who the rows of a flush belong to before their objects are brought in step. `rows` are those that had a row already.
pub(crate) fn parents_before(objects: &Objects, rows: impl Iterator<Item = SlotId>, moves: &mut Vec<Move>) {
    let mut parents = Parents::new(When::Before);
    for child in rows {
        let Some(object) = objects.object(child) else { continue };
        for followed in links::followed(object.definition()) {
            moves.push(Move { child, followed, before: parents.of(objects, child, followed.key) });
        }
    }
}

/// Rows that are new belonged to nobody.
pub(crate) fn no_parents(objects: &Objects, rows: impl Iterator<Item = SlotId>, moves: &mut Vec<Move>) {
    for child in rows {
        let Some(object) = objects.object(child) else { continue };
        for followed in links::followed(object.definition()) {
            moves.push(Move { child, followed, before: None });
        }
    }
}

/// Before or after the objects were brought in step with their rows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Before,
    After,
}

/// Finds the objects that foreign keys refer to: by the identity map, or, where a key refers to something else than the
/// primary key, by a table that is made the first time.
struct Parents {
    when: When,
    tables: FxHashMap<usize, FxHashMap<KeyValues, SlotId>>,
}

impl Parents {
    fn new(when: When) -> Self {
        Parents { when, tables: FxHashMap::default() }
    }

    /// The parent of a row.
    fn of(&mut self, objects: &Objects, child: SlotId, key: &'static ForeignKey) -> Option<SlotId> {
        let slot = objects.slot(child);
        let mut values: SmallVec<[Encoded<'_>; 2]> = SmallVec::new();
        for column in &key.columns {
            let value = self.value(slot, *column)?;
            if value.as_ref().is_null() {
                return None;
            }
            values.push(value);
        }
        if key.refers_to_key() {
            return objects.find(key.parent, values.iter().map(Encoded::as_ref));
        }
        let mut owned = KeyValues::new();
        for value in values {
            owned.push(value.into_value());
        }
        self.with_key(objects, key, &owned)
    }

    /// The object that has the key.
    fn with_key(
        &mut self,
        objects: &Objects,
        key: &'static ForeignKey,
        values: &KeyValues,
    ) -> Option<SlotId> {
        if values.iter().any(|value| value.as_ref().is_null()) {
            return None;
        }
        if key.refers_to_key() {
            return objects.find(key.parent, values.iter().map(Value::as_ref));
        }
        let address = std::ptr::from_ref(key).addr();
        if !self.tables.contains_key(&address) {
            let mut table = FxHashMap::default();
            for (id, slot) in objects.of_model(key.parent) {
                let has_row = matches!(slot.state, ObjectState::Persistent | ObjectState::Doomed);
                let values = key.referred.iter().map(|column| Some(self.value(slot, *column)?.into_value()));
                if let Some(values) = values.collect::<Option<KeyValues>>().filter(|_| has_row) {
                    table.insert(values, id);
                }
            }
            self.tables.insert(address, table);
        }
        self.tables.get(&address)?.get(values).copied()
    }

    fn value<'s>(&self, slot: &'s Slot, column: u16) -> Option<Encoded<'s>> {
        match self.when {
            When::Before => slot.row_value(column),
            When::After => slot.object.as_deref().map(|object| object.value(column)),
        }
    }
}

/// Brings references and collections in step. Gives what the fields held that were changed, for a rollback.
pub(crate) fn settle(
    objects: &mut Objects,
    moves: Vec<Move>,
    gone: &FxHashSet<SlotId>,
) -> Vec<(SlotId, u8, Held)> {
    let mut undo = Vec::new();
    let mut parents = Parents::new(When::After);
    for Move { child, followed, before } in moves {
        let Followed { key, reference, collections } = followed;
        let deleted = gone.contains(&child);
        let after = if deleted { None } else { parents.of(objects, child, key) };
        if let Some(reference) = reference
            && !deleted
        {
            point(objects, child, *reference, key, after, &mut undo);
        }
        for collection in collections {
            if let Some(before) = before.filter(|before| Some(*before) != after) {
                change(objects, before, *collection, &mut undo, |items, _| items.take_out(child));
            }
            if let Some(after) = after {
                let is_conditional = key
                    .parent
                    .relations
                    .get(usize::from(*collection))
                    .is_some_and(|relation| relation.filter.is_some());
                // Only the database knows whether the row meets a condition.
                let is_wrong = |items: &Items| {
                    let is_there = || items.slots().any(|slot| slot == child);
                    items.load == Load::Loaded
                        && if is_conditional { before != Some(after) } else { !is_there() }
                };
                if !objects.relation(after, *collection).is_some_and(is_wrong) {
                    continue;
                }
                change(objects, after, *collection, &mut undo, |items, session| {
                    if is_conditional {
                        *items = Items::not_loaded();
                    } else {
                        items.list.push(Item::Tracked(child, session));
                    }
                    true
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
    key: &'static ForeignKey,
    parent: Option<SlotId>,
    undo: &mut Vec<(SlotId, u8, Held)>,
) {
    // Most references say so already.
    let points_there =
        |items: &Items| parent.is_some() && items.load == Load::Loaded && items.slots().next() == parent;
    if objects.relation(child, reference).is_none_or(points_there) {
        return;
    }
    let is_null = objects
        .object(child)
        .is_some_and(|object| key.columns.iter().any(|column| object.value(*column).as_ref().is_null()));
    change(objects, child, reference, undo, |items, session| {
        let wanted = match parent {
            Some(parent) => Items::loaded(vec![Item::Tracked(parent, session)]),
            None if is_null => Items::loaded(Vec::new()),
            // The parent is not in the session.
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
    /// The row, where the library made it.
    row: Option<SlotId>,
    model: &'static ModelDef,
    sides: [(SlotId, &'static ForeignKey); 2],
    linked: Linked,
}

/// The rows of link tables among the slots. Asked before deleted objects leave the identity map, and after new ones enter it.
pub(crate) fn links(objects: &Objects, slots: &[SlotId], linked: Linked) -> Vec<LinkMove> {
    let mut links = Vec::new();
    let mut parents = Parents::new(When::After);
    // The model that was asked about last: objects come in runs.
    let mut last: Option<(&'static ModelDef, Option<&'static ModelDef>)> = None;
    for slot in slots {
        let Some(object) = objects.object(*slot) else { continue };
        let is_link = (object as &dyn std::any::Any).is::<links::LinkRow>();
        let model = object.definition();
        // The rows of a model that a relation goes through are links as well.
        let through = match last.filter(|(known, _)| known.is(model)) {
            Some((_, through)) => through,
            None => links::link_through(model).map(|link| link.model),
        };
        last = Some((model, through));
        let Some(link) = (if is_link { Some(model) } else { through }) else { continue };
        let Ok([one, other]) = links::references(link) else { continue };
        let mut side = |key: &'static ForeignKey| {
            let columns =
                key.columns.iter().map(|column| model.column(link.columns[usize::from(*column)].name));
            let values = columns.map(|column| Some(object.value(column?.index).into_value()));
            parents.with_key(objects, key, &values.collect::<Option<KeyValues>>()?)
        };
        if let (Some(here), Some(there)) = (side(one), side(other)) {
            let row = is_link.then_some(*slot);
            links.push(LinkMove { row, model: link, sides: [(here, one), (there, other)], linked });
        }
    }
    links
}

/// The rows of links may have changed together with these keys: the session forgets what it knew of them.
pub(crate) fn forget_links(objects: &mut Objects, rekeyed: &[SlotId]) {
    let mut seen: Vec<&'static ModelDef> = Vec::new();
    for slot in rekeyed {
        let Some(model) = objects.object(*slot).map(|object| object.definition()) else { continue };
        if seen.iter().any(|known| known.is(model)) {
            continue;
        }
        seen.push(model);
        for link in links::of(model).unwrap_or_default().iter().filter_map(|relation| relation.link.as_ref())
        {
            let is_row = |slot: &Slot| {
                let object = slot.object.as_deref().map(|object| object as &dyn std::any::Any);
                object.is_some_and(|object| object.is::<links::LinkRow>())
            };
            let rows: Vec<SlotId> =
                objects.of_model(link.model).filter(|(_, slot)| is_row(slot)).map(|(slot, _)| slot).collect();
            for row in rows {
                objects.evict(row);
            }
        }
    }
}

/// Both sides' loaded collections follow their links.
pub(crate) fn settle_links(objects: &mut Objects, links: &[LinkMove], undo: &mut Vec<(SlotId, u8, Held)>) {
    for LinkMove { row, model, sides: [one, other], linked } in links {
        let mut stands_for = None;
        for ((here, key), (there, _)) in [(*one, *other), (*other, *one)] {
            let Some(owner) = objects.object(here).map(|object| object.definition()) else { continue };
            let Ok(relations) = links::of(owner) else { continue };
            for relation in relations {
                let same = relation
                    .link
                    .as_ref()
                    .is_some_and(|link| link.model.is(model) && link.local == key.columns);
                if !same {
                    continue;
                }
                stands_for = stands_for.or(relation.link.as_ref().and_then(|link| link.through));
                let is_conditional = relation.definition.filter.is_some();
                change(objects, here, relation.index, undo, |items, session| {
                    let has = items.slots().any(|slot| slot == there);
                    match linked {
                        Linked::Added if is_conditional && items.load == Load::Loaded => {
                            *items = Items::not_loaded();
                            true
                        }
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
        let (Some(row), Some(through), Linked::Added) = (row, stands_for, linked) else { continue };
        // The row belongs to an object that nobody read yet: who holds such objects has to ask for it.
        for here in [one.0, other.0] {
            let Some(owner) = objects.object(here).map(|object| object.definition()) else { continue };
            for relation in links::of(owner).unwrap_or_default() {
                if relation.target.is(through) && !relation.holds_key() && relation.link.is_none() {
                    change(objects, here, relation.index, undo, |items, _| {
                        let knows = items.load == Load::Loaded;
                        if knows {
                            *items = Items::not_loaded();
                        }
                        knows
                    });
                }
            }
        }
        objects.evict(*row);
    }
}

/// Whether a link came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Linked {
    Added,
    Removed,
}
