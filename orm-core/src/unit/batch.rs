//! How many rows go into one statement: numbers with at most four significant binary digits, so that each shape has few
//! texts and any number of rows takes few statements, within the backend's limits on placeholders, rows and bytes. Pure;
//! used by the flush.

use crate::dialect::Limits;
use crate::value::ValueRef;

/// The rows of the next statement, of `left` rows with `width` placeholders each.
pub(super) fn largest(left: usize, width: usize, most: usize, limits: &Limits) -> usize {
    let room = limits.parameters / width.max(1);
    few_digits(left.min(room).min(most).max(1))
}

/// Fewer rows, where only `fit` of `planned` go into the packet. One row always goes: the server judges it.
pub(super) fn shrink(fit: usize, planned: usize) -> usize {
    if fit >= planned { planned } else { few_digits(fit.max(1)) }
}

/// What a value takes in a packet, in bytes, roughly.
pub(super) fn size(value: ValueRef<'_>) -> usize {
    match value {
        ValueRef::Text(text) | ValueRef::Decimal(text) => text.len() + 9,
        ValueRef::Bytes(bytes) => bytes.len() + 9,
        ValueRef::Null
        | ValueRef::Bool(_)
        | ValueRef::Int(_)
        | ValueRef::UInt(_)
        | ValueRef::Double(_)
        | ValueRef::Date(_)
        | ValueRef::Time(_)
        | ValueRef::DateTime(_) => 13,
    }
}

/// The greatest such number: up to 16 each one, then 18, 20, .. 32, 36, 40, ..
fn few_digits(at_most: usize) -> usize {
    let dropped = at_most.ilog2().saturating_sub(3);
    at_most >> dropped << dropped
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { parameters: 1000, batch_rows: 128, packet_bytes: 1 << 20 };

    #[test]
    fn batches_fit_the_placeholders_and_have_few_sizes() {
        assert_eq!(largest(10_000, 3, LIMITS.batch_rows, &LIMITS), 128);
        assert_eq!(largest(10_000, 30, LIMITS.batch_rows, &LIMITS), 32);
        assert_eq!(largest(3, 3, LIMITS.batch_rows, &LIMITS), 3);
        assert_eq!(largest(101, 3, LIMITS.batch_rows, &LIMITS), 96);
        assert_eq!(largest(1, 5000, LIMITS.batch_rows, &LIMITS), 1);
    }

    #[test]
    fn a_thousand_sizes_need_few_texts() {
        let sizes: std::collections::BTreeSet<usize> = (1..=1024).map(few_digits).collect();
        assert_eq!(sizes.len(), 15 + 6 * 8 + 1);
    }

    #[test]
    fn a_full_packet_shrinks_the_batch_but_never_to_nothing() {
        assert_eq!(shrink(128, 128), 128);
        assert_eq!(shrink(21, 128), 20);
        assert_eq!(shrink(1, 128), 1);
    }
}
