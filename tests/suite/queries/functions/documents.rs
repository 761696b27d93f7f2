//! Places in JSON documents.

use serde_json::json;

use super::*;

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

case!(a_place_is_asked_for_a_type, |db| {
    samples(&db).await?;
    gives!(
        db,
        |s| s.data.at("name").text(),
        (
            "CASE JSON_TYPE(data, ?) WHEN 'text' THEN JSON_EXTRACT(data, ?) END",
            "CASE JSON_TYPE(JSON_EXTRACT(data, ?)) WHEN 'STRING' THEN JSON_UNQUOTE(JSON_EXTRACT(data, ?)) COLLATE utf8mb4_nopad_bin END",
            "CASE JSON_TYPE(JSON_EXTRACT(data, ?)) WHEN 'STRING' THEN JSON_UNQUOTE(JSON_EXTRACT(data, ?)) COLLATE utf8mb4_0900_bin END"
        ),
        [some("Ann's \"é\""), None]
    );
    let integer = (
        "CASE JSON_TYPE(data, ?) WHEN 'integer' THEN JSON_EXTRACT(data, ?) END",
        "CASE WHEN JSON_TYPE(JSON_EXTRACT(data, ?)) IN ('INTEGER', 'UNSIGNED INTEGER') THEN CAST(JSON_EXTRACT(data, ?) AS SIGNED) END",
    );
    gives!(db, |s| s.data.at("age").int(), integer, [Some(31), None]);
    gives!(db, |s| s.data.at("price").int(), integer, [None, None]);
    gives!(db, |s| s.data.at("[1]").int(), integer, [None, Some(2)]);
    gives!(db, |s| s.data.at("address.lines[1].b").int(), integer, [Some(2), None]);
    let number = (
        "CASE WHEN JSON_TYPE(data, ?) IN ('integer', 'real') THEN CAST(JSON_EXTRACT(data, ?) AS REAL) END",
        "CASE WHEN JSON_TYPE(JSON_EXTRACT(data, ?)) IN ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL') THEN CAST(JSON_EXTRACT(data, ?) AS DOUBLE) END",
    );
    gives!(db, |s| s.data.at("price").float(), number, [Some(1.5), None]);
    gives!(db, |s| s.data.at("age").float(), number, [Some(31.0), None]);
    let truth = (
        "CASE JSON_TYPE(data, ?) WHEN 'true' THEN 1 WHEN 'false' THEN 0 END",
        "CASE JSON_TYPE(JSON_EXTRACT(data, ?)) WHEN 'BOOLEAN' THEN JSON_UNQUOTE(JSON_EXTRACT(data, ?)) = 'true' END",
    );
    gives!(db, |s| s.data.at("paid").bool(), truth, [Some(true), None]);
    gives!(db, |s| s.data.at("off").bool(), truth, [Some(false), None]);
    gives!(db, |s| s.data.at("age").bool(), truth, [None, None]);
    let document = ("(data -> ?)", "JSON_EXTRACT(data, ?)");
    gives!(db, |s| s.data.at("address").json(), document, [Some(json!({"lines": ["a", {"b": 2}]})), None]);
    gives!(db, |s| s.data.at("nothing").json(), document, [Some(json!(null)), None]);
    gives!(db, |s| s.data.at("tags[0]").json(), document, [Some(json!("new")), None]);
});

case!(a_place_says_whether_it_is_there_and_what, |db| {
    samples(&db).await?;
    let sql = ("(JSON_TYPE(data, ?) IS NOT NULL)", "COALESCE(JSON_CONTAINS_PATH(data, 'one', ?), 0)");
    gives!(db, |s| s.data.at("nothing").exists(), sql, [true, false]);
    gives!(db, |s| s.data.at("missing").exists(), sql, [false, false]);
    gives!(
        db,
        |s| s.data.at("[0]").exists(),
        sql,
        [db.backend().either(false, db.backend().is_server()), true]
    );
    let sql = (
        "CASE JSON_TYPE(data, ?) WHEN 'array' THEN JSON_ARRAY_LENGTH(data, ?) END",
        "CASE JSON_TYPE(JSON_EXTRACT(data, ?)) WHEN 'ARRAY' THEN JSON_LENGTH(data, ?) END",
    );
    gives!(db, |s| s.data.at("tags").array_length(), sql, [Some(4), None]);
    gives!(db, |s| s.data.root().array_length(), sql, [None, Some(2)]);
    for (place, kind) in [
        ("name", "string"),
        ("age", "number"),
        ("price", "number"),
        ("paid", "boolean"),
        ("off", "boolean"),
        ("nothing", "null"),
        ("tags", "array"),
        ("address", "object"),
    ] {
        let query =
            db.engine().query::<Sample>().order_by(|s| s.id.asc()).select(|s| s.data.at(place).kind());
        assert_eq!(query.all().await?, [some(kind), None], "{place}");
        let found =
            db.engine().query::<Sample>().filter(|s| s.data.at(place).kind().eq(kind)).count().await?;
        assert_eq!(found, 1);
    }
});

case!(an_array_has_an_element, |db| {
    samples(&db).await?;
    let found =
        |condition: fn(Cols<Sample>) -> Expr<bool>| db.engine().query::<Sample>().filter(condition).count();
    assert_eq!(found(|s| s.data.at("tags").contains("new")).await?, 1);
    assert_eq!(found(|s| s.data.at("tags").contains("ne")).await?, 0);
    assert_eq!(found(|s| s.data.at("tags").contains(3)).await?, 1);
    assert_eq!(found(|s| s.data.at("tags").contains("3")).await?, 0);
    assert_eq!(found(|s| s.data.at("tags").contains(true)).await?, 1);
    assert_eq!(found(|s| s.data.at("tags").contains(false)).await?, 0);
    assert_eq!(found(|s| s.data.at("tags").contains(1)).await?, 0);
    assert_eq!(found(|s| s.data.root().contains(1)).await?, 1);
    assert_eq!(found(|s| s.data.at("age").contains(31)).await?, 0);
    assert_eq!(found(|s| s.data.at("address").contains("a")).await?, 0);
    assert_eq!(found(|s| !s.data.at("tags").contains("new")).await?, 1);
});

case!(keys_with_odd_characters_are_keys, |db| {
    samples(&db).await?;
    let text = |place: fn(Cols<Sample>) -> Expr<Option<String>>| {
        db.engine().query::<Sample>().filter(|s| s.id.eq(1)).select(place).one()
    };
    assert_eq!(text(|s| s.data.key("a.b").key("c\"\\").text()).await?, some("odd"));
    assert_eq!(text(|s| s.data.key("").text()).await?, some("empty"));
    assert_eq!(text(|s| s.data.key("address").key("lines").index(0).text()).await?, some("a"));
    assert_eq!(text(|s| s.data.key("name' OR 1=1 --").text()).await?, None);
});

case!(a_document_is_given_another_value_in_a_place, |db| {
    samples(&db).await?;
    let query = db.engine().query::<Sample>().filter(|s| s.id.eq(2)).select(|s| s.data.at("[0]").set("x'\""));
    let sql = (
        "JSON_SET(data, ?, JSON(?))",
        "JSON_SET(data, ?, JSON_EXTRACT(?, '$'))",
        "JSON_SET(data, ?, CAST(? AS JSON))",
    );
    assert_eq!(selected(&query), sql.of(db.backend()));
    assert_eq!(query.one().await?, json!(["x'\"", 2]));
    let query = db
        .engine()
        .query::<Sample>()
        .filter(|s| s.id.eq(2))
        .select(|s| s.data.at("[0]").set(json!({"a": [1]})));
    assert_eq!(query.one().await?, json!([{"a": [1]}, 2]));
    let query = db.engine().query::<Sample>().filter(|s| s.id.eq(2)).select(|s| s.data.at("[1]").remove());
    assert_eq!(selected(&query), "JSON_REMOVE(data, ?)");
    assert_eq!(query.one().await?, json!([1]));
    let query = db
        .engine()
        .query::<Sample>()
        .filter(|s| s.id.eq(1))
        .select(|s| s.data.at("address").set(1).at("address").int());
    assert_eq!(query.one().await?, Some(1));
});
