//! INSERTs of many rows that nobody tracks, and INSERT .. SELECT.

use std::marker::PhantomData;
use std::panic::Location;

use super::{BulkWrite, awaited};
use crate::any_engine::AnyEngine;
use crate::column::Column;
use crate::definition::{AnyModel, ColumnDef, ModelDef};
use crate::error::{Error, Result};
use crate::model::{Cols, Model};
use crate::node::{Body, Columns, From, Node, Select, Write};
use crate::now::BoxFuture;
use crate::path::Path;
use crate::session::Session;
use crate::session::query::{Detached, Picked, Query};
use crate::session::selection::Single;
use crate::session::source::Source;
use crate::types::{ColumnType, Scalar};
use crate::value::Value;

/// Rows to insert, in few statements. Await it: it gives the rows back, with the keys and defaults that the database made.
#[must_use = "rows are inserted when it is awaited"]
pub struct InsertMany<S, T> {
    pub(super) session: S,
    pub(super) rows: Vec<Box<dyn AnyModel>>,
    pub(super) caller: &'static Location<'static>,
    pub(super) _type: PhantomData<fn() -> T>,
}

impl<S, T: Model> InsertMany<S, T> {
    pub(crate) fn new(
        session: S,
        rows: impl IntoIterator<Item = T>,
        caller: &'static Location<'static>,
    ) -> Self {
        let mut boxed: Vec<Box<dyn AnyModel>> = Vec::new();
        for row in rows {
            boxed.push(Box::new(row));
        }
        InsertMany { session, rows: boxed, caller, _type: PhantomData }
    }
}

impl<S: Session, T: Model> InsertMany<S, T> {
    async fn run(self) -> Result<Vec<T>> {
        let InsertMany { mut session, rows, caller, _type } = self;
        let written = session.insert_rows(T::model(), rows, caller).await?;
        let mut rows = Vec::with_capacity(written.len());
        for row in written {
            let row: Box<dyn std::any::Any> = row;
            if let Ok(row) = row.downcast() {
                rows.push(*row);
            }
        }
        Ok(rows)
    }
}

awaited! {
    InsertMany<T: Model> -> Vec<T>;
}

/// Where the rows of a query go. Name the columns next.
#[must_use = "name the columns and the query"]
#[derive(Debug)]
pub struct InsertInto<S, T> {
    session: S,
    caller: &'static Location<'static>,
    _type: PhantomData<fn() -> T>,
}

/// Where the rows of a query go, and into which columns. Name the query next.
#[must_use = "name the query"]
#[derive(Debug)]
pub struct InsertFrom<S, T, C> {
    session: S,
    root: Path,
    columns: Vec<(Path, &'static ColumnDef)>,
    caller: &'static Location<'static>,
    _type: PhantomData<fn() -> (T, C)>,
}

impl<S, T: Model> InsertInto<S, T> {
    pub(crate) fn new(session: S, caller: &'static Location<'static>) -> Self {
        InsertInto { session, caller, _type: PhantomData }
    }

    /// The columns that the query gives, in its order: one, or a tuple. The others take the database's default, or NULL; a
    /// version begins with 1.
    pub fn columns<C: InsertColumns>(self, columns: impl FnOnce(Cols<T>) -> C) -> InsertFrom<S, T, C> {
        let InsertInto { session, caller, _type } = self;
        let root = Path::fresh();
        let mut named = Vec::new();
        columns(T::columns(root)).append_to(&mut named);
        InsertFrom { session, root, columns: named, caller, _type: PhantomData }
    }
}

impl<S, T: Model, C> InsertFrom<S, T, C> {
    /// The query: what it selects has the types of the columns. Await the result: it gives how many rows were inserted.
    pub fn from_query<U: Source, Q>(self, query: Query<Detached, U, Picked<Q>>) -> BulkWrite<S, T>
    where
        C: TakesFrom<Q>,
    {
        let InsertFrom { session, root, columns, caller, _type } = self;
        let (write, misfit) = insert(T::model(), root, &columns, query.body());
        BulkWrite::new(session, write, None, misfit, caller)
    }
}

/// Builds the statement; what is wrong with it is told when it runs.
fn insert(
    model: &'static ModelDef,
    root: Path,
    named: &[(Path, &'static ColumnDef)],
    rows: Body,
) -> (Write, Option<Error>) {
    let mut columns: Vec<&'static ColumnDef> = Vec::with_capacity(named.len() + 1);
    let mut misfit = None;
    for (path, column) in named {
        if *path != root {
            misfit = Some(format!("`{}` is a column of another row", column.field));
        }
        if columns.iter().any(|other| std::ptr::eq(*other, *column)) {
            misfit = Some(format!("`{}.{}` is named twice", model.name, column.field));
        }
        columns.push(column);
    }
    for column in model.columns {
        let left_out = !columns.iter().any(|named| std::ptr::eq(*named, column));
        let needed =
            !column.nullable && !column.generated && !column.version && column.server_default.is_none();
        if left_out && needed {
            misfit = Some(format!(
                "`{}.{}` takes no NULL and has no default in the database: name it among the columns, and select a value \
                 for it",
                model.name, column.field
            ));
        }
    }
    let mut rows = rows;
    let version = model.version_column();
    if let Some(version) =
        version.filter(|version| !columns.iter().any(|column| std::ptr::eq(*column, *version)))
    {
        rows = with_first_version(rows, columns.len());
        columns.push(version);
    }
    let write = crate::node::InsertFrom { model, root, columns, rows, returning: Vec::new() };
    (Write::Insert(write), misfit.map(|reason| Error::invalid_query(format!("INSERT .. SELECT: {reason}"))))
}

/// The rows of a query with a version beside them.
fn with_first_version(rows: Body, width: usize) -> Body {
    let from =
        From::Query { body: std::sync::Arc::new(rows), columns: Columns::Numbered(width), lateral: false };
    let mut select = Select::of(from, Path::fresh());
    for position in 0..width {
        // The type is not asked for: the column goes on as it is.
        let column = <Column<i64> as crate::session::source::DerivedColumns>::at(select.root, position);
        select.output.push(column.into_node());
    }
    select.output.push(Node::Value(Value::Int(1)));
    Body::Select(Box::new(select))
}

/// What `columns` takes: a column, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are not columns to insert into",
    label = "expected a column of the model, or a tuple of them"
)]
pub trait InsertColumns {
    /// Adds the columns to a list.
    fn append_to(self, columns: &mut Vec<(Path, &'static ColumnDef)>);
}

impl<T> InsertColumns for Column<T> {
    fn append_to(self, columns: &mut Vec<(Path, &'static ColumnDef)>) {
        columns.push((self.path(), self.definition()));
    }
}

/// Whether columns take the rows of a selection.
#[diagnostic::on_unimplemented(
    message = "the columns do not take what the query selects",
    label = "as many expressions as columns, each of the type of its column"
)]
pub trait TakesFrom<Q> {}

/// A type whose values a column of type `T` keeps: `T` itself, and `T` in `Option<T>`.
#[diagnostic::on_unimplemented(
    message = "a `{T}` column does not keep `{Self}`",
    label = "the query selects an expression of another type than the column"
)]
pub trait KeptIn<T> {}
impl<T: ColumnType> KeptIn<T> for T {}
impl<T: Scalar> KeptIn<Option<T>> for T {}

impl<T, Q: Single> TakesFrom<Q> for Column<T> where Q::Value: KeptIn<T> {}

macro_rules! tuples_of_columns {
    ($($($name:ident $picked:ident)+;)*) => {$(
        impl<$($name),+> InsertColumns for ($(Column<$name>,)+) {
            #[allow(non_snake_case)]
            fn append_to(self, columns: &mut Vec<(Path, &'static ColumnDef)>) {
                let ($($name,)+) = self;
                $($name.append_to(columns);)+
            }
        }

        impl<$($name, $picked: Single),+> TakesFrom<($($picked,)+)> for ($(Column<$name>,)+)
        where
            $($picked::Value: KeptIn<$name>),+
        {}
    )*};
}
tuples_of_columns! {
    A P; A P B Q; A P B Q C R; A P B Q C R D S; A P B Q C R D S E T; A P B Q C R D S E T F U;
    A P B Q C R D S E T F U G V; A P B Q C R D S E T F U G V H W; A P B Q C R D S E T F U G V H W I X;
    A P B Q C R D S E T F U G V H W I X J Y; A P B Q C R D S E T F U G V H W I X J Y K Z;
    A P B Q C R D S E T F U G V H W I X J Y K Z L O;
}
