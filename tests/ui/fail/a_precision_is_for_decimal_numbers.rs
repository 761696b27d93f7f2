use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(precision = 12, scale = 2)]
    age: i32,
}

fn main() {
    let _ = |row: Cols<User>| row.id.eq(1);
}
