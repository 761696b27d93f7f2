//! Values and names that try to be SQL stay what they are.

use orm::prelude::*;

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
