//! What a server tells of itself when a connection is set up.

use orm_core::value::ValueRef;
use sqlx::{AssertSqlSafe, Row};

use crate::connection::Link;
use crate::dialect::Family;
use crate::wire::{Form, Types};

/// What every connection is set to, beside the count of matched rows, which the driver agrees on at login.
///
/// `autocommit` and `lc_messages` are defaults of the server that its administrator may have changed; error messages are
/// read, so they must be English. GROUP_CONCAT would cut its result at 1,024 bytes without an error. A recursive statement
/// ends where it finds nothing new; MariaDB cuts its result off after some rounds without saying so, and MySQL refuses it,
/// unless told otherwise in comments that the other one ignores.
const SESSION: &str = "SET sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,\
     NO_ENGINE_SUBSTITUTION,NO_UNSIGNED_SUBTRACTION', time_zone = '+00:00', autocommit = 1, lc_messages = 'en_US', \
     group_concat_max_len = 1073741824, \
     /*M!100201 max_recursive_iterations = 4294967295, */ /*!80003 cte_max_recursion_depth = 4294967295, */ \
     NAMES utf8mb4 COLLATE utf8mb4_bin";

const QUESTIONS: &str = "VERSION(), @@max_allowed_packet, @@auto_increment_increment, @@innodb_autoinc_lock_mode, \
     @@innodb_rollback_on_timeout";

const QUESTION_COUNT: usize = 5;

/// What a server tells of itself.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) version: String,
    pub(super) family: Family,
    /// Major and minor version.
    pub(super) release: (u16, u16),
    pub(super) max_allowed_packet: usize,
    pub(super) auto_increment_increment: u64,
    pub(super) autoinc_lock_mode: u64,
    pub(super) lock_timeout_ends_transaction: bool,
    pub(super) types: Types,
}

impl Facts {
    /// What of these facts, which the engine's promises stand on, a later connection found changed.
    pub(super) fn broken_by(&self, later: &Facts) -> Option<&'static str> {
        if self.family != later.family || self.release > later.release {
            Some("the server is another one than before")
        } else if self.auto_increment_increment != later.auto_increment_increment {
            Some("the server's `auto_increment_increment` is another than before")
        } else if self.autoinc_lock_mode != later.autoinc_lock_mode {
            Some("the server's `innodb_autoinc_lock_mode` is another than before")
        } else {
            None
        }
    }
}

/// Sets the session up and reads the facts in the same round trip. None where the answers make no sense.
pub(super) async fn set_up(link: &mut Link) -> Result<Option<Facts>, sqlx::Error> {
    let command = format!("{SESSION}; SELECT {QUESTIONS}, {}", Types::SELECT);
    // All rows, not one: nothing may be left to read.
    let rows = sqlx::raw_sql(AssertSqlSafe(command)).fetch_all(&mut link.driver).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let Some(types) = Types::of(row.columns().get(QUESTION_COUNT..).unwrap_or_default()) else {
        return Ok(None);
    };
    let facts = link.reader.read(row, Form::Text, |cells| Ok(answered(cells, types)));
    Ok(facts.ok().flatten())
}

fn answered(cells: &[ValueRef<'_>], types: Types) -> Option<Facts> {
    let [ValueRef::Text(version), packet, increment, lock_mode, rolls_back, ..] = *cells else {
        return None;
    };
    let family = if version.contains("MariaDB") { Family::MariaDb } else { Family::MySql };
    let mut numbers = version.split(|c: char| !c.is_ascii_digit());
    Some(Facts {
        version: version.to_owned(),
        family,
        release: (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?),
        max_allowed_packet: usize::try_from(number(packet)?).ok()?,
        auto_increment_increment: number(increment)?,
        autoinc_lock_mode: number(lock_mode)?,
        lock_timeout_ends_transaction: number(rolls_back)? != 0,
        types,
    })
}

fn number(value: ValueRef<'_>) -> Option<u64> {
    match value {
        ValueRef::Int(value) => u64::try_from(value).ok(),
        ValueRef::UInt(value) => Some(value),
        _ => None,
    }
}
