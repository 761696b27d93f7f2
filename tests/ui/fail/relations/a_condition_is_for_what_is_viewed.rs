use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many, filter = is_long)]
    posts: HasMany<Post>,
    #[orm(has_many, view_only, filter = "is_long")]
    others: HasMany<Post>,
}

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = User)]
    author_id: i64,
    #[orm(belongs_to = "author_id", view_only, filter = is_short)]
    author: BelongsTo<User>,
}

fn is_long(post: Cols<Post>) -> Expr<bool> {
    post.id.gt(1)
}

fn is_short(user: Cols<User>) -> Expr<bool> {
    user.id.gt(1)
}

fn main() {
    let _ = (is_long, is_short);
}
