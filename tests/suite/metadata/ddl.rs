//! The text of `CREATE TABLE`, for each dialect.

use orm::prelude::*;
use orm::{Json, Metadata};
use rust_decimal::Decimal;

#[derive(ModelEnum, Debug)]
enum Kind {
    Small,
    Large,
}

/// Something to sell.
#[derive(Model, Debug)]
#[orm(table = "products", unique(maker_id, name), index(kind, price), check = "price >= 0")]
struct Product {
    #[orm(primary_key)]
    id: i64,
    #[orm(length = 40)]
    name: String,
    #[orm(references = Maker, on_delete = "cascade", on_update = "set null")]
    maker_id: Option<i64>,
    #[orm(references = Product, index)]
    successor_id: Option<i64>,
    kind: Kind,
    #[orm(precision = 8, scale = 2, check = "price < 1000000")]
    price: Decimal,
    flag: bool,
    a: i8,
    b: i16,
    c: i32,
    d: u8,
    e: u16,
    f: u32,
    g: u64,
    h: f32,
    i: f64,
    text: Option<String>,
    bytes: Vec<u8>,
    #[orm(length = 16)]
    hash: Vec<u8>,
    date: chrono::NaiveDate,
    time: chrono::NaiveTime,
    local: chrono::NaiveDateTime,
    #[orm(server_default = "CURRENT_TIMESTAMP")]
    utc: Auto<chrono::DateTime<chrono::Utc>>,
    #[orm(unique)]
    uuid: uuid::Uuid,
    json: Json<Vec<i32>>,
    #[orm(version)]
    version: i64,
}

#[derive(Model, Debug)]
#[orm(table = "makers")]
struct Maker {
    #[orm(primary_key)]
    id: i64,
    #[orm(references = Product)]
    best_id: Option<i64>,
}

case!(create_table_sql_is_what_create_all_sends, |db| {
    let metadata = Metadata::empty().with::<Product>().with::<Maker>();
    let sql = metadata.create_table_sql(db.engine().dialect())?;
    let log = db.engine().log_statements();
    metadata.create_all(db.engine()).await?;
    let mut sent = log.take_sql();
    sent.retain(|sql| sql.starts_with("CREATE") || sql.starts_with("ALTER"));
    assert_eq!(sent, sql);
    let sql = sql.join(";\n");
    let collation = if db.backend().is_mariadb() { "utf8mb4_nopad_bin" } else { "utf8mb4_0900_bin" };
    let sql = sql.replace(collation, "<collation>");
    insta::allow_duplicates! {
        if db.is_server() {
            insta::assert_snapshot!(sql, @r#"
            CREATE TABLE IF NOT EXISTS `makers` (
              `id` BIGINT NOT NULL AUTO_INCREMENT,
              `best_id` BIGINT NULL,
              PRIMARY KEY (`id`)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=<collation>;
            CREATE TABLE IF NOT EXISTS `products` (
              `id` BIGINT NOT NULL AUTO_INCREMENT,
              `name` VARCHAR(40) NOT NULL,
              `maker_id` BIGINT NULL,
              `successor_id` BIGINT NULL,
              `kind` VARCHAR(64) NOT NULL,
              `price` DECIMAL(8,2) NOT NULL,
              `flag` BOOLEAN NOT NULL,
              `a` TINYINT NOT NULL,
              `b` SMALLINT NOT NULL,
              `c` INT NOT NULL,
              `d` TINYINT UNSIGNED NOT NULL,
              `e` SMALLINT UNSIGNED NOT NULL,
              `f` INT UNSIGNED NOT NULL,
              `g` BIGINT UNSIGNED NOT NULL,
              `h` FLOAT NOT NULL,
              `i` DOUBLE NOT NULL,
              `text` LONGTEXT NULL,
              `bytes` LONGBLOB NOT NULL,
              `hash` VARBINARY(16) NOT NULL,
              `date` DATE NOT NULL,
              `time` TIME(6) NOT NULL,
              `local` DATETIME(6) NOT NULL,
              `utc` DATETIME(6) NOT NULL DEFAULT (CURRENT_TIMESTAMP),
              `uuid` BINARY(16) NOT NULL,
              `json` JSON NOT NULL,
              `version` BIGINT NOT NULL,
              PRIMARY KEY (`id`),
              CONSTRAINT `uq_products_uuid` UNIQUE (`uuid`),
              CONSTRAINT `uq_products_maker_id_name` UNIQUE (`maker_id`, `name`),
              CONSTRAINT `ck_products_price` CHECK (price < 1000000),
              CONSTRAINT `ck_products_1` CHECK (price >= 0),
              CONSTRAINT `fk_products_maker_id` FOREIGN KEY (`maker_id`) REFERENCES `makers` (`id`) ON DELETE CASCADE ON UPDATE SET NULL,
              CONSTRAINT `fk_products_successor_id` FOREIGN KEY (`successor_id`) REFERENCES `products` (`id`),
              INDEX `ix_products_successor_id` (`successor_id`),
              INDEX `ix_products_kind_price` (`kind`, `price`)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=<collation> COMMENT='Something to sell.';
            ALTER TABLE `makers` ADD CONSTRAINT `fk_makers_best_id` FOREIGN KEY (`best_id`) REFERENCES `products` (`id`)
            "#);
        } else {
            insta::assert_snapshot!(sql, @r#"
            CREATE TABLE IF NOT EXISTS "makers" (
              "id" INTEGER PRIMARY KEY,
              "best_id" INTEGER NULL,
              CONSTRAINT "fk_makers_best_id" FOREIGN KEY ("best_id") REFERENCES "products" ("id")
            );
            CREATE TABLE IF NOT EXISTS "products" (
              "id" INTEGER PRIMARY KEY,
              "name" VARCHAR(40) NOT NULL,
              "maker_id" INTEGER NULL,
              "successor_id" INTEGER NULL,
              "kind" VARCHAR(64) NOT NULL,
              "price" DECIMAL(8, 2) NOT NULL,
              "flag" BOOLEAN NOT NULL,
              "a" INTEGER NOT NULL,
              "b" INTEGER NOT NULL,
              "c" INTEGER NOT NULL,
              "d" INTEGER NOT NULL,
              "e" INTEGER NOT NULL,
              "f" INTEGER NOT NULL,
              "g" INTEGER NOT NULL,
              "h" REAL NOT NULL,
              "i" REAL NOT NULL,
              "text" TEXT NULL,
              "bytes" BLOB NOT NULL,
              "hash" BLOB NOT NULL,
              "date" DATE NOT NULL,
              "time" TIME NOT NULL,
              "local" DATETIME NOT NULL,
              "utc" DATETIME NOT NULL DEFAULT (CURRENT_TIMESTAMP),
              "uuid" BLOB NOT NULL,
              "json" TEXT NOT NULL,
              "version" INTEGER NOT NULL,
              CONSTRAINT "uq_products_uuid" UNIQUE ("uuid"),
              CONSTRAINT "uq_products_maker_id_name" UNIQUE ("maker_id", "name"),
              CONSTRAINT "ck_products_price" CHECK (price < 1000000),
              CONSTRAINT "ck_products_1" CHECK (price >= 0),
              CONSTRAINT "fk_products_maker_id" FOREIGN KEY ("maker_id") REFERENCES "makers" ("id") ON DELETE CASCADE ON UPDATE SET NULL,
              CONSTRAINT "fk_products_successor_id" FOREIGN KEY ("successor_id") REFERENCES "products" ("id")
            );
            CREATE INDEX IF NOT EXISTS "ix_products_successor_id" ON "products" ("successor_id");
            CREATE INDEX IF NOT EXISTS "ix_products_kind_price" ON "products" ("kind", "price")
            "#);
        }
    }
});
