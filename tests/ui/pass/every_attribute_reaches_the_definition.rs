//! Every attribute of a model, and what the definition says of it.

#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations, rust_2018_idioms)]
#![deny(unused_qualifications, single_use_lifetimes, clippy::all, clippy::pedantic)]
#![forbid(unsafe_code, unused)]
#![allow(clippy::duplicated_attributes)] // two indexes may share a field

use orm::SqlType;
use orm::definition::ReferentialAction;
use orm::prelude::*;

/// Rooms and who is in them.
///
/// By day.
#[derive(Model, Debug)]
#[orm(table = "booking_lines", unique(room, day), index(day, guest_id), index(guest_id, room))]
#[orm(check = "day > 0", check = "room > 0")]
pub struct Booking {
    /// The hotel, as its three letters.
    #[orm(primary_key, length = 3)]
    pub hotel: String,
    #[orm(primary_key)]
    room: i32,
    #[orm(column = "Day", index, check = "\"Day\" < 400")]
    day: i32,
    #[orm(references = guests::Guest, on_delete = "SET_NULL", on_update = "no-action", default = 7)]
    guest_id: Option<i64>,
    #[orm(references = guests::Guest::name, on_delete = "restrict", unique)]
    guest_name: String,
    #[orm(default = "open", server_default = "'open'")]
    r#type: Auto<Option<String>>,
    #[orm(server_default = "0")]
    count: i64,
    #[orm(version)]
    version: u32,
    #[orm(skip)]
    cache: std::collections::HashMap<String, Vec<u8>>,
}

mod guests {
    use orm::prelude::*;

    #[derive(Model, Debug)]
    pub(crate) struct Guest {
        #[orm(primary_key)]
        id: Option<i64>,
        #[orm(unique, column = "full_name")]
        pub(super) name: String,
    }
}

fn is_key<T: Model>(_: T::Key) {}

fn main() {
    let model = Booking::model();
    assert_eq!((model.name, model.table), ("Booking", "booking_lines"));
    assert_eq!(model.module, module_path!());
    assert_eq!(model.primary_key, [0, 1]);
    assert_eq!(model.uniques, [[1, 2]]);
    assert_eq!(model.indexes, [[2, 3], [3, 1]]);
    assert_eq!(model.checks, ["day > 0", "room > 0"]);
    assert_eq!(model.comment, Some("Rooms and who is in them.\n\nBy day."));

    let [hotel, room, day, guest_id, guest_name, r#type, count, version] = model.columns else {
        panic!("eight columns, for `cache` is skipped")
    };
    assert!(hotel.primary_key && !hotel.generated && room.primary_key && !room.generated);
    assert_eq!(hotel.sql_type, SqlType::Text { length: Some(3) });
    assert_eq!(hotel.comment, Some("The hotel, as its three letters."));
    assert_eq!((day.field, day.name, day.index, day.indexed), ("day", "Day", 2, true));
    assert_eq!(day.check, Some("\"Day\" < 400"));

    let reference = guest_id.references.expect("a reference");
    assert_eq!(((reference.model)().table, reference.column), ("guests", None));
    assert_eq!(reference.on_delete, ReferentialAction::SetNull);
    assert_eq!(reference.on_update, ReferentialAction::NoAction);
    assert!(guest_id.nullable && guest_id.default);
    let reference = guest_name.references.expect("a reference");
    assert_eq!(((reference.model)().table, reference.column), ("guests", Some("name")));
    assert_eq!(reference.on_delete, ReferentialAction::Restrict);
    assert!(guest_name.unique && !guest_name.nullable);

    assert_eq!((r#type.field, r#type.name), ("type", "type"));
    assert_eq!((r#type.server_default, r#type.default, r#type.nullable), (Some("'open'"), true, true));
    assert_eq!(count.server_default, Some("0"));
    assert!(version.version && !count.version);

    let guest = guests::Guest::model();
    assert!(guest.columns[0].primary_key && guest.columns[0].generated && !guest.columns[0].nullable);
    assert_eq!((guest.columns[1].field, guest.columns[1].name), ("name", "full_name"));
    assert!(orm::metadata().models().iter().any(|each| each.is(model)));

    let booking = Booking {
        hotel: "ABC".into(),
        room: 1,
        day: 2,
        guest_id: None,
        guest_name: "Ann".into(),
        r#type: Auto::Unset,
        count: 0,
        version: 1,
        cache: std::collections::HashMap::new(),
    };
    assert!(booking.cache.is_empty());
    is_key::<Booking>((booking.hotel, booking.room));
    let columns = |row: Cols<Booking>| row.r#type.eq("open") & row.guest_id.eq(None) & row.day.gt(row.room);
    let _ = columns;
}
