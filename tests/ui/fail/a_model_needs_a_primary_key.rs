use orm::prelude::*;

#[derive(Model)]
struct User {
    id: i64,
    name: String,
}

fn main() {
    let _ = |row: Cols<User>| row.id.eq(1);
}
