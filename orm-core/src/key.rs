//! Primary keys as values: what `get` takes, what the identity map is hashed by.

use smallvec::SmallVec;

use crate::types::Scalar;
use crate::value::{Value, ValueRef};

/// The values of a primary key, in the order of its columns.
pub type KeyValues = SmallVec<[Value; 2]>;

/// The values of a key, to be bound.
#[inline]
pub(crate) fn bound(key: &KeyValues) -> SmallVec<[ValueRef<'_>; 2]> {
    let mut bound = SmallVec::new();
    for value in key {
        bound.push(value.as_ref());
    }
    bound
}

/// What stands for a key of type `K`: the value, a reference to it, a tuple of such for a composite key.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a primary key of type `{K}`",
    label = "expected `{K}`",
    note = "a composite key is a tuple in the order of the key fields: `get::<OrderLine>((7, 1))`"
)]
pub trait IntoKey<K> {
    /// Adds the key's values.
    fn append_to(self, values: &mut KeyValues);
}

impl<T: Scalar> IntoKey<T> for T {
    fn append_to(self, values: &mut KeyValues) {
        values.push(self.encode().into_value());
    }
}

impl<T: Scalar> IntoKey<T> for &T {
    fn append_to(self, values: &mut KeyValues) {
        values.push(self.encode().into_value());
    }
}

impl IntoKey<String> for &str {
    fn append_to(self, values: &mut KeyValues) {
        values.push(Value::Text(self.into()));
    }
}

macro_rules! tuple_keys {
    ($($($key:ident $part:ident)+;)*) => {$(
        impl<$($key, $part: IntoKey<$key>),+> IntoKey<($($key,)+)> for ($($part,)+) {
            #[allow(non_snake_case)]
            fn append_to(self, values: &mut KeyValues) {
                let ($($part,)+) = self;
                $($part.append_to(values);)+
            }
        }
    )*};
}
tuple_keys! { A X B Y; A X B Y C Z; A X B Y C Z D W; }
