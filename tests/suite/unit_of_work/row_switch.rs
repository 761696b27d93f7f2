//! Rule 4: delete and add of one primary key in one flush is one UPDATE of the row.

use orm::prelude::*;
use orm::{ErrorKind, ObjectState};

use super::*;

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_notes")]
struct Note {
    #[orm(primary_key, length = 20)]
    code: String,
    #[orm(references = Person)]
    author_id: Option<i64>,
    text: Option<String>,
    #[orm(server_default = "7")]
    stars: Auto<i32>,
    #[orm(version)]
    version: i64,
}

fn note(code: &str, text: Option<&str>) -> Note {
    Note { code: code.into(), text: text.map(Into::into), stars: 1.into(), ..Default::default() }
}

case!(rule_04_a_switched_row_is_one_update_of_every_column, |db| {
    db.create::<(Person, Note)>().await?;
    let mut session = db.session();
    session.add(numbered(1, "Ann"));
    let old = session.add(Note { author_id: Some(1), ..note("a", Some("old")) });
    session.commit().await?;
    session[old].text = Some("older".into());
    session.commit().await?;

    session.delete(old);
    let new = session.add(note("a", None));
    let log = db.log();
    session.flush().await?;
    assert_eq!(
        log.take_writes(),
        [
            "UPDATE uow_notes SET author_id = ?, text = ?, stars = ?, version = ? WHERE code = ? AND version = ?"
        ]
    );
    assert_eq!(session.state(old), Some(ObjectState::Deleted));
    assert_eq!(session.state(new), Some(ObjectState::Persistent));
    assert_eq!(session[new].version, 3, "the counter goes on");
    session.commit().await?;
    let sql = "SELECT code, author_id, text, stars, version FROM uow_notes";
    assert_eq!(table(&db, sql).await?, "a | NULL | NULL | 1 | 3");
    assert_eq!(session.get_ref(old), None);
    assert_eq!(Note::get(&mut session, "a").await?, Some(new));

    session[new].text = Some("newer".into());
    session.commit().await?;
    assert_eq!(table(&db, sql).await?, "a | NULL | newer | 1 | 4");
});

case!(rule_04_a_default_of_the_database_applies_to_a_switched_row_as_to_a_new_one, |db| {
    db.create::<(Person, Note)>().await?;
    let mut session = db.session();
    let old = session.add(note("a", Some("old")));
    session.commit().await?;
    session.delete(old);
    let new = session.add(Note { stars: Auto::Unset, ..note("a", Some("new")) });
    session.commit().await?;
    assert_eq!(table(&db, "SELECT text, stars, version FROM uow_notes").await?, "new | 7 | 2");
    assert_eq!(session[new].stars, Auto::Set(7));
});

case!(rule_04_a_rolled_back_switch_gives_both_objects_back, |db| {
    db.create::<(Person, Note)>().await?;
    let mut session = db.session();
    let old = session.add(note("a", Some("old")));
    session.commit().await?;
    session.delete(old);
    let new = session.add(note("a", Some("new")));
    session.flush().await?;
    session.rollback().await?;
    assert_eq!(session.state(old), Some(ObjectState::Persistent));
    assert_eq!(session.state(new), Some(ObjectState::Transient));
    assert_eq!(session[new].version, 0);
    assert_eq!(Note::get(&mut session, "a").await?, Some(old));
    assert_eq!(session[old].text.as_deref(), Some("old"));
    // And once more.
    session.delete(old);
    session.add(new);
    session.commit().await?;
    assert_eq!(table(&db, "SELECT text, version FROM uow_notes").await?, "new | 2");
});

case!(rule_04_a_switch_of_a_row_that_somebody_else_changed_is_refused, |db| {
    db.create::<(Person, Note)>().await?;
    let mut session = db.session();
    let old = session.add(note("a", Some("old")));
    session.commit().await?;
    db.execute("UPDATE uow_notes SET version = 5").await?;
    session.delete(old);
    session.add(note("a", Some("new")));
    let error = refused(session.commit().await);
    assert!(
        matches!(error.kind(), ErrorKind::Stale { object } if object.contains("Note#1 (code 'a')")),
        "{error}"
    );
});

case!(a_switch_frees_the_unique_values_of_the_deleted_object, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let old = session.add(person("Ann"));
    session.commit().await?;
    session.delete(old);
    session.add(numbered(2, "Ann"));
    session.add(numbered(1, "Bob"));
    session.commit().await?;
    assert_eq!(people(&db).await?, "1 | Bob | NULL\n2 | Ann | NULL");
});

case!(two_rows_are_switched_with_each_others_unique_values, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let old = session.add_all(["Ann", "Bob"].map(person));
    session.commit().await?;
    for handle in old {
        session.delete(handle);
    }
    session.add(numbered(1, "Bob"));
    session.add(numbered(2, "Ann"));
    session.commit().await?;
    assert_eq!(people(&db).await?, "1 | Bob | NULL\n2 | Ann | NULL");
});

case!(rule_04_children_of_a_switched_row_stay, |db| {
    db.create::<(Person, Note)>().await?;
    let mut session = db.session();
    let ann = session.add(numbered(1, "Ann"));
    session.add(Note { author_id: Some(1), ..note("a", None) });
    session.commit().await?;
    session.delete(ann);
    session.add(numbered(1, "Bob"));
    session.commit().await?;
    assert_eq!(table(&db, "SELECT author_id FROM uow_notes").await?, "1");
});

/// Refers to its own kind by a natural key.
#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_topics")]
struct Topic {
    #[orm(primary_key, length = 20)]
    code: String,
    #[orm(references = Topic, length = 20)]
    parent: Option<String>,
    #[orm(version)]
    version: i64,
}

fn topic(code: &str, parent: Option<&str>) -> Topic {
    Topic { code: code.into(), parent: parent.map(Into::into), version: 0 }
}

case!(a_switched_row_follows_a_key_that_changes_in_the_same_flush, |db| {
    db.create::<(Topic,)>().await?;
    let mut session = db.session();
    let parent = session.add(topic("a", None));
    let old = session.add(topic("b", Some("a")));
    session.commit().await?;
    session[parent].code = "c".into();
    session.delete(old);
    let new = session.add(topic("b", Some("c")));
    session.commit().await?;
    let sql = "SELECT code, parent, version FROM uow_topics ORDER BY code";
    assert_eq!(table(&db, sql).await?, "b | c | 2\nc | NULL | 2");
    session[new].parent = None;
    session.commit().await?;
    assert_eq!(table(&db, sql).await?, "b | NULL | 3\nc | NULL | 2");
});

case!(an_edited_key_of_a_deleted_object_does_not_hide_its_row, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let handles = session.add_all(["Ann", "Bob"].map(person));
    session.commit().await?;
    session[handles[0]].id = 9;
    session.delete(handles[0]);
    // After the deletion as well: the row is still the one that was read.
    session[handles[1]].age = Some(1);
    session.delete(handles[1]);
    session[handles[1]].id = 8;
    session.add(numbered(1, "Cid"));
    session.commit().await?;
    assert_eq!(people(&db).await?, "1 | Cid | NULL");
});

case!(an_object_that_is_edited_after_its_deletion_was_marked_deletes_its_own_row, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let handles = session.add_all(["Ann", "Bob"].map(person));
    session.commit().await?;
    session.delete(handles[0]);
    session[handles[0]].id = 2;
    session.commit().await?;
    assert_eq!(people(&db).await?, "2 | Bob | NULL");
});
