#[orm(table = "booking_lines", unique(hotel, room), unique(room, day), index(day, guest))]
#[orm(check = "day > 0", check = "room > 0", crate = "crate::database")]
struct Booking {
    #[orm(primary_key, length = 3)]
    hotel: String,
    #[orm(primary_key, references = models::Room::number, on_delete = "Set-Default", server_default = "0")]
    room: i32,
    #[orm(column = "Day", index, check = "\"Day\" < 400")]
    day: i32,
    #[orm(references = Guest, on_delete = "set null", on_update = "cascade", default = 7)]
    guest: Option<i64>,
    #[orm(default = "open")]
    r#type: Auto<Option<String>>,
    #[orm(precision = 9)]
    price: Auto<Option<Decimal>>,
    #[orm(skip)]
    cache: Cache<Vec<u8>>,
}
