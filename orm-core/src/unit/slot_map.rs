//! Maps and sets by slot. Slots are numbers in a row, and a flush walks them in that order, so neighbours stand side by side
//! in the map: one of many objects is filled and read from the processor's cache. Pure.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// A map by slot, or by a slot and something else, such as a column of it.
pub(crate) type SlotMap<K, V> = HashMap<K, V, BuildHasherDefault<SlotHasher>>;

/// The same as a set.
pub(crate) type SlotSet<K> = HashSet<K, BuildHasherDefault<SlotHasher>>;

/// 2^64 over the golden ratio: multiples of it are spread evenly in their upper bits.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Numbers in a row stand together in runs of so many: as many places as a map looks at in one step.
const RUN_BITS: u32 = 4;

/// The place of a number in a map, whose size takes as many of the lower bits as it needs. Runs that follow each other fall
/// between each other, and hardly ever meet, whatever their distance.
#[inline]
pub(crate) fn place(seed: u64, number: u64) -> u32 {
    let run = (number >> RUN_BITS).wrapping_mul(SPREAD).wrapping_add(seed.wrapping_mul(SPREAD));
    // What tells multiples of the ratio apart are the upper bits.
    let place_of_run = run.reverse_bits() as u32;
    place_of_run << RUN_BITS | (number as u32 & ((1 << RUN_BITS) - 1))
}

/// The hash of a place. A map tells neighbours apart by the upper bits.
#[inline]
pub(crate) fn hash_of_place(place: u32) -> u64 {
    let place = u64::from(place);
    (place.wrapping_mul(SPREAD) & !u64::from(u32::MAX)) | place
}

/// Hashes a slot and what stands beside it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SlotHasher {
    slot: u32,
    others: u64,
}

impl Hasher for SlotHasher {
    #[inline]
    fn write_u32(&mut self, slot: u32) {
        self.slot = self.slot.rotate_left(16) ^ slot;
    }

    #[inline]
    fn write_u8(&mut self, number: u8) {
        self.write_u64(number.into());
    }

    #[inline]
    fn write_u16(&mut self, number: u16) {
        self.write_u64(number.into());
    }

    #[inline]
    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    #[inline]
    fn write_u64(&mut self, number: u64) {
        self.others = self.others.wrapping_add(number).wrapping_mul(SPREAD);
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u8(*byte);
        }
    }

    #[inline]
    fn finish(&self) -> u64 {
        hash_of_place(place(self.others, self.slot.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handle::SlotId;

    /// How many places are taken, on average, before a number finds a free one in a map of twice their count.
    fn taken_before(numbers: impl ExactSizeIterator<Item = u64>) -> f64 {
        let count = numbers.len();
        let size = (count as u32 * 2).next_power_of_two();
        let mut places = vec![false; size as usize];
        let mut steps = 0;
        for number in numbers {
            let mut at = place(7, number);
            while std::mem::replace(&mut places[(at % size) as usize], true) {
                at += 1;
                steps += 1;
            }
        }
        f64::from(steps) / count as f64
    }

    #[test]
    fn numbers_in_a_row_and_at_even_distances_hardly_meet() {
        for distance in [1, 2, 16, 64, 1_000, 1 << 20, 1 << 40] {
            let steps = taken_before((0..100_000_usize).map(|number| number as u64 * distance));
            assert!(steps < 12.0, "{steps} steps on average at the distance {distance}");
        }
    }

    #[test]
    fn a_slot_has_a_place_for_each_column() {
        let mut map: SlotMap<(SlotId, u16), u32> = SlotMap::default();
        for slot in 0..1_000 {
            for column in 0..3 {
                map.insert((SlotId(slot), column), slot + u32::from(column));
            }
        }
        assert_eq!(map.len(), 3_000);
        assert_eq!(map.get(&(SlotId(500), 2)), Some(&502));
    }
}
