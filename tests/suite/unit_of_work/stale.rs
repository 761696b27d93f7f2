//! Rule 23: rows matched, not rows changed; and versions.

use orm::prelude::*;
use orm::{Error, ErrorKind};

use super::*;

#[track_caller]
fn assert_stale(error: &Error, objects: &[&str]) {
    assert!(matches!(error.kind(), ErrorKind::Stale { .. }), "{error}");
    let text = error.to_string();
    for object in objects {
        assert!(text.contains(object), "`{text}` does not name {object}");
    }
}

case!(rule_23_an_update_to_the_same_value_matches_its_row, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let handles = session.add_all((0..3).map(|number| person(&format!("p{number}"))));
    session.commit().await?;
    // Somebody else wrote the very same: the rows are matched, and nothing changes in them.
    db.execute("UPDATE uow_people SET age = 5").await?;
    for handle in &handles {
        session[handle].age = Some(5);
    }
    session.commit().await?;
    session[handles[0]].age = Some(6);
    db.execute("UPDATE uow_people SET age = 6").await?;
    session.commit().await?;
});

case!(rule_23_a_row_that_is_gone_makes_its_update_and_its_delete_stale, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let handles = session.add_all(["Ann", "Bob", "Cid", "Dan"].map(person));
    session.commit().await?;
    db.execute("DELETE FROM uow_people WHERE id IN (1, 3)").await?;

    session[handles[0]].age = Some(1);
    assert_stale(&refused(session.commit().await), &["Person#0 (id 1)"]);
    session.rollback().await?;

    // Of a batch, the one that is not there.
    for handle in &handles[1..] {
        session[handle].age = Some(1);
    }
    let error = refused(session.commit().await);
    assert_stale(&error, &["Person#2 (id 3)"]);
    assert!(!error.to_string().contains("Person#1"), "{error}");
    session.rollback().await?;

    session.delete(handles[0]);
    assert_stale(&refused(session.commit().await), &["Person#0 (id 1)"]);
    session.rollback().await?;

    // A DELETE took the others of its batch away, so that all are named that it may have been.
    for handle in &handles {
        session.delete(*handle);
    }
    assert_stale(&refused(session.commit().await), &["Person#0 (id 1)", "Person#2 (id 3)"]);
    session.rollback().await?;
    assert_eq!(people(&db).await?, "2 | Bob | NULL\n4 | Dan | NULL");
});

case!(rule_23_versions_count_and_old_ones_are_refused, |db| {
    db.create::<(Document,)>().await?;
    let mut session = db.session();
    let handle = session.add(document("one"));
    session.commit().await?;
    assert_eq!(session[handle].version, 1);
    let log = db.log();
    session[handle].title = "two".into();
    session.commit().await?;
    assert_eq!(
        log.take_writes(),
        ["UPDATE uow_documents SET title = ?, version = ? WHERE id = ? AND version = ?"]
    );
    assert_eq!(session[handle].version, 2);

    // Two sessions read the same version; the second to write is refused.
    let mut other = db.session();
    let theirs = Document::get(&mut other, 1).await?.unwrap();
    session.refresh(handle).await?;
    session[handle].title = "three".into();
    session.commit().await?;
    other[theirs].title = "mine".into();
    assert_stale(&refused(other.commit().await), &["Document#0 (id 1)"]);
    other.rollback().await?;
    assert_eq!(other[theirs].title, "two");
    // Reading it again makes it good.
    Document::get(&mut other, 1).await?;
    other[theirs].title.push_str(" and four");
    other.commit().await?;
    let sql = "SELECT title, version FROM uow_documents";
    assert_eq!(table(&db, sql).await?, "three and four | 4");

    // A stale delete is refused as well.
    session.delete(handle);
    assert_stale(&refused(session.commit().await), &["Document#0 (id 1)"]);
    session.rollback().await?;
    session.refresh(handle).await?;
    session.delete(handle);
    session.commit().await?;
    assert_eq!(table(&db, sql).await?, "");
});

case!(rule_23_one_old_version_in_a_batch_is_found, |db| {
    db.create::<(Document,)>().await?;
    let mut session = db.session();
    let handles = session.add_all((0..20).map(|number| document(&format!("d{number}"))));
    session.commit().await?;
    db.execute("UPDATE uow_documents SET version = 2 WHERE id = 14").await?;
    for handle in &handles {
        session[handle].title.push('!');
    }
    assert_stale(&refused(session.commit().await), &["Document#13 (id 14)"]);
    session.rollback().await?;
    let sql = "SELECT COUNT(*), MAX(version), SUM(version) FROM uow_documents WHERE title NOT LIKE '%!'";
    assert_eq!(table(&db, sql).await?, "20 | 2 | 21");
    session.query::<Document>().all().await?;
    for handle in &handles {
        session[handle].title.push('?');
    }
    session.commit().await?;
    assert_eq!(table(&db, "SELECT SUM(version) FROM uow_documents").await?, "41");
    for handle in &handles {
        assert_eq!(session[handle].version, if session[handle].id == 14 { 3 } else { 2 });
    }
});

case!(rule_23_one_old_version_in_a_batch_of_deletes_is_found, |db| {
    db.create::<(Document,)>().await?;
    let mut session = db.session();
    let handles = session.add_all((0..20).map(|number| document(&format!("d{number}"))));
    session.commit().await?;
    db.execute("UPDATE uow_documents SET version = 2 WHERE id = 14").await?;
    for handle in &handles {
        session.delete(*handle);
    }
    let error = refused(session.commit().await);
    assert_stale(&error, &["Document#13 (id 14)"]);
    assert!(!error.to_string().contains("Document#12"), "{error}");
    session.rollback().await?;
    assert_eq!(table(&db, "SELECT COUNT(*) FROM uow_documents").await?, "20");
});

case!(several_flushes_of_one_transaction_count_several_versions, |db| {
    db.create::<(Document,)>().await?;
    let mut session = db.session();
    let handle = session.add(document("one"));
    session.flush().await?;
    session[handle].title = "two".into();
    session.flush().await?;
    session[handle].title = "three".into();
    session.commit().await?;
    assert_eq!(session[handle].version, 3);
    assert_eq!(table(&db, "SELECT version FROM uow_documents").await?, "3");
});

case!(a_version_begins_where_it_was_set_and_cannot_be_edited, |db| {
    db.create::<(Document,)>().await?;
    let mut session = db.session();
    let handle = session.add(Document { version: 40, ..document("one") });
    session.commit().await?;
    assert_eq!(session[handle].version, 40);
    // Alone, an edit of the version is nothing; and it does not last.
    session[handle].version = 7;
    assert!(!session.is_modified(handle), "{:?}", session.changes(handle));
    session.commit().await?;
    session[handle].title = "two".into();
    session.commit().await?;
    assert_eq!(session[handle].version, 41);
    session[handle].version = 3;
    session[handle].title = "three".into();
    session.commit().await?;
    assert_eq!(table(&db, "SELECT title, version FROM uow_documents").await?, "three | 42");
});

case!(an_unchanged_object_counts_no_version, |db| {
    db.create::<(Document,)>().await?;
    let mut session = db.session();
    let handle = session.add(document("one"));
    session.commit().await?;
    session[handle].title = "one".into();
    session.commit().await?;
    assert_eq!(table(&db, "SELECT version FROM uow_documents").await?, "1");
});
