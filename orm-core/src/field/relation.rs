//! What the derive asks of the type of a relation field. As with columns, the expansion names `RelationOf<F>` and nothing
//! else, so that a type that is no relation, or leads to no model, is reported once: where the paths of queries are declared.

use std::any::Any;
use std::marker::PhantomData;

use super::At;
use crate::column::Expr;
use crate::definition::{Items, ModelDef, RelationKind};
use crate::model::{Cols, Kind, Model, ToMany};
use crate::path::Path;
use crate::relation::RelationField;

/// A relation field of type `F`, for the expansion: `RelationOf::<HasMany<Post>>::items(&self.posts)`. There are no values
/// of it.
#[derive(Debug)]
pub struct RelationOf<F>(PhantomData<fn() -> F>);

/// What the type of a relation field says, if it is one.
#[derive(Clone, Copy, Debug)]
pub struct Shape(Option<(RelationKind, bool)>);

impl<F: RelationField> RelationOf<F> {
    /// What the type says.
    pub const SHAPE: Shape = Shape(Some((F::KIND, F::OPTIONAL)));
    /// The model that it leads to.
    pub const TARGET: fn() -> &'static ModelDef = <F::Target as Model>::model;

    /// What the field holds.
    pub fn items(field: &F) -> Option<&Items> {
        Some(field.items())
    }

    /// What the field holds, to change.
    pub fn items_mut(field: &mut F) -> Option<&mut Items> {
        Some(field.items_mut())
    }

    /// The field of a row that was read.
    pub fn not_loaded() -> F {
        F::not_loaded()
    }

    /// Walks a relation that leads to any number of rows.
    pub fn many<K: Kind>(at: At<K>, relation: u8) -> ToMany<F::Target> {
        ToMany::new(at.path.step(relation))
    }

    /// Walks a reference.
    pub fn one<K: Kind>(at: At<K>, relation: u8) -> K::One<F::Target> {
        K::one(at.path.step(relation))
    }

    /// Walks a reference that may be missing.
    pub fn maybe_one<K: Kind>(at: At<K>, relation: u8) -> K::MaybeOne<F::Target> {
        K::maybe_one(at.path.step(relation))
    }
}

/// The same names for a type that is no relation. The compiler prefers those of [`RelationOf`] itself and comes here where
/// they do not apply; the declaration of the paths is an error then, so that nothing of this ever runs.
pub trait Unrelated {
    /// The type of the field.
    type Type;
    /// Stands for [`RelationOf::SHAPE`].
    const SHAPE: Shape = Shape(None);
    /// Stands for [`RelationOf::TARGET`].
    const TARGET: fn() -> &'static ModelDef = || unreachable!("the program does not compile");

    /// Stands for [`RelationOf::items`].
    fn items(_: &Self::Type) -> Option<&Items> {
        unreachable!("the program does not compile")
    }
    /// Stands for [`RelationOf::items_mut`].
    fn items_mut(_: &mut Self::Type) -> Option<&mut Items> {
        unreachable!("the program does not compile")
    }
    /// Stands for [`RelationOf::not_loaded`].
    fn not_loaded() -> Self::Type {
        unreachable!("the program does not compile")
    }
    /// Stands for [`RelationOf::many`].
    fn many<K: Kind, P>(_: At<K>, _: u8) -> P {
        unreachable!("the program does not compile")
    }
    /// Stands for [`RelationOf::one`].
    fn one<K: Kind, P>(_: At<K>, _: u8) -> P {
        unreachable!("the program does not compile")
    }
    /// Stands for [`RelationOf::maybe_one`].
    fn maybe_one<K: Kind, P>(_: At<K>, _: u8) -> P {
        unreachable!("the program does not compile")
    }
}

impl<F> Unrelated for RelationOf<F> {
    type Type = F;
}

/// Refuses a field whose type is of another kind than its attribute.
#[track_caller]
pub const fn check_kind(shape: Shape, kind: RelationKind, message: &'static str) {
    if let Shape(Some((of_type, _))) = shape {
        assert!(of_type as u8 == kind as u8, "{}", message);
    }
}

/// Refuses a reference that is always there with a key that may be NULL, and the other way round.
#[track_caller]
pub const fn check_key(shape: Shape, nullable: bool, message: &'static str) {
    if let Shape(Some((_, optional))) = shape {
        assert!(optional == nullable, "{}", message);
    }
}

/// Refuses a relation whose key references another model than it leads to.
pub const fn check_target<Referenced: LedTo<Target>, Target>() {}

/// The model that a key references is the one that the relation leads to.
#[diagnostic::on_unimplemented(
    message = "the relation leads to `{Target}`, and its key references `{Self}`",
    label = "the key references `{Self}`",
    note = "write one model in both places"
)]
pub trait LedTo<Target> {}

impl<M> LedTo<M> for M {}

/// The condition of a relation that is only viewed, for the row at a path.
pub fn condition<T: Model>(condition: fn(Cols<T>) -> Expr<bool>, at: Path) -> Box<dyn Any> {
    Box::new(condition(T::columns(at)).into_node())
}
