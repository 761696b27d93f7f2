//! A tour of the library, on a database in memory: nothing to install, nothing left behind.
//!
//! ```text
//! cargo run --example 01_quickstart
//! cargo run --example 01_quickstart --features mysql -- --database mysql://user:secret@host/database
//! ```
//!
//! In a database of yours it drops and creates the tables `quickstart_users` and `quickstart_posts`, and no others.

use orm::prelude::*;
use orm::{ErrorKind, Metadata};

#[derive(Model, Debug, Default)]
#[orm(table = "quickstart_users")]
struct User {
    #[orm(primary_key)] // an integer key is made by the database; 0 is "not yet"
    id: i64,
    #[orm(length = 50, unique)]
    name: String,
    age: Option<i32>, // an `Option` is a column that takes NULL
    #[orm(version)] // counts the writes of a row, so that no writer overwrites another unseen
    version: i64,
}

#[derive(Model, Debug, Default)]
#[orm(table = "quickstart_posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    title: String,
    #[orm(references = User, on_delete = "cascade")]
    author_id: i64,
}

#[tokio::main]
async fn main() -> orm::Result<()> {
    let engine = orm::create_engine(&database()).await?;
    println!("connected to {}", engine.target().address);

    // Every derived model of the program is in `orm::metadata()`. This program lists its own, for it drops them first.
    let tables = Metadata::empty().with::<User>().with::<Post>();
    tables.drop_all(&engine).await?;
    tables.create_all(&engine).await?;

    heading("Add objects, commit once");
    // The session owns the objects and gives handles: small, `Copy`, and good before the row has a key.
    let mut session = engine.session();
    let ann = session.add(User { name: "Ann".into(), age: Some(30), ..Default::default() });
    let bob = session.add(User { name: "Bob".into(), ..Default::default() });
    println!("the plan:\n{}", session.plan()?); // nothing is sent yet
    session.commit().await?;
    println!("Ann has key {}, Bob has key {}", session[ann].id, session[bob].id);

    heading("Change fields, commit once");
    let log = engine.log_statements(); // keeps what is sent from here on
    session[ann].age = Some(31); // plain assignment is change tracking
    session[bob].name = "Bob".into(); // the same value again is no change
    for change in session.changes(ann) {
        println!("Ann's {change}");
    }
    let author_id = session[ann].id;
    for title in ["Hello", "Hello again", "Goodbye"] {
        session.add(Post { title: title.into(), author_id, ..Default::default() });
    }
    session.commit().await?;
    println!("sent:\n{}", log.take_sql().join("\n"));

    heading("Query");
    // A closure names the columns, and the compiler checks what is compared with what.
    let hellos = session
        .query::<Post>()
        .filter(|p| p.author_id.eq(author_id) & p.title.starts_with("Hello"))
        .order_by(|p| p.title.desc())
        .all()
        .await?;
    for post in &hellos {
        println!("post {}: {}", session[post].id, session[post].title);
    }
    // One row, one object: a query that meets Ann's row gives the handle that is there already.
    let again = session.query::<User>().filter(|u| u.age.gt(30)).one().await?;
    println!("the same handle: {}", again == ann);
    println!("users without an age: {}", session.query::<User>().filter(|u| u.age.eq(None)).count().await?);

    heading("The engine does not track");
    // The same query gives plain structs from the engine, and `get`, `insert`, `delete` work on both.
    let mut plain = engine.clone();
    let cleo = User { name: "Cleo".into(), age: Some(17), ..Default::default() }.insert(&mut plain).await?;
    let minors: Vec<User> = engine.query::<User>().filter(|u| u.age.lt(18)).all().await?;
    println!("{minors:?}");
    println!("deleted: {}", User::delete(&mut plain, cleo.id).await?);

    heading("A failure writes nothing");
    session[ann].age = Some(32);
    let second = session.add(User { name: "Bob".into(), ..Default::default() });
    let error = session.commit().await.expect_err("Bob is there already");
    println!("{error}");
    assert!(matches!(error.kind(), ErrorKind::Unique { .. }));
    session.rollback().await?; // objects are what they were before; new ones keep their values and can be added again
    println!("Ann is {:?} again, the second Bob is {:?}", session[ann].age, session.state(second));
    session[second].name = "Bob the second".into();
    session.add(second);
    session.commit().await?;

    heading("Two rows swap a unique value");
    // The plan finds an order that the unique constraint allows.
    let (one, other) = (session[bob].name.clone(), session[second].name.clone());
    session[bob].name = other;
    session[second].name = one;
    println!("{}", session.plan()?);
    session.commit().await?;

    heading("Somebody else was faster");
    let mut elsewhere = engine.session();
    let their_ann = elsewhere.get::<User>(author_id).await?.expect("Ann is there");
    elsewhere[their_ann].age = Some(40);
    elsewhere.commit().await?;
    session[ann].age = Some(33); // on what this session read before
    let error = session.commit().await.expect_err("the version column tells");
    println!("{error}");
    session.rollback().await?;
    session.refresh(ann).await?;
    println!("Ann is {:?} by now", session[ann].age);

    heading("Delete");
    session.delete(ann); // her posts go as well: `on_delete = \"cascade\"` is the database's own
    session.commit().await?;
    println!("posts that are left: {}", engine.query::<Post>().count().await?);
    println!("Ann's handle gives {:?}", session.get_ref(ann).map(|user| &user.name));
    Ok(())
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
