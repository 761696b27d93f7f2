use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(default = true)]
    active: bool,
}

fn main() {
    let _ = |row: Cols<User>| row.id.eq(1);
}
