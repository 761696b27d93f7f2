use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many, load = "rise")]
    posts: HasMany<Post>,
    #[orm(has_one, load = "lazily")]
    post: HasOne<Post>,
}

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = User)]
    user_id: i64,
}

fn main() {}
