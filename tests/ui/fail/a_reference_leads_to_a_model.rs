use orm::prelude::*;

struct Point;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Point)]
    home: i64,
}

fn main() {
    let _ = |row: Cols<User>| row.id.eq(1);
}
