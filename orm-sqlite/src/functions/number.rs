//! Functions of numbers. Where a result has no value they say NULL as the servers do, and where it is beyond the numbers
//! they fail as the servers do.

use orm_core::value::{Value, ValueRef};

use super::{as_integer, as_number, as_text};

type Outcome = Result<Value, &'static str>;

fn real(number: f64) -> Outcome {
    if number.is_nan() {
        Ok(Value::Null)
    } else if number.is_infinite() {
        Err("a number is out of range")
    } else {
        // There is one zero.
        Ok(Value::Double(number + 0.0))
    }
}

pub(super) fn ceil(arguments: &[ValueRef<'_>]) -> Outcome {
    real(as_number(arguments[0]).ceil())
}

pub(super) fn floor(arguments: &[ValueRef<'_>]) -> Outcome {
    real(as_number(arguments[0]).floor())
}

/// By the formula that the servers' template has, so that binary fractions come to the same.
pub(super) fn round(arguments: &[ValueRef<'_>]) -> Outcome {
    let (number, factor) = (as_number(arguments[0]), 10_f64.powi(as_integer(arguments[1]) as i32));
    let sign = if number == 0.0 { 0.0 } else { number.signum() };
    real(sign * (number.abs() * factor + 0.5).floor() / factor)
}

pub(super) fn power(arguments: &[ValueRef<'_>]) -> Outcome {
    real(as_number(arguments[0]).powf(as_number(arguments[1])))
}

pub(super) fn square_root(arguments: &[ValueRef<'_>]) -> Outcome {
    real(as_number(arguments[0]).sqrt())
}

pub(super) fn exp(arguments: &[ValueRef<'_>]) -> Outcome {
    real(as_number(arguments[0]).exp())
}

pub(super) fn ln(arguments: &[ValueRef<'_>]) -> Outcome {
    let number = as_number(arguments[0]);
    if number > 0.0 { real(number.ln()) } else { Ok(Value::Null) }
}

/// A decimal number as it is kept: the integer or the nearest number of fifteen significant digits.
pub(super) fn decimal(arguments: &[ValueRef<'_>]) -> Outcome {
    match arguments[0] {
        ValueRef::Int(number) => Ok(Value::Int(number)),
        other => kept(&format!("{:.14e}", as_number(other))),
    }
}

fn kept(text: &str) -> Outcome {
    let Ok(number) = text.parse::<f64>() else { return Ok(Value::Null) };
    if number.fract() == 0.0 && number.abs() < 9e15 {
        return Ok(Value::Int(number as i64));
    }
    real(number)
}

/// Rounds the digits, not the binary fraction: 1.005 to two digits is 1.01.
pub(super) fn round_decimal(arguments: &[ValueRef<'_>]) -> Outcome {
    let digits = usize::try_from(as_integer(arguments[1])).unwrap_or(0);
    let text = match arguments[0] {
        ValueRef::Int(number) => return Ok(Value::Int(number)),
        ValueRef::Double(number) => number.to_string(),
        other => as_text(other).into_owned(),
    };
    let Some((whole, fraction)) = text.split_once('.') else { return kept(&text) };
    if fraction.len() <= digits {
        return kept(&text);
    }
    let up = fraction.as_bytes()[digits] >= b'5';
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
    let Ok(mut number) = format!("{whole}{}", &fraction[..digits]).parse::<i128>() else {
        return kept(&text);
    };
    number += i128::from(up);
    let padded = format!("{number:0>width$}", width = digits + 1);
    let (whole, fraction) = padded.split_at(padded.len() - digits);
    kept(&format!("{sign}{whole}.{fraction}0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_rounded_by_their_digits() {
        let rounded = |number, digits| round_decimal(&[ValueRef::Double(number), ValueRef::Int(digits)]);
        assert_eq!(rounded(1.005, 2), Ok(Value::Double(1.01)));
        assert_eq!(rounded(-1.005, 2), Ok(Value::Double(-1.01)));
        assert_eq!(rounded(2.5, 0), Ok(Value::Int(3)));
        assert_eq!(rounded(0.04, 1), Ok(Value::Int(0)));
        assert_eq!(rounded(9.99, 1), Ok(Value::Int(10)));
        assert_eq!(rounded(1.25, 5), Ok(Value::Double(1.25)));
    }

    #[test]
    fn computed_decimals_lose_what_binary_fractions_add() {
        assert_eq!(decimal(&[ValueRef::Double(0.1 + 0.2)]), Ok(Value::Double(0.3)));
        assert_eq!(decimal(&[ValueRef::Double(3.0)]), Ok(Value::Int(3)));
        assert_eq!(decimal(&[ValueRef::Int(i64::MAX)]), Ok(Value::Int(i64::MAX)));
    }

    #[test]
    fn what_has_no_value_is_null_and_what_is_too_great_fails() {
        assert_eq!(square_root(&[ValueRef::Int(-1)]), Ok(Value::Null));
        assert_eq!(ln(&[ValueRef::Int(0)]), Ok(Value::Null));
        assert!(power(&[ValueRef::Int(10), ValueRef::Int(400)]).is_err());
        assert_eq!(round(&[ValueRef::Double(-2.5), ValueRef::Int(0)]), Ok(Value::Double(-3.0)));
    }
}
