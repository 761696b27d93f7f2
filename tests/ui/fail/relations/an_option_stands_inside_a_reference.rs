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
    #[orm(references = User)]
    author_id: Option<i64>,
    #[orm(belongs_to = "author_id")]
    author: Option<BelongsTo<User>>,
    #[orm(has_one)]
    first: HasOne<Option<User>>,
    #[orm(has_many)]
    posts: Vec<HasMany<Post>>,
    editor: Option<BelongsTo<User>>,
}

fn main() {}
