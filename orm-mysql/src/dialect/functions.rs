//! What functions and casts are in MySQL's and MariaDB's SQL.

use std::borrow::Cow;

use orm_core::error::Result;
use orm_core::node::{DatePart, Function, JsonFunction, TimeUnit};
use orm_core::types::SqlType;

use super::Family;

/// A function as a template.
pub(super) fn template(family: Family, function: Function) -> Result<Cow<'static, str>> {
    Ok(Cow::Borrowed(match function {
        Function::Coalesce => "COALESCE($*)",
        Function::NullIf => "NULLIF($1, $2)",
        Function::Greatest => "GREATEST($*)",
        Function::Least => "LEAST($*)",
        Function::Lower => "LOWER($1)",
        Function::Upper => "UPPER($1)",
        Function::Trim => "TRIM($1)",
        Function::TrimStart => "LTRIM($1)",
        Function::TrimEnd => "RTRIM($1)",
        Function::Length => "CHAR_LENGTH($1)",
        Function::ByteLength => "LENGTH($1)",
        // From 0 on there is nothing; a negative number would count from the end.
        Function::Substring => "SUBSTRING($1, GREATEST($2, 0), $3)",
        Function::Left => "LEFT($1, $2)",
        Function::Right => "RIGHT($1, $2)",
        Function::Replace => "REPLACE($1, $2, $3)",
        Function::Concat => "CONCAT($1, $2)",
        Function::Position => "INSTR($1, $2)",
        Function::PadStart => "LPAD($1, $2, $3)",
        Function::PadEnd => "RPAD($1, $2, $3)",
        Function::Repeat => "REPEAT($1, $2)",
        Function::Reverse => "REVERSE($1)",
        Function::RegexMatch => match family {
            Family::MariaDb => "($1 REGEXP $2)",
            Family::MySql => "REGEXP_LIKE($1, $2, 'c')",
        },
        Function::Hex => "HEX($1)",
        Function::Abs => "ABS($1)",
        Function::Sign => "SIGN($1)",
        Function::Ceil => "CEILING($1)",
        Function::Floor => "FLOOR($1)",
        // ROUND of a binary fraction rounds a half to the even neighbour.
        Function::Round => "(SIGN($1) * FLOOR(ABS($1) * POW(10, $2) + 0.5E0) / POW(10, $2))",
        Function::RoundDecimal => "ROUND($1, $2)",
        Function::Power => "POW($1, $2)",
        Function::SquareRoot => "SQRT($1)",
        Function::Exp => "EXP($1)",
        Function::Ln => "LN($1)",
        Function::Random => "RAND()",
        Function::Integer => match family {
            Family::MariaDb => "$1",
            // A placeholder among placeholders would be a floating point number.
            Family::MySql => "CAST($1 AS SIGNED)",
        },
        Function::Exact => "$1",
        Function::Now => "UTC_TIMESTAMP(6)",
        Function::Today => "UTC_DATE()",
        Function::Part(part) => self::part(part),
        Function::DateOf => "DATE($1)",
        Function::TimeOf => "TIME($1)",
        Function::Add(unit) => return Ok(format!("DATE_ADD($1, INTERVAL $2 {})", name(unit)).into()),
        Function::DaysUntil => "DATEDIFF($2, $1)",
        Function::SecondsUntil => "TIMESTAMPDIFF(SECOND, $1, $2)",
        Function::StartOf(unit) => match unit {
            TimeUnit::Year => "CAST(DATE_FORMAT($1, '%Y-01-01') AS DATETIME(6))",
            TimeUnit::Month => "CAST(DATE_FORMAT($1, '%Y-%m-01') AS DATETIME(6))",
            TimeUnit::Week => "CAST(DATE_SUB(DATE($1), INTERVAL WEEKDAY($1) DAY) AS DATETIME(6))",
            TimeUnit::Day => "CAST(DATE($1) AS DATETIME(6))",
            TimeUnit::Hour => "CAST(DATE_FORMAT($1, '%Y-%m-%d %H:00:00') AS DATETIME(6))",
            TimeUnit::Minute => "CAST(DATE_FORMAT($1, '%Y-%m-%d %H:%i:00') AS DATETIME(6))",
            TimeUnit::Second => "CAST(DATE_FORMAT($1, '%Y-%m-%d %H:%i:%s') AS DATETIME(6))",
        },
        Function::StartOfDate(unit) => match unit {
            TimeUnit::Year => "CAST(DATE_FORMAT($1, '%Y-01-01') AS DATE)",
            TimeUnit::Month => "CAST(DATE_FORMAT($1, '%Y-%m-01') AS DATE)",
            TimeUnit::Week => "DATE_SUB(DATE($1), INTERVAL WEEKDAY($1) DAY)",
            TimeUnit::Day | TimeUnit::Hour | TimeUnit::Minute | TimeUnit::Second => "DATE($1)",
        },
        Function::Json(function) => return Ok(json(family, function)),
    }))
}

fn part(part: DatePart) -> &'static str {
    match part {
        DatePart::Year => "YEAR($1)",
        DatePart::Quarter => "QUARTER($1)",
        DatePart::Month => "MONTH($1)",
        DatePart::Day => "DAYOFMONTH($1)",
        DatePart::Weekday => "(WEEKDAY($1) + 1)",
        DatePart::DayOfYear => "DAYOFYEAR($1)",
        DatePart::Hour => "HOUR($1)",
        DatePart::Minute => "MINUTE($1)",
        DatePart::Second => "SECOND($1)",
        DatePart::Microsecond => "MICROSECOND($1)",
    }
}

fn name(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Year => "YEAR",
        TimeUnit::Month => "MONTH",
        TimeUnit::Week => "WEEK",
        TimeUnit::Day => "DAY",
        TimeUnit::Hour => "HOUR",
        TimeUnit::Minute => "MINUTE",
        TimeUnit::Second => "SECOND",
    }
}

fn json(family: Family, function: JsonFunction) -> Cow<'static, str> {
    let document = match family {
        // JSON is text there.
        Family::MariaDb => "JSON_EXTRACT($3, '$')",
        Family::MySql => "CAST($3 AS JSON)",
    };
    match function {
        // A text of a document has a collation of its own, which no column of the library has.
        JsonFunction::Text => format!(
            "CASE JSON_TYPE(JSON_EXTRACT($1, $2)) WHEN 'STRING' THEN JSON_UNQUOTE(JSON_EXTRACT($1, $2)) COLLATE {} END",
            family.collation()
        )
        .into(),
        JsonFunction::Integer => "CASE WHEN JSON_TYPE(JSON_EXTRACT($1, $2)) IN ('INTEGER', 'UNSIGNED INTEGER') \
             THEN CAST(JSON_EXTRACT($1, $2) AS SIGNED) END"
            .into(),
        JsonFunction::Number => {
            "CASE WHEN JSON_TYPE(JSON_EXTRACT($1, $2)) IN ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL') \
             THEN CAST(JSON_EXTRACT($1, $2) AS DOUBLE) END"
                .into()
        }
        JsonFunction::Bool => {
            "CASE JSON_TYPE(JSON_EXTRACT($1, $2)) WHEN 'BOOLEAN' THEN JSON_UNQUOTE(JSON_EXTRACT($1, $2)) = 'true' END".into()
        }
        JsonFunction::Document => "JSON_EXTRACT($1, $2)".into(),
        JsonFunction::Exists => "COALESCE(JSON_CONTAINS_PATH($1, 'one', $2), 0)".into(),
        JsonFunction::ArrayLength => {
            "CASE JSON_TYPE(JSON_EXTRACT($1, $2)) WHEN 'ARRAY' THEN JSON_LENGTH($1, $2) END".into()
        }
        JsonFunction::Kind => format!(
            "(CASE JSON_TYPE(JSON_EXTRACT($1, $2)) WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array' \
             WHEN 'STRING' THEN 'string' WHEN 'BOOLEAN' THEN 'boolean' WHEN 'NULL' THEN 'null' \
             WHEN 'INTEGER' THEN 'number' WHEN 'UNSIGNED INTEGER' THEN 'number' WHEN 'DOUBLE' THEN 'number' \
             WHEN 'DECIMAL' THEN 'number' END COLLATE {})",
            family.collation()
        )
        .into(),
        JsonFunction::Contains => format!(
            "CASE JSON_TYPE(JSON_EXTRACT($1, $2)) WHEN 'ARRAY' THEN JSON_CONTAINS($1, {document}, $2) ELSE 0 END"
        )
        .into(),
        JsonFunction::Set => format!("JSON_SET($1, $2, {document})").into(),
        JsonFunction::Remove => "JSON_REMOVE($1, $2)".into(),
    }
}

/// CAST to the server's type for a logical type.
pub(super) fn cast(family: Family, to: SqlType) -> Result<Cow<'static, str>> {
    Ok(match to {
        SqlType::Bool => "($1 <> 0)".into(),
        SqlType::I8 | SqlType::I16 | SqlType::I32 | SqlType::I64 => "CAST($1 AS SIGNED)".into(),
        SqlType::U8 | SqlType::U16 | SqlType::U32 | SqlType::U64 => "CAST($1 AS UNSIGNED)".into(),
        SqlType::F32 | SqlType::F64 => "CAST($1 AS DOUBLE)".into(),
        SqlType::Decimal { precision, scale } => format!("CAST($1 AS DECIMAL({precision}, {scale}))").into(),
        SqlType::Text { .. } => format!("CAST($1 AS CHAR) COLLATE {}", family.collation()).into(),
        SqlType::Date => "CAST($1 AS DATE)".into(),
        SqlType::Time => "CAST($1 AS TIME(6))".into(),
        SqlType::DateTime | SqlType::Timestamp => "CAST($1 AS DATETIME(6))".into(),
        SqlType::Bytes { .. } | SqlType::Uuid => "CAST($1 AS BINARY)".into(),
        SqlType::Json => match family {
            // JSON is text there.
            Family::MariaDb => "$1".into(),
            Family::MySql => "CAST($1 AS JSON)".into(),
        },
    })
}
