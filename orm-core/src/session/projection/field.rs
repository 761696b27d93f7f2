//! What is known of the fields of a projection before any query: how many values they take, and what they become. The type
//! of a field alone decides: a column type takes one value, a projection as many as it names.

use std::any::Any;
use std::marker::PhantomData;

use super::{Part, Parts, Projection, ProjectionDef};
use crate::error::Result;
use crate::field::Field;
use crate::types::ColumnType;

use super::super::selection::Cells;

/// One field of a projection.
#[derive(Clone, Copy, Debug)]
pub struct ProjectedField {
    /// The field.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// How many values of a row it takes.
    width: usize,
    /// How many collections it is, or contains.
    pub(super) collections: usize,
    /// Whether its value is never NULL in a row that is there.
    always: bool,
    /// How often it is read along one path; once, and not inside of itself, where nothing is said.
    pub(super) depth: Option<u32>,
    /// The projection that it contains.
    pub(super) contains: Option<fn() -> &'static ProjectionDef>,
}

/// What a field of a projection holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A value.
    Value,
    /// A projection of one row.
    One,
    /// A list of projections.
    Many,
}

impl ProjectedField {
    /// A list of projections.
    pub const fn many<P: Projection>() -> Self {
        ProjectedField { contains: Some(definition::<P>), ..nested(FieldKind::Many, 0, 1) }
    }

    /// Gives the field its name.
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// The value is computed: it may be there where the row is missing.
    #[must_use]
    pub const fn computed(mut self) -> Self {
        self.always = false;
        self
    }

    /// The collection is read so often along one path.
    #[must_use]
    pub const fn depth(mut self, times: u32) -> Self {
        self.depth = Some(times);
        self
    }
}

/// A field of type `T`, for the expansion: `FieldOf::<String>::read(cells, "Card", "name")`. There are no values of it.
#[derive(Debug)]
pub struct FieldOf<T>(PhantomData<fn() -> T>);

impl<T: ColumnType> FieldOf<T> {
    /// What is known of the field.
    pub const FIELD: ProjectedField = ProjectedField {
        name: "",
        kind: FieldKind::Value,
        width: 1,
        collections: 0,
        always: !Field::<T>::COLUMN.nullable,
        depth: None,
        contains: None,
    };

    /// Describes the field where its name is that of a column.
    pub fn add<C: Part<T>, R>(parts: &mut Parts, column: C, _relation: R) {
        column.add_to(parts);
    }

    /// Reads the field.
    #[inline]
    pub fn read(cells: &mut Cells<'_>, projection: &'static str, field: &'static str) -> Result<T> {
        cells.field(projection, field)
    }

    /// A value is no collection.
    pub fn collection(_: &mut T, _: usize) -> Option<&mut dyn Any> {
        None
    }
}

/// The same names for what is no value. The compiler prefers those of [`FieldOf`] itself and comes here where they do not
/// apply.
pub trait Composite {
    /// The type of the field.
    type Type;
    /// Stands for [`FieldOf::FIELD`].
    const FIELD: ProjectedField;
    /// Describes the field where its name is that of a relation.
    fn add<C, R: Part<Self::Type>>(parts: &mut Parts, _column: C, relation: R) {
        relation.add_to(parts);
    }
    /// Stands for [`FieldOf::read`].
    fn read(cells: &mut Cells<'_>, projection: &'static str, field: &'static str) -> Result<Self::Type>;
    /// Stands for [`FieldOf::collection`].
    fn collection(field: &mut Self::Type, number: usize) -> Option<&mut dyn Any>;
}

impl<T: Nested> Composite for FieldOf<T> {
    type Type = T;
    const FIELD: ProjectedField = T::FIELD;

    fn read(cells: &mut Cells<'_>, _: &'static str, _: &'static str) -> Result<T> {
        T::read(cells)
    }

    fn collection(field: &mut T, number: usize) -> Option<&mut dyn Any> {
        field.collection(number)
    }
}

/// What a field holds that is no value: a projection `P`, an `Option<P>`, a `Vec<P>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither the type of a column nor a projection",
    label = "expected the type of a column, a projection, or an `Option` or a `Vec` of one",
    note = "write `#[derive(orm::Projection)]` on a struct to read it along a relation"
)]
pub trait Nested: Sized {
    /// What is known of the field.
    const FIELD: ProjectedField;
    /// Reads the field.
    fn read(cells: &mut Cells<'_>) -> Result<Self>;
    /// A collection that the field is or contains.
    fn collection(&mut self, number: usize) -> Option<&mut dyn Any>;
}

const fn nested(kind: FieldKind, width: usize, collections: usize) -> ProjectedField {
    ProjectedField { name: "", kind, width, collections, always: false, depth: None, contains: None }
}

fn definition<P: Projection>() -> &'static ProjectionDef {
    P::DEFINITION
}

impl<P: Projection> Nested for P {
    const FIELD: ProjectedField = ProjectedField {
        contains: Some(definition::<P>),
        ..nested(FieldKind::One, width(P::FIELDS), collections(P::FIELDS))
    };

    fn read(cells: &mut Cells<'_>) -> Result<P> {
        <P as Projection>::read(cells)
    }

    fn collection(&mut self, number: usize) -> Option<&mut dyn Any> {
        Projection::collection(self, number)
    }
}

impl<P: Projection> Nested for Option<P> {
    const FIELD: ProjectedField = ProjectedField {
        contains: Some(definition::<P>),
        ..nested(FieldKind::One, optional_width(P::FIELDS), collections(P::FIELDS))
    };

    fn read(cells: &mut Cells<'_>) -> Result<Option<P>> {
        // A value that is never NULL says whether there is a row; where there is none, a key that stands before the others.
        let width = const { optional_width(P::FIELDS) };
        match const { presence(P::FIELDS) } {
            Some(position) if cells.is_null(position) => cells.skip(width),
            None if cells.is_null(0) => cells.skip(width),
            Some(_) => return <P as Projection>::read(cells).map(Some),
            None => {
                cells.skip(1);
                return <P as Projection>::read(cells).map(Some);
            }
        }
        Ok(None)
    }

    fn collection(&mut self, number: usize) -> Option<&mut dyn Any> {
        self.as_mut()?.collection(number)
    }
}

impl<P: Projection> Nested for Vec<P> {
    const FIELD: ProjectedField = ProjectedField::many::<P>();

    fn read(_: &mut Cells<'_>) -> Result<Vec<P>> {
        Ok(Vec::new())
    }

    fn collection(&mut self, _: usize) -> Option<&mut dyn Any> {
        Some(self)
    }
}

/// How many values of a row these fields take.
const fn width(fields: &[ProjectedField]) -> usize {
    let (mut width, mut index) = (0, 0);
    while index < fields.len() {
        width += fields[index].width;
        index += 1;
    }
    width
}

/// The same where the row may be missing.
const fn optional_width(fields: &[ProjectedField]) -> usize {
    let key = if presence(fields).is_none() { 1 } else { 0 };
    width(fields) + key
}

/// The position among the values of one that is never NULL in a row that is there.
pub(super) const fn presence(fields: &[ProjectedField]) -> Option<usize> {
    let (mut position, mut index) = (0, 0);
    while index < fields.len() {
        if fields[index].always {
            return Some(position);
        }
        position += fields[index].width;
        index += 1;
    }
    None
}

/// How many collections these fields are or contain.
pub(super) const fn collections(fields: &[ProjectedField]) -> usize {
    let (mut count, mut index) = (0, 0);
    while index < fields.len() {
        count += fields[index].collections;
        index += 1;
    }
    count
}

/// The field that is or contains the collection of a number, and the number inside of it. The derive calls this.
pub fn locate(fields: &[ProjectedField], mut number: usize) -> (usize, usize) {
    for (index, field) in fields.iter().enumerate() {
        if number < field.collections {
            return (index, number);
        }
        number -= field.collections;
    }
    (usize::MAX, number)
}
