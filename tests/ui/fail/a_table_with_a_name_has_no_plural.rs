use orm::prelude::*;

#[derive(Model)]
#[orm(table = "people", plural = false)]
struct User {
    #[orm(primary_key)]
    id: i64,
}

fn main() {
    let _ = |row: Cols<User>| row.id.eq(1);
}
