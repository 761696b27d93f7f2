//! The owners of a relation by the keys that it joins, and the rows that a load finds for each. No I/O, no SQL text; used by
//! the loaders of sessions and of untracked results.
//!
//! Rows mostly come owner after owner: a row is compared with the owner of the one before it, and looked up only where it is
//! of another one.

mod lists;
mod sorting;

use std::hash::{Hash, Hasher};
use std::ops::Range;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rustc_hash::FxHasher;

use crate::dialect::Limits;
use crate::links::Relation;
use crate::value::{Value, ValueRef};

pub(crate) use lists::{Lists, Taken};
pub(crate) use sorting::{Rank, Sorting, key_in_row};

/// The number of a key: keys are counted from zero in the order in which they came.
pub(crate) type KeyNumber = u32;

/// Different keys of owners.
#[derive(Debug)]
pub(crate) struct OwnerKeys {
    /// How many columns a key has.
    width: usize,
    /// The columns of all keys, one key after the other.
    values: Vec<Value>,
    numbers: HashTable<KeyNumber>,
}

impl OwnerKeys {
    /// No keys, and room for those of so many owners.
    pub(crate) fn of(relation: &Relation, owners: usize) -> Self {
        let width = relation.local.len().max(1);
        OwnerKeys {
            width,
            values: Vec::with_capacity(owners * width),
            numbers: HashTable::with_capacity(owners),
        }
    }

    /// How many columns a key has.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.values.len() / self.width
    }

    /// A key's columns.
    pub(crate) fn get(&self, number: KeyNumber) -> &[Value] {
        key_of(&self.values, self.width, number)
    }

    /// The number of a key that is here.
    pub(crate) fn find<'v>(&self, key: impl Iterator<Item = ValueRef<'v>> + Clone) -> Option<KeyNumber> {
        self.numbers.find(hash(key.clone()), |number| self.is(*number, key.clone())).copied()
    }

    /// The number of a key, which it gets now where it is new.
    pub(crate) fn number<'v>(&mut self, key: impl Iterator<Item = ValueRef<'v>> + Clone) -> KeyNumber {
        let OwnerKeys { width, values, numbers } = self;
        let known = |number: &KeyNumber| key_of(values, *width, *number);
        let is_it = |number: &KeyNumber| same(known(number), key.clone());
        let hash_of = |number: &KeyNumber| hash(known(number).iter().map(Value::as_ref));
        match numbers.entry(hash(key.clone()), is_it, hash_of) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(vacant) => {
                let number = KeyNumber::try_from(values.len() / *width)
                    .expect("a load has fewer than four thousand million owners");
                vacant.insert(number);
                values.extend(key.map(ValueRef::to_value));
                number
            }
        }
    }

    /// The same where it is probably a certain one.
    #[inline]
    pub(crate) fn number_near<'v>(
        &mut self,
        near: KeyNumber,
        key: impl Iterator<Item = ValueRef<'v>> + Clone,
    ) -> KeyNumber {
        if (near as usize) < self.len() && self.is(near, key.clone()) { near } else { self.number(key) }
    }

    /// The same for a key of one column.
    #[inline]
    pub(crate) fn number_of_one(&mut self, near: KeyNumber, value: ValueRef<'_>) -> KeyNumber {
        match self.values.get(near as usize) {
            Some(known) if self.width == 1 && known.as_ref() == value => near,
            _ => self.number(std::iter::once(value)),
        }
    }

    #[inline]
    fn is<'v>(&self, number: KeyNumber, key: impl Iterator<Item = ValueRef<'v>>) -> bool {
        same(self.get(number), key)
    }
}

fn key_of(values: &[Value], width: usize, number: KeyNumber) -> &[Value] {
    &values[number as usize * width..][..width]
}

#[inline]
fn same<'v>(known: &[Value], mut key: impl Iterator<Item = ValueRef<'v>>) -> bool {
    known.iter().all(|known| key.next().is_some_and(|value| value == known.as_ref()))
}

fn hash<'v>(key: impl Iterator<Item = ValueRef<'v>>) -> u64 {
    let mut hasher = FxHasher::default();
    for value in key {
        value.hash(&mut hasher);
    }
    hasher.finish()
}

/// Keys that one statement asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyList<'k> {
    pub(crate) keys: &'k OwnerKeys,
    pub(crate) numbers: &'k [KeyNumber],
}

/// How many keys of a relation's owners stand in one list, within what a statement may bind. There is a text for each power
/// of two up to it.
pub(crate) fn keys_of_a_list(relation: &Relation, limits: &Limits) -> usize {
    limits.list_keys.min(limits.parameters / relation.local.len().max(1))
}

impl<'k> KeyList<'k> {
    /// The numbers that are in it, which stand in their order.
    pub(crate) fn range(self) -> Range<KeyNumber> {
        match (self.numbers.first(), self.numbers.last()) {
            (Some(first), Some(last)) => *first..*last + 1,
            _ => 0..0,
        }
    }

    /// Lists grow to the next power of two with a key that is in them already: few texts, the same rows.
    pub(crate) fn padded(self) -> impl Iterator<Item = &'k [Value]> {
        let KeyList { keys, numbers } = self;
        let missing = numbers.len().next_power_of_two() - numbers.len();
        let last = numbers.last().into_iter().cycle().take(missing);
        numbers.iter().chain(last).map(|number| keys.get(*number))
    }
}
