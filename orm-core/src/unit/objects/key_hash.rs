//! The hash of a row's key, under which the identity map finds its slot. Pure.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use crate::definition::{AnyModel, ModelDef};
use crate::unit::slot_map;
use crate::value::{Encoded, ValueRef};

/// The hash of a row's key. Kept in the identity map, which so grows without reading slots, and in the slot, which is found by it
/// when it leaves the map, whatever its object holds by then.
///
/// Keys that are one integer stand in the map in runs of neighbours. Rows mostly come in the order of such keys, so that a map
/// of many rows is filled and read from the processor's cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyHash(u32);

/// The same keys of different models are different rows.
#[inline]
fn seed(model: &ModelDef) -> u64 {
    model.address() as u64
}

impl KeyHash {
    /// The hash of the key of a row that was read.
    #[inline]
    pub(super) fn of_row(model: &ModelDef, row: &[ValueRef<'_>]) -> KeyHash {
        if let [only] = model.primary_key
            && let ValueRef::Int(integer) = row[usize::from(*only)]
        {
            return KeyHash::of_integer(seed(model), integer);
        }
        KeyHash::of_key(model, model.primary_key.iter().map(|column| row[usize::from(*column)]))
    }

    pub(super) fn of_key<'v>(model: &ModelDef, mut key: impl Iterator<Item = ValueRef<'v>>) -> KeyHash {
        let seed = seed(model);
        let first = key.next().unwrap_or(ValueRef::Null);
        match (model.primary_key, first) {
            ([_], ValueRef::Int(integer)) => KeyHash::of_integer(seed, integer),
            // Equal to 0 and 1, so of the same hash.
            ([_], ValueRef::Bool(value)) => KeyHash::of_integer(seed, value.into()),
            _ => KeyHash::of_values(seed, first, key),
        }
    }

    /// The hash of the key that an object itself bears.
    #[inline]
    pub(super) fn of_object(object: &dyn AnyModel) -> KeyHash {
        let model = object.definition();
        if let [only] = model.primary_key
            && let Encoded::Borrowed(ValueRef::Int(integer)) = object.value(*only)
        {
            return KeyHash::of_integer(seed(model), integer);
        }
        let mut key: smallvec::SmallVec<[Encoded<'_>; 2]> = smallvec::SmallVec::new();
        for column in model.primary_key {
            key.push(object.value(*column));
        }
        KeyHash::of_key(model, key.iter().map(Encoded::as_ref))
    }

    #[inline]
    fn of_integer(seed: u64, integer: i64) -> KeyHash {
        KeyHash(slot_map::place(seed, integer as u64))
    }

    fn of_values<'v>(seed: u64, first: ValueRef<'v>, others: impl Iterator<Item = ValueRef<'v>>) -> KeyHash {
        let mut hasher = FxHasher::default();
        hasher.write_u64(seed);
        first.hash(&mut hasher);
        for value in others {
            value.hash(&mut hasher);
        }
        let hash = hasher.finish();
        KeyHash((hash >> 32) as u32 ^ hash as u32)
    }

    /// The same for a table.
    #[inline]
    pub(super) fn for_table(self) -> u64 {
        slot_map::hash_of_place(self.0)
    }
}
