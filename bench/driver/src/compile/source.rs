//! The generated sources: models of 9 columns, each inserted, read by key and by a filter, changed and deleted in a
//! function of its own, as an application does it. The same for every library, in its own words.

use std::fmt::Write;
use std::path::Path;

/// A library whose build is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Library {
    Orm,
    Diesel,
    SeaOrm,
    Toasty,
    Sqlx,
}

impl Library {
    pub(super) fn name(self) -> &'static str {
        match self {
            Library::Orm => "orm",
            Library::Diesel => "diesel",
            Library::SeaOrm => "sea-orm",
            Library::Toasty => "toasty",
            Library::Sqlx => "sqlx",
        }
    }

    /// With SQLite alone, and what an application needs.
    pub(super) fn dependencies(self, root: &Path) -> String {
        let tokio = "tokio = { version = \"1\", default-features = false, features = [\"rt-multi-thread\", \"macros\"] }\n";
        match self {
            Library::Orm => format!("{tokio}orm = {{ path = \"{}\" }}\n", root.display()),
            Library::Diesel => {
                "diesel = { version = \"=2.3.14\", default-features = false, features = [\"sqlite\", \
                                \"32-column-tables\", \"returning_clauses_for_sqlite_3_35\"] }\n\
                                libsqlite3-sys = { version = \"0.37\", features = [\"bundled\"] }\n"
                    .into()
            }
            Library::SeaOrm => format!(
                "{tokio}sea-orm = {{ version = \"=2.0.4\", default-features = false, features = [\"macros\", \
                 \"runtime-tokio\", \"sqlx-sqlite\"] }}\n"
            ),
            Library::Toasty => {
                format!("{tokio}toasty = {{ version = \"=0.11.0\", features = [\"sqlite\"] }}\n")
            }
            Library::Sqlx => format!(
                "{tokio}sqlx = {{ version = \"=0.9.0\", default-features = false, features = [\"runtime-tokio\", \
                 \"sqlite\", \"derive\"] }}\n"
            ),
        }
    }

    pub(super) fn lock_file(self) -> &'static str {
        match self {
            Library::Toasty => "bench/toasty/Cargo.lock",
            Library::Orm | Library::Diesel | Library::SeaOrm | Library::Sqlx => "bench/Cargo.lock",
        }
    }
}

/// The columns beside the key `id`.
const COLUMNS: [(&str, &str); 8] = [
    ("name", "String"),
    ("email", "String"),
    ("age", "Option<i32>"),
    ("score", "f64"),
    ("active", "bool"),
    ("note", "Option<String>"),
    ("visits", "i64"),
    ("city", "String"),
];

/// A value of each column, in the order of [`COLUMNS`].
const VALUES: [&str; 8] =
    ["\"a\".to_owned()", "\"b\".to_owned()", "Some(1)", "1.5", "true", "None", "7", "\"c\".to_owned()"];

/// A crate with so many models.
pub(super) fn models(library: Library, count: usize) -> String {
    let mut text = String::from("#![allow(dead_code)]\n");
    // Writing to a string does not fail.
    let _ = match library {
        Library::Orm => orm(&mut text, count),
        Library::Diesel => diesel(&mut text, count),
        Library::SeaOrm => sea_orm(&mut text, count),
        Library::Toasty => toasty(&mut text, count),
        Library::Sqlx => Ok(()),
    };
    text
}

/// A small program that connects and reads a row.
pub(super) fn small(library: Library) -> String {
    match library {
        Library::Sqlx => "#[derive(sqlx::FromRow)]\nstruct Item {\n    id: i64,\n}\n\n#[tokio::main]\nasync fn main() -> sqlx::Result<()> {\n    \
             let pool = sqlx::SqlitePool::connect(\"sqlite::memory:\").await?;\n    \
             let item: Item = sqlx::query_as(\"SELECT 1 AS id\").fetch_one(&pool).await?;\n    \
             println!(\"{}\", item.id);\n    Ok(())\n}\n"
            .into(),
        Library::Orm | Library::Diesel | Library::SeaOrm | Library::Toasty => models(library, 1),
    }
}

/// `name: String, ..`, each with a prefix.
fn fields(prefix: &str) -> String {
    COLUMNS.iter().map(|(name, kind)| format!("    {prefix}{name}: {kind},\n")).collect()
}

/// `name: VALUE, ..`, each value wrapped.
fn values(before: &str, after: &str) -> String {
    let values = COLUMNS.iter().zip(VALUES);
    values.map(|((name, _), value)| format!("{name}: {before}{value}{after}, ")).collect()
}

fn orm(text: &mut String, count: usize) -> std::fmt::Result {
    text.push_str("use orm::prelude::*;\n\n");
    for at in 0..count {
        write!(
            text,
            "#[derive(Model, Debug, Default)]\npub struct Item{at} {{\n    #[orm(primary_key)]\n    pub id: i64,\n{}}}\n\n\
             async fn item{at}(session: &mut UnitOfWork) -> orm::Result<()> {{\n    \
             let item = session.add(Item{at} {{ {}..Default::default() }});\n    session.commit().await?;\n    \
             let id = session[item].id;\n    \
             let found = session.get::<Item{at}>(id).await?;\n    \
             let many = session.query::<Item{at}>().filter(|i| i.age.ge(18) & i.name.eq(\"a\")).order_by(|i| i.id.asc()).all().await?;\n    \
             if let Some(found) = found {{\n        session[found].visits += many.len() as i64;\n    }}\n    \
             session.commit().await?;\n    session.delete(item);\n    session.commit().await\n}}\n\n",
            fields("pub "),
            values("", "")
        )?;
    }
    text.push_str("#[tokio::main]\nasync fn main() -> orm::Result<()> {\n    let engine = orm::create_engine(\"sqlite::memory:\").await?;\n    orm::metadata().create_all(&engine).await?;\n    let mut session = engine.session();\n");
    for at in 0..count {
        writeln!(text, "    item{at}(&mut session).await?;")?;
    }
    text.push_str("    Ok(())\n}\n");
    Ok(())
}

fn diesel(text: &mut String, count: usize) -> std::fmt::Result {
    text.push_str("use diesel::prelude::*;\n\n");
    let types = ["Text", "Text", "Nullable<Integer>", "Double", "Bool", "Nullable<Text>", "BigInt", "Text"];
    let columns: String =
        COLUMNS.iter().zip(types).map(|((name, _), kind)| format!("{name} -> {kind}, ")).collect();
    for at in 0..count {
        write!(
            text,
            "diesel::table! {{ items{at} (id) {{ id -> BigInt, {columns}}} }}\n\n\
             #[derive(Debug, Queryable, Selectable, Identifiable, AsChangeset)]\n#[diesel(table_name = items{at})]\n\
             pub struct Item{at} {{\n    pub id: i64,\n{0}}}\n\n\
             #[derive(Debug, Insertable)]\n#[diesel(table_name = items{at})]\npub struct NewItem{at} {{\n{0}}}\n\n\
             fn item{at}(connection: &mut SqliteConnection) -> QueryResult<()> {{\n    \
             let new = NewItem{at} {{ {1}}};\n    \
             let item: Item{at} = diesel::insert_into(items{at}::table).values(&new).returning(Item{at}::as_returning()).get_result(connection)?;\n    \
             let mut found: Item{at} = items{at}::table.find(item.id).select(Item{at}::as_select()).first(connection)?;\n    \
             let many: Vec<Item{at}> = items{at}::table.filter(items{at}::age.ge(18).and(items{at}::name.eq(\"a\"))).order(items{at}::id.asc()).select(Item{at}::as_select()).load(connection)?;\n    \
             found.visits += many.len() as i64;\n    \
             diesel::update(&found).set(&found).execute(connection)?;\n    \
             diesel::delete(&found).execute(connection)?;\n    Ok(())\n}}\n\n",
            fields("pub "),
            values("", "")
        )?;
    }
    text.push_str("fn main() -> QueryResult<()> {\n    let mut connection = SqliteConnection::establish(\":memory:\").expect(\"memory is there\");\n");
    for at in 0..count {
        writeln!(text, "    item{at}(&mut connection)?;")?;
    }
    text.push_str("    Ok(())\n}\n");
    Ok(())
}

fn sea_orm(text: &mut String, count: usize) -> std::fmt::Result {
    for at in 0..count {
        write!(
            text,
            "mod item{at} {{\n    use sea_orm::entity::prelude::*;\n    use sea_orm::{{QueryOrder, Set}};\n\n    \
             #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]\n    #[sea_orm(table_name = \"items{at}\")]\n    \
             pub struct Model {{\n    #[sea_orm(primary_key)]\n    pub id: i64,\n{}}}\n\n    \
             #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]\n    pub enum Relation {{}}\n    \
             impl ActiveModelBehavior for ActiveModel {{}}\n\n    \
             pub async fn run(database: &sea_orm::DatabaseConnection) -> Result<(), sea_orm::DbErr> {{\n        \
             let item = ActiveModel {{ {}..Default::default() }}.insert(database).await?;\n        \
             let found = Entity::find_by_id(item.id).one(database).await?;\n        \
             let many = Entity::find().filter(Column::Age.gte(18)).filter(Column::Name.eq(\"a\")).order_by_asc(Column::Id).all(database).await?;\n        \
             if let Some(found) = found {{\n            let visits = found.visits + many.len() as i64;\n            \
             let mut changed: ActiveModel = found.into();\n            changed.visits = Set(visits);\n            \
             changed.update(database).await?;\n        }}\n        \
             item.delete(database).await?;\n        Ok(())\n    }}\n}}\n\n",
            fields("pub "),
            values("Set(", ")")
        )?;
    }
    text.push_str("#[tokio::main]\nasync fn main() -> Result<(), sea_orm::DbErr> {\n    let database = sea_orm::Database::connect(\"sqlite::memory:\").await?;\n");
    for at in 0..count {
        writeln!(text, "    item{at}::run(&database).await?;")?;
    }
    text.push_str("    Ok(())\n}\n");
    Ok(())
}

fn toasty(text: &mut String, count: usize) -> std::fmt::Result {
    let setters: String = COLUMNS
        .iter()
        .zip(VALUES)
        .filter(|(_, value)| *value != "None")
        .map(|((name, _), value)| {
            let value =
                value.strip_prefix("Some(").and_then(|value| value.strip_suffix(')')).unwrap_or(value);
            format!(".{name}({value})")
        })
        .collect();
    for at in 0..count {
        write!(
            text,
            "#[derive(Debug, toasty::Model)]\npub struct Item{at} {{\n    #[key]\n    #[auto]\n    id: u64,\n{}}}\n\n\
             async fn item{at}(database: &mut toasty::Db) -> toasty::Result<()> {{\n    \
             let item = Item{at}::create(){setters}.exec(database).await?;\n    \
             let mut found = Item{at}::get_by_id(database, &item.id).await?;\n    \
             let many = Item{at}::filter(Item{at}::fields().age().ge(18).and(Item{at}::fields().name().eq(\"a\"))).order_by(Item{at}::fields().id().asc()).exec(database).await?;\n    \
             let visits = found.visits + many.len() as i64;\n    \
             found.update().visits(visits).exec(database).await?;\n    item.delete().exec(database).await?;\n    Ok(())\n}}\n\n",
            fields("")
        )?;
    }
    let models: Vec<String> = (0..count).map(|at| format!("Item{at}")).collect();
    write!(
        text,
        "#[tokio::main]\nasync fn main() -> toasty::Result<()> {{\n    let mut database = toasty::Db::builder().models(toasty::models!({})).connect(\"sqlite::memory:\").await?;\n    database.push_schema().await?;\n",
        models.join(", ")
    )?;
    for at in 0..count {
        writeln!(text, "    item{at}(&mut database).await?;")?;
    }
    text.push_str("    Ok(())\n}\n");
    Ok(())
}
