//! Functions of dates and times.

use orm::functions::{TimeUnit, now, today};

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

case!(parts_of_dates_and_times_are_integers, |db| {
    samples(&db).await?;
    gives!(db, |s| s.day.year(), ("CAST(SUBSTR(day, 1, 4) AS INTEGER)", "YEAR(day)"), [2026, 2024]);
    gives!(
        db,
        |s| s.utc.quarter(),
        ("((CAST(SUBSTR(utc, 6, 2) AS INTEGER) + 2) / 3)", "QUARTER(utc)"),
        [1, 1]
    );
    gives!(db, |s| s.local.month(), ("CAST(SUBSTR(local, 6, 2) AS INTEGER)", "MONTH(local)"), [1, 2]);
    gives!(db, |s| s.day.day(), ("CAST(SUBSTR(day, 9, 2) AS INTEGER)", "DAYOFMONTH(day)"), [31, 29]);
    gives!(
        db,
        |s| s.local.weekday(),
        ("((CAST(STRFTIME('%w', SUBSTR(local, 1, 10)) AS INTEGER) + 6) % 7 + 1)", "(WEEKDAY(local) + 1)"),
        [6, 4]
    );
    gives!(
        db,
        |s| s.local.day_of_year(),
        ("CAST(STRFTIME('%j', SUBSTR(local, 1, 10)) AS INTEGER)", "DAYOFYEAR(local)"),
        [31, 60]
    );
    gives!(db, |s| s.time.hour(), ("CAST(SUBSTR(time, -15, 2) AS INTEGER)", "HOUR(time)"), [23, 0]);
    gives!(db, |s| s.local.minute(), ("CAST(SUBSTR(local, -12, 2) AS INTEGER)", "MINUTE(local)"), [59, 0]);
    gives!(db, |s| s.utc.second(), ("CAST(SUBSTR(utc, -9, 2) AS INTEGER)", "SECOND(utc)"), [58, 0]);
    gives!(
        db,
        |s| s.utc.microsecond(),
        ("CAST(SUBSTR(utc, -6) AS INTEGER)", "MICROSECOND(utc)"),
        [250_001, 0]
    );
    gives!(
        db,
        |s| s.later.year(),
        ("CAST(SUBSTR(later, 1, 4) AS INTEGER)", "YEAR(later)"),
        [Some(2026), None]
    );
});

case!(a_moment_has_a_date_and_a_time, |db| {
    samples(&db).await?;
    gives!(
        db,
        |s| s.local.date(),
        ("SUBSTR(local, 1, 10)", "DATE(local)"),
        [day("2026-01-31"), day("2024-02-29")]
    );
    let times: [NaiveTime; 2] = ["23:59:58.250001".parse().unwrap(), NaiveTime::MIN];
    gives!(db, |s| s.utc.time(), ("SUBSTR(utc, 12)", "TIME(utc)"), times);
    gives!(db, |s| s.later.date(), ("SUBSTR(later, 1, 10)", "DATE(later)"), [Some(day("2026-03-01")), None]);
    let same = db.engine().query::<Sample>().filter(|s| s.utc.date().eq(s.day) & s.local.time().eq(s.time));
    assert_eq!(same.count().await?, 2);
});

case!(units_of_time_are_added, |db| {
    samples(&db).await?;
    let sql = ("orm_date_add(day, ?, 'month')", "DATE_ADD(day, INTERVAL ? MONTH)");
    gives!(db, |s| s.day.add_months(1), sql, [day("2026-02-28"), day("2024-03-29")]);
    gives!(db, |s| s.day.add_months(-13), sql, [day("2024-12-31"), day("2023-01-29")]);
    let sql = ("orm_date_add(day, ?, 'year')", "DATE_ADD(day, INTERVAL ? YEAR)");
    gives!(db, |s| s.day.add_years(1), sql, [day("2027-01-31"), day("2025-02-28")]);
    let sql = ("orm_date_add(day, ?, 'week')", "DATE_ADD(day, INTERVAL ? WEEK)");
    gives!(db, |s| s.day.add_weeks(1), sql, [day("2026-02-07"), day("2024-03-07")]);
    let sql = ("orm_date_add(local, (-count), 'day')", "DATE_ADD(local, INTERVAL (-count) DAY)");
    let days = [moment("2026-02-07T23:59:58.250001"), moment("2024-02-26T00:00:00")];
    gives!(db, |s| s.local.add_days(-s.count), sql, days);
    let sql = ("orm_date_add(local, ?, 'hour')", "DATE_ADD(local, INTERVAL ? HOUR)");
    let hours = [moment("2026-02-01T00:59:58.250001"), moment("2024-02-29T01:00:00")];
    gives!(db, |s| s.local.add_hours(1), sql, hours);
    let sql = ("orm_date_add(utc, ?, 'minute')", "DATE_ADD(utc, INTERVAL ? MINUTE)");
    let minutes = [moment("2026-01-31T23:58:58.250001"), moment("2024-02-28T23:59:00")];
    gives!(db, |s| s.utc.add_minutes(-1), sql, minutes.map(|moment| moment.and_utc()));
    let sql = ("orm_date_add(later, ?, 'second')", "DATE_ADD(later, INTERVAL ? SECOND)");
    gives!(db, |s| s.later.add_seconds(-1), sql, [Some(moment("2026-02-28T23:59:59")), None]);
});

case!(the_time_between_two_moments_has_a_sign, |db| {
    samples(&db).await?;
    let sql = ("orm_days_until(day, ?)", "DATEDIFF(?, day)");
    gives!(db, |s| s.day.days_until(day("2026-02-01")), sql, [1, 703]);
    let at = moment("2026-02-01T00:00:00");
    let sql = ("orm_days_until(later, ?)", "DATEDIFF(?, later)");
    gives!(db, |s| s.later.days_until(at), sql, [Some(-28), None]);
    let sql = ("orm_seconds_until(local, ?)", "TIMESTAMPDIFF(SECOND, local, ?)");
    gives!(db, |s| s.local.seconds_until(at), sql, [1, 703 * 86_400]);
    let before = moment("2026-01-31T23:59:57.5");
    gives!(db, |s| s.local.seconds_until(before), sql, [0, 702 * 86_400 + 86_397]);
});

case!(moments_are_cut_to_the_start_of_a_unit, |db| {
    samples(&db).await?;
    let sql = ("orm_start_of(day, 'month')", "CAST(DATE_FORMAT(day, '%Y-%m-01') AS DATE)");
    gives!(db, |s| s.day.start_of(TimeUnit::Month), sql, [day("2026-01-01"), day("2024-02-01")]);
    let sql = ("orm_start_of(day, 'year')", "CAST(DATE_FORMAT(day, '%Y-01-01') AS DATE)");
    gives!(db, |s| s.day.start_of(TimeUnit::Year), sql, [day("2026-01-01"), day("2024-01-01")]);
    let sql = ("orm_start_of(day, 'week')", "DATE_SUB(DATE(day), INTERVAL WEEKDAY(day) DAY)");
    gives!(db, |s| s.day.start_of(TimeUnit::Week), sql, [day("2026-01-26"), day("2024-02-26")]);
    let sql = ("orm_start_of(day, 'hour')", "DATE(day)");
    gives!(db, |s| s.day.start_of(TimeUnit::Hour), sql, [day("2026-01-31"), day("2024-02-29")]);
    let units = [
        (TimeUnit::Year, "CAST(DATE_FORMAT(local, '%Y-01-01') AS DATETIME(6))", "2026-01-01T00:00:00"),
        (TimeUnit::Month, "CAST(DATE_FORMAT(local, '%Y-%m-01') AS DATETIME(6))", "2026-01-01T00:00:00"),
        (
            TimeUnit::Week,
            "CAST(DATE_SUB(DATE(local), INTERVAL WEEKDAY(local) DAY) AS DATETIME(6))",
            "2026-01-26T00:00:00",
        ),
        (TimeUnit::Day, "CAST(DATE(local) AS DATETIME(6))", "2026-01-31T00:00:00"),
        (
            TimeUnit::Hour,
            "CAST(DATE_FORMAT(local, '%Y-%m-%d %H:00:00') AS DATETIME(6))",
            "2026-01-31T23:00:00",
        ),
        (
            TimeUnit::Minute,
            "CAST(DATE_FORMAT(local, '%Y-%m-%d %H:%i:00') AS DATETIME(6))",
            "2026-01-31T23:59:00",
        ),
        (
            TimeUnit::Second,
            "CAST(DATE_FORMAT(local, '%Y-%m-%d %H:%i:%s') AS DATETIME(6))",
            "2026-01-31T23:59:58",
        ),
    ];
    for (unit, server, start) in units {
        let name = format!("{unit:?}").to_lowercase();
        let query = db.engine().query::<Sample>().filter(|s| s.id.eq(1)).select(|s| s.local.start_of(unit));
        assert_eq!(
            selected(&query),
            db.backend().either(format!("orm_start_of(local, '{name}')"), server.to_owned())
        );
        assert_eq!(query.one().await?, moment(start));
        let grouped =
            db.engine().query::<Sample>().group_by(|s| s.utc.start_of(unit)).select(|s| s.utc.start_of(unit));
        assert_eq!(grouped.all().await?.len(), 2);
    }
});

case!(the_clock_of_the_database_is_in_utc, |db| {
    samples(&db).await?;
    let sql = db.backend().either("(STRFTIME('%Y-%m-%d %H:%M:%f', 'now') || '000')", "UTC_TIMESTAMP(6)");
    let query = db.engine().query::<Sample>().select(|_| now().typed::<DateTime<Utc>>());
    assert_eq!(selected(&query), sql);
    let (here, there) = (Utc::now(), query.all().await?[0]);
    assert!((here - there).num_seconds().abs() < 60, "{here} {there}");
    let query = db.engine().query::<Sample>().select(|_| today().typed::<NaiveDate>());
    assert_eq!(selected(&query), db.backend().either("DATE('now')", "UTC_DATE()"));
    assert!((here.date_naive() - query.all().await?[0]).num_days().abs() <= 1);
    let past = db
        .engine()
        .query::<Sample>()
        .filter(|s| s.local.lt(now()) & s.utc.seconds_until(now()).gt(0) & s.day.le(today()));
    assert_eq!(past.count().await?, 2);
});
