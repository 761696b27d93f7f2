//! Takes the rows that a statement reads along: each segment of a row becomes an object of the session, and stands under the
//! key of its owner until the loader fills the fields. Called by the sinks of a session's queries and loads.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::along::{Along, Prefetched};
use crate::engine::{Next, RowSink};
use crate::error::Result;
use crate::handle::SlotId;
use crate::key::KeyValues;
use crate::unit::objects::Objects;
use crate::unit::tracking::{self, Populate, Tracking};
use crate::value::ValueRef;

/// The rows of a relation by the keys of their owners.
pub(crate) type Found = FxHashMap<KeyValues, Vec<SlotId>>;

/// Reads the segments of rows.
pub(crate) struct Reader<'a> {
    along: &'a Along,
    found: Vec<Found>,
    /// The slots of the row under way.
    slots: Vec<Option<SlotId>>,
    /// The members of collections that were met, where rows repeat them.
    seen: FxHashSet<(usize, KeyValues, SlotId)>,
    repeats: bool,
}

impl<'a> Reader<'a> {
    /// For statements that may repeat the rows which others are read along with.
    pub(crate) fn new(along: &'a Along) -> Self {
        Reader::repeating(along, along.multiplies())
    }

    /// For a query: rows are repeated by what is read along alone.
    fn of_query(along: &'a Along) -> Self {
        let mut collections = along.steps.iter().filter(|step| step.multiplies());
        let repeats = match (collections.next(), collections.next()) {
            (Some(only), None) => only.owner.is_some(),
            (first, _) => first.is_some(),
        };
        Reader::repeating(along, repeats)
    }

    fn repeating(along: &'a Along, repeats: bool) -> Self {
        let found = along.steps.iter().map(|_| Found::default()).collect();
        Reader { along, found, slots: Vec::new(), seen: FxHashSet::default(), repeats }
    }

    #[inline]
    pub(crate) fn row(
        &mut self,
        objects: &mut Objects,
        populate: Populate,
        row: &[ValueRef<'_>],
    ) -> Result<()> {
        if self.along.is_empty() { Ok(()) } else { self.segments(objects, populate, row) }
    }

    fn segments(&mut self, objects: &mut Objects, populate: Populate, row: &[ValueRef<'_>]) -> Result<()> {
        self.slots.clear();
        for (position, step) in self.along.steps.iter().enumerate() {
            self.slots.push(None);
            if step.owner.is_some_and(|owner| self.slots[owner].is_none()) {
                continue;
            }
            let found = &mut self.found[position];
            let owner_key = || step.owner_key(row).map(|value| value.to_value()).collect::<KeyValues>();
            let Some(columns) = step.columns(row) else {
                // It is known that there is none.
                found.entry(owner_key()).or_default();
                continue;
            };
            let slot = tracking::take_row(objects, step.relation.target, columns, populate)?;
            self.slots[position] = Some(slot);
            let key = match (&step.relation.link, objects.object(slot)) {
                // Out of the object, so that it has the form in which the owner gives it.
                (None, Some(object)) => {
                    step.relation.remote.iter().map(|column| object.value(*column).into_value()).collect()
                }
                _ => owner_key(),
            };
            if step.multiplies() {
                if !self.repeats || self.seen.insert((position, key.clone(), slot)) {
                    found.entry(key).or_default().push(slot);
                }
            } else {
                found.entry(key).or_insert_with(|| vec![slot]);
            }
        }
        Ok(())
    }

    pub(crate) fn restart(&mut self) {
        self.found.iter_mut().for_each(Found::clear);
        self.seen.clear();
    }

    pub(crate) fn finish(self) -> Prefetched<Found> {
        Prefetched::new(self.along, self.found)
    }
}

/// Takes the rows of a query and what it reads along.
pub(crate) struct TrackingAlong<'t> {
    pub(crate) tracking: Tracking<'t>,
    pub(crate) reader: Reader<'t>,
    met: FxHashSet<SlotId>,
}

impl<'t> TrackingAlong<'t> {
    pub(crate) fn new(tracking: Tracking<'t>, along: &'t Along) -> Self {
        TrackingAlong { tracking, reader: Reader::of_query(along), met: FxHashSet::default() }
    }
}

impl RowSink for TrackingAlong<'_> {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        let TrackingAlong { tracking, reader, met } = self;
        tracking.row(row)?;
        if reader.along.multiplies() && tracking.found.last().is_some_and(|slot| !met.insert(*slot)) {
            tracking.found.pop();
        }
        reader.row(tracking.objects, tracking.populate, row)?;
        Ok(Next::More)
    }

    fn restart(&mut self) {
        self.tracking.restart();
        self.reader.restart();
        self.met.clear();
    }
}
