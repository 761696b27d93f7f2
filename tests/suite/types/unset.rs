//! Fields that were not set: `Auto`, defaults of the program, defaults of the database.

use orm::Value;
use orm::prelude::*;

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "orders")]
struct Order {
    #[orm(primary_key)]
    id: i64,
    #[orm(server_default = "'new'", length = 10)]
    status: Auto<String>,
    #[orm(server_default = "7")]
    priority: Auto<Option<i32>>,
    #[orm(server_default = "1")]
    copies: Option<i32>,
    #[orm(default = "web")]
    source: Auto<String>,
    #[orm(default = 40 + 2)]
    answer: Option<i64>,
    note: Option<String>,
}

case!(what_was_not_set_is_filled_and_comes_back, |db| {
    db.create::<(Order,)>().await?;
    let mut session = db.session();
    let order = session.add(Order::default());
    let log = db.log();
    session.flush().await?;
    let expected = Order {
        id: 1,
        status: "new".to_owned().into(),
        priority: Some(7).into(),
        copies: Some(1),
        source: "web".to_owned().into(),
        answer: Some(42),
        note: None,
    };
    assert_eq!(session[order], expected, "the object knows at once what the database filled in");
    let insert = "INSERT INTO orders (source, answer, note) VALUES (?, ?, ?)";
    if db.backend().has_returning() {
        assert_eq!(log.take(), ["BEGIN", &format!("{insert} RETURNING id, status, priority, copies")]);
    } else {
        let read = "SELECT id, status, priority, copies FROM orders WHERE id = ?";
        assert_eq!(log.take(), ["BEGIN", insert, read]);
    }
    assert!(!session.is_modified(order));
    session.commit().await?;
    assert_eq!(Order::get(&mut db.engine().clone(), 1).await?, Some(expected));
});

case!(rule_25_not_set_and_null_and_a_value_are_three_states, |db| {
    db.create::<(Order,)>().await?;
    let mut session = db.session();
    let unset = session.add(Order::default());
    let null = session.add(Order { priority: Auto::Set(None), ..Default::default() });
    let value = session.add(Order { priority: Some(3).into(), ..Default::default() });
    session.commit().await?;
    for (handle, expected) in [(unset, Value::Int(7)), (null, Value::Null), (value, Value::Int(3))] {
        let sql = format!("SELECT priority FROM orders WHERE id = {}", session[handle].id);
        assert_eq!(db.value(&sql).await?, expected);
    }
    assert_eq!(session[null].priority, Auto::Set(None));
    assert_eq!(session[unset].priority.get(), Some(&Some(7)));
});

case!(many_rows_get_their_own_defaults_back, |db| {
    db.create::<(Order,)>().await?;
    let mut session = db.session();
    let mut handles = Vec::new();
    for number in 0..300 {
        let status = if number % 3 == 0 { Auto::Set(format!("s{number}")) } else { Auto::Unset };
        handles.push(session.add(Order { status, note: Some(number.to_string()), ..Default::default() }));
    }
    session.commit().await?;
    for (number, handle) in handles.iter().enumerate() {
        let found = Order::get(&mut db.engine().clone(), session[handle].id).await?.unwrap();
        assert_eq!(found.note, Some(number.to_string()));
        assert_eq!(found, session[handle]);
        let status = if number % 3 == 0 { format!("s{number}") } else { "new".into() };
        assert_eq!(found.status, Auto::Set(status));
    }
});

case!(a_default_of_the_program_yields_to_a_value, |db| {
    db.create::<(Order,)>().await?;
    let order = Order { source: "shop".to_owned().into(), answer: Some(0), ..Default::default() };
    let stored = order.insert(&mut db.engine().clone()).await?;
    assert_eq!((stored.source.get().map(String::as_str), stored.answer), (Some("shop"), Some(0)));
});

case!(setting_back_to_unset_is_an_error_where_null_is_not_taken, |db| {
    db.create::<(Order,)>().await?;
    let mut session = db.session();
    let order = session.add(Order::default());
    session.commit().await?;
    session[order].status = Auto::Unset;
    let error = session.commit().await.unwrap_err().to_string();
    assert!(error.starts_with("`Order.status` cannot hold this value: nothing was set"), "{error}");
});

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "stamped")]
struct Stamped {
    #[orm(primary_key)]
    id: i64,
    #[orm(server_default = "CURRENT_TIMESTAMP")]
    created: Auto<chrono::NaiveDateTime>,
}

case!(a_row_of_defaults_alone_can_be_inserted, |db| {
    db.create::<(Stamped,)>().await?;
    let mut session = db.session();
    let handles = session.add_all([Stamped::default(), Stamped::default()]);
    session.commit().await?;
    assert_eq!((session[handles[0]].id, session[handles[1]].id), (1, 2));
    let created = session[handles[0]].created.get().expect("the database set it").to_owned();
    let now = chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now());
    let age = now.naive_utc() - created;
    assert!(age.num_seconds().abs() < 60, "{created} is not now");
});
