use orm::prelude::*;

#[derive(Model)]
struct Line {
    #[orm(primary_key)]
    order_id: i64,
    position: i32,
}

#[derive(Model)]
#[orm(foreign_key(order_id, position, references = Line, fields = "order_id, place"))]
struct Parcel {
    #[orm(primary_key)]
    id: i64,
    order_id: i64,
    position: i32,
}

fn main() {}
