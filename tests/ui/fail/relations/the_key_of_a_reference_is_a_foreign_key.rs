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
    author_id: i64,
    #[orm(belongs_to = "author_id")]
    author: BelongsTo<User>,
}

fn main() {
    let _ = |row: Cols<Post>| row.author().id.eq(1);
}
