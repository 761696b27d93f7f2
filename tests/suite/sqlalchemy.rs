//! The statements of the guide's chapter "Coming from SQLAlchemy": their SQL for every backend and the rows that they give. The
//! chapter is compared with these files, word for word, so that it cannot say what no test says.
//!
//! `INSTA_UPDATE=always cargo test --all-features --test suite sqlalchemy` writes the sheets anew: read what changed.

mod chapter;
mod execution;
mod groups;
mod joins;
mod rows;
mod runtime;
mod select;
mod subqueries;
mod windows;
mod writes;

use std::fmt::Write;

use orm::Result;
use orm::prelude::*;

use crate::harness::{Backend, Database, Log};
use crate::statements::Sheet;

// The models are as those of SQLAlchemy's documentation.

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "user_account")]
struct User {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 30, unique)]
    name: String,
    #[orm(length = 50)]
    fullname: Option<String>,
    #[orm(has_many, order_by = "id")]
    addresses: HasMany<Address>,
    #[orm(has_many, order_by = "id")]
    orders: HasMany<Order>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "address")]
struct Address {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 50)]
    email_address: String,
    #[orm(references = User)]
    user_id: i64,
    #[orm(belongs_to = "user_id")]
    user: BelongsTo<User>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "user_order")]
struct Order {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = User)]
    user_id: i64,
    #[orm(belongs_to = "user_id")]
    user: BelongsTo<User>,
    total: i64,
    #[orm(many_to_many, through = "order_items")]
    items: ManyToMany<Item>,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "item")]
struct Item {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 30, unique)]
    name: String,
    price: i64,
}

#[derive(Model, Debug, Default, Clone)]
#[orm(table = "employee")]
struct Employee {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 30)]
    name: String,
    #[orm(references = Employee)]
    manager_id: Option<i64>,
    #[orm(belongs_to = "manager_id")]
    manager: BelongsTo<Option<Employee>>,
    #[orm(has_many)]
    reports: HasMany<Employee>,
}

#[derive(Projection, Debug)]
#[orm(from = User)]
struct Labelled {
    #[orm(column = "name")]
    username: String,
    #[orm(expr = |u| u.fullname.or("unknown").upper())]
    shouted: String,
}

/// A sheet on the data of the chapter.
async fn sheet(db: &Database) -> Result<Sheet<'_>> {
    rows::fill(db).await?;
    Ok(Sheet::on(db, "sqlalchemy/snapshots"))
}

/// What was sent, by statements that cannot be printed without a connection: one sheet for each backend.
struct Sent {
    backend: Backend,
    log: Log,
    sql: String,
}

impl Sent {
    /// A sheet on the data of the chapter.
    async fn new(db: &Database) -> Result<Sent> {
        rows::fill(db).await?;
        Ok(Sent { backend: db.backend(), log: db.log(), sql: String::new() })
    }

    /// Notes what was sent since the last time.
    fn add(&mut self, name: &str) {
        writeln!(self.sql, "# {name}").expect("text takes text");
        for sql in self.log.take() {
            writeln!(self.sql, "    {sql}").expect("text takes text");
        }
    }

    /// Compares the sheet with the one of this backend that was read and kept.
    fn compare(self, topic: &str) {
        let backend = match self.backend {
            Backend::SqliteMemory | Backend::SqliteFile => "sqlite",
            Backend::MariaDb => "mariadb",
            Backend::MariaDbWithoutReturning => "mariadb_without_returning",
            Backend::MySql => "mysql",
        };
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("sqlalchemy/snapshots");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(format!("{topic}.{backend}.sql"), self.sql));
    }
}
