use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    home: Option<std::collections::HashMap<String, i64>>,
}

fn main() {}
