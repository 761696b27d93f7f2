//! Queries: each operator, with the SQL that it becomes and the rows that it finds, on every backend.

mod comparisons;
mod matching;
mod arithmetic;
mod logic;
mod order;
mod results;
mod hostile;
mod select;
mod functions;
mod groups;
mod locks;
mod fuzz;
mod kept;
mod streams;
mod raw_sql;
mod explain;
mod pages;
mod maps;
mod dynamic;

use orm::prelude::*;
use orm::{Query, Result};

use crate::harness::{Database, QuerySql};

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "people")]
struct Person {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50)]
    name: String,
    #[orm(length = 50)]
    nick: Option<String>,
    age: Option<i32>,
    points: i64,
    score: f64,
    visits: u32,
    active: bool,
}

/// Four people, in the order of their keys.
async fn people(db: &Database) -> Result<()> {
    db.create::<(Person,)>().await?;
    let person = |name: &str, nick: Option<&str>, age, points, score, visits, active| Person {
        id: 0,
        name: name.into(),
        nick: nick.map(Into::into),
        age,
        points,
        score,
        visits,
        active,
    };
    let mut session = db.session();
    session.add_all([
        person("Ann", None, Some(31), 10, 1.5, 0, true),
        person("ann", Some("annie"), None, -7, -2.5, 3, false),
        person("Bob", Some("Bob"), Some(20), 0, 0.0, 2, true),
        person("Éva", Some(""), Some(45), 7, 7.5, 5, false),
    ]);
    session.commit().await
}

/// The names of the people that a query finds, in the order of their keys unless the query has an order.
async fn names(query: Query<AnyEngine, Person>) -> Result<Vec<String>> {
    let found = query.order_by(|p| p.id.asc()).all().await?;
    Ok(found.into_iter().map(|person| person.name).collect())
}

/// What stands after WHERE.
fn condition_of(query: &Query<AnyEngine, Person>) -> String {
    let sql = query.sql();
    sql.split_once(" WHERE ").expect("the query has a filter").1.to_owned()
}

/// Checks the SQL of a condition, and which people it finds.
macro_rules! finds {
    ($db:expr, $condition:expr, $sql:expr, $names:expr) => {{
        let query = $db.engine().query::<Person>().filter($condition);
        assert_eq!(condition_of(&query), $sql);
        let expected: &[&str] = &$names;
        assert_eq!(names(query).await?, expected);
    }};
}
use finds;
