use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many, via = "")]
    posts: HasMany<Post>,
    #[orm(has_many, via = "author_id, -editor_id")]
    drafts: HasMany<Post>,
    #[orm(has_many, via = author_id)]
    notes: HasMany<Post>,
}

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = User)]
    author_id: i64,
}

fn main() {
    let _ = |row: Cols<User>| row.posts().any(|post| post.id.eq(1));
}
