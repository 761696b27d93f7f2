//! What fits a field of a projection: a column or an expression a value, a reference a projection, a collection a list of
//! them. What does not fit is a compile error at the field.

use super::{Parts, Projection};
use crate::column::{Aggregate, Column, Expr};
use crate::model::{Kind, Required, Selected, ToMany, ToOne};
use crate::types::Scalar;

/// What a field of type `T` can be read from.
#[diagnostic::on_unimplemented(
    message = "a field of type `{T}` cannot be read from `{Self}`",
    label = "not what a field of type `{T}` is read from",
    note = "a column or an expression fits a field of its own type, or an `Option` of it; NULL needs an `Option`",
    note = "a reference fits a projection of its model, in an `Option` where its row may be missing; a collection fits a `Vec`",
    note = "`NoSuchName` stands for a name that is no column, or no relation, of the model: say what is read with \
            `#[orm(column = \"name\")]` or `#[orm(expr = |row| ..)]`"
)]
pub trait Part<T> {
    /// Adds it to what is read.
    fn add_to(self, parts: &mut Parts);
}

macro_rules! values {
    ($(<$($l:ident)?> $type:ident;)*) => {$(
        impl<T $(, $l)?> Part<T> for $type<T $(, $l)?> {
            fn add_to(self, parts: &mut Parts) {
                parts.value(self.into_node());
            }
        }

        impl<T: Scalar $(, $l)?> Part<Option<T>> for $type<T $(, $l)?> {
            fn add_to(self, parts: &mut Parts) {
                parts.value(self.into_node());
            }
        }
    )*};
}

values! {
    <> Column;
    <L> Expr;
    <> Aggregate;
}

impl<P: Projection> Part<P> for ToOne<P::Model, Required> {
    fn add_to(self, parts: &mut Parts) {
        parts.one(P::DEFINITION, self.row(), false);
    }
}

impl<P: Projection, K: Kind> Part<Option<P>> for ToOne<P::Model, K> {
    fn add_to(self, parts: &mut Parts) {
        parts.one(P::DEFINITION, self.row(), true);
    }
}

impl<P: Projection> Part<Vec<P>> for ToMany<P::Model> {
    fn add_to(self, parts: &mut Parts) {
        parts.many(P::DEFINITION, self.into_narrowed());
    }
}

impl<P: Projection> Part<Vec<P>> for Selected<P::Model> {
    fn add_to(self, parts: &mut Parts) {
        parts.many(P::DEFINITION, self.into_narrowed());
    }
}
