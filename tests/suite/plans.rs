//! What a flush would write, in order, as `session.plan()` prints it. Plans need no database but for the rows that they
//! start from: SQLite in memory serves.

use insta::assert_snapshot;
use orm::prelude::*;
use orm::{ErrorKind, Result};

use crate::harness::Database;
use crate::unit_of_work::*;

/// A test on an empty database in memory.
macro_rules! planned {
    ($name:ident, |$db:ident| $body:block) => {
        #[test]
        fn $name() {
            crate::harness::run(crate::harness::Backend::SqliteMemory, |$db| async move {
                $body
                Ok(())
            });
        }
    };
}

mod keys;

/// The plan of a session.
fn plan(session: &mut UnitOfWork) -> Result<String> {
    Ok(session.plan()?.to_string())
}

/// A session whose objects have rows.
async fn with_rows<T>(db: &Database, fill: impl FnOnce(&mut UnitOfWork) -> T) -> Result<(UnitOfWork, T)> {
    let mut session = db.session();
    let handles = fill(&mut session);
    session.commit().await?;
    Ok((session, handles))
}

planned!(nothing_to_write_is_said_so, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    assert_snapshot!(plan(&mut session)?, @"nothing to write");
    let ann = session.add(person("Ann"));
    session.delete(ann);
    assert_snapshot!(plan(&mut session)?, @"nothing to write");
});

// Order between tables.

planned!(parents_are_written_before_children_whatever_the_order_of_add, |db| {
    let mut session = db.session();
    session.add(city("Paris", "fr"));
    session.add(country("fr"));
    session.add(city("Rome", "it"));
    session.add(country("it"));
    assert_snapshot!(plan(&mut session)?, @r"
    INSERT INTO uow_countries (code, name): 2 rows: Country#1, Country#3
    INSERT INTO uow_cities (name, country, claimed_by): 2 rows: City#0, City#2
    ");
});

planned!(children_are_deleted_before_parents, |db| {
    db.create::<(Country, City)>().await?;
    let (mut session, (countries, cities)) = with_rows(&db, |session| {
        let countries = session.add_all(["fr", "it"].map(country));
        (countries, session.add_all([city("Paris", "fr"), city("Rome", "it")]))
    })
    .await?;
    for handle in countries.into_iter().rev() {
        session.delete(handle);
    }
    for handle in cities.into_iter().rev() {
        session.delete(handle);
    }
    assert_snapshot!(plan(&mut session)?, @r"
    DELETE FROM uow_cities: 2 rows: City#2 (name 'Paris'), City#3 (name 'Rome')
    DELETE FROM uow_countries: 2 rows: Country#0 (code 'fr'), Country#1 (code 'it')
    ");
});

planned!(inserts_and_updates_come_before_deletes, |db| {
    db.create::<(Country, City)>().await?;
    let (mut session, (france, paris, lyon)) = with_rows(&db, |session| {
        let france = session.add(country("fr"));
        (france, session.add(city("Paris", "fr")), session.add(city("Lyon", "fr")))
    })
    .await?;
    session[france].name = "France".into();
    session.delete(lyon);
    session.add(city("Rome", "it"));
    session.add(country("it"));
    session[paris].claimed_by = Some("it".into());
    assert_snapshot!(plan(&mut session)?, @r"
    INSERT INTO uow_countries (code, name): 1 row: Country#4
    UPDATE uow_countries (name): 1 row: Country#0 (code 'fr')
    INSERT INTO uow_cities (name, country, claimed_by): 1 row: City#3
    UPDATE uow_cities (claimed_by): 1 row: City#1 (name 'Paris')
    DELETE FROM uow_cities: 1 row: City#2 (name 'Lyon')
    ");
});

planned!(a_child_is_moved_away_before_its_parent_goes, |db| {
    db.create::<(Country, City)>().await?;
    let (mut session, (france, nice)) =
        with_rows(&db, |session| (session.add(country("fr")), session.add(city("Nice", "fr")))).await?;
    session.delete(france);
    session[nice].country = "sa".into();
    session.add(country("sa"));
    assert_snapshot!(plan(&mut session)?, @r"
    INSERT INTO uow_countries (code, name): 1 row: Country#2
    UPDATE uow_cities (country): 1 row: City#1 (name 'Nice')
    DELETE FROM uow_countries: 1 row: Country#0 (code 'fr')
    ");
});

planned!(trees_are_inserted_level_by_level, |db| {
    let mut session = db.session();
    session.add(node("leaf 1", Some("twig")));
    session.add(node("leaf 2", Some("trunk")));
    session.add(node("twig", Some("trunk")));
    session.add(node("trunk", None));
    session.add(node("bush", None));
    assert_snapshot!(plan(&mut session)?, @r"
    INSERT INTO uow_nodes (id, parent): 2 rows: Node#3, Node#4
    INSERT INTO uow_nodes (id, parent): 2 rows: Node#1, Node#2
    INSERT INTO uow_nodes (id, parent): 1 row: Node#0
    ");
});

planned!(trees_are_deleted_from_the_leaves_on, |db| {
    db.create::<(Node,)>().await?;
    let (mut session, nodes) = with_rows(&db, |session| {
        let twig = node("twig", Some("trunk"));
        session.add_all([node("trunk", None), twig, node("leaf", Some("twig")), node("bush", None)])
    })
    .await?;
    for handle in nodes {
        session.delete(handle);
    }
    assert_snapshot!(plan(&mut session)?, @r"
    DELETE FROM uow_nodes: 2 rows: Node#3 (id 'bush'), Node#2 (id 'leaf')
    DELETE FROM uow_nodes: 1 row: Node#1 (id 'twig')
    DELETE FROM uow_nodes: 1 row: Node#0 (id 'trunk')
    ");
});

planned!(a_row_may_refer_to_itself, |db| {
    let mut session = db.session();
    session.add(StrictNode { id: "root".into(), parent: "root".into() });
    session.add(StrictNode { id: "leaf".into(), parent: "root".into() });
    assert_snapshot!(plan(&mut session)?, @r"
    INSERT INTO uow_strict_nodes (id, parent): 1 row: StrictNode#0
    INSERT INTO uow_strict_nodes (id, parent): 1 row: StrictNode#1
    ");
});

planned!(tables_that_refer_to_each_other_are_planned_row_by_row, |db| {
    let mut session = db.session();
    session.add(team("Blue", Some("Zoe")));
    session.add(player("Zoe", "Red"));
    session.add(team("Red", None));
    session.add(player("Yan", "Blue"));
    assert_snapshot!(plan(&mut session)?, @r"
    INSERT INTO uow_teams (name, captain): 1 row: Team#2
    INSERT INTO uow_players (name, team): 1 row: Player#1
    INSERT INTO uow_teams (name, captain): 1 row: Team#0
    INSERT INTO uow_players (name, team): 1 row: Player#3
    ");
});

planned!(a_cycle_of_new_rows_is_closed_by_a_later_update_of_a_nullable_key, |db| {
    let mut session = db.session();
    session.add(player("Zoe", "Red"));
    session.add(team("Red", Some("Zoe")));
    session.add(player("Yan", "Red"));
    assert_snapshot!(plan(&mut session)?, @r"
    INSERT INTO uow_teams (name, captain): 1 row: Team#1
    INSERT INTO uow_players (name, team): 2 rows: Player#0, Player#2
    UPDATE uow_teams (captain): 1 row: Team#1
    ");
});

planned!(a_ring_in_one_table_needs_one_later_update, |db| {
    let mut session = db.session();
    session.add(node("a", Some("b")));
    session.add(node("b", Some("c")));
    session.add(node("c", Some("a")));
    assert_snapshot!(plan(&mut session)?, @r"
    INSERT INTO uow_nodes (id, parent): 1 row: Node#0
    INSERT INTO uow_nodes (id, parent): 1 row: Node#2
    INSERT INTO uow_nodes (id, parent): 1 row: Node#1
    UPDATE uow_nodes (parent): 1 row: Node#0
    ");
});

planned!(a_cycle_of_deleted_rows_is_opened_by_an_earlier_update_of_a_nullable_key, |db| {
    db.create::<(Team, Player)>().await?;
    let (mut session, (red, zoe)) =
        with_rows(&db, |session| (session.add(team("Red", Some("Zoe"))), session.add(player("Zoe", "Red"))))
            .await?;
    session.delete(red);
    session.delete(zoe);
    assert_snapshot!(plan(&mut session)?, @r"
    PARK uow_teams (captain): 1 row: Team#0 (name 'Red')
    DELETE FROM uow_players: 1 row: Player#1 (name 'Zoe')
    DELETE FROM uow_teams: 1 row: Team#0 (name 'Red')
    ");
});

planned!(a_cycle_without_a_nullable_key_is_an_error_that_names_the_objects, |db| {
    let mut session = db.session();
    session.add(StrictNode { id: "a".into(), parent: "b".into() });
    session.add(StrictNode { id: "b".into(), parent: "a".into() });
    session.add(StrictNode { id: "c".into(), parent: "a".into() });
    let error = refused(session.plan());
    assert!(matches!(error.kind(), ErrorKind::Circular { .. }));
    assert_snapshot!(error, @"the changes cannot be ordered: StrictNode#0, StrictNode#1 each need another one to be written first; a foreign key among them that takes NULL would help");
});

// Order within a table.

planned!(new_rows_stand_in_the_order_of_add_and_others_in_the_order_of_their_keys, |db| {
    db.create::<(Person,)>().await?;
    let (mut session, handles) =
        with_rows(&db, |session| session.add_all(["Ann", "Bob", "Cid", "Dan", "Eve"].map(person))).await?;
    session.add(person("Zoe"));
    session.add(person("Yan"));
    session.delete(handles[4]);
    session.delete(handles[0]);
    for handle in [handles[3], handles[1], handles[2]] {
        session[handle].age = Some(1);
    }
    assert_snapshot!(plan(&mut session)?, @r"
    INSERT INTO uow_people (name, age): 2 rows: Person#5, Person#6
    UPDATE uow_people (age): 3 rows: Person#1 (id 2), Person#2 (id 3), Person#3 (id 4)
    DELETE FROM uow_people: 2 rows: Person#0 (id 1), Person#4 (id 5)
    ");
});

planned!(rows_that_change_in_other_columns_stand_in_steps_of_their_own, |db| {
    db.create::<(Person,)>().await?;
    let (mut session, handles) =
        with_rows(&db, |session| session.add_all(["Ann", "Bob", "Cid", "Dan", "Eve"].map(person))).await?;
    for handle in &handles {
        session[handle].age = Some(1);
    }
    session[handles[1]].name = "Bea".into();
    session[handles[3]].name = "Dot".into();
    assert_snapshot!(plan(&mut session)?, @r"
    UPDATE uow_people (age): 3 rows: Person#0 (id 1), Person#2 (id 3), Person#4 (id 5)
    UPDATE uow_people (name, age): 2 rows: Person#1 (id 2), Person#3 (id 4)
    ");
});

planned!(keys_that_are_given_are_written_before_the_database_makes_others, |db| {
    db.create::<(Person,)>().await?;
    let (mut session, old) = with_rows(&db, |session| session.add(person("Ann"))).await?;
    session.add(person("Bob"));
    session.add(numbered(2, "Cid"));
    session[old].id = 3;
    assert_snapshot!(plan(&mut session)?, @r"
    INSERT INTO uow_people (id, name, age): 1 row: Person#2
    UPDATE uow_people (id): 1 row: Person#0 (id 3)
    INSERT INTO uow_people (name, age): 1 row: Person#1
    ");
});

// Unique values that change hands.

planned!(a_replaced_row_is_deleted_before_the_new_one_is_inserted, |db| {
    db.create::<(Person,)>().await?;
    let (mut session, ann) = with_rows(&db, |session| session.add(person("Ann"))).await?;
    session.delete(ann);
    session.add(person("Ann"));
    session.add(person("Bob"));
    assert_snapshot!(plan(&mut session)?, @r"
    INSERT INTO uow_people (name, age): 1 row: Person#2
    DELETE FROM uow_people: 1 row: Person#0 (id 1)
    INSERT INTO uow_people (name, age): 1 row: Person#1
    ");
});

planned!(a_value_that_moves_on_is_let_go_first, |db| {
    db.create::<(Person,)>().await?;
    let (mut session, handles) =
        with_rows(&db, |session| session.add_all(["Ann", "Bob", "Cid"].map(person))).await?;
    session[handles[0]].name = "Bob".into();
    session[handles[1]].name = "Cid".into();
    session[handles[2]].name = "Dan".into();
    session.add(person("Ann"));
    assert_snapshot!(plan(&mut session)?, @r"
    UPDATE uow_people (name): 1 row: Person#2 (id 3)
    UPDATE uow_people (name): 1 row: Person#1 (id 2)
    UPDATE uow_people (name): 1 row: Person#0 (id 1)
    INSERT INTO uow_people (name, age): 1 row: Person#3
    ");
});

planned!(swapped_values_are_parked, |db| {
    db.create::<(Person,)>().await?;
    let (mut session, handles) =
        with_rows(&db, |session| session.add_all(["Ann", "Bob"].map(person))).await?;
    session[handles[0]].name = "Bob".into();
    session[handles[1]].name = "Ann".into();
    assert_snapshot!(plan(&mut session)?, @r"
    PARK uow_people (name): 1 row: Person#1 (id 2)
    UPDATE uow_people (name): 1 row: Person#0 (id 1)
    UPDATE uow_people (name): 1 row: Person#1 (id 2)
    ");
});

planned!(a_rotation_parks_one_value, |db| {
    db.create::<(Person,)>().await?;
    let (mut session, handles) =
        with_rows(&db, |session| session.add_all(["Ann", "Bob", "Cid"].map(person))).await?;
    session[handles[0]].name = "Bob".into();
    session[handles[1]].name = "Cid".into();
    session[handles[2]].name = "Ann".into();
    assert_snapshot!(plan(&mut session)?, @r"
    PARK uow_people (name): 1 row: Person#1 (id 2)
    UPDATE uow_people (name): 1 row: Person#0 (id 1)
    UPDATE uow_people (name): 1 row: Person#2 (id 3)
    UPDATE uow_people (name): 1 row: Person#1 (id 2)
    ");
});

planned!(swapped_primary_keys_are_parked, |db| {
    db.create::<(Person,)>().await?;
    let (mut session, handles) =
        with_rows(&db, |session| session.add_all(["Ann", "Bob"].map(person))).await?;
    session[handles[0]].id = 2;
    session[handles[1]].id = 1;
    assert_snapshot!(plan(&mut session)?, @r"
    PARK uow_people (id): 1 row: Person#1 (id 1)
    UPDATE uow_people (id): 1 row: Person#0 (id 2)
    UPDATE uow_people (id): 1 row: Person#1 (id 1)
    ");
});

planned!(of_a_unique_pair_only_a_column_that_changes_is_parked, |db| {
    db.create::<(Seat,)>().await?;
    let (mut session, handles) =
        with_rows(&db, |session| session.add_all([1, 2].map(|number| Seat { id: 0, row: 7, number })))
            .await?;
    session[handles[0]].number = 2;
    session[handles[1]].number = 1;
    assert_snapshot!(plan(&mut session)?, @r"
    PARK uow_seats (number): 1 row: Seat#1 (id 2)
    UPDATE uow_seats (number): 1 row: Seat#0 (id 1)
    UPDATE uow_seats (number): 1 row: Seat#1 (id 2)
    ");
});

planned!(a_nullable_one_to_one_key_is_parked_as_null, |db| {
    db.create::<(Person, Desk)>().await?;
    let (mut session, desks) = with_rows(&db, |session| {
        session.add_all([numbered(1, "Ann"), numbered(2, "Bob")]);
        session.add_all([1, 2].map(|id| Desk { id, owner_id: Some(id) }))
    })
    .await?;
    session[desks[0]].owner_id = Some(2);
    session[desks[1]].owner_id = Some(1);
    assert_snapshot!(plan(&mut session)?, @r"
    PARK uow_desks (owner_id): 1 row: Desk#3 (id 2)
    UPDATE uow_desks (owner_id): 1 row: Desk#2 (id 1)
    UPDATE uow_desks (owner_id): 1 row: Desk#3 (id 2)
    ");
});

planned!(a_one_to_one_key_without_null_cannot_be_swapped_and_both_objects_are_named, |db| {
    db.create::<(Person, Passport)>().await?;
    let (mut session, passports) = with_rows(&db, |session| {
        session.add_all([numbered(1, "Ann"), numbered(2, "Bob")]);
        session.add_all([1, 2].map(|id| Passport { id, owner_id: id }))
    })
    .await?;
    session[passports[0]].owner_id = 2;
    session[passports[1]].owner_id = 1;
    let error = refused(session.plan());
    assert!(matches!(error.kind(), ErrorKind::Circular { .. }));
    assert_snapshot!(error, @"the changes cannot be ordered: Passport#2 (id 1), Passport#3 (id 2) each need another one to be written first; a foreign key among them that takes NULL would help");
});

planned!(a_parent_is_replaced_by_one_of_the_same_name_while_its_children_move, |db| {
    db.create::<(Owner, Pet)>().await?;
    let (mut session, (owner, pet)) = with_rows(&db, |session| {
        let owner = session.add(Owner { id: 1, name: "Ann".into() });
        (owner, session.add(Pet { id: 1, owner_id: 1 }))
    })
    .await?;
    session.delete(owner);
    session.add(Owner { id: 2, name: "Ann".into() });
    session[pet].owner_id = 2;
    assert_snapshot!(plan(&mut session)?, @r"
    PARK plan_owners (name): 1 row: Owner#0 (id 1)
    INSERT INTO plan_owners (id, name): 1 row: Owner#2
    UPDATE plan_pets (owner_id): 1 row: Pet#1 (id 1)
    DELETE FROM plan_owners: 1 row: Owner#0 (id 1)
    ");
});

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "plan_owners")]
struct Owner {
    #[orm(primary_key(generated = false))]
    id: i64,
    #[orm(length = 20, unique)]
    name: String,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "plan_pets")]
struct Pet {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Owner)]
    owner_id: i64,
}

// Row switches.

planned!(delete_and_add_of_one_key_is_one_update_of_all_columns, |db| {
    db.create::<(Document,)>().await?;
    let (mut session, old) = with_rows(&db, |session| session.add(document("Old"))).await?;
    session.delete(old);
    session.add(Document { id: 1, title: "New".into(), version: 0 });
    assert_snapshot!(plan(&mut session)?, @"UPDATE uow_documents (title, version): 1 row: Document#1 (id 1) (takes over the row of #0)");
});

planned!(a_switched_row_frees_the_old_objects_unique_value, |db| {
    db.create::<(Person,)>().await?;
    let (mut session, old) = with_rows(&db, |session| session.add(person("Ann"))).await?;
    session.delete(old);
    session.add(numbered(2, "Ann"));
    session.add(numbered(1, "Bob"));
    assert_snapshot!(plan(&mut session)?, @r"
    UPDATE uow_people (name, age): 1 row: Person#2 (id 1) (takes over the row of #0)
    INSERT INTO uow_people (id, name, age): 1 row: Person#1
    ");
});

planned!(two_new_objects_cannot_take_over_one_row, |db| {
    db.create::<(Country,)>().await?;
    let (mut session, old) = with_rows(&db, |session| session.add(country("fr"))).await?;
    session.delete(old);
    session.add(country("fr"));
    session.add(country("fr"));
    let error = refused(session.plan());
    assert!(matches!(error.kind(), ErrorKind::Identity { .. }));
    assert_snapshot!(error, @"the session already holds a `Country` with this primary key (Country#1 (code 'fr')): change that one, or `merge`, in place of `add`");
});

// Keys that change.

planned!(a_child_leaves_before_its_parents_key_changes, |db| {
    db.create::<(Country, City)>().await?;
    let (mut session, (countries, nice)) = with_rows(&db, |session| {
        let countries = session.add_all(["fr", "it"].map(country));
        (countries, session.add(city("Nice", "fr")))
    })
    .await?;
    session[countries[0]].code = "fra".into();
    session[nice].country = "it".into();
    assert_snapshot!(plan(&mut session)?, @r"
    UPDATE uow_cities (country): 1 row: City#2 (name 'Nice')
    UPDATE uow_countries (code): 1 row: Country#0 (code 'fra')
    ");
});

planned!(a_nullable_key_lets_go_while_its_parents_key_changes, |db| {
    db.create::<(Node,)>().await?;
    let (mut session, (trunk, leaf)) = with_rows(&db, |session| {
        (session.add(node("trunk", None)), session.add(node("leaf", Some("trunk"))))
    })
    .await?;
    session[trunk].id = "stem".into();
    session[leaf].parent = Some("stem".into());
    assert_snapshot!(plan(&mut session)?, @r"
    PARK uow_nodes (parent): 1 row: Node#1 (id 'leaf')
    UPDATE uow_nodes (id): 1 row: Node#0 (id 'stem')
    UPDATE uow_nodes (parent): 1 row: Node#1 (id 'leaf')
    ");
});

planned!(rows_let_go_of_a_key_before_it_is_parked, |db| {
    db.create::<(Node,)>().await?;
    let (mut session, nodes) = with_rows(&db, |session| {
        session.add_all([node("a", None), node("b", None), node("leaf", Some("a"))])
    })
    .await?;
    session[nodes[0]].id = "b".into();
    session[nodes[1]].id = "a".into();
    session[nodes[2]].parent = Some("b".into());
    assert_snapshot!(plan(&mut session)?, @r"
    PARK uow_nodes (parent): 1 row: Node#2 (id 'leaf')
    PARK uow_nodes (id): 1 row: Node#0 (id 'b')
    UPDATE uow_nodes (id): 1 row: Node#1 (id 'a')
    UPDATE uow_nodes (id): 1 row: Node#0 (id 'b')
    UPDATE uow_nodes (parent): 1 row: Node#2 (id 'leaf')
    ");
});

planned!(a_row_that_refers_to_itself_lets_go_before_it_goes_or_changes_its_key, |db| {
    db.create::<(Node,)>().await?;
    let (mut session, nodes) =
        with_rows(&db, |session| session.add_all(["a", "b"].map(|id| node(id, Some(id))))).await?;
    session[nodes[0]] = node("c", Some("c"));
    session.delete(nodes[1]);
    assert_snapshot!(plan(&mut session)?, @r"
    PARK uow_nodes (parent): 2 rows: Node#0 (id 'c'), Node#1 (id 'b')
    UPDATE uow_nodes (id, parent): 1 row: Node#0 (id 'c')
    UPDATE uow_nodes (parent): 1 row: Node#0 (id 'c')
    DELETE FROM uow_nodes: 1 row: Node#1 (id 'b')
    ");
});

planned!(rows_whose_changed_keys_refer_to_each_other_are_linked_later, |db| {
    db.create::<(Node,)>().await?;
    let (mut session, nodes) =
        with_rows(&db, |session| session.add_all([node("a", None), node("b", Some("a"))])).await?;
    session[nodes[0]] = node("c", Some("d"));
    session[nodes[1]] = node("d", Some("c"));
    assert_snapshot!(plan(&mut session)?, @r"
    UPDATE uow_nodes (id, parent): 1 row: Node#1 (id 'd')
    UPDATE uow_nodes (id, parent): 1 row: Node#0 (id 'c')
    UPDATE uow_nodes (parent): 1 row: Node#1 (id 'd')
    ");
});

planned!(a_new_row_takes_a_key_that_another_row_gives_up, |db| {
    db.create::<(Country,)>().await?;
    let (mut session, old) = with_rows(&db, |session| session.add(country("fr"))).await?;
    session[old].code = "fra".into();
    session.add(country("fr"));
    assert_snapshot!(plan(&mut session)?, @r"
    UPDATE uow_countries (code): 1 row: Country#0 (code 'fra')
    INSERT INTO uow_countries (code, name): 1 row: Country#1
    ");
});

planned!(a_row_takes_the_key_of_a_deleted_one, |db| {
    db.create::<(Country,)>().await?;
    let (mut session, handles) = with_rows(&db, |session| session.add_all(["fr", "it"].map(country))).await?;
    session.delete(handles[0]);
    session[handles[1]].code = "fr".into();
    assert_snapshot!(plan(&mut session)?, @r"
    DELETE FROM uow_countries: 1 row: Country#0 (code 'fr')
    UPDATE uow_countries (code): 1 row: Country#1 (code 'fr')
    ");
});
