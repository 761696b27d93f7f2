//! A field with three states at insert: nothing set, NULL, a value.

use super::{ColumnType, Mismatch, SqlType};
use crate::value::{Encoded, ValueRef};

/// A value that the database or a `default = ..` supplies when nothing was set.
///
/// `Auto<T>` for a column that is never NULL, `Auto<Option<T>>` for one that may be: `Auto::Unset` leaves the column out
/// of the INSERT (or takes the Rust default), `Auto::Set(None)` writes NULL, `Auto::Set(Some(value))` writes the value.
///
/// ```
/// use orm_core::Auto;
/// let created: Auto<i64> = Auto::default();
/// assert_eq!(created.get(), None);
/// assert_eq!(Auto::from(7).get(), Some(&7));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Auto<T> {
    /// Nothing was set.
    #[default]
    Unset,
    /// This was set, or read from the database.
    Set(T),
}

impl<T> Auto<T> {
    /// The value, if one was set or read.
    pub fn get(&self) -> Option<&T> {
        match self {
            Auto::Unset => None,
            Auto::Set(value) => Some(value),
        }
    }
}

impl<T> From<T> for Auto<T> {
    fn from(value: T) -> Self {
        Auto::Set(value)
    }
}

impl<T: ColumnType> ColumnType for Auto<T> {
    type Nullable = T::Nullable;
    const TYPE: SqlType = T::TYPE;
    const AS_READ: bool = T::AS_READ;
    const NULLABLE: bool = T::NULLABLE;

    #[inline]
    fn encode(&self) -> Encoded<'_> {
        match self {
            Auto::Unset => ValueRef::Null.into(),
            Auto::Set(value) => value.encode(),
        }
    }

    #[inline]
    fn decode(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        T::decode(value).map(Auto::Set)
    }

    fn is_unset(&self) -> bool {
        matches!(self, Auto::Unset)
    }
}
