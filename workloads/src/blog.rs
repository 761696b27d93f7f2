//! Three tables that hang on each other, a hundred rows times ten times ten: what is loaded eagerly.

use orm::prelude::*;

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "users")]
pub(crate) struct User {
    #[orm(primary_key)]
    pub(crate) id: i64,
    name: String,
    nick: Option<String>,
    #[orm(has_many)]
    pub(crate) posts: HasMany<Post>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "posts")]
pub(crate) struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = User, index)]
    user_id: i64,
    #[orm(belongs_to = "user_id")]
    user: BelongsTo<User>,
    title: String,
    body: Option<String>,
    #[orm(has_many)]
    pub(crate) comments: HasMany<Comment>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "comments")]
pub(crate) struct Comment {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Post, index)]
    post_id: i64,
    #[orm(belongs_to = "post_id")]
    post: BelongsTo<Post>,
    text: String,
}

/// Writes the rows.
pub(crate) async fn fill(engine: &AnyEngine) -> orm::Result<()> {
    let mut session = engine.session();
    for number in 0..100 {
        let mut user = User { name: format!("User {number}"), ..Default::default() };
        for number in 0..10 {
            let body = (number % 2 == 0).then(|| "body of this post".to_owned());
            let mut post = Post { title: format!("Post {number} by user"), body, ..Default::default() };
            for number in 0..10 {
                let text = format!("Comment {number} for post");
                post.comments.push(Comment { text, ..Default::default() });
            }
            user.posts.push(post);
        }
        session.add(user);
    }
    session.commit().await
}
