//! Which objects came from one query, so that a relation of one is loaded for all; and which relations a query said must not
//! be loaded. No I/O.

use super::Objects;
use crate::handle::SlotId;

/// The objects of one query. Those of a first load stand side by side, and take no list.
#[derive(Debug)]
enum Cohort {
    Run { first: SlotId, count: u32 },
    List(Box<[SlotId]>),
}

/// The cohorts of a session. The first one is nobody's.
#[derive(Debug, Default)]
pub(super) struct Cohorts(Vec<Cohort>);

impl Cohorts {
    /// Takes a query's objects, and gives the number that they bear from now on; zero is for those that came alone.
    fn add(&mut self, found: &[SlotId]) -> Option<u32> {
        let number = u32::try_from(self.0.len() + 1).ok()?;
        let in_a_row = found.windows(2).all(|pair| pair[1].0 == pair[0].0.wrapping_add(1));
        self.0.push(match found {
            [first, ..] if in_a_row => Cohort::Run { first: *first, count: found.len() as u32 },
            _ => Cohort::List(found.into()),
        });
        Some(number)
    }

    fn members(&self, number: u32) -> impl Iterator<Item = SlotId> + '_ {
        let cohort = (number as usize).checked_sub(1).and_then(|place| self.0.get(place));
        let (run, list) = match cohort {
            Some(Cohort::Run { first, count }) => (first.0..first.0 + count, &[][..]),
            Some(Cohort::List(list)) => (0..0, &list[..]),
            None => (0..0, &[][..]),
        };
        run.map(SlotId).chain(list.iter().copied())
    }
}

impl Objects {
    /// Notes that these objects came from one query.
    pub(crate) fn remember_cohort(&mut self, found: &[SlotId]) {
        let [first, _, ..] = found else { return };
        if self.object(*first).is_none_or(|object| object.definition().relations.is_empty()) {
            return;
        }
        let Some(cohort) = self.cohorts.add(found) else { return };
        for slot in found {
            self.slot_mut(*slot).cohort = cohort;
        }
    }

    /// The objects of the query that gave an object last; none where it came alone.
    pub(crate) fn siblings(&self, slot: SlotId) -> impl Iterator<Item = SlotId> + '_ {
        self.cohorts.members(self.slot(slot).cohort)
    }

    /// Marks a relation of these objects as one that queries alone load.
    pub(crate) fn refuse(&mut self, owners: &[SlotId], relation: u8) {
        self.refused.extend(owners.iter().map(|owner| (*owner, relation)));
    }

    /// Whether a relation of an object is marked so.
    pub(crate) fn refuses(&self, owner: SlotId, relation: u8) -> bool {
        !self.refused.is_empty() && self.refused.contains(&(owner, relation))
    }
}
