//! The query builder: typed closures fill an erased statement; the session that it was started from runs it.

use std::marker::PhantomData;

use crate::column::{Condition, Groups, Operand};
use crate::dialect::Dialect;
use crate::error::Result;
use crate::model::{Branch, Cols, Eager, Model};
use crate::node::{From, Join, JoinKind, Lock, LockStrength, LockWait, Node, Orders, Output, Select};
use crate::path::Path;
use crate::render::{self, Rendered};

use super::Session;
use super::selection::Selection;
use super::source::{OptionalRows, Rows, Source};

/// A query of a model, or of rows that another query gives. Started by `session.query::<User>()` (rows become handles),
/// `engine.query::<User>()` (rows become objects of their own) or [`query`] (a part of another statement).
///
/// `P` is what its rows become: [`Whole`] models, or what [`select`](Query::select) picked.
#[must_use = "a query does nothing until it is run: `.all().await?`"]
#[derive(Debug)]
pub struct Query<S, T, P = Whole> {
    pub(super) session: S,
    pub(super) select: Box<Select>,
    pub(super) with: Vec<Branch>,
    pub(super) autoflush: Option<bool>,
    pub(super) populate_existing: bool,
    pub(super) _type: PhantomData<fn() -> (T, P)>,
}

/// A query that gives the objects of its model.
#[derive(Clone, Copy, Debug)]
pub struct Whole;

/// A query that gives the columns of another query's rows, as tuples.
#[derive(Clone, Copy, Debug)]
pub struct Tuples;

/// A query that gives what `select` picked.
pub struct Picked<Q>(PhantomData<fn() -> Q>);

/// Stands where a query has no session: it is a part of another statement.
#[derive(Clone, Copy, Debug)]
pub struct Detached;

/// A query that is a part of another statement: a subquery, a common table expression, one side of a UNION.
///
/// ```ignore
/// let writers = query::<Post>().filter(|p| p.title.like("R%")).select(|p| p.author_id);
/// engine.query::<User>().filter(|u| u.id.in_query(writers)).all().await?
/// ```
pub fn query<T: Model>() -> Query<Detached, T> {
    Query::new(Detached)
}

/// A query of rows that another query gives, as a part of another statement.
pub fn query_from<T: Source>(rows: &Rows<T>) -> Query<Detached, T, T::Natural> {
    Query::of(Detached, rows)
}

impl<S, T: Model> Query<S, T> {
    pub(crate) fn new(session: S) -> Self {
        Query::with_select(session, Select::new(T::model()))
    }

    /// Loads relations along with the rows, one more statement for each, however many rows there are:
    /// `.with(|u| u.posts())`, `.with(|u| u.posts().comments())`, `.with(|u| (u.posts(), u.profile()))`.
    pub fn with<E: Eager>(mut self, relations: impl FnOnce(Cols<T>) -> E) -> Self {
        relations(<T as Model>::columns(self.select.root)).append_to(&mut self.with);
        self
    }
}

impl<S, T: Source> Query<S, T, T::Natural> {
    pub(crate) fn of(session: S, rows: &Rows<T>) -> Self {
        Query::with_select(session, Select::of(rows.from.clone(), rows.row))
    }
}

impl<S, T: Source, P> Query<S, T, P> {
    fn with_select(session: S, select: Select) -> Self {
        Query {
            session,
            select: Box::new(select),
            with: Vec::new(),
            autoflush: None,
            populate_existing: false,
            _type: PhantomData,
        }
    }
}

/// Marks the queries that `select` can be called on: those that do not select yet.
pub trait Unselected {}
impl Unselected for Whole {}
impl Unselected for Tuples {}

impl<S, T: Source, P: Unselected> Query<S, T, P> {
    /// Picks what is read, in place of whole rows: columns, expressions, whole models, a tuple of up to 16 of them.
    ///
    /// ```ignore
    /// let posts: Vec<(String, i64)> = engine.query::<User>().select(|u| (u.name, u.posts().count())).all().await?;
    /// ```
    pub fn select<Q: Selection>(mut self, picked: impl FnOnce(T::Columns) -> Q) -> Query<S, T, Picked<Q>> {
        picked(T::columns(self.select.root)).append_to(&mut self.select.output);
        self.shape()
    }
}

impl<S, T: Source, P> Query<S, T, P> {
    fn columns(&self) -> T::Columns {
        T::columns(self.select.root)
    }

    pub(super) fn shape<Q>(self) -> Query<S, T, Q> {
        let Query { session, select, with, autoflush, populate_existing, _type } = self;
        Query { session, select, with, autoflush, populate_existing, _type: PhantomData }
    }

    /// Keeps the rows for which the condition holds: an expression, or a `bool` column as it is. Several filters must all
    /// hold.
    pub fn filter<C: Condition>(mut self, condition: impl FnOnce(T::Columns) -> C) -> Self {
        let condition = condition(self.columns()).into_condition();
        self.select.filters.push(condition);
        self
    }

    /// Sorts the rows; further calls add less significant terms.
    pub fn order_by<O: Orders>(mut self, terms: impl FnOnce(T::Columns) -> O) -> Self {
        terms(self.columns()).append_to(&mut self.select.order);
        self
    }

    /// One row for each group of equal values of these: columns, expressions, or a tuple of them. Further calls add terms.
    pub fn group_by<G: Groups>(mut self, terms: impl FnOnce(T::Columns) -> G) -> Self {
        terms(self.columns()).append_to(&mut self.select.groups);
        self
    }

    /// Keeps the groups for which the condition holds. Several must all hold.
    pub fn having<C: Operand<bool>>(mut self, condition: impl FnOnce(T::Columns) -> C) -> Self {
        let condition = condition(self.columns()).operand();
        self.select.having.push(condition);
        self
    }

    /// Joins further rows: pairs for which the condition holds.
    pub fn join<U: Source, C: Condition>(
        self,
        rows: &Rows<U>,
        on: impl FnOnce(T::Columns, U::Columns) -> C,
    ) -> Self {
        let condition = on(self.columns(), rows.columns()).into_condition();
        self.joined(JoinKind::Inner, rows.from.clone(), rows.row, Some(condition))
    }

    /// Joins further rows where there are any: the columns of `rows.optional()` may be NULL.
    pub fn left_join<U: Source, C: Condition>(
        self,
        rows: &OptionalRows<U>,
        on: impl FnOnce(T::Columns, U::Columns) -> C,
    ) -> Self {
        let condition = on(self.columns(), U::columns(rows.row)).into_condition();
        self.joined(JoinKind::Left, rows.from.clone(), rows.row, Some(condition))
    }

    /// Joins all pairs of rows.
    pub fn cross_join<U: Source>(self, rows: &Rows<U>) -> Self {
        self.joined(JoinKind::Cross, rows.from.clone(), rows.row, None)
    }

    fn joined(mut self, kind: JoinKind, from: From, row: Path, on: Option<Node>) -> Self {
        self.select.joins.push(Join { kind, from, row, on });
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

    /// Leaves out rows that are equal in all that is selected.
    pub fn distinct(mut self) -> Self {
        self.select.distinct = true;
        self
    }

    /// Locks the rows against writers and other locks until the transaction ends: FOR UPDATE. Only inside a transaction.
    pub fn for_update(self) -> Self {
        self.locked(LockStrength::Update)
    }

    /// Locks the rows against writers until the transaction ends: FOR SHARE. Only inside a transaction.
    pub fn for_share(self) -> Self {
        self.locked(LockStrength::Share)
    }

    fn locked(mut self, strength: LockStrength) -> Self {
        let wait = self.select.lock.map_or(LockWait::Wait, |lock| lock.wait);
        self.select.lock = Some(Lock { strength, wait });
        self
    }

    /// Fails at once where a row is locked by somebody else. With `for_update` or `for_share`.
    pub fn nowait(self) -> Self {
        self.waiting(LockWait::NoWait)
    }

    /// Leaves out rows that are locked by somebody else. With `for_update` or `for_share`.
    pub fn skip_locked(self) -> Self {
        self.waiting(LockWait::SkipLocked)
    }

    fn waiting(mut self, wait: LockWait) -> Self {
        let strength = self.select.lock.map_or(LockStrength::Update, |lock| lock.strength);
        self.select.lock = Some(Lock { strength, wait });
        self
    }

    /// A hint for the optimizer, in the words of the backend: written into `/*+ */` behind SELECT.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.select.hints.push(hint.into());
        self
    }

    /// A comment that is sent along, to be found in the database's logs.
    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.select.comment = Some(comment.into());
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
}

impl<S, T: Source, P> Query<S, T, P> {
    /// The SQL for a backend, and the values that it would bind, without a connection: `orm::sqlite::dialect()`,
    /// `orm::mysql::mysql_dialect()` and `orm::mysql::mariadb_dialect()` are the dialects.
    pub fn to_sql_for(&self, dialect: &dyn Dialect) -> Result<Rendered> {
        render::select(&self.select, Output::Rows, dialect)
    }
}

impl<S: Session, T: Source, P> Query<S, T, P> {
    /// The SQL that `all` would send, and the values that it would bind.
    pub fn to_sql(&self) -> Result<Rendered> {
        render::select(&self.select, Output::Rows, self.session.engine().dialect())
    }
}
