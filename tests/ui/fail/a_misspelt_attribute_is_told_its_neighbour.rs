use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primry_key)]
    id: i64,
}

fn main() {
    let _ = |row: Cols<User>| row.id.eq(1);
}
