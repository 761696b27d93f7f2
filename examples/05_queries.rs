//! Reports over a small shop: the questions that a shop asks its database, and the answers as tables.
//!
//! ```text
//! cargo run --example 05_queries
//! cargo run --example 05_queries --features mysql -- --database mysql://user:secret@host/database
//! ```
//!
//! In a database of yours it creates and drops tables whose names start with `report_`, and no others.

use std::fmt::Display;

use orm::functions::{Bound, count_rows, query, rank, window};
use orm::prelude::*;
use orm::{Cursor, Metadata};

#[derive(Model, Debug, Default)]
#[orm(table = "report_customers")]
struct Customer {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50, unique)]
    name: String,
    points: i64,
    #[orm(references = Customer)]
    referrer_id: Option<i64>,
    #[orm(belongs_to = "referrer_id")]
    referrer: BelongsTo<Option<Customer>>,
    #[orm(has_many)]
    orders: HasMany<Order>,
}

#[derive(Model, Debug, Default)]
#[orm(table = "report_orders")]
struct Order {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 7)]
    month: String, // 2026-01
    #[orm(references = Customer)]
    customer_id: i64,
    #[orm(belongs_to = "customer_id")]
    customer: BelongsTo<Customer>,
    #[orm(has_many)]
    lines: HasMany<Line>,
}

#[derive(Model, Debug, Default)]
#[orm(table = "report_lines")]
struct Line {
    #[orm(primary_key)]
    id: i64,
    quantity: i64,
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
#[orm(table = "report_products")]
struct Product {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50, unique)]
    name: String,
    #[orm(length = 20)]
    category: String,
    price: i64,
    #[orm(many_to_many, through = "report_product_tags")]
    tags: ManyToMany<Tag>,
    #[orm(has_many)]
    lines: HasMany<Line>,
}

#[derive(Model, Debug, Default)]
#[orm(table = "report_tags")]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50, unique)]
    label: String,
}

/// What a price list shows of a product: these columns are read, and no others.
#[derive(Projection)]
#[orm(from = Product)]
struct Offer {
    name: String,
    #[orm(column = "price")]
    costs: i64,
    #[orm(expr = |p| p.lines().count())]
    times_sold: i64,
    tags: Vec<Label>,
}

#[derive(Projection)]
#[orm(from = Tag)]
struct Label {
    label: String,
}

#[tokio::main]
async fn main() -> orm::Result<()> {
    let engine = orm::create_engine(&database()).await?;
    let tables =
        Metadata::empty().with::<Customer>().with::<Order>().with::<Line>().with::<Product>().with::<Tag>();
    tables.drop_all(&engine).await?;
    tables.create_all(&engine).await?;
    fill(&engine).await?;

    heading("Revenue per customer and month, from 10 up");
    // `l.order().customer()` joins by itself, and once, however often it is named.
    let revenue = engine
        .query::<Line>()
        .group_by(|l| (l.order().customer().name, l.order().month))
        .having(|l| (l.quantity * l.product().price).sum().ge(10))
        .order_by(|l| (l.order().customer().name.asc(), l.order().month.asc()))
        .select(|l| {
            (l.order().customer().name, l.order().month, (l.quantity * l.product().price).sum().or(0))
        })
        .all()
        .await?;
    table(
        ["customer", "month", "revenue"],
        revenue.iter().map(|(who, month, sum)| [who as &dyn Display, month, sum]),
    );
    assert_eq!(revenue.len(), 3);
    assert_eq!(revenue[0], ("Ann".into(), "2026-01".into(), 14));

    heading("The best product of each category");
    // What a window computes can only be filtered around it, so the ranks are a subquery.
    let ranks = query::<Line>()
        .group_by(|l| (l.product().category, l.product().name))
        .select(|l| {
            let by_sales = window().partition_by(l.product().category).order_by(l.quantity.sum().desc());
            (l.product().category, l.product().name, l.quantity.sum(), rank().over(by_sales))
        })
        .subquery();
    let best = engine
        .query_from(&ranks)
        .filter(|r| r.3.eq(1))
        .order_by(|r| r.0.asc())
        .select(|r| (r.0, r.1, r.2.or(0)))
        .all()
        .await?;
    table(
        ["category", "product", "sold"],
        best.iter().map(|(category, name, sold)| [category as &dyn Display, name, sold]),
    );
    assert_eq!(best, [("drinks".into(), "coffee".into(), 10), ("food".into(), "cake".into(), 1)]);

    heading("Customers without orders");
    let without = engine
        .query::<Customer>()
        .filter(|c| !c.orders().exists()) // NOT EXISTS (SELECT ..)
        .order_by(|c| c.name.asc())
        .select(|c| c.name)
        .all()
        .await?;
    table(["customer"], without.iter().map(|name| [name as &dyn Display]));
    assert_eq!(without, ["Cid", "Dan"]);

    heading("How the revenue grew");
    let months = query::<Line>()
        .group_by(|l| l.order().month)
        .select(|l| (l.order().month, (l.quantity * l.product().price).sum().or(0)))
        .cte("months");
    let growth = engine
        .query_from(&months)
        .order_by(|m| m.0.asc())
        .select(|m| {
            let until_then = window().order_by(m.0.asc()).rows(Bound::Unbounded, Bound::CurrentRow);
            (m.0, m.1, m.1.sum().over(until_then).or(0))
        })
        .all()
        .await?;
    table(
        ["month", "revenue", "so far"],
        growth.iter().map(|(month, sum, so_far)| [month as &dyn Display, sum, so_far]),
    );
    assert_eq!(growth.last().map(|(_, _, so_far)| *so_far), Some(growth.iter().map(|(_, sum, _)| sum).sum()));

    heading("Whom Ann brought along, and whom they did");
    let brought = query::<Customer>()
        .filter(|c| c.name.eq("Ann"))
        .select(|c| (c.id, c.name, c.id * 0))
        .recursive_cte("brought", |so_far| {
            query::<Customer>()
                .join(so_far, |c, s| c.referrer_id.eq(s.0))
                .select(|c| (c.id, c.name, so_far.2 + 1))
        });
    let chain =
        engine.query_from(&brought).order_by(|b| (b.2.asc(), b.1.asc())).select(|b| (b.1, b.2)).all().await?;
    table(["customer", "steps"], chain.iter().map(|(name, steps)| [name as &dyn Display, steps]));
    assert_eq!(chain, [("Ann".into(), 0), ("Bob".into(), 1), ("Cid".into(), 1), ("Dan".into(), 2)]);

    heading("The price list");
    // A projection reads what it names: one statement for the products, one for their tags.
    let before = engine.statement_count();
    let offers = engine.query::<Product>().order_by(|p| p.name.asc()).project::<Offer>().all().await?;
    assert_eq!(engine.statement_count() - before, 2);
    let labels: Vec<String> = offers
        .iter()
        .map(|offer| offer.tags.iter().map(|tag| tag.label.as_str()).collect::<Vec<_>>().join(" "))
        .collect();
    table(
        ["product", "costs", "times sold", "tags"],
        offers
            .iter()
            .zip(&labels)
            .map(|(offer, tags)| [&offer.name as &dyn Display, &offer.costs, &offer.times_sold, tags]),
    );

    heading("All products, two to a page");
    // Each page starts behind the last row of the one before, not behind a number of rows.
    let mut after: Option<Cursor<Product>> = None;
    let mut pages = 0;
    loop {
        let page = engine.query::<Product>().order_by(|p| p.price.desc()).page(after.as_ref(), 2).await?;
        pages += 1;
        let names: Vec<&str> = page.rows.iter().map(|product| product.name.as_str()).collect();
        println!("page {pages}: {}", names.join(", "));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(pages, 2);

    heading("Points for whoever ordered");
    // One UPDATE; the objects of the session follow.
    let mut session = engine.session();
    let ann = session.query::<Customer>().filter(|c| c.name.eq("Ann")).one().await?;
    let rewarded = session
        .query::<Customer>()
        .filter(|c| c.orders().exists())
        .update(|c| c.points.set(c.points + c.orders().count() * 10))
        .await?;
    println!("{rewarded} customers rewarded; Ann has {} points", session[ann].points);
    assert_eq!((rewarded, session[ann].points), (2, 20));
    session.commit().await?;

    heading("Tomorrow's prices, whether a product is known or not");
    let priced = |name: &str, price| Product {
        name: name.into(),
        category: "drinks".into(),
        price,
        ..Default::default()
    };
    engine
        .insert_many([priced("tea", 3), priced("cocoa", 4)])
        .on_conflict(|p| p.name)
        .do_update(|old, new| old.price.set(new.price))
        .await?;
    let prices =
        engine.query::<Product>().order_by(|p| p.name.asc()).select(|p| (p.name, p.price)).all().await?;
    table(["product", "price"], prices.iter().map(|(name, price)| [name as &dyn Display, price]));
    assert_eq!(prices.len(), 4);
    assert_eq!(prices[3], ("tea".into(), 3));

    heading("What the database does for a report");
    let report =
        engine.query::<Line>().group_by(|l| l.product().name).select(|l| (l.product().name, count_rows()));
    println!("{}", report.explain().await?);
    tables.drop_all(&engine).await
}

/// Four customers, three products, and what was ordered from January to March.
async fn fill(engine: &AnyEngine) -> orm::Result<()> {
    let mut session = engine.session();
    let [hot, sweet] =
        ["hot", "sweet"].map(|label| session.add(Tag { label: label.into(), ..Default::default() }));
    let mut product = |name: &str, category: &str, price, tags: &[Handle<Tag>]| {
        session.add(Product {
            name: name.into(),
            category: category.into(),
            price,
            tags: tags.to_vec().into(),
            ..Default::default()
        })
    };
    let tea = product("tea", "drinks", 2, &[hot]);
    let coffee = product("coffee", "drinks", 3, &[hot]);
    let cake = product("cake", "food", 5, &[sweet]);
    let mut customer = |name: &str, referrer: Option<Handle<Customer>>| {
        let referrer = referrer.map_or_else(BelongsTo::default, Into::into);
        session.add(Customer { name: name.into(), referrer, ..Default::default() })
    };
    let ann = customer("Ann", None);
    let bob = customer("Bob", Some(ann));
    let cid = customer("Cid", Some(ann));
    customer("Dan", Some(cid));
    let line =
        |quantity, product: Handle<Product>| Line { quantity, product: product.into(), ..Default::default() };
    let mut order = |month: &str, customer: Handle<Customer>, lines: Vec<Line>| {
        session.add(Order {
            month: month.into(),
            customer: customer.into(),
            lines: lines.into(),
            ..Default::default()
        });
    };
    order("2026-01", ann, vec![line(1, tea), line(4, coffee)]);
    order("2026-02", ann, vec![line(6, coffee)]);
    order("2026-02", bob, vec![line(2, tea), line(1, cake)]);
    order("2026-03", bob, vec![line(5, tea)]);
    session.commit().await
}

/// Prints rows under their headings.
fn table<'r, const N: usize>(headings: [&str; N], rows: impl Iterator<Item = [&'r dyn Display; N]>) {
    let print = |cells: [&dyn Display; N]| {
        let line: String = cells.iter().map(|cell| format!("{:<12}", cell.to_string())).collect();
        println!("{}", line.trim_end());
    };
    print(headings.each_ref().map(|heading| heading as &dyn Display));
    rows.for_each(print);
}

/// The URL behind `--database`, or a database in memory.
fn database() -> String {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => "sqlite::memory:".into(),
        (Some("--database"), Some(url)) => url,
        _ => {
            eprintln!("usage: 05_queries [--database URL]");
            std::process::exit(2)
        }
    }
}

fn heading(text: &str) {
    println!("\n== {text}");
}
