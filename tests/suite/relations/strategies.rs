//! The ways to load a relation: which statements they send differs, what comes back does not.

use orm::{ErrorKind, Query, Session, alias};

use super::*;
use crate::harness::Database;

/// Three customers of different wealth: Ann has two orders with lines and tags, Bob an order without lines and an address,
/// Cid nothing.
async fn shop(db: &Database) -> orm::Result<()> {
    db.create::<Shop>().await?;
    let mut session = db.session();
    let [red, blue] = ["red", "blue"].map(|label| session.add(tag(label)));
    let tagged = |position, article: &str, tags: Vec<Handle<Tag>>| Line {
        tags: tags.into(),
        ..line(position, article)
    };
    let first =
        Order { lines: [tagged(2, "pen", vec![red, blue]), tagged(1, "ink", vec![red])].into(), ..order(1) };
    let second = Order { lines: [tagged(1, "pad", vec![])].into(), ..order(2) };
    session.add(Customer { orders: [first, second].into(), ..customer("Ann") });
    let address = Address { street: "Main".into(), ..Default::default() };
    session.add(Customer { orders: [order(3)].into(), address: address.into(), ..customer("Bob") });
    session.add(customer("Cid"));
    session.commit().await
}

#[derive(Clone, Copy, Debug)]
enum Way {
    SelectIn,
    Joined,
}

/// A relation in one of the ways.
macro_rules! by {
    ($way:expr, $path:expr) => {
        match $way {
            Way::SelectIn => $path.select_in(),
            Way::Joined => $path.joined(),
        }
    };
}

/// Everything that hangs on a customer, as far as it is loaded.
fn customer_of(session: &UnitOfWork, handle: Handle<Customer>) -> orm::Result<String> {
    let customer = &session[handle];
    let mut text = customer.name.clone();
    if customer.address.is_loaded() {
        text += &format!(" at {:?}", customer.address.get(session)?.map(|address| &address.street));
    }
    if customer.orders.is_loaded() {
        let orders: orm::Result<Vec<String>> =
            customer.orders.iter(session)?.map(|order| order_of(session, order)).collect();
        text += &format!(" {:?}", orders?);
    }
    Ok(text)
}

fn order_of(session: &UnitOfWork, order: &Order) -> orm::Result<String> {
    let mut text = order.number.to_string();
    if order.customer.is_loaded() {
        text += &format!(" of {}", order.customer.get(session)?.name);
    }
    if order.lines.is_loaded() {
        let lines: orm::Result<Vec<String>> =
            order.lines.iter(session)?.map(|line| line_of(session, line)).collect();
        text += &format!(" {:?}", lines?);
    }
    Ok(text)
}

fn line_of(session: &UnitOfWork, line: &Line) -> orm::Result<String> {
    let mut text = format!("{} {}", line.position, line.article);
    if line.tags.is_loaded() {
        let tags: Vec<&str> = line.tags.iter(session)?.map(|tag| tag.label.as_str()).collect();
        text += &format!(" {tags:?}");
    }
    Ok(text)
}

/// A line, and what is above it: the objects refer to each other in circles.
fn line_upwards(session: &UnitOfWork, line: &Line) -> orm::Result<String> {
    let mut text = line_of(session, line)?;
    if line.order.is_loaded() {
        text += &format!(" in ({})", order_of(session, line.order.get(session)?)?);
    }
    if line.tags.is_loaded() {
        for tag in line.tags.iter(session)?.filter(|tag| tag.lines.is_loaded()) {
            let lines: Vec<&str> = tag.lines.iter(session)?.map(|line| line.article.as_str()).collect();
            text += &format!(" with {lines:?}");
        }
    }
    Ok(text)
}

/// The queries of customers that are compared.
fn customers<S: Session>(
    query: Query<S, Customer>,
    number: usize,
    one: Way,
    other: Way,
) -> Query<S, Customer> {
    let query = query.order_by(|c| c.name.desc());
    match number {
        0 => query.with(|c| by!(one, c.orders())),
        1 => query.with(|c| (by!(one, c.orders()), by!(other, c.address()))),
        2 => query.with(|c| by!(one, c.orders())).limit(2),
        3 => query.with(|c| by!(one, c.orders())).limit(2).offset(1),
        4 => query.with(|c| by!(one, c.orders()).with(|o| by!(other, o.lines()))),
        5 => query.with(|c| {
            by!(one, c.orders())
                .with(|o| by!(other, o.lines()).with(|l| by!(one, l.tags())))
                .order_by(|o| o.number.desc())
        }),
        6 => query.with(|c| by!(one, c.orders())).distinct().filter(|c| c.orders().exists()),
        7 => query.with(|c| (by!(one, c.orders()).limit(1), by!(other, c.address()))),
        8 => query.with(|c| by!(one, c.orders()).filter(|o| o.number.ge(2))),
        9 => query.filter(|c| c.address().street.eq("Main")).with(|c| by!(one, c.address())),
        _ => query
            .with(|c| by!(one, c.orders()).with(|o| (by!(other, o.customer()), by!(one, o.lines()))))
            .limit(1),
    }
}

/// The queries of lines that are compared.
fn lines<S: Session>(query: Query<S, Line>, number: usize, one: Way, other: Way) -> Query<S, Line> {
    let query = query.order_by(|l| l.article.asc());
    match number {
        0 => query.with(|l| by!(one, l.order())),
        1 => query.with(|l| by!(one, l.order()).with(|o| by!(other, o.customer()))),
        2 => query.with(|l| (by!(one, l.order()), by!(other, l.tags()).order_by(|t| t.label.asc()))).limit(2),
        3 => query
            .with(|l| by!(one, l.order()))
            .filter(|l| l.order().customer().name.eq("Ann") & l.order().number.eq(1)),
        4 => query.with(|l| by!(one, l.order()).with(|o| by!(other, o.lines()))),
        5 => query.order_by(|l| l.order().number.desc()).with(|l| by!(one, l.order())).limit(2),
        _ => query.with(|l| by!(one, l.tags()).order_by(|t| t.label.desc()).with(|t| by!(other, t.lines()))),
    }
}

const WAYS: [(Way, Way); 3] =
    [(Way::Joined, Way::Joined), (Way::Joined, Way::SelectIn), (Way::SelectIn, Way::Joined)];

case!(rule_27_a_strategy_never_changes_what_a_session_gets, |db| {
    shop(&db).await?;
    for number in 0..11 {
        let mut wanted: Option<Vec<String>> = None;
        for (one, other) in [(Way::SelectIn, Way::SelectIn)].into_iter().chain(WAYS) {
            for existing in [false, true] {
                let mut session = db.session();
                let mut query = customers(session.query(), number, one, other);
                if existing {
                    query = query.populate_existing();
                }
                let found = query.all().await?;
                let texts: orm::Result<Vec<String>> =
                    found.iter().map(|customer| customer_of(&session, *customer)).collect();
                let texts = texts?;
                assert_eq!(
                    wanted.get_or_insert_with(|| texts.clone()),
                    &texts,
                    "{number}: {one:?}, {other:?}"
                );
            }
        }
    }
    for number in 0..7 {
        let mut wanted: Option<Vec<String>> = None;
        for (one, other) in [(Way::SelectIn, Way::SelectIn)].into_iter().chain(WAYS) {
            let mut session = db.session();
            let found = lines(session.query(), number, one, other).all().await?;
            let texts: orm::Result<Vec<String>> =
                found.iter().map(|line| line_upwards(&session, &session[line])).collect();
            let texts = texts?;
            assert_eq!(wanted.get_or_insert_with(|| texts.clone()), &texts, "{number}: {one:?}, {other:?}");
        }
    }
});

case!(rule_27_a_strategy_never_changes_what_an_engine_gets, |db| {
    shop(&db).await?;
    for number in 0..11 {
        let rows = customers(db.engine().query(), number, Way::SelectIn, Way::SelectIn).all().await?;
        let wanted = format!("{rows:?}");
        for (one, other) in WAYS {
            let rows = customers(db.engine().query(), number, one, other).all().await?;
            assert_eq!(format!("{rows:?}"), wanted, "{number}: {one:?}, {other:?}");
        }
    }
    for number in 0..7 {
        let rows = lines(db.engine().query(), number, Way::SelectIn, Way::SelectIn).all().await?;
        let wanted = format!("{rows:?}");
        for (one, other) in WAYS {
            let rows = lines(db.engine().query(), number, one, other).all().await?;
            assert_eq!(format!("{rows:?}"), wanted, "{number}: {one:?}, {other:?}");
        }
    }
});

case!(rule_27_what_is_joined_takes_no_statement_of_its_own, |db| {
    shop(&db).await?;
    let mut session = db.session();
    let before = db.engine().statement_count();
    let all = session
        .query::<Customer>()
        .order_by(|c| c.name.asc())
        .with(|c| c.orders().joined().with(|o| o.lines().joined().with(|l| l.tags().joined())))
        .limit(2)
        .all()
        .await?;
    assert_eq!(db.engine().statement_count() - before, 1);
    assert_eq!(
        customer_of(&session, all[0])?,
        "Ann [\"1 [\\\"1 ink [\\\\\\\"red\\\\\\\"]\\\", \\\"2 pen [\\\\\\\"red\\\\\\\", \\\\\\\"blue\\\\\\\"]\\\"]\", \
         \"2 [\\\"1 pad []\\\"]\"]"
    );
    assert_eq!(all.len(), 2, "the limit is for customers, not for the rows of the join");
    let lines = db.engine().query::<Line>().with(|l| l.order().joined().with(|o| o.customer().joined()));
    let before = db.engine().statement_count();
    let lines = lines.all().await?;
    assert_eq!(db.engine().statement_count() - before, 1);
    assert!(lines.iter().all(|line| line.order.get_owned().is_ok_and(|order| order.customer.is_loaded())));
    // What the filter joins is not joined again.
    let query = db.engine().query::<Line>().filter(|l| l.order().number.eq(1)).with(|l| l.order().joined());
    let log = db.log();
    query.all().await?;
    let sql = log.take().remove(0);
    assert_eq!(sql.matches("JOIN").count(), 1, "{sql}");
});

case!(rule_27_joined_references_may_be_missing_and_empty_is_loaded, |db| {
    db.create::<Library>().await?;
    let mut session = db.session();
    let [ann, eve] = ["Ann", "Eve"].map(|name| session.add(author(name)));
    session.add(Book { title: "a".into(), author: ann.into(), editor: eve.into(), ..Default::default() });
    session.add(Book { title: "b".into(), editor: eve.into(), ..Default::default() });
    session.commit().await?;
    let mut session = db.session();
    let query = session.query::<Book>().order_by(|b| b.title.asc());
    let books = query.with(|b| (b.author().joined(), b.editor().joined())).all().await?;
    let author = session[books[0]].author.get(&session)?.map(|author| author.name.as_str());
    assert_eq!(author, Some("Ann"));
    assert!(session[books[1]].author.is_loaded() && session[books[1]].author.get(&session)?.is_none());
    assert_eq!(session[books[0]].editor.handle()?, session[books[1]].editor.handle()?, "one row, one object");
    let authors =
        session.query::<Author>().with(|a| a.books().joined()).order_by(|a| a.name.asc()).all().await?;
    assert_eq!(session[authors[1]].books.len()?, 0);
});

case!(rule_27_a_joined_load_never_overwrites_edits, |db| {
    shop(&db).await?;
    let mut session = orm::SessionFactory::new(db.engine()).autoflush(false).session();
    let lines = session.query::<Line>().order_by(|l| l.article.asc()).all().await?;
    let orders = session.query::<Order>().order_by(|o| o.number.asc()).all().await?;
    // The key was changed and not flushed: the order that is loaded is the one that the line refers to now.
    let other = session[orders[2]].id;
    session[lines[0]].order_id = other;
    session.query::<Line>().with(|l| l.order().joined()).all().await?;
    assert_eq!(session[lines[0]].order.handle()?, Some(orders[2]));
    assert_eq!(session[lines[1]].order.handle()?, Some(orders[1]));
});

case!(rule_29_a_collection_is_filled_from_the_join_of_the_query_and_is_partial, |db| {
    shop(&db).await?;
    let mut session = db.session();
    let orders = alias::<Order>();
    let before = db.engine().statement_count();
    let found = session
        .query::<Customer>()
        .join(&orders, |c, o| o.customer_id.eq(c.id))
        .filter(|_| orders.number.ge(2))
        .order_by(|c| c.name.asc())
        .with(|c| c.orders().from_join(&orders).with(|o| o.lines()))
        .all()
        .await?;
    assert_eq!(db.engine().statement_count() - before, 2);
    let texts: orm::Result<Vec<String>> =
        found.iter().map(|customer| customer_of(&session, *customer)).collect();
    assert_eq!(texts?, ["Ann [\"2 [\\\"1 pad\\\"]\"]", "Bob [\"3 []\"]"]);
    // What the filter left out is not taken out.
    session[found[0]].orders.push(order(9));
    session.commit().await?;
    let id = session[found[0]].id;
    assert_eq!(db.engine().query::<Order>().filter(|o| o.customer_id.eq(id)).count().await?, 3);
    // Untracked, from a LEFT JOIN.
    let orders = alias::<Order>().optional();
    let rows = db
        .engine()
        .query::<Customer>()
        .left_join(&orders, |c, o| o.customer_id.eq(c.id))
        .order_by(|c| c.name.asc())
        .with(|c| c.orders().from_join(&orders))
        .all()
        .await?;
    let counts: orm::Result<Vec<usize>> = rows.iter().map(|customer| customer.orders.len()).collect();
    assert_eq!(counts?, [3, 1, 0]);
});

case!(rule_29_a_join_that_is_cut_does_not_fill_a_collection, |db| {
    shop(&db).await?;
    let orders = alias::<Order>();
    let query = db.engine().query::<Customer>().join(&orders, |c, o| o.customer_id.eq(c.id));
    let error = query.with(|c| c.orders().from_join(&orders)).limit(1).all().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidQuery { .. }), "{error}");
    let mut session = db.session();
    let customers = session.query::<Customer>().all().await?;
    let error = session.load(customers[0], |c| c.orders().from_join(&orders)).await.unwrap_err();
    assert!(error.to_string().contains("`from_join`"), "{error}");
    // A reference adds no rows, and may be cut.
    let orders = alias::<Order>();
    let query = db.engine().query::<Line>().join(&orders, |l, o| o.id.eq(l.order_id)).limit(2);
    let lines = query.with(|l| l.order().from_join(&orders)).all().await?;
    assert!(lines[1].order.get_owned()?.number > 0);
});
