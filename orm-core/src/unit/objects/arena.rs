//! Where the slots of a session stand: in chunks, so that a session that grows moves none of them, and takes no memory ahead
//! but for the rest of a chunk. Slots are never taken out. No I/O.

use crate::handle::SlotId;
use crate::unit::slot::Slot;

/// Slots in a chunk. The first one grows to it by and by: most sessions hold few objects.
const CHUNK: usize = 1 << CHUNK_BITS;
const CHUNK_BITS: u32 = 10;
/// How many the first chunk has room for at first, and how many times as many when that is full.
const FIRST: usize = 4;
const GROWTH: usize = 4;

#[derive(Debug, Default)]
pub(super) struct Arena {
    /// All but the last are full.
    chunks: Vec<Vec<Slot>>,
}

impl Arena {
    /// How many slots there are; the next one gets this number.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.chunks.last().map_or(0, |last| ((self.chunks.len() - 1) << CHUNK_BITS) + last.len())
    }

    #[inline]
    pub(super) fn get(&self, id: SlotId) -> Option<&Slot> {
        let (chunk, place) = place(id);
        self.chunks.get(chunk)?.get(place)
    }

    #[inline]
    pub(super) fn slot(&self, id: SlotId) -> &Slot {
        let (chunk, place) = place(id);
        &self.chunks[chunk][place]
    }

    #[inline]
    pub(super) fn slot_mut(&mut self, id: SlotId) -> &mut Slot {
        let (chunk, place) = place(id);
        &mut self.chunks[chunk][place]
    }

    #[inline]
    pub(super) fn push(&mut self, slot: Slot) -> SlotId {
        let number = self.len();
        let id = u32::try_from(number).expect("a session holds fewer than four thousand million objects");
        match self.chunks.last_mut() {
            Some(last) if last.len() < last.capacity().min(CHUNK) => last.push(slot),
            _ => self.push_into_more(slot),
        }
        SlotId(id)
    }

    #[cold]
    fn push_into_more(&mut self, slot: Slot) {
        match self.chunks.last_mut() {
            // Only the first one is without its full room.
            Some(first) if first.len() < CHUNK => {
                first.reserve_exact((first.len() * GROWTH).min(CHUNK) - first.len());
                first.push(slot);
            }
            full => {
                let room = if full.is_some() { CHUNK } else { FIRST };
                let mut chunk = Vec::with_capacity(room);
                chunk.push(slot);
                self.chunks.push(chunk);
            }
        }
    }

    /// All slots, in the order in which they were taken.
    pub(super) fn iter(&self) -> impl Iterator<Item = (SlotId, &Slot)> {
        self.chunks.iter().flatten().enumerate().map(|(number, slot)| (SlotId(number as u32), slot))
    }
}

#[inline]
fn place(id: SlotId) -> (usize, usize) {
    let number = id.0 as usize;
    (number >> CHUNK_BITS, number & (CHUNK - 1))
}
