//! What functions and casts are in MySQL's and MariaDB's SQL.

use std::borrow::Cow;

use orm_core::error::Result;
use orm_core::node::Function;
use orm_core::types::SqlType;

use super::Family;

/// A function as a template.
pub(super) fn template(_family: Family, function: Function) -> Result<&'static str> {
    Ok(match function {
        Function::Coalesce => "COALESCE($*)",
        Function::NullIf => "NULLIF($1, $2)",
    })
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
