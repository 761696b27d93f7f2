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
    author_id: i64,
    #[orm(belongs_to)]
    author: BelongsTo<User>,
    #[orm(belongs_to = "")]
    editor: BelongsTo<User>,
    #[orm(belongs_to = "author_id & editor_id")]
    reader: BelongsTo<User>,
}

fn main() {
    let _ = |row: Cols<Post>| row.author().id.eq(1);
}
