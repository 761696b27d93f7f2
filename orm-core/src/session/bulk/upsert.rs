//! Upserts: rows that are inserted, or change the row that is there already.

use std::marker::PhantomData;

use super::awaited;
use super::insert::InsertMany;
use crate::any_engine::AnyEngine;
use crate::column::{Assignments, Column, Condition};
use crate::definition::ColumnDef;
use crate::error::{Error, Result};
use crate::model::{Cols, Model};
use crate::node::{Conflict, ConflictAction};
use crate::now::BoxFuture;
use crate::path::Path;
use crate::session::Session;
use crate::unit::{self, Upserted};

/// Rows to insert, and the unique columns in which they may conflict. Say next what happens then.
#[must_use = "say what happens to a row that is there: `do_nothing` or `do_update`"]
pub struct OnConflict<S, T> {
    insert: InsertMany<S, T>,
    conflict: Conflict,
}

/// Rows to insert, or to change what is there. Await it.
#[must_use = "rows are inserted when it is awaited"]
pub struct Upsert<S, T> {
    insert: InsertMany<S, T>,
    conflict: Conflict,
    misfit: Option<Error>,
    _type: PhantomData<fn() -> T>,
}

impl<S, T: Model> InsertMany<S, T> {
    /// What happens to rows whose values in these columns are there already: one unique column, or a tuple of those that
    /// are unique together. Other conflicts stay errors.
    ///
    /// MySQL and MariaDB know no columns here: a conflict of any unique columns counts there. So a model with other unique
    /// columns that the rows set is `Unsupported` there.
    pub fn on_conflict<C: UniqueColumns>(self, columns: impl FnOnce(Cols<T>) -> C) -> OnConflict<S, T> {
        let (root, proposed) = (Path::fresh(), Path::fresh());
        let mut target = Vec::new();
        columns(T::columns(root)).append_to(&mut target);
        let conflict = Conflict { root, proposed, target, action: ConflictAction::Nothing };
        OnConflict { insert: self, conflict }
    }
}

impl<S, T: Model> OnConflict<S, T> {
    /// The row that is there stays as it is.
    pub fn do_nothing(self) -> Upsert<S, T> {
        let OnConflict { insert, conflict } = self;
        Upsert { insert, conflict, misfit: None, _type: PhantomData }
    }

    /// The row that is there is changed. The closure gets its columns, and those of the row that was to be inserted:
    /// `|old, new| (old.name.set(new.name), old.points.set(old.points + new.points))`.
    pub fn do_update<A: Assignments>(self, set: impl FnOnce(Cols<T>, Cols<T>) -> A) -> Upsert<S, T> {
        let OnConflict { insert, mut conflict } = self;
        let mut assignments = Vec::new();
        set(T::columns(conflict.root), T::columns(conflict.proposed)).append_to(&mut assignments);
        unit::count_version(T::model(), conflict.root, &mut assignments);
        conflict.action = ConflictAction::Update { assignments, filters: Vec::new() };
        Upsert { insert, conflict, misfit: None, _type: PhantomData }
    }
}

impl<S, T: Model> Upsert<S, T> {
    /// Changes the row that is there only where this holds of it and the new one; else it stays as it is.
    pub fn filter<C: Condition>(mut self, condition: impl FnOnce(Cols<T>, Cols<T>) -> C) -> Self {
        let condition = condition(T::columns(self.conflict.root), T::columns(self.conflict.proposed));
        match &mut self.conflict.action {
            ConflictAction::Update { assignments: _, filters } => filters.push(condition.into_condition()),
            ConflictAction::Nothing => {
                self.misfit = Some(Error::invalid_query(format!(
                    "`do_nothing` of `{}` has no filter: nothing is changed anyway",
                    T::model().name
                )));
            }
        }
        self
    }
}

impl<S: Session, T: Model> Upsert<S, T> {
    async fn run(self) -> Result<Upserted> {
        let Upsert { insert, conflict, misfit, _type } = self;
        let InsertMany { mut session, rows, caller, _type } = insert;
        match misfit {
            None => session.upsert_rows(T::model(), rows, &conflict, caller).await,
            Some(error) => Err(error),
        }
    }
}

awaited! {
    Upsert<T: Model> -> Upserted;
}

/// What `on_conflict` takes: a unique column, or a tuple of columns that are unique together.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are not the columns of a unique constraint",
    label = "expected a unique column of the model, or a tuple of columns"
)]
pub trait UniqueColumns {
    /// Adds the columns to a list.
    fn append_to(self, columns: &mut Vec<(Path, &'static ColumnDef)>);
}

impl<T> UniqueColumns for Column<T> {
    fn append_to(self, columns: &mut Vec<(Path, &'static ColumnDef)>) {
        columns.push((self.path(), self.definition()));
    }
}

macro_rules! tuples_of_columns {
    ($($($name:ident)+;)*) => {$(
        impl<$($name),+> UniqueColumns for ($(Column<$name>,)+) {
            #[allow(non_snake_case)]
            fn append_to(self, columns: &mut Vec<(Path, &'static ColumnDef)>) {
                let ($($name,)+) = self;
                $($name.append_to(columns);)+
            }
        }
    )*};
}
tuples_of_columns! { A; A B; A B C; A B C D; A B C D E; A B C D E F; }
