//! A JSON feed over HTTP: an axum handler reads a projection, page by page, and serde writes it out as it is.
//!
//! ```text
//! cargo run --example 06_json_feed
//! cargo run --example 06_json_feed --features mysql -- --database mysql://user:secret@host/database
//! ```
//!
//! The program starts the server on a free port of this machine, asks it for pages as any client would, checks what comes
//! back, and ends. In a database of yours it creates and drops tables whose names start with `feed_`, and no others.

use std::net::SocketAddr;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use orm::Metadata;
use orm::prelude::*;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

// What is stored.

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "feed_authors")]
struct Author {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50)]
    name: String,
    #[orm(length = 100)]
    email: String, // nobody's business: no projection below names it, so no statement reads it
    #[orm(has_many)]
    posts: HasMany<Post>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "feed_posts")]
struct Post {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 100)]
    title: String,
    body: String, // long: the feed leaves it in the database
    #[orm(references = Author)]
    author_id: i64,
    #[orm(belongs_to = "author_id")]
    author: BelongsTo<Author>,
    #[orm(has_many, order_by = "id")]
    comments: HasMany<Comment>,
    #[orm(many_to_many, through = "feed_post_tags")]
    tags: ManyToMany<Tag>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "feed_comments")]
struct Comment {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 200)]
    text: String,
    #[orm(references = Post)]
    post_id: i64,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "feed_tags")]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50, unique)]
    label: String,
    #[orm(many_to_many, through = "feed_post_tags")]
    posts: ManyToMany<Post>,
}

// What is served: plain structs, so serde writes them.

/// One entry of the feed.
#[derive(Projection, Serialize)]
#[orm(from = Post)]
struct Entry {
    id: i64,
    title: String,
    author: Byline,
    #[orm(expr = |p| p.comments().count())]
    comments_count: i64,
    #[orm(expr = |p| p.comments().order_by(|c| c.id.desc()).limit(2))]
    latest_comments: Vec<CommentLine>,
    tags: Vec<TagLine>,
}

#[derive(Projection, Serialize)]
#[orm(from = Author)]
struct Byline {
    name: String,
}

#[derive(Projection, Serialize)]
#[orm(from = Comment)]
struct CommentLine {
    text: String,
}

#[derive(Projection, Serialize)]
#[orm(from = Tag)]
struct TagLine {
    label: String,
}

/// What a client asks for: `/feed?after=20&limit=10`.
#[derive(Deserialize)]
struct PageRequest {
    #[serde(default)]
    after: i64,
    limit: Option<u64>,
}

#[derive(Serialize)]
struct Page {
    entries: Vec<Entry>,
    /// Where the next page starts; none on the last one.
    next: Option<i64>,
}

/// The handler. It asks for one entry more than the page has: whether there is one says whether there is a next page.
async fn feed(
    State(engine): State<AnyEngine>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page>, Failure> {
    let limit = page.limit.unwrap_or(10).clamp(1, 50);
    let mut entries = engine
        .query::<Post>()
        .filter(|p| p.id.gt(page.after))
        .order_by(|p| p.id.asc())
        .limit(limit + 1)
        .project::<Entry>()
        .all()
        .await?;
    let more = entries.len() as u64 > limit;
    entries.truncate(limit as usize);
    let next = entries.last().filter(|_| more).map(|entry| entry.id);
    Ok(Json(Page { entries, next }))
}

/// An error of the database is told to the log, not to the client.
struct Failure(orm::Error);

impl From<orm::Error> for Failure {
    fn from(error: orm::Error) -> Self {
        Failure(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        eprintln!("the feed failed: {}", self.0);
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = orm::create_engine(&database()).await?;
    let tables = Metadata::empty().with::<Author>().with::<Post>().with::<Comment>().with::<Tag>();
    tables.create_all(&engine).await?;
    fill(&engine).await?;

    let app = Router::new().route("/feed", get(feed)).with_state(engine.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(async move {
        axum::serve(listener, app)
            .with_graceful_shutdown(async {
                let _ = stopped.await;
            })
            .await
    });
    println!("serving http://{address}/feed");

    // All pages, one after the other.
    let before = engine.statement_count();
    let (mut after, mut pages, mut titles) = (0, 0, Vec::new());
    loop {
        let (status, body) = ask(address, &format!("/feed?after={after}&limit=10")).await?;
        assert_eq!(status, 200, "{body}");
        assert!(!body.contains("@example.org"), "an address got out: {body}");
        let page: serde_json::Value = serde_json::from_str(&body)?;
        for entry in page["entries"].as_array().expect("a page has entries") {
            titles.push(entry["title"].as_str().expect("an entry has a title").to_owned());
        }
        pages += 1;
        match page["next"].as_i64() {
            Some(next) => after = next,
            None => break,
        }
    }
    let statements = engine.statement_count() - before;
    println!("{} entries on {pages} pages, with {statements} statements", titles.len());
    let expected: Vec<String> = (1..=25).map(|number| format!("Post {number}")).collect();
    assert_eq!(titles, expected);
    // The posts with their authors, the comments, the tags: three a page, however many rows there are.
    assert_eq!((pages, statements), (3, 9));

    // One entry, as it is on the wire.
    let (_, body) = ask(address, "/feed?after=3&limit=1").await?;
    println!("{body}");
    let expected = concat!(
        r#"{"entries":[{"id":4,"title":"Post 4","author":{"name":"Ann"},"comments_count":4,"#,
        r#""latest_comments":[{"text":"comment 4"},{"text":"comment 3"}],"#,
        r#""tags":[{"label":"even"},{"label":"square"}]}],"next":4}"#
    );
    assert_eq!(body, expected);

    // Many clients at once; one that asks for nonsense; one that asks for too much.
    let mut clients = Vec::new();
    for start in 0..20 {
        clients.push(tokio::spawn(async move {
            ask(address, &format!("/feed?after={start}&limit=3")).await.map_err(|error| error.to_string())
        }));
    }
    for (start, client) in clients.into_iter().enumerate() {
        let (status, body) = client.await??;
        let page: serde_json::Value = serde_json::from_str(&body)?;
        assert_eq!((status, page["entries"][0]["id"].as_u64()), (200, Some(start as u64 + 1)));
    }
    assert_eq!(ask(address, "/feed?after=yesterday").await?.0, 400);
    let (_, body) = ask(address, "/feed?limit=1000000").await?;
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&body)?["entries"].as_array().map(Vec::len),
        Some(25)
    );
    assert_eq!(ask(address, "/feed?after=25").await?.1, r#"{"entries":[],"next":null}"#);
    println!("every answer was as expected");

    let _ = stop.send(());
    server.await??;
    tables.drop_all(&engine).await?;
    engine.close().await;
    Ok(())
}

/// 25 posts of two authors: the fourth has four comments, the even ones are tagged so, and so are the squares.
async fn fill(engine: &AnyEngine) -> orm::Result<()> {
    let mut session = engine.session();
    let author = |name: &str| Author {
        name: name.into(),
        email: format!("{}@example.org", name.to_lowercase()),
        ..Default::default()
    };
    let (ann, bob) = (session.add(author("Ann")), session.add(author("Bob")));
    let tag = |label: &str| Tag { label: label.into(), ..Default::default() };
    let (even, square) = (session.add(tag("even")), session.add(tag("square")));
    for number in 1..=25 {
        let mut tags = Vec::new();
        if number % 2 == 0 {
            tags.push(even);
        }
        if [1, 4, 9, 16, 25].contains(&number) {
            tags.push(square);
        }
        let comments = (1..=number)
            .map(|count| Comment { text: format!("comment {count}"), ..Default::default() })
            .collect();
        session.add(Post {
            title: format!("Post {number}"),
            body: "long ".repeat(1000),
            author: if number % 2 == 0 { ann.into() } else { bob.into() },
            comments,
            tags: tags.into(),
            ..Default::default()
        });
    }
    session.commit().await
}

/// The least of HTTP: one GET on a connection of its own. Gives the status and the body.
async fn ask(address: SocketAddr, path: &str) -> std::io::Result<(u16, String)> {
    let mut connection = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await?;
    let malformed = || std::io::Error::other(format!("no answer of HTTP: {answer}"));
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(malformed)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(malformed)?;
    Ok((status, body.to_owned()))
}

/// The URL behind `--database`, or a database in memory.
fn database() -> String {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => "sqlite::memory:".into(),
        (Some("--database"), Some(url)) => url,
        _ => {
            eprintln!("usage: 06_json_feed [--database URL]");
            std::process::exit(2)
        }
    }
}
