use orm::prelude::*;

#[derive(Model)]
struct Line {
    #[orm(primary_key)]
    order_id: i64,
    #[orm(primary_key)]
    position: i32,
}

#[derive(Model)]
struct Parcel {
    #[orm(primary_key)]
    id: i64,
    order_id: i64,
    position: Option<i32>,
    #[orm(belongs_to = "order_id, position")]
    line: BelongsTo<Option<Line>>,
}

#[derive(Model)]
#[orm(foreign_key(order_id, position, references = Line))]
struct Letter {
    #[orm(primary_key)]
    id: i64,
    order_id: i64,
    position: Option<i32>,
    #[orm(belongs_to = "order_id, position")]
    line: BelongsTo<Line>,
    #[orm(belongs_to = "position, order_id")]
    other: BelongsTo<Option<Letter>>,
}

fn main() {}
