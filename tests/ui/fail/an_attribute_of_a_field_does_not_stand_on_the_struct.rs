use orm::prelude::*;

#[derive(Model)]
#[orm(primary_key)]
struct User {
    id: i64,
}

fn main() {
    let _ = |row: Cols<User>| row.id.eq(1);
}
