//! A set of a model's columns: what an INSERT names, what an UPDATE changes. Small, ordered, hashable.

use smallvec::SmallVec;

/// Positions of columns, in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnSet(SmallVec<[u64; 2]>);

impl ColumnSet {
    /// The empty set.
    pub fn new() -> Self {
        ColumnSet::default()
    }

    /// Adds a position.
    pub fn insert(&mut self, column: u16) {
        let word = usize::from(column / 64);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (column % 64);
    }

    /// Whether a position is in the set.
    pub fn contains(&self, column: u16) -> bool {
        self.0.get(usize::from(column / 64)).is_some_and(|word| word & (1 << (column % 64)) != 0)
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// How many positions there are.
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The positions in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u16> + '_ {
        self.0.iter().enumerate().flat_map(|(word, bits)| {
            let base = word as u16 * 64;
            (0..64u16).filter(move |bit| bits & (1 << bit) != 0).map(move |bit| base + bit)
        })
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
