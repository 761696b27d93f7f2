//! Rules 1 and 2: the order between tables and within one. What plans print is tested in `plans`; here the databases, which
//! check foreign keys at each statement, agree.

use orm::ErrorKind;
use orm::prelude::*;

use super::*;

/// A child that goes with its parent.
#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_streets")]
struct Street {
    #[orm(primary_key, length = 20)]
    name: String,
    #[orm(references = City, length = 20, on_delete = "cascade")]
    city: String,
}

fn street(name: &str, city: &str) -> Street {
    Street { name: name.into(), city: city.into() }
}

case!(rule_01_rows_go_in_and_out_whatever_the_order_of_add_and_delete, |db| {
    db.create::<(Country, City, Street)>().await?;
    let mut session = db.session();
    let streets = session.add_all([street("Rue", "Paris"), street("Via", "Rome"), street("Quai", "Paris")]);
    let cities = session.add_all([city("Rome", "it"), city("Paris", "fr")]);
    let countries = session.add_all(["it", "fr"].map(country));
    let log = db.log();
    session.commit().await?;
    assert_eq!(
        log.take(),
        [
            "BEGIN",
            "INSERT INTO uow_countries (code, name) VALUES (?, ?), (?, ?)",
            "INSERT INTO uow_cities (name, country, claimed_by) VALUES (?, ?, ?), (?, ?, ?)",
            "INSERT INTO uow_streets (name, city) VALUES (?, ?), (?, ?), (?, ?)",
            "COMMIT",
        ]
    );
    for handle in countries {
        session.delete(handle);
    }
    for handle in cities {
        session.delete(handle);
    }
    for handle in streets {
        session.delete(handle);
    }
    session.commit().await?;
    assert_eq!(
        log.take(),
        [
            "BEGIN",
            "DELETE FROM uow_streets WHERE name IN (?, ?, ?)",
            "DELETE FROM uow_cities WHERE name IN (?, ?)",
            "DELETE FROM uow_countries WHERE code IN (?, ?)",
            "COMMIT",
        ]
    );
});

case!(a_child_that_moves_away_outlives_its_parent, |db| {
    db.create::<(Country, City, Street)>().await?;
    let mut session = db.session();
    session.add(country("fr"));
    let paris = session.add(city("Paris", "fr"));
    let rue = session.add(street("Rue", "Paris"));
    session.commit().await?;
    session.delete(paris);
    session.add(city("Lyon", "fr"));
    session[rue].city = "Lyon".into();
    session.commit().await?;
    session.commit().await?;
    assert_eq!(table(&db, "SELECT name, city FROM uow_streets").await?, "Rue | Lyon");
});

case!(rule_01_a_tree_goes_in_and_out_whole, |db| {
    db.create::<(Node,)>().await?;
    let mut session = db.session();
    let mut handles = Vec::new();
    // Children first: 1 + 3 + 9 + 27 nodes, each named by its path.
    for number in (0..40).rev() {
        let parent = (number > 0).then(|| format!("n{}", (number - 1) / 3));
        handles.push(session.add(Node { id: format!("n{number}"), parent }));
    }
    session.commit().await?;
    assert_eq!(db.value("SELECT COUNT(*) FROM uow_nodes WHERE parent IS NOT NULL").await?, Value::Int(39));
    for handle in handles.into_iter().rev() {
        session.delete(handle);
    }
    session.commit().await?;
    assert_eq!(db.value("SELECT COUNT(*) FROM uow_nodes").await?, Value::Int(0));
});

case!(rule_01_tables_that_refer_to_each_other_take_rows_that_do_not, |db| {
    db.create::<(Team, Player)>().await?;
    let mut session = db.session();
    let blue = session.add(team("Blue", Some("Zoe")));
    let zoe = session.add(player("Zoe", "Red"));
    let red = session.add(team("Red", None));
    let yan = session.add(player("Yan", "Blue"));
    session.commit().await?;
    let sql = "SELECT name, captain FROM uow_teams UNION ALL SELECT name, team FROM uow_players ORDER BY 1";
    assert_eq!(table(&db, sql).await?, "Blue | Zoe\nRed | NULL\nYan | Blue\nZoe | Red");
    for handle in [blue, red] {
        session.delete(handle);
    }
    for handle in [zoe, yan] {
        session.delete(handle);
    }
    session.commit().await?;
    assert_eq!(table(&db, sql).await?, "");
});

case!(rule_01_rows_that_refer_to_each_other_take_one_more_update_of_a_nullable_key, |db| {
    db.create::<(Team, Player)>().await?;
    let mut session = db.session();
    let zoe = session.add(player("Zoe", "Red"));
    let red = session.add(team("Red", Some("Zoe")));
    let log = db.log();
    session.commit().await?;
    assert_eq!(
        log.take_writes(),
        [
            "INSERT INTO uow_teams (name, captain) VALUES (?, ?)",
            "INSERT INTO uow_players (name, team) VALUES (?, ?)",
            "UPDATE uow_teams SET captain = ? WHERE name = ?",
        ]
    );
    assert_eq!(table(&db, "SELECT name, captain FROM uow_teams").await?, "Red | Zoe");
    assert!(!session.is_modified(red));

    session.delete(red);
    session.delete(zoe);
    session.commit().await?;
    assert_eq!(
        log.take_writes(),
        [
            "UPDATE uow_teams SET captain = ? WHERE name = ?",
            "DELETE FROM uow_players WHERE name = ?",
            "DELETE FROM uow_teams WHERE name = ?",
        ]
    );
});

case!(rule_01_a_ring_of_rows_goes_in_and_out, |db| {
    db.create::<(Node,)>().await?;
    let mut session = db.session();
    let nodes =
        session.add_all([("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")].map(|(id, to)| node(id, Some(to))));
    session.commit().await?;
    let sql = "SELECT id, parent FROM uow_nodes ORDER BY id";
    assert_eq!(table(&db, sql).await?, "a | b\nb | c\nc | a\nd | a");
    // Round the other way: the rows are there, so any order does.
    for (node, to) in nodes.iter().zip(["c", "a", "b"]) {
        session[node].parent = Some(to.into());
    }
    session.commit().await?;
    assert_eq!(table(&db, sql).await?, "a | c\nb | a\nc | b\nd | a");
    for node in nodes {
        session.delete(node);
    }
    session.commit().await?;
    assert_eq!(table(&db, sql).await?, "");
});

case!(rule_01_a_cycle_that_cannot_be_ordered_names_its_objects_and_loses_nothing, |db| {
    db.create::<(StrictNode,)>().await?;
    let mut session = db.session();
    let first = session.add(StrictNode { id: "a".into(), parent: "b".into() });
    session.add(StrictNode { id: "b".into(), parent: "a".into() });
    let log = db.log();
    let error = refused(session.commit().await);
    assert!(matches!(error.kind(), ErrorKind::Circular { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("StrictNode#0") && text.contains("StrictNode#1"), "{text}");
    assert_eq!(log.take(), [""; 0]);
    assert!(!session.in_transaction());

    session[first].parent = "a".into();
    session.commit().await?;
    assert_eq!(table(&db, "SELECT id, parent FROM uow_strict_nodes ORDER BY id").await?, "a | a\nb | a");
});

case!(rule_02_the_same_program_gives_the_same_sql_every_time, |db| {
    db.create::<(Country, City, Person, Document)>().await?;
    let log = db.log();
    let mut runs = Vec::new();
    for _ in 0..2 {
        let mut session = db.session();
        let mut countries = Vec::new();
        let mut cities = Vec::new();
        for number in 0..40 {
            cities
                .push(session.add(city(&format!("city {}", number * 7 % 40), &format!("c{}", number % 10))));
            if number % 4 == 0 {
                countries.push(session.add(country(&format!("c{}", number / 4))));
            }
            session.add(person(&format!("person {number}")));
            session.add(document(&format!("document {number}")));
        }
        session.flush().await?;
        for (number, city) in cities.iter().enumerate() {
            match number % 4 {
                0 => session[city].claimed_by = Some("c1".into()),
                1 => session[city].country = "c2".into(),
                2 => session.delete(*city),
                _ => {}
            }
        }
        session.flush().await?;
        session.rollback().await?;
        runs.push(log.take());
    }
    assert_eq!(runs[0], runs[1]);
});
