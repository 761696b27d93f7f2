//! A small evaluator: what a condition or a value of an UPDATE or DELETE comes to for an object of the session, as every
//! backend would compute it. What it does not know for certain it refuses, and the rows are read again. Pure.

use std::cmp::Ordering;

use crate::node::{Function, Match, Node, Operator};
use crate::path::Path;
use crate::types::SqlType;
use crate::unit::slot::Slot;
use crate::value::{Encoded, Value, ValueRef};

/// What only the database can compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unknown(pub(super) &'static str);

/// The row of an object.
pub(super) struct Evaluator<'e> {
    /// The row that the expressions speak of.
    pub(super) root: Path,
    pub(super) slot: &'e Slot,
}

impl Evaluator<'_> {
    /// Whether all of the conditions hold.
    pub(super) fn holds(&self, conditions: &[Node]) -> Result<bool, Unknown> {
        let mut all = true;
        for condition in conditions {
            all &= self.truth(condition)? == Some(true);
        }
        Ok(all)
    }

    /// A condition: none where it is NULL.
    fn truth(&self, node: &Node) -> Result<Option<bool>, Unknown> {
        match self.value(node)? {
            Value::Null => Ok(None),
            Value::Bool(value) => Ok(Some(value)),
            Value::Int(value) => Ok(Some(value != 0)),
            _ => Err(Unknown("a condition that is no condition")),
        }
    }

    /// What an expression comes to.
    pub(super) fn value(&self, node: &Node) -> Result<Value, Unknown> {
        match node {
            Node::Column(path, column) if *path == self.root => match column.sql_type {
                SqlType::F32 => Err(Unknown("a number of 4 bytes, which databases round in their own ways")),
                SqlType::Json => Err(Unknown("a document")),
                _ => self
                    .slot
                    .row_value(column.index)
                    .map(Encoded::into_value)
                    .ok_or(Unknown("an object that is gone")),
            },
            Node::Column(..) => Err(Unknown("a column of another row")),
            Node::Value(value) => Ok(value.clone()),
            Node::Binary { operator, left, right } => self.binary(*operator, left, right),
            Node::And(terms) => self.chain(terms, false),
            Node::Or(terms) => self.chain(terms, true),
            Node::Not(operand) => Ok(boolean(self.truth(operand)?.map(|value| !value))),
            Node::Negate(operand) => match self.value(operand)? {
                Value::Null => Ok(Value::Null),
                Value::Int(value) => value.checked_neg().map(Value::Int).ok_or(OVERFLOW),
                Value::Double(value) => Ok(Value::Double(-value)),
                _ => Err(Unknown("arithmetic of such values")),
            },
            Node::IsNull { operand, negated } => {
                let is_null = matches!(self.value(operand)?, Value::Null);
                Ok(Value::Bool(is_null != *negated))
            }
            Node::Between { operand, low, high, negated } => {
                let value = self.value(operand)?;
                let above = compared(&value, &self.value(low)?)?.map(Ordering::is_ge);
                let below = compared(&value, &self.value(high)?)?.map(Ordering::is_le);
                let between = and(above, below);
                Ok(boolean(between.map(|between| between != *negated)))
            }
            Node::In { operand, list, negated } => self.in_list(operand, list, *negated),
            Node::Match { operand, kind, text, negated } => {
                let held = match (self.value(operand)?, kind) {
                    (Value::Null, _) => return Ok(Value::Null),
                    (Value::Text(value), Match::Contains) => value.contains(text.as_str()),
                    (Value::Text(value), Match::StartsWith) => value.starts_with(text.as_str()),
                    (Value::Text(value), Match::EndsWith) => value.ends_with(text.as_str()),
                    _ => return Err(Unknown("a pattern")),
                };
                Ok(Value::Bool(held != *negated))
            }
            Node::Case { branches, otherwise } => {
                for (condition, value) in branches {
                    if self.truth(condition)? == Some(true) {
                        return self.value(value);
                    }
                }
                otherwise.as_deref().map_or(Ok(Value::Null), |value| self.value(value))
            }
            Node::Call { function, arguments } => self.call(*function, arguments),
            Node::Related(_) | Node::Subquery(_) | Node::Exists { .. } | Node::InQuery { .. } => {
                Err(Unknown("other rows"))
            }
            Node::Named { .. } => Err(Unknown("a function of the database")),
            Node::Aggregate(_) => Err(Unknown("an aggregate")),
            Node::Cast { .. } => Err(Unknown("a cast")),
            Node::Tuple(_) => Err(Unknown("a tuple")),
            Node::Raw { .. } => Err(Unknown("SQL of the program's own")),
        }
    }

    fn call(&self, function: Function, arguments: &[Node]) -> Result<Value, Unknown> {
        match (function, arguments) {
            (Function::Coalesce, arguments) => {
                for argument in arguments {
                    let value = self.value(argument)?;
                    if !matches!(value, Value::Null) {
                        return Ok(value);
                    }
                }
                Ok(Value::Null)
            }
            (Function::NullIf, [left, right]) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                let same = compared(&left, &right)? == Some(Ordering::Equal);
                Ok(if same { Value::Null } else { left })
            }
            // A function that is not computed here is asked of the database: nothing is wrong where a new one comes along.
            (_, _) => Err(Unknown("a function")),
        }
    }

    /// AND, or OR where one that is true decides.
    fn chain(&self, terms: &[Node], decides: bool) -> Result<Value, Unknown> {
        let mut outcome = Some(!decides);
        for term in terms {
            // All terms are computed: whether one is known must not depend on the object.
            match self.truth(term)? {
                Some(value) if value == decides => outcome = Some(decides),
                None if outcome == Some(!decides) => outcome = None,
                Some(_) | None => {}
            }
        }
        Ok(boolean(outcome))
    }

    fn in_list(&self, operand: &Node, list: &[Node], negated: bool) -> Result<Value, Unknown> {
        let value = self.value(operand)?;
        // A NULL that is written in the list asks for NULL; one that is computed is unknown.
        let mut found = Some(false);
        for term in list {
            let one = match term {
                Node::Value(Value::Null) => Some(matches!(value, Value::Null)),
                term => compared(&value, &self.value(term)?)?.map(Ordering::is_eq),
            };
            found = or(found, one);
        }
        let with_null = list.iter().any(|term| matches!(term, Node::Value(Value::Null)));
        if list.is_empty() {
            return Ok(Value::Bool(negated));
        }
        if with_null && negated && matches!(value, Value::Null) {
            return Ok(Value::Bool(false));
        }
        Ok(boolean(found.map(|found| found != negated)))
    }

    fn binary(&self, operator: Operator, left: &Node, right: &Node) -> Result<Value, Unknown> {
        let null = |node: &Node| matches!(node, Node::Value(Value::Null));
        let asks_for_null = null(left) || null(right);
        let (one, other) = (self.value(left)?, self.value(right)?);
        let is_null = |value: &Value| matches!(value, Value::Null);
        let same = || -> Result<bool, Unknown> {
            match (is_null(&one), is_null(&other)) {
                (true, true) => Ok(true),
                (false, false) => Ok(compared(&one, &other)? == Some(Ordering::Equal)),
                _ => Ok(false),
            }
        };
        let ordered = |holds: fn(Ordering) -> bool| Ok(boolean(compared(&one, &other)?.map(holds)));
        match operator {
            Operator::Equal if asks_for_null => Ok(Value::Bool(is_null(&one) && is_null(&other))),
            Operator::NotEqual if asks_for_null => Ok(Value::Bool(!(is_null(&one) && is_null(&other)))),
            Operator::Same => same().map(Value::Bool),
            Operator::Distinct => same().map(|same| Value::Bool(!same)),
            Operator::Equal => ordered(Ordering::is_eq),
            Operator::NotEqual => ordered(Ordering::is_ne),
            Operator::Less => ordered(Ordering::is_lt),
            Operator::LessEqual => ordered(Ordering::is_le),
            Operator::Greater => ordered(Ordering::is_gt),
            Operator::GreaterEqual => ordered(Ordering::is_ge),
            Operator::Add
            | Operator::Subtract
            | Operator::Multiply
            | Operator::Divide
            | Operator::DivideInteger
            | Operator::Remainder
            | Operator::RemainderInteger => computed(operator, &one, &other),
        }
    }
}

const OVERFLOW: Unknown = Unknown("a number that is too large");

fn boolean(value: Option<bool>) -> Value {
    value.map_or(Value::Null, Value::Bool)
}

fn and(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn or(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    and(one.map(|value| !value), other.map(|value| !value)).map(|value| !value)
}

/// Integers and truth values as one kind.
fn integer(value: ValueRef<'_>) -> Option<i128> {
    match value {
        ValueRef::Bool(value) => Some(i128::from(value)),
        ValueRef::Int(value) => Some(i128::from(value)),
        ValueRef::UInt(value) => Some(i128::from(value)),
        _ => None,
    }
}

/// How two values compare; none where one is NULL.
fn compared(one: &Value, other: &Value) -> Result<Option<Ordering>, Unknown> {
    let (one, other) = (one.as_ref(), other.as_ref());
    if let (Some(one), Some(other)) = (integer(one), integer(other)) {
        return Ok(Some(one.cmp(&other)));
    }
    match (one, other) {
        (ValueRef::Null, _) | (_, ValueRef::Null) => Ok(None),
        (ValueRef::Double(a), ValueRef::Double(b)) => {
            a.partial_cmp(&b).map(Some).ok_or(Unknown("a number that is none"))
        }
        (ValueRef::Text(a), ValueRef::Text(b)) => Ok(Some(a.cmp(b))),
        (ValueRef::Bytes(a), ValueRef::Bytes(b)) => Ok(Some(a.cmp(b))),
        (ValueRef::Date(a), ValueRef::Date(b)) => Ok(Some(a.cmp(&b))),
        (ValueRef::Time(a), ValueRef::Time(b)) => Ok(Some(a.cmp(&b))),
        (ValueRef::DateTime(a), ValueRef::DateTime(b)) => Ok(Some(a.cmp(&b))),
        _ => Err(Unknown("a comparison of such values")),
    }
}

fn computed(operator: Operator, one: &Value, other: &Value) -> Result<Value, Unknown> {
    match (one, other) {
        (Value::Null, _) | (_, Value::Null) => Ok(Value::Null),
        (Value::Int(a), Value::Int(b)) => {
            let value = match operator {
                Operator::Add => a.checked_add(*b),
                Operator::Subtract => a.checked_sub(*b),
                Operator::Multiply => a.checked_mul(*b),
                // Division by zero is NULL.
                Operator::DivideInteger | Operator::RemainderInteger if *b == 0 => return Ok(Value::Null),
                Operator::DivideInteger => a.checked_div(*b),
                Operator::RemainderInteger => a.checked_rem(*b),
                _ => return Err(Unknown("arithmetic of such values")),
            };
            value.map(Value::Int).ok_or(OVERFLOW)
        }
        (Value::Double(a), Value::Double(b)) => {
            let value = match operator {
                Operator::Add => a + b,
                Operator::Subtract => a - b,
                Operator::Multiply => a * b,
                Operator::Divide if *b == 0.0 => return Ok(Value::Null),
                Operator::Divide => a / b,
                _ => return Err(Unknown("arithmetic of such values")),
            };
            if value.is_finite() { Ok(Value::Double(value)) } else { Err(OVERFLOW) }
        }
        _ => Err(Unknown("arithmetic of such values")),
    }
}
