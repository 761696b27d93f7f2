use orm::prelude::*;

#[derive(Model)]
#[orm(unique(first_name, last_nam))]
struct User {
    #[orm(primary_key)]
    id: i64,
    first_name: String,
    last_name: String,
}

fn main() {
    let _ = |row: Cols<User>| row.id.eq(1);
}
