//! The rows of each owner while a load reads them: those of one owner that come together are collected in one place, and then
//! moved into its list at once.

use std::ops::Range;

use super::{KeyNumber, Rank};
use crate::definition::Block;
use crate::handle::SlotId;

/// What holds the rows of an owner.
pub(crate) trait Store: Sized {
    fn len(&self) -> usize;
    fn truncate(&mut self, rows: usize);
    /// Moves all rows behind those of another store; the room stays.
    fn move_to(&mut self, other: &mut Self);
    /// Moves all rows into a store of just their size; the room stays.
    fn take(&mut self) -> Self;
}

impl Store for Vec<SlotId> {
    fn len(&self) -> usize {
        self.len()
    }

    fn truncate(&mut self, rows: usize) {
        self.truncate(rows);
    }

    fn move_to(&mut self, other: &mut Self) {
        other.append(self);
    }

    fn take(&mut self) -> Self {
        let mut exact = Vec::with_capacity(self.len());
        exact.append(self);
        exact
    }
}

impl Store for Box<dyn Block> {
    fn len(&self) -> usize {
        self.as_ref().len()
    }

    fn truncate(&mut self, rows: usize) {
        self.as_mut().truncate(rows);
    }

    fn move_to(&mut self, other: &mut Self) {
        other.append(self.as_mut());
    }

    fn take(&mut self) -> Self {
        self.as_mut().take()
    }
}

/// The rows of each owner, by the numbers of their keys.
#[derive(Debug)]
pub(crate) struct Lists<S> {
    lists: Vec<List<S>>,
    takes_any: bool,
    /// Whose row came last.
    owner: KeyNumber,
    /// Whether its rows are taken, and those that are not in its list yet.
    is_running: bool,
    run: S,
    last: Rank,
    is_sorted: bool,
    /// The owners that the statement under way was asked about. A database whose texts are equal in upper and lower case gives
    /// rows of others as well.
    asked: Range<KeyNumber>,
    /// How long lists were before the statement under way put rows into them.
    before: Vec<(KeyNumber, usize)>,
}

#[derive(Debug)]
struct List<S> {
    rows: Option<S>,
    last: Rank,
    is_sorted: bool,
}

/// The rows of an owner, when all came.
#[derive(Debug)]
pub(crate) enum Taken<S> {
    None,
    Sorted(S),
    /// They came in another order than that of their ranks.
    Unsorted(S),
}

impl<S: Store> Lists<S> {
    /// No rows for each of so many keys. The store is empty.
    pub(crate) fn new(keys: usize, store: S) -> Self {
        let mut lists = Self::of_any(store);
        lists.lists.resize_with(keys, List::new);
        lists.takes_any = false;
        lists
    }

    /// For statements that follow a relation to its end, and so come to owners that they were not asked about.
    pub(crate) fn of_any(store: S) -> Self {
        Lists {
            lists: Vec::new(),
            takes_any: true,
            owner: 0,
            is_running: false,
            run: store,
            last: Rank::LEAST,
            is_sorted: true,
            asked: 0..0,
            before: Vec::new(),
        }
    }

    /// Whose row came last.
    #[inline]
    pub(crate) fn last_owner(&self) -> KeyNumber {
        self.owner
    }

    /// The rows of an owner that came last.
    pub(crate) fn run_of(&self, owner: KeyNumber) -> Option<&S> {
        if self.is_running && owner == self.owner {
            return Some(&self.run);
        }
        self.lists.get(owner as usize)?.rows.as_ref()
    }

    /// Where a row of an owner goes; nowhere if nobody asked for it.
    #[inline]
    pub(crate) fn place(&mut self, owner: KeyNumber, rank: Rank) -> Option<&mut S> {
        let goes_on = self.is_running && owner == self.owner;
        if !goes_on && !self.turn_to(owner) {
            return None;
        }
        self.is_sorted &= self.last <= rank;
        self.last = rank;
        Some(&mut self.run)
    }

    /// Whether the rows of an owner are taken, which come now.
    fn turn_to(&mut self, owner: KeyNumber) -> bool {
        self.end_run();
        if !self.takes_any && !self.asked.contains(&owner) {
            return false;
        }
        let index = owner as usize;
        if index >= self.lists.len() {
            self.lists.resize_with(index + 1, List::new);
        }
        let list = &self.lists[index];
        (self.owner, self.last, self.is_sorted) = (owner, list.last, list.is_sorted);
        self.is_running = true;
        true
    }

    fn end_run(&mut self) {
        if !std::mem::take(&mut self.is_running) || self.run.len() == 0 {
            return;
        }
        let list = &mut self.lists[self.owner as usize];
        self.before.push((self.owner, list.rows.as_ref().map_or(0, S::len)));
        match &mut list.rows {
            Some(rows) => self.run.move_to(rows),
            none => *none = Some(self.run.take()),
        }
        (list.last, list.is_sorted) = (self.last, self.is_sorted);
    }

    /// Another statement begins, which asks about these owners.
    pub(crate) fn begin(&mut self, asked: Range<KeyNumber>) {
        self.end_run();
        self.before.clear();
        self.asked = asked;
    }

    /// Forgets the rows of the statement under way.
    pub(crate) fn restart(&mut self) {
        self.is_running = false;
        self.run.truncate(0);
        while let Some((owner, length)) = self.before.pop() {
            if let Some(rows) = &mut self.lists[owner as usize].rows {
                rows.truncate(length);
            }
        }
    }

    /// No more rows come.
    pub(crate) fn finish(&mut self) {
        self.end_run();
    }

    /// Gives an owner rows that are known already.
    pub(crate) fn set(&mut self, owner: KeyNumber, rows: S) {
        if let Some(list) = self.lists.get_mut(owner as usize) {
            list.rows = Some(rows);
        }
    }

    /// The rows of an owner.
    pub(crate) fn get_mut(&mut self, owner: KeyNumber) -> Option<&mut S> {
        self.lists.get_mut(owner as usize)?.rows.as_mut()
    }

    /// Those whose rows came in another order than that of their ranks, for the caller to sort.
    pub(crate) fn unsorted(&mut self) -> impl Iterator<Item = &mut S> {
        self.lists.iter_mut().filter_map(|list| match std::mem::replace(&mut list.is_sorted, true) {
            true => None,
            false => list.rows.as_mut(),
        })
    }

    /// The rows of an owner, to keep.
    pub(crate) fn take(&mut self, owner: KeyNumber) -> Taken<S> {
        let Some(list) = self.lists.get_mut(owner as usize) else { return Taken::None };
        match (list.rows.take(), list.is_sorted) {
            (None, _) => Taken::None,
            (Some(rows), true) => Taken::Sorted(rows),
            (Some(rows), false) => Taken::Unsorted(rows),
        }
    }

    /// The rows of all owners, in the order of the keys.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut S> {
        self.lists.iter_mut().filter_map(|list| list.rows.as_mut())
    }
}

impl<S> List<S> {
    fn new() -> Self {
        List { rows: None, last: Rank::LEAST, is_sorted: true }
    }
}
