use orm::prelude::*;

struct Point {
    _x: f64,
}

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    home: Point,
}

fn main() {}
