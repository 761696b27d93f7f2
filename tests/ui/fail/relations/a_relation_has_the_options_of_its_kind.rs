use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_one, order_by = "id")]
    best: HasOne<Post>,
    #[orm(many_to_many, through = "user_posts", passive_deletes)]
    posts: ManyToMany<Post>,
}

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = User)]
    author_id: i64,
    #[orm(belongs_to = "author_id", via = "posts", order_by = "id", passive_deletes)]
    author: BelongsTo<User>,
}

fn main() {
    let _ = |row: Cols<User>| row.posts().any(|post| post.id.eq(1));
}
