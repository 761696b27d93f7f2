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

/// Collects the sizes of rows until a statement is full.
#[derive(Debug)]
pub(super) struct Packet {
    rows: usize,
    bytes: usize,
    /// How many rows fit into a swift statement, once that is known.
    swift: Option<usize>,
    limits: Limits,
}

/// A statement is kept short only where so many rows fit all the same.
const ROWS_OF_A_SWIFT_ONE: usize = 64;

/// How many full statements are not split.
const A_FEW: usize = 2;

impl Packet {
    /// For statements that write so many rows between them. Those that go into a few are not split for speed: there each
    /// statement more is a round trip more.
    pub(super) fn new(all: usize, limits: &Limits) -> Self {
        let swift_bytes = limits.swift_bytes.filter(|_| all > A_FEW * limits.batch_rows);
        Packet { rows: 0, bytes: 0, swift: None, limits: Limits { swift_bytes, ..*limits } }
    }

    /// Takes a row of so many bytes, if it fits. One row always does: the server judges it.
    pub(super) fn takes(&mut self, bytes: usize) -> bool {
        let whole = self.bytes + bytes;
        if self.rows > 0 && whole > self.limits.packet_bytes {
            return false;
        }
        if self.swift.is_none() && self.limits.swift_bytes.is_some_and(|swift| whole > swift) {
            self.swift = Some(self.rows);
            if self.rows >= ROWS_OF_A_SWIFT_ONE {
                return false;
            }
        }
        self.bytes = whole;
        self.rows += 1;
        true
    }

    /// The rows of the statement, of `planned` that were offered at most. Where fewer fit, their number is a power of two, so
    /// that rows of uneven length have few texts.
    pub(super) fn rows(&self, planned: usize) -> usize {
        if self.rows >= planned { planned } else { 1 << self.rows.max(1).ilog2() }
    }
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

    const LIMITS: Limits =
        Limits { parameters: 1000, batch_rows: 128, packet_bytes: 1 << 20, list_keys: 64, swift_bytes: None };

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

    fn rows_of(bytes: usize, planned: usize, limits: &Limits) -> usize {
        let mut packet = Packet::new(10_000, limits);
        for _ in 0..planned {
            if !packet.takes(bytes) {
                break;
            }
        }
        packet.rows(planned)
    }

    #[test]
    fn a_full_packet_shrinks_the_batch_but_never_to_nothing() {
        assert_eq!(rows_of(100, 128, &LIMITS), 128);
        assert_eq!(rows_of(50_000, 128, &LIMITS), 16);
        assert_eq!(rows_of(1 << 19, 128, &LIMITS), 2);
        assert_eq!(rows_of(1 << 21, 128, &LIMITS), 1);
    }

    #[test]
    fn statements_are_short_where_many_rows_fit_all_the_same() {
        let limits = Limits { swift_bytes: Some(20_000), batch_rows: 1024, ..LIMITS };
        assert_eq!(rows_of(10, 1024, &limits), 1024);
        assert_eq!(rows_of(32, 1024, &limits), 512);
        assert_eq!(rows_of(300, 1024, &limits), 64);
        assert_eq!(rows_of(1000, 1024, &limits), 1024);
        let mut all_there_is = Packet::new(1024, &limits);
        assert!((0..1024).all(|_| all_there_is.takes(32)));
    }
}
