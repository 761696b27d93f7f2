//! Links of many-to-many relations: each pair of objects is linked or not, whichever side said so; a link is a row of the
//! link table, written like any other.

use rustc_hash::FxHashMap;

use super::{Effect, KeyCopy, Run};
use crate::error::{Error, Result};
use crate::handle::SlotId;
use crate::key::KeyValues;
use crate::links::{self, Link, LinkRow, Relation};
use crate::unit::plan::is_absent;
use crate::unit::slot::ObjectState;
use crate::value::Value;

/// What is to become of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Linked,
    Apart,
}

/// Two objects, in the order of the link table's columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    link: &'static Link,
    sides: [Side; 2],
}

/// One object of a link.
#[derive(Clone, Copy, Debug)]
struct Side {
    slot: SlotId,
    /// The columns of its key.
    key: &'static [u16],
    /// The columns of the link that refer to them.
    columns: &'static [u16],
}

/// Which key of an object is meant, where it changes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum KeyOf {
    Row,
    Object,
}

/// The key of a new or known link.
struct LinkKey {
    values: KeyValues,
    /// The columns that are not known yet, with where they come from.
    missing: Vec<(u16, SlotId, u16)>,
}

impl Run<'_> {
    pub(super) fn links_changed(
        &mut self,
        owner: SlotId,
        relation: &'static Relation,
        added: &[SlotId],
        gone: &[SlotId],
    ) {
        let Some(link) = &relation.link else { return };
        for (members, wish) in [(added, Wish::Linked), (gone, Wish::Apart)] {
            for member in members {
                let here = Side { slot: owner, key: &relation.local, columns: &link.local };
                let there = Side { slot: *member, key: &relation.remote, columns: &link.remote };
                // What one side refers by alone tells which one comes first.
                let sides = if link.local < link.remote { [here, there] } else { [there, here] };
                let key = (link.model.address(), sides[0].slot, sides[1].slot);
                if self.linked.insert(key, wish).is_none() {
                    self.links.push(Pair { link, sides });
                }
            }
        }
    }

    pub(super) fn write_links(&mut self) -> Result<()> {
        for pair in std::mem::take(&mut self.links) {
            let Pair { link, sides } = pair;
            let key = (link.model.address(), sides[0].slot, sides[1].slot);
            let Some(wish) = self.linked.get(&key).copied() else { continue };
            // The row of a link that is there holds the key that the row of its side has; a new one gets what that will be.
            let key = self.link_key(&pair, wish, KeyOf::Row)?;
            let known = if key.missing.is_empty() { self.known_link(link, &key.values) } else { None };
            match wish {
                Wish::Linked => {
                    let key = self.link_key(&pair, wish, KeyOf::Object)?;
                    self.add_link(pair, key, known)?;
                }
                Wish::Apart if key.missing.is_empty() => {
                    let slot = match known {
                        Some(slot) => slot,
                        None => self.objects.place(Box::new(LinkRow::new(link.model, key.values)), false),
                    };
                    self.delete(slot);
                }
                // A pair that never had a row.
                Wish::Apart => {}
            }
        }
        Ok(())
    }

    /// The row of a link that the session holds: of the table, or an object of the model that stands for it.
    fn known_link(&mut self, link: &'static Link, values: &KeyValues) -> Option<SlotId> {
        let Some(through) = link.through else {
            return self.objects.find(link.model, values.iter().map(Value::as_ref));
        };
        let objects = &self.objects;
        let known = self.associations.entry(link.model.address()).or_insert_with(|| {
            let mut known = FxHashMap::default();
            for (id, slot) in objects.of_model(through) {
                let columns = link.model.columns.iter().map(|column| through.column(column.name));
                let values: Option<KeyValues> =
                    columns.map(|column| Some(slot.row_value(column?.index)?.into_value())).collect();
                let lives = matches!(
                    slot.state,
                    ObjectState::Pending | ObjectState::Persistent | ObjectState::Doomed
                );
                if let Some(values) = values.filter(|_| lives) {
                    known.insert(values, id);
                }
            }
            known
        });
        known.get(values).copied()
    }

    fn link_key(&self, pair: &Pair, wish: Wish, of: KeyOf) -> Result<LinkKey> {
        let Pair { link, sides } = pair;
        let mut key = LinkKey { values: KeyValues::new(), missing: Vec::new() };
        key.values.resize(link.model.columns.len(), Value::Null);
        for Side { slot, key: own, columns } in sides {
            let Some(object) = self.objects.object(*slot) else { continue };
            for (own, column) in own.iter().zip(*columns) {
                let value = match of {
                    KeyOf::Row => self.objects.slot(*slot).row_value(*own),
                    KeyOf::Object => Some(object.value(*own)),
                };
                let value = value.map_or(Value::Null, |value| value.into_value());
                if is_absent(object.definition(), *own, value.as_ref())
                    || self.asked.copies.source(*slot, *own).is_some()
                {
                    key.missing.push((*column, *slot, *own));
                    continue;
                }
                let before = std::mem::replace(&mut key.values[usize::from(*column)], value);
                let after = &key.values[usize::from(*column)];
                if wish == Wish::Linked && !before.as_ref().is_null() && before != *after {
                    return Err(Error::app(format!(
                        "{} and {} cannot be linked: they have different values for `{}` of `{}`",
                        self.label(sides[0].slot),
                        self.label(sides[1].slot),
                        link.model.columns[usize::from(*column)].name,
                        link.model.table
                    )));
                }
            }
        }
        Ok(key)
    }

    fn add_link(&mut self, pair: Pair, key: LinkKey, known: Option<SlotId>) -> Result<()> {
        let Pair { link, sides } = pair;
        let lives = |slot: SlotId| {
            matches!(self.objects.slot(slot).state, ObjectState::Pending | ObjectState::Persistent)
        };
        if !lives(sides[0].slot) || !lives(sides[1].slot) {
            return Ok(());
        }
        match known.map(|slot| (slot, self.objects.slot(slot).state)) {
            Some((slot, ObjectState::Doomed)) => {
                self.objects.add_again(slot);
                self.objects.effects.undo.push(Effect::Kept(slot));
            }
            Some(_) => {}
            None => {
                let LinkKey { values, missing } = key;
                let slot = self.objects.add(Box::new(LinkRow::new(link.model, values)));
                self.objects.effects.undo.push(Effect::Linked(slot));
                for (column, parent, parent_column) in missing {
                    let keys = links::references(link.model)?.iter();
                    let columns =
                        sides.iter().find(|side| side.slot == parent && side.columns.contains(&column));
                    let key =
                        keys.clone().find(|key| columns.is_some_and(|side| key.columns == side.columns));
                    if let Some(key) = key {
                        let copy = KeyCopy { child: slot, column, parent, parent_column, key };
                        self.asked.copies.push(slot, copy);
                    }
                }
            }
        }
        Ok(())
    }
}
