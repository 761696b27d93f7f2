//! A table that only grows. A reader takes no lock and writes nothing, so that threads which look up the same entries do
//! not wait for each other; what it finds stays where it is.

use std::hash::{BuildHasher, BuildHasherDefault, Hash};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustc_hash::FxHasher;

/// Values of type `V` under keys of type `K`. The caller hashes, so that a key need not be built to be looked up.
pub(crate) struct Grown<K, V> {
    /// A power of two of chains.
    chains: Box<[Chain<K, V>]>,
    count: AtomicUsize,
}

type Chain<K, V> = OnceLock<Box<Entry<K, V>>>;

struct Entry<K, V> {
    hash: u64,
    key: K,
    value: V,
    next: Chain<K, V>,
}

impl<K: PartialEq, V> Grown<K, V> {
    /// An empty table of so many chains, rounded up to a power of two.
    pub(crate) fn new(chains: usize) -> Self {
        let chains = (0..chains.next_power_of_two()).map(|_| OnceLock::new()).collect();
        Grown { chains, count: AtomicUsize::new(0) }
    }

    #[inline]
    fn chain(&self, hash: u64) -> &Chain<K, V> {
        &self.chains[hash as usize & (self.chains.len() - 1)]
    }

    /// The value of the key with this hash that is meant, if there is one.
    #[inline]
    pub(crate) fn find(&self, hash: u64, is_meant: impl Fn(&K) -> bool) -> Option<&V> {
        let mut chain = self.chain(hash);
        while let Some(entry) = chain.get() {
            if entry.hash == hash && is_meant(&entry.key) {
                return Some(&entry.value);
            }
            chain = &entry.next;
        }
        None
    }

    /// Keeps a value for a key. Where another thread was faster, its value stays; the one that is kept is given.
    pub(crate) fn insert(&self, hash: u64, key: K, value: V) -> &V {
        let mut new = Some(Box::new(Entry { hash, key, value, next: OnceLock::new() }));
        let mut chain = self.chain(hash);
        loop {
            let entry = chain.get_or_init(|| {
                self.count.fetch_add(1, Ordering::Relaxed);
                new.take().expect("it is put in once, and then found")
            });
            match &new {
                Some(new) if entry.hash != hash || entry.key != new.key => chain = &entry.next,
                Some(_) | None => return &entry.value,
            }
        }
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }
}

/// The hash that a key is kept under.
#[inline]
pub(crate) fn hash<T: Hash + ?Sized>(key: &T) -> u64 {
    BuildHasherDefault::<FxHasher>::default().hash_one(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_one_chain_are_told_apart_and_the_first_of_a_key_stays() {
        let table: Grown<&str, i32> = Grown::new(1);
        assert_eq!((*table.insert(7, "a", 1), *table.insert(7, "b", 2), *table.insert(9, "c", 3)), (1, 2, 3));
        assert_eq!(*table.insert(7, "b", 4), 2);
        assert_eq!(table.find(7, |key| *key == "b"), Some(&2));
        assert_eq!(table.find(9, |key| *key == "b"), None);
        assert_eq!(table.len(), 3);
    }

    #[test]
    fn threads_that_put_in_the_same_key_get_the_same_value() {
        let table: Grown<u64, u64> = Grown::new(4);
        let kept: Vec<Vec<u64>> = std::thread::scope(|scope| {
            let put = |thread: u64| (0..50).map(|key| *table.insert(key, key, thread)).collect();
            let threads: Vec<_> = (0..4).map(|thread| scope.spawn(move || put(thread))).collect();
            threads.into_iter().map(|thread| thread.join().expect("no thread panics")).collect()
        });
        assert!(kept.iter().all(|values| *values == kept[0]));
        assert_eq!(table.len(), 50);
    }
}
