//! Values that stand in for a unique value while it changes hands. They are chosen far away from what people store, and
//! unlike each other; the database's own constraint catches the rest.

use crate::definition::ColumnDef;
use crate::types::SqlType;
use crate::value::{Date, DateTime, Time, Value};

/// A value that the column can hold for the time being; none where the type leaves no room.
pub(super) fn parked_value(column: &ColumnDef, number: u32) -> Option<Value> {
    if column.nullable {
        return Some(Value::Null);
    }
    let far = i64::from(number) + 1;
    let unsigned = |greatest: u64| Value::from_unsigned(greatest - u64::from(number));
    match column.sql_type {
        SqlType::I8 => i8::try_from(i64::from(i8::MIN) + far - 1).ok().map(|value| Value::Int(value.into())),
        SqlType::I16 => Some(Value::Int(i64::from(i16::MIN) + far - 1)),
        SqlType::I32 => Some(Value::Int(i64::from(i32::MIN) + far - 1)),
        SqlType::I64 => Some(Value::Int(i64::MIN + far - 1)),
        SqlType::U8 => u8::try_from(number).ok().map(|number| Value::Int((u8::MAX - number).into())),
        SqlType::U16 => u16::try_from(number).ok().map(|number| Value::Int((u16::MAX - number).into())),
        SqlType::U32 => Some(Value::Int((u32::MAX - number).into())),
        // Below the greatest signed integer, which every backend holds.
        SqlType::U64 => Some(unsigned(i64::MAX as u64)),
        SqlType::F32 | SqlType::F64 => Some(Value::Double(-1e30 * far as f64)),
        SqlType::Text { length } => {
            let text = format!("\u{7f}{}", radix_36(number));
            let fits = length.is_none_or(|length| text.chars().count() <= length as usize);
            fits.then(|| Value::Text(text.into()))
        }
        SqlType::Bytes { length } => {
            let bytes = [&[0xff, 0xfe], number.to_be_bytes().as_slice()].concat();
            let fits = length.is_none_or(|length| bytes.len() <= length as usize);
            fits.then(|| Value::Bytes(bytes.into()))
        }
        SqlType::Uuid => {
            let mut bytes = [0xff; 16];
            bytes[12..].copy_from_slice(&number.to_be_bytes());
            Some(Value::Bytes(Box::new(bytes)))
        }
        SqlType::Decimal { precision, scale } => {
            let whole = usize::from(precision - scale);
            let digits = number.to_string();
            (digits.len() < whole).then(|| {
                let nines = "9".repeat(whole - digits.len());
                Value::Decimal(format!("-{nines}{digits}").into())
            })
        }
        SqlType::Date => Some(Value::Date(far_date(number))),
        SqlType::DateTime | SqlType::Timestamp => {
            let time = Time { hour: 23, minute: 59, second: 59, microsecond: number % 1_000_000 };
            Some(Value::DateTime(DateTime { date: far_date(number / 1_000_000), time }))
        }
        SqlType::Time => {
            let microsecond = 999_999_u32.checked_sub(number)?;
            Some(Value::Time(Time { hour: 23, minute: 59, second: 59, microsecond }))
        }
        SqlType::Bool | SqlType::Json => None,
    }
}

fn far_date(number: u32) -> Date {
    let (year, rest) = (number / 336, number % 336);
    Date { year: 9999 - (year % 1000) as i32, month: (12 - rest / 28) as u8, day: (28 - rest % 28) as u8 }
}

fn radix_36(mut number: u32) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(char::from_digit(number % 36, 36).unwrap_or('0'));
        number /= 36;
        if number == 0 {
            return digits.iter().rev().collect();
        }
    }
}
