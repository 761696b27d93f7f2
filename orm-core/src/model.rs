//! The typed half of a model: what a query's closure sees, and how a row becomes a value of the model's own type.
//! `#[derive(Model)]` implements it. No I/O, no SQL.

mod walk;

use crate::definition::{AnyModel, ColumnDef, ModelDef, Row};
use crate::error::Result;
use crate::path::Path;

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

/// The columns of a model, as the closure of a query gets them: `fn adult(u: Cols<User>) -> Expr<bool>`.
pub type Cols<T> = <T as Model>::Columns<Required>;

/// The columns of a whole model's row, which can be selected as one. Derive only.
pub trait WholeColumns: Copy + 'static {
    /// The model.
    type Model: Model;
    /// The row that they are the columns of.
    fn row(&self) -> Path;
}

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
