//! DELETE by a query.

use super::*;

case!(a_delete_takes_what_the_query_finds, |db| {
    members(&db).await?;
    let log = db.log();
    let gone = db.engine().query::<Member>().filter(|m| m.points.gt(25)).delete().await?;
    assert_eq!(gone, 2);
    assert_eq!(log.take(), ["DELETE FROM members WHERE members.points > ?"]);
    assert_eq!(points(&db).await?.len(), 2);
    // The database took the notes along.
    assert_eq!(db.engine().query::<Note>().count().await?, 2);
    assert_eq!(db.engine().query::<Member>().filter(|m| m.id.gt(100)).delete().await?, 0);
    assert_eq!(db.engine().query::<Member>().delete().await?, 2);
});

case!(a_delete_walks_relations_and_reads_its_own_table, |db| {
    members(&db).await?;
    let write = db.engine().query::<Member>().filter(|m| m.team().name.eq("blue")).delete();
    let sql = unquoted(&write.to_sql()?.sql);
    let expected = db.backend().either(
        "DELETE FROM members WHERE members.id IN (SELECT members.id FROM members LEFT JOIN teams ON \
         teams.id = members.team_id WHERE teams.name = ?)",
        "DELETE FROM members WHERE members.id IN (SELECT picked.c0 FROM (SELECT DISTINCT members.id AS c0 FROM members \
         LEFT JOIN teams ON teams.id = members.team_id WHERE teams.name = ?) AS picked)",
    );
    assert_eq!(sql, expected);
    assert_eq!(write.await?, 1);
    let worst = query::<Member>().select(|m| m.points.min()).scalar();
    assert_eq!(db.engine().query::<Member>().filter(|m| m.points.eq(worst)).delete().await?, 1);
    let first = db.engine().query::<Member>().order_by(|m| m.points.asc()).limit(1).delete().await?;
    assert_eq!(first, 1);
    assert_eq!(points(&db).await?, [("Dan".into(), 40)]);
});

case!(a_delete_of_keys_of_several_columns, |db| {
    seats(&db).await?;
    let gone = db.engine().query::<Seat>().order_by(|s| s.price.asc()).limit(2).offset(2).delete().await?;
    assert_eq!(gone, 2);
    assert_eq!(db.engine().query::<Seat>().filter(|s| s.price.eq(20)).count().await?, 0);
    let dear = query::<Seat>().filter(|s| s.price.gt(20)).select(|s| s.room);
    assert_eq!(db.engine().query::<Seat>().filter(|s| s.room.in_query(dear)).delete().await?, 4);
});
