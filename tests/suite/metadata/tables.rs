//! `create_all` and `drop_all`: which tables, in which order, and what becomes of those that are there.

use orm::prelude::*;
use orm::{ErrorKind, Metadata, Value};

use crate::harness::{Backend, Database, Models};

#[derive(Model, Debug, Default)]
#[orm(table = "z_grandparents")]
struct Grandparent {
    #[orm(primary_key)]
    id: i64,
}

#[derive(Model, Debug, Default)]
#[orm(table = "m_parents")]
struct Parent {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Grandparent)]
    grandparent_id: i64,
}

#[derive(Model, Debug, Default)]
#[orm(table = "a_children")]
struct Child {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Parent)]
    parent_id: i64,
    #[orm(references = Grandparent)]
    grandparent_id: Option<i64>,
    #[orm(references = Child)]
    twin_id: Option<i64>,
}

type Family = (Child, Parent, Grandparent);

/// The tables that the statements are about, in order.
fn tables_in(statements: &[String], start: &str) -> Vec<String> {
    let about = statements.iter().filter_map(|sql| sql.strip_prefix(start));
    about.map(|rest| rest.split_whitespace().next().unwrap().to_owned()).collect()
}

async fn tables_of(db: &Database) -> Vec<String> {
    let sql = db.backend().either(
        "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
        "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1",
    );
    let rows = db.rows(sql).await.unwrap();
    rows.iter().map(|row| row[0].to_string().trim_matches('\'').to_owned()).collect()
}

case!(parents_are_created_before_their_children_and_dropped_after_them, |db| {
    let log = db.log();
    db.create::<Family>().await?;
    let parents_first = ["z_grandparents", "m_parents", "a_children"];
    assert_eq!(tables_in(&log.take(), "CREATE TABLE IF NOT EXISTS "), parents_first);

    let mut session = db.session();
    session.add(Grandparent::default());
    session.flush().await?;
    session.add(Parent { grandparent_id: 1, ..Default::default() });
    session.flush().await?;
    session.add(Child { parent_id: 1, ..Default::default() });
    session.commit().await?;

    log.take();
    Family::metadata().drop_all(db.engine()).await?;
    let children_first = ["a_children", "m_parents", "z_grandparents"];
    assert_eq!(tables_in(&log.take(), "DROP TABLE IF EXISTS "), children_first);
    assert_eq!(tables_of(&db).await, Vec::<String>::new());
});

case!(foreign_keys_hold_again_after_tables_were_dropped, |db| {
    db.create::<Family>().await?;
    Metadata::empty().with::<Grandparent>().drop_all(db.engine()).await?;
    db.create::<Family>().await?;
    for _ in 0..5 {
        let orphan = Parent { grandparent_id: 7, ..Default::default() };
        let error = orphan.insert(&mut db.engine().clone()).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::ForeignKey { .. }), "{error}");
    }
});

case!(tables_that_are_there_are_left_alone, |db| {
    db.execute("CREATE TABLE m_parents (id INTEGER PRIMARY KEY, other VARCHAR(9))").await?;
    db.execute("INSERT INTO m_parents VALUES (1, 'kept')").await?;
    // Its key is an INTEGER, so no BIGINT of MySQL can refer to it.
    Metadata::empty().with::<Grandparent>().with::<Parent>().create_all(db.engine()).await?;
    assert_eq!(db.value("SELECT other FROM m_parents").await?, Value::Text("kept".into()));
    assert_eq!(tables_of(&db).await, ["m_parents", "z_grandparents"]);
});

case!(creating_twice_sends_no_ddl_the_second_time, |db| {
    db.create::<Family>().await?;
    Grandparent::default().insert(&mut db.engine().clone()).await?;
    let log = db.log();
    db.create::<Family>().await?;
    let statements = log.take();
    assert_eq!(statements.len(), 1, "{statements:?}");
    assert!(statements[0].starts_with("SELECT"), "{statements:?}");
    assert_eq!(db.engine().query::<Grandparent>().count().await?, 1);
});

case!(only_the_missing_tables_are_created, |db| {
    db.create::<(Grandparent, Parent)>().await?;
    let log = db.log();
    db.create::<Family>().await?;
    assert_eq!(tables_in(&log.take(), "CREATE TABLE IF NOT EXISTS "), ["a_children"]);
    let orphan = Child { parent_id: 1, ..Default::default() };
    let error = orphan.insert(&mut db.engine().clone()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ForeignKey { .. }), "{error}");
});

case!(two_programs_may_create_the_same_tables_at_once, |db| {
    if db.backend() == Backend::SqliteMemory {
        return Ok(());
    }
    let (other, metadata) = (db.another_engine().await?, Family::metadata());
    for _ in 0..3 {
        let (one, two) = tokio::join!(db.create::<Family>(), metadata.create_all(&other));
        one?;
        two?;
        assert_eq!(tables_of(&db).await, ["a_children", "m_parents", "z_grandparents"]);
        Family::metadata().drop_all(&other).await?;
    }
    other.close().await;
});

case!(dropping_passes_over_tables_that_are_not_there, |db| {
    Family::metadata().drop_all(db.engine()).await?;
    db.create::<(Grandparent,)>().await?;
    Family::metadata().drop_all(db.engine()).await?;
    assert_eq!(tables_of(&db).await, Vec::<String>::new());
});

#[derive(Model, Debug, Default)]
#[orm(table = "departments")]
struct Department {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Employee)]
    head_id: Option<i64>,
}

#[derive(Model, Debug, Default)]
#[orm(table = "employees")]
struct Employee {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Department)]
    department_id: i64,
}

case!(two_tables_may_refer_to_each_other, |db| {
    db.create::<(Department, Employee)>().await?;
    let mut engine = db.engine().clone();
    let department = Department::default().insert(&mut engine).await?;
    let employee =
        Employee { department_id: department.id, ..Default::default() }.insert(&mut engine).await?;
    let mut session = db.session();
    let department = session.get::<Department>(department.id).await?.unwrap();
    session[department].head_id = Some(employee.id);
    session.commit().await?;

    // Both keys hold.
    session[department].head_id = Some(99);
    let error = session.commit().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ForeignKey { .. }), "{error}");
    let error = Employee { department_id: 99, ..Default::default() }.insert(&mut engine).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ForeignKey { .. }), "{error}");

    // Rows that refer to each other keep nobody from dropping the tables.
    <(Department, Employee)>::metadata().drop_all(db.engine()).await?;
    assert_eq!(tables_of(&db).await, Vec::<String>::new());
    db.create::<(Department, Employee)>().await?;
});

case!(a_table_may_refer_to_itself, |db| {
    db.create::<Family>().await?;
    let mut engine = db.engine().clone();
    Grandparent::default().insert(&mut engine).await?;
    Parent { grandparent_id: 1, ..Default::default() }.insert(&mut engine).await?;
    Child { parent_id: 1, ..Default::default() }.insert(&mut engine).await?;
    Child { parent_id: 1, twin_id: Some(1), ..Default::default() }.insert(&mut engine).await?;
    let lonely = Child { parent_id: 1, twin_id: Some(9), ..Default::default() };
    let error = lonely.insert(&mut engine).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ForeignKey { .. }), "{error}");
});

#[derive(Model, Debug, Default)]
#[orm(table = "bad_checks", check = "no such thing at all")]
struct BadCheck {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Grandparent)]
    grandparent_id: i64,
}

case!(a_create_that_fails_shows_the_statement_and_is_undone_where_that_can_be, |db| {
    let error = db.create::<(Grandparent, BadCheck)>().await.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error.kind(), ErrorKind::Database { .. }), "{text}");
    let quote = db.backend().either('"', '`');
    assert!(
        text.contains(&format!("; while running: CREATE TABLE IF NOT EXISTS {quote}bad_checks{quote} (")),
        "{text}"
    );
    // DDL commits on the servers.
    let left: &[&str] = db.backend().either(&[], &["z_grandparents"]);
    assert_eq!(tables_of(&db).await, left);
    // The connection is good and its foreign keys hold.
    db.create::<(Grandparent, Parent)>().await?;
    let orphan = Parent { grandparent_id: 7, ..Default::default() };
    assert!(orphan.insert(&mut db.engine().clone()).await.is_err());
});

#[test]
fn every_linked_model_is_in_the_metadata_of_the_program_in_the_order_of_tables() {
    let metadata = orm::metadata();
    let tables: Vec<&str> = metadata.models().iter().map(|model| model.table).collect();
    assert!(tables.is_sorted(), "{tables:?}");
    for table in ["a_children", "m_parents", "z_grandparents", "departments"] {
        assert!(tables.contains(&table), "{table} is missing among {tables:?}");
    }
}

#[derive(Model, Debug, Default)]
struct AddressLine {
    #[orm(primary_key)]
    line_id: i64,
    #[orm(column = "the text")]
    text: String,
    r#type: Option<i32>,
}

case!(names_come_from_the_program_unless_they_are_given, |db| {
    db.create::<(AddressLine,)>().await?;
    let line = AddressLine { text: "here".into(), r#type: Some(1), ..Default::default() };
    line.insert(&mut db.engine().clone()).await?;
    let quote = db.backend().either('"', '`');
    let sql = format!("SELECT line_id, {quote}the text{quote}, type FROM address_lines");
    assert_eq!(db.rows(&sql).await?, [[Value::Int(1), Value::Text("here".into()), Value::Int(1)]]);
});
