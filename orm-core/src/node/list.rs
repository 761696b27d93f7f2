//! Lists of values: of few different lengths, so that the same query with more values or fewer has few texts. Pure.

use super::Node;
use crate::value::Value;

/// The length of a longer list is left as it is: its text is not kept either.
const LONGEST: usize = 1_024;

impl Node {
    /// IN a list, or not. A list of values is made longer by its last one, which changes nothing.
    pub(crate) fn in_list(operand: Node, mut list: Vec<Node>, negated: bool) -> Node {
        if let Some(last) = list.last().filter(|last| is_value(last)).cloned() {
            list.resize(length(list.len()), last);
        }
        Node::In { operand: Box::new(operand), list, negated }
    }
}

/// The length of a list that was so long: with at most three significant binary digits, so at most a quarter more.
fn length(count: usize) -> usize {
    if count > LONGEST {
        return count;
    }
    let step = 1 << (usize::BITS - count.leading_zeros()).saturating_sub(3);
    count.next_multiple_of(step)
}

/// Whether a node is one value, or several that are compared as one. NULL is none: the renderer takes it out of the list.
fn is_value(node: &Node) -> bool {
    match node {
        Node::Value(value) => *value != Value::Null,
        Node::Tuple(members) => members.iter().all(is_value),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_lists_stay_and_longer_ones_grow_by_a_quarter_at_most() {
        for count in 0..=8 {
            assert_eq!(length(count), count);
        }
        assert_eq!(
            [9, 11, 16, 17, 33, 1_000, 1_024, 1_025].map(length),
            [10, 12, 16, 20, 40, 1_024, 1_024, 1_025]
        );
        for count in 1..=LONGEST {
            assert!((count..=count + count / 4).contains(&length(count)));
        }
        let mut lengths: Vec<usize> = (1..=LONGEST).map(length).collect();
        lengths.dedup();
        assert_eq!(lengths.len(), 36);
    }
}
