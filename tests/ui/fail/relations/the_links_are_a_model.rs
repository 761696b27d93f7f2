use orm::prelude::*;

struct Link;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(many_to_many, through = Link)]
    posts: ManyToMany<Post>,
}

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
}

fn main() {
    let _ = |row: Cols<User>| row.posts().any(|post| post.id.eq(1));
}
