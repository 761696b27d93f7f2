//! Writes by a query: UPDATE, DELETE, INSERT of many rows, INSERT .. SELECT and upserts, with the SQL that they become and the
//! rows that they leave, on every backend; and the objects of the session, which stay in step.

mod update;
mod delete;
mod insert;
mod upsert;
mod returning;
mod synchronize;
mod properties;
mod failures;
mod sheet;

use orm::prelude::*;
use orm::{ErrorKind, Result, Synchronize, query};

use crate::harness::{Backend, Database, unquoted};

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "teams")]
struct Team {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50, unique)]
    name: String,
    bonus: i64,
    #[orm(has_many)]
    members: HasMany<Member>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "members")]
struct Member {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 20)]
    name: String,
    #[orm(length = 20)]
    nick: Option<String>,
    points: i64,
    best: i64,
    score: f64,
    active: bool,
    #[orm(references = Team, on_delete = "set null")]
    team_id: Option<i64>,
    #[orm(belongs_to = "team_id")]
    team: BelongsTo<Option<Team>>,
    #[orm(has_many, passive_deletes)]
    notes: HasMany<Note>,
    #[orm(version)]
    version: i64,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "notes")]
struct Note {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50, server_default = "'empty'")]
    text: Auto<String>,
    #[orm(references = Member, on_delete = "cascade")]
    member_id: i64,
    #[orm(belongs_to = "member_id")]
    member: BelongsTo<Member>,
}

/// Rows with a key of two columns.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "seats")]
struct Seat {
    #[orm(primary_key)]
    room: i64,
    #[orm(primary_key)]
    number: i64,
    price: i64,
    taken: bool,
}

/// Counts how often something was seen.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "counters")]
struct Counter {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50, unique)]
    word: String,
    seen: i64,
    last: i64,
    label: Option<String>,
    #[orm(version)]
    version: i64,
}

/// Two teams, four members, a note of each.
async fn members(db: &Database) -> Result<()> {
    db.create::<(Team, Member, Note)>().await?;
    let member = |name: &str, points, active, team_id| Member {
        name: name.into(),
        points,
        active,
        score: 0.5,
        team_id,
        ..Default::default()
    };
    let mut session = db.session();
    session.add_all([
        Team { name: "red".into(), bonus: 5, ..Default::default() },
        Team { name: "blue".into(), bonus: 7, ..Default::default() },
    ]);
    session.flush().await?;
    session.add_all([
        member("Ann", 10, true, Some(1)),
        member("Bob", 20, false, Some(1)),
        member("Cid", 30, true, Some(2)),
        member("Dan", 40, false, None),
    ]);
    session.flush().await?;
    session.add_all((1..=4).map(|member_id| Note {
        member_id,
        text: format!("note {member_id}").into(),
        ..Default::default()
    }));
    session.commit().await
}

/// Names and points in the order of the keys.
async fn points(db: &Database) -> Result<Vec<(String, i64)>> {
    db.engine().query::<Member>().order_by(|m| m.id.asc()).select(|m| (m.name, m.points)).all().await
}

async fn seats(db: &Database) -> Result<()> {
    db.create::<(Seat,)>().await?;
    let mut session = db.session();
    for room in 1..=2 {
        session.add_all((1..=3).map(|number| Seat { room, number, price: 10 * number, taken: false }));
    }
    session.commit().await
}
