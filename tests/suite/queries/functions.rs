//! Functions: for each the SQL of every dialect and the values that it gives, NULL included.

mod documents;
mod fragments;
mod moments;
mod numbers;
mod texts;
mod tuples;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use orm::prelude::*;
use orm::session::Source;
use orm::{Query, Result};
use rust_decimal::Decimal;

use crate::harness::{Backend, Database, unquoted};

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "samples")]
struct Sample {
    #[orm(primary_key)]
    id: i64,
    name: String,
    nick: Option<String>,
    count: i32,
    maybe: Option<i64>,
    ratio: f64,
    price: Decimal,
    day: NaiveDate,
    time: NaiveTime,
    local: NaiveDateTime,
    utc: DateTime<Utc>,
    later: Option<NaiveDateTime>,
    data: serde_json::Value,
    bytes: Vec<u8>,
}

fn moment(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

/// Two rows; what may be missing is missing in the second.
async fn samples(db: &Database) -> Result<()> {
    db.create::<(Sample,)>().await?;
    let mut session = db.session();
    let local = moment("2026-01-31T23:59:58.250001");
    session.add(Sample {
        name: " Éva Ω ".into(),
        nick: Some("abcab".into()),
        count: -7,
        maybe: Some(9),
        ratio: -2.5,
        price: "10.05".parse().unwrap(),
        day: local.date(),
        time: local.time(),
        local,
        utc: local.and_utc(),
        later: Some(moment("2026-03-01T00:00:00")),
        data: serde_json::json!({
            "name": "Ann's \"é\"", "age": 31, "price": 1.5, "paid": true, "off": false, "nothing": null,
            "tags": ["new", "red", 3, true], "address": {"lines": ["a", {"b": 2}]}, "a.b": {"c\"\\": "odd"}, "": "empty",
        }),
        bytes: vec![0, 255, 16],
        ..Default::default()
    });
    let local = moment("2024-02-29T00:00:00");
    session.add(Sample {
        name: "bob".into(),
        count: 3,
        ratio: 1.25,
        price: "-2.5".parse().unwrap(),
        day: local.date(),
        time: local.time(),
        local,
        utc: local.and_utc(),
        data: serde_json::json!([1, 2]),
        ..Default::default()
    });
    session.commit().await
}

/// What stands between SELECT and FROM.
fn selected<S: Session, T: Source, P>(query: &Query<S, T, P>) -> String {
    let sql = unquoted(&query.to_sql().unwrap().sql);
    let list = sql.strip_prefix("SELECT ").unwrap();
    list.split_once(" FROM samples").unwrap().0.replace("samples.", "")
}

/// One text for SQLite, and one for the servers or one for each of them.
trait Dialects {
    fn of(&self, backend: Backend) -> String;
}

impl Dialects for &str {
    fn of(&self, _: Backend) -> String {
        (*self).to_owned()
    }
}

impl Dialects for (&str, &str) {
    fn of(&self, backend: Backend) -> String {
        backend.either(self.0, self.1).to_owned()
    }
}

impl Dialects for (&str, &str, &str) {
    fn of(&self, backend: Backend) -> String {
        let text = match backend {
            Backend::SqliteMemory | Backend::SqliteFile => self.0,
            Backend::MariaDb | Backend::MariaDbWithoutReturning => self.1,
            Backend::MySql => self.2,
        };
        text.to_owned()
    }
}

/// Checks the SQL of a selected expression, and its values for both rows.
macro_rules! gives {
    ($db:expr, $select:expr, $sql:expr, $values:expr) => {{
        let query = $db.engine().query::<Sample>().order_by(|s| s.id.asc()).select($select);
        assert_eq!(selected(&query), $crate::queries::functions::Dialects::of(&$sql, $db.backend()));
        assert_eq!(query.all().await?, $values);
    }};
}
use gives;
