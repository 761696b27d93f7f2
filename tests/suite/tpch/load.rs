//! The data: made by `tpchgen`, which makes the same each time, and written by a session for each table.

use orm::{Model, Result};
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator, PartSuppGenerator,
    RegionGenerator, SupplierGenerator,
};

use super::models::{Customer, Line, Nation, Order, Part, PartSupplier, Region, Supplier};
use crate::harness::Database;

const SCALE: f64 = 0.01;
const PART: i32 = 1;
const PARTS: i32 = 1;
/// Rows in one commit.
const CHUNK: usize = 20_000;

/// Creates the tables and fills them.
pub(super) async fn everything(db: &Database) -> Result<()> {
    db.create::<(Region, Nation, Part, Supplier, PartSupplier, Customer, Order, Line)>().await?;
    write(db, regions()).await?;
    write(db, nations()).await?;
    write(db, parts()).await?;
    write(db, suppliers()).await?;
    write(db, offers()).await?;
    write(db, customers()).await?;
    write(db, orders()).await?;
    write(db, lines()).await
}

fn regions() -> Vec<Region> {
    let rows = RegionGenerator::new(SCALE, PART, PARTS).iter();
    rows.map(|r| Region { id: r.r_regionkey, name: r.r_name.into() }).collect()
}

fn nations() -> Vec<Nation> {
    let rows = NationGenerator::new(SCALE, PART, PARTS).iter();
    rows.map(|n| Nation {
        id: n.n_nationkey,
        name: n.n_name.into(),
        region_id: n.n_regionkey,
        ..Default::default()
    })
    .collect()
}

fn parts() -> Vec<Part> {
    let rows = PartGenerator::new(SCALE, PART, PARTS).iter();
    rows.map(|p| Part {
        id: p.p_partkey,
        name: p.p_name.to_string(),
        manufacturer: p.p_mfgr.to_string(),
        brand: p.p_brand.to_string(),
        kind: p.p_type.into(),
        size: p.p_size,
        container: p.p_container.into(),
    })
    .collect()
}

fn suppliers() -> Vec<Supplier> {
    let rows = SupplierGenerator::new(SCALE, PART, PARTS).iter();
    rows.map(|s| Supplier {
        id: s.s_suppkey,
        name: s.s_name.to_string(),
        address: s.s_address.to_string(),
        nation_id: s.s_nationkey,
        phone: s.s_phone.to_string(),
        balance: decimal(s.s_acctbal),
        comment: s.s_comment,
        ..Default::default()
    })
    .collect()
}

fn offers() -> Vec<PartSupplier> {
    let rows = PartSuppGenerator::new(SCALE, PART, PARTS).iter();
    rows.map(|ps| PartSupplier {
        part_id: ps.ps_partkey,
        supplier_id: ps.ps_suppkey,
        available: ps.ps_availqty,
        cost: decimal(ps.ps_supplycost),
        ..Default::default()
    })
    .collect()
}

fn customers() -> Vec<Customer> {
    let rows = CustomerGenerator::new(SCALE, PART, PARTS).iter();
    rows.map(|c| Customer {
        id: c.c_custkey,
        name: c.c_name.to_string(),
        address: c.c_address.to_string(),
        nation_id: c.c_nationkey,
        phone: c.c_phone.to_string(),
        balance: decimal(c.c_acctbal),
        segment: c.c_mktsegment.into(),
        comment: c.c_comment.into(),
        ..Default::default()
    })
    .collect()
}

fn orders() -> Vec<Order> {
    let rows = OrderGenerator::new(SCALE, PART, PARTS).iter();
    rows.map(|o| Order {
        id: o.o_orderkey,
        customer_id: o.o_custkey,
        status: o.o_orderstatus.to_string(),
        total: decimal(o.o_totalprice),
        day: date(o.o_orderdate),
        priority: o.o_orderpriority.into(),
        ship_priority: o.o_shippriority,
        comment: o.o_comment.into(),
        ..Default::default()
    })
    .collect()
}

fn lines() -> Vec<Line> {
    let rows = LineItemGenerator::new(SCALE, PART, PARTS).iter();
    rows.map(|l| Line {
        order_id: l.l_orderkey,
        number: l.l_linenumber,
        part_id: l.l_partkey,
        supplier_id: l.l_suppkey,
        quantity: l.l_quantity,
        price: decimal(l.l_extendedprice),
        discount: decimal(l.l_discount),
        tax: decimal(l.l_tax),
        return_flag: l.l_returnflag.into(),
        status: l.l_linestatus.into(),
        shipped: date(l.l_shipdate),
        committed: date(l.l_commitdate),
        received: date(l.l_receiptdate),
        instructions: l.l_shipinstruct.into(),
        mode: l.l_shipmode.into(),
        ..Default::default()
    })
    .collect()
}

fn decimal(value: impl std::fmt::Display) -> rust_decimal::Decimal {
    value.to_string().parse().expect("the generator writes plain numbers")
}

fn date(value: impl std::fmt::Display) -> chrono::NaiveDate {
    value.to_string().parse().expect("the generator writes dates as 1996-01-02")
}

async fn write<T: Model>(db: &Database, rows: Vec<T>) -> Result<()> {
    let mut rows = rows.into_iter();
    while rows.len() > 0 {
        let mut session = db.session();
        session.add_all(rows.by_ref().take(CHUNK));
        session.commit().await?;
    }
    Ok(())
}
