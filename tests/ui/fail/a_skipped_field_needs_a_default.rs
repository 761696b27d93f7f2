use orm::prelude::*;

struct Cache;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(skip)]
    cache: Cache,
}

fn main() {
    let _ = |row: Cols<User>| row.id.eq(1);
}
