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

    heading("Load level by level");
    let mut session = engine.session(); // a fresh one, that knows nothing yet
    let before = engine.statement_count();
    let home = session.query::<Folder>().filter(|f| f.parent_id.is_null()).one().await?;
    let levels = load_below(&mut session, home).await?;
    println!("{levels} levels in {} statements", engine.statement_count() - before);
    show(&session, home)?;

    heading("Move a subtree");
    let pictures = find(&mut session, "pictures").await?;
    let taxes = find(&mut session, "taxes").await?;
    session[taxes].parent = pictures.into(); // the children of both parents follow, and what is below stays below
    let log = engine.log_statements();
    session.commit().await?;
    println!("{}", log.take_sql().join("\n"));
    show(&session, home)?;

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

/// Loads everything below a folder, one statement for each level; how many levels there are.
async fn load_below(session: &mut UnitOfWork, root: Handle<Folder>) -> orm::Result<usize> {
    let mut level = vec![root];
    let mut levels = 0;
    while !level.is_empty() {
        session.load(&level, |f| f.children()).await?;
        let mut next = Vec::new();
        for folder in &level {
            next.extend(session[folder].children.handles()?);
        }
        level = next;
        levels += 1;
    }
    Ok(levels)
}

async fn find(session: &mut UnitOfWork, name: &str) -> orm::Result<Handle<Folder>> {
    session.query::<Folder>().filter(|f| f.name.eq(name)).one().await
}

fn show(session: &UnitOfWork, root: Handle<Folder>) -> orm::Result<()> {
    println!("{}", session[root].name);
    show_below(session, &session[root], "")
}

fn show_below(session: &UnitOfWork, folder: &Folder, indent: &str) -> orm::Result<()> {
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
