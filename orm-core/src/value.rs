//! Values as the database knows them: what is bound to a statement and what a row is made of. Plain data, no I/O.
//!
//! A value has one form: an integer that fits `i64` is always `Int`, so that equal values compare and hash equal
//! whichever Rust type or backend they come from.

use std::fmt;
use std::hash::{Hash, Hasher};

/// A calendar date, proleptic Gregorian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Year, 0 to 9999 in a database.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, 1 to 31.
    pub day: u8,
}

/// A time of day with microseconds, without a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute, 0 to 59.
    pub minute: u8,
    /// Second, 0 to 59.
    pub second: u8,
    /// Microsecond, 0 to 999,999.
    pub microsecond: u32,
}

/// A date and a time of day. Moments in time are stored as their UTC date and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime {
    /// The date.
    pub date: Date,
    /// The time of day.
    pub time: Time,
}

/// A borrowed value: one cell of a row, or one bound parameter.
#[derive(Clone, Copy, Debug)]
pub enum ValueRef<'a> {
    /// SQL NULL.
    Null,
    /// A boolean; backends without a boolean type give 0 and 1 as `Int`.
    Bool(bool),
    /// An integer that fits `i64`.
    Int(i64),
    /// An integer above `i64::MAX`, never a smaller one: build it with [`ValueRef::unsigned`].
    UInt(u64),
    /// A floating point number.
    Double(f64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// An exact decimal number in plain notation, such as `-12.50`.
    Decimal(&'a str),
    /// A date.
    Date(Date),
    /// A time of day.
    Time(Time),
    /// A date and a time of day.
    DateTime(DateTime),
}

/// An owned value. See [`ValueRef`] for the meaning of the variants.
#[derive(Clone, Debug)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer that fits `i64`.
    Int(i64),
    /// An integer above `i64::MAX`.
    UInt(u64),
    /// A floating point number.
    Double(f64),
    /// Text.
    Text(Box<str>),
    /// Bytes.
    Bytes(Box<[u8]>),
    /// An exact decimal number in plain notation.
    Decimal(Box<str>),
    /// A date.
    Date(Date),
    /// A time of day.
    Time(Time),
    /// A date and a time of day.
    DateTime(DateTime),
}

/// What a field gives to be written: borrowed from the field where that is possible.
#[derive(Clone, Debug)]
pub enum Encoded<'a> {
    /// Borrowed from the field.
    Borrowed(ValueRef<'a>),
    /// Made for the occasion.
    Owned(Value),
}

impl ValueRef<'_> {
    /// An unsigned integer in its one form.
    #[inline]
    pub fn unsigned(value: u64) -> ValueRef<'static> {
        match i64::try_from(value) {
            Ok(small) => ValueRef::Int(small),
            Err(_) => ValueRef::UInt(value),
        }
    }

    /// Copies the value out of its row.
    pub fn to_value(self) -> Value {
        match self {
            ValueRef::Null => Value::Null,
            ValueRef::Bool(value) => Value::Bool(value),
            ValueRef::Int(value) => Value::Int(value),
            ValueRef::UInt(value) => Value::UInt(value),
            ValueRef::Double(value) => Value::Double(value),
            ValueRef::Text(value) => Value::Text(value.into()),
            ValueRef::Bytes(value) => Value::Bytes(value.into()),
            ValueRef::Decimal(value) => Value::Decimal(value.into()),
            ValueRef::Date(value) => Value::Date(value),
            ValueRef::Time(value) => Value::Time(value),
            ValueRef::DateTime(value) => Value::DateTime(value),
        }
    }

    /// A total order for keys: within one type the natural one, otherwise by type.
    pub fn key_order(self, other: ValueRef<'_>) -> std::cmp::Ordering {
        fn rank(value: ValueRef<'_>) -> u8 {
            match value {
                ValueRef::Null => 0,
                ValueRef::Bool(_) => 1,
                ValueRef::Int(_) => 2,
                ValueRef::UInt(_) => 3,
                ValueRef::Double(_) => 4,
                ValueRef::Text(_) => 5,
                ValueRef::Bytes(_) => 6,
                ValueRef::Decimal(_) => 7,
                ValueRef::Date(_) => 8,
                ValueRef::Time(_) => 9,
                ValueRef::DateTime(_) => 10,
            }
        }
        match (self, other) {
            (ValueRef::Bool(a), ValueRef::Bool(b)) => a.cmp(&b),
            (ValueRef::Int(a), ValueRef::Int(b)) => a.cmp(&b),
            (ValueRef::UInt(a), ValueRef::UInt(b)) => a.cmp(&b),
            (ValueRef::Double(a), ValueRef::Double(b)) => a.total_cmp(&b),
            (ValueRef::Text(a), ValueRef::Text(b)) | (ValueRef::Decimal(a), ValueRef::Decimal(b)) => a.cmp(b),
            (ValueRef::Bytes(a), ValueRef::Bytes(b)) => a.cmp(b),
            (ValueRef::Date(a), ValueRef::Date(b)) => a.cmp(&b),
            (ValueRef::Time(a), ValueRef::Time(b)) => a.cmp(&b),
            (ValueRef::DateTime(a), ValueRef::DateTime(b)) => a.cmp(&b),
            (a, b) => rank(a).cmp(&rank(b)),
        }
    }

    /// Whether this is NULL.
    #[inline]
    pub fn is_null(self) -> bool {
        matches!(self, ValueRef::Null)
    }

    /// The type of the value, for messages: the value itself stays private.
    pub fn type_name(self) -> &'static str {
        match self {
            ValueRef::Null => "NULL",
            ValueRef::Bool(_) => "a boolean",
            ValueRef::Int(_) | ValueRef::UInt(_) => "an integer",
            ValueRef::Double(_) => "a floating point number",
            ValueRef::Text(_) => "text",
            ValueRef::Bytes(_) => "bytes",
            ValueRef::Decimal(_) => "a decimal number",
            ValueRef::Date(_) => "a date",
            ValueRef::Time(_) => "a time",
            ValueRef::DateTime(_) => "a date and time",
        }
    }
}

/// Equal as a database would keep them: -0.0 is 0.0, decimals compare by number, a boolean is 0 or 1.
impl PartialEq for ValueRef<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        // Most keys are integers.
        match (*self, *other) {
            (ValueRef::Int(a), ValueRef::Int(b)) => a == b,
            (one, other) => one.is_same(other),
        }
    }
}

impl Eq for ValueRef<'_> {}

impl ValueRef<'_> {
    fn is_same(self, other: ValueRef<'_>) -> bool {
        match (self, other) {
            (ValueRef::Null, ValueRef::Null) => true,
            (ValueRef::Bool(a), ValueRef::Bool(b)) => a == b,
            (ValueRef::Bool(a), ValueRef::Int(b)) | (ValueRef::Int(b), ValueRef::Bool(a)) => {
                i64::from(a) == b
            }
            (ValueRef::Int(a), ValueRef::Int(b)) => a == b,
            (ValueRef::UInt(a), ValueRef::UInt(b)) => a == b,
            (ValueRef::Double(a), ValueRef::Double(b)) => a == b || (a.is_nan() && b.is_nan()),
            (ValueRef::Text(a), ValueRef::Text(b)) => a == b,
            (ValueRef::Bytes(a), ValueRef::Bytes(b)) => a == b,
            (ValueRef::Decimal(a), ValueRef::Decimal(b)) => plain_decimal(a) == plain_decimal(b),
            (ValueRef::Date(a), ValueRef::Date(b)) => a == b,
            (ValueRef::Time(a), ValueRef::Time(b)) => a == b,
            (ValueRef::DateTime(a), ValueRef::DateTime(b)) => a == b,
            _ => false,
        }
    }
}

impl Hash for ValueRef<'_> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        match *self {
            ValueRef::Null => state.write_u8(0),
            ValueRef::Bool(value) => state.write_i64(i64::from(value)),
            ValueRef::Int(value) => state.write_i64(value),
            ValueRef::UInt(value) => state.write_u64(value),
            // Also -0.0, which is equal.
            ValueRef::Double(0.0) => state.write_u64(0),
            ValueRef::Double(value) => state.write_u64(value.to_bits()),
            ValueRef::Text(value) => value.hash(state),
            ValueRef::Bytes(value) => value.hash(state),
            ValueRef::Decimal(value) => plain_decimal(value).hash(state),
            ValueRef::Date(value) => value.hash(state),
            ValueRef::Time(value) => value.hash(state),
            ValueRef::DateTime(value) => value.hash(state),
        }
    }
}

/// Sign, digits before the point without leading zeros, digits after it without trailing zeros.
pub(crate) fn plain_decimal(text: &str) -> (bool, &str, &str) {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    (negative && !(whole.is_empty() && fraction.is_empty()), whole, fraction)
}

impl Value {
    /// An unsigned integer in its one form.
    pub fn from_unsigned(value: u64) -> Value {
        ValueRef::unsigned(value).to_value()
    }

    /// Borrows the value.
    #[inline]
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Value::Null => ValueRef::Null,
            Value::Bool(value) => ValueRef::Bool(*value),
            Value::Int(value) => ValueRef::Int(*value),
            Value::UInt(value) => ValueRef::UInt(*value),
            Value::Double(value) => ValueRef::Double(*value),
            Value::Text(value) => ValueRef::Text(value),
            Value::Bytes(value) => ValueRef::Bytes(value),
            Value::Decimal(value) => ValueRef::Decimal(value),
            Value::Date(value) => ValueRef::Date(*value),
            Value::Time(value) => ValueRef::Time(*value),
            Value::DateTime(value) => ValueRef::DateTime(*value),
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.as_ref() == other.as_ref()
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_ref().hash(state);
    }
}

impl Encoded<'_> {
    /// Borrows the value.
    #[inline]
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Encoded::Borrowed(value) => *value,
            Encoded::Owned(value) => value.as_ref(),
        }
    }

    /// Takes the value, copying it where it is borrowed.
    pub fn into_value(self) -> Value {
        match self {
            Encoded::Borrowed(value) => value.to_value(),
            Encoded::Owned(value) => value,
        }
    }
}

impl<'a> From<ValueRef<'a>> for Encoded<'a> {
    #[inline]
    fn from(value: ValueRef<'a>) -> Self {
        Encoded::Borrowed(value)
    }
}

/// As an SQL literal would read, for plans, change lists and logs that may show values.
impl fmt::Display for ValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            ValueRef::Null => f.write_str("NULL"),
            ValueRef::Bool(value) => write!(f, "{value}"),
            ValueRef::Int(value) => write!(f, "{value}"),
            ValueRef::UInt(value) => write!(f, "{value}"),
            ValueRef::Double(value) => write!(f, "{value:?}"),
            ValueRef::Text(value) => write!(f, "'{}'", value.replace('\'', "''")),
            ValueRef::Bytes(value) => {
                f.write_str("x'")?;
                for byte in value {
                    write!(f, "{byte:02x}")?;
                }
                f.write_str("'")
            }
            ValueRef::Decimal(value) => f.write_str(value),
            ValueRef::Date(value) => write!(f, "'{value}'"),
            ValueRef::Time(value) => write!(f, "'{value}'"),
            ValueRef::DateTime(value) => write!(f, "'{value}'"),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().fmt(f)
    }
}

/// `2026-01-31`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// `23:59:59.123456`, always six digits, so that text order is time order.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}:{:02}.{:06}", self.hour, self.minute, self.second, self.microsecond)
    }
}

/// `2026-01-31 23:59:59.123456`.
impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.date, self.time)
    }
}

impl Date {
    /// Reads `2026-01-31`.
    pub fn parse(text: &str) -> Option<Date> {
        let mut parts = text.splitn(3, '-');
        let year = parts.next()?.parse().ok()?;
        let month = parts.next()?.parse().ok()?;
        let day = parts.next()?.parse().ok()?;
        ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some(Date { year, month, day })
    }
}

impl Time {
    /// Reads `23:59`, `23:59:59` and `23:59:59.123456`; further digits are cut off.
    pub fn parse(text: &str) -> Option<Time> {
        let mut parts = text.splitn(3, ':');
        let hour = parts.next()?.parse().ok()?;
        let minute = parts.next()?.parse().ok()?;
        let (second, fraction) = match parts.next() {
            Some(rest) => rest.split_once('.').unwrap_or((rest, "")),
            None => ("0", ""),
        };
        let second = second.parse().ok()?;
        let mut microsecond = 0;
        for place in 0..6 {
            let digit = match fraction.as_bytes().get(place) {
                Some(digit @ b'0'..=b'9') => u32::from(digit - b'0'),
                Some(_) => return None,
                None => 0,
            };
            microsecond = microsecond * 10 + digit;
        }
        (hour < 24 && minute < 60 && second < 60).then_some(Time { hour, minute, second, microsecond })
    }
}

impl DateTime {
    /// Reads a date and a time with a space or a `T` between, or a date alone; a final `Z` is ignored.
    pub fn parse(text: &str) -> Option<DateTime> {
        let text = text.strip_suffix('Z').unwrap_or(text);
        match text.split_once([' ', 'T']) {
            Some((date, time)) => Some(DateTime { date: Date::parse(date)?, time: Time::parse(time)? }),
            None => {
                let time = Time { hour: 0, minute: 0, second: 0, microsecond: 0 };
                Some(DateTime { date: Date::parse(text)?, time })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_compare_by_number() {
        assert_eq!(ValueRef::Decimal("1.0"), ValueRef::Decimal("1.00"));
        assert_eq!(ValueRef::Decimal("-0.0"), ValueRef::Decimal("0"));
        assert_ne!(ValueRef::Decimal("10"), ValueRef::Decimal("1.0"));
    }

    #[test]
    fn negative_zero_is_zero() {
        assert_eq!(ValueRef::Double(-0.0), ValueRef::Double(0.0));
    }

    #[test]
    fn a_small_unsigned_integer_is_an_integer() {
        assert_eq!(ValueRef::unsigned(7), ValueRef::Int(7));
        assert_eq!(ValueRef::unsigned(u64::MAX), ValueRef::UInt(u64::MAX));
    }

    #[test]
    fn times_keep_microseconds() {
        let text = "2026-01-31 23:59:59.000001";
        assert_eq!(DateTime::parse(text).map(|value| value.to_string()).as_deref(), Some(text));
        assert_eq!(Time::parse("24:00:00"), None);
    }

    #[test]
    fn a_value_is_three_words() {
        assert_eq!(std::mem::size_of::<ValueRef<'_>>(), 24);
        assert_eq!(std::mem::size_of::<Value>(), 24);
    }
}
