//! In which order the rows of an owner stand, who sorts them, and where a row says whose it is. Decides only.

use smallvec::SmallVec;

use crate::along::Along;
use crate::links::Relation;
use crate::model::Narrowing;
use crate::value::ValueRef;

/// Where a row stands among the rows of its owner, as far as the loader sorts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank(i128);

impl Rank {
    /// The rank of all rows where the statement sorts.
    pub(crate) const LEAST: Rank = Rank(i128::MIN);

    #[inline]
    pub(crate) fn of(value: ValueRef<'_>) -> Rank {
        match value {
            ValueRef::Int(value) => Rank(i128::from(value)),
            ValueRef::UInt(value) => Rank(i128::from(value)),
            _ => Rank::LEAST,
        }
    }
}

/// Who puts the rows of each owner in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sorting {
    /// The statement, by ORDER BY.
    Statement,
    /// The loader, by this column of integers, which is the key of the rows. Databases find rows in about that order, and
    /// would sort all of them once more to promise it.
    Loader(u16),
}

impl Sorting {
    /// Who sorts the rows of a relation that a statement of its own loads.
    pub(crate) fn of(relation: &Relation, narrowing: Option<&Narrowing>, along: &Along) -> Sorting {
        let [key] = relation.target.primary_key else { return Sorting::Statement };
        let column = &relation.target.columns[usize::from(*key)];
        let is_ordered = match (narrowing, relation.definition.order_by) {
            (Some(narrowing), _) if !narrowing.order.is_empty() || narrowing.limit.is_some() => true,
            (_, []) => false,
            // By the key alone, smallest first.
            (_, [(field, false)]) => *field != column.field && *field != column.name,
            _ => true,
        };
        // Where joined rows repeat a row, the repetitions have to stand together.
        if is_ordered || along.multiplies() || !column.sql_type.is_integer() {
            return Sorting::Statement;
        }
        Sorting::Loader(*key)
    }

    /// Where a row stands.
    #[inline]
    pub(crate) fn rank(self, row: &[ValueRef<'_>]) -> Rank {
        match self {
            Sorting::Statement => Rank::LEAST,
            Sorting::Loader(column) => Rank::of(row[usize::from(column)]),
        }
    }
}

/// The positions at which a row of a relation bears the key of its owner; none where only the object gives it in the form in
/// which the owner has it.
pub(crate) fn key_in_row(relation: &Relation) -> Option<SmallVec<[usize; 2]>> {
    let target = relation.target;
    if relation.link.is_some() {
        // The owner's key stands behind the target's columns.
        return Some((target.columns.len()..).take(relation.local.len()).collect());
    }
    let mut positions = SmallVec::new();
    for column in &relation.remote {
        if !target.columns[usize::from(*column)].sql_type.has_one_form() {
            return None;
        }
        positions.push(usize::from(*column));
    }
    Some(positions)
}
