//! The unit of work, rule by rule: what is written, in which order, in how many statements, and what the objects and the
//! session say afterwards. Relation fields are left out: here parents and children meet by raw foreign keys.
//!
//! This file holds the models and the few checks that several topics share.

mod order;
mod uniques;
mod row_switch;
mod key_changes;
mod batches;
mod changes;
mod unset;
mod identity;
mod autoflush;
mod failures;
mod rollback;
mod stale;
mod objects;
mod scale;
mod long_commits;
mod alone;
mod many_rows;

use orm::prelude::*;
use orm::{Error, ErrorKind, Result, Value};

use crate::harness::Database;

/// A generated key and a unique name.
#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_people")]
pub(crate) struct Person {
    #[orm(primary_key)]
    pub(crate) id: i64,
    #[orm(length = 50, unique)]
    pub(crate) name: String,
    pub(crate) age: Option<i32>,
}

/// A natural key, so that parents and children can be made together.
#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_countries")]
pub(crate) struct Country {
    #[orm(primary_key, length = 20)]
    pub(crate) code: String,
    #[orm(length = 50)]
    pub(crate) name: String,
}

/// A child, in one country and perhaps claimed by another.
#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_cities")]
pub(crate) struct City {
    #[orm(primary_key, length = 20)]
    pub(crate) name: String,
    #[orm(references = Country, length = 20)]
    pub(crate) country: String,
    #[orm(references = Country, length = 20)]
    pub(crate) claimed_by: Option<String>,
}

/// A tree.
#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_nodes")]
pub(crate) struct Node {
    #[orm(primary_key, length = 20)]
    pub(crate) id: String,
    #[orm(references = Node, length = 20)]
    pub(crate) parent: Option<String>,
}

/// A tree whose roots are their own parents.
#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_strict_nodes")]
pub(crate) struct StrictNode {
    #[orm(primary_key, length = 20)]
    pub(crate) id: String,
    #[orm(references = StrictNode, length = 20)]
    pub(crate) parent: String,
}

/// Refers to `Player`, which refers to it.
#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_teams")]
pub(crate) struct Team {
    #[orm(primary_key, length = 20)]
    pub(crate) name: String,
    #[orm(references = Player, length = 20)]
    pub(crate) captain: Option<String>,
}

/// Refers to `Team`, which refers to it.
#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_players")]
pub(crate) struct Player {
    #[orm(primary_key, length = 20)]
    pub(crate) name: String,
    #[orm(references = Team, length = 20)]
    pub(crate) team: String,
}

/// One for each person.
#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_passports")]
pub(crate) struct Passport {
    #[orm(primary_key)]
    pub(crate) id: i64,
    #[orm(references = Person, unique)]
    pub(crate) owner_id: i64,
}

/// One for each person, or nobody's.
#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_desks")]
pub(crate) struct Desk {
    #[orm(primary_key)]
    pub(crate) id: i64,
    #[orm(references = Person, unique)]
    pub(crate) owner_id: Option<i64>,
}

/// A unique pair: an order within a row.
#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_seats", unique(row, number))]
pub(crate) struct Seat {
    #[orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) row: i32,
    pub(crate) number: i32,
}

/// A version.
#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_documents")]
pub(crate) struct Document {
    #[orm(primary_key)]
    pub(crate) id: i64,
    #[orm(length = 50)]
    pub(crate) title: String,
    #[orm(version)]
    pub(crate) version: i64,
}

/// A key of two columns.
#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_lines")]
pub(crate) struct Line {
    #[orm(primary_key)]
    pub(crate) order_id: i64,
    #[orm(primary_key)]
    pub(crate) number: i64,
    #[orm(length = 50)]
    pub(crate) text: String,
}

pub(crate) fn person(name: &str) -> Person {
    Person { name: name.into(), ..Default::default() }
}

pub(crate) fn numbered(id: i64, name: &str) -> Person {
    Person { id, name: name.into(), age: None }
}

pub(crate) fn country(code: &str) -> Country {
    Country { code: code.into(), name: format!("Land of {code}") }
}

pub(crate) fn city(name: &str, country: &str) -> City {
    City { name: name.into(), country: country.into(), claimed_by: None }
}

pub(crate) fn node(id: &str, parent: Option<&str>) -> Node {
    Node { id: id.into(), parent: parent.map(Into::into) }
}

pub(crate) fn team(name: &str, captain: Option<&str>) -> Team {
    Team { name: name.into(), captain: captain.map(Into::into) }
}

pub(crate) fn player(name: &str, team: &str) -> Player {
    Player { name: name.into(), team: team.into() }
}

pub(crate) fn document(title: &str) -> Document {
    Document { title: title.into(), ..Default::default() }
}

/// Rows as text, one a line: `1 | Ann | NULL`.
pub(crate) async fn table(db: &Database, sql: &str) -> Result<String> {
    let rows = db.rows(sql).await?;
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row.iter().map(plain).collect();
        text.push_str(&cells.join(" | "));
        text.push('\n');
    }
    Ok(text.trim_end().to_owned())
}

/// A value without the quotes of a literal.
fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        other => other.to_string(),
    }
}

/// What is in a table of people: `1 | Ann | NULL`.
pub(crate) async fn people(db: &Database) -> Result<String> {
    table(db, "SELECT id, name, age FROM uow_people ORDER BY id").await
}

/// The error of something that must fail.
#[track_caller]
pub(crate) fn refused<T>(outcome: Result<T>) -> Error {
    match outcome {
        Ok(_) => panic!("it succeeded"),
        Err(error) => error,
    }
}

/// The first cause that an inactive session gives.
pub(crate) async fn cause(session: &mut UnitOfWork) -> String {
    let error = refused(session.flush().await);
    match error.kind() {
        ErrorKind::Inactive { cause } => cause.clone(),
        other => panic!("the session is not inactive: {other}"),
    }
}
