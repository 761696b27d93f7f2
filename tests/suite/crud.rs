//! Create, read and delete by primary key: on a session, which buffers, and on an engine, which writes at once.

use orm::prelude::*;

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "crud_users")]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50)]
    name: String,
}

case!(an_engine_inserts_reads_and_deletes_at_once, |db| {
    db.create::<(User,)>().await?;
    let mut engine = db.engine().clone();
    let ann = User { name: "Ann".into(), ..Default::default() }.insert(&mut engine).await?;
    assert_eq!(ann, User { id: 1, name: "Ann".into() });
    assert_eq!(User::get(&mut engine, 1).await?, Some(ann));
    assert!(User::delete(&mut engine, 1).await?);
    assert!(!User::delete(&mut engine, 1).await?, "it is gone already");
    assert_eq!(User::get(&mut engine, 1).await?, None);
});
