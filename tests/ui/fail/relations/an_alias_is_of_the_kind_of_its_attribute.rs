use orm::prelude::*;

type Posts = ManyToMany<Post>;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many)]
    posts: Posts,
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
