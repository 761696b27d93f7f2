//! What rows are grouped or parted by.

use super::{Column, Expr};
use crate::node::Node;

/// What `group_by` and `partition_by` take: columns, expressions of a row, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "rows cannot be grouped by `{Self}`",
    label = "expected a column, an expression of one row, or a tuple of them"
)]
pub trait Groups {
    /// Adds the terms to a list.
    fn append_to(self, terms: &mut Vec<Node>);
}

impl<T> Groups for Column<T> {
    fn append_to(self, terms: &mut Vec<Node>) {
        terms.push(self.into_node());
    }
}

impl<T> Groups for Expr<T> {
    fn append_to(self, terms: &mut Vec<Node>) {
        terms.push(self.into_node());
    }
}

macro_rules! groups_of_tuples {
    ($($($name:ident)+;)*) => {$(
        impl<$($name: Groups),+> Groups for ($($name,)+) {
            #[allow(non_snake_case)]
            fn append_to(self, terms: &mut Vec<Node>) {
                let ($($name,)+) = self;
                $($name.append_to(terms);)+
            }
        }
    )*};
}
groups_of_tuples! { A; A B; A B C; A B C D; A B C D E; A B C D E F; A B C D E F G; A B C D E F G H; }
