//! The prepared statements that a connection keeps: found by the identity of their text, else by the text; the one that
//! was used longest ago makes room. Pure bookkeeping; called by [`crate::raw`], which sees to it that no statement of the
//! cache is in use while one is put in.

use std::sync::Arc;

use orm_core::engine::Sql;
use rustc_hash::FxHashMap;

/// A text that is rendered anew each time comes with a new identity each time: a slot remembers only the last few.
const IDS_OF_A_SLOT: usize = 4;

/// Statements of type `S` under their texts.
#[derive(Debug)]
pub(crate) struct StatementCache<S> {
    capacity: usize,
    slots: Vec<Slot<S>>,
    by_id: FxHashMap<u64, usize>,
    by_text: FxHashMap<Arc<str>, usize>,
    uses: u64,
}

#[derive(Debug)]
struct Slot<S> {
    statement: S,
    text: Arc<str>,
    /// Zero where there is none: identities start at one.
    ids: [u64; IDS_OF_A_SLOT],
    last_use: u64,
}

impl<S> StatementCache<S> {
    /// An empty cache for at least one statement.
    pub(crate) fn new(capacity: usize) -> Self {
        StatementCache {
            capacity: capacity.max(1),
            slots: Vec::new(),
            by_id: FxHashMap::default(),
            by_text: FxHashMap::default(),
            uses: 0,
        }
    }

    /// The statement of a text, if it is kept.
    #[inline]
    pub(crate) fn find(&mut self, sql: &Sql) -> Option<&S> {
        let index = match self.by_id.get(&sql.id()) {
            Some(index) => *index,
            None => self.find_by_text(sql)?,
        };
        self.uses += 1;
        let slot = &mut self.slots[index];
        slot.last_use = self.uses;
        Some(&slot.statement)
    }

    #[cold]
    fn find_by_text(&mut self, sql: &Sql) -> Option<usize> {
        let index = *self.by_text.get(sql.text())?;
        let slot = &mut self.slots[index];
        let oldest = slot.ids[IDS_OF_A_SLOT - 1];
        slot.ids.rotate_right(1);
        slot.ids[0] = sql.id();
        self.by_id.remove(&oldest);
        self.by_id.insert(sql.id(), index);
        Some(index)
    }

    /// Keeps a statement for a text that has none, in place of another where the cache is full.
    pub(crate) fn insert(&mut self, sql: &Sql, statement: S) -> &S {
        self.uses += 1;
        let text: Arc<str> = sql.text().into();
        let mut ids = [0; IDS_OF_A_SLOT];
        ids[0] = sql.id();
        let slot = Slot { statement, text: Arc::clone(&text), ids, last_use: self.uses };
        let index = if self.slots.len() < self.capacity {
            self.slots.push(slot);
            self.slots.len() - 1
        } else {
            let index = self.least_recent();
            let old = std::mem::replace(&mut self.slots[index], slot);
            self.by_text.remove(&old.text);
            for id in old.ids {
                self.by_id.remove(&id);
            }
            index
        };
        self.by_text.insert(text, index);
        self.by_id.insert(sql.id(), index);
        &self.slots[index].statement
    }

    /// Preparing costs microseconds; a walk over some hundred numbers costs a fraction of one.
    fn least_recent(&self) -> usize {
        let mut index = 0;
        for (candidate, slot) in self.slots.iter().enumerate() {
            if slot.last_use < self.slots[index].last_use {
                index = candidate;
            }
        }
        index
    }

    #[cfg(test)]
    fn texts(&self) -> Vec<&str> {
        self.slots.iter().map(|slot| &*slot.text).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statement_used_longest_ago_makes_room() {
        let mut cache = StatementCache::new(2);
        let (a, b, c) = (Sql::new("a"), Sql::new("b"), Sql::new("c"));
        cache.insert(&a, 'a');
        cache.insert(&b, 'b');
        assert_eq!(cache.find(&a), Some(&'a'));
        cache.insert(&c, 'c');
        assert_eq!(cache.texts(), ["a", "c"]);
        assert_eq!(cache.find(&a), Some(&'a'));
        assert_eq!(cache.find(&b), None);
        assert_eq!(cache.find(&c), Some(&'c'));
    }

    #[test]
    fn equal_texts_of_other_identities_share_a_statement_and_few_identities_are_remembered() {
        let mut cache = StatementCache::new(2);
        cache.insert(&Sql::new("a"), 'a');
        for _ in 0..100 {
            assert_eq!(cache.find(&Sql::new("a")), Some(&'a'));
        }
        assert_eq!(cache.by_id.len(), IDS_OF_A_SLOT);
    }

    #[test]
    fn an_identity_does_not_outlive_its_statement() {
        let mut cache = StatementCache::new(1);
        let (a, b) = (Sql::new("a"), Sql::new("b"));
        cache.insert(&a, 'a');
        cache.insert(&b, 'b');
        assert_eq!(cache.find(&a), None);
        assert_eq!((cache.by_id.len(), cache.by_text.len()), (1, 1));
    }
}
