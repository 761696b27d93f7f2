//! Exact decimal numbers of the rust_decimal crate.

use super::{ColumnType, Mismatch, Numeric, Scalar, SqlType, Summed};
use crate::value::{Encoded, Value, ValueRef};
use rust_decimal::Decimal;

/// The precision and scale of a decimal column that names none. Fifteen digits is what every backend computes exactly.
const DEFAULT: SqlType = SqlType::Decimal { precision: 15, scale: 4 };

impl Scalar for Decimal {}
impl Numeric for Decimal {}
impl Summed for Decimal {
    type Sum = Decimal;
    type Mean = Decimal;
}
impl ColumnType for Decimal {
    type Nullable = Option<Decimal>;
    const TYPE: SqlType = DEFAULT;

    fn encode(&self) -> Encoded<'_> {
        Encoded::Owned(Value::Decimal(self.to_string().into()))
    }

    fn decode(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        match value {
            ValueRef::Decimal(text) | ValueRef::Text(text) => {
                Decimal::from_str_exact(text).map_err(|_| unreadable(text))
            }
            ValueRef::Int(value) => Ok(Decimal::from(value)),
            ValueRef::UInt(value) => Ok(Decimal::from(value)),
            // The shortest text that reads back as the same number: exact for up to 15 digits.
            ValueRef::Double(value) => Decimal::from_str_exact(&value.to_string())
                .map_err(|_| Mismatch::new("Decimal", "a number out of range")),
            other => Err(Mismatch::wrong_type("Decimal", other)),
        }
    }
}

#[cold]
fn unreadable(text: &str) -> Mismatch {
    let is_number =
        !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+'));
    let found =
        if is_number { "a number with more digits than a Decimal holds" } else { "text that is no number" };
    Mismatch::new("Decimal", found)
}
