use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: Option<Option<i64>>,
    name: String,
}

fn main() {}
