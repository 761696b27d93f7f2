//! How relations are loaded: eagerly along a query, later for one object and its siblings, in few statements. Rules 27 to 30.

use super::*;
use orm::ErrorKind;

async fn filled(db: &crate::harness::Database) -> orm::Result<()> {
    db.create::<Shop>().await?;
    let mut session = db.engine().session();
    let red = session.add(tag("red"));
    for name in ["Ann", "Bob", "Cid"] {
        let orders = (1..=3).map(|number| {
            let lines = (1..=2).map(|position| Line { tags: [red].into(), ..line(position, name) });
            Order { lines: lines.collect(), ..order(number) }
        });
        session.add(Customer { orders: orders.collect(), ..customer(name) });
    }
    session.add(customer("Dee"));
    session.commit().await
}

case!(rule_27_empty_is_loaded_and_not_loaded_is_an_error, |db| {
    filled(&db).await?;
    let mut session = db.engine().session();
    let all = session.query::<Customer>().order_by(|c| c.name.asc()).with(|c| c.orders()).all().await?;
    let counts: Vec<usize> = all.iter().map(|c| session[c].orders.len()).collect::<orm::Result<_>>()?;
    assert_eq!(counts, [3, 3, 3, 0]);
    let error = session[all[0]].address.get(&session).map(|_| ()).expect_err("nobody loaded it");
    assert!(matches!(error.kind(), ErrorKind::NotLoaded { .. }));
    let text = error.to_string();
    assert!(text.contains(".with(..)") && text.contains("session.load"), "{text}");
});

case!(rule_30_a_deep_load_of_four_levels_takes_four_statements, |db| {
    filled(&db).await?;
    let mut session = db.engine().session();
    let before = db.engine().statement_count();
    let all = session.query::<Customer>().with(|c| c.orders().lines().tags()).all().await?;
    assert_eq!(db.engine().statement_count() - before, 4);
    assert_eq!(all.len(), 4);
    let before = db.engine().statement_count();
    let lines = session.query::<Line>().with(|l| l.order().customer()).all().await?;
    // All of them are in the session already.
    assert_eq!(db.engine().statement_count() - before, 1);
    let first = session[lines[0]].order.get(&session)?.customer.get(&session)?;
    assert_eq!(first.name, "Ann");
});

case!(rule_28_key_lists_are_chunked, |db| {
    db.create::<Shop>().await?;
    let mut session = db.engine().session();
    session.add_all((0..1500).map(|number| Customer {
        orders: [order(number)].into(),
        ..customer(&format!("customer {number}"))
    }));
    session.commit().await?;
    let mut session = db.engine().session();
    let before = db.engine().statement_count();
    let all = session.query::<Customer>().with(|c| c.orders()).all().await?;
    let lists = db.backend().either(3, 2);
    assert_eq!(db.engine().statement_count() - before, 1 + lists);
    for customer in &all {
        assert_eq!(session[customer].orders.len()?, 1);
    }
});

case!(rule_29_a_relation_is_filtered_ordered_and_limited_for_each_owner, |db| {
    filled(&db).await?;
    let mut session = db.engine().session();
    let before = db.engine().statement_count();
    let all = session
        .query::<Customer>()
        .order_by(|c| c.name.asc())
        .with(|c| {
            c.orders().filter(|o| o.number.ge(2)).order_by(|o| o.number.desc()).limit(1).with(|o| o.lines())
        })
        .all()
        .await?;
    assert_eq!(db.engine().statement_count() - before, 3);
    for customer in &all[..3] {
        let numbers: Vec<i32> = session[customer].orders.iter(&session)?.map(|order| order.number).collect();
        assert_eq!(numbers, [3]);
    }
    let plain = db
        .engine()
        .query::<Customer>()
        .order_by(|c| c.name.asc())
        .with(|c| c.orders().order_by(|o| o.number.desc()).limit(2))
        .all()
        .await?;
    let numbers: Vec<i32> = plain[1].orders.iter_owned()?.map(|order| order.number).collect();
    assert_eq!(numbers, [3, 2]);
});

case!(rule_29_a_partial_collection_is_not_flushed_as_if_it_were_all, |db| {
    filled(&db).await?;
    let mut session = db.engine().session();
    let ann = session
        .query::<Customer>()
        .filter(|c| c.name.eq("Ann"))
        .with(|c| c.orders().filter(|o| o.number.eq(1)))
        .one()
        .await?;
    session[ann].name = "Anna".into();
    session[ann].orders.push(order(4));
    session.commit().await?;
    let id = session[ann].id;
    assert_eq!(db.engine().query::<Order>().filter(|o| o.customer_id.eq(id)).count().await?, 4);
});

case!(rule_30_a_loop_that_loads_sends_one_statement, |db| {
    db.create::<Shop>().await?;
    let mut session = db.engine().session();
    for name in ["Ann", "Bob"] {
        session.add(Customer { orders: (0..500).map(order).collect(), ..customer(name) });
    }
    session.commit().await?;
    let mut session = db.engine().session();
    let orders = session.query::<Order>().all().await?;
    assert_eq!(orders.len(), 1000);
    let before = db.engine().statement_count();
    for order in &orders {
        session.load(order, |o| o.customer()).await?;
        assert!(!session[order].customer.get(&session)?.name.is_empty());
    }
    assert_eq!(db.engine().statement_count() - before, 1);
});

case!(rule_30_alone_leaves_the_siblings_alone, |db| {
    filled(&db).await?;
    let mut session = db.engine().session();
    let orders = session.query::<Order>().all().await?;
    session.load(orders[0], |o| o.lines()).alone().await?;
    assert!(session[orders[0]].lines.is_loaded());
    assert!(!session[orders[1]].lines.is_loaded());
    session.load(&orders, |o| (o.lines(), o.customer())).await?;
    assert!(
        orders.iter().all(|order| session[order].lines.is_loaded() && session[order].customer.is_loaded())
    );
});

case!(a_collection_is_in_the_order_that_its_relation_asks_for, |db| {
    db.create::<Shop>().await?;
    let mut session = db.engine().session();
    let lines = [line(3, "c"), line(1, "a"), line(2, "b")];
    session.add(Customer { orders: [Order { lines: lines.into(), ..order(1) }].into(), ..customer("Ann") });
    session.commit().await?;
    let order = &db.engine().query::<Order>().with(|o| o.lines()).all().await?[0];
    let positions: Vec<i32> = order.lines.iter_owned()?.map(|line| line.position).collect();
    assert_eq!(positions, [1, 2, 3]);
});

case!(paths_join_by_themselves_and_a_path_walked_twice_joins_once, |db| {
    filled(&db).await?;
    let engine = db.engine();
    let query = engine.query::<Line>().filter(|l| {
        l.order().customer().name.eq("Bob") & l.order().number.gt(1) & l.order().customer().id.gt(0)
    });
    assert_eq!(query.to_sql()?.sql.matches("JOIN").count(), 2);
    assert_eq!(query.count().await?, 4);
    let none = engine.query::<Customer>().filter(|c| c.orders().none(|o| o.number.gt(0))).all().await?;
    assert_eq!(none.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["Dee"]);
    let many = engine.query::<Customer>().filter(|c| c.orders().count().ge(3)).count().await?;
    assert_eq!(many, 3);
    let inner = engine
        .query::<Customer>()
        .filter(|c| c.orders().any(|o| o.number.eq(2) & o.lines().any(|l| l.article.eq(c.name))))
        .count()
        .await?;
    assert_eq!(inner, 3);
    let without = engine.query::<Customer>().filter(|c| c.address().is_none()).count().await?;
    assert_eq!(without, 4);
});

case!(a_stale_object_that_is_renewed_forgets_what_was_loaded_along_it, |db| {
    filled(&db).await?;
    let mut session = db.engine().session();
    let ann = session.query::<Customer>().filter(|c| c.name.eq("Ann")).with(|c| c.orders()).one().await?;
    session.commit().await?;
    let mut other = db.engine().session();
    let customer_id = session[ann].id;
    other.add(Order { customer_id, ..order(9) });
    other.commit().await?;
    let again = session.query::<Customer>().filter(|c| c.name.eq("Ann")).with(|c| c.orders()).one().await?;
    assert_eq!(again, ann);
    assert_eq!(session[ann].orders.len()?, 4);
});

#[derive(Model, Debug, Default)]
#[orm(table = "rel_teams")]
struct Team {
    #[orm(primary_key)]
    id: i64,
    #[orm(has_many, cascade = "all, delete-orphan")]
    players: HasMany<Player>,
}

#[derive(Model, Debug, Default)]
#[orm(table = "rel_players")]
struct Player {
    #[orm(primary_key)]
    id: i64,
    fit: bool,
    #[orm(references = Team)]
    team_id: i64,
    #[orm(belongs_to = "team_id")]
    team: BelongsTo<Team>,
}

case!(a_boolean_column_is_a_condition_along_a_path_as_well, |db| {
    db.create::<(Team, Player)>().await?;
    let mut session = db.engine().session();
    for fit in [[true, true], [true, false], [false, false]] {
        let players = fit.map(|fit| Player { fit, ..Default::default() });
        session.add(Team { players: players.into(), ..Default::default() });
    }
    session.commit().await?;
    let teams = || db.engine().query::<Team>();
    assert_eq!(teams().filter(|t| t.players().any(|p| p.fit)).count().await?, 2);
    assert_eq!(teams().filter(|t| t.players().all(|p| p.fit)).count().await?, 1);
    assert_eq!(teams().filter(|t| t.players().none(|p| p.fit)).count().await?, 1);
    assert_eq!(teams().filter(|t| t.players().filter(|p| p.fit).count().eq(2)).count().await?, 1);
    let players = db.engine().query::<Player>();
    assert_eq!(players.filter(|p| p.team().has(|t| t.players().any(|q| q.fit)) & p.fit).count().await?, 3);
});

case!(rule_07_a_load_without_a_flush_keeps_what_was_pushed_before_it, |db| {
    filled(&db).await?;
    let mut session = orm::SessionFactory::new(db.engine()).autoflush(false).session();
    let ann = session.query::<Customer>().filter(|c| c.name.eq("Ann")).one().await?;
    session[ann].orders.push(order(4));
    session.load(ann, |c| c.orders()).await?;
    assert_eq!(session[ann].orders.len()?, 4);
    session.commit().await?;
    assert_eq!(session[ann].orders.handles()?.len(), 4);
    let id = session[ann].id;
    assert_eq!(db.engine().query::<Order>().filter(|o| o.customer_id.eq(id)).count().await?, 4);
});

case!(rows_stand_by_their_key_however_they_lie_in_the_table, |db| {
    db.create::<Shop>().await?;
    let mut session = db.engine().session();
    session.add_all(["Ann", "Bob"].map(customer));
    session.commit().await?;
    let customers = session.query::<Customer>().order_by(|c| c.id.asc()).all().await?;
    let ids = [session[customers[0]].id, session[customers[1]].id];
    // Greater keys first, and the rows of both owners mixed.
    for id in [9, 7, 8, 2, 6, 1, 4, 3] {
        let owner = ids[usize::from(id % 2 == 0)];
        session.add(Order { id, customer_id: owner, ..order(id as i32) });
        session.flush().await?;
    }
    session.commit().await?;
    let expected = [vec![1, 3, 7, 9], vec![2, 4, 6, 8]];
    let owned = db.engine().query::<Customer>().order_by(|c| c.id.asc()).with(|c| c.orders()).all().await?;
    let mut session = db.engine().session();
    let tracked = session.query::<Customer>().order_by(|c| c.id.asc()).with(|c| c.orders()).all().await?;
    for position in 0..2 {
        let orders: Vec<i64> = owned[position].orders.iter_owned()?.map(|order| order.id).collect();
        assert_eq!(orders, expected[position]);
        let orders: Vec<i64> =
            session[tracked[position]].orders.iter(&session)?.map(|order| order.id).collect();
        assert_eq!(orders, expected[position]);
    }
});

case!(a_collection_of_an_untracked_result_can_be_changed_copied_and_added, |db| {
    filled(&db).await?;
    let mut all = db.engine().query::<Customer>().with(|c| c.orders().lines()).all().await?;
    let mut ann = all.swap_remove(0);
    let copy = ann.clone();
    ann.orders.push(order(4));
    let numbers: Vec<i32> = ann.orders.iter_owned()?.map(|order| order.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    assert_eq!((ann.orders.len()?, copy.orders.len()?), (4, 3));
    // With new keys the whole graph is new.
    let mut new = Customer { name: "Eve".into(), ..Customer::default() };
    for known in copy.orders.iter_owned()? {
        let lines = known.lines.iter_owned()?.map(|known| line(known.position, &known.article));
        new.orders.push(Order { lines: lines.collect(), ..order(known.number) });
    }
    let mut session = db.engine().session();
    let eve = session.add(new);
    // The graph of a result is merged as it is: blocks of rows become objects of their own.
    session.merge(copy).await?;
    session.commit().await?;
    session.load(eve, |c| c.orders()).await?;
    assert_eq!(session[eve].orders.len()?, 3);
    assert_eq!(db.engine().query::<Line>().count().await?, 24);
});

case!(a_count_of_a_limited_collection_is_limited, |db| {
    filled(&db).await?;
    let query = db.engine().query::<Customer>().order_by(|c| c.name.asc()).select(|c| {
        let orders = c.orders();
        (orders.limit(2).count(), orders.count(), orders.limit(0).exists(), orders.limit(1).exists())
    });
    assert_eq!(
        query.all().await?,
        [(2, 3, false, true), (2, 3, false, true), (2, 3, false, true), (0, 0, false, false)]
    );
});

case!(loading_along_what_is_no_object_is_refused, |db| {
    filled(&db).await?;
    let query = db.engine().query::<Customer>().with(|c| c.orders()).select(|c| c.name);
    let error = query.all().await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("`with`") && text.contains("`Customer`") && text.contains("leave out `select`"),
        "{text}"
    );
});

case!(an_order_by_the_key_says_it_once, |db| {
    filled(&db).await?;
    let log = db.engine().log_statements();
    let query = db.engine().query::<Customer>().with(|c| c.orders().order_by(|o| o.id.desc()));
    let all = query.order_by(|c| c.id.asc()).all().await?;
    let numbers: Vec<i32> = all[0].orders.iter_owned()?.map(|order| order.number).collect();
    assert_eq!(numbers, [3, 2, 1]);
    let statements = log.take_sql();
    let (_, order) = statements[1].rsplit_once(" ORDER BY ").expect("the orders are ordered");
    let columns: Vec<&str> =
        order.split(['"', '`']).filter(|name| ["customer_id", "id"].contains(name)).collect();
    assert_eq!(columns, ["customer_id", "id"], "{order}");
});
