//! UUIDs and JSON.

use std::collections::{BTreeMap, HashMap};

use orm::prelude::*;
use orm::{Json, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{Numbered, numbered, refusal, round_trip};

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "tokens")]
struct Token {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    token: Uuid,
    maybe: Option<Uuid>,
}
numbered!(Token);

case!(uuids_are_sixteen_bytes, |db| {
    let rows = vec![
        Token { token: Uuid::nil(), maybe: Some(Uuid::max()), ..Default::default() },
        Token { token: Uuid::from_u128(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff), ..Default::default() },
        Token { token: Uuid::new_v4(), maybe: Some(Uuid::new_v4()), ..Default::default() },
    ];
    let known = rows[1].token;
    round_trip(&db, rows).await?;
    let found = db.engine().query::<Token>().filter(|t| t.token.eq(known)).one().await?;
    let kept = db.value(&format!("SELECT HEX(token) FROM tokens WHERE id = {}", found.id)).await?;
    assert_eq!(kept, Value::Text("00112233445566778899AABBCCDDEEFF".into()));
});

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Settings {
    theme: String,
    sizes: Vec<u8>,
    nested: BTreeMap<String, Option<f64>>,
}

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "documents")]
struct Document {
    #[orm(primary_key)]
    id: i64,
    any: serde_json::Value,
    maybe: Option<serde_json::Value>,
    settings: Json<Settings>,
    tags: Option<Json<Vec<String>>>,
}
numbered!(Document);

case!(json_comes_back_as_it_was, |db| {
    let settings = Settings {
        theme: "\"dark\" \\ 😀\u{1}".into(),
        sizes: vec![1, 255],
        nested: [("a".into(), Some(0.1)), ("".into(), None)].into(),
    };
    let documents = [
        json!(null),
        json!(true),
        json!(""),
        json!("text"),
        json!(0),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(0.1),
        json!(1.0),
        json!(-1.5e-7),
        json!(1e100),
        json!([]),
        json!({}),
        json!({"b": [1, {"c": null}], "a": {"": "'", "\"": "\\"}, "é": "日本語😀\n"}),
    ];
    let mut rows = Vec::new();
    for document in documents {
        rows.push(Document {
            any: document.clone(),
            maybe: Some(document),
            settings: Json(settings.clone()),
            tags: Some(Json(vec!["a".into(), String::new()])),
            ..Default::default()
        });
    }
    rows.push(Document::default());
    round_trip(&db, rows).await?;
});

case!(json_null_is_not_null, |db| {
    db.create::<(Document,)>().await?;
    let mut engine = db.engine().clone();
    Document { maybe: Some(json!(null)), ..Default::default() }.insert(&mut engine).await?;
    assert_eq!(Document::get(&mut engine, 1).await?.unwrap().maybe, Some(json!(null)));
    assert_eq!(engine.query::<Document>().filter(|d| d.maybe.is_null()).count().await?, 0);
});

case!(rule_26_a_change_inside_a_document_is_seen, |db| {
    db.create::<(Document,)>().await?;
    let any = json!({"count": 1, "list": []});
    Document { any, tags: Some(Json(vec!["old".into()])), ..Default::default() }
        .insert(&mut db.engine().clone())
        .await?;
    let mut session = db.session();
    let document = session.get::<Document>(1).await?.unwrap();
    session[document].any["list"].as_array_mut().unwrap().push(json!("new"));
    session[document].settings.theme.push_str("light");
    session[document].tags.as_mut().unwrap().clear();
    let changed: Vec<&str> = session.changes(document).iter().map(|change| change.column).collect();
    assert_eq!(changed, ["any", "settings", "tags"]);
    session.commit().await?;
    let found = Document::get(&mut db.engine().clone(), 1).await?.unwrap();
    assert_eq!(found.any, json!({"count": 1, "list": ["new"]}));
    assert_eq!((found.settings.theme.as_str(), found.tags), ("light", Some(Json(vec![]))));
});

case!(a_document_with_its_keys_in_another_order_is_the_same, |db| {
    db.create::<(Document,)>().await?;
    Document { any: json!({"a": 1, "bb": 2}), ..Default::default() }.insert(&mut db.engine().clone()).await?;
    let mut session = db.session();
    let document = session.get::<Document>(1).await?.unwrap();
    session[document].any = serde_json::from_str(r#"{ "bb": 2, "a": 1 }"#)?;
    assert!(session.plan()?.is_empty());
});

#[derive(Model, Debug, Default)]
#[orm(table = "odd_documents")]
struct Odd {
    #[orm(primary_key)]
    id: i64,
    pairs: Json<HashMap<(i32, i32), i32>>,
}

case!(a_document_that_json_cannot_write_is_refused, |db| {
    let reason =
        refusal(&db, Odd { pairs: Json([((1, 2), 3)].into()), ..Default::default() }, "pairs").await?;
    assert_eq!(reason, "it has no JSON form (a map whose keys are no strings?)");
});

case!(json_is_json_to_the_database, |db| {
    db.create::<(Document,)>().await?;
    let settings = Json(Settings { theme: "dark".into(), ..Default::default() });
    Document { settings, ..Default::default() }.insert(&mut db.engine().clone()).await?;
    let theme = db.value("SELECT JSON_EXTRACT(settings, '$.theme') = 'dark' FROM documents").await?;
    assert_eq!(theme, Value::Int(1));
});
