//! Rule 3: unique values that are freed and taken in one flush: replaced, moved, swapped, rotated; and the error where no
//! order works.

use orm::ErrorKind;
use orm::prelude::*;

use super::*;

case!(rule_03_a_unique_value_is_replaced, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let old = session.add(person("Ann"));
    session.commit().await?;
    session.delete(old);
    let new = session.add(Person { age: Some(1), ..person("Ann") });
    session.commit().await?;
    let id = session[new].id;
    assert_eq!(people(&db).await?, format!("{id} | Ann | 1"));
});

case!(rule_03_a_unique_value_moves_on, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let handles = session.add_all(["Ann", "Bob", "Cid"].map(person));
    session.commit().await?;
    session[handles[0]].name = "Bob".into();
    session[handles[1]].name = "Cid".into();
    session.delete(handles[2]);
    session.add(numbered(9, "Ann"));
    session.commit().await?;
    assert_eq!(people(&db).await?, "1 | Bob | NULL\n2 | Cid | NULL\n9 | Ann | NULL");
});

case!(rule_03_two_unique_values_are_swapped, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let handles = session.add_all(["Ann", "Bob"].map(person));
    session.commit().await?;
    session[handles[0]].name = "Bob".into();
    session[handles[1]].name = "Ann".into();
    let log = db.log();
    session.commit().await?;
    assert_eq!(log.take_writes(), ["UPDATE uow_people SET name = ? WHERE id = ?"; 3]);
    assert_eq!(people(&db).await?, "1 | Bob | NULL\n2 | Ann | NULL");
});

case!(rule_03_unique_values_rotate_among_many_rows, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let names: Vec<String> = (0..50).map(|number| format!("p{number}")).collect();
    let handles = session.add_all(names.iter().map(|name| person(name)));
    session.commit().await?;
    for (number, handle) in handles.iter().enumerate() {
        session[handle].name = names[(number + 1) % 50].clone();
    }
    session.commit().await?;
    let mut expected: Vec<String> =
        (0..50).map(|number| format!("{} | p{}", number + 1, (number + 1) % 50)).collect();
    assert_eq!(table(&db, "SELECT id, name FROM uow_people ORDER BY id").await?, expected.join("\n"));

    // All pairs at once, in another order than that of the rows.
    for pair in handles.chunks(2).rev() {
        let name = session[pair[0]].name.clone();
        session[pair[0]].name = std::mem::replace(&mut session[pair[1]].name, name);
    }
    session.commit().await?;
    for pair in 0..25 {
        expected.swap(2 * pair, 2 * pair + 1);
    }
    let names: Vec<&str> = expected.iter().map(|row| row.split(" | ").nth(1).unwrap()).collect();
    assert_eq!(table(&db, "SELECT name FROM uow_people ORDER BY id").await?, names.join("\n"));
});

case!(rule_03_primary_keys_are_swapped_and_rotated, |db| {
    db.create::<(Person, Line)>().await?;
    let mut session = db.session();
    let people_handles = session.add_all(["Ann", "Bob", "Cid"].map(person));
    let lines =
        session.add_all([1, 2].map(|number| Line { order_id: 7, number, text: format!("line {number}") }));
    session.commit().await?;
    for (handle, id) in people_handles.iter().zip([2, 3, 1]) {
        session[handle].id = id;
    }
    session[lines[0]].number = 2;
    session[lines[1]].number = 1;
    session.commit().await?;
    assert_eq!(people(&db).await?, "1 | Cid | NULL\n2 | Ann | NULL\n3 | Bob | NULL");
    let sql = "SELECT number, text FROM uow_lines ORDER BY number";
    assert_eq!(table(&db, sql).await?, "1 | line 2\n2 | line 1");
    // The objects are found under their new keys, and all are still there.
    for (handle, id) in people_handles.iter().zip([2, 3, 1]) {
        assert_eq!(Person::get(&mut session, id).await?, Some(*handle));
    }
    assert_eq!(Line::get(&mut session, (7, 1)).await?, Some(lines[1]));
});

case!(rule_03_the_two_columns_of_a_unique_pair_are_swapped_one_or_both, |db| {
    db.create::<(Seat,)>().await?;
    let mut session = db.session();
    let seats =
        session.add_all([(1, 1), (1, 2), (2, 1), (2, 2)].map(|(row, number)| Seat { id: 0, row, number }));
    session.commit().await?;
    let sql = "SELECT row, number FROM uow_seats ORDER BY id";
    let sql = if db.is_server() { sql.replace("row", "`row`") } else { sql.to_owned() };
    // Within a row: only the number changes.
    session[seats[0]].number = 2;
    session[seats[1]].number = 1;
    // Between rows: only the row changes, which stands first in the constraint.
    session[seats[2]].row = 3;
    session[seats[3]].row = 3;
    session.commit().await?;
    assert_eq!(table(&db, &sql).await?, "1 | 2\n1 | 1\n3 | 1\n3 | 2");
    // Both columns.
    for (seat, (row, number)) in seats.iter().zip([(3, 2), (3, 1), (1, 1), (1, 2)]) {
        session[seat] = Seat { id: session[seat].id, row, number };
    }
    session.commit().await?;
    assert_eq!(table(&db, &sql).await?, "3 | 2\n3 | 1\n1 | 1\n1 | 2");
});

case!(rule_03_a_one_to_one_key_is_replaced_moved_and_swapped, |db| {
    db.create::<(Person, Passport, Desk)>().await?;
    let mut session = db.session();
    session.add_all([numbered(1, "Ann"), numbered(2, "Bob"), numbered(3, "Cid")]);
    session.flush().await?;
    let passports = session.add_all([1, 2].map(|owner_id| Passport { id: 0, owner_id }));
    let desks = session.add_all([1, 2, 3].map(|id| Desk { id: 0, owner_id: Some(id) }));
    session.commit().await?;
    // Bob's is given to Cid, Ann's to Bob, and Ann gets a new one.
    session[passports[1]].owner_id = 3;
    session[passports[0]].owner_id = 2;
    session.add(Passport { id: 10, owner_id: 1 });
    // Desks rotate.
    for (desk, owner) in desks.iter().zip([2, 3, 1]) {
        session[desk].owner_id = Some(owner);
    }
    session.commit().await?;
    let sql = "SELECT id, owner_id FROM uow_passports ORDER BY id";
    assert_eq!(table(&db, sql).await?, "1 | 2\n2 | 3\n10 | 1");
    assert_eq!(table(&db, "SELECT owner_id FROM uow_desks ORDER BY id").await?, "2\n3\n1");
    session.delete(passports[0]);
    session.add(Passport { id: 11, owner_id: 2 });
    session.commit().await?;
    assert_eq!(table(&db, sql).await?, "2 | 3\n10 | 1\n11 | 2");
});

case!(a_swapped_row_counts_one_version, |db| {
    db.create::<(Versioned,)>().await?;
    let mut session = db.session();
    let handles =
        session.add_all(["a", "b"].map(|code| Versioned { code: code.into(), ..Default::default() }));
    session.commit().await?;
    session[handles[0]].code = "b".into();
    session[handles[1]].code = "a".into();
    session.commit().await?;
    let sql = "SELECT id, code, version FROM uow_versioned ORDER BY id";
    assert_eq!(table(&db, sql).await?, "1 | b | 2\n2 | a | 2");
    assert_eq!((session[handles[0]].version, session[handles[1]].version), (2, 2));
    session[handles[0]].id = 2;
    session[handles[1]].id = 1;
    session.commit().await?;
    assert_eq!(table(&db, sql).await?, "1 | a | 3\n2 | b | 3");
});

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_versioned")]
struct Versioned {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 20, unique)]
    code: String,
    #[orm(version)]
    version: i32,
}

/// A unique column of each type that has values enough to park one.
macro_rules! swapped {
    ($($name:ident $model:ident $table:literal $field:ty, $($attribute:ident $size:literal)?: $one:expr, $other:expr;)*) => {$(
        #[derive(Model, Debug, Clone, PartialEq)]
        #[orm(table = $table)]
        struct $model {
            #[orm(primary_key(generated = false))]
            id: i64,
            #[orm(unique $(, $attribute = $size)?)]
            value: $field,
        }

        case!($name, |db| {
            db.create::<($model,)>().await?;
            let mut session = db.session();
            let one = session.add($model { id: 1, value: $one });
            let other = session.add($model { id: 2, value: $other });
            session.commit().await?;
            session[one].value = $other;
            session[other].value = $one;
            session.commit().await?;
            let rows: Vec<$model> = db.engine().query().order_by(|row: Cols<$model>| row.id.asc()).all().await?;
            assert_eq!(rows, [$model { id: 1, value: $other }, $model { id: 2, value: $one }]);
        });
    )*};
}

swapped! {
    swapped_i8 SwapI8 "uow_swap_i8" i8,: 1, 2;
    swapped_u64 SwapU64 "uow_swap_u64" u64,: 0, 9_223_372_036_854_775_806;
    swapped_f64 SwapF64 "uow_swap_f64" f64,: 0.5, -1.5;
    swapped_text SwapText "uow_swap_text" String, length 2: "ab".into(), "é".into();
    swapped_bytes SwapBytes "uow_swap_bytes" Vec<u8>, length 6: vec![0, 1], vec![];
    swapped_uuid SwapUuid "uow_swap_uuid" uuid::Uuid,: uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2);
    swapped_decimal SwapDecimal "uow_swap_decimal" rust_decimal::Decimal,: rust_decimal::Decimal::ONE, rust_decimal::Decimal::TWO;
    swapped_date SwapDate "uow_swap_date" chrono::NaiveDate,: date(1), date(2);
    swapped_moment SwapMoment "uow_swap_moment" chrono::NaiveDateTime,: date(1).and_hms_opt(1, 2, 3).unwrap(), date(2).into();
    swapped_time SwapTime "uow_swap_time" chrono::NaiveTime,: chrono::NaiveTime::MIN, chrono::NaiveTime::from_hms_opt(1, 2, 3).unwrap();
    swapped_option SwapOption "uow_swap_option" Option<i32>,: Some(1), Some(2);
}

fn date(day: u32) -> chrono::NaiveDate {
    chrono::NaiveDate::from_ymd_opt(2026, 1, day).unwrap()
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "uow_flags")]
struct Flag {
    #[orm(primary_key(generated = false))]
    id: i64,
    #[orm(unique)]
    on: bool,
}

case!(rule_03_a_type_without_room_to_park_is_an_error_that_names_both_objects, |db| {
    db.create::<(Flag,)>().await?;
    let mut session = db.session();
    let flags = session.add_all([true, false].map(|on| Flag { id: i64::from(on), on }));
    session.commit().await?;
    session[flags[0]].on = false;
    session[flags[1]].on = true;
    let error = refused(session.commit().await);
    assert!(matches!(error.kind(), ErrorKind::Circular { .. }), "{error}");
    assert!(
        error.to_string().contains("Flag#0 (id 1)") && error.to_string().contains("Flag#1 (id 0)"),
        "{error}"
    );
    // In two steps it works.
    session.delete(flags[1]);
    session.flush().await?;
    session.add(flags[1]);
    session.commit().await?;
    assert_eq!(table(&db, "SELECT COUNT(*) FROM uow_flags").await?, "2");
});

/// The error of a commit that runs into a unique constraint, which names both objects.
async fn clash(session: &mut UnitOfWork, one: &str, other: &str) {
    let error = refused(session.commit().await);
    assert!(matches!(error.kind(), ErrorKind::Unique { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains(one) && text.contains(other), "`{text}` does not name {one} and {other}");
    session.rollback().await.unwrap();
}

case!(rule_03_where_no_order_works_the_error_names_both_objects, |db| {
    db.create::<(Person, Seat)>().await?;
    let mut session = db.session();
    let handles = session.add_all(["Ann", "Bob"].map(person));
    session.commit().await?;

    // Two new objects, in one step.
    session.add_all(["Cid", "Dan", "Cid"].map(person));
    clash(&mut session, "Person#2", "Person#4").await;

    // Two new objects, in two steps: one has a key.
    session.add(person("Cid"));
    session.add(numbered(9, "Cid"));
    clash(&mut session, "Person#5", "Person#6").await;

    // A new object and one that the session holds.
    session.add(person("Bob"));
    clash(&mut session, "Person#7", "Person#1 (id 2)").await;

    // A changed object and one that the session holds.
    session[handles[0]].name = "Bob".into();
    clash(&mut session, "Person#0 (id 1)", "Person#1 (id 2)").await;

    // A changed object and a new one.
    session[handles[0]].name = "Cid".into();
    session.add(person("Cid"));
    clash(&mut session, "Person#0 (id 1)", "Person#8").await;

    // A changed key and one that the session holds.
    session[handles[0]].id = 2;
    clash(&mut session, "Person#0", "Person#1 (id 2)").await;

    // A pair.
    session.add_all([1, 1].map(|number| Seat { id: 0, row: 1, number }));
    clash(&mut session, "Seat#9", "Seat#10").await;
    assert_eq!(people(&db).await?, "1 | Ann | NULL\n2 | Bob | NULL");
});
