//! Whether a column can hold a value, before the value is sent: every backend refuses the same values, whether or not its
//! server would. Called by the flush for each value that it is about to write.

use crate::definition::{ColumnDef, ModelDef};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::types::SqlType;
use crate::value::{ValueRef, plain_decimal};

/// An error that names model and column where the column cannot hold the value.
#[inline]
pub(crate) fn value(
    model: &ModelDef,
    column: &ColumnDef,
    value: ValueRef<'_>,
    dialect: &dyn Dialect,
) -> Result<()> {
    match (value, column.sql_type) {
        // The types that hold all that their Rust type holds, on every backend.
        (ValueRef::Int(_) | ValueRef::Bool(_), _) | (ValueRef::Text(_), SqlType::Text { length: None }) => {
            Ok(())
        }
        (ValueRef::Null, _) if column.nullable => Ok(()),
        _ => match reason(column, value).or_else(|| dialect.refuses(column, value).map(str::to_owned)) {
            None => Ok(()),
            Some(reason) => Err(Error::invalid_value(model.name, column.name, reason)),
        },
    }
}

fn reason(column: &ColumnDef, value: ValueRef<'_>) -> Option<String> {
    match (value, column.sql_type) {
        (ValueRef::Null, _) => {
            Some("nothing was set, and the column takes no NULL (make the field an `Option`, or give it a default)".into())
        }
        (ValueRef::Text(text), SqlType::Text { length: Some(length) }) => {
            // Bytes are at least as many as characters: short texts need no counting.
            let fits = text.len() <= length as usize || text.chars().count() <= length as usize;
            (!fits).then(|| format!("{} characters, and its length is {length}", text.chars().count()))
        }
        (ValueRef::Bytes(bytes), SqlType::Bytes { length: Some(length) }) => {
            (bytes.len() > length as usize).then(|| format!("{} bytes, and its length is {length}", bytes.len()))
        }
        (ValueRef::Text(""), SqlType::Json) => Some("it has no JSON form (a map whose keys are no strings?)".into()),
        (ValueRef::Double(number), _) if number.is_nan() => Some("NaN is no number that a database keeps".into()),
        (ValueRef::Decimal(text), SqlType::Decimal { precision, scale }) => {
            let (_, whole, fraction) = plain_decimal(text);
            if fraction.len() > usize::from(scale) {
                Some(format!("{} digits after the point, and its scale is {scale}: round it first", fraction.len()))
            } else if whole.len() > usize::from(precision - scale) {
                Some(format!("{} digits before the point, and its precision and scale leave {}", whole.len(), precision - scale))
            } else {
                None
            }
        }
        (ValueRef::Date(date) | ValueRef::DateTime(crate::value::DateTime { date, .. }), _) => {
            (!(0..=9999).contains(&date.year)).then(|| "its year is outside 0 to 9999".into())
        }
        _ => None,
    }
}
