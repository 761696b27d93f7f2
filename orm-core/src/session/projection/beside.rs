//! Projections beside other things in a select list: `select(|p| (Byline::of(p.author()), p.likes.sum()))`.

use std::marker::PhantomData;

use super::{Projection, append, field};
use crate::error::Result;
use crate::model::{Kind, Model, Nullable, Required, ToOne, WholeColumns};
use crate::node::Node;
use crate::path::Path;

use super::super::Session;
use super::super::selection::{Cells, Selected, Selection};

/// A projection of one row, to be selected. Made by [`Projection::of`].
pub struct Of<P, K> {
    row: Path,
    _type: PhantomData<fn() -> (P, K)>,
}

/// What [`Projection::of`] takes: the columns of a row, or what a reference leads to.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no row of `{T}`",
    label = "expected the columns of `{T}`, or a reference to one",
    note = "a projection is of the model that its `from` names: `select(|p| Byline::of(p.author()))`"
)]
pub trait RowOf<T: Model> {
    /// Whether the row is always there.
    type Kind: Kind;
    #[doc(hidden)]
    fn path(self) -> Path;
}

impl<C: WholeColumns> RowOf<C::Model> for C {
    type Kind = Required;
    fn path(self) -> Path {
        self.row()
    }
}

impl<T: Model, K: Kind> RowOf<T> for ToOne<T, K> {
    type Kind = K;
    fn path(self) -> Path {
        self.row()
    }
}

impl<P: Projection, K> Of<P, K> {
    pub(super) fn new(row: Path) -> Self {
        const {
            assert!(
                field::collections(P::FIELDS) == 0,
                "a projection with a `Vec` of others stands alone: use `project` in place of `select`"
            );
        }
        Of { row, _type: PhantomData }
    }
}

impl<P, K> std::fmt::Debug for Of<P, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Of").field(&self.row).finish()
    }
}

impl<P: Projection> Selection for Of<P, Required> {
    fn append_to(self, output: &mut Vec<Node>) {
        append(P::DEFINITION, self.row, false, output);
    }
}

impl<P: Projection> Selection for Of<P, Nullable> {
    fn append_to(self, output: &mut Vec<Node>) {
        append(P::DEFINITION, self.row, true, output);
    }
}

impl<S: Session, P: Projection> Selected<S> for Of<P, Required> {
    type Raw = P;
    type Row = P;
    fn read(cells: &mut Cells<'_>) -> Result<P> {
        P::read(cells)
    }
    fn place(raw: P, _: &mut S) -> Result<P> {
        Ok(raw)
    }
}

impl<S: Session, P: Projection> Selected<S> for Of<P, Nullable> {
    type Raw = Option<P>;
    type Row = Option<P>;
    fn read(cells: &mut Cells<'_>) -> Result<Option<P>> {
        field::Nested::read(cells)
    }
    fn place(raw: Option<P>, _: &mut S) -> Result<Option<P>> {
        Ok(raw)
    }
}
