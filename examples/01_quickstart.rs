//! A tour of the library, on a database in memory: nothing to install, nothing left behind.
//!
//! ```text
//! cargo run --example 01_quickstart
//! cargo run --example 01_quickstart --features mysql -- --database mysql://user:secret@host/database
//! ```
//!
//! In a database of yours it creates and drops tables whose names start with `quickstart_`, and no others.

use orm::prelude::*;
use orm::{ErrorKind, Metadata};

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "quickstart_users")]
struct User {
    #[orm(primary_key)] // an integer key is made by the database; 0 is "not yet"
    id: i64,
    #[orm(length = 50, unique)]
    name: String,
    age: Option<i32>, // an `Option` is a column that takes NULL
    #[orm(version)] // counts the writes of a row, so that no writer overwrites another unseen
    version: i64,
    #[orm(has_many, cascade = "all, delete-orphan")] // posts are saved and deleted with their author
    posts: HasMany<Post>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "quickstart_posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    title: String,
    #[orm(references = User)]
    author_id: i64,
    #[orm(belongs_to = "author_id")]
    author: BelongsTo<User>,
    #[orm(many_to_many, through = "quickstart_post_tags")] // the table of links needs no struct
    tags: ManyToMany<Tag>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "quickstart_tags")]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50, unique)]
    label: String,
}

fn post(title: &str) -> Post {
    Post { title: title.into(), ..Default::default() }
}

#[tokio::main]
async fn main() -> orm::Result<()> {
    let engine = orm::create_engine(&database()).await?;
    println!("connected to {}", engine.target().address);

    // Every derived model of the program is in `orm::metadata()`. This program lists its own, for it drops them as well.
    let tables = Metadata::empty().with::<User>().with::<Post>().with::<Tag>();
    tables.drop_all(&engine).await?;
    tables.create_all(&engine).await?;

    heading("One commit writes a graph");
    // The session owns the objects and gives handles: small, `Copy`, and good before the row has a key.
    let mut session = engine.session();
    let rust = session.add(Tag { label: "rust".into(), ..Default::default() });
    let ann = session.add(User {
        name: "Ann".into(),
        age: Some(30),
        posts: [Post { tags: [rust].into(), ..post("Hello") }, post("Goodbye")].into(),
        ..Default::default()
    });
    let bob = session.add(User { name: "Bob".into(), age: Some(17), ..Default::default() });
    println!("{}", session.plan()?); // what commit would write; nothing is sent yet
    session.commit().await?;
    println!("Ann has key {}, Bob has key {}", session[ann].id, session[bob].id);

    heading("Change fields and collections, commit once");
    let log = engine.log_statements(); // keeps what is sent from here on
    session[ann].age = Some(31); // plain assignment is change tracking
    session[bob].name = "Bob".into(); // the same value again is no change
    session[ann].posts.push(post("Hello again"));
    session.add(Post { author: bob.into(), tags: [rust].into(), ..post("Help!") }); // from the other side
    session.commit().await?;
    println!("{}", log.take_sql().join("\n"));

    heading("Query");
    // A closure names columns and relations, and the compiler checks what is compared with what.
    let mut session = engine.session();
    let adults = session
        .query::<User>()
        .filter(|u| u.age.ge(18) & u.posts().any(|p| p.title.like("He%")))
        .order_by(|u| u.name.asc())
        .with(|u| u.posts().tags()) // two more statements, however many users there are
        .all()
        .await?;
    for user in &adults {
        for post in session[user].posts.iter(&session)? {
            let labels: Vec<&str> = post.tags.iter(&session)?.map(|tag| tag.label.as_str()).collect();
            println!("{}: {} {labels:?}", session[user].name, post.title);
        }
    }
    let by_bob = session.query::<Post>().filter(|p| p.author().name.eq("Bob")).all().await?; // joins by itself
    println!("Bob wrote {:?}", session[by_bob[0]].title);
    // One row, one object: a query that meets Ann's row again gives the handle that is there already.
    let ann = session.query::<User>().filter(|u| u.name.eq("Ann")).one().await?;
    println!("the same handle: {}", ann == adults[0]);

    heading("The engine does not track");
    let minors: Vec<User> = engine.query::<User>().filter(|u| u.age.lt(18)).with(|u| u.posts()).all().await?;
    for post in minors[0].posts.iter_owned()? {
        println!("{} wrote {:?}", minors[0].name, post.title);
    }
    let cleo = engine.insert(User { name: "Cleo".into(), ..Default::default() }).await?;
    println!("Cleo has key {}, and is deleted: {}", cleo.id, engine.delete::<User>(cleo.id).await?);

    heading("A failure writes nothing");
    session[ann].age = Some(32);
    session.add(User { name: "Bob".into(), ..Default::default() });
    let error = session.commit().await.expect_err("Bob is there already");
    println!("{error}");
    assert!(matches!(error.kind(), ErrorKind::Unique { .. }));
    session.rollback().await?; // objects are what they were before
    println!("Ann is {:?} again", session[ann].age);

    heading("Somebody else was faster");
    let mut elsewhere = engine.session();
    let their_ann = elsewhere.query::<User>().filter(|u| u.name.eq("Ann")).one().await?;
    elsewhere[their_ann].age = Some(40);
    elsewhere.commit().await?;
    session[ann].age = Some(33); // on what this session read before
    println!("{}", session.commit().await.expect_err("the version column tells"));
    session.rollback().await?;
    session.refresh(ann).await?;
    println!("Ann is {:?} by now", session[ann].age);

    heading("Delete");
    session.load(ann, |u| u.posts().tags()).await?; // for the plan, which sends nothing; a commit looks up what it needs
    session.delete(ann);
    println!("{}", session.plan()?);
    session.commit().await?;
    println!("posts that are left: {}", engine.query::<Post>().count().await?);
    println!("Ann's handle says {:?}", session.state(ann));
    tables.drop_all(&engine).await
}

/// The URL behind `--database`, or a database in memory.
fn database() -> String {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => "sqlite::memory:".into(),
        (Some("--database"), Some(url)) => url,
        _ => {
            eprintln!("usage: 01_quickstart [--database URL]");
            std::process::exit(2)
        }
    }
}

fn heading(text: &str) {
    println!("\n== {text}");
}
