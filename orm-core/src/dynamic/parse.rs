//! Values that are given as text, as the types of their columns. An error names the column and what is expected, never the
//! text.

use crate::definition::{ColumnDef, ModelDef};
use crate::error::{Error, Result};
use crate::types::SqlType;
use crate::value::{Date, DateTime, Time, Value, ValueRef};

/// The value of a text in a column.
pub(super) fn parse(model: &ModelDef, column: &ColumnDef, text: &str) -> Result<Value> {
    value(column.sql_type, text).ok_or_else(|| refused(model, column))
}

/// The error of a value that does not fit its column.
#[cold]
pub(super) fn refused(model: &ModelDef, column: &ColumnDef) -> Error {
    let expected = match column.sql_type {
        SqlType::Bool => "`true` or `false`".to_owned(),
        SqlType::I8 => integers(i8::MIN, i8::MAX),
        SqlType::I16 => integers(i16::MIN, i16::MAX),
        SqlType::I32 => integers(i32::MIN, i32::MAX),
        SqlType::I64 => integers(i64::MIN, i64::MAX),
        SqlType::U8 => integers(u8::MIN, u8::MAX),
        SqlType::U16 => integers(u16::MIN, u16::MAX),
        SqlType::U32 => integers(u32::MIN, u32::MAX),
        SqlType::U64 => integers(u64::MIN, u64::MAX),
        SqlType::F32 | SqlType::F64 => "a number".to_owned(),
        SqlType::Text { .. } => "text".to_owned(),
        SqlType::Bytes { .. } => "bytes in hexadecimal".to_owned(),
        SqlType::Date => "a date such as 2026-01-31".to_owned(),
        SqlType::Time => "a time such as 23:59:59".to_owned(),
        SqlType::DateTime => "a date and time such as 2026-01-31 23:59:59".to_owned(),
        SqlType::Timestamp => "a moment in UTC such as 2026-01-31T23:59:59Z".to_owned(),
        SqlType::Uuid => "a UUID".to_owned(),
        SqlType::Decimal { .. } => "a decimal number such as 12.50".to_owned(),
        SqlType::Json => "nothing: documents are not compared by name".to_owned(),
    };
    Error::invalid_value(model.name, column.field, format!("expected {expected}"))
}

fn integers<T: std::fmt::Display>(least: T, greatest: T) -> String {
    format!("an integer from {least} to {greatest}")
}

fn value(sql_type: SqlType, text: &str) -> Option<Value> {
    match sql_type {
        SqlType::Bool => match text {
            "true" | "1" => Some(Value::Bool(true)),
            "false" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
        SqlType::I8 => integer(text.parse::<i8>().ok()),
        SqlType::I16 => integer(text.parse::<i16>().ok()),
        SqlType::I32 => integer(text.parse::<i32>().ok()),
        SqlType::I64 => integer(text.parse::<i64>().ok()),
        SqlType::U8 => integer(text.parse::<u8>().ok()),
        SqlType::U16 => integer(text.parse::<u16>().ok()),
        SqlType::U32 => integer(text.parse::<u32>().ok()),
        SqlType::U64 => text.parse().ok().map(|number| ValueRef::unsigned(number).to_value()),
        SqlType::F32 => {
            let number = text.parse::<f32>().ok().filter(|number| number.is_finite())?;
            Some(Value::Double(f64::from(number)))
        }
        SqlType::F64 => text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::Double),
        SqlType::Text { .. } => Some(Value::Text(text.into())),
        SqlType::Bytes { .. } => hexadecimal(text).map(|bytes| Value::Bytes(bytes.into())),
        SqlType::Date => date(text).map(Value::Date),
        SqlType::Time => Time::parse(text).map(Value::Time),
        SqlType::DateTime => moment(text).map(Value::DateTime),
        SqlType::Timestamp => moment(text).map(Value::DateTime),
        SqlType::Uuid => {
            let bytes = hexadecimal(&text.replace('-', ""))?;
            (bytes.len() == 16).then(|| Value::Bytes(bytes.into()))
        }
        SqlType::Decimal { .. } => is_decimal(text).then(|| Value::Decimal(text.into())),
        SqlType::Json => None,
    }
}

fn integer<T: Into<i64>>(number: Option<T>) -> Option<Value> {
    number.map(|number| Value::Int(number.into()))
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 2);
    for pair in text.as_bytes().chunks_exact(2) {
        bytes.push(digit(pair[0])? << 4 | digit(pair[1])?);
    }
    Some(bytes)
}

/// A day that there is, written in full.
fn date(text: &str) -> Option<Date> {
    let date = Date::parse(text).filter(|date| date.to_string() == text)?;
    let leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
    let days = match date.month {
        2 => 28 + u8::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    (date.day <= days).then_some(date)
}

fn moment(text: &str) -> Option<DateTime> {
    let moment = DateTime::parse(text)?;
    date(&moment.date.to_string())?;
    text.starts_with(&moment.date.to_string()).then_some(moment)
}

/// Digits, with a sign and a point where they belong.
fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    are_digits(whole) && are_digits(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_a_value_of_its_type_or_none() {
        let decimal = SqlType::Decimal { precision: 10, scale: 2 };
        for (sql_type, text, wrong) in [
            (SqlType::Bool, "true", "yes"),
            (SqlType::I8, "-128", "128"),
            (SqlType::U64, "18446744073709551615", "-1"),
            (SqlType::F64, "1e3", "inf"),
            (SqlType::Bytes { length: None }, "00ff", "0f0"),
            (SqlType::Date, "2024-02-29", "2023-02-29"),
            (SqlType::Date, "2026-01-31", "2026-1-31"),
            (SqlType::Time, "23:59:59", "24:00:00"),
            (SqlType::DateTime, "2026-01-31 23:59:59", "2026-02-31 23:59:59"),
            (SqlType::Timestamp, "2026-01-31T23:59:59Z", "2026-01-31T23:59:59+02:00"),
            (SqlType::Uuid, "67e55044-10b1-426f-9247-bb680e5fe0c8", "67e55044"),
            (decimal, "-12.50", "1e3"),
            (decimal, "0", "1."),
        ] {
            assert!(value(sql_type, text).is_some(), "{text}");
            assert!(value(sql_type, wrong).is_none(), "{wrong}");
        }
        assert!(value(SqlType::Json, "{}").is_none());
    }
}
