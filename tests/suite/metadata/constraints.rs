//! What the models say is in the database and holds: keys, checks, defaults, indexes, comments, actions.

use orm::prelude::*;
use orm::{Error, ErrorKind, Model, Value};

use crate::harness::Database;

/// An account of somebody.
#[derive(Model, Debug, Default, Clone)]
#[orm(table = "accounts", unique(bank, number), index(owner, bank), check = "low <= high")]
struct Account {
    #[orm(primary_key)]
    id: i64,
    /// Who's it is: a `name`.
    #[orm(length = 20, index)]
    owner: String,
    #[orm(length = 20)]
    bank: String,
    number: i32,
    #[orm(unique, length = 20)]
    nickname: Option<String>,
    low: i32,
    #[orm(check = "high < 1000")]
    high: i32,
    #[orm(server_default = "1 + 1")]
    level: Auto<i32>,
}

fn account(number: i32) -> Account {
    Account { owner: "Ann".into(), bank: "B".into(), number, ..Default::default() }
}

async fn refused(db: &Database, object: impl Model) -> Error {
    object.insert(&mut db.engine().clone()).await.err().expect("a constraint refuses the row")
}

case!(unique_constraints_hold_and_are_named, |db| {
    db.create::<(Account,)>().await?;
    let mut engine = db.engine().clone();
    Account { nickname: Some("mine".into()), ..account(1) }.insert(&mut engine).await?;
    account(2).insert(&mut engine).await?;
    account(3).insert(&mut engine).await?;

    let error = refused(&db, Account { nickname: Some("mine".into()), ..account(4) }).await;
    let ErrorKind::Unique { constraint } = error.kind() else { panic!("{error}") };
    assert_eq!(constraint, db.backend().either("accounts.nickname", "uq_accounts_nickname"));
    let error = refused(&db, account(2)).await;
    let ErrorKind::Unique { constraint } = error.kind() else { panic!("{error}") };
    assert_eq!(constraint, db.backend().either("accounts.bank, accounts.number", "uq_accounts_bank_number"));
    let error = refused(&db, Account { id: 1, ..account(9) }).await;
    let ErrorKind::Unique { constraint } = error.kind() else { panic!("{error}") };
    assert_eq!(constraint, db.backend().either("accounts.id", "PRIMARY"));
});

case!(checks_hold_and_are_named, |db| {
    db.create::<(Account,)>().await?;
    let error = refused(&db, Account { high: 1000, ..account(1) }).await;
    assert!(
        matches!(error.kind(), ErrorKind::Check { constraint } if constraint == "ck_accounts_high"),
        "{error}"
    );
    let error = refused(&db, Account { low: 2, high: 1, ..account(1) }).await;
    assert!(
        matches!(error.kind(), ErrorKind::Check { constraint } if constraint == "ck_accounts_1"),
        "{error}"
    );
    Account { low: 1, high: 999, ..account(1) }.insert(&mut db.engine().clone()).await?;
});

case!(a_default_of_the_database_is_any_expression, |db| {
    db.create::<(Account,)>().await?;
    let stored = account(1).insert(&mut db.engine().clone()).await?;
    assert_eq!(stored.level, Auto::Set(2));
    db.execute("INSERT INTO accounts (owner, bank, number, low, high) VALUES ('x', 'y', 7, 0, 0)").await?;
    assert_eq!(db.value("SELECT level FROM accounts WHERE number = 7").await?, Value::Int(2));
});

case!(indexes_are_there_under_their_names, |db| {
    db.create::<(Account,)>().await?;
    let sql = db.backend().either(
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE 'ix%' ORDER BY name",
        "SELECT DISTINCT index_name FROM information_schema.statistics \
         WHERE table_schema = DATABASE() AND index_name LIKE 'ix%' ORDER BY 1",
    );
    let names = ["ix_accounts_owner", "ix_accounts_owner_bank"];
    assert_eq!(db.rows(sql).await?, names.map(|name| [Value::Text(name.into())]));
});

case!(doc_comments_become_comments_where_the_database_has_them, |db| {
    db.create::<(Account,)>().await?;
    if db.is_server() {
        let sql = "SELECT column_comment FROM information_schema.columns \
                   WHERE table_schema = DATABASE() AND column_name = 'owner'";
        assert_eq!(db.value(sql).await?, Value::Text("Who's it is: a `name`.".into()));
        let sql = "SELECT table_comment FROM information_schema.tables WHERE table_schema = DATABASE()";
        assert_eq!(db.value(sql).await?, Value::Text("An account of somebody.".into()));
    }
});

#[derive(Model, Debug, Default)]
#[orm(table = "owners")]
struct Owner {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 10, unique)]
    code: String,
}

#[derive(Model, Debug, Default)]
#[orm(table = "pets")]
struct Pet {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Owner, on_delete = "cascade")]
    owner_id: Option<i64>,
    #[orm(references = Owner, on_delete = "set null")]
    sitter_id: Option<i64>,
    #[orm(references = Owner, on_delete = "restrict")]
    vet_id: Option<i64>,
    #[orm(references = Owner)]
    breeder_id: Option<i64>,
    #[orm(references = Owner::code, on_update = "cascade", length = 10)]
    code: Option<String>,
}

case!(referential_actions_are_those_of_the_model, |db| {
    db.create::<(Owner, Pet)>().await?;
    let mut session = db.session();
    session.add_all(["a", "b", "c", "d", "e"].map(|code| Owner { code: code.into(), ..Default::default() }));
    session.commit().await?;
    let pets = [
        Pet { owner_id: Some(1), ..Default::default() },
        Pet { sitter_id: Some(2), ..Default::default() },
        Pet { vet_id: Some(3), ..Default::default() },
        Pet { breeder_id: Some(4), ..Default::default() },
        Pet { code: Some("e".into()), ..Default::default() },
    ];
    session.add_all(pets);
    session.commit().await?;

    db.execute("DELETE FROM owners WHERE id = 1").await?;
    assert_eq!(db.value("SELECT COUNT(*) FROM pets WHERE id = 1").await?, Value::Int(0));
    db.execute("DELETE FROM owners WHERE id = 2").await?;
    assert_eq!(db.value("SELECT sitter_id FROM pets WHERE id = 2").await?, Value::Null);
    for id in [3, 4] {
        let error = db.execute(&format!("DELETE FROM owners WHERE id = {id}")).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::ForeignKey { .. }), "{error}");
    }
    db.execute("UPDATE owners SET code = 'f' WHERE id = 5").await?;
    assert_eq!(db.value("SELECT code FROM pets WHERE id = 5").await?, Value::Text("f".into()));
});

#[derive(Model, Debug, Default)]
#[orm(table = "shelters")]
struct Shelter {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Owner, on_delete = "set default", server_default = "1")]
    owner_id: Auto<i64>,
}

case!(set_default_is_done_or_refused, |db| {
    let created = db.create::<(Owner, Shelter)>().await;
    if db.is_server() {
        let error = created.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }), "{error}");
        let name = if db.backend().is_mariadb() { "mariadb" } else { "mysql" };
        let expected = format!("{name} does not support `Shelter.owner_id`: ON DELETE SET DEFAULT");
        assert_eq!(error.to_string(), expected);
        return Ok(());
    }
    let mut session = db.session();
    session.add_all(["a", "b"].map(|code| Owner { code: code.into(), ..Default::default() }));
    session.commit().await?;
    Shelter { owner_id: 2.into(), ..Default::default() }.insert(&mut db.engine().clone()).await?;
    db.execute("DELETE FROM owners WHERE id = 2").await?;
    assert_eq!(db.value("SELECT owner_id FROM shelters").await?, Value::Int(1));
});

case!(foreign_keys_are_named, |db| {
    db.create::<(Owner, Pet)>().await?;
    let error = refused(&db, Pet { vet_id: Some(9), ..Default::default() }).await;
    let ErrorKind::ForeignKey { constraint } = error.kind() else { panic!("{error}") };
    // SQLite does not say which one it was.
    assert_eq!(constraint, db.backend().either("unknown", "fk_pets_vet_id"));
});

#[derive(Model, Debug, Default)]
#[orm(table = "a_table_whose_name_is_quite_long_but_still_below_the_limit_of_64")]
struct LongName {
    #[orm(primary_key)]
    id: i64,
    #[orm(unique)]
    a_column_with_a_long_name_as_well: i64,
    #[orm(unique)]
    a_column_with_another_long_name: i64,
}

case!(constraint_names_that_are_too_long_end_in_a_hash, |db| {
    db.create::<(LongName,)>().await?;
    let model = LongName::model();
    let name = |column: &str| format!("uq_{}_{column}", model.table);
    let mut engine = db.engine().clone();
    let row = || LongName { id: 0, a_column_with_a_long_name_as_well: 1, a_column_with_another_long_name: 1 };
    row().insert(&mut engine).await?;
    let one = refused(&db, LongName { a_column_with_a_long_name_as_well: 2, ..row() }).await;
    let two = refused(&db, LongName { a_column_with_another_long_name: 2, ..row() }).await;
    assert_ne!(one.to_string(), two.to_string());
    if db.is_server() {
        let ErrorKind::Unique { constraint } = one.kind() else { panic!("{one}") };
        assert_eq!(constraint.len(), 64);
        assert_eq!(constraint[..55], name("a_column")[..55]);
    }
});
