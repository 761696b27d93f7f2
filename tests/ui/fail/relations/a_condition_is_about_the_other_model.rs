use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many, view_only, filter = is_old)]
    posts: HasMany<Post>,
    #[orm(has_many, view_only, filter = nothing)]
    others: HasMany<Post>,
}

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = User)]
    author_id: i64,
}

fn is_old(user: Cols<User>) -> Expr<bool> {
    user.id.gt(1)
}

fn main() {}
