//! How the derive of projections, which sees names and no types, tells columns from relations: it asks for a name as both, and
//! what the model does not have comes from a struct that stands behind its columns.

use std::marker::PhantomData;

use super::{Kind, Nullable, Required, ToOne};
use crate::column::Column;
use crate::definition::ColumnDef;
use crate::model::Model;
use crate::path::Path;
use crate::types::ColumnType;

/// The row is always there, and a name that is neither a column nor a relation of it is one of `F`: how the derive of
/// projections, which sees names and no types, tells columns from relations.
#[derive(Debug)]
pub struct Probe<F>(PhantomData<fn() -> F>);

impl<F> Clone for Probe<F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for Probe<F> {}

/// The names that a [`Probe`] falls back to. Derive only.
pub trait Otherwise: 'static {
    /// The only value.
    const NAMES: &'static Self;
}

/// Stands for a name that the model does not have: as a column, or as a relation.
#[derive(Clone, Copy, Debug)]
pub struct NoSuchName;

impl<F: Otherwise> Kind for Probe<F> {
    type Beyond = F;
    fn beyond() -> &'static F {
        F::NAMES
    }
    type Column<T: ColumnType> = Column<T>;
    type One<T: Model> = ToOne<T, Required>;
    type MaybeOne<T: Model> = ToOne<T, Nullable>;
    fn column<T: ColumnType>(at: Path, column: &'static ColumnDef) -> Column<T> {
        Column::new(at, column)
    }
    fn one<T: Model>(at: Path) -> ToOne<T, Required> {
        ToOne::new(at)
    }
    fn maybe_one<T: Model>(at: Path) -> ToOne<T, Nullable> {
        ToOne::new(at)
    }
}
