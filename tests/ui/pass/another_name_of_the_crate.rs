//! The crate may have another name, or be reached through another crate.

#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations, rust_2018_idioms)]
#![deny(unused_qualifications, single_use_lifetimes, clippy::all, clippy::pedantic)]
#![forbid(unsafe_code, unused)]

extern crate orm as database;

mod reexport {
    pub(crate) use database::*;
}

#[derive(database::Model)]
#[orm(crate = "crate::reexport")]
struct User {
    #[orm(primary_key)]
    id: i64,
    status: Status,
    email: Email,
}

#[derive(database::ModelEnum)]
#[orm(crate = "database")]
enum Status {
    Open,
}

#[derive(database::ModelType)]
#[orm(crate = "crate::reexport", textual)]
struct Email(String);

fn main() {
    let _ = |row: database::Cols<User>| row.status.eq(Status::Open) & row.email.like("%@%") & row.id.eq(1);
    let _ = User { id: 1, status: Status::Open, email: Email(String::new()) };
}
