use orm::prelude::*;

struct Post;

#[derive(Model)]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many)]
    posts: HasMany<Post>,
    #[orm(references = User)]
    friend_id: i64,
    #[orm(has_one)]
    post: HasOne<Post>,
    #[orm(many_to_many, through = "user_posts")]
    drafts: ManyToMany<Post>,
}

fn main() {
    let _ = |row: Cols<User>| row.id.eq(1);
}
