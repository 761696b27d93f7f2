//! What `select` takes, and what its rows become: columns, expressions, whole models, tuples of them.

use crate::column::{Aggregate, Column, Expr};
use crate::definition::Row as RowView;
use crate::engine::{Next, RowSink};
use crate::error::{Error, ErrorKind, Result};
use crate::key::KeyValues;
use crate::model::{Kind, Model, Nullable, Required, ToOne, WholeColumns};
use crate::node::Node;
use crate::path::Path;
use crate::types::{ColumnType, Mismatch};
use crate::value::ValueRef;

use super::Session;
use super::source::{Derived, Source};

/// What can be selected: columns, expressions, whole models, tuples of up to 16 of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected",
    label = "expected columns, expressions, a whole model, or a tuple of up to 16 of them",
    note = "select names what the database computes: `|u| (u.name, u.posts().count())`"
)]
pub trait Selection {
    /// Adds the expressions to a select list.
    fn append_to(self, output: &mut Vec<Node>);
}

/// What the rows of a selection become in a session or on an engine.
pub trait Selected<S: Session>: Selection + 'static {
    /// What is read from the row.
    type Raw: Send + 'static;
    /// What it becomes where it is placed.
    type Row: Send;
    /// Reads the values of a row.
    fn read(cells: &mut Cells<'_>) -> Result<Self::Raw>;
    /// Places objects in the session.
    fn place(raw: Self::Raw, session: &mut S) -> Result<Self::Row>;
}

/// A selection that can be used as a table, or put together with another one.
pub trait Tabular: Selection {
    /// The columns, as they are seen from outside.
    type Source: Source;
}

/// A selection of one expression: what a scalar subquery and IN take.
pub trait Single: Selection {
    /// The type of the expression.
    type Value: ColumnType;
}

/// The values of a row, one after the other.
#[derive(Debug)]
pub struct Cells<'r> {
    values: &'r [ValueRef<'r>],
    next: usize,
}

impl<'r> Cells<'r> {
    /// The values of a row.
    pub fn new(values: &'r [ValueRef<'r>]) -> Self {
        Cells { values, next: 0 }
    }

    /// The next value.
    #[inline]
    pub fn value<T: ColumnType>(&mut self) -> Result<T> {
        let Some(value) = self.values.get(self.next) else { return Err(too_few(self.next)) };
        self.next += 1;
        match T::decode(*value) {
            Ok(value) => Ok(value),
            Err(mismatch) => Err(Error::new(ErrorKind::Decode {
                model: "select".into(),
                column: format!("expression {}", self.next),
                expected: mismatch.expected().into(),
                found: mismatch.found().into(),
            })),
        }
    }

    /// The next value, for a field of a struct.
    #[inline]
    pub fn field<T: ColumnType>(&mut self, name: &'static str, field: &'static str) -> Result<T> {
        let Some(value) = self.values.get(self.next) else { return Err(too_few(self.next)) };
        self.next += 1;
        match T::decode(*value) {
            Ok(value) => Ok(value),
            Err(mismatch) => Err(undecodable(name, field, &mismatch)),
        }
    }

    /// Whether the value that many places ahead is NULL; past the end of the row it is.
    pub(crate) fn is_null(&self, ahead: usize) -> bool {
        self.values.get(self.next + ahead).is_none_or(|value| value.is_null())
    }

    /// Passes over so many values.
    pub(crate) fn skip(&mut self, values: usize) {
        self.next += values;
    }

    /// The next values as a key.
    pub(crate) fn key(&mut self, columns: usize) -> Result<KeyValues> {
        let end = self.next + columns;
        let Some(values) = self.values.get(self.next..end) else { return Err(too_few(self.next)) };
        self.next = end;
        let mut key = KeyValues::new();
        for value in values {
            key.push(value.to_value());
        }
        Ok(key)
    }

    /// The next values as an object.
    pub fn object<T: Model>(&mut self) -> Result<T> {
        let model = T::model();
        let end = self.next + model.columns.len();
        let Some(values) = self.values.get(self.next..end) else { return Err(too_few(self.next)) };
        self.next = end;
        T::read(RowView::new(values, model))
    }

    /// The next values as an object, or none where its key is NULL.
    pub fn optional_object<T: Model>(&mut self) -> Result<Option<T>> {
        let model = T::model();
        let key = self.next + usize::from(model.primary_key[0]);
        if self.values.get(key).is_none_or(|value| value.is_null()) {
            self.next += model.columns.len();
            return Ok(None);
        }
        self.object().map(Some)
    }
}

#[cold]
fn undecodable(name: &'static str, field: &'static str, mismatch: &Mismatch) -> Error {
    Error::new(ErrorKind::Decode {
        model: name.into(),
        column: field.into(),
        expected: mismatch.expected().into(),
        found: mismatch.found().into(),
    })
}

#[cold]
fn too_few(position: usize) -> Error {
    Error::database("rows", format!("a row has only {position} values, fewer than were selected"))
}

fn whole<T: Model>(row: Path, output: &mut Vec<Node>) {
    for column in T::model().columns {
        output.push(Node::Column(row, column));
    }
}

macro_rules! scalars {
    ($(<$($l:ident)?> $type:ty;)*) => {$(
        impl<T: ColumnType $(, $l)?> Selection for $type {
            fn append_to(self, output: &mut Vec<Node>) {
                output.push(self.into_node());
            }
        }

        impl<S: Session, T: ColumnType $(, $l: 'static)?> Selected<S> for $type {
            type Raw = T;
            type Row = T;
            #[inline]
            fn read(cells: &mut Cells<'_>) -> Result<T> {
                cells.value()
            }
            #[inline]
            fn place(raw: T, _: &mut S) -> Result<T> {
                Ok(raw)
            }
        }

        impl<T: ColumnType $(, $l)?> Tabular for $type {
            type Source = Derived<Column<T>>;
        }

        impl<T: ColumnType $(, $l)?> Single for $type {
            type Value = T;
        }
    )*};
}

scalars! {
    <> Column<T>;
    <L> Expr<T, L>;
    <> Aggregate<T>;
}

impl<C: WholeColumns> Selection for C {
    fn append_to(self, output: &mut Vec<Node>) {
        whole::<C::Model>(self.row(), output);
    }
}

impl<S: Session, C: WholeColumns> Selected<S> for C {
    type Raw = C::Model;
    type Row = S::Row<C::Model>;
    fn read(cells: &mut Cells<'_>) -> Result<C::Model> {
        cells.object()
    }
    fn place(raw: C::Model, session: &mut S) -> Result<Self::Row> {
        session.place(raw)
    }
}

impl<C: WholeColumns> Tabular for C {
    type Source = C::Model;
}

impl<T: Model, K: Kind> Selection for ToOne<T, K> {
    fn append_to(self, output: &mut Vec<Node>) {
        whole::<T>(self.row(), output);
    }
}

impl<S: Session, T: Model> Selected<S> for ToOne<T, Required> {
    type Raw = T;
    type Row = S::Row<T>;
    fn read(cells: &mut Cells<'_>) -> Result<T> {
        cells.object()
    }
    fn place(raw: T, session: &mut S) -> Result<S::Row<T>> {
        session.place(raw)
    }
}

impl<S: Session, T: Model> Selected<S> for ToOne<T, Nullable> {
    type Raw = Option<T>;
    type Row = Option<S::Row<T>>;
    fn read(cells: &mut Cells<'_>) -> Result<Option<T>> {
        cells.optional_object()
    }
    fn place(raw: Option<T>, session: &mut S) -> Result<Option<S::Row<T>>> {
        match raw {
            Some(object) => session.place(object).map(Some),
            None => Ok(None),
        }
    }
}

macro_rules! selection_tuples {
    ($($($name:ident)+;)*) => {$(
        impl<$($name: Selection),+> Selection for ($($name,)+) {
            #[allow(non_snake_case)]
            fn append_to(self, output: &mut Vec<Node>) {
                let ($($name,)+) = self;
                $($name.append_to(output);)+
            }
        }

        impl<Where: Session, $($name: Selected<Where>),+> Selected<Where> for ($($name,)+) {
            type Raw = ($($name::Raw,)+);
            type Row = ($($name::Row,)+);
            #[inline]
            fn read(cells: &mut Cells<'_>) -> Result<Self::Raw> {
                Ok(($($name::read(cells)?,)+))
            }
            #[allow(non_snake_case)]
            #[inline]
            fn place(raw: Self::Raw, session: &mut Where) -> Result<Self::Row> {
                let ($($name,)+) = raw;
                Ok(($($name::place($name, session)?,)+))
            }
        }

        impl<$($name: Single),+> Tabular for ($($name,)+) {
            type Source = Derived<($(Column<$name::Value>,)+)>;
        }
    )*};
}

selection_tuples! {
    A; A B; A B C; A B C D; A B C D E; A B C D E F; A B C D E F G; A B C D E F G H; A B C D E F G H I;
    A B C D E F G H I J; A B C D E F G H I J K; A B C D E F G H I J K L; A B C D E F G H I J K L M;
    A B C D E F G H I J K L M N; A B C D E F G H I J K L M N O; A B C D E F G H I J K L M N O P;
}

/// Takes the rows of a selection.
pub(super) struct Picking<R> {
    pub(super) rows: Vec<R>,
    pub(super) read: fn(&mut Cells<'_>) -> Result<R>,
}

impl<R: Send> RowSink for Picking<R> {
    #[inline]
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        self.rows.push((self.read)(&mut Cells::new(row))?);
        Ok(Next::More)
    }

    fn restart(&mut self) {
        self.rows.clear();
    }
}
