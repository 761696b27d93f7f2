//! Booleans, integers and floating point numbers.

use super::{ColumnType, Mismatch, Numeric, Scalar, SqlType, Summed, Whole};
use crate::value::{Encoded, ValueRef};

impl Scalar for bool {}
impl ColumnType for bool {
    type Nullable = Option<bool>;
    const TYPE: SqlType = SqlType::Bool;

    #[inline]
    fn encode(&self) -> Encoded<'_> {
        ValueRef::Bool(*self).into()
    }

    #[inline]
    fn decode(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        match value {
            ValueRef::Bool(value) => Ok(value),
            ValueRef::Int(0) => Ok(false),
            ValueRef::Int(1) => Ok(true),
            ValueRef::Int(_) => Err(Mismatch::new("bool", "an integer other than 0 and 1")),
            other => Err(Mismatch::wrong_type("bool", other)),
        }
    }
}

macro_rules! integer {
    ($($rust:ident $sql:ident $sum:ident $encode:expr;)*) => {$(
        impl Scalar for $rust {}
        impl Numeric for $rust {}
        impl Whole for $rust {}
        impl Summed for $rust {
            type Sum = $sum;
            type Mean = f64;
        }
        impl ColumnType for $rust {
            type Nullable = Option<$rust>;
            const TYPE: SqlType = SqlType::$sql;
            const AS_READ: bool = true;

            #[inline]
            fn encode(&self) -> Encoded<'_> {
                let encode: fn($rust) -> ValueRef<'static> = $encode;
                encode(*self).into()
            }

            #[inline]
            fn decode(value: ValueRef<'_>) -> Result<Self, Mismatch> {
                match value {
                    ValueRef::Int(value) => $rust::try_from(value).map_err(|_| out_of_range(stringify!($rust))),
                    other => integer_of_another_form(other, stringify!($rust))
                        .and_then(|value| $rust::try_from(value).map_err(|_| out_of_range(stringify!($rust)))),
                }
            }
        }
    )*};
}

integer! {
    i8 I8 i64 |value| ValueRef::Int(value.into());
    i16 I16 i64 |value| ValueRef::Int(value.into());
    i32 I32 i64 |value| ValueRef::Int(value.into());
    i64 I64 i64 ValueRef::Int;
    u8 U8 i64 |value| ValueRef::Int(value.into());
    u16 U16 i64 |value| ValueRef::Int(value.into());
    u32 U32 i64 |value| ValueRef::Int(value.into());
    u64 U64 u64 ValueRef::unsigned;
}

#[cold]
fn out_of_range(expected: &'static str) -> Mismatch {
    Mismatch::new(expected, "an integer out of its range")
}

/// Sums of integers come back as decimals on some backends, booleans as themselves.
#[cold]
fn integer_of_another_form(value: ValueRef<'_>, expected: &'static str) -> Result<i128, Mismatch> {
    match value {
        ValueRef::UInt(value) => Ok(value.into()),
        ValueRef::Bool(value) => Ok(value.into()),
        // MySQL gives zeros behind the point where a bound value stands beside a sum: COALESCE(SUM(x), ?).
        ValueRef::Decimal(text) => whole_part(text)
            .parse()
            .map_err(|_| Mismatch::new(expected, "a decimal number with a fraction, or out of range")),
        // Expressions with bound values are computed in floating point on some backends. Up to here each integer has a
        // number of its own.
        ValueRef::Double(value) if value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 => {
            Ok(value as i128)
        }
        other => Err(Mismatch::wrong_type(expected, other)),
    }
}

/// A decimal number without a fraction of nothing but zeros.
fn whole_part(text: &str) -> &str {
    match text.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => whole,
        _ => text,
    }
}

impl Scalar for f64 {}
impl Numeric for f64 {}
impl Summed for f64 {
    type Sum = f64;
    type Mean = f64;
}
impl ColumnType for f64 {
    type Nullable = Option<f64>;
    const TYPE: SqlType = SqlType::F64;

    #[inline]
    fn encode(&self) -> Encoded<'_> {
        ValueRef::Double(*self).into()
    }

    #[inline]
    fn decode(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        match value {
            ValueRef::Double(value) => Ok(value),
            // A REAL that has an integral value may come back as an integer.
            ValueRef::Int(value) => Ok(value as f64),
            ValueRef::Decimal(text) => text.parse().map_err(|_| Mismatch::wrong_type("f64", value)),
            other => Err(Mismatch::wrong_type("f64", other)),
        }
    }
}

impl Scalar for f32 {}
impl Numeric for f32 {}
impl Summed for f32 {
    type Sum = f64;
    type Mean = f64;
}
impl ColumnType for f32 {
    type Nullable = Option<f32>;
    const TYPE: SqlType = SqlType::F32;

    #[inline]
    fn encode(&self) -> Encoded<'_> {
        ValueRef::Double(f64::from(*self)).into()
    }

    #[inline]
    fn decode(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        let wide =
            f64::decode(value).map_err(|mismatch| Mismatch::new("f32", mismatch.found().to_owned()))?;
        let narrow = wide as f32;
        if narrow.is_infinite() && wide.is_finite() {
            return Err(Mismatch::new("f32", "a number out of its range"));
        }
        Ok(narrow)
    }
}
