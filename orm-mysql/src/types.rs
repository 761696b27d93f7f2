//! The column types of MySQL and MariaDB, and the values that only they refuse. No I/O, no SQL beyond a type's name.
//!
//! | logical type | column type | |
//! |---|---|---|
//! | `Bool` | `BOOLEAN` | another name of `TINYINT(1)` |
//! | `I8` `I16` `I32` `I64` | `TINYINT` `SMALLINT` `INT` `BIGINT` | |
//! | `U8` `U16` `U32` `U64` | the same with `UNSIGNED` | |
//! | `F32` `F64` | `FLOAT` `DOUBLE` | NaN and the infinities are refused |
//! | `Text` with a length | `VARCHAR(n)` | in characters, at most 16,383; 768 where indexed |
//! | `Text` | `LONGTEXT` | not where indexed |
//! | `Bytes` with a length | `VARBINARY(n)` | at most 65,532; 3,072 where indexed |
//! | `Bytes` | `LONGBLOB` | not where indexed |
//! | `Date` | `DATE` | |
//! | `Time` | `TIME(6)` | |
//! | `DateTime` `Timestamp` | `DATETIME(6)` | `TIMESTAMP` would end in 2038 |
//! | `Uuid` | `BINARY(16)` | |
//! | `Decimal` | `DECIMAL(p,s)` | |
//! | `Json` | `JSON` | `LONGTEXT` with a check in MariaDB; not where indexed |

use std::borrow::Cow;

use orm_core::definition::{ColumnDef, ModelDef};
use orm_core::dialect::ColumnUse;
use orm_core::error::{Error, Result};
use orm_core::types::SqlType;
use orm_core::value::ValueRef;

/// What VARCHAR holds in four bytes a character.
const LONGEST_TEXT: u32 = 16_383;
/// What VARBINARY holds beside the length.
const LONGEST_BYTES: u32 = 65_532;
/// What one column of an index holds, in bytes.
const LONGEST_KEY: u32 = 3_072;

/// The type of a column as DDL writes it.
pub(crate) fn column_type(
    model: &ModelDef,
    column: &ColumnDef,
    usage: ColumnUse,
) -> Result<Cow<'static, str>> {
    let name = match column.sql_type {
        SqlType::Bool => "BOOLEAN",
        SqlType::I8 => "TINYINT",
        SqlType::I16 => "SMALLINT",
        SqlType::I32 => "INT",
        SqlType::I64 => "BIGINT",
        SqlType::U8 => "TINYINT UNSIGNED",
        SqlType::U16 => "SMALLINT UNSIGNED",
        SqlType::U32 => "INT UNSIGNED",
        SqlType::U64 => "BIGINT UNSIGNED",
        SqlType::F32 => "FLOAT",
        SqlType::F64 => "DOUBLE",
        SqlType::Text { length } => return text(model, column, length, usage),
        SqlType::Bytes { length } => return bytes(model, column, length, usage),
        SqlType::Date => "DATE",
        SqlType::Time => "TIME(6)",
        SqlType::DateTime | SqlType::Timestamp => "DATETIME(6)",
        SqlType::Uuid => "BINARY(16)",
        SqlType::Decimal { precision, scale } => return Ok(format!("DECIMAL({precision},{scale})").into()),
        SqlType::Json if usage == ColumnUse::Indexed => {
            return Err(refusal(
                model,
                column,
                "a JSON column cannot be a key or have an index: index another column",
            ));
        }
        SqlType::Json => "JSON",
    };
    Ok(name.into())
}

fn text(
    model: &ModelDef,
    column: &ColumnDef,
    length: Option<u32>,
    usage: ColumnUse,
) -> Result<Cow<'static, str>> {
    match (length, usage) {
        (None, ColumnUse::Indexed) => Err(refusal(
            model,
            column,
            "text that is a key or has an index needs a greatest length: write `#[orm(length = 191)]`",
        )),
        (Some(length), ColumnUse::Indexed) if length > LONGEST_KEY / 4 => Err(refusal(
            model,
            column,
            "an index takes at most 768 characters (3,072 bytes): write `#[orm(length = 768)]` or less",
        )),
        (Some(length), _) if length > LONGEST_TEXT => Err(refusal(
            model,
            column,
            "VARCHAR holds at most 16,383 characters of utf8mb4: leave `length` out for text of any length",
        )),
        (Some(length), _) => Ok(format!("VARCHAR({length})").into()),
        (None, ColumnUse::Plain) => Ok("LONGTEXT".into()),
    }
}

fn bytes(
    model: &ModelDef,
    column: &ColumnDef,
    length: Option<u32>,
    usage: ColumnUse,
) -> Result<Cow<'static, str>> {
    match (length, usage) {
        (None, ColumnUse::Indexed) => Err(refusal(
            model,
            column,
            "bytes that are a key or have an index need a greatest length: write `#[orm(length = 255)]`",
        )),
        (Some(length), ColumnUse::Indexed) if length > LONGEST_KEY => Err(refusal(
            model,
            column,
            "an index takes at most 3,072 bytes: write `#[orm(length = 3072)]` or less",
        )),
        (Some(length), _) if length > LONGEST_BYTES => Err(refusal(
            model,
            column,
            "VARBINARY holds at most 65,532 bytes: leave `length` out for bytes of any length",
        )),
        (Some(length), _) => Ok(format!("VARBINARY({length})").into()),
        (None, ColumnUse::Plain) => Ok("LONGBLOB".into()),
    }
}

fn refusal(model: &ModelDef, column: &ColumnDef, reason: &str) -> Error {
    Error::invalid_model(format!("`{}.{}`: {reason}", model.name, column.field))
}

/// What a column is declared as whose values the database makes. PRIMARY KEY is declared by the table.
pub(crate) fn generated_key(model: &ModelDef, column: &ColumnDef) -> Result<Cow<'static, str>> {
    if !column.sql_type.is_integer() {
        return Err(refusal(model, column, "the database makes keys for integers only"));
    }
    let name = column_type(model, column, ColumnUse::Indexed)?;
    Ok(format!("{name} NOT NULL AUTO_INCREMENT").into())
}

/// Why a value cannot be kept, where the core cannot know it.
pub(crate) fn refuses(_column: &ColumnDef, value: ValueRef<'_>) -> Option<&'static str> {
    match value {
        ValueRef::Double(number) if number.is_nan() => Some("NaN, which MySQL and MariaDB have not"),
        ValueRef::Double(number) if number.is_infinite() => {
            Some("an infinity, which MySQL and MariaDB have not")
        }
        ValueRef::Date(date) => refused_year(date.year),
        ValueRef::DateTime(moment) => refused_year(moment.date.year),
        ValueRef::Null
        | ValueRef::Bool(_)
        | ValueRef::Int(_)
        | ValueRef::UInt(_)
        | ValueRef::Double(_)
        | ValueRef::Text(_)
        | ValueRef::Bytes(_)
        | ValueRef::Decimal(_)
        | ValueRef::Time(_) => None,
    }
}

fn refused_year(year: i32) -> Option<&'static str> {
    (!(1..=9999).contains(&year)).then_some("a year outside 1 to 9999")
}
