//! Where the rows of a query come from: models, and queries used as tables. Each shows its columns to the closures of the
//! query that it stands in.

use std::marker::PhantomData;
use std::ops::Deref;

use crate::column::Column;
use crate::definition::ColumnDef;
use crate::model::{Cols, Model, Nullable};
use crate::node::{From, MOST_COLUMNS, NAMES};
use crate::path::Path;
use crate::types::ColumnType;

use super::query::{Tuples, Whole};

/// What stands in a FROM clause: a model, or a query whose columns are known. Sealed by its uses: models and [`Derived`].
pub trait Source: 'static {
    /// The columns, as closures see them.
    type Columns: Copy;
    /// The columns where the row may be missing, beyond a LEFT JOIN.
    type Optional: Copy;
    /// What the rows of a query become where it selects nothing: [`Whole`] models or [`Tuples`].
    type Natural;
    /// The columns of a row.
    fn columns(row: Path) -> Self::Columns;
    /// The columns of a row that may be missing.
    fn optional(row: Path) -> Self::Optional;
}

impl<T: Model> Source for T {
    type Columns = Cols<T>;
    type Optional = T::Columns<Nullable>;
    type Natural = Whole;

    fn columns(row: Path) -> Cols<T> {
        T::columns(row)
    }

    fn optional(row: Path) -> Self::Optional {
        T::columns(row)
    }
}

/// The rows of a query that selects expressions: its columns are those of the select list, in a tuple.
pub struct Derived<C>(PhantomData<fn() -> C>);

impl<C: DerivedColumns> Source for Derived<C> {
    type Columns = C;
    type Optional = C::Optional;
    type Natural = Tuples;

    fn columns(row: Path) -> C {
        C::at(row, 0)
    }

    fn optional(row: Path) -> C::Optional {
        C::optional_at(row, 0)
    }
}

/// The columns of a query that is used as a table: a column, or a tuple of them.
pub trait DerivedColumns: Copy + 'static {
    /// The same where the row may be missing.
    type Optional: Copy;
    /// The columns of a row, from a position on.
    fn at(row: Path, position: usize) -> Self;
    /// The same where the row may be missing.
    fn optional_at(row: Path, position: usize) -> Self::Optional;
}

/// The definitions of numbered columns of a type.
struct Numbered<T>(PhantomData<T>);

impl<T: ColumnType> Numbered<T> {
    const COLUMNS: &'static [ColumnDef; MOST_COLUMNS] = &{
        let mut columns = [ColumnDef::new::<T>("c0", "c0", 0); MOST_COLUMNS];
        let mut index = 0;
        while index < MOST_COLUMNS {
            columns[index] = ColumnDef::new::<T>(NAMES[index], NAMES[index], index as u16);
            index += 1;
        }
        columns
    };
}

impl<T: ColumnType> DerivedColumns for Column<T> {
    type Optional = Column<T::Nullable>;

    fn at(row: Path, position: usize) -> Self {
        Column::new(row, &Numbered::<T>::COLUMNS[position])
    }

    fn optional_at(row: Path, position: usize) -> Self::Optional {
        Column::new(row, &Numbered::<T>::COLUMNS[position])
    }
}

macro_rules! derived_tuples {
    ($($($name:ident $position:literal)+;)*) => {$(
        impl<$($name: DerivedColumns),+> DerivedColumns for ($($name,)+) {
            type Optional = ($($name::Optional,)+);

            fn at(row: Path, _: usize) -> Self {
                ($($name::at(row, $position),)+)
            }

            fn optional_at(row: Path, _: usize) -> Self::Optional {
                ($($name::optional_at(row, $position),)+)
            }
        }
    )*};
}

derived_tuples! {
    A 0; A 0 B 1; A 0 B 1 C 2; A 0 B 1 C 2 D 3; A 0 B 1 C 2 D 3 E 4; A 0 B 1 C 2 D 3 E 4 F 5;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6; A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7; A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9; A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11; A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13 O 14;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13 O 14 P 15;
}

/// Rows to be joined or queried: an [`alias`] of a model, a subquery, a common table expression, a list of values. Its
/// columns are reached through it: `twin.name`, `totals.1`.
pub struct Rows<T: Source> {
    pub(crate) from: From,
    pub(crate) row: Path,
    columns: T::Columns,
}

impl<T: Source> Rows<T> {
    pub(crate) fn new(from: From, row: Path) -> Self {
        Rows { from, row, columns: T::columns(row) }
    }

    /// The columns.
    pub fn columns(&self) -> T::Columns {
        self.columns
    }

    /// The same rows once more, to be joined a second time.
    #[must_use]
    pub fn alias(&self) -> Self {
        Rows::new(self.from.clone(), Path::fresh())
    }

    /// The same rows where they may be missing: what [`left_join`](super::Query::left_join) takes.
    pub fn optional(&self) -> OptionalRows<T> {
        let row = Path::fresh();
        OptionalRows { from: self.from.clone(), row, columns: T::optional(row) }
    }
}

impl<T: Source> Clone for Rows<T> {
    fn clone(&self) -> Self {
        Rows { from: self.from.clone(), row: self.row, columns: self.columns }
    }
}

impl<T: Source> std::fmt::Debug for Rows<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("from", &self.from).finish_non_exhaustive()
    }
}

impl<T: Source> Deref for Rows<T> {
    type Target = T::Columns;
    fn deref(&self) -> &T::Columns {
        &self.columns
    }
}

/// Rows that may be missing where they are joined: their columns may be NULL.
pub struct OptionalRows<T: Source> {
    pub(crate) from: From,
    pub(crate) row: Path,
    columns: T::Optional,
}

impl<T: Source> OptionalRows<T> {
    /// The columns.
    pub fn columns(&self) -> T::Optional {
        self.columns
    }
}

impl<T: Source> Clone for OptionalRows<T> {
    fn clone(&self) -> Self {
        OptionalRows { from: self.from.clone(), row: self.row, columns: self.columns }
    }
}

impl<T: Source> std::fmt::Debug for OptionalRows<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OptionalRows").field("from", &self.from).finish_non_exhaustive()
    }
}

impl<T: Source> Deref for OptionalRows<T> {
    type Target = T::Optional;
    fn deref(&self) -> &T::Optional {
        &self.columns
    }
}

/// A row of a model besides the one that a query starts from, for joins that no relation says:
///
/// ```ignore
/// let twin = alias::<User>();
/// engine.query::<User>().join(&twin, |u, t| u.name.eq(t.name) & u.id.lt(t.id)).select(|u| (u.id, twin.id))
/// ```
pub fn alias<T: Model>() -> Rows<T> {
    Rows::new(From::Model(T::model()), Path::fresh())
}
