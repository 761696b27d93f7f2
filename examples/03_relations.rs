//! Relations at work in a small shop: graphs go in, come out, change and go, each with one commit.
//!
//! ```text
//! cargo run --example 03_relations
//! cargo run --example 03_relations --features mysql -- --database mysql://user:secret@host/database
//! ```
//!
//! In a database of yours it creates and drops tables whose names start with `shop_`, and no others.

use orm::prelude::*;
use orm::{Error, Metadata};

#[derive(Model, Debug, Default)]
#[orm(table = "shop_customers")]
struct Customer {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50, unique)]
    name: String,
    #[orm(has_many, cascade = "all, delete-orphan", order_by = "number")]
    orders: HasMany<Order>,
}

#[derive(Model, Debug, Default)]
#[orm(table = "shop_orders")]
struct Order {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    number: i32,
    #[orm(references = Customer)]
    customer_id: i64,
    #[orm(belongs_to = "customer_id")]
    customer: BelongsTo<Customer>,
    #[orm(has_many, cascade = "all, delete-orphan", order_by = "id")]
    lines: HasMany<Line>,
}

#[derive(Model, Debug, Default)]
#[orm(table = "shop_lines")]
struct Line {
    #[orm(primary_key)]
    id: i64,
    quantity: i32,
    #[orm(references = Order)]
    order_id: i64,
    #[orm(belongs_to = "order_id")]
    order: BelongsTo<Order>,
    #[orm(references = Product)]
    product_id: i64,
    #[orm(belongs_to = "product_id")]
    product: BelongsTo<Product>,
}

#[derive(Model, Debug, Default)]
#[orm(table = "shop_products")]
struct Product {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50, unique)]
    name: String,
    #[orm(many_to_many, through = "shop_product_tags")]
    tags: ManyToMany<Tag>,
}

#[derive(Model, Debug, Default)]
#[orm(table = "shop_tags")]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50, unique)]
    label: String,
}

/// A line, to be put into an order.
fn line(quantity: i32, product: Handle<Product>) -> Line {
    Line { quantity, product: product.into(), ..Default::default() }
}

#[tokio::main]
async fn main() -> orm::Result<()> {
    let engine = orm::create_engine(&database()).await?;
    let tables =
        Metadata::empty().with::<Customer>().with::<Order>().with::<Line>().with::<Product>().with::<Tag>();
    tables.drop_all(&engine).await?;
    tables.create_all(&engine).await?;

    heading("One commit writes the graph");
    let mut session = engine.session();
    let [hot, new] =
        ["hot", "new"].map(|label| session.add(Tag { label: label.into(), ..Default::default() }));
    let tea = session.add(Product { name: "tea".into(), tags: [hot].into(), ..Default::default() });
    let coffee =
        session.add(Product { name: "coffee".into(), tags: [hot, new].into(), ..Default::default() });
    session.add(Customer {
        name: "Ann".into(),
        orders: [
            Order { number: 1, lines: [line(2, tea), line(1, coffee)].into(), ..Default::default() },
            Order { number: 2, lines: [line(5, coffee)].into(), ..Default::default() },
        ]
        .into(),
        ..Default::default()
    });
    println!("{}", session.plan()?);
    let before = engine.statement_count();
    session.commit().await?;
    println!("statements, BEGIN and COMMIT included: {}", engine.statement_count() - before);

    heading("One query reads it back");
    let mut session = engine.session(); // a fresh one, that knows nothing yet
    let before = engine.statement_count();
    let ann = session
        .query::<Customer>()
        .filter(|c| c.orders().any(|o| o.lines().any(|l| l.product().name.eq("tea"))))
        .with(|c| c.orders().lines().product().tags())
        .one()
        .await?;
    println!("statements, one for each level: {}", engine.statement_count() - before);
    show(&session, ann)?;

    heading("A line moves to another order");
    let orders = session[ann].orders.handles()?;
    let [first, second] = [orders[0], orders[1]];
    let moved = session[first].lines.handles()?[1];
    session[moved].order = second.into(); // the collections on both sides follow
    commit(&mut session).await?;
    show(&session, ann)?;

    heading("An order is replaced under the same number");
    let tea = session.query::<Product>().filter(|p| p.name.eq("tea")).one().await?;
    session[ann].orders.remove(first); // nobody's order is deleted: delete-orphan
    session[ann].orders.push(Order { number: 1, lines: [line(9, tea)].into(), ..Default::default() });
    commit(&mut session).await?;

    heading("Two orders swap their numbers");
    // Each number is taken by the other: one of them is parked for a moment.
    for order in session[ann].orders.handles()? {
        session[order].number = 3 - session[order].number;
    }
    commit(&mut session).await?;
    show(&session, ann)?;

    heading("A transaction that fails leaves nothing");
    let refused: orm::Result<()> = engine
        .transaction(async |session| {
            let bob = session.add(Customer { name: "Bob".into(), ..Default::default() });
            session.flush().await?;
            println!("inside, Bob has key {}", session[bob].id);
            Err(Error::app("the card was refused")) // `Ok` would commit
        })
        .await;
    println!("{}", refused.expect_err("it was refused"));
    println!("customers: {}", engine.query::<Customer>().count().await?);

    heading("A savepoint takes back a part");
    session[ann].name = "Anna".into();
    let cancelled: orm::Result<()> = session
        .nested(async |session| {
            session[ann].orders.clear();
            session.flush().await?;
            println!("inside, {} has {} orders", session[ann].name, session[ann].orders.len()?);
            Err(Error::app("changed her mind"))
        })
        .await;
    println!("{}", cancelled.expect_err("she changed her mind"));
    session.commit().await?; // what happened around the savepoint stays
    show(&session, ann)?;

    heading("The customer goes");
    session.delete(ann);
    commit(&mut session).await?;
    let (lines, products) = (engine.query::<Line>().count().await?, engine.query::<Product>().count().await?);
    println!("left: {lines} lines, {products} products");
    tables.drop_all(&engine).await
}

/// Says what a commit is going to write, and commits.
async fn commit(session: &mut UnitOfWork) -> orm::Result<()> {
    println!("{}", session.plan()?);
    session.commit().await
}

fn show(session: &UnitOfWork, customer: Handle<Customer>) -> orm::Result<()> {
    for order in session[customer].orders.iter(session)? {
        println!("{}, order {}:", session[customer].name, order.number);
        for line in order.lines.iter(session)? {
            let product = line.product.get(session)?;
            println!("  {} x {}", line.quantity, product.name);
        }
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
            eprintln!("usage: 03_relations [--database URL]");
            std::process::exit(2)
        }
    }
}

fn heading(text: &str) {
    println!("\n== {text}");
}
