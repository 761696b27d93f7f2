//! Text and bytes.

use super::{Binary, ColumnType, Mismatch, Scalar, SqlType, Textual};
use crate::value::{Encoded, ValueRef};

impl Scalar for String {}
impl Textual for String {}
impl ColumnType for String {
    type Nullable = Option<String>;
    const TYPE: SqlType = SqlType::Text { length: None };
    const AS_READ: bool = true;

    #[inline]
    fn encode(&self) -> Encoded<'_> {
        ValueRef::Text(self).into()
    }

    #[inline]
    fn decode(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        match value {
            ValueRef::Text(value) => Ok(value.to_owned()),
            other => Err(Mismatch::wrong_type("String", other)),
        }
    }
}

impl Binary for Vec<u8> {}
impl Scalar for Vec<u8> {}
impl ColumnType for Vec<u8> {
    type Nullable = Option<Vec<u8>>;
    const TYPE: SqlType = SqlType::Bytes { length: None };
    const AS_READ: bool = true;

    #[inline]
    fn encode(&self) -> Encoded<'_> {
        ValueRef::Bytes(self).into()
    }

    #[inline]
    fn decode(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        match value {
            ValueRef::Bytes(value) => Ok(value.to_owned()),
            other => Err(Mismatch::wrong_type("Vec<u8>", other)),
        }
    }
}
