//! The typed half of a model: what a query's closure sees, and how a row becomes a value of the model's own type.
//! `#[derive(Model)]` implements it. No I/O, no SQL.

mod walk;

use crate::definition::{AnyModel, ColumnDef, ModelDef, Row};
use crate::error::Result;
use crate::path::Path;
use crate::types::{Auto, ColumnType, Mismatch, Scalar};
use crate::value::{Encoded, ValueRef};

pub use walk::{
    Branch, Eager, Kind, Many, Narrowing, NoRelations, Nullable, Required, Selected, ThroughMany, ToMany,
    ToOne, branches,
};

/// The half of a model that has types. Derive only.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "not a model",
    note = "write `#[derive(orm::Model)]` on `{Self}`"
)]
pub trait Model: AnyModel + Sized {
    /// The columns as a closure of a query sees them.
    type Columns<K: Kind>: Copy;
    /// The relations, as methods that walk them. [`NoRelations`] where there are none.
    type Relations<K: Kind>: Copy;
    /// The type of the primary key: the key field's (without `Option`), a tuple where there are several.
    type Key;
    /// The model's metadata.
    fn model() -> &'static ModelDef;
    /// The columns of the row at a path.
    fn columns<K: Kind>(at: Path) -> Self::Columns<K>;
    /// The relations of the row at a path.
    fn relations<K: Kind>(at: Path) -> Self::Relations<K>;
    /// Builds an object from the model's columns in their order.
    fn read(row: Row<'_>) -> Result<Self>;
}

/// What the derive asks of a field's type, all under one trait: rustc prints equal errors once, so a type that no column
/// holds is reported once and not at each use. Sealed by its impls: every [`Scalar`], `Option` and `Auto` has it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in a column",
    label = "no column type is known for `{Self}`",
    note = "derive `orm::ModelEnum` on an enum, `orm::ModelType` on a newtype, implement `orm::ColumnType` and `orm::Scalar`, or mark the field `#[orm(skip)]`",
    note = "chrono, uuid, decimal and json types need the feature of that name"
)]
pub trait Field: Sized {
    /// The column as a closure of a query sees it. An `Auto` is gone: it matters at insert alone.
    type Column<K: Kind>: Copy;
    /// The column without its names and properties.
    const COLUMN: ColumnDef;
    /// Names the column of the row at a path.
    fn column<K: Kind>(at: Path, column: &'static ColumnDef) -> Self::Column<K>;
    /// The value to write.
    fn value(&self) -> Encoded<'_>;
    /// Takes a value that was read.
    fn set_value(&mut self, value: ValueRef<'_>) -> Result<(), Mismatch>;
    /// Whether the field holds "nothing was set".
    fn is_unset(&self) -> bool;
    /// The field of a row.
    fn read(row: Row<'_>, column: u16) -> Result<Self>;
}

macro_rules! field {
    ($($bound:ident $field:ty => $column:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: $bound> Field for $field {
            type Column<K: Kind> = K::Column<$column>;
            const COLUMN: ColumnDef = ColumnDef::new::<$field>("", "", 0);
            #[inline]
            fn column<K: Kind>(at: Path, column: &'static ColumnDef) -> Self::Column<K> {
                K::column(at, column)
            }
            #[inline]
            fn value(&self) -> Encoded<'_> {
                ColumnType::encode(self)
            }
            #[inline]
            fn set_value(&mut self, value: ValueRef<'_>) -> Result<(), Mismatch> {
                *self = ColumnType::decode(value)?;
                Ok(())
            }
            #[inline]
            fn is_unset(&self) -> bool {
                ColumnType::is_unset(self)
            }
            #[inline]
            fn read(row: Row<'_>, column: u16) -> Result<Self> {
                row.get(column)
            }
        }
    )*};
}

field! {
    Scalar T => T;
    Scalar Option<T> => Option<T>;
    ColumnType Auto<T> => T;
}

/// The columns of a model, as the closure of a query gets them: `fn adult(u: Cols<User>) -> Expr<bool>`.
pub type Cols<T> = <T as Model>::Columns<Required>;

/// The static definition of a derived model.
pub const fn define<T: Model>(
    name: &'static str,
    module: &'static str,
    table: &'static str,
    columns: &'static [ColumnDef],
    primary_key: &'static [u16],
) -> ModelDef {
    ModelDef::new(name, module, table, columns, primary_key, read_boxed::<T>).itself(T::model)
}

fn read_boxed<T: Model>(row: Row<'_>) -> Result<Box<dyn AnyModel>> {
    Ok(Box::new(T::read(row)?))
}
