//! Bound values in the binary protocol.

use orm_core::error::{Error, Result};
use orm_core::value::{Date, Time, ValueRef};
use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::mysql::{MySqlArguments, MySqlColumn, MySqlTypeInfo};
use sqlx::{Arguments, Column, MySql, Type, TypeInfo};

/// The type codes that the driver has no value of without further crates: taken from columns of the server.
#[derive(Clone, Debug)]
pub(crate) struct Types {
    date: MySqlTypeInfo,
    time: MySqlTypeInfo,
    datetime: MySqlTypeInfo,
    decimal: MySqlTypeInfo,
}

impl Types {
    /// Columns of these types, in this order; the types of columns that only hold NULL do.
    pub(crate) const SELECT: &str =
        "CAST(NULL AS DATE), CAST(NULL AS TIME(6)), CAST(NULL AS DATETIME(6)), CAST(NULL AS DECIMAL(65,30))";

    /// Takes the types of those columns; none where the server gave others.
    pub(crate) fn of(columns: &[MySqlColumn]) -> Option<Types> {
        let [date, time, datetime, decimal] = columns else {
            return None;
        };
        let named = |column: &MySqlColumn, name| {
            let found = column.type_info();
            (found.name() == name).then(|| found.clone())
        };
        Some(Types {
            date: named(date, "DATE")?,
            time: named(time, "TIME")?,
            datetime: named(datetime, "DATETIME")?,
            decimal: named(decimal, "DECIMAL")?,
        })
    }
}

/// Values to be sent with a statement.
///
/// Text goes as utf8mb4 text, bytes as binary: JSON takes only the first. Decimal numbers go as DECIMAL: the server would
/// compare text with a DECIMAL column as floating point numbers. Dates and times go in their binary form.
pub(crate) fn arguments(values: &[ValueRef<'_>], types: &Types) -> Result<MySqlArguments> {
    let mut arguments = MySqlArguments::default();
    let mut size = 0;
    for value in values {
        size += longest(*value);
    }
    arguments.reserve(values.len(), size);
    for value in values {
        let bound = Bound { value: *value, types };
        arguments
            .add(bound)
            .map_err(|error| Error::invalid_query(format!("a value cannot be bound: {error}")))?;
    }
    Ok(arguments)
}

/// How many bytes a value takes at most, with its type and its place in the map of NULLs.
pub(crate) fn longest(value: ValueRef<'_>) -> usize {
    3 + match value {
        ValueRef::Null => 0,
        ValueRef::Bool(_) | ValueRef::Int(_) | ValueRef::UInt(_) | ValueRef::Double(_) => 8,
        ValueRef::Text(text) | ValueRef::Decimal(text) => text.len() + 9,
        ValueRef::Bytes(bytes) => bytes.len() + 9,
        ValueRef::Date(_) | ValueRef::Time(_) | ValueRef::DateTime(_) => 13,
    }
}

struct Bound<'a> {
    value: ValueRef<'a>,
    types: &'a Types,
}

impl Type<MySql> for Bound<'_> {
    fn type_info() -> MySqlTypeInfo {
        <str as Type<MySql>>::type_info()
    }
}

impl Encode<'_, MySql> for Bound<'_> {
    #[inline]
    fn encode_by_ref(&self, out: &mut Vec<u8>) -> Result<IsNull, BoxDynError> {
        match self.value {
            ValueRef::Null => return Ok(IsNull::Yes),
            ValueRef::Bool(value) => out.extend_from_slice(&i64::from(value).to_le_bytes()),
            ValueRef::Int(value) => out.extend_from_slice(&value.to_le_bytes()),
            ValueRef::UInt(value) => out.extend_from_slice(&value.to_le_bytes()),
            ValueRef::Double(value) => out.extend_from_slice(&value.to_le_bytes()),
            ValueRef::Text(value) | ValueRef::Decimal(value) => {
                return Encode::<MySql>::encode_by_ref(&value, out);
            }
            ValueRef::Bytes(value) => return Encode::<MySql>::encode_by_ref(&value, out),
            ValueRef::Date(date) => {
                out.push(4);
                push_date(out, date)?;
            }
            ValueRef::Time(time) => {
                // A sign, then the days.
                out.push(12);
                out.extend_from_slice(&[0; 5]);
                push_time(out, time);
            }
            ValueRef::DateTime(moment) => {
                out.push(11);
                push_date(out, moment.date)?;
                push_time(out, moment.time);
            }
        }
        Ok(IsNull::No)
    }

    #[inline]
    fn produces(&self) -> Option<MySqlTypeInfo> {
        let types = self.types;
        Some(match self.value {
            ValueRef::Null | ValueRef::Text(_) => <str as Type<MySql>>::type_info(),
            ValueRef::Bool(_) | ValueRef::Int(_) => <i64 as Type<MySql>>::type_info(),
            ValueRef::UInt(_) => <u64 as Type<MySql>>::type_info(),
            ValueRef::Double(_) => <f64 as Type<MySql>>::type_info(),
            ValueRef::Bytes(_) => <[u8] as Type<MySql>>::type_info(),
            ValueRef::Decimal(_) => types.decimal.clone(),
            ValueRef::Date(_) => types.date.clone(),
            ValueRef::Time(_) => types.time.clone(),
            ValueRef::DateTime(_) => types.datetime.clone(),
        })
    }
}

fn push_date(out: &mut Vec<u8>, date: Date) -> Result<(), BoxDynError> {
    let year = match u16::try_from(date.year) {
        Ok(year) if year <= 9999 => year,
        _ => return Err("the year of a date is outside 0 to 9999".into()),
    };
    out.extend_from_slice(&year.to_le_bytes());
    out.extend_from_slice(&[date.month, date.day]);
    Ok(())
}

fn push_time(out: &mut Vec<u8>, time: Time) {
    out.extend_from_slice(&[time.hour, time.minute, time.second]);
    out.extend_from_slice(&time.microsecond.to_le_bytes());
}
