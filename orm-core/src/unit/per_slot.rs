//! What a flush notes of slots: found by the number of the slot, without hashing, in tables that take memory only around the
//! slots that are noted. Pure.

use crate::handle::SlotId;

/// Slots on a page.
const PAGE: usize = 1 << PAGE_BITS;
const PAGE_BITS: u32 = 8;

/// Places in a list, one for each slot that has any.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// One more than the place; zero where there is none.
    pages: Vec<Option<Box<[u32; PAGE]>>>,
}

impl Places {
    #[inline]
    pub(crate) fn get(&self, slot: SlotId) -> Option<usize> {
        let number = slot.0 as usize;
        let page = self.pages.get(number >> PAGE_BITS)?.as_ref()?;
        (page[number & (PAGE - 1)] as usize).checked_sub(1)
    }

    #[inline]
    pub(crate) fn set(&mut self, slot: SlotId, place: usize) {
        let number = slot.0 as usize;
        let page = number >> PAGE_BITS;
        if page >= self.pages.len() {
            self.pages.resize_with(page + 1, || None);
        }
        let page = self.pages[page].get_or_insert_with(|| Box::new([0; PAGE]));
        page[number & (PAGE - 1)] = place as u32 + 1;
    }
}

/// Stands where nothing follows.
const NONE: u32 = u32::MAX;

/// A list of notes about slots, some for each: in the order in which they were made, and found by their slot.
#[derive(Debug)]
pub(crate) struct PerSlot<T> {
    /// Each with the place of the next one about the same slot.
    notes: Vec<(T, u32)>,
    first: Places,
}

impl<T> Default for PerSlot<T> {
    fn default() -> Self {
        PerSlot { notes: Vec::new(), first: Places::default() }
    }
}

impl<T> PerSlot<T> {
    pub(crate) fn reserve(&mut self, notes: usize) {
        self.notes.reserve(notes);
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.notes.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.notes.len()
    }

    /// Adds a note. Few are made about one slot: the last one is looked for.
    #[inline]
    pub(crate) fn push(&mut self, slot: SlotId, note: T) {
        let place = self.notes.len();
        match self.first.get(slot) {
            None => self.first.set(slot, place),
            Some(mut last) => {
                while self.notes[last].1 != NONE {
                    last = self.notes[last].1 as usize;
                }
                self.notes[last].1 = place as u32;
            }
        }
        self.notes.push((note, NONE));
    }

    /// The place of the first note about a slot that is looked for.
    #[inline]
    pub(crate) fn place(&self, slot: SlotId, is_it: impl Fn(&T) -> bool) -> Option<usize> {
        let mut place = self.first.get(slot)?;
        loop {
            let (note, next) = &self.notes[place];
            if is_it(note) {
                return Some(place);
            }
            if *next == NONE {
                return None;
            }
            place = *next as usize;
        }
    }

    /// The first note about a slot that is looked for.
    #[inline]
    pub(crate) fn find(&self, slot: SlotId, is_it: impl Fn(&T) -> bool) -> Option<&T> {
        Some(&self.notes[self.place(slot, is_it)?].0)
    }

    #[inline]
    pub(crate) fn at(&self, place: usize) -> &T {
        &self.notes[place].0
    }

    #[inline]
    pub(crate) fn at_mut(&mut self, place: usize) -> &mut T {
        &mut self.notes[place].0
    }

    /// The notes about a slot.
    #[inline]
    pub(crate) fn of(&self, slot: SlotId) -> impl Iterator<Item = &T> {
        let mut next = self.first.get(slot);
        std::iter::from_fn(move || {
            let (note, following) = &self.notes[next?];
            next = (*following != NONE).then_some(*following as usize);
            Some(note)
        })
    }

    /// All notes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.notes.iter().map(|(note, _)| note)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_found_by_their_slot_in_the_order_in_which_they_were_made() {
        let mut notes = PerSlot::default();
        let far = SlotId(1_000_000);
        for (slot, note) in [(far, 'a'), (SlotId(0), 'b'), (far, 'c'), (SlotId(255), 'd'), (far, 'e')] {
            notes.push(slot, note);
        }
        assert_eq!(notes.of(far).collect::<String>(), "ace");
        assert_eq!(notes.of(SlotId(255)).collect::<String>(), "d");
        assert_eq!(notes.of(SlotId(1)).count(), 0);
        assert_eq!(notes.iter().collect::<String>(), "abcde");
        assert_eq!(
            (notes.place(far, |note| *note > 'a'), notes.find(far, |note| *note == 'b')),
            (Some(2), None)
        );
    }

    #[test]
    fn only_pages_with_a_slot_take_memory() {
        let mut places = Places::default();
        places.set(SlotId(100_000), 7);
        places.set(SlotId(3), 0);
        assert_eq!((places.get(SlotId(100_000)), places.get(SlotId(3))), (Some(7), Some(0)));
        assert_eq!((places.get(SlotId(4)), places.get(SlotId(u32::MAX))), (None, None));
        assert_eq!(places.pages.iter().flatten().count(), 2);
    }
}
