//! Models of one crate that refer to models of another: the blog of the guide, and what is built on it here.

use blog::{Post, Tag, User};
use orm::prelude::*;

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "cr_profiles")]
struct Profile {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50)]
    motto: String,
    #[orm(references = User, unique)]
    user_id: i64,
    #[orm(belongs_to = "user_id")]
    user: BelongsTo<User>,
    #[orm(references = blog::User::name, length = 50)]
    mentor_name: Option<String>,
    #[orm(belongs_to = "mentor_name")]
    mentor: BelongsTo<Option<blog::User>>,
    #[orm(many_to_many, through = "cr_interests")]
    interests: ManyToMany<Tag>,
    #[orm(many_to_many, through = Mention)]
    mentions: ManyToMany<Post>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "cr_mentions")]
struct Mention {
    #[orm(primary_key, references = Profile)]
    profile_id: i64,
    #[orm(primary_key, references = Post)]
    post_id: i64,
}

case!(relations_lead_from_one_crate_into_another, |db| {
    db.create::<(User, Post, Tag, Profile, Mention)>().await?;
    let mut session = db.session();
    let rust = session.add(Tag { name: "rust".into(), ..Default::default() });
    let first = Post { title: "First".into(), tags: [rust].into(), ..Default::default() };
    let ann = session.add(User { name: "Ann".into(), posts: [first].into(), ..Default::default() });
    let bob = User { name: "Bob".into(), ..Default::default() };
    let profile = session.add(Profile {
        motto: "on".into(),
        user: bob.into(),
        mentor: ann.into(),
        interests: [rust].into(),
        ..Default::default()
    });
    session.flush().await?;
    let post = session[ann].posts.handles()?[0];
    session[profile].mentions.push(post);
    session.commit().await?;
    assert_eq!(session[profile].mentor_name.as_deref(), Some("Ann"));

    let read = db
        .engine()
        .query::<Profile>()
        .filter(|p| p.user().name.eq("Bob") & p.mentor().posts().any(|post| post.tags().exists()))
        .with(|p| (p.user(), p.mentor().posts(), p.interests(), p.mentions().author()))
        .one()
        .await?;
    assert_eq!(read.user.get_owned()?.name, "Bob");
    assert_eq!(read.mentor.get_owned()?.map(|mentor| mentor.posts.len()).transpose()?, Some(1));
    assert_eq!(read.interests.len()?, 1);
    let mentioned = read.mentions.iter_owned()?.next().expect("there is one");
    assert_eq!(mentioned.author.get_owned()?.name, "Ann");
});
