use orm::prelude::*;

struct Post;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Post)]
    first_id: i64,
    #[orm(belongs_to = "first_id")]
    first: BelongsTo<Post>,
}

fn main() {
    let _ = |row: Cols<User>| row.id.eq(1);
}
