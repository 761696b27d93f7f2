//! The eight tables of TPC-H. Names are the specification's without their prefixes; foreign keys have an index, as any
//! database that runs these queries would have.

use chrono::NaiveDate;
use orm::prelude::*;
use rust_decimal::Decimal;

#[derive(Model, Debug, Default)]
#[orm(table = "region")]
pub(super) struct Region {
    #[orm(primary_key(generated = false))]
    pub(super) id: i64,
    #[orm(length = 25)]
    pub(super) name: String,
}

#[derive(Model, Debug, Default)]
#[orm(table = "nation")]
pub(super) struct Nation {
    #[orm(primary_key(generated = false))]
    pub(super) id: i64,
    #[orm(length = 25)]
    pub(super) name: String,
    #[orm(references = Region, index)]
    pub(super) region_id: i64,
    #[orm(belongs_to = "region_id")]
    pub(super) region: BelongsTo<Region>,
}

#[derive(Model, Debug, Default)]
#[orm(table = "part")]
pub(super) struct Part {
    #[orm(primary_key(generated = false))]
    pub(super) id: i64,
    #[orm(length = 55)]
    pub(super) name: String,
    #[orm(length = 25)]
    pub(super) manufacturer: String,
    #[orm(length = 10)]
    pub(super) brand: String,
    #[orm(length = 25)]
    pub(super) kind: String,
    pub(super) size: i32,
    #[orm(length = 10)]
    pub(super) container: String,
}

#[derive(Model, Debug, Default)]
#[orm(table = "supplier")]
pub(super) struct Supplier {
    #[orm(primary_key(generated = false))]
    pub(super) id: i64,
    #[orm(length = 25)]
    pub(super) name: String,
    #[orm(length = 40)]
    pub(super) address: String,
    #[orm(references = Nation, index)]
    pub(super) nation_id: i64,
    #[orm(length = 15)]
    pub(super) phone: String,
    #[orm(precision = 15, scale = 2)]
    pub(super) balance: Decimal,
    #[orm(length = 101)]
    pub(super) comment: String,
    #[orm(belongs_to = "nation_id")]
    pub(super) nation: BelongsTo<Nation>,
}

#[derive(Model, Debug, Default)]
#[orm(table = "part_supplier")]
pub(super) struct PartSupplier {
    #[orm(primary_key, references = Part)]
    pub(super) part_id: i64,
    #[orm(primary_key, references = Supplier, index)]
    pub(super) supplier_id: i64,
    pub(super) available: i32,
    #[orm(precision = 15, scale = 2)]
    pub(super) cost: Decimal,
    #[orm(belongs_to = "part_id")]
    pub(super) part: BelongsTo<Part>,
    #[orm(belongs_to = "supplier_id")]
    pub(super) supplier: BelongsTo<Supplier>,
}

#[derive(Model, Debug, Default)]
#[orm(table = "customer")]
pub(super) struct Customer {
    #[orm(primary_key(generated = false))]
    pub(super) id: i64,
    #[orm(length = 25)]
    pub(super) name: String,
    #[orm(length = 40)]
    pub(super) address: String,
    #[orm(references = Nation, index)]
    pub(super) nation_id: i64,
    #[orm(length = 15)]
    pub(super) phone: String,
    #[orm(precision = 15, scale = 2)]
    pub(super) balance: Decimal,
    #[orm(length = 10)]
    pub(super) segment: String,
    #[orm(length = 117)]
    pub(super) comment: String,
    #[orm(belongs_to = "nation_id")]
    pub(super) nation: BelongsTo<Nation>,
    #[orm(has_many)]
    pub(super) orders: HasMany<Order>,
}

#[derive(Model, Debug, Default)]
#[orm(table = "orders")]
pub(super) struct Order {
    #[orm(primary_key(generated = false))]
    pub(super) id: i64,
    #[orm(references = Customer, index)]
    pub(super) customer_id: i64,
    #[orm(length = 1)]
    pub(super) status: String,
    #[orm(precision = 15, scale = 2)]
    pub(super) total: Decimal,
    #[orm(index)]
    pub(super) day: NaiveDate,
    #[orm(length = 15)]
    pub(super) priority: String,
    pub(super) ship_priority: i32,
    #[orm(length = 79)]
    pub(super) comment: String,
    #[orm(belongs_to = "customer_id")]
    pub(super) customer: BelongsTo<Customer>,
    #[orm(has_many)]
    pub(super) lines: HasMany<Line>,
}

#[derive(Model, Debug, Default)]
#[orm(table = "line_item", index(part_id, supplier_id))]
pub(super) struct Line {
    #[orm(primary_key, references = Order)]
    pub(super) order_id: i64,
    #[orm(primary_key(generated = false))]
    pub(super) number: i32,
    #[orm(references = Part)]
    pub(super) part_id: i64,
    #[orm(references = Supplier, index)]
    pub(super) supplier_id: i64,
    pub(super) quantity: i64,
    #[orm(precision = 15, scale = 2)]
    pub(super) price: Decimal,
    #[orm(precision = 15, scale = 2)]
    pub(super) discount: Decimal,
    #[orm(precision = 15, scale = 2)]
    pub(super) tax: Decimal,
    #[orm(length = 1)]
    pub(super) return_flag: String,
    #[orm(length = 1)]
    pub(super) status: String,
    pub(super) shipped: NaiveDate,
    pub(super) committed: NaiveDate,
    pub(super) received: NaiveDate,
    #[orm(length = 25)]
    pub(super) instructions: String,
    #[orm(length = 10)]
    pub(super) mode: String,
    #[orm(belongs_to = "order_id")]
    pub(super) order: BelongsTo<Order>,
    #[orm(belongs_to = "part_id")]
    pub(super) part: BelongsTo<Part>,
    #[orm(belongs_to = "supplier_id")]
    pub(super) supplier: BelongsTo<Supplier>,
}
