//! Links of many-to-many relations: each pair of objects is linked or not, whichever side said so; a link is a row of the
//! link table, written like any other.

use super::{Effect, KeyCopy, Run};
use crate::error::Result;
use crate::handle::SlotId;
use crate::links::{Link, LinkRow, Relation};
use crate::unit::plan::is_absent;
use crate::unit::slot::ObjectState;
use crate::value::Value;

/// What is to become of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Linked,
    Apart,
}

/// Two objects, in the order of the link table's columns, with the columns of their keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    link: &'static Link,
    sides: [(SlotId, u16); 2],
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
                let here = (owner, relation.local[0]);
                let there = (*member, relation.remote[0]);
                let sides = if link.local[0] == 0 { [here, there] } else { [there, here] };
                let key = (link.model.columns.as_ptr().addr(), sides[0].0, sides[1].0);
                if self.linked.insert(key, wish).is_none() {
                    self.links.push(Pair { link, sides });
                }
            }
        }
    }

    pub(super) fn write_links(&mut self) -> Result<()> {
        for pair in std::mem::take(&mut self.links) {
            let Pair { link, sides } = pair;
            let key = (link.model.columns.as_ptr().addr(), sides[0].0, sides[1].0);
            let mut values = [Value::Null, Value::Null];
            let mut absent = [false, false];
            for (position, (slot, column)) in sides.iter().enumerate() {
                let Some(object) = self.objects.object(*slot) else { continue };
                // The row of a link holds the key that the row of its side has.
                let value = self
                    .objects
                    .slot(*slot)
                    .row_value(*column)
                    .map_or(Value::Null, |value| value.into_value());
                absent[position] = is_absent(object.definition(), *column, value.as_ref());
                values[position] = value;
            }
            let known = if absent.contains(&true) {
                None
            } else {
                self.objects.find(link.model, values.iter().map(Value::as_ref))
            };
            match self.linked.get(&key) {
                Some(Wish::Linked) => self.add_link(pair, values, absent, known),
                Some(Wish::Apart) if !absent.contains(&true) => {
                    let slot = match known {
                        Some(slot) => slot,
                        None => self.objects.place(Box::new(LinkRow::new(link.model, values)), false),
                    };
                    self.delete(slot);
                }
                // A pair that never had a row.
                Some(Wish::Apart) | None => {}
            }
        }
        Ok(())
    }

    fn add_link(&mut self, pair: Pair, values: [Value; 2], absent: [bool; 2], known: Option<SlotId>) {
        let Pair { link, sides } = pair;
        let lives = |slot: SlotId| {
            matches!(self.objects.slot(slot).state, ObjectState::Pending | ObjectState::Persistent)
        };
        if !lives(sides[0].0) || !lives(sides[1].0) {
            return;
        }
        match known.map(|slot| (slot, self.objects.slot(slot).state)) {
            Some((slot, ObjectState::Doomed)) => {
                self.objects.add_again(slot);
                self.objects.effects.undo.push(Effect::Kept(slot));
            }
            Some(_) => {}
            None => {
                let slot = self.objects.add(Box::new(LinkRow::new(link.model, values)));
                self.objects.effects.undo.push(Effect::Linked(slot));
                for (column, (parent, parent_column)) in sides.into_iter().enumerate() {
                    if absent[column] {
                        let column = column as u16;
                        self.copies.push(KeyCopy { child: slot, column, parent, parent_column });
                    }
                }
            }
        }
    }
}
