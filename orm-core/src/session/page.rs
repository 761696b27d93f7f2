//! Keyset pagination: a page starts behind a row, not at a number of rows, so that it is as fast at the end as at the
//! beginning, and rows that come or go meanwhile shift nothing. The order is completed by the primary key.

use std::panic::Location;

use super::Session;
use super::cursor::{Cursor, Place, Side};
use super::ends::{Shape, name_of};
use super::query::Query;
use super::source::{Source, all_columns};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::node::{Direction, Node, Nulls, Operator, Order, Output, Select};
use crate::render;
use crate::unit::Tail;
use crate::value::Value;

/// A part of the rows of a query of `T`, in its order.
#[derive(Clone, Debug)]
pub struct Page<T, R> {
    /// The rows.
    pub rows: Vec<R>,
    /// Where the next page starts; none where there is none.
    pub next: Option<Cursor<T>>,
    /// Where the page before ends; none on the first page.
    pub previous: Option<Cursor<T>>,
}

impl<S: Session, T: Source, P: Shape<S, T>> Query<S, T, P> {
    /// At most `rows` rows from a place on: from the start where there is none, or behind (or before) the cursor that
    /// another page gave.
    ///
    /// ```ignore
    /// let first = engine.query::<User>().order_by(|u| u.name.asc()).page(None, 20).await?;
    /// let second = engine.query::<User>().order_by(|u| u.name.asc()).page(first.next.as_ref(), 20).await?;
    /// ```
    ///
    /// Rows that are equal in the order are told apart by the primary key, which is added to it. A cursor goes with the
    /// order that it was made under, and is refused by a query with another one; filters may differ. An index on the
    /// columns of the order makes every page as fast as the first.
    #[track_caller]
    pub fn page(
        self,
        place: Option<&Cursor<T>>,
        rows: usize,
    ) -> impl Future<Output = Result<Page<T, P::Row>>> + Send {
        let (mut session, mut request) = self.request(Location::caller());
        let place = place.map(|cursor| cursor.place.clone());
        async move {
            let order = cut(&mut request.select, place.as_ref(), rows, session.engine().dialect())?;
            let tail = order.tail;
            request.tail = Some(tail.clone());
            let mut found = P::fetch(&mut session, request).await?;
            let (mut values, more) = tail.take();
            let side = place.as_ref().map_or(Side::After, |place| place.side);
            if side == Side::Before {
                found.reverse();
                values.reverse();
            }
            let (next, previous) = match side {
                Side::After => (more, place.is_some()),
                Side::Before => (true, more),
            };
            let cursor = |side, values: Option<&Vec<Value>>| {
                values.map(|values| Cursor::new(side, order.fingerprint, values.clone()))
            };
            Ok(Page {
                next: cursor(Side::After, values.last().filter(|_| next)),
                previous: cursor(Side::Before, values.first().filter(|_| previous)),
                rows: found,
            })
        }
    }
}

/// The order of a query that is read in pages.
struct PageOrder {
    tail: Tail,
    fingerprint: u64,
}

/// Makes a query one of a page: completes its order, selects what it sorts by, and keeps the rows beyond the place.
fn cut(select: &mut Select, place: Option<&Place>, rows: usize, dialect: &dyn Dialect) -> Result<PageOrder> {
    check(select, rows)?;
    complete(select);
    let fingerprint = fingerprint(select, dialect)?;
    if let Some(place) = place
        && (place.order != fingerprint || place.values.len() != select.order.len())
    {
        return Err(Error::invalid_query(format!(
            "the cursor is of another query than this one of `{}`: it goes with the same model and the same order only",
            name_of(select)
        )));
    }
    if select.output.is_empty() {
        select.output = all_columns(select.root, select.from.columns());
    }
    let terms = select.order.iter().map(|term| term.node.clone()).collect();
    let tail = Tail::select(&mut select.output, terms, Some(rows));
    if let Some(Place { side, values, order: _ }) = place {
        if *side == Side::Before {
            for term in &mut select.order {
                turn(term);
            }
        }
        let beyond = beyond(select, values);
        select.filters.push(beyond);
    }
    // One more says whether there is another page.
    select.limit = Some(u64::try_from(rows).unwrap_or(u64::MAX).saturating_add(1));
    Ok(PageOrder { tail, fingerprint })
}

fn check(select: &Select, rows: usize) -> Result<()> {
    let name = name_of(select);
    let refuse =
        |reason: &str| Err(Error::invalid_query(format!("`{name}` cannot be read in pages: {reason}")));
    let is_grouped = !select.groups.is_empty()
        || !select.having.is_empty()
        || select.output.iter().chain(select.order.iter().map(|term| &term.node)).any(Node::has_aggregate);
    if rows == 0 {
        refuse("a page has at least one row")
    } else if select.model().is_none() {
        refuse("only the rows of a model have a key that tells equal ones apart")
    } else if is_grouped {
        refuse(
            "groups have no key that tells equal ones apart: page over a subquery of a model, or use limit",
        )
    } else if select.distinct && !select.output.is_empty() {
        refuse("without equal rows it has no key that tells them apart: use limit")
    } else if select.limit.is_some() || select.offset.is_some() {
        refuse("the page says where it starts and how long it is: leave limit and offset out")
    } else {
        Ok(())
    }
}

/// Adds the primary key to the order, where it is not there yet, in the direction of the last term.
fn complete(select: &mut Select) {
    let direction = select.order.last().map_or(Direction::Ascending, |term| term.direction);
    let Some(model) = select.model() else { return };
    for key in model.key_columns() {
        let is_key = |term: &Order| matches!(&term.node, Node::Column(row, column) if *row == select.root && std::ptr::eq(*column, key));
        if !select.order.iter().any(is_key) {
            select.order.push(Order {
                node: Node::Column(select.root, key),
                direction,
                nulls: Nulls::Default,
            });
        }
    }
}

/// A number for the order of a query, the same in every process: a hash (FNV-1a) of what it sorts by.
fn fingerprint(select: &Select, dialect: &dyn Dialect) -> Result<u64> {
    let mut probe = Select::of(select.from.clone(), select.root);
    probe.joins = select.joins.clone();
    probe.output = select.order.iter().map(|term| term.node.clone()).collect();
    let rendered = render::select(&probe, Output::Rows, dialect)?;
    let mut text = rendered.sql;
    for value in &rendered.values {
        text.push_str(&value.to_string());
    }
    for term in &select.order {
        text.push_str(&format!(" {:?} {:?}", term.direction, term.nulls));
    }
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    Ok(hash)
}

/// The same order from its end.
fn turn(term: &mut Order) {
    term.direction = match term.direction {
        Direction::Ascending => Direction::Descending,
        Direction::Descending => Direction::Ascending,
    };
    term.nulls = match term.nulls {
        // NULL is the smallest value: it changes sides with the direction.
        Nulls::Default => Nulls::Default,
        Nulls::First => Nulls::Last,
        Nulls::Last => Nulls::First,
    };
}

/// The condition of the rows behind a row with these values: behind it in the first term, or equal there and behind it in
/// the second, and so on.
fn beyond(select: &Select, values: &[Value]) -> Node {
    let mut alternatives = Vec::new();
    let mut equal: Vec<Node> = Vec::new();
    for (term, value) in select.order.iter().zip(values) {
        if let Some(behind) = behind(select, term, value) {
            let mut conditions = equal.clone();
            conditions.push(behind);
            alternatives.push(if conditions.len() == 1 {
                conditions.remove(0)
            } else {
                Node::And(conditions)
            });
        }
        equal.push(compare(&term.node, Operator::Equal, value));
    }
    let beyond = Node::Or(alternatives);
    // What the alternatives have in common, for the index: no row stands before the first value.
    match (select.order.first(), values.first()) {
        (Some(term), Some(value)) if *value != Value::Null && !nulls_follow(select, term) => {
            let operator = match term.direction {
                Direction::Ascending => Operator::GreaterEqual,
                Direction::Descending => Operator::LessEqual,
            };
            Node::And(vec![compare(&term.node, operator, value), beyond])
        }
        _ => beyond,
    }
}

/// What stands behind a value in one term; none where nothing does.
fn behind(select: &Select, term: &Order, value: &Value) -> Option<Node> {
    let follow = nulls_follow(select, term);
    let null = |negated| Node::IsNull { operand: Box::new(term.node.clone()), negated };
    if *value == Value::Null {
        return (!nulls_last(term)).then(|| null(true));
    }
    let operator = match term.direction {
        Direction::Ascending => Operator::Greater,
        Direction::Descending => Operator::Less,
    };
    let greater = compare(&term.node, operator, value);
    Some(if follow { Node::Or(vec![greater, null(false)]) } else { greater })
}

fn nulls_last(term: &Order) -> bool {
    match (term.nulls, term.direction) {
        (Nulls::Last, _) | (Nulls::Default, Direction::Descending) => true,
        (Nulls::First, _) | (Nulls::Default, Direction::Ascending) => false,
    }
}

/// Whether NULLs may stand behind the values of a term.
fn nulls_follow(select: &Select, term: &Order) -> bool {
    let never_null =
        matches!(&term.node, Node::Column(row, column) if *row == select.root && !column.nullable);
    nulls_last(term) && !never_null
}

fn compare(node: &Node, operator: Operator, value: &Value) -> Node {
    Node::Binary { operator, left: Box::new(node.clone()), right: Box::new(Node::Value(value.clone())) }
}
