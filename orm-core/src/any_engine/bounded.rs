//! A table of a bounded number of entries. Those that come first stay, and are found without a lock; a program that goes on
//! to make up new ones has them in a second half, which is emptied when it is full.

use std::sync::{Mutex, PoisonError};

use hashbrown::HashTable;

use crate::grown::Grown;

/// Values of type `V` under keys of type `K`. The caller hashes, so that a key need not be built to be looked up.
pub(super) struct Bounded<K, V> {
    capacity: usize,
    first: Grown<K, V>,
    later: Mutex<HashTable<Later<K, V>>>,
}

struct Later<K, V> {
    hash: u64,
    key: K,
    value: V,
}

impl<K: PartialEq, V: Clone> Bounded<K, V> {
    /// An empty table for so many entries, and as many again.
    pub(super) fn new(capacity: usize) -> Self {
        Bounded { capacity, first: Grown::new(capacity), later: Mutex::default() }
    }

    /// The value of the key with this hash that is meant, if it is kept.
    #[inline]
    pub(super) fn find(&self, hash: u64, is_meant: impl Fn(&K) -> bool) -> Option<V> {
        match self.first.find(hash, &is_meant) {
            Some(value) => Some(value.clone()),
            None if self.first.len() < self.capacity => None,
            None => self.find_later(hash, is_meant),
        }
    }

    #[cold]
    fn find_later(&self, hash: u64, is_meant: impl Fn(&K) -> bool) -> Option<V> {
        let later = self.later.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = later.find(hash, |entry| entry.hash == hash && is_meant(&entry.key))?;
        Some(entry.value.clone())
    }

    /// Keeps a value for a key that has none. Where another thread was faster, its value is given.
    pub(super) fn insert(&self, hash: u64, key: K, value: V) -> V {
        if self.first.len() < self.capacity {
            return self.first.insert(hash, key, value).clone();
        }
        // Another thread may have put it in just before the first half was full.
        if let Some(kept) = self.first.find(hash, |known| *known == key) {
            return kept.clone();
        }
        let mut given_up = HashTable::new();
        let mut later = self.later.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = later.find(hash, |entry| entry.hash == hash && entry.key == key) {
            return entry.value.clone();
        }
        if later.len() >= self.capacity {
            given_up = std::mem::take(&mut *later);
        }
        let entry = Later { hash, key, value: value.clone() };
        later.insert_unique(hash, entry, |entry| entry.hash);
        drop(later);
        drop(given_up);
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(table: &Bounded<u64, u64>, key: u64) -> Option<u64> {
        table.find(key % 3, |known| *known == key)
    }

    #[test]
    fn the_first_entries_stay_and_the_later_ones_make_room() {
        let table = Bounded::new(4);
        for key in 0..10 {
            assert_eq!(find(&table, key), None);
            assert_eq!(table.insert(key % 3, key, key * 10), key * 10);
            assert_eq!(find(&table, key), Some(key * 10));
            assert_eq!(table.insert(key % 3, key, 7), key * 10);
        }
        let kept: Vec<u64> = (0..10).filter(|key| find(&table, *key).is_some()).collect();
        assert_eq!(kept, [0, 1, 2, 3, 8, 9]);
    }
}
