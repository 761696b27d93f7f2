use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key(length = 5))]
    id: String,
}

fn main() {}
