//! Diesel's tables and structs, for both backends.

use bench_common::{Result, check, rows};
use diesel::prelude::*;

diesel::table! { users (id) { id -> BigInt, name -> Text, hair_color -> Nullable<Text>, } }
diesel::table! { posts (id) { id -> BigInt, user_id -> BigInt, title -> Text, body -> Nullable<Text>, } }
diesel::table! { comments (id) { id -> BigInt, post_id -> BigInt, text -> Text, } }
diesel::table! { ins (id) { id -> BigInt, name -> Text, hair_color -> Nullable<Text>, } }
diesel::table! { upd (id) { id -> BigInt, name -> Text, hair_color -> Nullable<Text>, } }
diesel::joinable!(posts -> users (user_id));
diesel::joinable!(comments -> posts (post_id));
diesel::allow_tables_to_appear_in_same_query!(users, posts, comments);

#[derive(Debug, Queryable, Identifiable, Selectable)]
#[diesel(table_name = users)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) hair_color: Option<String>,
}

#[derive(Debug, Queryable, Identifiable, Selectable, Associations)]
#[diesel(table_name = posts, belongs_to(User, foreign_key = user_id))]
pub(crate) struct Post {
    pub(crate) id: i64,
    pub(crate) user_id: i64,
    pub(crate) title: String,
    pub(crate) body: Option<String>,
}

#[derive(Debug, Queryable, Identifiable, Selectable, Associations)]
#[diesel(table_name = comments, belongs_to(Post, foreign_key = post_id))]
pub(crate) struct Comment {
    pub(crate) id: i64,
    pub(crate) post_id: i64,
    pub(crate) text: String,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = ins)]
pub(crate) struct NewRow {
    name: String,
    hair_color: Option<String>,
}

pub(crate) fn new_rows(count: usize) -> Vec<NewRow> {
    rows::new_rows(count).map(|(name, hair_color)| NewRow { name, hair_color }).collect()
}

/// The only value of a raw query.
#[derive(QueryableByName)]
pub(crate) struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub(crate) number: i64,
}

impl Number {
    pub(crate) fn query(query: &str) -> String {
        format!("SELECT ({query}) AS number")
    }
}

pub(crate) type Tree = Vec<(User, Vec<(Post, Vec<Comment>)>)>;

pub(crate) fn tree(users: Vec<User>, posts: Vec<Post>, comments: Vec<Comment>) -> Tree {
    let comments = comments.grouped_by(&posts);
    let posts = posts.into_iter().zip(comments).grouped_by(&users);
    users.into_iter().zip(posts).collect()
}

pub(crate) fn check_users(users: &[User], count: i64) -> Result {
    check::users(users.iter().map(columns_of_user), count)
}

pub(crate) fn check_join(pairs: &[(User, Post)]) -> Result {
    check::join(pairs.iter().map(|(user, post)| (columns_of_user(user), columns_of_post(post))))
}

pub(crate) fn check_tree(tree: &Tree) -> Result {
    let mut check = check::EagerLoad::default();
    for (user, posts) in tree {
        check.user(columns_of_user(user))?;
        for (post, comments) in posts {
            check.post(user.id, columns_of_post(post))?;
            for comment in comments {
                check.comment(post.id, (comment.id, comment.post_id, &comment.text))?;
            }
        }
    }
    check.finish()
}

fn columns_of_user(user: &User) -> check::UserRow<'_> {
    (user.id, &user.name, user.hair_color.as_deref())
}

fn columns_of_post(post: &Post) -> check::PostRow<'_> {
    (post.id, post.user_id, &post.title, post.body.as_deref())
}
