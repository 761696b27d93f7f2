//! The query builder: typed closures fill an erased statement; the session that it was started from runs it.

use std::marker::PhantomData;
use std::panic::Location;

use crate::column::Expr;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Branch, Cols, Eager, Model};
use crate::node::Orders;
use crate::render::{self, Rendered};
use crate::session::Session;
use crate::statement::{Output, Select};
use crate::unit::Request;

/// A query of one model. Started by `session.query::<User>()` (rows become handles) or `engine.query::<User>()` (rows become
/// objects of their own).
#[must_use = "a query does nothing until it is run: `.all().await?`"]
#[derive(Debug)]
pub struct Query<S, T> {
    session: S,
    select: Box<Select>,
    with: Vec<Branch>,
    autoflush: Option<bool>,
    populate_existing: bool,
    _type: PhantomData<fn() -> T>,
}

impl<S: Session, T: Model> Query<S, T> {
    pub(crate) fn new(session: S) -> Self {
        let select = Box::new(Select::new(T::model()));
        Query {
            session,
            select,
            with: Vec::new(),
            autoflush: None,
            populate_existing: false,
            _type: PhantomData,
        }
    }

    fn columns(&self) -> Cols<T> {
        T::columns(self.select.root)
    }

    /// Keeps the rows for which the condition holds: an expression, or a `bool` column as it is. Several filters must all
    /// hold.
    pub fn filter<C: Into<Expr<bool>>>(mut self, condition: impl FnOnce(Cols<T>) -> C) -> Self {
        let condition = condition(self.columns()).into();
        self.select.filters.push(condition.into_node());
        self
    }

    /// Sorts the rows; further calls add less significant terms.
    pub fn order_by<O: Orders>(mut self, terms: impl FnOnce(Cols<T>) -> O) -> Self {
        terms(self.columns()).append_to(&mut self.select.order);
        self
    }

    /// At most so many rows.
    pub fn limit(mut self, rows: u64) -> Self {
        self.select.limit = Some(rows);
        self
    }

    /// Leaves out so many rows first.
    pub fn offset(mut self, rows: u64) -> Self {
        self.select.offset = Some(rows);
        self
    }

    /// Leaves out rows that are equal in all columns.
    pub fn distinct(mut self) -> Self {
        self.select.distinct = true;
        self
    }

    /// Loads relations along with the rows, one more statement for each, however many rows there are:
    /// `.with(|u| u.posts())`, `.with(|u| u.posts().comments())`, `.with(|u| (u.posts(), u.profile()))`.
    pub fn with<E: Eager>(mut self, relations: impl FnOnce(Cols<T>) -> E) -> Self {
        relations(self.columns()).append_to(&mut self.with);
        self
    }

    /// Whether pending changes are flushed before this query, whatever the session's own setting is.
    pub fn autoflush(mut self, on: bool) -> Self {
        self.autoflush = Some(on);
        self
    }

    /// Overwrites objects that the session holds already, changes that were not flushed included.
    pub fn populate_existing(mut self) -> Self {
        self.populate_existing = true;
        self
    }

    /// The SQL that `all` would send, and the values that it would bind.
    pub fn to_sql(&self) -> Result<Rendered> {
        render::select(&self.select, Output::Rows, self.session.engine().dialect())
    }

    fn request(self, caller: &'static Location<'static>) -> (S, Request) {
        let Query { session, select, with, autoflush, populate_existing, _type } = self;
        (session, Request { select: *select, with, autoflush, populate_existing, caller })
    }

    /// All rows.
    #[track_caller]
    pub fn all(self) -> impl Future<Output = Result<Vec<S::Row<T>>>> + Send {
        let (mut session, request) = self.request(Location::caller());
        async move { session.rows(request).await }
    }

    /// The first row, if there is one.
    #[track_caller]
    pub fn first(mut self) -> impl Future<Output = Result<Option<S::Row<T>>>> + Send {
        self.select.limit = Some(self.select.limit.map_or(1, |limit| limit.min(1)));
        let (mut session, request) = self.request(Location::caller());
        async move { Ok(session.rows(request).await?.into_iter().next()) }
    }

    /// The only row: none is a `NotFound` error, several are a `SeveralFound` error.
    #[track_caller]
    pub fn one(self) -> impl Future<Output = Result<S::Row<T>>> + Send {
        let found = self.one_or_none();
        async move { found.await?.ok_or_else(|| Error::not_found(T::model().name)) }
    }

    /// The only row, or none: several are a `SeveralFound` error.
    #[track_caller]
    pub fn one_or_none(mut self) -> impl Future<Output = Result<Option<S::Row<T>>>> + Send {
        self.select.limit = Some(self.select.limit.map_or(2, |limit| limit.min(2)));
        let (mut session, request) = self.request(Location::caller());
        async move {
            let mut rows = session.rows::<T>(request).await?;
            if rows.len() > 1 {
                return Err(Error::new(ErrorKind::SeveralFound { model: T::model().name.into() }));
            }
            Ok(rows.pop())
        }
    }

    /// How many rows there are.
    #[track_caller]
    pub fn count(self) -> impl Future<Output = Result<i64>> + Send {
        let (mut session, request) = self.request(Location::caller());
        async move { session.number(request, Output::Count).await }
    }

    /// Whether there is a row.
    #[track_caller]
    pub fn exists(self) -> impl Future<Output = Result<bool>> + Send {
        let (mut session, request) = self.request(Location::caller());
        async move { Ok(session.number(request, Output::Exists).await? != 0) }
    }
}
