//! Rule 15: primary keys that change. The WHERE names the old key, the identity map the new one.

use orm::ObjectState;
use orm::prelude::*;

use super::*;

/// Follows its parent's key in the database.
#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_rivers")]
struct River {
    #[orm(primary_key, length = 20)]
    name: String,
    #[orm(references = Country, length = 20, on_update = "cascade")]
    country: String,
}

fn river(name: &str, country: &str) -> River {
    River { name: name.into(), country: country.into() }
}

const COUNTRIES: &str = "SELECT code, name FROM uow_countries ORDER BY code";

case!(rule_15_a_changed_key_is_written_under_the_old_one_and_found_under_the_new_one, |db| {
    db.create::<(Country,)>().await?;
    let mut session = db.session();
    let france = session.add(country("fr"));
    session.commit().await?;
    session[france].code = "fra".into();
    let log = db.log();
    session.flush().await?;
    assert_eq!(log.take_writes(), ["UPDATE uow_countries SET code = ? WHERE code = ?"]);
    assert_eq!(Country::get(&mut session, "fra").await?, Some(france));
    assert_eq!(Country::get(&mut session, "fr").await?, None);
    session.commit().await?;
    session[france].name = "France".into();
    session.commit().await?;
    assert_eq!(table(&db, COUNTRIES).await?, "fra | France");
});

case!(until_the_flush_an_object_is_found_under_the_key_of_its_row, |db| {
    db.create::<(Country,)>().await?;
    let mut session = db.session();
    let france = session.add(country("fr"));
    session.flush().await?;
    session[france].code = "fra".into();
    assert_eq!(Country::get(&mut session, "fr").await?, Some(france));
    let found = session.query::<Country>().autoflush(false).all().await?;
    assert_eq!((found.as_slice(), session[france].code.as_str()), (&[france][..], "fra"));
    session[france].code = "fr".into();
    let log = db.log();
    session.flush().await?;
    assert_eq!(log.take(), [""; 0], "the key is what it was");
});

case!(rule_15_a_rollback_restores_changed_keys, |db| {
    db.create::<(Country,)>().await?;
    let mut session = db.session();
    let france = session.add(country("fr"));
    session.commit().await?;
    session[france].code = "fra".into();
    session.flush().await?;
    session[france].code = "franc".into();
    session.flush().await?;
    session[france].code = "france".into();
    session.rollback().await?;
    assert_eq!(session[france].code, "fr");
    assert_eq!(Country::get(&mut session, "fr").await?, Some(france));
    assert_eq!(Country::get(&mut session, "fra").await?, None);
    session[france].name = "France".into();
    session.commit().await?;
    assert_eq!(table(&db, COUNTRIES).await?, "fr | France");
});

case!(a_rollback_restores_keys_that_were_swapped_or_rotated, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let handles = session.add_all(["Ann", "Bob", "Cid"].map(person));
    session.commit().await?;
    for (handle, id) in handles.iter().zip([2, 3, 1]) {
        session[handle].id = id;
    }
    session.flush().await?;
    session.rollback().await?;
    for (handle, id) in handles.iter().zip(1..) {
        assert_eq!(session.get_ref(*handle).map(|person| person.id), Some(id));
        assert_eq!(Person::get(&mut session, id).await?, Some(*handle));
        session[handle].age = Some(id as i32);
    }
    session.commit().await?;
    assert_eq!(people(&db).await?, "1 | Ann | 1\n2 | Bob | 2\n3 | Cid | 3");
});

case!(a_rollback_restores_keys_that_were_given_up_and_taken, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let handles = session.add_all(["Ann", "Bob", "Cid"].map(person));
    session.commit().await?;
    session.delete(handles[0]);
    session[handles[1]].id = 1;
    session[handles[2]].id = 2;
    let new = session.add(numbered(3, "Dan"));
    session.flush().await?;
    session[new].id = 4;
    session.flush().await?;
    session.rollback().await?;
    assert_eq!(session.state(new), Some(ObjectState::Transient));
    for (handle, id) in handles.iter().zip(1..) {
        assert_eq!(Person::get(&mut session, id).await?, Some(*handle), "{id}");
    }
    session.delete(handles[2]);
    session.commit().await?;
    assert_eq!(people(&db).await?, "1 | Ann | NULL\n2 | Bob | NULL");
});

case!(rule_15_the_database_lets_children_follow_and_they_are_read_again, |db| {
    db.create::<(Country, River)>().await?;
    let mut session = db.session();
    let france = session.add(country("fr"));
    let seine = session.add(river("Seine", "fr"));
    session.commit().await?;
    session[france].code = "fra".into();
    session.commit().await?;
    assert_eq!(session.query::<River>().one().await?, seine);
    assert_eq!(session[seine].country, "fra");
});

case!(rule_15_children_that_follow_by_hand_are_written_after_their_parent, |db| {
    db.create::<(Country, River)>().await?;
    let mut session = db.session();
    let france = session.add(country("fr"));
    let seine = session.add(river("Seine", "fr"));
    session.commit().await?;
    session[seine].country = "fra".into();
    session[france].code = "fra".into();
    session.add(river("Loire", "fra"));
    session.commit().await?;
    let sql = "SELECT name, country FROM uow_rivers ORDER BY name";
    assert_eq!(table(&db, sql).await?, "Loire | fra\nSeine | fra");
});

case!(rule_15_a_nullable_key_follows_where_the_database_does_not, |db| {
    db.create::<(Node,)>().await?;
    let mut session = db.session();
    let trunk = session.add(node("trunk", None));
    let leaves = session.add_all(["a", "b", "c"].map(|id| node(id, Some("trunk"))));
    session.commit().await?;
    session[trunk].id = "stem".into();
    for leaf in &leaves {
        session[leaf].parent = Some("stem".into());
    }
    session.commit().await?;
    let sql = "SELECT id, parent FROM uow_nodes ORDER BY id";
    assert_eq!(table(&db, sql).await?, "a | stem\nb | stem\nc | stem\nstem | NULL");
});

case!(rows_that_refer_to_themselves_and_to_each_other_change_their_keys, |db| {
    db.create::<(Node,)>().await?;
    let mut session = db.session();
    let nodes = session.add_all([node("a", Some("a")), node("b", Some("c")), node("c", Some("b"))]);
    let gone = session.add(node("d", Some("d")));
    session.commit().await?;
    session[nodes[0]] = node("x", Some("x"));
    session[nodes[1]] = node("y", Some("z"));
    session[nodes[2]] = node("z", Some("y"));
    session.delete(gone);
    session.commit().await?;
    let sql = "SELECT id, parent FROM uow_nodes ORDER BY id";
    assert_eq!(table(&db, sql).await?, "x | x\ny | z\nz | y");
    session[nodes[1]].parent = None;
    session.commit().await?;
    assert_eq!(table(&db, sql).await?, "x | x\ny | NULL\nz | y");
});

case!(a_child_leaves_before_its_parents_key_changes, |db| {
    db.create::<(Country, City)>().await?;
    let mut session = db.session();
    let countries = session.add_all(["fr", "it"].map(country));
    let cities = session.add_all([city("Nice", "fr"), city("Nizza", "fr")]);
    session.commit().await?;
    session[countries[0]].code = "fra".into();
    session[cities[0]].country = "it".into();
    session.delete(cities[1]);
    session.commit().await?;
    assert_eq!(table(&db, "SELECT name, country FROM uow_cities").await?, "Nice | it");
});

case!(a_key_of_two_columns_changes_in_part, |db| {
    db.create::<(Line,)>().await?;
    let mut session = db.session();
    let lines = session.add_all([1, 2, 3].map(|number| Line { order_id: 1, number, text: "x".into() }));
    session.commit().await?;
    // Each moves up by one, the last first.
    for line in &lines {
        session[line].number += 1;
    }
    session[lines[0]].text = "first".into();
    session.commit().await?;
    let sql = "SELECT number, text FROM uow_lines ORDER BY number";
    assert_eq!(table(&db, sql).await?, "2 | first\n3 | x\n4 | x");
    assert_eq!(Line::get(&mut session, (1, 2)).await?, Some(lines[0]));
    assert_eq!(Line::get(&mut session, (1, 1)).await?, None);
});

case!(a_row_takes_the_key_of_a_deleted_one, |db| {
    db.create::<(Country,)>().await?;
    let mut session = db.session();
    let handles = session.add_all(["fr", "it"].map(country));
    session.commit().await?;
    session.delete(handles[0]);
    session[handles[1]].code = "fr".into();
    session.commit().await?;
    assert_eq!(table(&db, COUNTRIES).await?, "fr | Land of it");
    assert_eq!(Country::get(&mut session, "fr").await?, Some(handles[1]));
});
