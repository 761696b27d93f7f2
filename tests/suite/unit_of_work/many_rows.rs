//! Changed rows whose keys lie close together: a backend may write all of them in one run, and nobody can tell.

use orm::prelude::*;
use orm::{Error, ErrorKind};

use super::*;

/// A child whose key and whose parent's key are integers.
#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_badges")]
struct Badge {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Person)]
    owner_id: i64,
    #[orm(length = 50)]
    text: Option<String>,
}

fn names(count: usize) -> impl Iterator<Item = Person> {
    (0..count).map(|number| person(&format!("p{number}")))
}

#[track_caller]
fn assert_names_alone(error: &Error, object: &str) {
    assert!(matches!(error.kind(), ErrorKind::Stale { object: named } if named == object), "{error}");
}

case!(only_the_rows_that_changed_are_written, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let handles = session.add_all(names(400));
    session.commit().await?;
    db.execute("UPDATE uow_people SET age = 7").await?;
    // Numbers in a row, then with gaps, then far apart.
    let is_changed = |id: i64| match id {
        0..150 => true,
        150..300 => id % 3 != 1,
        _ => id % 10 == 0,
    };
    for handle in &handles {
        if is_changed(session[handle].id) {
            session[handle].name = format!("q{}", session[handle].id);
        }
    }
    session.commit().await?;
    for row in db.engine().query::<Person>().order_by(|p| p.id.asc()).all().await? {
        let name = if is_changed(row.id) { format!("q{}", row.id) } else { format!("p{}", row.id - 1) };
        assert_eq!((row.name, row.age), (name, Some(7)));
    }
});

case!(foreign_keys_of_many_rows_are_written_and_checked, |db| {
    db.create::<(Person, Badge)>().await?;
    let mut session = db.session();
    let owners = session.add_all(names(50));
    session.flush().await?;
    let ids: Vec<i64> = owners.iter().map(|owner| session[owner].id).collect();
    let badges = session.add_all(ids.iter().map(|id| Badge { owner_id: *id, ..Default::default() }));
    session.commit().await?;
    for (badge, id) in badges.iter().zip(ids.iter().rev()) {
        session[badge].owner_id = *id;
        session[badge].text = Some(format!("of {id}"));
    }
    session.commit().await?;
    for row in db.engine().query::<Badge>().all().await? {
        assert_eq!((row.owner_id, row.text), (51 - row.id, Some(format!("of {}", 51 - row.id))));
    }
    for badge in &badges {
        session[badge].owner_id = 7;
    }
    session[badges[20]].owner_id = 777;
    let error = refused(session.commit().await);
    assert!(matches!(error.kind(), ErrorKind::ForeignKey { .. }), "{error}");
    session.rollback().await?;
    assert_eq!(table(&db, "SELECT COUNT(*) FROM uow_badges WHERE owner_id = 7").await?, "1");
});

case!(a_row_that_is_gone_is_named_among_many, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let handles = session.add_all(names(40));
    session.commit().await?;
    db.execute("DELETE FROM uow_people WHERE id = 23").await?;
    for handle in &handles {
        session[handle].age = Some(1);
    }
    assert_names_alone(&refused(session.commit().await), "Person#22 (id 23)");
    session.rollback().await?;
    assert_eq!(table(&db, "SELECT COUNT(*) FROM uow_people WHERE age IS NULL").await?, "39");
});

case!(a_row_of_another_version_is_named_among_many, |db| {
    db.create::<(Document,)>().await?;
    let mut session = db.session();
    let handles = session.add_all((0..40).map(|number| document(&format!("d{number}"))));
    session.commit().await?;
    db.execute("UPDATE uow_documents SET version = 5 WHERE id = 30").await?;
    for handle in &handles {
        session[handle].title = "changed".into();
    }
    assert_names_alone(&refused(session.commit().await), "Document#29 (id 30)");
    session.rollback().await?;
    assert_eq!(table(&db, "SELECT COUNT(*) FROM uow_documents WHERE title = 'changed'").await?, "0");
    session.refresh(handles[29]).await?;
    for handle in &handles {
        session[handle].title = "changed".into();
    }
    session.commit().await?;
    assert_eq!((session[handles[29]].version, session[handles[30]].version), (6, 2));
    assert_eq!(table(&db, "SELECT COUNT(*) FROM uow_documents WHERE version = 2").await?, "39");
});

case!(a_value_that_is_taken_undoes_the_others, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let handles = session.add_all(names(41));
    session.commit().await?;
    for handle in &handles[..40] {
        session[handle].name = format!("q{}", session[handle].id);
    }
    session[handles[25]].name = "p40".into();
    let error = refused(session.commit().await);
    assert!(matches!(error.kind(), ErrorKind::Unique { .. }), "{error}");
    assert!(error.to_string().contains("Person#25 (id 26) and Person#40 (id 41)"), "{error}");
    session.rollback().await?;
    assert_eq!(table(&db, "SELECT COUNT(*) FROM uow_people WHERE name LIKE 'q%'").await?, "0");
});

case!(a_row_that_a_trigger_passes_over_is_named_among_many, |db| {
    if db.is_server() {
        // Their triggers cannot pass over a row.
        return Ok(());
    }
    db.create::<(Person,)>().await?;
    db.execute(
        "CREATE TRIGGER pass_over BEFORE UPDATE ON uow_people WHEN new.id = 12 BEGIN SELECT RAISE(IGNORE); END",
    )
    .await?;
    let mut session = db.session();
    let handles = session.add_all(names(40));
    session.commit().await?;
    for handle in &handles {
        session[handle].age = Some(1);
    }
    assert_names_alone(&refused(session.commit().await), "Person#11 (id 12)");
});

case!(keys_that_the_table_keeps_as_text_are_found, |db| {
    let text = db.backend().either("TEXT", "VARCHAR(20)");
    let create = format!("CREATE TABLE uow_people (id {text} PRIMARY KEY, name VARCHAR(50), age INTEGER)");
    db.execute(&create).await?;
    let mut session = db.session();
    let handles = session.add_all((95..125).map(|id| numbered(id, &format!("p{id}"))));
    session.commit().await?;
    for handle in &handles {
        session[handle].age = Some(session[handle].id as i32);
    }
    session.commit().await?;
    assert_eq!(table(&db, "SELECT COUNT(*) FROM uow_people WHERE age = id").await?, "30");
});
