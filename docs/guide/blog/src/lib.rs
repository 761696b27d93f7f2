//! The models that the code of the guide uses: a small blog. Compiled with the guide's code, never run.

#![allow(missing_docs)] // the names of the fields say it

use orm::prelude::*;

/// Somebody who reads and writes.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "blog_users")]
pub struct User {
    #[orm(primary_key)]
    pub id: i64,
    #[orm(length = 50, unique)]
    pub name: String,
    pub age: Option<i32>,
    /// Earned by what was written, spent on what is read.
    pub points: i64,
    #[orm(version)]
    pub version: i64,
    #[orm(has_many, cascade = "all, delete-orphan")]
    pub posts: HasMany<Post>,
}

/// Something that somebody wrote.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "blog_posts")]
pub struct Post {
    #[orm(primary_key)]
    pub id: i64,
    pub title: String,
    #[orm(references = User, on_delete = "cascade")]
    pub author_id: i64,
    #[orm(belongs_to = "author_id")]
    pub author: BelongsTo<User>,
    pub status: Status,
    #[orm(many_to_many, through = "blog_post_tags")]
    pub tags: ManyToMany<Tag>,
}

/// What posts are about.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "blog_tags")]
pub struct Tag {
    #[orm(primary_key)]
    pub id: i64,
    #[orm(length = 50, unique)]
    pub name: String,
    #[orm(many_to_many, through = "blog_post_tags")]
    pub posts: ManyToMany<Post>,
}

/// How far a post is.
#[derive(ModelEnum, Debug, Default, Clone, Copy, PartialEq)]
pub enum Status {
    #[default]
    Draft,
    InReview,
    Published,
}
