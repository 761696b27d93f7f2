//! A tree in one table: folders that refer to their parents.
//!
//! ```text
//! cargo run --example 04_tree
//! cargo run --example 04_tree --features mysql -- --database mysql://user:secret@host/database
//! ```
//!
//! In a database of yours it creates and drops the table `tree_folders`, and no other.

use orm::Metadata;
use orm::prelude::*;

#[derive(Model, Debug, Default)]
#[orm(table = "tree_folders")]
struct Folder {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50)]
    name: String,
    #[orm(references = Folder)]
    parent_id: Option<i64>,
    #[orm(belongs_to = "parent_id")]
    parent: BelongsTo<Option<Folder>>,
    #[orm(has_many, cascade = "all, delete-orphan", order_by = "name")]
    // what is inside goes with its folder
    children: HasMany<Folder>,
}

fn folder<const N: usize>(name: &str, children: [Folder; N]) -> Folder {
    Folder { name: name.into(), children: children.into(), ..Default::default() }
}

#[tokio::main]
async fn main() -> orm::Result<()> {
    let engine = orm::create_engine(&database()).await?;
    let tables = Metadata::empty().with::<Folder>();
    tables.drop_all(&engine).await?;
    tables.create_all(&engine).await?;

    heading("Build");
    let mut session = engine.session();
    session.add(folder(
        "home",
        [
            folder(
                "documents",
                [folder("letters", []), folder("taxes", [folder("2024", []), folder("2025", [])])],
            ),
            folder("music", []),
            folder("pictures", [folder("holidays", [folder("sea", []), folder("mountains", [])])]),
        ],
    ));
    println!("{}", session.plan()?); // parents first, and a key is handed down as soon as it is known
    let before = engine.statement_count();
    session.commit().await?;
    println!("statements: {}", engine.statement_count() - before);

    heading("Load to a depth, and wholly");
    let mut session = engine.session(); // a fresh one, that knows nothing yet
    let before = engine.statement_count();
    let home = session
        .query::<Folder>()
        .filter(|f| f.parent_id.is_null())
        .with(|f| f.children().depth(2)) // one statement for each level
        .one()
        .await?;
    println!("two levels in {} statements", engine.statement_count() - before);
    show(&session, home)?;
    let before = engine.statement_count();
    session.load(home, |f| f.children().recursive()).await?; // what is left, in one recursive statement
    println!("the rest in {} statement", engine.statement_count() - before);
    show(&session, home)?;

    heading("Move a subtree");
    let pictures = find(&mut session, "pictures").await?;
    let taxes = find(&mut session, "taxes").await?;
    session[taxes].parent = pictures.into(); // the children of both parents follow, and what is below stays below
    let log = engine.log_statements();
    session.commit().await?;
    println!("{}", log.take_sql().join("\n"));
    show(&session, home)?;

    heading("Look up");
    let leaf =
        engine.query::<Folder>().filter(|f| f.name.eq("2025")).with(|f| f.parent().recursive()).one().await?;
    let mut way = leaf.name.clone();
    let mut above = &leaf;
    while let Some(parent) = above.parent.get_owned()? {
        way = format!("{}/{way}", parent.name);
        above = parent;
    }
    println!("{way}");

    heading("Ask about neighbours");
    let below = session.query::<Folder>().filter(|f| f.parent().name.eq("pictures")).count().await?;
    let leaves = session.query::<Folder>().filter(|f| !f.children().exists()).count().await?;
    println!("in pictures: {below}, without anything inside: {leaves}");

    heading("Delete a subtree");
    session.delete(pictures);
    session.commit().await?; // deepest first
    show(&session, home)?;
    println!("folders that are left: {}", engine.query::<Folder>().count().await?);
    tables.drop_all(&engine).await
}

async fn find(session: &mut UnitOfWork, name: &str) -> orm::Result<Handle<Folder>> {
    session.query::<Folder>().filter(|f| f.name.eq(name)).one().await
}

fn show(session: &UnitOfWork, root: Handle<Folder>) -> orm::Result<()> {
    println!("{}", session[root].name);
    show_below(session, &session[root], "")
}

fn show_below(session: &UnitOfWork, folder: &Folder, indent: &str) -> orm::Result<()> {
    if !folder.children.is_loaded() {
        println!("{indent}└─ .."); // reading what is not loaded is an error, never an empty list
        return Ok(());
    }
    let mut children = folder.children.iter(session)?.peekable();
    while let Some(child) = children.next() {
        let (branch, below) =
            if children.peek().is_some() { ("├─ ", "│  ") } else { ("└─ ", "   ") };
        println!("{indent}{branch}{}", child.name);
        show_below(session, child, &format!("{indent}{below}"))?;
    }
    Ok(())
}

/// The URL behind `--database`, or a database in memory.
fn database() -> String {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => "sqlite::memory:".into(),
        (Some("--database"), Some(url)) => url,
        _ => {
            eprintln!("usage: 04_tree [--database URL]");
            std::process::exit(2)
        }
    }
}

fn heading(text: &str) {
    println!("\n== {text}");
}
