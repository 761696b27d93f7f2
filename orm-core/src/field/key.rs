//! What the compiler knows of the keys that foreign keys refer to: how many columns they have, and of which types. Lengths are
//! compared where the models of a program are put together.

use std::marker::PhantomData;

use crate::types::{Scalar, SqlType};

/// The types of a primary key: of one column, or a tuple.
pub trait KeyTypes {
    /// In the order of its columns.
    const TYPES: &'static [SqlType];
}

impl<T: Scalar> KeyTypes for T {
    const TYPES: &'static [SqlType] = &[T::TYPE];
}

macro_rules! tuple_keys {
    ($($($part:ident)+;)*) => {$(
        impl<$($part: Scalar),+> KeyTypes for ($($part,)+) {
            const TYPES: &'static [SqlType] = &[$($part::TYPE),+];
        }
    )*};
}
tuple_keys! { A B; A B C; A B C D; A B C D E; A B C D E F; A B C D E F G; A B C D E F G H; }

/// A primary key of type `K`, for the expansion: `KeyOf::<(i64, i32)>::TYPES`. There are no values of it.
#[derive(Debug)]
pub struct KeyOf<K>(PhantomData<fn() -> K>);

impl<K: KeyTypes> KeyOf<K> {
    /// The types of its columns.
    pub const TYPES: Option<&'static [SqlType]> = Some(K::TYPES);
}

/// The same name for a type that is no key. The compiler prefers that of [`KeyOf`] itself; a mistake is reported there.
pub trait Unkeyed {
    /// Stands for [`KeyOf::TYPES`].
    const TYPES: Option<&'static [SqlType]> = None;
}

impl<K> Unkeyed for KeyOf<K> {}

/// Refuses a foreign key whose columns are not those of the key that it refers to.
#[track_caller]
pub const fn check_foreign_key(types: &[SqlType], key: Option<&[SqlType]>, message: &'static str) {
    let Some(key) = key else { return };
    assert!(types.len() == key.len(), "{}", message);
    let mut position = 0;
    while position < types.len() {
        assert!(is_like(types[position], key[position]), "{}", message);
        position += 1;
    }
}

/// Whether two columns hold values of one kind, whatever their lengths.
const fn is_like(one: SqlType, other: SqlType) -> bool {
    matches!(
        (one, other),
        (SqlType::Bool, SqlType::Bool)
            | (SqlType::I8, SqlType::I8)
            | (SqlType::I16, SqlType::I16)
            | (SqlType::I32, SqlType::I32)
            | (SqlType::I64, SqlType::I64)
            | (SqlType::U8, SqlType::U8)
            | (SqlType::U16, SqlType::U16)
            | (SqlType::U32, SqlType::U32)
            | (SqlType::U64, SqlType::U64)
            | (SqlType::F32, SqlType::F32)
            | (SqlType::F64, SqlType::F64)
            | (SqlType::Text { .. }, SqlType::Text { .. })
            | (SqlType::Bytes { .. }, SqlType::Bytes { .. })
            | (SqlType::Date, SqlType::Date)
            | (SqlType::Time, SqlType::Time)
            | (SqlType::DateTime, SqlType::DateTime)
            | (SqlType::Timestamp, SqlType::Timestamp)
            | (SqlType::Uuid, SqlType::Uuid)
            | (SqlType::Decimal { .. }, SqlType::Decimal { .. })
            | (SqlType::Json, SqlType::Json)
    )
}
