//! The table that follows from a name, and the kinds of keys.

#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations, rust_2018_idioms)]
#![deny(unused_qualifications, single_use_lifetimes, clippy::all, clippy::pedantic)]
#![forbid(unsafe_code, unused)]

use orm::SqlType;
use orm::prelude::*;

#[derive(Model)]
struct AddressLine {
    #[orm(primary_key)]
    id: Auto<i64>,
}

#[derive(Model)]
#[orm(plural = false)]
struct HTTPServer {
    #[orm(primary_key(generated = false))]
    id: u16,
}

#[derive(Model)]
struct Category {
    #[orm(primary_key, generated = false)]
    id: i64,
}

#[derive(Model)]
struct Profile {
    #[orm(primary_key, references = AddressLine, on_delete = "cascade")]
    id: i64,
    #[orm(references = Self, on_delete = "set null")]
    parent: Option<i64>,
    #[orm(references = Profile::token, default = "none")]
    token: Option<String>,
}

#[derive(ModelType, Clone, Copy)]
#[orm(numeric)]
struct Number(i64);

#[derive(ModelEnum, Clone, Copy)]
enum Planet {
    Earth,
}

#[derive(Model)]
struct Box {
    #[orm(primary_key)]
    number: Number,
}

#[derive(Model)]
struct Landing {
    #[orm(primary_key)]
    planet: Planet,
    #[orm(primary_key)]
    number: Option<Number>,
}

fn key<T: Model>() -> (&'static str, bool) {
    (T::model().table, T::model().generated_key().is_some())
}

fn is_key<T: Model>(_: T::Key) {}

fn main() {
    assert_eq!(key::<AddressLine>(), ("address_lines", true));
    assert_eq!(key::<HTTPServer>(), ("http_server", false));
    assert_eq!(key::<Category>(), ("categories", false));
    assert_eq!(key::<Profile>(), ("profiles", false));
    assert_eq!(key::<Box>(), ("boxes", true));
    assert_eq!(key::<Landing>(), ("landings", false));
    is_key::<AddressLine>(1_i64);
    is_key::<HTTPServer>(1_u16);
    is_key::<Box>(Number(1));
    is_key::<Landing>((Planet::Earth, Number(1)));
    assert_eq!(AddressLine::model().columns[0].sql_type, SqlType::I64);
    let _ = |row: Cols<Landing>| row.planet.eq(Planet::Earth) & (row.number + Number(1)).gt(Number(2));
    let _ = |row: Cols<AddressLine>| (row.id + 1).eq(2);
    let _ = |row: Cols<Profile>| row.id.eq(row.parent) & row.token.like("a%");
    let _ = |row: Cols<Box>| row.number.desc();
    let _ = |row: Cols<HTTPServer>| row.id.eq(80);
    let _ = |row: Cols<Category>| row.id.eq(0);
    let _ = (
        Box { number: Number(1) },
        AddressLine { id: Auto::Unset },
        HTTPServer { id: 1 },
        Category { id: 1 },
    );
    let _ = (Profile { id: 1, parent: None, token: None }, Landing { planet: Planet::Earth, number: None });
}
