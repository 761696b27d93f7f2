//! The place of a row in the order of a query: what a page ends with and the next one starts from. Pure data, and its text.
//!
//! A cursor holds the values that the query sorts by, and a fingerprint of the order. It is not signed and not encrypted: who
//! has one can read the values in it and write others, which are bound like any value.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::value::{Date, DateTime, Time, Value};

/// The form of the text. A text of another form is refused.
const VERSION: u8 = 1;

/// A place between two rows of a query of `T`, in its order. Made by [`Query::page`](super::Query::page).
///
/// Its text ([`Display`](fmt::Display), [`FromStr`]) is URL-safe. It is neither signed nor encrypted: it shows the values that
/// the query sorts by to who looks for them.
pub struct Cursor<T> {
    pub(super) place: Place,
    _type: PhantomData<fn() -> T>,
}

/// A cursor without its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) side: Side,
    /// What tells the order of the query from others.
    pub(super) order: u64,
    /// The values of the row, for each term of the order.
    pub(super) values: Vec<Value>,
}

/// Which rows are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Those behind the row.
    After,
    /// Those before it.
    Before,
}

impl<T> Cursor<T> {
    pub(super) fn new(side: Side, order: u64, values: Vec<Value>) -> Self {
        Cursor { place: Place { side, order, values }, _type: PhantomData }
    }
}

impl<T> Clone for Cursor<T> {
    fn clone(&self) -> Self {
        Cursor { place: self.place.clone(), _type: PhantomData }
    }
}

impl<T> PartialEq for Cursor<T> {
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place
    }
}

impl<T> Eq for Cursor<T> {}

/// The text: the values are in it all the same.
impl<T> fmt::Debug for Cursor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cursor({self})")
    }
}

impl<T> fmt::Display for Cursor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text_of(&self.place.to_bytes()))
    }
}

impl<T> FromStr for Cursor<T> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let place = bytes_of(text).and_then(|bytes| match bytes.first() {
            Some(&VERSION) => Place::from_bytes(&bytes[1..]),
            _ => None,
        });
        let malformed = || {
            Error::invalid_query(
                "the text is no cursor of this version: take the one that the page before gave, or start without",
            )
        };
        Ok(Cursor { place: place.ok_or_else(malformed)?, _type: PhantomData })
    }
}

#[cfg(feature = "json")]
impl<T> serde::Serialize for Cursor<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "json")]
impl<'de, T> serde::Deserialize<'de> for Cursor<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Place {
    fn to_bytes(&self) -> Vec<u8> {
        let side = match self.side {
            Side::After => 0,
            Side::Before => 1,
        };
        let mut bytes = vec![VERSION, side];
        bytes.extend_from_slice(&self.order.to_le_bytes());
        for value in &self.values {
            write_value(&mut bytes, value);
        }
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Place> {
        let mut reader = Reader(bytes);
        let side = match reader.byte()? {
            0 => Side::After,
            1 => Side::Before,
            _ => return None,
        };
        let order = u64::from_le_bytes(reader.array()?);
        let mut values = Vec::new();
        while !reader.0.is_empty() {
            values.push(reader.value()?);
        }
        Some(Place { side, order, values })
    }
}

fn write_value(bytes: &mut Vec<u8>, value: &Value) {
    let mut long = |tag: u8, content: &[u8]| {
        bytes.push(tag);
        // Longer than 4 GiB is no value of a row.
        bytes.extend_from_slice(&u32::try_from(content.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend_from_slice(content);
    };
    match value {
        Value::Text(text) => long(5, text.as_bytes()),
        Value::Bytes(content) => long(6, content),
        Value::Decimal(text) => long(7, text.as_bytes()),
        Value::Null => bytes.push(0),
        Value::Bool(value) => bytes.extend_from_slice(&[1, u8::from(*value)]),
        Value::Int(value) => fixed(bytes, 2, &value.to_le_bytes()),
        Value::UInt(value) => fixed(bytes, 3, &value.to_le_bytes()),
        Value::Double(value) => fixed(bytes, 4, &value.to_bits().to_le_bytes()),
        Value::Date(date) => fixed(bytes, 8, &date_bytes(*date)),
        Value::Time(time) => fixed(bytes, 9, &time_bytes(*time)),
        Value::DateTime(moment) => {
            fixed(bytes, 10, &date_bytes(moment.date));
            bytes.extend_from_slice(&time_bytes(moment.time));
        }
    }
}

fn fixed(bytes: &mut Vec<u8>, tag: u8, content: &[u8]) {
    bytes.push(tag);
    bytes.extend_from_slice(content);
}

fn date_bytes(date: Date) -> [u8; 6] {
    let [a, b, c, d] = date.year.to_le_bytes();
    [a, b, c, d, date.month, date.day]
}

fn time_bytes(time: Time) -> [u8; 7] {
    let [a, b, c, d] = time.microsecond.to_le_bytes();
    [time.hour, time.minute, time.second, a, b, c, d]
}

struct Reader<'b>(&'b [u8]);

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*first)
    }

    fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn long(&mut self) -> Option<Vec<u8>> {
        let length = usize::try_from(u32::from_le_bytes(self.array()?)).ok()?;
        let (content, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(content.to_vec())
    }

    fn text(&mut self) -> Option<Box<str>> {
        String::from_utf8(self.long()?).ok().map(Into::into)
    }

    fn date(&mut self) -> Option<Date> {
        let year = i32::from_le_bytes(self.array()?);
        let [month, day] = self.array()?;
        let is_date = (0..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
        is_date.then_some(Date { year, month, day })
    }

    fn time(&mut self) -> Option<Time> {
        let [hour, minute, second] = self.array()?;
        let microsecond = u32::from_le_bytes(self.array()?);
        let is_time = hour < 24 && minute < 60 && second < 60 && microsecond < 1_000_000;
        is_time.then_some(Time { hour, minute, second, microsecond })
    }

    fn value(&mut self) -> Option<Value> {
        Some(match self.byte()? {
            0 => Value::Null,
            1 => Value::Bool(self.byte()? != 0),
            2 => Value::Int(i64::from_le_bytes(self.array()?)),
            3 => Value::UInt(u64::from_le_bytes(self.array()?)),
            4 => Value::Double(f64::from_bits(u64::from_le_bytes(self.array()?))),
            5 => Value::Text(self.text()?),
            6 => Value::Bytes(self.long()?.into()),
            7 => {
                let text = self.text()?;
                let is_plain =
                    !text.is_empty() && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'-' | b'.'));
                is_plain.then_some(Value::Decimal(text))?
            }
            8 => Value::Date(self.date()?),
            9 => Value::Time(self.time()?),
            10 => Value::DateTime(DateTime { date: self.date()?, time: self.time()? }),
            _ => return None,
        })
    }
}

/// The letters of base64url, without padding.
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn text_of(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let mut bits = 0_u32;
        for position in 0..3 {
            bits = bits << 8 | u32::from(chunk.get(position).copied().unwrap_or(0));
        }
        for position in 0..=chunk.len() {
            let letter = (bits >> (18 - 6 * position)) & 63;
            text.push(char::from(LETTERS[letter as usize]));
        }
    }
    text
}

fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for chunk in text.as_bytes().chunks(4) {
        if chunk.len() == 1 {
            return None;
        }
        let mut bits = 0_u32;
        for position in 0..4 {
            let value = match chunk.get(position) {
                Some(letter) => LETTERS.iter().position(|other| other == letter)?,
                None => 0,
            };
            bits = bits << 6 | u32::try_from(value).ok()?;
        }
        let [_, a, b, c] = bits.to_be_bytes();
        bytes.extend_from_slice(&[a, b, c][..chunk.len() - 1]);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_value() -> Vec<Value> {
        let date = Date { year: 2026, month: 2, day: 28 };
        let time = Time { hour: 23, minute: 59, second: 1, microsecond: 999_999 };
        vec![
            Value::Null,
            Value::Bool(true),
            Value::Int(-7),
            Value::UInt(u64::MAX),
            Value::Double(-0.1),
            Value::Text("é'; DROP".into()),
            Value::Text("".into()),
            Value::Bytes(vec![0, 255].into()),
            Value::Decimal("-12.50".into()),
            Value::Date(date),
            Value::Time(time),
            Value::DateTime(DateTime { date, time }),
        ]
    }

    #[test]
    fn a_cursor_survives_its_text() {
        for count in 0..every_value().len() {
            let values = every_value()[..count].to_vec();
            let cursor: Cursor<()> = Cursor::new(Side::Before, 0x0123_4567_89ab_cdef, values);
            let text = cursor.to_string();
            assert!(text.bytes().all(|byte| LETTERS.contains(&byte)), "{text}");
            assert_eq!(text.parse::<Cursor<()>>().ok(), Some(cursor));
        }
    }

    #[test]
    fn a_text_that_is_cut_or_changed_is_no_cursor_or_another_one_and_never_a_panic() {
        let text = Cursor::<()>::new(Side::After, 1, every_value()).to_string();
        for end in 0..text.len() {
            let _any = text[..end].parse::<Cursor<()>>();
        }
        for place in 0..text.len() {
            for letter in ["A", "_", "!", "é"] {
                let changed = format!("{}{letter}{}", &text[..place], &text[place + 1..]);
                let _any = changed.parse::<Cursor<()>>();
            }
        }
        for wrong in ["", "A", "!", "AQ", "Ag", "AAAAAAAAAAAAAAAA"] {
            let error = wrong.parse::<Cursor<()>>().map(|_| ()).expect_err("it is none");
            assert!(error.to_string().contains("no cursor of this version"), "{wrong}: {error}");
        }
    }
}
