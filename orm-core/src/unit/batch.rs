//! How many rows go into one statement: powers of two, so that each shape has few texts, within the backend's limits on
//! placeholders, rows and bytes. Pure; used by the flush.

use crate::dialect::Limits;
use crate::value::ValueRef;

/// The rows of the next statement, of `left` rows with `width` placeholders each.
pub(super) fn largest(left: usize, width: usize, most: usize, limits: &Limits) -> usize {
    let room = limits.parameters / width.max(1);
    power_of_two(left.min(room).min(most).max(1))
}

/// Fewer rows, where only `fit` of `planned` go into the packet. One row always goes: the server judges it.
pub(super) fn shrink(fit: usize, planned: usize) -> usize {
    if fit >= planned { planned } else { power_of_two(fit.max(1)) }
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

fn power_of_two(at_most: usize) -> usize {
    1 << at_most.ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { parameters: 1000, batch_rows: 128, packet_bytes: 1 << 20 };

    #[test]
    fn batches_are_powers_of_two_within_the_placeholders() {
        assert_eq!(largest(10_000, 3, LIMITS.batch_rows, &LIMITS), 128);
        assert_eq!(largest(10_000, 30, LIMITS.batch_rows, &LIMITS), 32);
        assert_eq!(largest(37, 3, LIMITS.batch_rows, &LIMITS), 32);
        assert_eq!(largest(1, 5000, LIMITS.batch_rows, &LIMITS), 1);
    }

    #[test]
    fn a_full_packet_shrinks_the_batch_but_never_to_nothing() {
        assert_eq!(shrink(128, 128), 128);
        assert_eq!(shrink(20, 128), 16);
        assert_eq!(shrink(1, 128), 1);
    }
}
