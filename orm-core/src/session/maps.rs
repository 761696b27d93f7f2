//! The rows of a query as a map: from their key, or from what the caller names.

use std::collections::HashMap;
use std::hash::Hash;
use std::panic::Location;

use super::Session;
use super::ends::{Shape, name_of};
use super::query::{Query, Whole};
use super::selection::Single;
use super::source::{Source, all_columns};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Model;
use crate::node::Node;
use crate::types::{ColumnType, Mismatch, Scalar};
use crate::unit::{Request, Tail};
use crate::value::Value;

/// A primary key that can be read: a value, or a tuple of up to four.
pub trait ReadKey: Sized + Send {
    /// Reads the values of the key's columns.
    #[doc(hidden)]
    fn read_key(values: &[Value]) -> Result<Self, Mismatch>;
}

fn part<T: ColumnType>(values: &[Value], position: usize) -> Result<T, Mismatch> {
    match values.get(position) {
        Some(value) => T::decode(value.as_ref()),
        None => Err(Mismatch::new("a value of the key", "none")),
    }
}

impl<T: Scalar> ReadKey for T {
    fn read_key(values: &[Value]) -> Result<T, Mismatch> {
        part(values, 0)
    }
}

macro_rules! tuple_keys {
    ($($($name:ident $position:literal)+;)*) => {$(
        impl<$($name: Scalar),+> ReadKey for ($($name,)+) {
            fn read_key(values: &[Value]) -> Result<Self, Mismatch> {
                Ok(($(part::<$name>(values, $position)?,)+))
            }
        }
    )*};
}
tuple_keys! { A 0 B 1; A 0 B 1 C 2; A 0 B 1 C 2 D 3; }

impl<S: Session, T: Model> Query<S, T, Whole>
where
    T::Key: ReadKey + Eq + Hash,
{
    /// All rows, by their primary key.
    #[track_caller]
    pub fn all_by_key(mut self) -> impl Future<Output = Result<HashMap<T::Key, S::Row<T>>>> + Send {
        let mut key = Vec::new();
        for column in T::model().key_columns() {
            key.push(Node::Column(self.select.root, column));
        }
        let tail = select_behind(&mut self.select, key);
        let (mut session, request) = self.request(Location::caller());
        async move {
            let (rows, keys) = fetch::<S, T, Whole>(&mut session, request, tail).await?;
            let mut map = HashMap::with_capacity(rows.len());
            for (row, key) in rows.into_iter().zip(keys) {
                map.insert(
                    T::Key::read_key(&key).map_err(|mismatch| undecodable(T::model().name, &mismatch))?,
                    row,
                );
            }
            Ok(map)
        }
    }
}

impl<S: Session, T: Source, P: Shape<S, T>> Query<S, T, P> {
    /// All rows, by a column or an expression that no two rows share: `all_by(|u| u.name)`. Two rows of one key are a
    /// `SeveralFound` error.
    #[track_caller]
    pub fn all_by<Q: Single>(
        self,
        key: impl FnOnce(T::Columns) -> Q,
    ) -> impl Future<Output = Result<HashMap<Q::Value, P::Row>>> + Send
    where
        Q::Value: Eq + Hash,
    {
        let name = name_of(&self.select);
        let rows = self.keyed(key, Location::caller());
        async move {
            let (rows, keys) = rows.await?;
            let mut map = HashMap::with_capacity(rows.len());
            for (row, key) in rows.into_iter().zip(keys) {
                if map.insert(read::<Q::Value>(name, &key)?, row).is_some() {
                    let several = Error::new(ErrorKind::SeveralFound { model: name.into() });
                    return Err(several.context("two rows have the same key: use `all_grouped_by`"));
                }
            }
            Ok(map)
        }
    }

    /// All rows, grouped by a column or an expression: `all_grouped_by(|p| p.author_id)`. The rows of a group are in the
    /// order of the query.
    #[track_caller]
    pub fn all_grouped_by<Q: Single>(
        self,
        key: impl FnOnce(T::Columns) -> Q,
    ) -> impl Future<Output = Result<HashMap<Q::Value, Vec<P::Row>>>> + Send
    where
        Q::Value: Eq + Hash,
    {
        let name = name_of(&self.select);
        let rows = self.keyed(key, Location::caller());
        async move {
            let (rows, keys) = rows.await?;
            let mut map: HashMap<Q::Value, Vec<P::Row>> = HashMap::new();
            for (row, key) in rows.into_iter().zip(keys) {
                map.entry(read::<Q::Value>(name, &key)?).or_default().push(row);
            }
            Ok(map)
        }
    }

    fn keyed<Q: Single>(
        mut self,
        key: impl FnOnce(T::Columns) -> Q,
        caller: &'static Location<'static>,
    ) -> impl Future<Output = Result<Keyed<P::Row>>> + Send {
        let mut node = Vec::new();
        key(T::columns(self.select.root)).append_to(&mut node);
        let tail = select_behind(&mut self.select, node);
        let (mut session, request) = self.request(caller);
        async move { fetch::<S, T, P>(&mut session, request, tail).await }
    }
}

/// Rows, and the values of the key of each.
type Keyed<R> = (Vec<R>, Vec<Vec<Value>>);

/// Selects further values besides what a query selects.
fn select_behind(select: &mut crate::node::Select, nodes: Vec<Node>) -> Tail {
    if select.output.is_empty() {
        select.output = all_columns(select.root, select.from.columns());
    }
    Tail::select(&mut select.output, nodes, None)
}

async fn fetch<S: Session, T: Source, P: Shape<S, T>>(
    session: &mut S,
    mut request: Request,
    tail: Tail,
) -> Result<Keyed<P::Row>> {
    request.tail = Some(tail.clone());
    let rows = P::fetch(session, request).await?;
    Ok((rows, tail.take().0))
}

fn read<K: ColumnType>(name: &str, key: &[Value]) -> Result<K> {
    part(key, 0).map_err(|mismatch| undecodable(name, &mismatch))
}

#[cold]
fn undecodable(name: &str, mismatch: &Mismatch) -> Error {
    Error::new(ErrorKind::Decode {
        model: name.into(),
        column: "the key of the map".into(),
        expected: mismatch.expected().into(),
        found: mismatch.found().into(),
    })
}
