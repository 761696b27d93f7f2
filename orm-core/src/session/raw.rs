//! Statements of the caller's own SQL, whose rows become models, projections or tuples. Values are bound, never written into
//! the text; columns of models are matched by name, those of tuples by position.

use std::marker::PhantomData;
use std::panic::Location;
use std::task::{Context, Poll};

use smallvec::SmallVec;

use super::Session;
use super::ends::Placed;
use super::projection::{FieldKind, Projected, Projection};
use super::selection::Cells;
use super::stream::{RowChunks, RowStream};
use crate::engine::{Next, NoRows, RowSink};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Model;
use crate::render::Rendered;
use crate::types::ColumnType;
use crate::unit::{Effect, Errand, Populate};
use crate::value::{Value, ValueRef};

/// What a row of raw SQL can become: a model, a tuple of up to 16 values; projections by [`RawSql::project`].
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

/// What can be bound to raw SQL: every type that a column can hold, and `&str`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be bound to a statement",
    label = "expected a type that a column can hold, or `&str`"
)]
pub trait Bind {
    #[doc(hidden)]
    fn into_bound(self) -> Value;
}

impl<T: ColumnType> Bind for T {
    fn into_bound(self) -> Value {
        self.encode().into_value()
    }
}

impl Bind for &str {
    fn into_bound(self) -> Value {
        Value::Text(self.into())
    }
}

/// The shape of raw SQL's rows.
#[derive(Clone, Copy, Debug)]
pub struct RawRows<R>(PhantomData<fn() -> R>);

impl<S: Session, R: SqlRow<S>> Placed<S, ()> for RawRows<R> {
    type Row = R::Row;
    type Raw = R::Raw;

    fn read(cells: &mut Cells<'_>) -> Result<R::Raw> {
        R::read(cells)
    }

    fn place(raw: R::Raw, session: &mut S, _: Populate) -> Result<R::Row> {
        R::place(raw, session)
    }
}

/// A statement of the caller's own SQL, with a `?` for each bound value. Started by `engine.sql::<User>("..")` or
/// `session.sql::<User>("..")`.
///
/// ```ignore
/// let anns = engine.sql::<User>("SELECT * FROM users WHERE name = ?").bind("Ann").all().await?;
/// let totals = engine.sql::<(String, i64)>("SELECT name, COUNT(*) FROM users GROUP BY name").all().await?;
/// ```
///
/// The columns of a model or a projection are matched by their names: each must be there once, and no others. A tuple takes
/// them by position. The text is prepared as it is, and holds one statement; several are refused. A session flushes first,
/// tracks the models, and runs what is not a SELECT in its transaction, after which all its objects are stale.
#[must_use = "a statement does nothing until it is run: `.all().await?`, `.execute().await?`"]
#[derive(Debug)]
pub struct RawSql<S, R> {
    session: S,
    statement: Rendered,
    autoflush: Option<bool>,
    _type: PhantomData<fn() -> R>,
}

impl<S> RawSql<S, ()> {
    /// Reads structs that derive [`Projection`]; their columns are matched by the names of their fields:
    /// `engine.sql("SELECT name, age FROM users").project::<Card>().all()`.
    pub fn project<P: Projection>(self) -> RawSql<S, Projected<P>> {
        let RawSql { session, statement, autoflush, _type } = self;
        RawSql { session, statement, autoflush, _type: PhantomData }
    }
}

impl<S, R> RawSql<S, R> {
    pub(super) fn new(session: S, text: String) -> Self {
        let statement = Rendered { sql: text, values: Vec::new() };
        RawSql { session, statement, autoflush: None, _type: PhantomData }
    }

    /// Binds the value of the next `?`.
    pub fn bind(mut self, value: impl Bind) -> Self {
        self.statement.values.push(value.into_bound());
        self
    }

    /// Whether pending changes are flushed before this statement, whatever the session's own setting is.
    pub fn autoflush(mut self, on: bool) -> Self {
        self.autoflush = Some(on);
        self
    }

    fn errand(&self, effect: Effect, caller: &'static Location<'static>) -> Errand {
        Errand { what: "raw SQL", autoflush: self.autoflush, effect, caller }
    }
}

impl<S: Session, R: SqlRow<S>> RawSql<S, R> {
    /// All rows.
    #[track_caller]
    pub fn all(self) -> impl Future<Output = Result<Vec<R::Row>>> + Send {
        self.at_most(usize::MAX, Location::caller())
    }

    /// The first row, if there is one; the others are not read.
    #[track_caller]
    pub fn first(self) -> impl Future<Output = Result<Option<R::Row>>> + Send {
        let rows = self.at_most(1, Location::caller());
        async move { Ok(rows.await?.pop()) }
    }

    /// The only row: none is a `NotFound` error, several are a `SeveralFound` error.
    #[track_caller]
    pub fn one(self) -> impl Future<Output = Result<R::Row>> + Send {
        let row = self.one_or_none();
        async move { row.await?.ok_or_else(|| Error::not_found("row of raw SQL")) }
    }

    /// The only row, or none: several are a `SeveralFound` error.
    #[track_caller]
    pub fn one_or_none(self) -> impl Future<Output = Result<Option<R::Row>>> + Send {
        let rows = self.at_most(2, Location::caller());
        async move {
            let mut rows = rows.await?;
            if rows.len() > 1 {
                return Err(Error::new(ErrorKind::SeveralFound { model: "row of raw SQL".into() }));
            }
            Ok(rows.pop())
        }
    }

    /// The rows one after the other, while the statement runs: see [`RowStream`].
    #[track_caller]
    pub fn stream(self) -> impl Future<Output = Result<RowStream<S, (), RawRows<R>>>> + Send {
        let errand = self.errand(effect_of(&self.statement.sql), Location::caller());
        let RawSql { mut session, statement, .. } = self;
        async move {
            let layout = R::layout()?;
            let lent = session.lend(errand).await?;
            let around = |sink| Box::new(Matched::new(sink, layout)) as Box<dyn RowSink>;
            Ok(RowStream::start(session, lent, statement, Populate::Stale, around))
        }
    }

    /// The rows in vectors, while the statement runs: see [`RowStream`].
    #[track_caller]
    pub fn chunks(self, rows: usize) -> impl Future<Output = Result<RowChunks<S, (), RawRows<R>>>> + Send {
        let stream = self.stream();
        async move { stream.await?.in_chunks(rows) }
    }

    fn at_most(
        self,
        most: usize,
        caller: &'static Location<'static>,
    ) -> impl Future<Output = Result<Vec<R::Row>>> + Send {
        let errand = self.errand(effect_of(&self.statement.sql), caller);
        let RawSql { mut session, statement, .. } = self;
        async move {
            let mut taking = Taking { rows: Vec::new(), most, read: R::read };
            session.run_sql(errand, &statement, &mut Matched::new(&mut taking, R::layout()?)).await?;
            let mut rows = Vec::with_capacity(taking.rows.len());
            for raw in taking.rows {
                rows.push(R::place(raw, &mut session)?);
            }
            session.end_placing();
            Ok(rows)
        }
    }
}

impl<S: Session, A: ColumnType> RawSql<S, (A,)> {
    /// The one value of the one row: no row is a `NotFound` error, several are a `SeveralFound` error.
    #[track_caller]
    pub fn scalar(self) -> impl Future<Output = Result<A>> + Send {
        let row = self.one();
        async move { row.await.map(|(value,)| value) }
    }
}

impl<S: Session> RawSql<S, ()> {
    /// Runs a statement whose rows, if it has any, are of no interest, and tells how many rows it matched:
    /// `engine.sql("DELETE FROM logins WHERE at < ?").bind(limit).execute()`.
    #[track_caller]
    pub fn execute(self) -> impl Future<Output = Result<u64>> + Send {
        let errand = self.errand(Effect::Writes, Location::caller());
        let RawSql { mut session, statement, .. } = self;
        async move { Ok(session.run_sql(errand, &statement, &mut NoRows).await?.rows_affected) }
    }
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

/// Whether a statement may write: what only reads outside of a transaction needs none.
fn effect_of(sql: &str) -> Effect {
    let is_word = |word: &&str| !word.is_empty();
    let mut words = sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(is_word);
    let is_any = |word: &str, of: &[&str]| of.iter().any(|other| word.eq_ignore_ascii_case(other));
    let first = words.next().unwrap_or_default();
    let reads = is_any(first, &["SELECT", "VALUES", "TABLE", "SHOW", "EXPLAIN", "DESCRIBE"])
        || (is_any(first, &["WITH"])
            && !words.any(|word| is_any(word, &["INSERT", "UPDATE", "DELETE", "REPLACE"])));
    if reads { Effect::Reads } else { Effect::Writes }
}

/// Takes a number of rows.
struct Taking<R> {
    rows: Vec<R>,
    most: usize,
    read: fn(&mut Cells<'_>) -> Result<R>,
}

impl<R: Send> RowSink for Taking<R> {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        self.rows.push((self.read)(&mut Cells::new(row))?);
        Ok(if self.rows.len() < self.most { Next::More } else { Next::Enough })
    }

    fn restart(&mut self) {
        self.rows.clear();
    }
}

/// Puts the columns of each row into the order of a layout, on their way to another sink.
struct Matched<K> {
    sink: K,
    layout: SqlLayout,
    /// Where each column of the layout stands in the row.
    places: Vec<usize>,
}

/// A sink, owned or not.
trait Inner: Send {
    fn inner(&mut self) -> &mut dyn RowSink;
    fn hands_on(&self) -> bool;
}

impl<R: Send> Inner for &mut Taking<R> {
    fn inner(&mut self) -> &mut dyn RowSink {
        *self
    }
    fn hands_on(&self) -> bool {
        false
    }
}

impl Inner for Box<dyn RowSink> {
    fn inner(&mut self) -> &mut dyn RowSink {
        self.as_mut()
    }
    fn hands_on(&self) -> bool {
        self.as_ref().hands_on()
    }
}

impl<K: Inner> Matched<K> {
    fn new(sink: K, layout: SqlLayout) -> Self {
        Matched { sink, layout, places: Vec::new() }
    }
}

impl<K: Inner> RowSink for Matched<K> {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        if self.places.is_empty() {
            return self.sink.inner().row(row);
        }
        let mut ordered: SmallVec<[ValueRef<'_>; 16]> = SmallVec::new();
        for place in &self.places {
            ordered.push(row.get(*place).copied().unwrap_or(ValueRef::Null));
        }
        self.sink.inner().row(&ordered)
    }

    fn restart(&mut self) {
        self.sink.inner().restart();
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        self.sink.inner().poll_ready(cx)
    }

    fn hands_on(&self) -> bool {
        self.sink.hands_on()
    }

    fn wants_columns(&self) -> bool {
        true
    }

    fn columns(&mut self, names: &[&str]) -> Result<()> {
        match &self.layout {
            SqlLayout::Positions(count) if *count == names.len() => Ok(()),
            SqlLayout::Positions(count) => Err(Error::invalid_query(format!(
                "the statement gives {} columns, and the tuple has {count} values",
                names.len()
            ))),
            SqlLayout::Named { name, columns } => {
                self.places = places(name, columns, names)?;
                Ok(())
            }
        }
    }
}

/// Where each wanted column stands among those that are given.
fn places(name: &str, wanted: &[&str], given: &[&str]) -> Result<Vec<usize>> {
    let mut places = Vec::with_capacity(wanted.len());
    for column in wanted {
        let mut found = given.iter().enumerate().filter(|(_, other)| *other == column);
        match (found.next(), found.next()) {
            (Some((place, _)), None) => places.push(place),
            (None, _) => {
                let reason = format!(
                    "the statement gives no column `{column}`, which `{name}` needs: select it, or read a tuple; \
                     it gives {}",
                    listed(given)
                );
                return Err(Error::invalid_query(reason));
            }
            (Some(_), Some(_)) => {
                let reason = format!(
                    "the statement gives two columns `{column}`, and `{name}` needs one: select only its own, or \
                     rename the other by AS"
                );
                return Err(Error::invalid_query(reason));
            }
        }
    }
    match given.iter().find(|other| !wanted.contains(other)) {
        None => Ok(places),
        Some(other) => Err(Error::invalid_query(format!(
            "the statement gives a column `{other}`, which `{name}` does not have: leave it out, or read a tuple; \
             `{name}` has {}",
            listed(wanted)
        ))),
    }
}

fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name_in_any_order() {
        assert_eq!(places("User", &["id", "name"], &["name", "id"]).ok(), Some(vec![1, 0]));
    }

    #[test]
    fn what_only_reads_is_known_by_its_words() {
        for sql in ["SELECT 1", "  select 1", "WITH a AS (SELECT 1) SELECT * FROM a", "VALUES (1)"] {
            assert_eq!(effect_of(sql), Effect::Reads, "{sql}");
        }
        for sql in
            ["INSERT INTO a VALUES (1) RETURNING b", "WITH a AS (SELECT 1) DELETE FROM b", "PRAGMA x = 1", ""]
        {
            assert_eq!(effect_of(sql), Effect::Writes, "{sql}");
        }
    }
}
