use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many)]
    posts: HasMany<Post>,
}

fn main() {}
