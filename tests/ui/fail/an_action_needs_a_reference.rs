use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(on_delete = "cascade")]
    boss_id: Option<i64>,
}

fn main() {
    let _ = |row: Cols<User>| row.id.eq(1);
}
