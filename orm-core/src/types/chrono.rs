//! Dates and times of the chrono crate. Microseconds are kept; finer digits are cut off when a value is written.

use super::{ColumnType, Dated, Mismatch, Moment, Scalar, SqlType, Timed};
use crate::value::{Date, DateTime, Encoded, Time, ValueRef};
use ::chrono::{DateTime as Zoned, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};

fn date(value: NaiveDate) -> Date {
    Date { year: value.year(), month: value.month() as u8, day: value.day() as u8 }
}

fn time(value: NaiveTime) -> Time {
    // A leap second is kept as the last microsecond before it: no backend has a sixty-first second.
    let microsecond = (value.nanosecond() / 1_000).min(999_999);
    Time { hour: value.hour() as u8, minute: value.minute() as u8, second: value.second() as u8, microsecond }
}

fn date_time(value: NaiveDateTime) -> DateTime {
    DateTime { date: date(value.date()), time: time(value.time()) }
}

fn naive_date(value: Date) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(value.year, value.month.into(), value.day.into())
}

fn naive_time(value: Time) -> Option<NaiveTime> {
    NaiveTime::from_hms_micro_opt(
        value.hour.into(),
        value.minute.into(),
        value.second.into(),
        value.microsecond,
    )
}

fn naive_date_time(value: ValueRef<'_>, expected: &'static str) -> Result<NaiveDateTime, Mismatch> {
    let parts = match value {
        ValueRef::DateTime(parts) => Some(parts),
        ValueRef::Text(text) => DateTime::parse(text),
        ValueRef::Date(date) => {
            Some(DateTime { date, time: Time { hour: 0, minute: 0, second: 0, microsecond: 0 } })
        }
        other => return Err(Mismatch::wrong_type(expected, other)),
    };
    parts
        .and_then(|parts| Some(naive_date(parts.date)?.and_time(naive_time(parts.time)?)))
        .ok_or_else(|| Mismatch::new(expected, "something that is no date and time"))
}

impl Scalar for NaiveDate {}
impl ColumnType for NaiveDate {
    type Nullable = Option<NaiveDate>;
    const TYPE: SqlType = SqlType::Date;

    fn encode(&self) -> Encoded<'_> {
        ValueRef::Date(date(*self)).into()
    }

    fn decode(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        let parts = match value {
            ValueRef::Date(parts) => Some(parts),
            ValueRef::Text(text) => Date::parse(text),
            other => return Err(Mismatch::wrong_type("NaiveDate", other)),
        };
        parts.and_then(naive_date).ok_or_else(|| Mismatch::new("NaiveDate", "something that is no date"))
    }
}

impl Scalar for NaiveTime {}
impl ColumnType for NaiveTime {
    type Nullable = Option<NaiveTime>;
    const TYPE: SqlType = SqlType::Time;

    fn encode(&self) -> Encoded<'_> {
        ValueRef::Time(time(*self)).into()
    }

    fn decode(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        let parts = match value {
            ValueRef::Time(parts) => Some(parts),
            ValueRef::Text(text) => Time::parse(text),
            other => return Err(Mismatch::wrong_type("NaiveTime", other)),
        };
        parts
            .and_then(naive_time)
            .ok_or_else(|| Mismatch::new("NaiveTime", "something that is no time of day"))
    }
}

impl Scalar for NaiveDateTime {}
impl ColumnType for NaiveDateTime {
    type Nullable = Option<NaiveDateTime>;
    const TYPE: SqlType = SqlType::DateTime;

    fn encode(&self) -> Encoded<'_> {
        ValueRef::DateTime(date_time(*self)).into()
    }

    fn decode(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        naive_date_time(value, "NaiveDateTime")
    }
}

impl Scalar for Zoned<Utc> {}
impl ColumnType for Zoned<Utc> {
    type Nullable = Option<Zoned<Utc>>;
    const TYPE: SqlType = SqlType::Timestamp;

    fn encode(&self) -> Encoded<'_> {
        ValueRef::DateTime(date_time(self.naive_utc())).into()
    }

    fn decode(value: ValueRef<'_>) -> Result<Self, Mismatch> {
        naive_date_time(value, "DateTime<Utc>").map(|naive| naive.and_utc())
    }
}

impl Dated for NaiveDate {}
impl Dated for NaiveDateTime {}
impl Dated for Zoned<Utc> {}
impl Timed for NaiveTime {}
impl Timed for NaiveDateTime {}
impl Timed for Zoned<Utc> {}
impl Moment for NaiveDateTime {
    type Date = NaiveDate;
    type Time = NaiveTime;
}
impl Moment for Zoned<Utc> {
    type Date = NaiveDate;
    type Time = NaiveTime;
}
