use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
}

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Post)]
    author_id: i64,
    #[orm(belongs_to = "author_id")]
    author: BelongsTo<User>,
}

fn main() {}
