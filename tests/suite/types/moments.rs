//! Dates and times of chrono.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use orm::Value;
use orm::prelude::*;

use super::{Numbered, numbered, refusal, round_trip};

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "moments")]
struct Moment {
    #[orm(primary_key)]
    id: i64,
    date: NaiveDate,
    time: NaiveTime,
    local: NaiveDateTime,
    utc: DateTime<Utc>,
    maybe_date: Option<NaiveDate>,
    maybe_time: Option<NaiveTime>,
    maybe_local: Option<NaiveDateTime>,
    maybe_utc: Option<DateTime<Utc>>,
}
numbered!(Moment);

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn time(hour: u32, minute: u32, second: u32, microsecond: u32) -> NaiveTime {
    NaiveTime::from_hms_micro_opt(hour, minute, second, microsecond).unwrap()
}

fn moment(date: NaiveDate, time: NaiveTime) -> Moment {
    let local = date.and_time(time);
    Moment { date, time, local, utc: local.and_utc(), ..Default::default() }
}

fn with_all(moment: Moment) -> Moment {
    let Moment { date, time, local, utc, .. } = moment;
    Moment {
        maybe_date: Some(date),
        maybe_time: Some(time),
        maybe_local: Some(local),
        maybe_utc: Some(utc),
        ..moment
    }
}

case!(dates_and_times_keep_microseconds_from_the_year_1000_to_9999, |db| {
    let rows = [
        moment(date(1000, 1, 1), time(0, 0, 0, 0)),
        moment(date(9999, 12, 31), time(23, 59, 59, 999_999)),
        moment(date(2000, 2, 29), time(0, 0, 0, 1)),
        moment(date(1969, 12, 31), time(12, 0, 0, 120_000)),
        moment(date(2038, 1, 19), time(3, 14, 8, 0)),
    ];
    let mut rows: Vec<Moment> = rows.into_iter().map(with_all).collect();
    rows.push(moment(date(1970, 1, 1), time(0, 0, 0, 0)));
    round_trip(&db, rows).await?;
});

case!(what_is_finer_than_a_microsecond_is_cut_off, |db| {
    db.create::<(Moment,)>().await?;
    let fine = NaiveTime::from_hms_nano_opt(23, 59, 59, 999_999_999).unwrap();
    let stored = moment(date(2026, 1, 31), fine).insert(&mut db.engine().clone()).await?;
    let found = Moment::get(&mut db.engine().clone(), stored.id).await?.unwrap();
    assert_eq!(found, moment(date(2026, 1, 31), time(23, 59, 59, 999_999)).numbered(1));
});

case!(a_leap_second_is_kept_as_the_last_microsecond_before_it, |db| {
    db.create::<(Moment,)>().await?;
    let leap = time(23, 59, 59, 1_500_000);
    moment(date(2016, 12, 31), leap).insert(&mut db.engine().clone()).await?;
    let found = Moment::get(&mut db.engine().clone(), 1).await?.unwrap();
    assert_eq!(found, moment(date(2016, 12, 31), time(23, 59, 59, 999_999)).numbered(1));
});

case!(a_moment_is_kept_as_its_utc_date_and_time, |db| {
    db.create::<(Moment,)>().await?;
    let berlin = FixedOffset::east_opt(7200).unwrap().with_ymd_and_hms(2026, 7, 1, 0, 30, 0).unwrap();
    Moment { utc: berlin.to_utc(), ..Default::default() }.insert(&mut db.engine().clone()).await?;
    let kept =
        db.value(db.backend().either("SELECT utc FROM moments", "SELECT CAST(utc AS CHAR) FROM moments"));
    assert_eq!(kept.await?, Value::Text("2026-06-30 22:30:00.000000".into()));
    db.engine().query::<Moment>().filter(|m| m.utc.eq(berlin.to_utc())).one().await?;
});

case!(moments_sort_and_compare_by_time, |db| {
    db.create::<(Moment,)>().await?;
    let moments = [
        moment(date(1000, 12, 31), time(23, 59, 59, 999_999)),
        moment(date(1999, 12, 31), time(23, 59, 59, 0)),
        moment(date(2000, 1, 1), time(0, 0, 0, 0)),
        moment(date(2000, 1, 1), time(0, 0, 0, 1)),
        moment(date(9999, 1, 1), time(9, 0, 0, 0)),
    ];
    let mut session = db.session();
    session.add_all(moments.iter().rev().cloned());
    session.commit().await?;
    let found = db.engine().query::<Moment>().order_by(|m| m.utc.asc()).all().await?;
    let utc = |moments: &[Moment]| moments.iter().map(|moment| moment.utc).collect::<Vec<_>>();
    assert_eq!(utc(&found), utc(&moments));

    let middle = &moments[2];
    let query = || db.engine().query::<Moment>();
    assert_eq!(query().filter(|m| m.utc.lt(middle.utc)).count().await?, 2);
    assert_eq!(query().filter(|m| m.local.ge(middle.local)).count().await?, 3);
    assert_eq!(query().filter(|m| m.date.eq(middle.date)).count().await?, 2);
    assert_eq!(query().filter(|m| m.time.gt(time(9, 0, 0, 0))).count().await?, 2);
    assert_eq!(query().filter(|m| m.date.between(date(1999, 1, 1), date(2000, 1, 1))).count().await?, 3);
});

case!(a_year_that_databases_have_not_is_refused, |db| {
    let reason = refusal(&db, moment(date(10_000, 1, 1), NaiveTime::MIN), "date").await?;
    assert_eq!(reason, "its year is outside 0 to 9999");
    refusal(&db, moment(date(-1, 1, 1), NaiveTime::MIN), "date").await?;
    let far = Moment { utc: DateTime::<Utc>::MAX_UTC, ..Default::default() };
    refusal(&db, far, "utc").await?;
});
