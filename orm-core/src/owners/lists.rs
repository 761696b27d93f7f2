//! The rows of each owner while a load reads them: those of one owner that come together are collected in one place, and then
//! moved into its list at once.

use std::ops::Range;

use super::{KeyNumber, Rank};

/// The rows of each owner, by the numbers of their keys.
#[derive(Debug)]
pub(crate) struct Lists<M> {
    lists: Vec<List<M>>,
    takes_any: bool,
    /// Whose row came last.
    owner: KeyNumber,
    /// Its rows that are not in its list yet.
    run: Vec<M>,
    last: Rank,
    is_sorted: bool,
    /// The owners that the statement under way was asked about. A database whose texts are equal in upper and lower case gives
    /// rows of others as well.
    asked: Range<KeyNumber>,
    /// How long lists were before the statement under way put rows into them.
    before: Vec<(KeyNumber, usize)>,
}

#[derive(Debug)]
struct List<M> {
    members: Vec<M>,
    last: Rank,
    is_sorted: bool,
}

impl<M> Lists<M> {
    /// An empty list for each of so many keys.
    pub(crate) fn new(keys: usize) -> Self {
        let mut lists = Self::of_any();
        lists.lists.resize_with(keys, List::new);
        lists.takes_any = false;
        lists
    }

    /// For statements that follow a relation to its end, and so come to owners that they were not asked about.
    pub(crate) fn of_any() -> Self {
        Lists {
            lists: Vec::new(),
            takes_any: true,
            owner: 0,
            run: Vec::new(),
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

    /// Whether the list of a key ends with this row.
    pub(crate) fn ends_with(&self, owner: KeyNumber, member: &M) -> bool
    where
        M: PartialEq,
    {
        let last = if owner == self.owner { self.run.last() } else { None };
        last.or_else(|| self.lists.get(owner as usize)?.members.last()) == Some(member)
    }

    /// Takes a row.
    #[inline]
    pub(crate) fn push(&mut self, owner: KeyNumber, member: M, rank: Rank) {
        if (owner != self.owner || self.run.is_empty()) && !self.turn_to(owner) {
            return;
        }
        self.is_sorted &= self.last <= rank;
        self.last = rank;
        self.run.push(member);
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
        true
    }

    fn end_run(&mut self) {
        if self.run.is_empty() {
            return;
        }
        let list = &mut self.lists[self.owner as usize];
        self.before.push((self.owner, list.members.len()));
        list.members.append(&mut self.run);
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
        self.run.clear();
        while let Some((owner, length)) = self.before.pop() {
            self.lists[owner as usize].members.truncate(length);
        }
    }

    /// No more rows come: sorts the lists whose rows came in another order than that of their ranks.
    pub(crate) fn finish(&mut self, rank: impl Fn(&M) -> Rank) {
        self.end_run();
        for list in &mut self.lists {
            if !list.is_sorted {
                list.members.sort_by_key(&rank);
                list.is_sorted = true;
            }
        }
    }

    /// The rows of an owner.
    pub(crate) fn get_mut(&mut self, owner: KeyNumber) -> Option<&mut Vec<M>> {
        Some(&mut self.lists.get_mut(owner as usize)?.members)
    }

    /// The same, to keep.
    pub(crate) fn take(&mut self, owner: KeyNumber) -> Vec<M> {
        self.get_mut(owner).map(std::mem::take).unwrap_or_default()
    }

    /// The rows of all owners, in the order of the keys.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Vec<M>> {
        self.lists.iter_mut().map(|list| &mut list.members)
    }
}

impl<M> List<M> {
    fn new() -> Self {
        List { members: Vec::new(), last: Rank::LEAST, is_sorted: true }
    }
}
