//! The typed half of a model: what a query's closure sees, and how a row becomes a value of the model's own type.
//! `#[derive(Model)]` implements it. No I/O, no SQL.

mod eager;
mod walk;

use std::any::Any;

use crate::definition::{AnyModel, Block, ColumnDef, ModelDef, Row};
use crate::error::Result;
use crate::path::Path;

pub(crate) use eager::How;
pub use eager::{Branch, Depth, Eager, JoinedRows, Narrowing, branches};
pub use walk::{
    Kind, Many, NoRelations, NoSuchName, Nullable, Otherwise, Probe, Reached, Required, Selected,
    ThroughMany, ToMany, ToOne,
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
    let model = ModelDef::new(name, module, table, columns, primary_key, read_boxed::<T>);
    model.itself(T::model).block(block::<T>)
}

fn read_boxed<T: Model>(row: Row<'_>) -> Result<Box<dyn AnyModel>> {
    Ok(Box::new(T::read(row)?))
}

fn block<T: Model>() -> Box<dyn Block> {
    Box::new(Vec::<T>::new())
}

impl<T: Model> Block for Vec<T> {
    #[inline]
    fn read(&mut self, row: Row<'_>) -> Result<()> {
        self.push(T::read(row)?);
        Ok(())
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn get(&self, position: usize) -> Option<&dyn AnyModel> {
        match <[T]>::get(self, position) {
            Some(object) => Some(object),
            None => None,
        }
    }

    fn each<'b>(&'b mut self, show: &mut dyn FnMut(&'b mut dyn AnyModel)) {
        for object in self {
            show(object);
        }
    }

    fn truncate(&mut self, objects: usize) {
        self.truncate(objects);
    }

    fn append(&mut self, other: &mut dyn Block) {
        let other: &mut dyn Any = other;
        if let Some(other) = other.downcast_mut::<Self>() {
            self.append(other);
        }
    }

    fn take(&mut self) -> Box<dyn Block> {
        let mut exact = Vec::with_capacity(self.len());
        exact.append(self);
        Box::new(exact)
    }

    fn into_boxes(self: Box<Self>) -> Vec<Box<dyn AnyModel>> {
        let mut boxes: Vec<Box<dyn AnyModel>> = Vec::with_capacity(self.len());
        for object in *self {
            boxes.push(Box::new(object));
        }
        boxes
    }
}
