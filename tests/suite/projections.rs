//! Projections: structs that say what a query reads. This file holds the models that the topics share.

mod collections;
mod errors;
mod fields;
mod references;

use orm::prelude::*;

use crate::harness::Database;

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "pro_teams")]
pub(crate) struct Team {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50)]
    name: String,
    #[orm(length = 50)]
    motto: Option<String>,
    #[orm(has_many)]
    members: HasMany<Member>,
}

#[derive(ModelEnum, Debug, Default, Clone, Copy, PartialEq)]
pub(crate) enum Rank {
    #[default]
    Guest,
    Regular,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "pro_members")]
pub(crate) struct Member {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50)]
    name: String,
    age: Option<i32>,
    rank: Rank,
    #[orm(references = Team)]
    team_id: Option<i64>,
    #[orm(belongs_to = "team_id")]
    team: BelongsTo<Option<Team>>,
    #[orm(has_many, order_by = "-id")]
    posts: HasMany<Post>,
    #[orm(has_one)]
    badge: HasOne<Badge>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "pro_badges")]
pub(crate) struct Badge {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50)]
    color: Option<String>,
    #[orm(references = Member, unique)]
    member_id: i64,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "pro_posts")]
pub(crate) struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50)]
    title: String,
    likes: i64,
    #[orm(references = Member)]
    author_id: i64,
    #[orm(belongs_to = "author_id")]
    author: BelongsTo<Member>,
    #[orm(many_to_many, through = "pro_post_tags")]
    tags: ManyToMany<Tag>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "pro_tags")]
pub(crate) struct Tag {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50)]
    label: String,
    #[orm(many_to_many, through = "pro_post_tags")]
    posts: ManyToMany<Post>,
}

pub(crate) type Club = (Team, Member, Badge, Post, Tag);

/// Two members in one team, one in none; four posts of the first two, with tags that several posts share.
pub(crate) async fn club(db: &Database) -> orm::Result<()> {
    db.create::<Club>().await?;
    let mut session = db.session();
    let reds = session.add(Team { name: "Reds".into(), ..Default::default() });
    let (rust, sql) = (tag("rust"), tag("sql"));
    let (rust, sql) = (session.add(rust), session.add(sql));
    let post = |title: &str, likes, tags: &[Handle<Tag>]| Post {
        title: title.into(),
        likes,
        tags: tags.to_vec().into(),
        ..Default::default()
    };
    session.add_all([
        Member {
            name: "Ann".into(),
            age: Some(31),
            rank: Rank::Regular,
            team: reds.into(),
            posts: [post("a1", 1, &[rust]), post("a2", 5, &[rust, sql]), post("a3", 3, &[])].into(),
            badge: Badge { color: Some("red".into()), ..Default::default() }.into(),
            ..Default::default()
        },
        Member {
            name: "Bob".into(),
            team: reds.into(),
            posts: [post("b1", 0, &[sql])].into(),
            badge: Badge::default().into(),
            ..Default::default()
        },
        Member { name: "Cid".into(), ..Default::default() },
    ]);
    session.commit().await
}

fn tag(label: &str) -> Tag {
    Tag { label: label.into(), ..Default::default() }
}
