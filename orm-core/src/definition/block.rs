//! Objects of one model side by side, without their type: how a relation field of an untracked result holds the rows of a
//! collection, in one allocation for all of them. Vectors of models are blocks; nobody else implements them.

use std::any::Any;

use super::{AnyModel, Row};
use crate::error::Result;

/// Objects of one model side by side. Sealed by its use: a model's definition makes its own.
pub trait Block: Any + Send + Sync {
    /// Reads a row into an object behind the others.
    fn read(&mut self, row: Row<'_>) -> Result<()>;
    /// How many objects there are.
    fn len(&self) -> usize;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The object at a position.
    fn get(&self, position: usize) -> Option<&dyn AnyModel>;
    /// Shows all objects, to change.
    fn each<'b>(&'b mut self, show: &mut dyn FnMut(&'b mut dyn AnyModel));
    /// Forgets all objects past so many.
    fn truncate(&mut self, objects: usize);
    /// Moves the objects of another block of this model behind those here; the other keeps its room.
    fn append(&mut self, other: &mut dyn Block);
    /// Moves all objects into a block that has room for just them; this one keeps its room.
    fn take(&mut self) -> Box<dyn Block>;
    /// The objects one by one.
    fn into_boxes(self: Box<Self>) -> Vec<Box<dyn AnyModel>>;
}

impl std::fmt::Debug for dyn Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Block({})", self.len())
    }
}

/// For models that have no type of their own.
impl Block for Vec<Box<dyn AnyModel>> {
    fn read(&mut self, row: Row<'_>) -> Result<()> {
        self.push((row.model().read)(row)?);
        Ok(())
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn get(&self, position: usize) -> Option<&dyn AnyModel> {
        Some(<[Box<dyn AnyModel>]>::get(self, position)?.as_ref())
    }

    fn each<'b>(&'b mut self, show: &mut dyn FnMut(&'b mut dyn AnyModel)) {
        for object in self {
            show(object.as_mut());
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
        *self
    }
}
