//! Create, read and delete by primary key, which every model has.

use std::panic::Location;

use super::Session;
use crate::error::Result;
use crate::key::{IntoKey, KeyValues};
use crate::model::Model;

/// Create, read and delete by primary key, for every model, against any [`Session`].
pub trait Crud: Model {
    /// The row with this primary key: `User::get(&mut session, 1)`, `Line::get(&mut session, (7, 1))`.
    #[track_caller]
    fn get<S: Session>(
        session: &mut S,
        key: impl IntoKey<Self::Key>,
    ) -> impl Future<Output = Result<Option<S::Row<Self>>>> + Send {
        let mut values = KeyValues::new();
        key.append_to(&mut values);
        session.find(values, Location::caller())
    }

    /// Stores a new object: a session inserts it at its next flush, an engine at once, in a transaction of its own.
    #[track_caller]
    fn insert<S: Session>(self, session: &mut S) -> impl Future<Output = Result<S::Row<Self>>> + Send {
        session.store(self, Location::caller())
    }

    /// Deletes the row with this primary key, and says whether there was one: a session at its next flush, an engine at
    /// once, in a transaction of its own.
    #[track_caller]
    fn delete<S: Session>(
        session: &mut S,
        key: impl IntoKey<Self::Key>,
    ) -> impl Future<Output = Result<bool>> + Send {
        let mut values = KeyValues::new();
        key.append_to(&mut values);
        session.remove::<Self>(values, Location::caller())
    }
}

impl<T: Model> Crud for T {}
