use orm::prelude::*;

#[derive(Model)]
struct Line {
    #[orm(primary_key)]
    order_id: i64,
    #[orm(primary_key)]
    position: i32,
}

#[derive(Model)]
#[orm(foreign_key(order_id, position, references = Line))]
struct OtherType {
    #[orm(primary_key)]
    id: i64,
    order_id: i64,
    position: i64,
}

#[derive(Model)]
#[orm(foreign_key(position, order_id, references = Line))]
struct OtherOrder {
    #[orm(primary_key)]
    id: i64,
    order_id: i64,
    position: i32,
}

#[derive(Model)]
#[orm(foreign_key(order_id, position, id, references = Line))]
struct OneTooMany {
    #[orm(primary_key)]
    id: i64,
    order_id: i64,
    position: i32,
}

fn main() {}
