//! Rule 5: like rows share statements, within the limits of the backend, and what the database made comes back to the right
//! objects.

use std::collections::HashMap;

use orm::prelude::*;
use orm::{ErrorKind, Value};

use super::*;
use crate::harness::Backend;

case!(rule_05_ten_thousand_rows_take_few_statements_and_each_object_gets_its_own_key, |db| {
    db.create::<(Person,)>().await?;
    let most = db.backend().either(110, 25);
    let mut session = db.session();
    // Names in another order than that of `add`, so that no index order gives the keys by luck.
    let handles =
        session.add_all((0..10_000_u32).map(|number| person(&format!("p{}", number * 7919 % 10_000))));
    let before = db.engine().statement_count();
    session.commit().await?;
    let taken = db.engine().statement_count() - before;
    assert!(taken <= most, "{taken} statements");

    let rows = db.rows("SELECT name, id FROM uow_people").await?;
    let keys: HashMap<String, Value> = rows.into_iter().map(|row| (plain(&row[0]), row[1].clone())).collect();
    assert_eq!(keys.len(), 10_000);
    let mut last = 0;
    for handle in &handles {
        let Person { id, name, .. } = &session[handle];
        assert_eq!(keys[name], Value::Int(*id), "{name}");
        assert!(*id > last, "keys stand in the order of `add`");
        last = *id;
    }

    // An unchanged write is no statement, and no transaction.
    for handle in &handles {
        let same = session[handle].clone();
        session[handle] = same;
    }
    let log = db.log();
    session.commit().await?;
    assert_eq!(log.take(), [""; 0]);

    // Of three changed rows three are written, and of those the changed columns.
    session[handles[5000]].age = Some(1);
    session[handles[100]].age = Some(2);
    session[handles[9000]].name = "Zoe".into();
    session.commit().await?;
    let one = "UPDATE uow_people SET age = ? WHERE id = ?";
    let name = "UPDATE uow_people SET name = ? WHERE id = ?";
    let case = "UPDATE uow_people SET age = CASE id WHEN ? THEN ? WHEN ? THEN ? END WHERE id IN (?, ?)";
    assert_eq!(log.take_writes(), db.backend().either(vec![name, one, one], vec![name, case]));
    let changed = "SELECT name, age FROM uow_people WHERE age IS NOT NULL OR name = 'Zoe' ORDER BY id";
    let first = session[handles[100]].name.clone();
    let second = session[handles[5000]].name.clone();
    assert_eq!(table(&db, changed).await?, format!("{first} | 2\n{second} | 1\nZoe | NULL"));

    let before = db.engine().statement_count();
    for handle in handles {
        session.delete(handle);
    }
    session.commit().await?;
    let taken = db.engine().statement_count() - before;
    assert!(taken <= most, "{taken} statements");
    assert_eq!(people(&db).await?, "");
});

case!(rule_05_changed_rows_share_statements_where_the_backend_can, |db| {
    db.create::<(Person, Line, Document)>().await?;
    let mut session = db.session();
    let people_handles = session.add_all((0..1500).map(|number| person(&format!("p{number}"))));
    let lines =
        session.add_all((0..300).map(|number| Line { order_id: number % 7, number, text: "x".into() }));
    let documents = session.add_all((0..300).map(|number| document(&format!("d{number}"))));
    session.commit().await?;
    for (number, handle) in people_handles.iter().enumerate() {
        session[handle].age = if number % 5 == 0 { None } else { Some(number as i32) };
        session[handle].name = format!("q{number}");
    }
    for (number, handle) in lines.iter().enumerate() {
        session[handle].text = format!("text {number}");
    }
    for (number, handle) in documents.iter().enumerate() {
        session[handle].title = format!("title {number}");
    }
    let before = db.engine().statement_count();
    session.commit().await?;
    let taken = db.engine().statement_count() - before;
    let most = db.backend().either(2102, 20);
    assert!(taken <= most, "{taken} statements");

    for (number, handle) in people_handles.iter().enumerate() {
        let Person { id, name, age } = &session[handle];
        assert_eq!((*id, name.as_str()), (number as i64 + 1, format!("q{number}").as_str()));
        assert_eq!(*age, (number % 5 != 0).then_some(number as i32));
    }
    let mut reader = db.session();
    let read = reader.query::<Person>().order_by(|p| p.id.asc()).all().await?;
    for (read, written) in read.iter().zip(&people_handles) {
        assert_eq!(reader[read], session[written]);
    }
    let read = reader.query::<Line>().order_by(|line| line.number.asc()).all().await?;
    for (read, written) in read.iter().zip(&lines) {
        assert_eq!(reader[read], session[written]);
    }
    let read = reader.query::<Document>().order_by(|document| document.id.asc()).all().await?;
    for (read, written) in read.iter().zip(&documents) {
        assert_eq!(reader[read].version, 2);
        assert_eq!(reader[read], session[written]);
    }
});

case!(keys_that_were_set_and_keys_that_are_made_stand_in_one_flush, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let mut handles = Vec::new();
    for number in 0..60 {
        let id = if number % 3 == 0 { 1000 + number } else { 0 };
        handles.push(session.add(numbered(id, &format!("p{number}"))));
    }
    session.commit().await?;
    let rows = db.rows("SELECT name, id FROM uow_people").await?;
    let keys: HashMap<String, Value> = rows.into_iter().map(|row| (plain(&row[0]), row[1].clone())).collect();
    for (number, handle) in handles.iter().enumerate() {
        let Person { id, name, .. } = &session[handle];
        assert_eq!(keys[name], Value::Int(*id));
        assert!(number % 3 != 0 || *id == 1000 + number as i64);
    }
});

case!(a_key_that_is_given_is_not_made_for_another_row_of_the_flush, |db| {
    db.create::<(Person,)>().await?;
    let mut session = db.session();
    let made = session.add(person("Ann"));
    session.add(numbered(1, "Bob"));
    session.commit().await?;
    assert_eq!(people(&db).await?, format!("1 | Bob | NULL\n{} | Ann | NULL", session[made].id));
});

/// Its token is made by the database, another one for each row.
#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_tokens")]
struct Token {
    #[orm(primary_key, length = 20)]
    code: String,
    #[orm(length = 64, server_default = "made by hand below")]
    token: Auto<String>,
}

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_numbered_tokens")]
struct NumberedToken {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 20)]
    code: String,
    #[orm(length = 64, server_default = "made by hand below")]
    token: Auto<String>,
}

case!(rule_05_values_that_the_database_made_come_back_to_their_own_objects, |db| {
    let unlike = db.backend().either("(hex(randomblob(16)))", "(uuid())");
    let id = db.backend().either("INTEGER PRIMARY KEY", "BIGINT PRIMARY KEY AUTO_INCREMENT");
    let token = format!("token VARCHAR(64) NOT NULL DEFAULT {unlike}");
    db.execute(&format!("CREATE TABLE uow_tokens (code VARCHAR(20) PRIMARY KEY, {token})")).await?;
    db.execute(&format!("CREATE TABLE uow_numbered_tokens (id {id}, code VARCHAR(20), {token})")).await?;
    let mut session = db.session();
    let codes: Vec<String> = (0..300).map(|number| format!("c{}", number * 7 % 300)).collect();
    let tokens = session.add_all(codes.iter().map(|code| Token { code: code.clone(), token: Auto::Unset }));
    let numbered =
        session.add_all(codes.iter().map(|code| NumberedToken { code: code.clone(), ..Default::default() }));
    let mut set = Vec::new();
    for number in 0..10 {
        let token = Auto::Set(format!("token {number}"));
        set.push(session.add(Token { code: format!("set {number}"), token }));
    }
    session.commit().await?;
    let rows = db.rows("SELECT code, token FROM uow_tokens").await?;
    let made: HashMap<String, String> = rows.iter().map(|row| (plain(&row[0]), plain(&row[1]))).collect();
    for handle in tokens.iter().chain(&set) {
        assert_eq!(session[handle].token.get(), Some(&made[&session[handle].code]));
    }
    let rows = db.rows("SELECT id, code, token FROM uow_numbered_tokens").await?;
    let made: HashMap<Value, (String, String)> =
        rows.iter().map(|row| (row[0].clone(), (plain(&row[1]), plain(&row[2])))).collect();
    for handle in &numbered {
        let NumberedToken { id, code, token } = &session[handle];
        assert_eq!((code, token.get().unwrap()), (&made[&Value::Int(*id)].0, &made[&Value::Int(*id)].1));
    }
});

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_tickets")]
struct Ticket {
    #[orm(primary_key)]
    id: i64,
}

case!(rows_without_any_value_are_inserted_one_by_one, |db| {
    db.create::<(Ticket,)>().await?;
    let mut session = db.session();
    let tickets = session.add_all([(); 3].map(|()| Ticket::default()));
    session.commit().await?;
    assert_eq!(tickets.map_ids(&session), [1, 2, 3]);
});

trait MapIds {
    fn map_ids(&self, session: &UnitOfWork) -> Vec<i64>;
}

impl MapIds for Vec<Handle<Ticket>> {
    fn map_ids(&self, session: &UnitOfWork) -> Vec<i64> {
        self.iter().map(|ticket| session[ticket].id).collect()
    }
}

case!(rule_05_sessions_that_insert_at_the_same_time_get_their_own_keys, |db| {
    db.create::<(Person,)>().await?;
    let mut tasks = Vec::new();
    for task in 0..4 {
        let engine = db.engine().clone();
        tasks.push(tokio::spawn(async move {
            let mut keys = Vec::new();
            for round in 0..5 {
                let mut session = engine.session();
                let names = (0..200).map(|number| person(&format!("{task} {round} {number}")));
                let handles = session.add_all(names);
                session.commit().await?;
                for handle in handles {
                    keys.push((session[handle].name.clone(), session[handle].id));
                }
            }
            Ok::<_, orm::Error>(keys)
        }));
    }
    let rows: Vec<(String, Value)> = {
        let mut keys = Vec::new();
        for task in tasks {
            keys.append(&mut task.await??);
        }
        keys.into_iter().map(|(name, id)| (name, Value::Int(id))).collect()
    };
    let stored = db.rows("SELECT name, id FROM uow_people").await?;
    let stored: HashMap<String, Value> =
        stored.into_iter().map(|row| (plain(&row[0]), row[1].clone())).collect();
    assert_eq!((rows.len(), stored.len()), (4000, 4000));
    for (name, id) in rows {
        assert_eq!(stored[&name], id, "{name}");
    }
});

case!(rule_05_keys_that_are_not_made_in_a_row_are_never_guessed, |db| {
    db.create::<(Person,)>().await?;
    if db.is_server() {
        // Nothing to be had here: the servers refuse to go on once the last key was given.
        return Ok(());
    }
    // SQLite makes keys by chance once the greatest is taken.
    db.execute("INSERT INTO uow_people (id, name) VALUES (9223372036854775807, 'last')").await?;
    let mut session = db.session();
    let handles = session.add_all(["Ann", "Bob", "Cid", "Dan", "Eve"].map(person));
    match session.commit().await {
        Ok(()) => {
            for handle in handles {
                let sql = format!("SELECT name FROM uow_people WHERE id = {}", session[handle].id);
                assert_eq!(db.value(&sql).await?, Value::Text(session[handle].name.as_str().into()));
            }
        }
        Err(error) => assert!(matches!(error.kind(), ErrorKind::Database { .. }), "{error}"),
    }
});

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_few")]
struct Few {
    #[orm(primary_key)]
    id: i8,
    #[orm(length = 10)]
    name: String,
}

case!(a_key_that_its_field_cannot_hold_is_an_error, |db| {
    db.create::<(Few,)>().await?;
    let mut session = db.session();
    session.add(Few { id: 127, name: "last".into() });
    session.commit().await?;
    let next = session.add(Few { id: 0, name: "next".into() });
    let error = refused(session.commit().await);
    if db.backend().is_sqlite() {
        assert!(
            matches!(error.kind(), ErrorKind::Decode { model, column, .. } if model == "Few" && column == "id"),
            "{error}"
        );
    }
    session.rollback().await?;
    assert_eq!(session[next].id, 0);
    assert_eq!(table(&db, "SELECT id FROM uow_few").await?, "127");
});

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_blobs")]
struct Blob {
    #[orm(primary_key)]
    id: i64,
    content: Vec<u8>,
}

case!(rule_05_batches_of_large_rows_stay_within_the_packet_of_the_server, |db| {
    db.create::<(Blob,)>().await?;
    let packet = match db.backend() {
        Backend::MariaDb | Backend::MariaDbWithoutReturning => {
            match db.value("SELECT @@max_allowed_packet").await? {
                Value::Int(bytes) => bytes as usize,
                other => panic!("{other}"),
            }
        }
        // A packet of MySQL is 64 MiB, of SQLite 1 GB: too much for a test.
        Backend::SqliteMemory | Backend::SqliteFile | Backend::MySql => 1 << 20,
    };
    let mut session = db.session();
    // Each fits by itself, and none fits beside its neighbour.
    let handles = session.add_all([0.45, 0.6, 0.45].map(|part| {
        let size = (packet as f64 * part) as usize;
        Blob { id: 0, content: vec![b'x'; size] }
    }));
    session.commit().await?;
    for handle in &handles {
        session[handle].content[0] = b'y';
    }
    session.commit().await?;
    for handle in handles {
        let sql = format!(
            "SELECT LENGTH(content) FROM uow_blobs WHERE id = {} AND content LIKE 'y%'",
            session[handle].id
        );
        assert_eq!(db.value(&sql).await?, Value::Int(session[handle].content.len() as i64));
    }
});
