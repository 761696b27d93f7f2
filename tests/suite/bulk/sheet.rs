//! The SQL of writes by a query for every backend, and the rows that they leave, which are the same on all of them.
//!
//! `INSTA_UPDATE=always cargo test --all-features --test suite bulk::sheet` writes the sheet anew: read what changed.

use std::fmt::Write;

use super::*;

use orm::session::BulkWrite;
use orm::{alias, query_from, values};

struct Sheet<'d> {
    db: &'d Database,
    sql: String,
    rows: String,
}

impl Sheet<'_> {
    /// Prints a statement for every backend, runs it on this one, and prints the members after it.
    async fn add<T: Model>(&mut self, name: &str, write: BulkWrite<AnyEngine, T>) -> Result<()> {
        let mysql = orm::mysql::mysql_dialect();
        let mariadb = orm::mysql::mariadb_dialect();
        let mut texts: Vec<(String, String)> = Vec::new();
        for (backend, rendered) in [
            ("sqlite", write.to_sql_for(orm::sqlite::dialect())?),
            ("mariadb", write.to_sql_for(&mariadb)?),
            ("mysql", write.to_sql_for(&mysql)?),
        ] {
            let values: Vec<String> = rendered.values.iter().map(|value| format!("{value:?}")).collect();
            let text = format!("{}\n    [{}]", unquoted(&rendered.sql), values.join(", "));
            match texts.iter_mut().find(|(_, known)| *known == text) {
                Some((backends, _)) => write!(backends, ", {backend}").expect("text takes text"),
                None => texts.push((backend.to_owned(), text)),
            }
        }
        writeln!(self.sql, "# {name}").expect("text takes text");
        for (backends, text) in texts {
            writeln!(self.sql, "{backends}:\n    {text}").expect("text takes text");
        }
        let matched = write.await?;
        writeln!(self.rows, "# {name}: {matched}").expect("text takes text");
        let members = self.db.engine().query::<Member>().order_by(|m| m.id.asc());
        let rows = members
            .select(|m| (m.id, m.name, m.nick, m.points, m.best, m.score, m.active, m.team_id, m.version))
            .all()
            .await?;
        for row in rows {
            writeln!(self.rows, "    {row:?}").expect("text takes text");
        }
        Ok(())
    }
}

case!(the_sql_of_writes_and_the_rows_that_they_leave, |db| {
    members(&db).await?;
    let engine = db.engine();
    let all = || engine.query::<Member>();
    let mut sheet = Sheet { db: &db, sql: String::new(), rows: String::new() };
    sheet.add("a value", all().filter(|m| m.id.eq(1)).update(|m| m.nick.set("n"))).await?;
    sheet.add("NULL", all().filter(|m| m.nick.eq("n")).update(|m| m.nick.set(None))).await?;
    sheet.add("another column", all().update(|m| m.best.set(m.points))).await?;
    sheet.add("an expression", all().update(|m| m.points.set((m.points - 1) * 2 / 3))).await?;
    sheet.add("a swap", all().update(|m| (m.points.set(m.best), m.best.set(m.points)))).await?;
    sheet
        .add("a chain", all().update(|m| (m.nick.set(m.name), m.name.set("same"), m.best.set(m.points))))
        .await?;
    sheet.add("back again", all().update(|m| m.name.set(m.nick.or("-")))).await?;
    sheet
        .add("a case", all().update(|m| m.score.set(orm::case().when(m.active, 1.5).otherwise(m.score))))
        .await?;
    sheet
        .add("a relation in the filter", all().filter(|m| m.team().name.eq("red")).update(|m| m.best.set(1)))
        .await?;
    sheet.add("a missing relation", all().filter(|m| m.team().is_none()).update(|m| m.best.set(2))).await?;
    sheet
        .add(
            "a collection in the filter",
            all().filter(|m| m.notes().count().ge(1)).update(|m| m.best.set(3)),
        )
        .await?;
    sheet.add("a value of a relation", all().update(|m| m.best.set(m.team().bonus.or(0)))).await?;
    sheet.add("a count of a collection", all().update(|m| m.best.set(m.notes().count()))).await?;
    sheet
        .add(
            "a subquery of another table",
            all().update(|m| m.best.set(query::<Team>().select(|t| t.bonus.max()).scalar().or(0))),
        )
        .await?;
    sheet
        .add(
            "a subquery of the same table",
            all().update(|m| m.best.set(query::<Member>().select(|o| o.points.sum()).scalar().or(0))),
        )
        .await?;
    let correlated = all().update(|m| {
        let other = alias::<Member>();
        m.best.set(query_from(&other).filter(|o| o.points.lt(m.points)).count())
    });
    sheet.add("a correlated subquery of the same table", correlated).await?;
    let given = values([(1_i64, 100_i64), (3, 300)]);
    sheet
        .add(
            "values that are sent along",
            all().join(&given, |m, g| m.id.eq(g.0)).update(|m| m.points.set(given.1)),
        )
        .await?;
    let listed =
        all().filter(|m| m.id.in_query(query::<Note>().filter(|n| n.id.le(2)).select(|n| n.member_id)));
    sheet.add("a query in the filter", listed.update(|m| m.active.set(!m.active))).await?;
    sheet
        .add("the first of an order", all().order_by(|m| m.points.asc()).limit(1).update(|m| m.points.set(0)))
        .await?;
    let by_relation = all().order_by(|m| (m.team().name.asc(), m.id.asc())).limit(2);
    sheet.add("the first of an order along a relation", by_relation.update(|m| m.nick.set("first"))).await?;
    sheet
        .add(
            "all but the first",
            all().order_by(|m| m.id.asc()).limit(9).offset(3).update(|m| m.nick.set("rest")),
        )
        .await?;
    let insert = engine.insert_into::<Member>().columns(|m| (m.name, m.points, m.best, m.score, m.active));
    let copies = query::<Member>().filter(|m| m.id.le(2)).order_by(|m| m.id.asc());
    sheet
        .add(
            "copies",
            insert.from_query(copies.select(|m| (m.name, m.points * 2, m.best, m.score, m.active))),
        )
        .await?;
    sheet.add("a delete", all().filter(|m| m.nick.is_null() & m.points.gt(100)).delete()).await?;
    sheet.add("a delete along a relation", all().filter(|m| m.team().name.eq("blue")).delete()).await?;
    let least = all().filter(|m| m.points.eq(query::<Member>().select(|o| o.points.min()).scalar()));
    sheet.add("a delete that reads its own table", least.delete()).await?;
    sheet.add("a delete of the first", all().order_by(|m| m.id.desc()).limit(1).delete()).await?;
    sheet.add("a delete of all, with a comment", all().comment("clean").delete()).await?;
    let _backend = db.backend();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let Sheet { db: _, sql, rows } = sheet;
    settings.bind(|| {
        insta::assert_snapshot!("writes.sql", sql);
        insta::assert_snapshot!("writes.rows", rows);
    });
});
