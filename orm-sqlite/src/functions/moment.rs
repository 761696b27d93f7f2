//! Functions of dates and times in the form in which they are kept: `2026-01-31`, `2026-01-31 23:59:59.123456`. What is not
//! of that form has no value: NULL.

use orm_core::value::{Date, DateTime, Time, Value, ValueRef};

use super::{as_integer, as_text};

type Outcome = Result<Value, &'static str>;

const SECONDS_OF_DAY: i64 = 86_400;

/// A date, or a date and time.
#[derive(Clone, Copy)]
struct Moment {
    date: Date,
    time: Option<Time>,
}

fn read(value: ValueRef<'_>) -> Option<Moment> {
    let text = as_text(value);
    if text.len() > 10 {
        let DateTime { date, time } = DateTime::parse(&text)?;
        return Some(Moment { date, time: Some(time) });
    }
    Some(Moment { date: Date::parse(&text)?, time: None })
}

fn write(moment: Moment) -> Value {
    let Moment { date, time } = moment;
    if !(0..=9999).contains(&date.year) {
        return Value::Null;
    }
    let text = match time {
        Some(time) => DateTime { date, time }.to_string(),
        None => date.to_string(),
    };
    Value::Text(text.into())
}

/// Days since 0000-03-01, in the Gregorian calendar before its time as well.
fn day_number(date: Date) -> i64 {
    let (year, month, day) = (i64::from(date.year), i64::from(date.month), i64::from(date.day));
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    era * 146_097 + year * 365 + year / 4 - year / 100 + (month * 153 + 2) / 5 + day - 1
}

fn date_of(number: i64) -> Option<Date> {
    let (era, day) = (number.div_euclid(146_097), number.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (year * 365 + year / 4 - year / 100);
    let month = (day * 5 + 2) / 153;
    let day = day - (month * 153 + 2) / 5 + 1;
    let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    let year = i32::try_from(era.checked_mul(400)?.checked_add(year)?).ok()?;
    Some(Date { year, month: month as u8, day: day as u8 })
}

fn days_of_month(year: i32, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Seconds since the first day, without the microseconds.
fn second_number(moment: Moment) -> i64 {
    let time = moment.time.unwrap_or(MIDNIGHT);
    let seconds = i64::from(time.hour) * 3_600 + i64::from(time.minute) * 60 + i64::from(time.second);
    day_number(moment.date) * SECONDS_OF_DAY + seconds
}

const MIDNIGHT: Time = Time { hour: 0, minute: 0, second: 0, microsecond: 0 };

fn later(moment: Moment, count: i64, unit: &str) -> Option<Moment> {
    let Moment { date, time } = moment;
    let seconds = |unit: i64| -> Option<Moment> {
        let number = second_number(moment).checked_add(count.checked_mul(unit)?)?;
        let (day, second) = (number.div_euclid(SECONDS_OF_DAY), number.rem_euclid(SECONDS_OF_DAY));
        let time = Time {
            hour: (second / 3_600) as u8,
            minute: (second / 60 % 60) as u8,
            second: (second % 60) as u8,
            microsecond: time.unwrap_or(MIDNIGHT).microsecond,
        };
        Some(Moment { date: date_of(day)?, time: Some(time) })
    };
    let days = |unit: i64| -> Option<Moment> {
        let date = date_of(day_number(date).checked_add(count.checked_mul(unit)?)?)?;
        Some(Moment { date, time })
    };
    let months = |unit: i64| -> Option<Moment> {
        let before = i64::from(date.year) * 12 + i64::from(date.month) - 1;
        let number = before.checked_add(count.checked_mul(unit)?)?;
        let year = i32::try_from(number.div_euclid(12)).ok()?;
        let month = number.rem_euclid(12) as u8 + 1;
        let day = date.day.min(days_of_month(year, month));
        Some(Moment { date: Date { year, month, day }, time })
    };
    match unit {
        "year" => months(12),
        "month" => months(1),
        "week" => days(7),
        "day" => days(1),
        "hour" => seconds(3_600),
        "minute" => seconds(60),
        _ => seconds(1),
    }
}

pub(super) fn add(arguments: &[ValueRef<'_>]) -> Outcome {
    let unit = as_text(arguments[2]);
    let moment = read(arguments[0]).and_then(|moment| later(moment, as_integer(arguments[1]), &unit));
    Ok(moment.map_or(Value::Null, write))
}

pub(super) fn days_until(arguments: &[ValueRef<'_>]) -> Outcome {
    let (Some(from), Some(to)) = (read(arguments[0]), read(arguments[1])) else { return Ok(Value::Null) };
    Ok(Value::Int(day_number(to.date) - day_number(from.date)))
}

pub(super) fn seconds_until(arguments: &[ValueRef<'_>]) -> Outcome {
    let (Some(from), Some(to)) = (read(arguments[0]), read(arguments[1])) else { return Ok(Value::Null) };
    let microseconds = |moment: Moment| {
        second_number(moment) * 1_000_000 + i64::from(moment.time.unwrap_or(MIDNIGHT).microsecond)
    };
    Ok(Value::Int((microseconds(to) - microseconds(from)) / 1_000_000))
}

pub(super) fn start_of(arguments: &[ValueRef<'_>]) -> Outcome {
    let Some(Moment { date, time }) = read(arguments[0]) else { return Ok(Value::Null) };
    let unit = as_text(arguments[1]);
    let date = match unit.as_ref() {
        "year" => Some(Date { month: 1, day: 1, ..date }),
        "month" => Some(Date { day: 1, ..date }),
        // Day 0 is a Wednesday.
        "week" => date_of(day_number(date) - (day_number(date) + 2).rem_euclid(7)),
        _ => Some(date),
    };
    let time = time.map(|time| match unit.as_ref() {
        "hour" => Time { minute: 0, second: 0, microsecond: 0, ..time },
        "minute" => Time { second: 0, microsecond: 0, ..time },
        "second" => Time { microsecond: 0, ..time },
        _ => MIDNIGHT,
    });
    Ok(date.map_or(Value::Null, |date| write(Moment { date, time })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(moment: &str, count: i64, unit: &str) -> String {
        let arguments = [ValueRef::Text(moment), ValueRef::Int(count), ValueRef::Text(unit)];
        shown(add(&arguments))
    }

    fn shown(outcome: Outcome) -> String {
        match outcome {
            Ok(Value::Text(text)) => text.into(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn every_day_is_one_later_than_the_day_before() {
        let first = Date { year: 0, month: 1, day: 1 };
        let mut number = day_number(first);
        let mut date = first;
        while date.year < 2500 {
            assert_eq!(date_of(number), Some(date));
            number += 1;
            date = if date.day < days_of_month(date.year, date.month) {
                Date { day: date.day + 1, ..date }
            } else if date.month < 12 {
                Date { month: date.month + 1, day: 1, ..date }
            } else {
                Date { year: date.year + 1, month: 1, day: 1 }
            };
            assert_eq!(day_number(date), number);
        }
    }

    #[test]
    fn a_day_that_the_month_has_not_is_its_last() {
        assert_eq!(added("2026-01-31", 1, "month"), "2026-02-28");
        assert_eq!(added("2024-02-29", 1, "year"), "2025-02-28");
        assert_eq!(added("2026-03-31 10:00:00.000001", -1, "month"), "2026-02-28 10:00:00.000001");
    }

    #[test]
    fn time_goes_over_midnight_and_keeps_its_microseconds() {
        assert_eq!(added("2026-12-31 23:59:59.123456", 1, "second"), "2027-01-01 00:00:00.123456");
        assert_eq!(added("2026-01-01 00:30:00.000000", -1, "hour"), "2025-12-31 23:30:00.000000");
        assert_eq!(added("9999-12-31", 1, "day"), "Ok(Null)");
        assert_eq!(added("2026-01-01", i64::MAX, "year"), "Ok(Null)");
    }

    #[test]
    fn a_week_starts_with_its_monday() {
        let start = |moment, unit| shown(start_of(&[ValueRef::Text(moment), ValueRef::Text(unit)]));
        assert_eq!(start("2026-11-29", "week"), "2026-11-23");
        assert_eq!(start("2026-11-23", "week"), "2026-11-23");
        assert_eq!(start("2026-11-29 10:11:12.131415", "hour"), "2026-11-29 10:00:00.000000");
        assert_eq!(start("2026-11-29 10:11:12.131415", "month"), "2026-11-01 00:00:00.000000");
    }

    #[test]
    fn seconds_between_moments_are_whole_ones() {
        let between =
            |from, to| seconds_until(&[ValueRef::Text(from), ValueRef::Text(to)]).expect("it has a value");
        assert_eq!(between("2026-01-01 00:00:00.500000", "2026-01-01 00:00:02.400000"), Value::Int(1));
        assert_eq!(between("2026-01-01 00:00:02.400000", "2026-01-01 00:00:00.500000"), Value::Int(-1));
    }
}
