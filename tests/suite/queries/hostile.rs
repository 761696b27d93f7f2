//! Values and names that try to be SQL stay what they are.

use orm::prelude::*;
use serde_json::json;

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "the \"best\" `table`; DROP TABLE x --", unique(odd, plain))]
struct Hostile {
    #[orm(primary_key, column = "select")]
    id: i64,
    #[orm(column = "a \"quoted\" `name` -- '?", length = 100, index, server_default = "'it''s'")]
    odd: Auto<String>,
    #[orm(column = "from ? where", length = 100)]
    plain: String,
    #[orm(references = Hostile, column = "ünïcødé 日本")]
    parent: Option<i64>,
}

const VALUES: [&str; 9] = [
    "'",
    "''; DROP TABLE people; --",
    "\\'",
    "\" OR 1=1 --",
    "? ?1 :name $1 @x",
    "%s {} ${x}",
    "\0",
    "Robert'); DROP TABLE students;--",
    "`",
];

fn hostile(value: &str) -> Hostile {
    Hostile { odd: value.to_owned().into(), plain: value.into(), ..Default::default() }
}

case!(names_are_quoted_and_values_are_bound, |db| {
    db.create::<(Hostile,)>().await?;
    let mut session = db.session();
    let handles = session.add_all(VALUES.map(hostile));
    let unset = session.add(Hostile { plain: "unset".into(), ..Default::default() });
    session.commit().await?;
    assert_eq!(session[unset].odd, Auto::Set("it's".to_owned()));

    for (value, handle) in VALUES.iter().zip(&handles) {
        let query = || db.engine().query::<Hostile>();
        let found = query().filter(|h| h.odd.eq(*value) & h.plain.eq(*value)).one().await?;
        assert_eq!(found, session[handle]);
        assert_eq!(query().filter(|h| h.plain.starts_with(*value) & h.plain.like("%")).count().await?, {
            VALUES.iter().filter(|other| other.starts_with(value)).count() as i64
        });
        assert_eq!(query().filter(|h| h.odd.in_([*value])).order_by(|h| h.odd.desc()).count().await?, 1);
        let sql = query().filter(|h| h.plain.eq(*value)).to_sql()?;
        assert_eq!(sql.values.len(), 1);
    }

    let parent = session[unset].id;
    for handle in &handles {
        session[handle].plain.push_str("'changed'");
        session[handle].parent = Some(parent);
    }
    session.commit().await?;
    let changed = db.engine().query::<Hostile>().filter(|h| h.plain.ends_with("'changed'")).count().await?;
    // To the patterns of SQLite a text ends at its first NUL.
    assert_eq!(changed, db.backend().either(8, 9));
    for handle in handles {
        session.delete(handle);
    }
    session.commit().await?;
    assert_eq!(db.engine().query::<Hostile>().count().await?, 1);
    orm::Metadata::empty().with::<Hostile>().drop_all(db.engine()).await?;
});

case!(names_are_quoted_in_the_dialects_way, |db| {
    let sql = db.engine().query::<Hostile>().filter(|h| h.plain.eq("x")).to_sql()?.sql;
    let where_ = sql.split_once(" FROM ").unwrap().1;
    let expected = db.backend().either(
        "\"the \"\"best\"\" `table`; DROP TABLE x --\" WHERE \"the \"\"best\"\" `table`; DROP TABLE x --\".\"from ? where\" = ?",
        "`the \"best\" ``table``; DROP TABLE x --` WHERE `the \"best\" ``table``; DROP TABLE x --`.`from ? where` = ?",
    );
    assert_eq!(where_, expected);
});

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "strings")]
struct Text {
    #[orm(primary_key)]
    id: i64,
    text: String,
    data: serde_json::Value,
}

/// 540 texts that try to leave the place where they are put.
fn strings() -> Vec<String> {
    const STARTS: [&str; 20] = [
        "", "'", "\"", "`", "\\", "\\'", "''", "*/", "/*", "--", "#", ";", "?", "%", "_", "$", "[", "{}",
        "\u{feff}", "é",
    ];
    const ENDS: [&str; 27] = [
        "x",
        " OR 1=1",
        "); DROP TABLE strings; --",
        "' OR '1'='1",
        "\" OR \"\"=\"",
        "` OR 1",
        "*/ SELECT 1 /*",
        "/*! SELECT 1 */",
        "\n-- ",
        "\r\n#",
        "\t",
        "?1",
        ":name",
        "@@version",
        "$1",
        "${x}",
        "%s",
        "%00",
        "_",
        "[0]",
        "[*]",
        ".\"a\"",
        "$.**",
        "\\",
        "\\\"",
        "\u{1}",
        "\u{1f600}",
    ];
    let mut strings = Vec::new();
    for start in STARTS {
        for end in ENDS {
            strings.push(format!("{start}{end}"));
        }
    }
    strings
}

case!(hundreds_of_hostile_texts_never_change_a_statement, |db| {
    db.create::<(Text,)>().await?;
    let strings = strings();
    assert!(strings.len() >= 500);
    let mut session = db.session();
    for text in &strings {
        session.add(Text {
            text: text.clone(),
            data: json!({text.clone(): {"in": text}, "key": {"in": text}}),
            ..Default::default()
        });
    }
    session.commit().await?;
    let mut texts = std::collections::BTreeSet::new();
    for text in &strings {
        let text = text.as_str();
        if text.starts_with('-') && db.backend().is_mariadb() {
            let refused =
                db.engine().query::<Text>().select(|t| t.data.key(text).kind()).all().await.unwrap_err();
            assert!(matches!(refused.kind(), orm::ErrorKind::Unsupported { .. }), "{refused}");
        }
        // MariaDB reaches no key that starts with a dash.
        let key = if text.starts_with('-') && db.backend().is_mariadb() { "key" } else { text };
        let query =
            db.engine().query::<Text>().filter(|t| t.text.eq(text) & t.text.contains(text)).select(|t| {
                (
                    t.text,
                    t.text.replace(text, "!"),
                    t.text.position(text),
                    t.data.key(key).key("in").text(),
                    t.data.key(key).kind().eq("object"),
                    t.text.starts_with(text) & t.text.ends_with(text),
                    orm::value(text.to_owned()).concat("|").concat(text),
                )
            });
        texts.insert(query.to_sql()?.sql);
        let expected =
            (text.to_owned(), "!".to_owned(), 1, Some(text.to_owned()), true, true, format!("{text}|{text}"));
        let found = query.all().await?;
        assert!(found.contains(&expected), "{text:?}: {found:?}");

        let joined = db.engine().query::<Text>().filter(|t| t.id.le(2)).comment(text);
        let joined = joined.select(|t| t.text.concat_rows(text).order_by(t.id.asc())).one().await?;
        assert_eq!(joined, Some(format!("{}{text}{}", strings[0], strings[1])));
    }
    assert_eq!(texts.len(), 1, "one text of SQL for all");
    assert_eq!(db.engine().query::<Text>().count().await?, strings.len() as i64);
});
