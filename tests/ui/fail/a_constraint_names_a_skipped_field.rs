use orm::prelude::*;

#[derive(Model)]
#[orm(index(id, cache))]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(skip)]
    cache: String,
}

fn main() {
    let _ = |row: Cols<User>| row.id.eq(1);
}
