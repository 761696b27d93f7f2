use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 8, precision = 2)]
    name: String,
}

fn main() {
    let _ = |row: Cols<User>| row.id.eq(1);
}
