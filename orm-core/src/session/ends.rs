//! The ends of a query: what runs it, and what comes of it.

use std::panic::Location;

use crate::error::{Error, ErrorKind, Result};
use crate::model::Model;
use crate::node::{Output, Select};
use crate::unit::{Populate, Request};

use super::Session;
use super::projection::{self, Projected, Projection};
use super::query::{Picked, Query, Tuples, Whole};
use super::selection::{Cells, Picking, Selected, Single};
use super::source::{Derived, DerivedColumns, Source};

/// How a row is read, and what it becomes in a session or on an engine. Sealed by its uses.
pub trait Placed<S: Session, T>: 'static {
    /// What one row becomes.
    type Row: Send;
    /// What a row is read into before it is placed in the session.
    #[doc(hidden)]
    type Raw: Send + 'static;
    /// Reads the values of a row.
    #[doc(hidden)]
    fn read(cells: &mut Cells<'_>) -> Result<Self::Raw>;
    /// Places the objects of a row in the session.
    #[doc(hidden)]
    fn place(raw: Self::Raw, session: &mut S, populate: Populate) -> Result<Self::Row>;
}

/// What the rows of a query become, in a session or on an engine. Sealed by its uses.
pub trait Shape<S: Session, T: Source>: Placed<S, T> {
    /// Whether a row is whole as soon as it is read, so that it can leave a statement that goes on.
    #[doc(hidden)]
    fn check_stream() -> Result<()> {
        Ok(())
    }
    #[doc(hidden)]
    fn fetch(session: &mut S, request: Request) -> impl Future<Output = Result<Vec<Self::Row>>> + Send;
}

impl<S: Session, T: Model> Placed<S, T> for Whole {
    type Row = S::Row<T>;
    type Raw = T;

    #[inline]
    fn read(cells: &mut Cells<'_>) -> Result<T> {
        cells.object()
    }

    #[inline]
    fn place(raw: T, session: &mut S, populate: Populate) -> Result<S::Row<T>> {
        session.place_as(raw, populate)
    }
}

impl<S: Session, T: Model> Shape<S, T> for Whole {
    fn fetch(session: &mut S, request: Request) -> impl Future<Output = Result<Vec<S::Row<T>>>> + Send {
        session.rows(request)
    }
}

impl<S: Session, C: DerivedColumns + Selected<S>> Placed<S, Derived<C>> for Tuples {
    type Row = C::Row;
    type Raw = C::Raw;

    #[inline]
    fn read(cells: &mut Cells<'_>) -> Result<C::Raw> {
        C::read(cells)
    }

    #[inline]
    fn place(raw: C::Raw, session: &mut S, _: Populate) -> Result<C::Row> {
        C::place(raw, session)
    }
}

impl<S: Session, C: DerivedColumns + Selected<S>> Shape<S, Derived<C>> for Tuples {
    fn fetch(session: &mut S, request: Request) -> impl Future<Output = Result<Vec<C::Row>>> + Send {
        pick::<S, C>(session, request)
    }
}

impl<S: Session, T: Source, Q: Selected<S>> Placed<S, T> for Picked<Q> {
    type Row = Q::Row;
    type Raw = Q::Raw;

    #[inline]
    fn read(cells: &mut Cells<'_>) -> Result<Q::Raw> {
        Q::read(cells)
    }

    #[inline]
    fn place(raw: Q::Raw, session: &mut S, _: Populate) -> Result<Q::Row> {
        Q::place(raw, session)
    }
}

impl<S: Session, T: Source, Q: Selected<S>> Shape<S, T> for Picked<Q> {
    fn fetch(session: &mut S, request: Request) -> impl Future<Output = Result<Vec<Q::Row>>> + Send {
        pick::<S, Q>(session, request)
    }
}

impl<S: Session, P: Projection> Placed<S, P::Model> for Projected<P> {
    type Row = P;
    type Raw = P;

    #[inline]
    fn read(cells: &mut Cells<'_>) -> Result<P> {
        P::read(cells)
    }

    #[inline]
    fn place(raw: P, _: &mut S, _: Populate) -> Result<P> {
        Ok(raw)
    }
}

impl<S: Session, P: Projection> Shape<S, P::Model> for Projected<P> {
    fn check_stream() -> Result<()> {
        projection::check_stream(P::DEFINITION)
    }

    fn fetch(session: &mut S, request: Request) -> impl Future<Output = Result<Vec<P>>> + Send {
        projection::fetch(session, request)
    }
}

async fn pick<S: Session, Q: Selected<S>>(session: &mut S, request: Request) -> Result<Vec<Q::Row>> {
    if !request.with.is_empty() {
        return Err(Error::invalid_query(format!(
            "`with` loads relations of the `{}` objects that a query gives, and this one selects something else: leave out \
             `select`, or leave out `with` and select what is wanted of the relations",
            name_of(&request.select)
        )));
    }
    let read: fn(&mut Cells<'_>) -> Result<Q::Raw> = Q::read;
    let mut sink = Picking { rows: Vec::new(), read };
    session.fetch(&request, Output::Rows, &mut sink).await?;
    let mut rows = Vec::with_capacity(sink.rows.len());
    for raw in sink.rows {
        rows.push(Q::place(raw, session)?);
    }
    session.end_placing();
    Ok(rows)
}

/// What a query is called in messages.
pub(super) fn name_of(select: &Select) -> &'static str {
    select.model().map_or("the query", |model| model.name)
}

impl<S: Session, T: Source, P: Shape<S, T>> Query<S, T, P> {
    pub(super) fn request(self, caller: &'static Location<'static>) -> (S, Request) {
        let Query { session, select, with, autoflush, populate_existing, _type } = self;
        (session, Request { select, with, autoflush, populate_existing, tail: None, caller })
    }

    /// All rows.
    #[track_caller]
    pub fn all(self) -> impl Future<Output = Result<Vec<P::Row>>> + Send {
        let (mut session, request) = self.request(Location::caller());
        async move { P::fetch(&mut session, request).await }
    }

    /// The first row, if there is one.
    #[track_caller]
    pub fn first(mut self) -> impl Future<Output = Result<Option<P::Row>>> + Send {
        self.select.limit = Some(self.select.limit.map_or(1, |limit| limit.min(1)));
        let (mut session, request) = self.request(Location::caller());
        async move { Ok(P::fetch(&mut session, request).await?.into_iter().next()) }
    }

    /// The only row: none is a `NotFound` error, several are a `SeveralFound` error.
    #[track_caller]
    pub fn one(self) -> impl Future<Output = Result<P::Row>> + Send {
        let name = name_of(&self.select);
        let found = self.one_or_none();
        async move { found.await?.ok_or_else(|| Error::not_found(name)) }
    }

    /// The only row, or none: several are a `SeveralFound` error.
    #[track_caller]
    pub fn one_or_none(mut self) -> impl Future<Output = Result<Option<P::Row>>> + Send {
        self.select.limit = Some(self.select.limit.map_or(2, |limit| limit.min(2)));
        let name = name_of(&self.select);
        let (mut session, request) = self.request(Location::caller());
        async move {
            let mut rows = P::fetch(&mut session, request).await?;
            if rows.len() > 1 {
                return Err(Error::new(ErrorKind::SeveralFound { model: name.into() }));
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

impl<S: Session, T: Source, Q: Single> Query<S, T, Picked<Q>>
where
    Picked<Q>: Shape<S, T>,
{
    /// The one value of the one row: no row is a `NotFound` error, several are a `SeveralFound` error. The same as
    /// [`one`](Query::one), for queries of a single value.
    #[track_caller]
    pub fn scalar(self) -> impl Future<Output = Result<<Picked<Q> as Placed<S, T>>::Row>> + Send {
        self.one()
    }
}
