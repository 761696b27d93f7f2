use orm::prelude::*;

struct Point;

#[derive(ModelType)]
struct Email(Point);

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    email: Email,
}

fn main() {
    let _ = |row: Cols<User>| row.email.is_null();
}
