//! How the logical types are kept in SQLite, and the values that it cannot keep. Pure: no I/O.
//!
//! SQLite stores what it is given, changed by the affinity of the declared type. The table declares types whose affinity
//! keeps the stored value as it is, and names that other programs understand:
//!
//! | logical type | declared | affinity | stored as |
//! |---|---|---|---|
//! | `Bool` | `BOOLEAN` | numeric | integer 0 or 1 |
//! | `I8` to `I64`, `U8` to `U64` | `INTEGER` | integer | integer, at most 9223372036854775807 |
//! | `F32`, `F64` | `REAL` | real | real |
//! | `Text` | `VARCHAR(n)`, or `TEXT` without a length | text | text; SQLite does not check the length |
//! | `Bytes` | `BLOB` | none | bytes |
//! | `Date` | `DATE` | numeric | text `2026-01-31` |
//! | `Time` | `TIME` | numeric | text `23:59:59.123456` |
//! | `DateTime`, `Timestamp` | `DATETIME` | numeric | text `2026-01-31 23:59:59.123456` |
//! | `Uuid` | `BLOB` | none | 16 bytes |
//! | `Decimal` | `DECIMAL(p, s)` | numeric | integer where it is whole, else real |
//! | `Json` | `TEXT` | text | text; a numeric affinity would turn the document `"1"` into a number |
//!
//! Numeric affinity leaves text that is no number alone, and no date or time reads as a number. Their text order is their
//! order in time for the years 0 to 9999.

use std::borrow::Cow;

use orm_core::types::SqlType;
use orm_core::value::{Date, ValueRef};

/// The declared type of a column.
pub(crate) fn declared(sql_type: SqlType) -> Cow<'static, str> {
    match sql_type {
        SqlType::Bool => "BOOLEAN".into(),
        SqlType::I8
        | SqlType::I16
        | SqlType::I32
        | SqlType::I64
        | SqlType::U8
        | SqlType::U16
        | SqlType::U32
        | SqlType::U64 => "INTEGER".into(),
        SqlType::F32 | SqlType::F64 => "REAL".into(),
        SqlType::Text { length: Some(length) } => format!("VARCHAR({length})").into(),
        SqlType::Text { length: None } | SqlType::Json => "TEXT".into(),
        SqlType::Bytes { length: _ } | SqlType::Uuid => "BLOB".into(),
        SqlType::Date => "DATE".into(),
        SqlType::Time => "TIME".into(),
        SqlType::DateTime | SqlType::Timestamp => "DATETIME".into(),
        SqlType::Decimal { precision, scale } => format!("DECIMAL({precision}, {scale})").into(),
    }
}

/// Why SQLite cannot keep a value, if it cannot.
pub(crate) fn refuses(value: ValueRef<'_>) -> Option<&'static str> {
    match value {
        ValueRef::UInt(_) => Some("above 9223372036854775807, where the integers of SQLite end"),
        ValueRef::Double(number) if number.is_nan() => Some("not a number (NaN), which SQLite keeps as NULL"),
        ValueRef::Decimal(text) => number(text).err(),
        ValueRef::Date(date) => outside_years(date),
        ValueRef::DateTime(moment) => outside_years(moment.date),
        ValueRef::Null
        | ValueRef::Bool(_)
        | ValueRef::Int(_)
        | ValueRef::Double(_)
        | ValueRef::Text(_)
        | ValueRef::Bytes(_)
        | ValueRef::Time(_) => None,
    }
}

fn outside_years(date: Date) -> Option<&'static str> {
    let known = (0..=9999).contains(&date.year);
    (!known).then_some("a year outside 0 to 9999, whose text would not sort by time")
}

/// A decimal number as SQLite keeps it without a loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Integer(i64),
    Real(f64),
}

/// The significant decimal digits that every `f64` keeps.
const REAL_DIGITS: usize = 15;

/// Reads a decimal number in plain notation.
pub(crate) fn number(text: &str) -> Result<Number, &'static str> {
    let not_a_number = "not a decimal number in plain notation";
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
        return Err(not_a_number);
    }
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    if fraction.is_empty() {
        let sign = if text.starts_with('-') { "-" } else { "" };
        let whole = if whole.is_empty() { "0" } else { whole };
        if let Ok(integer) = format!("{sign}{whole}").parse() {
            return Ok(Number::Integer(integer));
        }
    }
    let significant = if whole.is_empty() {
        fraction.trim_start_matches('0').len()
    } else if fraction.is_empty() {
        whole.trim_end_matches('0').len()
    } else {
        whole.len() + fraction.len()
    };
    if significant > REAL_DIGITS {
        return Err("more than 15 significant digits, which SQLite would round: keep it as text");
    }
    match text.parse() {
        Ok(real) => Ok(Number::Real(real)),
        Err(_) => Err(not_a_number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_decimals_are_integers_and_others_reals() {
        assert_eq!(number("10.00"), Ok(Number::Integer(10)));
        assert_eq!(number("-0.0"), Ok(Number::Integer(0)));
        assert_eq!(number("9223372036854775807"), Ok(Number::Integer(i64::MAX)));
        assert_eq!(number("-9223372036854775808.000"), Ok(Number::Integer(i64::MIN)));
        assert_eq!(number("-12.50"), Ok(Number::Real(-12.5)));
        assert_eq!(number("+.5"), Ok(Number::Real(0.5)));
        assert_eq!(number("0.000000000000000000123456789012345"), Ok(Number::Real(1.23456789012345e-19)));
        assert_eq!(number("10000000000000000000"), Ok(Number::Real(1e19)));
    }

    #[test]
    fn a_decimal_that_would_be_rounded_is_refused() {
        assert!(number("0.1234567890123456").is_err());
        assert!(number("1234567890123456.5").is_err());
        assert!(number("12345678901234567890").is_err());
        for text in ["", "-", ".", "1e3", "1.2.3", " 1", "NaN"] {
            assert!(number(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn values_beyond_sqlite_are_refused_with_a_reason() {
        assert!(refuses(ValueRef::UInt(u64::MAX)).is_some());
        assert!(refuses(ValueRef::Double(f64::NAN)).is_some());
        assert!(refuses(ValueRef::Double(f64::INFINITY)).is_none());
        assert!(refuses(ValueRef::Date(Date { year: 10_000, month: 1, day: 1 })).is_some());
        assert!(refuses(ValueRef::Date(Date { year: 0, month: 1, day: 1 })).is_none());
        assert!(refuses(ValueRef::Decimal("0.1234567890123456")).is_some());
    }
}
