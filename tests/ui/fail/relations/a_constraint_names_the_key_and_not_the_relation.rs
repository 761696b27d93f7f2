use orm::prelude::*;


#[derive(Model)]
#[orm(unique(id, author))]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Post)]
    author_id: i64,
    #[orm(belongs_to = "author_id")]
    author: BelongsTo<Post>,
}

fn main() {}
