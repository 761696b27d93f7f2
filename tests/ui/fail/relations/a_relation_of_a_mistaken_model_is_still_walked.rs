use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many, vai = "author_id")]
    posts: HasMany<Post>,
    #[orm(primary_kye)]
    other: i64,
}

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = User)]
    author_id: i64,
    #[orm(belongs_to = "author_id", ordr_by = "id")]
    author: BelongsTo<User>,
}

fn main() {
    let _ = |row: Cols<Post>| row.author().posts().any(|post| post.author().id.eq(1));
}
