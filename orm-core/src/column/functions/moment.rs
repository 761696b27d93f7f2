//! Functions of dates and times.

use super::{call, constant};
use crate::column::level::{Both, Level, PerGroup, PerRow};
use crate::column::{Aggregate, Column, Count, Expr, Operand};
use crate::node::{DatePart, Function, Node, TimeUnit};
use crate::types::{Carried, Carries, ColumnType, Dated, Moment, SqlType, Timed};

/// The date and time in UTC at which the statement began: `o.due.lt(now())`. To select it, say its type:
/// `now().typed::<DateTime<Utc>>()`.
pub fn now() -> CurrentMoment {
    CurrentMoment
}

/// The date in UTC at which the statement began: `o.day.lt(today())`. To select it, say its type:
/// `today().typed::<NaiveDate>()`.
pub fn today() -> CurrentDate {
    CurrentDate
}

/// The date and time of the statement, beside any date and time. Made by [`now`].
#[derive(Clone, Copy, Debug)]
pub struct CurrentMoment;

/// The date of the statement, beside any date; beside a date and time it is midnight. Made by [`today`].
#[derive(Clone, Copy, Debug)]
pub struct CurrentDate;

impl CurrentMoment {
    /// As an expression of this type.
    pub fn typed<T: Moment>(self) -> Expr<T> {
        constant(Function::Now)
    }
}

impl<T: Moment> Operand<T> for CurrentMoment {
    type Level = PerRow;
    fn operand(self) -> Node {
        self.typed::<T>().into_node()
    }
}

impl CurrentDate {
    /// As an expression of this type.
    pub fn typed<T: Dated + ColumnType>(self) -> Expr<T> {
        match T::TYPE {
            SqlType::Date => constant(Function::Today),
            _ => Expr::new(call(Function::StartOf(TimeUnit::Day), vec![call(Function::Now, Vec::new())])),
        }
    }
}

impl<T: Dated + ColumnType> Operand<T> for CurrentDate {
    type Level = PerRow;
    fn operand(self) -> Node {
        self.typed::<T>().into_node()
    }
}

fn part(part: DatePart, moment: Node) -> Node {
    call(Function::Part(part), vec![moment])
}

fn start_of<T: ColumnType>(unit: TimeUnit, moment: Node) -> Node {
    match T::TYPE {
        SqlType::Date => call(Function::StartOfDate(unit), vec![moment]),
        _ => call(Function::StartOf(unit), vec![moment]),
    }
}

macro_rules! parts {
    ($level:ty; $($(#[doc = $doc:literal])+ $name:ident $part:ident;)*) => {$(
        $(#[doc = $doc])+
        pub fn $name(self) -> Expr<Carried<T, i32>, $level>
        where
            T: Carries<i32>,
        {
            Expr::new(part(DatePart::$part, self.into_node()))
        }
    )*};
}

macro_rules! additions {
    ($level:ty; $($(#[doc = $doc:literal])+ $name:ident $unit:ident;)*) => {$(
        $(#[doc = $doc])+
        pub fn $name<A: Count>(self, count: A) -> Expr<T, Both<$level, A::Level>> {
            Expr::new(call(Function::Add(TimeUnit::$unit), vec![self.into_node(), count.count()]))
        }
    )*};
}

macro_rules! moment_functions {
    ($(<$($l:ident)?> $type:ty, $level:ty;)*) => {$(
        impl<T: Dated $(, $l: Level)?> $type {
            parts! { $level;
                /// The year: `o.day.year().eq(2026)`.
                year Year;
                /// The quarter of the year, 1 to 4: `o.day.quarter()`.
                quarter Quarter;
                /// The month, 1 to 12: `o.day.month().eq(12)`.
                month Month;
                /// The day of the month, 1 to 31: `o.day.day()`.
                day Day;
                /// The day of the week, 1 for Monday to 7 for Sunday: `o.day.weekday().gt(5)`.
                weekday Weekday;
                /// The day of the year, 1 to 366: `o.day.day_of_year()`.
                day_of_year DayOfYear;
            }
            additions! { $level;
                /// So many years later: `o.day.add_years(1)`. The 29th of February becomes the 28th. Past the year 9999 there
                /// is no value, which is an error when it is read.
                add_years Year;
                /// So many months later, earlier where negative: `o.day.add_months(-1)`. A day that the month has not becomes
                /// its last.
                add_months Month;
                /// So many weeks later: `o.day.add_weeks(2)`.
                add_weeks Week;
                /// So many days later: `o.day.add_days(30)`, `o.day.add_days(-o.grace)`.
                add_days Day;
            }
            /// How many midnights lie between this date and another one: `o.day.days_until(o.due)`. Negative where the other
            /// one is earlier.
            pub fn days_until<A: Operand<T>>(
                self,
                other: A,
            ) -> Expr<Carried<T, i64>, Both<$level, A::Level>>
            where
                T: Carries<i64>,
            {
                Expr::new(call(Function::DaysUntil, vec![self.into_node(), other.operand()]))
            }
        }

        impl<T: Dated + ColumnType $(, $l: Level)?> $type {
            /// The first day, or the first moment, of the unit that this one is in:
            /// `group_by(|o| o.at.start_of(TimeUnit::Month))`. A week starts with its Monday.
            pub fn start_of(self, unit: TimeUnit) -> Expr<T, $level> {
                Expr::new(start_of::<T>(unit, self.into_node()))
            }
        }

        impl<T: Timed $(, $l: Level)?> $type {
            parts! { $level;
                /// The hour, 0 to 23: `o.at.hour().lt(12)`.
                hour Hour;
                /// The minute, 0 to 59: `o.at.minute()`.
                minute Minute;
                /// The second, 0 to 59: `o.at.second()`.
                second Second;
                /// The microsecond, 0 to 999,999: `o.at.microsecond()`.
                microsecond Microsecond;
            }
        }

        impl<T: Moment $(, $l: Level)?> $type {
            additions! { $level;
                /// So many hours later: `o.at.add_hours(1)`.
                add_hours Hour;
                /// So many minutes later: `o.at.add_minutes(-30)`.
                add_minutes Minute;
                /// So many seconds later: `o.at.add_seconds(o.delay)`.
                add_seconds Second;
            }
            /// The date: `o.at.date().eq(day)`.
            pub fn date(self) -> Expr<Carried<T, T::Date>, $level>
            where
                T: Carries<T::Date>,
            {
                Expr::new(call(Function::DateOf, vec![self.into_node()]))
            }
            /// The time of day: `o.at.time().lt(noon)`.
            pub fn time(self) -> Expr<Carried<T, T::Time>, $level>
            where
                T: Carries<T::Time>,
            {
                Expr::new(call(Function::TimeOf, vec![self.into_node()]))
            }
            /// How many whole seconds lie between this moment and another one: `o.at.seconds_until(now())`. Negative where
            /// the other one is earlier.
            pub fn seconds_until<A: Operand<T>>(
                self,
                other: A,
            ) -> Expr<Carried<T, i64>, Both<$level, A::Level>>
            where
                T: Carries<i64>,
            {
                Expr::new(call(Function::SecondsUntil, vec![self.into_node(), other.operand()]))
            }
        }
    )*};
}

moment_functions! {
    <> Column<T>, PerRow;
    <L> Expr<T, L>, L;
    <> Aggregate<T>, PerGroup;
}
