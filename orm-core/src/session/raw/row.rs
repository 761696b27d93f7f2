//! What rows of raw SQL become: models and projections by the names of their columns, tuples by position.

use crate::error::{Error, Result};
use crate::model::Model;
use crate::session::Session;
use crate::session::projection::{FieldKind, Projected, Projection};
use crate::session::selection::Cells;
use crate::types::ColumnType;

/// What a row of raw SQL can become: a model, a tuple of up to 16 values; projections by [`RawSql::project`](super::RawSql::project).
#[diagnostic::on_unimplemented(
    message = "rows of raw SQL cannot become `{Self}`",
    label = "expected a model or a tuple of values",
    note = "a projection is read by `engine.sql(\"SELECT ..\").project::<Card>()`",
    note = "a single value is a tuple of one: `engine.sql::<(i64,)>(\"SELECT ..\")`"
)]
pub trait SqlRow<S: Session>: 'static {
    /// What a row is read into.
    #[doc(hidden)]
    type Raw: Send + 'static;
    /// What it becomes: a handle where objects are tracked.
    type Row: Send;
    /// Which columns it needs.
    #[doc(hidden)]
    fn layout() -> Result<SqlLayout>;
    /// Reads the columns, in the order of the layout.
    #[doc(hidden)]
    fn read(cells: &mut Cells<'_>) -> Result<Self::Raw>;
    /// Places objects in the session.
    #[doc(hidden)]
    fn place(raw: Self::Raw, session: &mut S) -> Result<Self::Row>;
}

/// Which columns a row needs.
#[derive(Clone, Debug)]
pub enum SqlLayout {
    /// These, by name, in whatever order.
    Named {
        /// The type, for messages.
        name: &'static str,
        /// The columns.
        columns: Vec<&'static str>,
    },
    /// So many, by position.
    Positions(usize),
}

impl<S: Session, T: Model> SqlRow<S> for T {
    type Raw = T;
    type Row = S::Row<T>;

    fn layout() -> Result<SqlLayout> {
        let model = T::model();
        Ok(SqlLayout::Named {
            name: model.name,
            columns: model.columns.iter().map(|column| column.name).collect(),
        })
    }

    fn read(cells: &mut Cells<'_>) -> Result<T> {
        cells.object()
    }

    fn place(raw: T, session: &mut S) -> Result<S::Row<T>> {
        session.place(raw)
    }
}

impl<S: Session, P: Projection> SqlRow<S> for Projected<P> {
    type Raw = P;
    type Row = P;

    fn layout() -> Result<SqlLayout> {
        let mut columns = Vec::with_capacity(P::FIELDS.len());
        for field in P::FIELDS {
            if field.kind != FieldKind::Value {
                return Err(Error::invalid_query(format!(
                    "`{}.{}` is a projection of its own, and the rows of raw SQL have columns only: leave it out, or \
                     use a query",
                    P::NAME,
                    field.name
                )));
            }
            columns.push(field.name);
        }
        Ok(SqlLayout::Named { name: P::NAME, columns })
    }

    fn read(cells: &mut Cells<'_>) -> Result<P> {
        P::read(cells)
    }

    fn place(raw: P, _: &mut S) -> Result<P> {
        Ok(raw)
    }
}

macro_rules! tuples_of_values {
    ($($count:literal $($name:ident)+;)*) => {$(
        impl<Where: Session, $($name: ColumnType),+> SqlRow<Where> for ($($name,)+) {
            type Raw = ($($name,)+);
            type Row = ($($name,)+);
            fn layout() -> Result<SqlLayout> {
                Ok(SqlLayout::Positions($count))
            }
            fn read(cells: &mut Cells<'_>) -> Result<Self::Raw> {
                Ok(($(cells.value::<$name>()?,)+))
            }
            fn place(raw: Self::Raw, _: &mut Where) -> Result<Self::Row> {
                Ok(raw)
            }
        }
    )*};
}

tuples_of_values! {
    1 A; 2 A B; 3 A B C; 4 A B C D; 5 A B C D E; 6 A B C D E F; 7 A B C D E F G; 8 A B C D E F G H;
    9 A B C D E F G H I; 10 A B C D E F G H I J; 11 A B C D E F G H I J K; 12 A B C D E F G H I J K L;
    13 A B C D E F G H I J K L M; 14 A B C D E F G H I J K L M N; 15 A B C D E F G H I J K L M N O;
    16 A B C D E F G H I J K L M N O P;
}

/// What gives no rows that anybody reads.
impl<S: Session> SqlRow<S> for () {
    type Raw = ();
    type Row = ();
    fn layout() -> Result<SqlLayout> {
        Ok(SqlLayout::Positions(0))
    }
    fn read(_: &mut Cells<'_>) -> Result<()> {
        Ok(())
    }
    fn place(_: (), _: &mut S) -> Result<()> {
        Ok(())
    }
}
