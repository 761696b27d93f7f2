//! The SQL of statements, for every backend, and the rows that they give: one sheet for each topic. The SQL is printed without
//! a connection; the rows are read on each backend and must be the same on all of them.
//!
//! `INSTA_UPDATE=always cargo test --all-features --test suite statements` writes the sheets anew: read what changed.

mod cases;
mod common_tables;
mod filters;
mod groups;
mod joins;
mod paths;
mod sets;
mod shop;
mod subqueries;
mod windows;

use std::fmt::{Debug, Write};

use orm::session::{Shape, Source};
use orm::{AnyEngine, Query, Result};

use crate::harness::{Database, unquoted};

/// The statements of one topic.
pub(crate) struct Sheet<'d> {
    db: &'d Database,
    /// Where its snapshots are.
    folder: &'static str,
    sql: String,
    rows: String,
    count: usize,
}

impl<'d> Sheet<'d> {
    /// A sheet on the data of the shop.
    async fn new(db: &'d Database) -> Result<Sheet<'d>> {
        shop::open(db).await?;
        Ok(Sheet::on(db, "statements/snapshots"))
    }

    /// A sheet on what is there.
    pub(crate) fn on(db: &'d Database, folder: &'static str) -> Sheet<'d> {
        Sheet { db, folder, sql: String::new(), rows: String::new(), count: 0 }
    }

    /// Prints a statement for every backend and reads its rows on this one. Without an order of its own the rows are
    /// sorted by their text.
    pub(crate) async fn add<T, P>(&mut self, name: &str, query: Query<AnyEngine, T, P>) -> Result<()>
    where
        T: Source,
        P: Shape<AnyEngine, T, Row: Debug>,
    {
        self.count += 1;
        let sorted = query.to_sql()?.sql.contains(" ORDER BY ");
        let mysql = orm::mysql::mysql_dialect();
        let mariadb = orm::mysql::mariadb_dialect();
        let mut texts: Vec<(String, String)> = Vec::new();
        for (backend, rendered) in [
            ("sqlite", query.to_sql_for(orm::sqlite::dialect())?),
            ("mariadb", query.to_sql_for(&mariadb)?),
            ("mysql", query.to_sql_for(&mysql)?),
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
        let rows = query.all().await?;
        let mut lines: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
        if !sorted {
            lines.sort();
        }
        writeln!(self.rows, "# {name}").expect("text takes text");
        for line in lines {
            writeln!(self.rows, "    {line}").expect("text takes text");
        }
        Ok(())
    }

    /// Compares the sheet with the one that was read and kept. Which backend it is makes no difference.
    pub(crate) fn compare(self, topic: &str, statements: usize) {
        assert_eq!(self.count, statements, "the sheet {topic} has another number of statements");
        let _backend = self.db.backend();
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(self.folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| {
            insta::assert_snapshot!(format!("{topic}.sql"), self.sql);
            insta::assert_snapshot!(format!("{topic}.rows"), self.rows);
        });
    }
}
