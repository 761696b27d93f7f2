//! Queries inside of others: scalar subqueries, EXISTS, IN, tables made of queries, common table expressions, and sets of
//! two queries.

use std::sync::Arc;

use crate::column::{Column, Expr, Level, Members, PerRow, Tuple};
use crate::node::{
    Aggregate, AggregateFunction, Body, Columns, Cte, From, Node, Operator, Select, SetOperator,
};
use crate::path::Path;
use crate::types::ColumnType;

use super::query::{Detached, Picked, Query, Tuples, Whole};
use super::selection::{Single, Tabular};
use super::source::{Derived, DerivedColumns, Rows, Source};

/// A query whose columns are known, so that it can stand in the place of a table.
pub trait Table<T: Source> {
    /// What its rows are, seen from outside.
    type Source: Source;
}

impl<T: Source> Table<T> for Whole {
    type Source = T;
}

impl<T: Source> Table<T> for Tuples {
    type Source = T;
}

impl<T: Source, Q: Tabular> Table<T> for Picked<Q> {
    type Source = Q::Source;
}

impl<S, T: Source, P> Query<S, T, P> {
    pub(super) fn body(self) -> Body {
        Body::Select(self.select)
    }

    fn outer_columns(&self) -> Columns {
        match (self.select.output.len(), self.select.from.columns()) {
            (0, columns) => columns,
            (count, Columns::Model(model))
                if is_whole(&self.select.output, self.select.root, model) && count > 0 =>
            {
                Columns::Model(model)
            }
            (count, _) => Columns::Numbered(count),
        }
    }

    fn put_together<U: Source, O>(
        self,
        operator: SetOperator,
        all: bool,
        other: Query<Detached, U, O>,
    ) -> Query<S, P::Source, <P::Source as Source>::Natural>
    where
        P: Table<T>,
        O: Table<U, Source = P::Source>,
    {
        let columns = self.outer_columns();
        let Query { session, select, with, autoflush, populate_existing, _type } = self;
        let (left, right) = (Box::new(Body::Select(select)), Box::new(other.body()));
        let body = Arc::new(Body::Set { operator, all, left, right });
        let rows = Rows::<P::Source>::new(From::Query { body, columns, lateral: false }, Path::fresh());
        let whole = Query::of(session, &rows);
        Query { with, autoflush, populate_existing, ..whole }
    }
}

/// One method for each way to put two queries together: they differ in what they ask of the database alone.
macro_rules! sets {
    ($($(#[$doc:meta])* $method:ident $operator:ident $all:literal;)*) => {
        impl<S, T: Source, P> Query<S, T, P> {
            $(
                $(#[$doc])*
                pub fn $method<U: Source, O>(
                    self,
                    other: Query<Detached, U, O>,
                ) -> Query<S, P::Source, <P::Source as Source>::Natural>
                where
                    P: Table<T>,
                    O: Table<U, Source = P::Source>,
                {
                    self.put_together(SetOperator::$operator, $all, other)
                }
            )*
        }
    };
}

sets! {
    /// The rows of both queries, equal ones once: UNION. What follows applies to all of them together.
    union Union false;
    /// The rows of both queries, equal ones as often as they come: UNION ALL.
    union_all Union true;
    /// The rows that both queries give, once: INTERSECT.
    intersect Intersect false;
    /// The rows that both queries give, as often as both do: INTERSECT ALL. SQLite has none: `Unsupported`.
    intersect_all Intersect true;
    /// The rows of this query that the other does not give, once: EXCEPT.
    except Except false;
    /// The rows of this query without those of the other, one for one: EXCEPT ALL. SQLite has none: `Unsupported`.
    except_all Except true;
}

fn count(arguments: Vec<Node>) -> Node {
    Node::Aggregate(Box::new(Aggregate::new(AggregateFunction::Count, arguments)))
}

/// How many different values there are, NULL among them: COUNT leaves that out.
fn different(value: Node) -> Node {
    let values =
        Aggregate { distinct: true, ..Aggregate::new(AggregateFunction::Count, vec![value.clone()]) };
    let is_null = Node::IsNull { operand: Box::new(value), negated: false };
    // Written out: MySQL counts a placeholder that no row reaches.
    let one = || Node::Raw { text: "1", arguments: Vec::new() };
    let null = Node::Case { branches: vec![(is_null, one())], otherwise: None };
    let nulls = Aggregate { distinct: true, ..Aggregate::new(AggregateFunction::Count, vec![null]) };
    Node::Binary {
        operator: Operator::Add,
        left: Box::new(Node::Aggregate(Box::new(values))),
        right: Box::new(Node::Aggregate(Box::new(nulls))),
    }
}

/// Whether a select list is all columns of a model's row.
fn is_whole(output: &[Node], _root: Path, model: &'static crate::definition::ModelDef) -> bool {
    output.len() == model.columns.len()
        && output
            .iter()
            .zip(model.columns)
            .all(|(node, column)| matches!(node, Node::Column(_, other) if std::ptr::eq(*other, column)))
}

impl<T: Source, P> Query<Detached, T, P> {
    /// Whether the query has a row, for the row of the query around it: EXISTS.
    pub fn exists(self) -> Expr<bool> {
        Expr::new(Node::Exists { query: Box::new(self.body()), negated: false })
    }

    /// Whether the query has no row: NOT EXISTS.
    pub fn not_exists(self) -> Expr<bool> {
        Expr::new(Node::Exists { query: Box::new(self.body()), negated: true })
    }

    /// How many rows the query has, for the row of the query around it.
    pub fn count(self) -> Expr<i64> {
        let Select { output, groups, having, distinct, limit, offset, .. } = self.select.as_ref();
        let whole = groups.is_empty() && having.is_empty() && limit.is_none() && offset.is_none();
        let grouped = output.iter().any(Node::has_aggregate);
        let (counted, mut select) = match output.as_slice() {
            _ if whole && !*distinct && !grouped => (count(Vec::new()), *self.select),
            // A query in FROM does not see the row around it on every backend: different values are counted in place.
            [only] if whole && *distinct && !grouped => (different(only.clone()), *self.select),
            _ => {
                let columns = self.outer_columns();
                let from = From::Query { body: Arc::new(self.body()), columns, lateral: false };
                (count(Vec::new()), Select::of(from, Path::fresh()))
            }
        };
        select.order = Vec::new();
        select.distinct = false;
        select.output = vec![counted];
        Expr::new(Node::Subquery(Box::new(Body::Select(Box::new(select)))))
    }

    /// The rows of this query as a table: to be joined, or queried by `query_from`.
    pub fn subquery(self) -> Rows<P::Source>
    where
        P: Table<T>,
    {
        self.into_rows(false)
    }

    /// The rows of this query as a table that may refer to the rows that stand before it: LATERAL. SQLite and MariaDB have
    /// none: `Unsupported`.
    pub fn lateral(self) -> Rows<P::Source>
    where
        P: Table<T>,
    {
        self.into_rows(true)
    }

    fn into_rows(self, lateral: bool) -> Rows<P::Source>
    where
        P: Table<T>,
    {
        let columns = self.outer_columns();
        Rows::new(From::Query { body: Arc::new(self.body()), columns, lateral }, Path::fresh())
    }

    /// The rows of this query under a name, at the head of the statement: WITH name AS (..). However often it is joined, it
    /// is written once.
    pub fn cte(self, name: &'static str) -> Rows<P::Source>
    where
        P: Table<T>,
    {
        let columns = self.outer_columns();
        let cte = Cte { id: Path::fresh(), name, columns, body: self.body(), recursive: false };
        Rows::new(From::Cte(Arc::new(cte)), Path::fresh())
    }

    /// A common table expression that goes on from its own rows: this query gives the first ones, and the closure, which
    /// gets the rows so far, the next ones, until there are none. WITH RECURSIVE; equal rows once, so that a circle ends.
    ///
    /// ```ignore
    /// let below = query::<Folder>().filter(|f| f.id.eq(1)).select(|f| (f.id, f.name)).recursive_cte("below", |above| {
    ///     query::<Folder>().join(above, |f, a| f.parent_id.eq(a.0)).select(|f| (f.id, f.name))
    /// });
    /// ```
    pub fn recursive_cte<U: Source, O>(
        self,
        name: &'static str,
        next: impl FnOnce(&Rows<P::Source>) -> Query<Detached, U, O>,
    ) -> Rows<P::Source>
    where
        P: Table<T>,
        O: Table<U, Source = P::Source>,
    {
        self.recursion(name, false, next)
    }

    /// The same with equal rows as often as they come: UNION ALL. A circle in the rows does not end.
    pub fn recursive_cte_all<U: Source, O>(
        self,
        name: &'static str,
        next: impl FnOnce(&Rows<P::Source>) -> Query<Detached, U, O>,
    ) -> Rows<P::Source>
    where
        P: Table<T>,
        O: Table<U, Source = P::Source>,
    {
        self.recursion(name, true, next)
    }

    fn recursion<U: Source, O>(
        self,
        name: &'static str,
        all: bool,
        next: impl FnOnce(&Rows<P::Source>) -> Query<Detached, U, O>,
    ) -> Rows<P::Source>
    where
        P: Table<T>,
        O: Table<U, Source = P::Source>,
    {
        let (id, columns) = (Path::fresh(), self.outer_columns());
        let so_far = Rows::new(From::SoFar { id, columns }, Path::fresh());
        let (left, right) = (Box::new(self.body()), Box::new(next(&so_far).body()));
        let body = Body::Set { operator: SetOperator::Union, all, left, right };
        let cte = Cte { id, name, columns, body, recursive: true };
        Rows::new(From::Cte(Arc::new(cte)), Path::fresh())
    }
}

impl<T: Source, Q: Single> Query<Detached, T, Picked<Q>> {
    /// The one value of the one row, for the row of the query around it; NULL where there is no row. Several rows are the
    /// database's error, where it checks that: `limit(1)` makes it one.
    pub fn scalar(self) -> Expr<<Q::Value as ColumnType>::Nullable> {
        Expr::new(Node::Subquery(Box::new(self.body())))
    }
}

/// What `in_query` takes: a query of one column of the type.
pub trait OneColumn<T> {
    #[doc(hidden)]
    fn into_body(self) -> Body;
}

impl<T: Source, V: ColumnType, Q: Single<Value = V>> OneColumn<V> for Query<Detached, T, Picked<Q>> {
    fn into_body(self) -> Body {
        self.body()
    }
}

macro_rules! in_queries {
    ($(<$($l:ident)?> $type:ty, $level:ty;)*) => {$(
        impl<T $(, $l: Level)?> $type {
            /// One of the values that a query of one column gives: IN (SELECT ..).
            pub fn in_query(self, query: impl OneColumn<T>) -> Expr<bool, $level> {
                let (operands, query) = (vec![self.into_node()], Box::new(query.into_body()));
                Expr::new(Node::InQuery { operands, query, negated: false })
            }
            /// None of the values that a query of one column gives: NOT IN (SELECT ..). A NULL among them leaves nothing.
            pub fn not_in_query(self, query: impl OneColumn<T>) -> Expr<bool, $level> {
                let (operands, query) = (vec![self.into_node()], Box::new(query.into_body()));
                Expr::new(Node::InQuery { operands, query, negated: true })
            }
        }
    )*};
}

in_queries! {
    <> Column<T>, PerRow;
    <L> Expr<T, L>, L;
}

impl<M: Members> Tuple<M> {
    /// One of the rows that a query gives, which selects as many columns of the same types:
    /// `tuple((o.customer_id, o.day)).in_query(query::<Order>().select(|o| (o.customer_id, o.day)))`.
    pub fn in_query<U: Source, O>(self, query: Query<Detached, U, O>) -> Expr<bool, M::Level>
    where
        O: Table<U, Source = Derived<M::Columns>>,
        M::Columns: DerivedColumns,
    {
        Expr::new(Node::InQuery {
            operands: self.into_nodes(),
            query: Box::new(query.body()),
            negated: false,
        })
    }

    /// None of the rows that a query gives. A NULL among them leaves nothing.
    pub fn not_in_query<U: Source, O>(self, query: Query<Detached, U, O>) -> Expr<bool, M::Level>
    where
        O: Table<U, Source = Derived<M::Columns>>,
        M::Columns: DerivedColumns,
    {
        Expr::new(Node::InQuery { operands: self.into_nodes(), query: Box::new(query.body()), negated: true })
    }
}

/// Rows of values that are sent along, as a table: a tuple of values for each row.
///
/// ```ignore
/// let wanted = values([(1_i64, "a".to_owned()), (2, "b".to_owned())]);
/// engine.query::<User>().join(&wanted, |u, w| u.id.eq(w.0))
/// ```
pub fn values<V: ValueRow>(rows: impl IntoIterator<Item = V>) -> Rows<Derived<V::Columns>> {
    let mut nodes = Vec::new();
    for row in rows {
        let mut values = Vec::new();
        row.append_to(nodes.is_empty(), &mut values);
        nodes.push(values);
    }
    let columns = Columns::Numbered(V::COUNT);
    let cte = Cte { id: Path::fresh(), name: "given", columns, body: Body::Values(nodes), recursive: false };
    Rows::new(From::Cte(Arc::new(cte)), Path::fresh())
}

/// A row of [`values`]: a tuple of up to eight values.
pub trait ValueRow {
    /// Its columns.
    type Columns: DerivedColumns;
    /// How many there are.
    const COUNT: usize;
    #[doc(hidden)]
    fn append_to(self, first: bool, nodes: &mut Vec<Node>);
}

/// A value; those of the first row are cast, since they decide the types of the columns, and so is NULL, which has none.
fn value_node<T: ColumnType>(value: &T, first: bool) -> Node {
    let value = value.encode().into_value();
    let cast = first || value.as_ref().is_null();
    let node = Node::Value(value);
    if cast { Node::Cast { operand: Box::new(node), to: T::TYPE } } else { node }
}

macro_rules! value_rows {
    ($($count:literal $($name:ident)+;)*) => {$(
        impl<$($name: ColumnType),+> ValueRow for ($($name,)+) {
            type Columns = ($(Column<$name>,)+);
            const COUNT: usize = $count;
            #[allow(non_snake_case)]
            fn append_to(self, first: bool, nodes: &mut Vec<Node>) {
                let ($($name,)+) = self;
                $(nodes.push(value_node(&$name, first));)+
            }
        }
    )*};
}
value_rows! {
    1 A; 2 A B; 3 A B C; 4 A B C D; 5 A B C D E; 6 A B C D E F; 7 A B C D E F G; 8 A B C D E F G H;
}
