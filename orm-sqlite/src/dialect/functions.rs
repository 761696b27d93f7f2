//! What functions and casts are in SQLite's SQL. Names that start with `orm_` are those of [`crate::functions`].

use std::borrow::Cow;

use orm_core::error::{Error, Result};
use orm_core::node::{DatePart, Function, JsonFunction, TimeUnit};
use orm_core::types::SqlType;

/// A function as a template.
pub(super) fn template(function: Function) -> Result<Cow<'static, str>> {
    Ok(Cow::Borrowed(match function {
        Function::Coalesce => "COALESCE($*)",
        Function::NullIf => "NULLIF($1, $2)",
        Function::Greatest => "MAX($*)",
        Function::Least => "MIN($*)",
        Function::Lower => "orm_lower($1)",
        Function::Upper => "orm_upper($1)",
        Function::Trim => "TRIM($1)",
        Function::TrimStart => "LTRIM($1)",
        Function::TrimEnd => "RTRIM($1)",
        Function::Length => "orm_length($1)",
        Function::ByteLength => "LENGTH(CAST($1 AS BLOB))",
        Function::Substring => "orm_substring($1, $2, $3)",
        Function::Left => "orm_left($1, $2)",
        Function::Right => "orm_right($1, $2)",
        Function::Replace => "REPLACE($1, $2, $3)",
        Function::Concat => "($1 || $2)",
        Function::Position => "INSTR($1, $2)",
        Function::PadStart => "orm_pad_start($1, $2, $3)",
        Function::PadEnd => "orm_pad_end($1, $2, $3)",
        Function::Repeat => "orm_repeat($1, $2)",
        Function::Reverse => "orm_reverse($1)",
        Function::RegexMatch => return Err(Error::unsupported("a regular expression", "sqlite")),
        Function::Hex => "HEX($1)",
        Function::Abs => "ABS($1)",
        Function::Sign => "SIGN($1)",
        Function::Ceil => "orm_ceil($1)",
        Function::Floor => "orm_floor($1)",
        Function::Round => "orm_round($1, $2)",
        Function::RoundDecimal => "orm_round_decimal($1, $2)",
        Function::Power => "orm_power($1, $2)",
        Function::SquareRoot => "orm_sqrt($1)",
        Function::Exp => "orm_exp($1)",
        Function::Ln => "orm_ln($1)",
        // As many bits as a floating point number keeps.
        Function::Random => "(ABS(RANDOM() % 9007199254740992) / 9007199254740992.0)",
        Function::Integer => "$1",
        Function::Exact => "orm_decimal($1)",
        Function::Now => "(STRFTIME('%Y-%m-%d %H:%M:%f', 'now') || '000')",
        Function::Today => "DATE('now')",
        Function::Part(part) => return Ok(self::part(part).into()),
        Function::DateOf => "SUBSTR($1, 1, 10)",
        Function::TimeOf => "SUBSTR($1, 12)",
        Function::Add(unit) => return Ok(format!("orm_date_add($1, $2, '{}')", name(unit)).into()),
        Function::DaysUntil => "orm_days_until($1, $2)",
        Function::SecondsUntil => "orm_seconds_until($1, $2)",
        Function::StartOf(unit) | Function::StartOfDate(unit) => {
            return Ok(format!("orm_start_of($1, '{}')", name(unit)).into());
        }
        Function::Json(function) => json(function),
    }))
}

/// Dates are kept as `2026-01-31`, times as `23:59:59.123456`, both with a blank between them.
fn part(part: DatePart) -> &'static str {
    match part {
        DatePart::Year => "CAST(SUBSTR($1, 1, 4) AS INTEGER)",
        DatePart::Quarter => "((CAST(SUBSTR($1, 6, 2) AS INTEGER) + 2) / 3)",
        DatePart::Month => "CAST(SUBSTR($1, 6, 2) AS INTEGER)",
        DatePart::Day => "CAST(SUBSTR($1, 9, 2) AS INTEGER)",
        DatePart::Weekday => "((CAST(STRFTIME('%w', SUBSTR($1, 1, 10)) AS INTEGER) + 6) % 7 + 1)",
        DatePart::DayOfYear => "CAST(STRFTIME('%j', SUBSTR($1, 1, 10)) AS INTEGER)",
        DatePart::Hour => "CAST(SUBSTR($1, -15, 2) AS INTEGER)",
        DatePart::Minute => "CAST(SUBSTR($1, -12, 2) AS INTEGER)",
        DatePart::Second => "CAST(SUBSTR($1, -9, 2) AS INTEGER)",
        DatePart::Microsecond => "CAST(SUBSTR($1, -6) AS INTEGER)",
    }
}

fn name(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Year => "year",
        TimeUnit::Month => "month",
        TimeUnit::Week => "week",
        TimeUnit::Day => "day",
        TimeUnit::Hour => "hour",
        TimeUnit::Minute => "minute",
        TimeUnit::Second => "second",
    }
}

fn json(function: JsonFunction) -> &'static str {
    match function {
        JsonFunction::Text => "CASE JSON_TYPE($1, $2) WHEN 'text' THEN JSON_EXTRACT($1, $2) END",
        JsonFunction::Integer => "CASE JSON_TYPE($1, $2) WHEN 'integer' THEN JSON_EXTRACT($1, $2) END",
        JsonFunction::Number => {
            "CASE WHEN JSON_TYPE($1, $2) IN ('integer', 'real') THEN CAST(JSON_EXTRACT($1, $2) AS REAL) END"
        }
        JsonFunction::Bool => "CASE JSON_TYPE($1, $2) WHEN 'true' THEN 1 WHEN 'false' THEN 0 END",
        JsonFunction::Document => "($1 -> $2)",
        JsonFunction::Exists => "(JSON_TYPE($1, $2) IS NOT NULL)",
        JsonFunction::ArrayLength => "CASE JSON_TYPE($1, $2) WHEN 'array' THEN JSON_ARRAY_LENGTH($1, $2) END",
        JsonFunction::Kind => {
            "CASE JSON_TYPE($1, $2) WHEN 'text' THEN 'string' WHEN 'integer' THEN 'number' WHEN 'real' THEN 'number' \
             WHEN 'true' THEN 'boolean' WHEN 'false' THEN 'boolean' ELSE JSON_TYPE($1, $2) END"
        }
        JsonFunction::Contains => {
            "CASE JSON_TYPE($1, $2) WHEN 'array' THEN EXISTS (SELECT 1 FROM JSON_EACH($1, $2) AS element \
             WHERE REPLACE(element.type, 'real', 'integer') = REPLACE(JSON_TYPE($3), 'real', 'integer') \
             AND element.atom IS JSON_EXTRACT($3, '$')) ELSE 0 END"
        }
        JsonFunction::Set => "JSON_SET($1, $2, JSON($3))",
        JsonFunction::Remove => "JSON_REMOVE($1, $2)",
    }
}

/// CAST to the storage class of a type.
pub(super) fn cast(to: SqlType) -> Result<Cow<'static, str>> {
    Ok(match to {
        SqlType::Bool => "($1 <> 0)".into(),
        SqlType::I8
        | SqlType::I16
        | SqlType::I32
        | SqlType::I64
        | SqlType::U8
        | SqlType::U16
        | SqlType::U32
        | SqlType::U64 => "CAST($1 AS INTEGER)".into(),
        SqlType::F32 | SqlType::F64 | SqlType::Decimal { .. } => "CAST($1 AS REAL)".into(),
        SqlType::Text { .. }
        | SqlType::Date
        | SqlType::Time
        | SqlType::DateTime
        | SqlType::Timestamp
        | SqlType::Json => "CAST($1 AS TEXT)".into(),
        SqlType::Bytes { .. } | SqlType::Uuid => "CAST($1 AS BLOB)".into(),
    })
}
