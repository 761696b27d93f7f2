//! The texts of an engine's recurring statements: each is rendered once, and has one identity, under which the connections
//! keep the prepared statement. Looking one up takes no lock. No I/O.
//!
//! What is kept here grows with the program, not with its data: one text for each model, kind of statement and set of
//! columns.

use std::sync::Arc;

use crate::columns::ColumnSet;
use crate::definition::ModelDef;
use crate::engine::Sql;
use crate::grown::{Grown, hash};

/// The texts of one engine.
pub(super) struct Texts {
    /// The SELECTs of a whole row by its key, by the address of the model's columns.
    by_key: Grown<usize, Arc<Sql>>,
    shapes: Grown<Shape, Arc<Sql>>,
}

/// A statement whose text depends on these facts alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Shape {
    /// The address of the model's columns: one for each model of the program.
    model: usize,
    kind: ShapeKind,
    columns: ColumnSet,
    returning: ColumnSet,
    rows: usize,
}

/// The statements that recur.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ShapeKind {
    Insert,
    Update,
    UpdateCase,
    UpdateSearch,
    Delete,
    SelectByKey,
    SelectKeyRange,
    CountKeyRange,
    SelectRow,
}

impl Shape {
    pub(crate) fn new(model: &'static ModelDef, kind: ShapeKind, columns: &ColumnSet, rows: usize) -> Self {
        Shape { model: model.address(), kind, columns: columns.clone(), returning: ColumnSet::new(), rows }
    }

    pub(crate) fn returning(mut self, returning: &ColumnSet) -> Self {
        self.returning = returning.clone();
        self
    }
}

impl Texts {
    pub(super) fn new() -> Self {
        Texts { by_key: Grown::new(64), shapes: Grown::new(256) }
    }

    /// The SELECT of a whole row of a model by its key.
    #[inline]
    pub(super) fn by_key(&self, model: &'static ModelDef, make: impl FnOnce() -> Arc<Sql>) -> &Arc<Sql> {
        let address = model.address();
        let hash = hash(&address);
        match self.by_key.find(hash, |known| *known == address) {
            Some(text) => text,
            None => self.by_key.insert(hash, address, make()),
        }
    }

    /// The text of a shape.
    pub(super) fn of_shape(&self, shape: Shape, make: impl FnOnce() -> Arc<Sql>) -> &Arc<Sql> {
        let hash = hash(&shape);
        match self.shapes.find(hash, |known| *known == shape) {
            Some(text) => text,
            None => self.shapes.insert(hash, shape, make()),
        }
    }
}
