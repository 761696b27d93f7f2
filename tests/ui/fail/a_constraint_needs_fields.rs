use orm::prelude::*;

#[derive(Model)]
#[orm(unique)]
struct User {
    #[orm(primary_key)]
    id: i64,
    name: String,
}

fn main() {
    let _ = |row: Cols<User>| row.id.eq(1);
}
