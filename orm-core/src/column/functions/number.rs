//! Functions of numbers, and the greatest and least of several values.

use super::{call, constant, integer};
use crate::column::level::{Both, Level, PerGroup, PerRow};
use crate::column::{Aggregate, Column, Expr, Operand};
use crate::node::{Function, Node};
use crate::types::{Carried, Carries, ColumnType, Numeric, SqlType};

/// A number from 0 to below 1, another one for each row: `.order_by(|_| random().asc())` shuffles.
pub fn random() -> Expr<f64> {
    constant(Function::Random)
}

/// Whole numbers are round already.
fn rounded<T: ColumnType>(function: Function, number: Node) -> Node {
    if T::TYPE.is_integer() { number } else { call(function, vec![number]) }
}

fn rounded_to<T: ColumnType>(number: Node, digits: u32) -> Node {
    let function = match T::TYPE {
        SqlType::Decimal { .. } => Function::RoundDecimal,
        kind if kind.is_integer() => return number,
        _ => Function::Round,
    };
    call(function, vec![number, integer(digits)])
}

macro_rules! number_functions {
    ($(<$($l:ident)?> $type:ty, $level:ty;)*) => {$(
        impl<T: Numeric $(, $l: Level)?> $type {
            /// The number without its sign: `a.balance.abs().gt(100)`.
            pub fn abs(self) -> Expr<T, $level> {
                Expr::new(call(Function::Abs, vec![self.into_node()]))
            }
            /// -1, 0 or 1: `a.balance.sign()`.
            pub fn sign(self) -> Expr<Carried<T, i64>, $level>
            where
                T: Carries<i64>,
            {
                Expr::new(call(Function::Sign, vec![self.into_node()]))
            }
            /// To the power of another number, as floating point numbers: `p.side.power(2.0)`. NULL where there is no such
            /// number, and an error where it is out of range.
            pub fn power<A: Operand<f64>>(self, exponent: A) -> Expr<Option<f64>, Both<$level, A::Level>> {
                Expr::new(call(Function::Power, vec![self.into_node(), exponent.operand()]))
            }
            /// The square root: `p.area.sqrt()`. NULL of a negative number.
            pub fn sqrt(self) -> Expr<Option<f64>, $level> {
                Expr::new(call(Function::SquareRoot, vec![self.into_node()]))
            }
            /// e to the power of this number: `p.rate.exp()`.
            pub fn exp(self) -> Expr<Option<f64>, $level> {
                Expr::new(call(Function::Exp, vec![self.into_node()]))
            }
            /// The natural logarithm: `p.rate.ln()`. NULL of a number that is not positive.
            pub fn ln(self) -> Expr<Option<f64>, $level> {
                Expr::new(call(Function::Ln, vec![self.into_node()]))
            }
        }

        impl<T: Numeric + ColumnType $(, $l: Level)?> $type {
            /// The smallest whole number that is not below: `p.price.ceil()`.
            pub fn ceil(self) -> Expr<T, $level> {
                Expr::new(rounded::<T>(Function::Ceil, self.into_node()))
            }
            /// The greatest whole number that is not above: `p.price.floor()`.
            pub fn floor(self) -> Expr<T, $level> {
                Expr::new(rounded::<T>(Function::Floor, self.into_node()))
            }
            /// Rounded to so many digits behind the point: `p.price.round(2)`. A half is rounded away from zero.
            pub fn round(self, digits: u32) -> Expr<T, $level> {
                Expr::new(rounded_to::<T>(self.into_node(), digits))
            }
        }

        impl<T: ColumnType $(, $l: Level)?> $type {
            /// The greater of two values: `p.price.greatest(10)`. NULL where one of them is NULL.
            pub fn greatest<A: Operand<T>>(self, other: A) -> Expr<T, Both<$level, A::Level>> {
                Expr::new(call(Function::Greatest, vec![self.into_node(), other.operand()]))
            }
            /// The smaller of two values: `p.price.least(10)`. NULL where one of them is NULL.
            pub fn least<A: Operand<T>>(self, other: A) -> Expr<T, Both<$level, A::Level>> {
                Expr::new(call(Function::Least, vec![self.into_node(), other.operand()]))
            }
        }
    )*};
}

number_functions! {
    <> Column<T>, PerRow;
    <L> Expr<T, L>, L;
    <> Aggregate<T>, PerGroup;
}
