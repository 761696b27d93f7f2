//! Conditions and orders whose columns are named at run time: by a form, a URL, a saved search. Names are looked up in the
//! model's metadata and values are parsed to the type of their column; neither ever reaches the text of a statement.

mod nearest;
mod order;
mod parse;

use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};
use std::str::FromStr;

use crate::column::Expr;
use crate::definition::{ColumnDef, ModelDef};
use crate::error::{Error, Result};
use crate::model::{Model, WholeColumns};
use crate::node::{Direction, Match, Node, Nulls, Operator, Order};
use crate::path::Path;
use crate::types::SqlType;
use crate::value::Value;

pub(crate) use order::orders;

/// Columns by name, for every model: `User::column("age")?`.
pub trait NamedColumns: Model {
    /// The column with this name: that of its field, or that in the database. An unknown name is an error that lists those
    /// there are.
    fn column(name: &str) -> Result<NamedColumn<Self>> {
        let column = find(Self::model(), name)?;
        Ok(NamedColumn { column, _type: PhantomData })
    }
}

impl<T: Model> NamedColumns for T {}

fn find(model: &'static ModelDef, name: &str) -> Result<&'static ColumnDef> {
    let by_field = model.columns.iter().find(|column| column.field == name);
    if let Some(column) = by_field.or_else(|| model.column(name)) {
        return Ok(column);
    }
    let names: Vec<&str> = model.columns.iter().map(|column| column.field).collect();
    Err(nearest::unknown(&format!("`{}` has no column", model.name), name, &names))
}

/// A column of `T` that was named at run time.
pub struct NamedColumn<T> {
    column: &'static ColumnDef,
    _type: PhantomData<fn() -> T>,
}

impl<T> Clone for NamedColumn<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for NamedColumn<T> {}

impl<T> std::fmt::Debug for NamedColumn<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NamedColumn({})", self.column.name)
    }
}

/// How a column is compared. Its names, as [`FromStr`] reads them: `eq`, `ne`, `lt`, `le`, `gt`, `ge`, `contains`,
/// `starts_with`, `ends_with`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Less than.
    Lt,
    /// Less than or equal.
    Le,
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Ge,
    /// The text is somewhere in the value.
    Contains,
    /// The value starts with the text.
    StartsWith,
    /// The value ends with the text.
    EndsWith,
}

const COMPARISONS: [(&str, Comparison); 9] = [
    ("eq", Comparison::Eq),
    ("ne", Comparison::Ne),
    ("lt", Comparison::Lt),
    ("le", Comparison::Le),
    ("gt", Comparison::Gt),
    ("ge", Comparison::Ge),
    ("contains", Comparison::Contains),
    ("starts_with", Comparison::StartsWith),
    ("ends_with", Comparison::EndsWith),
];

impl FromStr for Comparison {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match COMPARISONS.iter().find(|(name, _)| *name == text) {
            Some((_, comparison)) => Ok(*comparison),
            None => Err(nearest::unknown("there is no comparison", text, &COMPARISONS.map(|(name, _)| name))),
        }
    }
}

impl<T: Model> NamedColumn<T> {
    /// The column's metadata.
    pub fn definition(&self) -> &'static ColumnDef {
        self.column
    }

    /// Compares with a value that is given as text, and parsed to the type of the column.
    ///
    /// Text stands for itself; numbers, decimals and `true`/`false` are written as in Rust; dates are `2026-01-31`, times
    /// `23:59:59`, moments `2026-01-31 23:59:59` (UTC; a `T` and a final `Z` are read as well), UUIDs as usual, bytes in
    /// hexadecimal. What does not parse is an [`InvalidValue`](crate::ErrorKind::InvalidValue) error.
    pub fn compare(self, comparison: Comparison, text: &str) -> Result<NamedTest<T>> {
        let operator = match comparison {
            Comparison::Eq => Operator::Equal,
            Comparison::Ne => Operator::NotEqual,
            Comparison::Lt => Operator::Less,
            Comparison::Le => Operator::LessEqual,
            Comparison::Gt => Operator::Greater,
            Comparison::Ge => Operator::GreaterEqual,
            Comparison::Contains => return self.matching(Match::Contains, text),
            Comparison::StartsWith => return self.matching(Match::StartsWith, text),
            Comparison::EndsWith => return self.matching(Match::EndsWith, text),
        };
        let value = parse::parse(T::model(), self.column, text)?;
        Ok(NamedTest::new(Test::Compare { column: self.column, operator, value }))
    }

    /// Compares with a JSON value: `null` is NULL, with `Eq` and `Ne` alone.
    #[cfg(feature = "json")]
    pub fn compare_json(self, comparison: Comparison, json: &serde_json::Value) -> Result<NamedTest<T>> {
        use serde_json::Value as Json;
        let is_text = matches!(self.column.sql_type, SqlType::Text { .. });
        match (json, comparison) {
            (Json::Null, Comparison::Eq) => Ok(self.is_null()),
            (Json::Null, Comparison::Ne) => Ok(self.is_not_null()),
            (Json::String(text), _) => self.compare(comparison, text),
            (Json::Bool(flag), _) if self.column.sql_type == SqlType::Bool => {
                self.compare(comparison, &flag.to_string())
            }
            (Json::Number(number), _) if !is_text && self.column.sql_type != SqlType::Bool => {
                self.compare(comparison, &number.to_string())
            }
            _ => Err(parse::refused(T::model(), self.column)),
        }
    }

    /// Equal. See [`compare`](NamedColumn::compare) for the texts of values.
    pub fn eq(self, text: &str) -> Result<NamedTest<T>> {
        self.compare(Comparison::Eq, text)
    }

    /// One of several values.
    pub fn in_<'v>(self, texts: impl IntoIterator<Item = &'v str>) -> Result<NamedTest<T>> {
        let mut values = Vec::new();
        for text in texts {
            values.push(parse::parse(T::model(), self.column, text)?);
        }
        Ok(NamedTest::new(Test::In { column: self.column, values }))
    }

    /// IS NULL.
    pub fn is_null(self) -> NamedTest<T> {
        NamedTest::new(Test::IsNull { column: self.column, negated: false })
    }

    /// IS NOT NULL.
    pub fn is_not_null(self) -> NamedTest<T> {
        NamedTest::new(Test::IsNull { column: self.column, negated: true })
    }

    /// Sorts by the column, smallest first.
    pub fn asc<C: WholeColumns<Model = T>>(self, row: C) -> Order {
        order_of(row.row(), self.column, Direction::Ascending)
    }

    /// Sorts by the column, greatest first.
    pub fn desc<C: WholeColumns<Model = T>>(self, row: C) -> Order {
        order_of(row.row(), self.column, Direction::Descending)
    }

    fn matching(self, kind: Match, text: &str) -> Result<NamedTest<T>> {
        if !matches!(self.column.sql_type, SqlType::Text { .. }) {
            let (model, column) = (T::model().name, self.column.field);
            return Err(Error::invalid_query(format!(
                "`{model}.{column}` is no text: nothing is searched in it"
            )));
        }
        Ok(NamedTest::new(Test::Match { column: self.column, kind, text: text.to_owned() }))
    }
}

fn order_of(row: Path, column: &'static ColumnDef, direction: Direction) -> Order {
    Order { node: Node::Column(row, column), direction, nulls: Nulls::Default }
}

/// A condition on a row of `T` that was put together at run time. `&`, `|` and `!` combine it.
pub struct NamedTest<T> {
    test: Test,
    _type: PhantomData<fn() -> T>,
}

/// A condition without its type.
#[derive(Clone, Debug)]
enum Test {
    Compare { column: &'static ColumnDef, operator: Operator, value: Value },
    In { column: &'static ColumnDef, values: Vec<Value> },
    IsNull { column: &'static ColumnDef, negated: bool },
    Match { column: &'static ColumnDef, kind: Match, text: String },
    Both(Box<Test>, Box<Test>),
    Either(Box<Test>, Box<Test>),
    Not(Box<Test>),
}

impl<T> Clone for NamedTest<T> {
    fn clone(&self) -> Self {
        NamedTest::new(self.test.clone())
    }
}

impl<T> std::fmt::Debug for NamedTest<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.test.fmt(f)
    }
}

impl<T> NamedTest<T> {
    fn new(test: Test) -> Self {
        NamedTest { test, _type: PhantomData }
    }

    pub(crate) fn node(&self, row: Path) -> Node {
        self.test.node(row)
    }
}

impl<T: Model> NamedTest<T> {
    /// The condition on a row that a closure names: `filter(|p| p.title.like("R%") & test.on(p))`.
    pub fn on<C: WholeColumns<Model = T>>(&self, row: C) -> Expr<bool> {
        Expr::new(self.node(row.row()))
    }
}

impl<T> BitAnd for NamedTest<T> {
    type Output = NamedTest<T>;
    fn bitand(self, other: Self) -> Self {
        NamedTest::new(Test::Both(Box::new(self.test), Box::new(other.test)))
    }
}

impl<T> BitOr for NamedTest<T> {
    type Output = NamedTest<T>;
    fn bitor(self, other: Self) -> Self {
        NamedTest::new(Test::Either(Box::new(self.test), Box::new(other.test)))
    }
}

impl<T> Not for NamedTest<T> {
    type Output = NamedTest<T>;
    fn not(self) -> Self {
        NamedTest::new(Test::Not(Box::new(self.test)))
    }
}

impl Test {
    fn node(&self, row: Path) -> Node {
        let of = |column: &'static ColumnDef| Box::new(Node::Column(row, column));
        match self {
            Test::Compare { column, operator, value } => Node::Binary {
                operator: *operator,
                left: of(column),
                right: Box::new(Node::Value(value.clone())),
            },
            Test::In { column, values } => {
                let list = values.iter().cloned().map(Node::Value).collect();
                Node::In { operand: of(column), list, negated: false }
            }
            Test::IsNull { column, negated } => Node::IsNull { operand: of(column), negated: *negated },
            Test::Match { column, kind, text } => {
                Node::Match { operand: of(column), kind: *kind, text: text.clone(), negated: false }
            }
            Test::Both(left, right) => Node::And(vec![left.node(row), right.node(row)]),
            Test::Either(left, right) => Node::Or(vec![left.node(row), right.node(row)]),
            Test::Not(test) => Node::Not(Box::new(test.node(row))),
        }
    }
}
