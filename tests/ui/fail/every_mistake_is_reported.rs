use orm::prelude::*;

#[derive(Model)]
#[orm(tabel = "people")]
struct User {
    #[orm(primary_key, version)]
    id: i64,
    #[orm(length = 0, uniqe)]
    name: String,
    #[orm(default = 0)]
    age: i32,
}

fn main() {
    let _ = |row: Cols<User>| row.id.eq(1);
}
