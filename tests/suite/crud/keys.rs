//! Primary keys of every kind: made by the database, by the program, of several columns, of types with several forms.

use chrono::NaiveDate;
use orm::prelude::*;
use orm::{ErrorKind, Model};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::harness::Backend;

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "order_lines")]
struct Line {
    #[orm(primary_key)]
    order_id: i64,
    #[orm(primary_key, length = 10)]
    article: String,
    count: i32,
}

fn line(order_id: i64, article: &str, count: i32) -> Line {
    Line { order_id, article: article.into(), count }
}

case!(a_key_may_have_several_columns, |db| {
    db.create::<(Line,)>().await?;
    let mut engine = db.engine().clone();
    for stored in [line(1, "pen", 1), line(1, "ink", 2), line(2, "pen", 3), line(0, "", 4)] {
        assert_eq!(stored.clone().insert(&mut engine).await?, stored, "nothing of it is generated");
    }
    assert_eq!(Line::get(&mut engine, (1, "ink")).await?.unwrap().count, 2);
    assert_eq!(Line::get(&mut engine, (0, String::new())).await?.unwrap().count, 4);
    assert_eq!(Line::get(&mut engine, (2, "ink")).await?, None);

    let mut session = db.session();
    let pen = session.get::<Line>((2, "pen")).await?.unwrap();
    assert_eq!(session.query::<Line>().filter(|l| l.order_id.eq(2)).one().await?, pen);
    session[pen].count = 30;
    assert!(Line::delete(&mut session, (1, "pen")).await?);
    session.commit().await?;
    let left = engine.query::<Line>().order_by(|l| (l.order_id.asc(), l.article.asc())).all().await?;
    assert_eq!(left, [line(0, "", 4), line(1, "ink", 2), line(2, "pen", 30)]);

    let error = line(1, "ink", 9).insert(&mut engine).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unique { .. }), "{error}");
});

case!(rows_of_several_key_columns_are_written_together, |db| {
    db.create::<(Line,)>().await?;
    let mut session = db.session();
    let mut handles = Vec::new();
    for number in 0..50 {
        handles.push(session.add(line(number % 7, &format!("a{number}"), 0)));
    }
    session.commit().await?;
    for (number, handle) in handles.iter().enumerate() {
        session[handle].count = number as i32;
    }
    session.commit().await?;
    let counts: Vec<i32> = db
        .engine()
        .query::<Line>()
        .order_by(|l| l.count.asc())
        .all()
        .await?
        .iter()
        .map(|l| l.count)
        .collect();
    assert_eq!(counts, (0..50).collect::<Vec<_>>());
    for handle in &handles[10..] {
        session.delete(*handle);
    }
    session.commit().await?;
    assert_eq!(db.engine().query::<Line>().count().await?, 10);
});

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "tokens")]
struct Token {
    #[orm(primary_key, default = Uuid::new_v4())]
    id: Uuid,
    purpose: String,
}

case!(a_key_can_be_made_by_the_program, |db| {
    db.create::<(Token,)>().await?;
    let mut engine = db.engine().clone();
    let made = Token { purpose: "login".into(), ..Default::default() }.insert(&mut engine).await?;
    assert!(!made.id.is_nil());
    assert_eq!(Token::get(&mut engine, made.id).await?, Some(made.clone()));
    assert_eq!(Token::get(&mut engine, &made.id).await?, Some(made));

    let given = Uuid::from_u128(7);
    let mut session = db.session();
    let token = session.add(Token { id: given, purpose: "given".into() });
    session.commit().await?;
    assert_eq!(session[token].id, given);
    assert_eq!(session.get::<Token>(given).await?, Some(token));
    assert!(Token::delete(&mut session, given).await?);
    session.commit().await?;
    assert_eq!(engine.query::<Token>().count().await?, 1);
});

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "countries")]
struct Country {
    #[orm(primary_key, length = 2)]
    code: String,
    #[orm(length = 40)]
    name: String,
}

fn country(code: &str, name: &str) -> Country {
    Country { code: code.into(), name: name.into() }
}

case!(a_key_can_be_natural, |db| {
    db.create::<(Country,)>().await?;
    let mut session = db.session();
    session.add_all([country("de", "Germany"), country("DE", "GERMANY"), country("fr", "France")]);
    session.commit().await?;
    let lower = session.get::<Country>("de").await?.unwrap();
    let upper = session.get::<Country>(&String::from("DE")).await?.unwrap();
    assert_ne!(lower, upper, "two keys that differ in case are two rows");
    assert_eq!((&*session[lower].name, &*session[upper].name), ("Germany", "GERMANY"));
    assert_eq!(session.get::<Country>(String::from("xx")).await?, None);

    session[lower].code = "xx".into();
    session.commit().await?;
    assert_eq!(session.get::<Country>("xx").await?, Some(lower));
    assert_eq!(session.get::<Country>("de").await?, None);
    assert_eq!(Country::get(&mut db.engine().clone(), "xx").await?.unwrap().name, "Germany");
});

case!(a_second_object_with_the_key_of_another_is_refused, |db| {
    db.create::<(Country,)>().await?;
    let mut session = db.session();
    session.add(country("fr", "France"));
    session.commit().await?;
    session.add(country("fr", "Franconia"));
    let error = session.commit().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Identity { model, .. } if model == "Country"), "{error}");
    session.rollback().await?;
    assert_eq!(db.engine().query::<Country>().one().await?.name, "France");
});

/// Types whose values have several forms in a database: text or a number, a number with zeros at its end.
#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "rates")]
struct Rate {
    #[orm(primary_key)]
    day: NaiveDate,
    #[orm(primary_key, precision = 6, scale = 2)]
    factor: Decimal,
    #[orm(primary_key)]
    final_: bool,
    value: f64,
}

case!(one_row_has_one_handle_whatever_its_key_looks_like, |db| {
    db.create::<(Rate,)>().await?;
    let day = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
    let key = (day, Decimal::new(15, 1), true);
    let mut session = db.session();
    let rate = session.add(Rate { day, factor: Decimal::new(150, 2), final_: true, value: 1.0 });
    session.commit().await?;
    assert_eq!(session.get::<Rate>(key).await?, Some(rate));
    assert_eq!(session.query::<Rate>().one().await?, rate);
    session[rate].value = 2.0;
    session.commit().await?;

    let mut other = db.session();
    let read = other.query::<Rate>().one().await?;
    assert_eq!(other.get::<Rate>(key).await?, Some(read));
    assert_eq!(other.query::<Rate>().filter(|r| r.factor.eq(Decimal::new(15, 1))).one().await?, read);
    other.delete(read);
    other.commit().await?;
    assert_eq!(db.engine().query::<Rate>().count().await?, 0);
});

macro_rules! generated_key {
    ($model:ident, $table:literal, $key:ty) => {
        #[derive(Model, Debug, Default)]
        #[orm(table = $table)]
        struct $model {
            #[orm(primary_key)]
            id: $key,
            note: Option<String>,
        }
    };
}
generated_key!(TinyKey, "tiny_keys", i8);
generated_key!(ShortKey, "short_keys", i16);
generated_key!(PlainKey, "plain_keys", i32);
generated_key!(ByteKey, "byte_keys", u8);
generated_key!(WordKey, "word_keys", u16);
generated_key!(UnsignedKey, "unsigned_keys", u32);
generated_key!(LongKey, "long_keys", u64);
generated_key!(AutoKey, "auto_keys", Auto<i64>);
generated_key!(MaybeKey, "maybe_keys", Option<i64>);

case!(the_database_makes_keys_of_every_integer_type, |db| {
    macro_rules! check {
        ($($model:ident)+) => {$(
            db.create::<($model,)>().await?;
            let mut session = db.session();
            let handles = session.add_all((0..3).map(|_| $model::default()));
            session.commit().await?;
            for (number, handle) in (1..).zip(handles) {
                assert_eq!(session[handle].id, number);
                assert_eq!(session.get::<$model>(number).await?, Some(handle));
            }
        )+};
    }
    check!(TinyKey ShortKey PlainKey ByteKey WordKey UnsignedKey LongKey);
    db.create::<(AutoKey, MaybeKey)>().await?;
    let mut engine = db.engine().clone();
    assert_eq!(AutoKey::default().insert(&mut engine).await?.id, Auto::Set(1));
    assert_eq!(MaybeKey::default().insert(&mut engine).await?.id, Some(1));
    assert!(AutoKey::get(&mut engine, 1).await?.is_some());
    assert!(MaybeKey::get(&mut engine, 1).await?.is_some());
});

case!(a_key_that_was_given_is_taken_and_counted_on_from, |db| {
    db.create::<(LongKey,)>().await?;
    let mut engine = db.engine().clone();
    assert_eq!(LongKey { id: 100, ..Default::default() }.insert(&mut engine).await?.id, 100);
    assert_eq!(LongKey::default().insert(&mut engine).await?.id, 101);

    // Given and made ones in one flush.
    let mut session = db.session();
    let handles = session.add_all([0, 500, 0].map(|id| LongKey { id, ..Default::default() }));
    session.commit().await?;
    let mut ids = handles.iter().map(|handle| session[handle].id).collect::<Vec<_>>();
    assert_eq!(ids[1], 500);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3);
    for (handle, id) in handles.iter().zip([0, 500, 0]) {
        assert_eq!(session.get::<LongKey>(session[handle].id).await?, Some(*handle), "added as {id}");
    }
});

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "given_keys")]
struct GivenKey {
    #[orm(primary_key(generated = false))]
    id: i64,
}

case!(zero_is_a_key_as_any_other_where_none_is_generated, |db| {
    db.create::<(GivenKey,)>().await?;
    let mut session = db.session();
    session.add_all([0, -1, 1, i64::MIN, i64::MAX].map(|id| GivenKey { id }));
    session.commit().await?;
    let zero = session.get::<GivenKey>(0).await?.unwrap();
    assert_eq!(session[zero].id, 0);
    let found = db.engine().query::<GivenKey>().order_by(|g| g.id.asc()).all().await?;
    assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), [i64::MIN, -1, 0, 1, i64::MAX]);
});

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "byte_string_keys")]
struct Hash {
    #[orm(primary_key, length = 32)]
    hash: Vec<u8>,
    count: u32,
}

case!(a_key_can_be_bytes, |db| {
    db.create::<(Hash,)>().await?;
    let mut session = db.session();
    let rows = [vec![0], vec![0, 0], vec![255; 32], b"a ".to_vec(), b"a".to_vec()];
    let handles = session.add_all(rows.clone().map(|hash| Hash { hash, count: 0 }));
    session.commit().await?;
    for (hash, handle) in rows.into_iter().zip(handles) {
        assert_eq!(session.get::<Hash>(&hash).await?, Some(handle));
        assert_eq!(Hash::get(&mut db.engine().clone(), hash.clone()).await?.unwrap().hash, hash);
    }
    assert_eq!(Hash::model().primary_key, [0]);
});

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "tickets")]
struct Ticket {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 20)]
    name: String,
}

fn tickets(buyer: usize, count: usize) -> Vec<Ticket> {
    (0..count).map(|number| Ticket { name: format!("{buyer}/{number}"), ..Default::default() }).collect()
}

case!(keys_can_come_back_with_their_rows, |db| {
    if db.backend() == Backend::SqliteMemory {
        return Ok(());
    }
    db.create::<(Ticket,)>().await?;
    let engine = db.engine_with_returned_keys().await?;
    let log = engine.log_statements();
    let mut session = engine.session();
    let handles = session.add_all(tickets(1, 100));
    session.commit().await?;
    let insert = log.take_sql().into_iter().find(|sql| sql.starts_with("INSERT")).unwrap();
    assert_eq!(insert.contains(" RETURNING "), db.backend() == Backend::MariaDb, "{insert}");
    for handle in handles {
        let stored = db.engine().get::<Ticket>(session[handle].id).await?;
        assert_eq!(stored.as_ref(), Some(&session[handle]));
    }
});

case!(sessions_that_insert_at_the_same_time_know_their_own_keys, |db| {
    if db.is_server() {
        db.create::<(Ticket,)>().await?;
        let mut buyers = tokio::task::JoinSet::new();
        for buyer in 0..4 {
            let engine = db.engine().clone();
            buyers.spawn(async move {
                let mut known = Vec::new();
                for turn in 0..5 {
                    let mut session = engine.session();
                    let handles = session.add_all(tickets(buyer, 20 + turn));
                    session.commit().await?;
                    known.extend(handles.into_iter().map(|handle| session[handle].clone()));
                }
                Ok::<_, orm::Error>(known)
            });
        }
        while let Some(known) = buyers.join_next().await {
            for ticket in known?? {
                assert_eq!(db.engine().get::<Ticket>(ticket.id).await?, Some(ticket));
            }
        }
    }
});

case!(keys_at_another_distance_than_expected_are_not_guessed, |db| {
    if db.is_server() {
        db.create::<(Ticket,)>().await?;
        let engine = db.engine_with_returned_keys().await?;
        let mut session = engine.session();
        session.begin().await?;
        let changed = session.sql("SET auto_increment_increment = 3").execute().await;
        let handles = session.add_all(tickets(1, 3));
        let flushed = session.flush().await;
        match db.backend() {
            Backend::MariaDb => {
                changed?;
                flushed?;
                let keys: Vec<i64> = handles.into_iter().map(|handle| session[handle].id).collect();
                assert_eq!(keys, [1, 4, 7]);
            }
            Backend::MySql => {
                changed?;
                let error = flushed.unwrap_err().to_string();
                assert!(error.contains("the keys of 3 rows of tickets are not consecutive"), "{error}");
            }
            _ => {
                let error = changed.unwrap_err().to_string();
                assert!(error.contains("`auto_increment_increment` cannot be changed"), "{error}");
            }
        }
    }
});
