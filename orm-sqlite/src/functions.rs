//! Functions that SQLite lacks, or computes in another way than the servers do. Pure: values in, a value out; no I/O.
//! `raw::functions` makes them known to each connection, and the dialect's templates call them by their names.
//!
//! None of them is called with NULL: what is computed from NULL is NULL.

mod moment;
mod number;
mod text;

use orm_core::value::{Value, ValueRef};

/// A function of SQL.
pub(crate) struct SqlFunction {
    /// Its name, which ends with a NUL for SQLite.
    pub(crate) name: &'static std::ffi::CStr,
    /// How many arguments it takes.
    pub(crate) arguments: u8,
    /// What it does; an error is the message of the statement that fails.
    pub(crate) call: Call,
}

/// Computes a value from arguments that are not NULL.
pub(crate) type Call = fn(&[ValueRef<'_>]) -> Result<Value, &'static str>;

/// The greatest number of arguments.
pub(crate) const MOST_ARGUMENTS: usize = 3;

/// The longest text that a function makes, in bytes: what SQLite keeps.
const LONGEST_TEXT: usize = 1_000_000_000;

const fn function(name: &'static std::ffi::CStr, arguments: u8, call: Call) -> SqlFunction {
    SqlFunction { name, arguments, call }
}

/// All of them.
pub(crate) static FUNCTIONS: [SqlFunction; 23] = [
    function(c"orm_lower", 1, text::lower),
    function(c"orm_upper", 1, text::upper),
    function(c"orm_length", 1, text::length),
    function(c"orm_substring", 3, text::substring),
    function(c"orm_left", 2, text::left),
    function(c"orm_right", 2, text::right),
    function(c"orm_repeat", 2, text::repeat),
    function(c"orm_reverse", 1, text::reverse),
    function(c"orm_pad_start", 3, text::pad_start),
    function(c"orm_pad_end", 3, text::pad_end),
    function(c"orm_ceil", 1, number::ceil),
    function(c"orm_floor", 1, number::floor),
    function(c"orm_round", 2, number::round),
    function(c"orm_round_decimal", 2, number::round_decimal),
    function(c"orm_power", 2, number::power),
    function(c"orm_sqrt", 1, number::square_root),
    function(c"orm_exp", 1, number::exp),
    function(c"orm_ln", 1, number::ln),
    function(c"orm_decimal", 1, number::decimal),
    function(c"orm_date_add", 3, moment::add),
    function(c"orm_days_until", 2, moment::days_until),
    function(c"orm_seconds_until", 2, moment::seconds_until),
    function(c"orm_start_of", 2, moment::start_of),
];

/// A text argument; other values as SQLite writes them.
fn as_text(value: ValueRef<'_>) -> std::borrow::Cow<'_, str> {
    match value {
        ValueRef::Text(text) => text.into(),
        other => other.to_string().into(),
    }
}

fn as_integer(value: ValueRef<'_>) -> i64 {
    match value {
        ValueRef::Int(number) => number,
        ValueRef::Double(number) => number as i64,
        _ => 0,
    }
}

fn as_number(value: ValueRef<'_>) -> f64 {
    match value {
        ValueRef::Int(number) => number as f64,
        ValueRef::Double(number) => number,
        ValueRef::Text(text) => text.trim().parse().unwrap_or(0.0),
        _ => 0.0,
    }
}
