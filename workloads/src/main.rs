//! Small pieces of work on an SQLite database, in memory where nothing else is said, each repeated as often as asked, so that
//! the instructions and the allocations of one repetition can be counted: `workloads NAME TIMES`. Run by
//! `cargo xtask instructions`, under valgrind.

mod blog;

use orm::prelude::*;

use blog::User;

/// A row as many tables have it.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "people")]
struct Person {
    #[orm(primary_key)]
    id: i64,
    name: String,
    nick: Option<String>,
}

/// The top of a graph of five tables.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "shops")]
struct Shop {
    #[orm(primary_key)]
    id: i64,
    name: String,
    #[orm(has_many)]
    orders: HasMany<Order>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "orders")]
struct Order {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Shop)]
    shop_id: i64,
    #[orm(belongs_to = "shop_id")]
    shop: BelongsTo<Shop>,
    #[orm(has_many)]
    lines: HasMany<Line>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "lines")]
struct Line {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Order)]
    order_id: i64,
    #[orm(belongs_to = "order_id")]
    order: BelongsTo<Order>,
    #[orm(has_many)]
    notes: HasMany<Note>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "notes")]
struct Note {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Line)]
    line_id: i64,
    #[orm(belongs_to = "line_id")]
    line: BelongsTo<Line>,
    #[orm(has_many)]
    marks: HasMany<Mark>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "marks")]
struct Mark {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Note)]
    note_id: i64,
    #[orm(belongs_to = "note_id")]
    note: BelongsTo<Note>,
}

/// How many rows there are to be read.
const ROWS: i64 = 1_000;
const ROWS_AT_ONCE: i64 = 100;

fn people(count: i64) -> Vec<Person> {
    let mut people = Vec::new();
    for number in 0..count {
        let nick = (number % 2 == 0).then(|| "Nick".to_owned());
        people.push(Person { id: 0, name: format!("Person {number}"), nick });
    }
    people
}

/// A shop whose orders go four tables deep.
fn shop(orders: usize) -> Shop {
    let mut shop = Shop { name: "Shop".into(), ..Default::default() };
    for _ in 0..orders {
        let mut order = Order::default();
        let mut line = Line::default();
        let mut note = Note::default();
        note.marks.push(Mark::default());
        line.notes.push(note);
        order.lines.push(line);
        shop.orders.push(order);
    }
    shop
}

async fn once(workload: &str, engine: &AnyEngine, number: i64) -> orm::Result<()> {
    let key = number * 7 % ROWS + 1;
    match workload {
        "nothing" => {}
        "get" | "get_file" => drop(engine.get::<Person>(key).await?),
        "get_tracked" => drop(engine.session().get::<Person>(key).await?),
        "load_one" => drop(engine.query::<Person>().filter(|p| p.id.eq(key)).all().await?),
        "load_one_tracked" => {
            drop(engine.session().query::<Person>().filter(|p| p.id.eq(key)).all().await?);
        }
        "load_100" => drop(engine.query::<Person>().filter(|p| p.id.le(100)).all().await?),
        "load_1000" => drop(engine.query::<Person>().all().await?),
        "load_1000_tracked" => drop(engine.session().query::<Person>().all().await?),
        "eager_100_10_10" => drop(engine.query::<User>().with(|u| u.posts().comments()).all().await?),
        "eager_100_10_10_tracked" => {
            let mut session = engine.session();
            drop(session.query::<User>().with(|u| u.posts().comments()).all().await?);
        }
        "insert_one" => {
            let mut session = engine.session();
            session.add_all(people(1));
            session.commit().await?;
        }
        "insert_1000" => {
            let mut session = engine.session();
            session.add_all(people(1_000));
            session.commit().await?;
        }
        "update_1000" => {
            let mut session = engine.session();
            for handle in session.query::<Person>().filter(|p| p.id.le(ROWS)).all().await? {
                session[handle].name = format!("Name {number}");
            }
            session.commit().await?;
        }
        "plan_1000_in_five_tables" => plan(engine, 250)?,
        "plan_10000_in_five_tables" => plan(engine, 2_500)?,
        unknown => return Err(orm::Error::app(format!("there is no workload `{unknown}`"))),
    }
    Ok(())
}

fn plan(engine: &AnyEngine, orders: usize) -> orm::Result<()> {
    let mut session = engine.session();
    session.add(shop(orders));
    session.plan().map(drop)
}

async fn run(workload: &str, times: i64) -> orm::Result<()> {
    let file = std::env::temp_dir().join(format!("orm-workloads-{}.db", std::process::id()));
    let is_file = workload.ends_with("_file");
    let url = if is_file { format!("sqlite://{}", file.display()) } else { "sqlite::memory:".into() };
    let engine = orm::create_engine(&url).await?;
    orm::metadata().create_all(&engine).await?;
    // So few at once that no commit gives others a turn: when it does depends on the time.
    for _ in 0..ROWS / ROWS_AT_ONCE {
        let mut session = engine.session();
        session.add_all(people(ROWS_AT_ONCE));
        session.commit().await?;
    }
    if workload.starts_with("eager") {
        blog::fill(&engine).await?;
    }
    for number in 0..times {
        once(workload, &engine, number).await?;
    }
    engine.close().await;
    if is_file {
        std::fs::remove_file(file).map_err(orm::Error::app)?;
    }
    Ok(())
}

fn main() -> orm::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(workload), Some(times)) = (arguments.next(), arguments.next()) else {
        return Err(orm::Error::app("usage: workloads NAME TIMES"));
    };
    let times = times.parse().map_err(|_| orm::Error::app("TIMES is a number"))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.map_err(orm::Error::app)?.block_on(run(&workload, times))
}
