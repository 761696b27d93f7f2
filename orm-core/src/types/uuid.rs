//! UUIDs, kept as 16 bytes in their own order, so that version 7 sorts by time.

use super::{ColumnType, Mismatch, Scalar, SqlType};
use crate::value::{Encoded, ValueRef};
use ::uuid::Uuid;

impl Scalar for Uuid {}
impl ColumnType for Uuid {
    type Nullable = Option<Uuid>;
    const TYPE: SqlType = SqlType::Uuid;

    #[inline]
    fn encode(&self) -> Encoded<'_> {
        ValueRef::Bytes(self.as_bytes()).into()
    }

    fn decode(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        match value {
            ValueRef::Bytes(bytes) => {
                Uuid::from_slice(bytes).map_err(|_| Mismatch::new("Uuid", "bytes, but not 16 of them"))
            }
            ValueRef::Text(text) => {
                Uuid::parse_str(text).map_err(|_| Mismatch::new("Uuid", "text that is not a UUID"))
            }
            other => Err(Mismatch::wrong_type("Uuid", other)),
        }
    }
}
