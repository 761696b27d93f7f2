//! What functions and casts are in SQLite's SQL.

use std::borrow::Cow;

use orm_core::error::Result;
use orm_core::node::Function;
use orm_core::types::SqlType;

/// A function as a template.
pub(super) fn template(function: Function) -> Result<&'static str> {
    Ok(match function {
        Function::Coalesce => "COALESCE($*)",
        Function::NullIf => "NULLIF($1, $2)",
    })
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
