//! Rows of both protocols: binary for prepared statements, text for the others.
//!
//! The kind of each column is found once for a result; each cell is then decoded from its bytes, without the driver's
//! checked lookup by name and type.

use orm_core::engine::{Next, RowSink};
use orm_core::error::{Error, ErrorKind, Result};
use orm_core::value::{Date, DateTime, Time, ValueRef};
use sqlx::decode::Decode;
use sqlx::mysql::{MySqlRow, MySqlTypeInfo};
use sqlx::{Column, ColumnIndex, MySql, Row, Type, TypeInfo};

/// Which protocol a row came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The answer to a prepared statement.
    Binary,
    /// The answer to a statement sent as text.
    Text,
}

/// What the bytes of a column mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    Float,
    Double,
    Decimal,
    Text,
    Bytes,
    Bit,
    Date,
    Time,
    DateTime,
}

impl Kind {
    fn of(column: &MySqlTypeInfo) -> Kind {
        match column.name() {
            // Every TINYINT(1), with a sign or without.
            "BOOLEAN" if *column == <u8 as Type<MySql>>::type_info() => Kind::U8,
            "BOOLEAN" | "TINYINT" => Kind::I8,
            "TINYINT UNSIGNED" => Kind::U8,
            "SMALLINT" => Kind::I16,
            "SMALLINT UNSIGNED" | "YEAR" => Kind::U16,
            "INT" | "MEDIUMINT" => Kind::I32,
            "INT UNSIGNED" | "MEDIUMINT UNSIGNED" => Kind::U32,
            "BIGINT" => Kind::I64,
            "BIGINT UNSIGNED" => Kind::U64,
            "FLOAT" => Kind::Float,
            "DOUBLE" => Kind::Double,
            "DECIMAL" => Kind::Decimal,
            "BIT" => Kind::Bit,
            "DATE" => Kind::Date,
            "TIME" => Kind::Time,
            "DATETIME" | "TIMESTAMP" => Kind::DateTime,
            // Its collation is `binary`, though it is text.
            "JSON" | "ENUM" | "SET" => Kind::Text,
            // By collation: the flag BINARY, which the other names follow, is also set for collations such as utf8mb4_bin.
            _ if <str as Type<MySql>>::compatible(column) => Kind::Text,
            _ => Kind::Bytes,
        }
    }
}

/// Decodes the rows of one statement.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    kinds: Vec<Kind>,
    // Empty between two rows: kept for its memory.
    cells: Vec<ValueRef<'static>>,
}

impl Reader {
    /// Forgets the columns: the next row starts another result.
    pub(crate) fn start(&mut self) {
        self.kinds.clear();
    }

    /// Decodes a row for a sink; before the first one of a result, it is told the columns if it wants to know.
    pub(crate) fn hand_on(&mut self, row: &MySqlRow, form: Form, sink: &mut dyn RowSink) -> Result<Next> {
        let columns = row.columns();
        if self.kinds.len() != columns.len() && sink.wants_columns() {
            let names: Vec<&str> = columns.iter().map(|column| column.name()).collect();
            sink.columns(&names)?;
        }
        self.read(row, form, |cells| sink.row(cells))
    }

    /// Decodes a row and lends it to `take`.
    pub(crate) fn read<T>(
        &mut self,
        row: &MySqlRow,
        form: Form,
        take: impl FnOnce(&[ValueRef<'_>]) -> Result<T>,
    ) -> Result<T> {
        let columns = row.columns();
        if self.kinds.len() != columns.len() {
            self.kinds.clear();
            self.kinds.extend(columns.iter().map(|column| Kind::of(column.type_info())));
        }
        let mut cells: Vec<ValueRef<'_>> = std::mem::take(&mut self.cells);
        cells.resize(self.kinds.len(), ValueRef::Null);
        let mut outcome = Ok(());
        for (index, (slot, kind)) in cells.iter_mut().zip(&self.kinds).enumerate() {
            if let Err(bad) = read_cell(row, index, *kind, form, slot) {
                outcome = Err(bad.in_column(columns[index].name()));
                break;
            }
        }
        let taken = match outcome {
            Ok(()) => take(&cells),
            Err(error) => Err(error),
        };
        self.cells = emptied(cells);
        taken
    }
}

/// The place of a column, which is not compared with their number again for each cell.
#[derive(Debug)]
struct Place(usize);

impl ColumnIndex<MySqlRow> for Place {
    #[inline]
    fn index(&self, _row: &MySqlRow) -> Result<usize, sqlx::Error> {
        Ok(self.0)
    }
}

/// The same memory for values of another lifetime.
fn emptied<'to>(mut cells: Vec<ValueRef<'_>>) -> Vec<ValueRef<'to>> {
    cells.clear();
    // Collecting an emptied vector into elements of the same size keeps its memory.
    cells.into_iter().map(|_| ValueRef::Null).collect()
}

/// Why a cell is not what its column promises. One byte, so that the result of decoding is no larger than a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bad {
    /// A zero month or day, which the server keeps outside of strict mode.
    ZeroDate,
    /// TIME is also a span, of up to 838 hours.
    OutsideADay,
    NotUtf8,
    /// Text that is no number.
    NotANumber,
    /// Bytes of a length that the type has not.
    Torn,
}

impl Bad {
    #[cold]
    fn in_column(self, column: &str) -> Error {
        let (expected, found) = match self {
            Bad::ZeroDate => ("a date", "a date with a zero month or day"),
            Bad::OutsideADay => ("a time of day", "a span of time outside one day"),
            Bad::NotUtf8 => ("text", "bytes that are not UTF-8"),
            Bad::NotANumber => ("a number", "other text"),
            Bad::Torn => ("a value of the column's type", "bytes of another length"),
        };
        Error::new(ErrorKind::Decode {
            model: "the query".into(),
            column: column.into(),
            expected: expected.into(),
            found: found.into(),
        })
    }
}

/// Decodes a cell into its slot, which is NULL. Written there part by part: a value that is returned and moved right away makes
/// the processor wait for the parts.
#[inline]
fn read_cell<'r>(
    row: &'r MySqlRow,
    index: usize,
    kind: Kind,
    form: Form,
    slot: &mut ValueRef<'r>,
) -> Result<(), Bad> {
    let Ok(raw) = row.try_get_raw(Place(index)) else {
        return Err(Bad::Torn);
    };
    // The driver gives the bytes of any type so, and refuses only NULL.
    let Ok(bytes) = <&[u8] as Decode<MySql>>::decode(raw) else {
        return Ok(());
    };
    match (form, kind) {
        // What most columns are.
        (Form::Binary, Kind::I64) => *slot = ValueRef::Int(i64::from_le_bytes(fixed(bytes)?)),
        (Form::Binary, Kind::Text) => *slot = ValueRef::Text(utf8(bytes)?),
        (Form::Binary, _) => *slot = binary(kind, bytes)?,
        (Form::Text, _) => *slot = text(kind, bytes)?,
    }
    Ok(())
}

fn binary(kind: Kind, bytes: &[u8]) -> Result<ValueRef<'_>, Bad> {
    Ok(match kind {
        Kind::I8 => ValueRef::Int(i64::from(i8::from_le_bytes(fixed(bytes)?))),
        Kind::U8 => ValueRef::Int(i64::from(u8::from_le_bytes(fixed(bytes)?))),
        Kind::I16 => ValueRef::Int(i64::from(i16::from_le_bytes(fixed(bytes)?))),
        Kind::U16 => ValueRef::Int(i64::from(u16::from_le_bytes(fixed(bytes)?))),
        Kind::I32 => ValueRef::Int(i64::from(i32::from_le_bytes(fixed(bytes)?))),
        Kind::U32 => ValueRef::Int(i64::from(u32::from_le_bytes(fixed(bytes)?))),
        Kind::I64 => ValueRef::Int(i64::from_le_bytes(fixed(bytes)?)),
        Kind::U64 => ValueRef::unsigned(u64::from_le_bytes(fixed(bytes)?)),
        Kind::Float => ValueRef::Double(f64::from(f32::from_le_bytes(fixed(bytes)?))),
        Kind::Double => ValueRef::Double(f64::from_le_bytes(fixed(bytes)?)),
        Kind::Decimal => ValueRef::Decimal(utf8(bytes)?),
        Kind::Text => ValueRef::Text(utf8(bytes)?),
        Kind::Bytes => ValueRef::Bytes(bytes),
        Kind::Bit => bit(bytes)?,
        Kind::Date => ValueRef::Date(binary_datetime(bytes)?.date),
        Kind::Time => ValueRef::Time(binary_time(bytes)?),
        Kind::DateTime => ValueRef::DateTime(binary_datetime(bytes)?),
    })
}

fn text(kind: Kind, bytes: &[u8]) -> Result<ValueRef<'_>, Bad> {
    match kind {
        Kind::Bytes => return Ok(ValueRef::Bytes(bytes)),
        Kind::Bit => return bit(bytes),
        _ => {}
    }
    let text = utf8(bytes)?;
    Ok(match kind {
        Kind::U64 => ValueRef::unsigned(parsed(text)?),
        Kind::I8 | Kind::U8 | Kind::I16 | Kind::U16 | Kind::I32 | Kind::U32 | Kind::I64 => {
            ValueRef::Int(parsed(text)?)
        }
        Kind::Float => ValueRef::Double(f64::from(parsed::<f32>(text)?)),
        Kind::Double => ValueRef::Double(parsed(text)?),
        Kind::Decimal => ValueRef::Decimal(text),
        Kind::Text | Kind::Bytes | Kind::Bit => ValueRef::Text(text),
        Kind::Date => ValueRef::Date(whole(Date::parse(text))?),
        Kind::Time => ValueRef::Time(Time::parse(text).ok_or(Bad::OutsideADay)?),
        Kind::DateTime => ValueRef::DateTime(whole(DateTime::parse(text))?),
    })
}

fn whole<T>(value: Option<T>) -> Result<T, Bad> {
    value.ok_or(Bad::ZeroDate)
}

fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, Bad> {
    text.parse().map_err(|_| Bad::NotANumber)
}

#[inline]
fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Bad> {
    bytes.try_into().map_err(|_| Bad::Torn)
}

#[inline]
fn utf8(bytes: &[u8]) -> Result<&str, Bad> {
    std::str::from_utf8(bytes).map_err(|_| Bad::NotUtf8)
}

/// Up to eight bytes, the greatest first.
fn bit(bytes: &[u8]) -> Result<ValueRef<'static>, Bad> {
    if bytes.len() > 8 {
        return Err(Bad::Torn);
    }
    Ok(ValueRef::unsigned(bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))))
}

/// A length, then as much as is not zero: the date (4), the time (7), the microseconds (11).
fn binary_datetime(bytes: &[u8]) -> Result<DateTime, Bad> {
    let (&length, bytes) = bytes.split_first().ok_or(Bad::Torn)?;
    if usize::from(length) != bytes.len() || !matches!(length, 0 | 4 | 7 | 11) {
        return Err(Bad::Torn);
    }
    let mut parts = [0; 11];
    parts[..bytes.len()].copy_from_slice(bytes);
    let [y0, y1, month, day, hour, minute, second, m0, m1, m2, m3] = parts;
    if month == 0 || day == 0 {
        return Err(Bad::ZeroDate);
    }
    let date = Date { year: i32::from(u16::from_le_bytes([y0, y1])), month, day };
    let microsecond = u32::from_le_bytes([m0, m1, m2, m3]);
    Ok(DateTime { date, time: Time { hour, minute, second, microsecond } })
}

/// A length, then as much as is not zero: the sign, the days and the time (8), the microseconds (12).
fn binary_time(bytes: &[u8]) -> Result<Time, Bad> {
    let (&length, bytes) = bytes.split_first().ok_or(Bad::Torn)?;
    if usize::from(length) != bytes.len() || !matches!(length, 0 | 8 | 12) {
        return Err(Bad::Torn);
    }
    let mut parts = [0; 12];
    parts[..bytes.len()].copy_from_slice(bytes);
    let [negative, d0, d1, d2, d3, hour, minute, second, m0, m1, m2, m3] = parts;
    if negative != 0 || [d0, d1, d2, d3] != [0; 4] {
        return Err(Bad::OutsideADay);
    }
    Ok(Time { hour, minute, second, microsecond: u32::from_le_bytes([m0, m1, m2, m3]) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_of_dates_and_times_are_filled_with_zeros() {
        let midnight = Time { hour: 0, minute: 0, second: 0, microsecond: 0 };
        let date = Date { year: 2026, month: 1, day: 31 };
        assert_eq!(binary_datetime(&[4, 0xea, 0x07, 1, 31]), Ok(DateTime { date, time: midnight }));
        assert_eq!(binary_time(&[0]), Ok(midnight));
    }

    #[test]
    fn zero_dates_and_spans_are_refused() {
        assert_eq!(binary_datetime(&[0]), Err(Bad::ZeroDate));
        assert_eq!(binary_datetime(&[4, 0xea, 0x07, 0, 1]), Err(Bad::ZeroDate));
        assert_eq!(binary_time(&[8, 1, 0, 0, 0, 0, 1, 0, 0]), Err(Bad::OutsideADay));
        assert_eq!(binary_time(&[8, 0, 1, 0, 0, 0, 1, 0, 0]), Err(Bad::OutsideADay));
        assert_eq!(binary_datetime(&[5, 1]), Err(Bad::Torn));
    }

    #[test]
    fn the_text_protocol_gives_the_same_values() {
        let midnight = Time { hour: 0, minute: 0, second: 0, microsecond: 0 };
        let date = Date { year: 2026, month: 1, day: 31 };
        for (kind, bytes, expected) in [
            (Kind::I64, &b"-5"[..], ValueRef::Int(-5)),
            (Kind::U64, b"18446744073709551615", ValueRef::UInt(u64::MAX)),
            (Kind::Float, b"0.1", ValueRef::Double(f64::from(0.1f32))),
            (Kind::Decimal, b"1.50", ValueRef::Decimal("1.50")),
            (Kind::Bit, &[1, 0], ValueRef::Int(256)),
            (Kind::Bytes, &[0xff], ValueRef::Bytes(&[0xff])),
            (Kind::DateTime, b"2026-01-31 00:00:00", ValueRef::DateTime(DateTime { date, time: midnight })),
        ] {
            assert_eq!(text(kind, bytes), Ok(expected));
        }
        assert_eq!(text(Kind::Date, b"0000-00-00"), Err(Bad::ZeroDate));
        assert_eq!(text(Kind::Time, b"25:00:00"), Err(Bad::OutsideADay));
        assert_eq!(text(Kind::Text, &[0xff]), Err(Bad::NotUtf8));
    }

    #[test]
    fn the_memory_of_a_row_is_used_again() {
        let mut cells: Vec<ValueRef<'static>> = Vec::with_capacity(16);
        cells.push(ValueRef::Null);
        let before = cells.as_ptr() as usize;
        let after = emptied(cells);
        assert_eq!((after.as_ptr() as usize, after.capacity()), (before, 16));
    }
}
