//! What the derive asks of the type of a field. The expansion names `Field<T>` and nothing else, so that a type that no
//! column holds is reported once, where the columns of the model are declared, and not at each use. No I/O, no SQL.

mod key;
mod relation;

use std::marker::PhantomData;

use crate::definition::{ColumnDef, Row};
use crate::error::Result;
use crate::model::Kind;
use crate::path::Path;
use crate::types::{ColumnType, Mismatch};
use crate::value::{Encoded, ValueRef};

pub use key::{KeyOf, KeyTypes, Unkeyed, check_foreign_key};
pub use relation::{LedTo, RelationOf, Shape, Unrelated, check_key, check_kind, check_target, condition};

/// A field of type `T`, for the expansion: `Field::<String>::value(&self.name)`. There are no values of it.
#[derive(Debug)]
pub struct Field<T>(PhantomData<fn() -> T>);

/// The row at a path, and what the path says of its columns.
#[derive(Clone, Copy, Debug)]
pub struct At<K> {
    path: Path,
    kind: PhantomData<K>,
}

impl<K: Kind> At<K> {
    /// The row at a path.
    #[inline]
    pub fn new(path: Path) -> Self {
        At { path, kind: PhantomData }
    }
}

impl<T: ColumnType> Field<T> {
    /// The column without its names and properties.
    pub const COLUMN: ColumnDef = ColumnDef::new::<T>("", "", 0);

    /// Names the column of a row.
    #[inline]
    pub fn column<K: Kind>(at: At<K>, column: &'static ColumnDef) -> K::Column<T> {
        K::column(at.path, column)
    }

    /// The value to write.
    #[inline]
    pub fn value(field: &T) -> Encoded<'_> {
        field.encode()
    }

    /// Takes a value that was read.
    #[inline]
    pub fn set_value(field: &mut T, value: ValueRef<'_>) -> Result<(), Mismatch> {
        *field = T::decode(value)?;
        Ok(())
    }

    /// Whether the field holds "nothing was set".
    #[inline]
    pub fn is_unset(field: &T) -> bool {
        field.is_unset()
    }

    /// The field of a row.
    #[inline]
    pub fn read(row: Row<'_>, column: u16) -> Result<T> {
        row.get(column)
    }
}

/// The same names for a type that no column holds. The compiler prefers those of [`Field`] itself and comes here where they
/// do not apply; the declaration of the columns is an error then, so that nothing of this ever runs.
pub trait Unstorable {
    /// The type of the field.
    type Type;
    /// Stands for [`Field::COLUMN`].
    const COLUMN: ColumnDef = Field::<bool>::COLUMN;

    /// Stands for [`Field::column`].
    fn column<K: Kind, C>(_: At<K>, _: &'static ColumnDef) -> C {
        unreachable!("the program does not compile")
    }
    /// Stands for [`Field::value`].
    fn value(_: &Self::Type) -> Encoded<'_> {
        unreachable!("the program does not compile")
    }
    /// Stands for [`Field::set_value`].
    fn set_value(_: &mut Self::Type, _: ValueRef<'_>) -> Result<(), Mismatch> {
        unreachable!("the program does not compile")
    }
    /// Stands for [`Field::is_unset`].
    fn is_unset(_: &Self::Type) -> bool {
        unreachable!("the program does not compile")
    }
    /// Stands for [`Field::read`].
    fn read(_: Row<'_>, _: u16) -> Result<Self::Type> {
        unreachable!("the program does not compile")
    }
}

impl<T> Unstorable for Field<T> {
    type Type = T;
}
