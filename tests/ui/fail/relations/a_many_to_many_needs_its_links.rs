use orm::prelude::*;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(many_to_many)]
    posts: ManyToMany<Post>,
    #[orm(many_to_many, through)]
    drafts: ManyToMany<Post>,
    #[orm(many_to_many, through = "")]
    notes: ManyToMany<Post>,
}

#[derive(Model)]
struct Post {
    #[orm(primary_key)]
    id: i64,
}

fn main() {
    let _ = |row: Cols<User>| row.posts().any(|post| post.id.eq(1));
}
