//! Statements of the caller's own SQL, whose rows become models, projections or tuples. Values are bound, never written into
//! the text; columns of models are matched by name, those of tuples by position.

mod matched;
mod row;

use std::marker::PhantomData;
use std::panic::Location;

use super::Session;
use super::ends::Placed;
use super::projection::{Projected, Projection};
use super::selection::Cells;
use super::stream::{RowChunks, RowStream};
use crate::engine::{Next, NoRows, RowSink};
use crate::error::{Error, ErrorKind, Result};
use crate::render::Rendered;
use crate::types::ColumnType;
use crate::unit::{Effect, Errand, Populate};
use crate::value::{Value, ValueRef};

use matched::Matched;
pub use row::{SqlLayout, SqlRow};

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
            let Rendered { sql, values } = statement;
            let statement = (session.engine().own_text(&sql), values);
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

#[cfg(test)]
mod tests {
    use super::*;

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
