//! Rules 6 and 26: an UPDATE names the columns whose values differ as the database would keep them, and changes made in
//! place are seen.

use orm::prelude::*;
use orm::{ErrorKind, Json, Value};
use rust_decimal::Decimal;
use serde_json::json;

use super::*;

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_things")]
struct Thing {
    #[orm(primary_key)]
    id: i64,
    #[orm(precision = 12, scale = 2)]
    price: Decimal,
    weight: f64,
    document: serde_json::Value,
    tags: Json<Vec<String>>,
    content: Vec<u8>,
    #[orm(length = 50)]
    note: String,
    maybe: Option<i32>,
}

fn thing() -> Thing {
    Thing {
        price: "1.0".parse().unwrap(),
        weight: 0.0,
        document: json!({"b": 1, "a": [1, {"d": 1, "c": 2}]}),
        tags: Json(vec!["new".into()]),
        content: vec![1, 2],
        note: "note".into(),
        ..Default::default()
    }
}

case!(rule_06_equal_values_are_no_change_however_they_are_written, |db| {
    db.create::<(Thing,)>().await?;
    let mut session = db.session();
    let fresh = session.add(thing());
    session.commit().await?;
    // As it was added, and as another session reads it.
    let mut reader = db.session();
    let read = Thing::get(&mut reader, 1).await?.unwrap();
    for (session, handle) in [(&mut session, fresh), (&mut reader, read)] {
        session[handle].price = "1.00".parse()?;
        session[handle].weight = -0.0;
        session[handle].document = json!({"a": [1, {"c": 2, "d": 1}], "b": 1});
        session[handle].tags = Json(vec!["new".into()]);
        session[handle].note = String::from("note");
        assert!(!session.is_modified(handle), "{:?}", session.changes(handle));
        assert_eq!(session.plan()?.to_string(), "nothing to write");
        let log = db.log();
        session.commit().await?;
        assert_eq!(log.take(), [""; 0]);
        assert!(!session.in_transaction());
    }
});

case!(rule_06_only_changed_columns_are_written, |db| {
    db.create::<(Thing,)>().await?;
    let mut session = db.session();
    let handle = session.add(thing());
    session.commit().await?;
    session[handle].price += Decimal::ONE;
    session[handle].weight = 0.5;
    session[handle].weight = 0.0;
    session[handle].maybe = Some(0);
    assert!(session.is_modified(handle));
    let changes: Vec<String> = session.changes(handle).iter().map(ToString::to_string).collect();
    assert_eq!(changes, ["price: 1.0 -> 2.0", "maybe: NULL -> 0"]);
    assert_eq!(session.changes(handle)[1].old, Value::Null);
    let log = db.log();
    session.flush().await?;
    assert_eq!(log.take_writes(), ["UPDATE uow_things SET price = ?, maybe = ? WHERE id = ?"]);
    assert!(!session.is_modified(handle));
    assert_eq!(session.changes(handle), []);
    session[handle].maybe = None;
    session.flush().await?;
    assert_eq!(log.take_writes(), ["UPDATE uow_things SET maybe = ? WHERE id = ?"]);
    session.commit().await?;
    assert_eq!(
        table(&db, "SELECT price, maybe FROM uow_things").await?,
        db.backend().either("2 | NULL", "2.00 | NULL")
    );
});

case!(rule_26_changes_made_in_place_are_seen, |db| {
    db.create::<(Thing,)>().await?;
    let mut session = db.session();
    let handle = session.add(thing());
    session.commit().await?;
    let log = db.log();
    session[handle].document["a"][1]["c"] = json!(null);
    session[handle].tags.push("red".into());
    session[handle].content.push(3);
    session[handle].note.push('!');
    session.commit().await?;
    assert_eq!(
        log.take_writes(),
        ["UPDATE uow_things SET document = ?, tags = ?, content = ?, note = ? WHERE id = ?"]
    );
    {
        let thing = session.get_mut(handle).unwrap();
        thing.tags.retain(|tag| tag == "red");
    }
    session.commit().await?;
    assert_eq!(log.take_writes(), ["UPDATE uow_things SET tags = ? WHERE id = ?"]);
    let read: Thing = db.engine().query().one().await?;
    assert_eq!(read, session[handle]);
    assert_eq!(read.document, json!({"b": 1, "a": [1, {"d": 1, "c": null}]}));
});

case!(rule_06_a_value_that_no_database_keeps_is_refused_and_can_be_corrected, |db| {
    db.create::<(Thing,)>().await?;
    let mut session = db.session();
    let handle = session.add(thing());
    session.commit().await?;
    session[handle].weight = f64::NAN;
    session[handle].maybe = Some(5);
    let error = refused(session.commit().await);
    assert!(matches!(error.kind(), ErrorKind::InvalidValue { column, .. } if column == "weight"), "{error}");
    session[handle].weight = 0.25;
    session.commit().await?;
    assert_eq!(table(&db, "SELECT weight, maybe FROM uow_things").await?, "0.25 | 5");
});

case!(rule_06_an_edit_that_is_undone_before_the_flush_is_no_change, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let ann = session.add(person("Ann"));
    session.commit().await?;
    session[ann].name = "Bob".into();
    session[ann].id = 7;
    session[ann].name = "Ann".into();
    session[ann].id = 1;
    let log = db.log();
    session.commit().await?;
    assert_eq!(log.take(), [""; 0]);
    assert_eq!(Person::get(&mut session, 1).await?, Some(ann));
});
