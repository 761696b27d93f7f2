use orm::prelude::*;

#[derive(Model)]
struct Line {
    #[orm(primary_key)]
    order_id: i64,
    #[orm(primary_key)]
    position: i32,
}

#[derive(Model)]
#[orm(foreign_key)]
#[orm(foreign_key(order_id, position))]
#[orm(foreign_key(references = Line))]
#[orm(foreign_key(order_id, references = Line))]
#[orm(foreign_key(order_id, postion, references = Line))]
#[orm(foreign_key(order_id, position, reference = Line))]
#[orm(foreign_key(order_id, position, references = "Line"))]
#[orm(foreign_key(order_id, position, references = Line::position))]
#[orm(foreign_key(order_id, position, references = Line, fields = "position"))]
#[orm(foreign_key(order_id, position, references = Line, on_delete = "cascde"))]
#[orm(foreign_key(order_id, position, references = Line, on_delete = "set null"))]
#[orm(foreign_key(order_id, position, references = Line, on_update = "set default"))]
struct Parcel {
    #[orm(primary_key)]
    id: i64,
    order_id: i64,
    position: i32,
}

fn main() {
    let _ = |row: Cols<Parcel>| row.position.eq(1);
}
