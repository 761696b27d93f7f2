//! The terms of ORDER BY.

use super::Node;

/// One term of ORDER BY.
#[derive(Clone, Debug)]
pub struct Order {
    pub(crate) node: Node,
    pub(crate) direction: Direction,
    pub(crate) nulls: Nulls,
}

/// Which way a term sorts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Greatest first.
    Descending,
}

/// Where NULLs sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// As the backend does it: NULL is the smallest value on every backend of this library.
    Default,
    /// Before everything.
    First,
    /// After everything.
    Last,
}

impl Order {
    /// NULLs before everything else.
    #[must_use]
    pub fn nulls_first(mut self) -> Self {
        self.nulls = Nulls::First;
        self
    }

    /// NULLs after everything else.
    #[must_use]
    pub fn nulls_last(mut self) -> Self {
        self.nulls = Nulls::Last;
        self
    }
}

/// What `order_by` takes: one term, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an order",
    label = "expected `column.asc()`, `column.desc()`, or a tuple of them"
)]
pub trait Orders {
    /// Adds the terms to a list.
    fn append_to(self, terms: &mut Vec<Order>);
}

impl Orders for Order {
    fn append_to(self, terms: &mut Vec<Order>) {
        terms.push(self);
    }
}

impl Orders for Vec<Order> {
    fn append_to(mut self, terms: &mut Vec<Order>) {
        terms.append(&mut self);
    }
}

macro_rules! orders_of_tuples {
    ($($($name:ident)+;)*) => {$(
        impl<$($name: Orders),+> Orders for ($($name,)+) {
            #[allow(non_snake_case)]
            fn append_to(self, terms: &mut Vec<Order>) {
                let ($($name,)+) = self;
                $($name.append_to(terms);)+
            }
        }
    )*};
}
orders_of_tuples! { A; A B; A B C; A B C D; A B C D E; A B C D E F; }
