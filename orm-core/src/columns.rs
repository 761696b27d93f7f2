//! A set of a model's columns: what an INSERT names, what an UPDATE changes. Small, ordered, hashable; a set of the first 64
//! columns needs no memory of its own.

/// Positions of columns, in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnSet {
    /// The first 64 columns.
    low: u64,
    /// The columns after them, as far as there are any: the last word is never zero.
    high: Option<Box<[u64]>>,
}

impl ColumnSet {
    /// The empty set.
    pub fn new() -> Self {
        ColumnSet::default()
    }

    /// The positions from zero up to, and without, a count.
    pub fn first(count: usize) -> Self {
        if count <= 64 {
            let low = if count == 64 { u64::MAX } else { (1 << count) - 1 };
            return ColumnSet { low, high: None };
        }
        (0..count as u16).collect()
    }

    /// Adds a position.
    #[inline]
    pub fn insert(&mut self, column: u16) {
        if column < 64 {
            self.low |= 1 << column;
        } else {
            self.insert_high(usize::from(column / 64) - 1, 1 << (column % 64));
        }
    }

    #[cold]
    fn insert_high(&mut self, word: usize, bit: u64) {
        let mut words = self.high.take().unwrap_or_default().into_vec();
        if words.len() <= word {
            words.resize(word + 1, 0);
        }
        words[word] |= bit;
        self.high = Some(words.into_boxed_slice());
    }

    /// Adds all positions of another set.
    #[inline]
    pub fn insert_all(&mut self, other: &ColumnSet) {
        self.low |= other.low;
        if other.high.is_some() {
            other.iter().for_each(|column| self.insert(column));
        }
    }

    /// Takes a position out.
    #[inline]
    pub fn remove(&mut self, column: u16) {
        if column < 64 {
            self.low &= !(1 << column);
        } else {
            *self = self.iter().filter(|position| *position != column).collect();
        }
    }

    /// Whether a position is in the set.
    #[inline]
    pub fn contains(&self, column: u16) -> bool {
        self.word(usize::from(column / 64)) & (1 << (column % 64)) != 0
    }

    #[inline]
    fn word(&self, word: usize) -> u64 {
        match (word, &self.high) {
            (0, _) => self.low,
            (word, Some(high)) => high.get(word - 1).copied().unwrap_or(0),
            (_, None) => 0,
        }
    }

    fn words(&self) -> usize {
        1 + self.high.as_ref().map_or(0, |high| high.len())
    }

    /// Whether the set is empty.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.low == 0 && self.high.is_none()
    }

    /// How many positions there are.
    pub fn len(&self) -> usize {
        (0..self.words()).map(|word| self.word(word).count_ones() as usize).sum()
    }

    /// The positions in ascending order.
    #[inline]
    pub fn iter(&self) -> Positions<'_> {
        Positions { set: self, word: 0, rest: self.low }
    }
}

/// The positions of a set, in ascending order.
#[derive(Clone, Debug)]
pub struct Positions<'s> {
    set: &'s ColumnSet,
    word: usize,
    /// The bits of the word that are still to come.
    rest: u64,
}

impl Iterator for Positions<'_> {
    type Item = u16;

    #[inline]
    fn next(&mut self) -> Option<u16> {
        while self.rest == 0 {
            self.word += 1;
            if self.word >= self.set.words() {
                return None;
            }
            self.rest = self.set.word(self.word);
        }
        let bit = self.rest.trailing_zeros() as u16;
        self.rest &= self.rest - 1;
        Some(self.word as u16 * 64 + bit)
    }
}

impl FromIterator<u16> for ColumnSet {
    fn from_iter<I: IntoIterator<Item = u16>>(positions: I) -> Self {
        let mut set = ColumnSet::new();
        for position in positions {
            set.insert(position);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_come_in_order_on_both_sides_of_a_word() {
        let set: ColumnSet = [200, 3, 64, 63, 0].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 3, 63, 64, 200]);
        assert_eq!(set.len(), 5);
        assert!(set.contains(200) && !set.contains(199) && !set.contains(1000));
    }

    #[test]
    fn what_was_taken_out_leaves_no_trace() {
        let mut set: ColumnSet = [1, 100].into_iter().collect();
        set.remove(100);
        assert_eq!(set, ColumnSet::from_iter([1]));
        set.remove(1);
        assert_eq!((set.is_empty(), set), (true, ColumnSet::new()));
    }

    #[test]
    fn the_first_positions_are_all_there() {
        for count in [0, 1, 63, 64, 65, 130] {
            assert_eq!(ColumnSet::first(count), (0..count as u16).collect());
        }
    }
}
