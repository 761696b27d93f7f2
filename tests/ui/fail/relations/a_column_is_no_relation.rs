use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many)]
    name: String,
    #[orm(has_many)]
    posts: Vec<Post>,
    #[orm(belongs_to = "friend_id")]
    friend: Option<Post>,
}

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = User)]
    author_id: i64,
}

fn main() {}
