//! The queries, typed. Dates that the specification computes from intervals are written out.

use chrono::NaiveDate;
use orm::prelude::*;
use orm::session::{Picked, Selected, Source};
use orm::{Aggregate, Query, Result, alias, case, count_rows, query, query_from, value};
use rust_decimal::Decimal;

use super::models::{Customer, Line, Order, Part, PartSupplier, Supplier};
use super::{Case, Statement};

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date of the specification")
}

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a number of the specification")
}

/// What a line brings in.
fn volume(l: Cols<Line>) -> Expr<Decimal> {
    l.price * (value(Decimal::ONE) - l.discount)
}

fn revenue(l: Cols<Line>) -> Aggregate<Option<Decimal>> {
    volume(l).sum()
}

async fn ran<T, Q>(number: usize, query: Query<AnyEngine, T, Picked<Q>>) -> Result<Case>
where
    T: Source,
    Q: Selected<AnyEngine>,
{
    let rendered = query.to_sql()?;
    let rows = query.all().await?.len();
    Ok(Case { number, typed: Statement { sql: rendered.sql, values: rendered.values }, rows })
}

pub(super) async fn all(engine: &AnyEngine) -> Result<Vec<Case>> {
    let mut cases = first_half(engine).await?;
    cases.extend(second_half(engine).await?);
    Ok(cases)
}

async fn first_half(engine: &AnyEngine) -> Result<Vec<Case>> {
    let mut cases = Vec::new();

    let pricing_summary = engine
        .query::<Line>()
        .filter(|l| l.shipped.le(day("1998-09-02")))
        .group_by(|l| (l.return_flag, l.status))
        .order_by(|l| (l.return_flag.asc(), l.status.asc()))
        .select(|l| {
            (
                l.return_flag,
                l.status,
                l.quantity.sum(),
                l.price.sum(),
                revenue(l),
                (volume(l) * (value(Decimal::ONE) + l.tax)).sum(),
                l.quantity.avg(),
                l.price.avg(),
                l.discount.avg(),
                count_rows(),
            )
        });
    cases.push(ran(1, pricing_summary).await?);

    let minimum_cost_supplier = engine
        .query::<PartSupplier>()
        .filter(|ps| ps.part().size.eq(15) & ps.part().kind.ends_with("BRASS"))
        .filter(|ps| ps.supplier().nation().region().name.eq("EUROPE"))
        .filter(|ps| {
            let cheapest = query::<PartSupplier>()
                .filter(|other| other.part_id.eq(ps.part_id))
                .filter(|other| other.supplier().nation().region().name.eq("EUROPE"))
                .select(|other| other.cost.min());
            ps.cost.eq(cheapest.scalar())
        })
        .order_by(|ps| {
            let supplier = ps.supplier();
            (supplier.balance.desc(), supplier.nation().name.asc(), supplier.name.asc(), ps.part_id.asc())
        })
        .limit(100)
        .select(|ps| {
            let supplier = ps.supplier();
            (
                supplier.balance,
                supplier.name,
                supplier.nation().name,
                ps.part_id,
                ps.part().manufacturer,
                supplier.address,
                supplier.phone,
                supplier.comment,
            )
        });
    cases.push(ran(2, minimum_cost_supplier).await?);

    let shipping_priority = engine
        .query::<Line>()
        .filter(|l| l.order().customer().segment.eq("BUILDING"))
        .filter(|l| l.order().day.lt(day("1995-03-15")) & l.shipped.gt(day("1995-03-15")))
        .group_by(|l| (l.order_id, l.order().day, l.order().ship_priority))
        .order_by(|l| (revenue(l).desc(), l.order().day.asc()))
        .limit(10)
        .select(|l| (l.order_id, revenue(l), l.order().day, l.order().ship_priority));
    cases.push(ran(3, shipping_priority).await?);

    let order_priority_checking = engine
        .query::<Order>()
        .filter(|o| o.day.ge(day("1993-07-01")) & o.day.lt(day("1993-10-01")))
        .filter(|o| o.lines().any(|l| l.committed.lt(l.received)))
        .group_by(|o| o.priority)
        .order_by(|o| o.priority.asc())
        .select(|o| (o.priority, count_rows()));
    cases.push(ran(4, order_priority_checking).await?);

    let local_supplier_volume = engine
        .query::<Line>()
        .filter(|l| l.order().customer().nation_id.eq(l.supplier().nation_id))
        .filter(|l| l.supplier().nation().region().name.eq("ASIA"))
        .filter(|l| l.order().day.ge(day("1994-01-01")) & l.order().day.lt(day("1995-01-01")))
        .group_by(|l| l.supplier().nation().name)
        .order_by(|l| revenue(l).desc())
        .select(|l| (l.supplier().nation().name, revenue(l)));
    cases.push(ran(5, local_supplier_volume).await?);

    let forecasting_revenue_change = engine
        .query::<Line>()
        .filter(|l| l.shipped.ge(day("1994-01-01")) & l.shipped.lt(day("1995-01-01")))
        .filter(|l| l.discount.between(decimal("0.05"), decimal("0.07")) & l.quantity.lt(24))
        .select(|l| (l.price * l.discount).sum());
    cases.push(ran(6, forecasting_revenue_change).await?);

    let volume_shipping = engine
        .query::<Line>()
        .filter(|l| {
            let (seller, buyer) = (l.supplier().nation().name, l.order().customer().nation().name);
            (seller.eq("FRANCE") & buyer.eq("GERMANY")) | (seller.eq("GERMANY") & buyer.eq("FRANCE"))
        })
        .filter(|l| l.shipped.between(day("1995-01-01"), day("1996-12-31")))
        .group_by(|l| (l.supplier().nation().name, l.order().customer().nation().name, l.shipped.year()))
        .order_by(|l| {
            let buyer = l.order().customer().nation().name;
            (l.supplier().nation().name.asc(), buyer.asc(), l.shipped.year().asc())
        })
        .select(|l| {
            let buyer = l.order().customer().nation().name;
            (l.supplier().nation().name, buyer, l.shipped.year(), revenue(l))
        });
    cases.push(ran(7, volume_shipping).await?);

    let national_market_share = engine
        .query::<Line>()
        .filter(|l| l.order().customer().nation().region().name.eq("AMERICA"))
        .filter(|l| l.order().day.between(day("1995-01-01"), day("1996-12-31")))
        .filter(|l| l.part().kind.eq("ECONOMY ANODIZED STEEL"))
        .group_by(|l| l.order().day.year())
        .order_by(|l| l.order().day.year().asc())
        .select(|l| {
            let of_brazil = l.supplier().nation().name.eq("BRAZIL");
            let brazil = case().when(of_brazil, volume(l)).otherwise(Decimal::ZERO);
            (l.order().day.year(), brazil.sum() / revenue(l))
        });
    cases.push(ran(8, national_market_share).await?);

    let offer = alias::<PartSupplier>();
    let profit = |l: Cols<Line>| volume(l) - offer.cost * l.quantity.cast::<Decimal>();
    let product_type_profit = engine
        .query::<Line>()
        .join(&offer, |l, o| o.part_id.eq(l.part_id) & o.supplier_id.eq(l.supplier_id))
        .filter(|l| l.part().name.contains("green"))
        .group_by(|l| (l.supplier().nation().name, l.order().day.year()))
        .order_by(|l| (l.supplier().nation().name.asc(), l.order().day.year().desc()))
        .select(|l| (l.supplier().nation().name, l.order().day.year(), profit(l).sum()));
    cases.push(ran(9, product_type_profit).await?);

    let returned_items = engine
        .query::<Line>()
        .filter(|l| l.order().day.ge(day("1993-10-01")) & l.order().day.lt(day("1994-01-01")))
        .filter(|l| l.return_flag.eq("R"))
        .group_by(|l| {
            let c = l.order().customer();
            (c.id, c.name, c.balance, c.phone, c.nation().name, c.address, c.comment)
        })
        .order_by(|l| revenue(l).desc())
        .limit(20)
        .select(|l| {
            let c = l.order().customer();
            (c.id, c.name, revenue(l), c.balance, c.nation().name, c.address, c.phone, c.comment)
        });
    cases.push(ran(10, returned_items).await?);

    let worth = |ps: Cols<PartSupplier>| (ps.cost * ps.available.cast::<Decimal>()).sum();
    let important_stock = engine
        .query::<PartSupplier>()
        .filter(|ps| ps.supplier().nation().name.eq("GERMANY"))
        .group_by(|ps| ps.part_id)
        .having(|ps| {
            let all = query::<PartSupplier>()
                .filter(|other| other.supplier().nation().name.eq("GERMANY"))
                .select(|other| worth(other) * decimal("0.01"));
            worth(ps).gt(all.scalar())
        })
        .order_by(|ps| worth(ps).desc())
        .select(|ps| (ps.part_id, worth(ps)));
    cases.push(ran(11, important_stock).await?);
    Ok(cases)
}

async fn second_half(engine: &AnyEngine) -> Result<Vec<Case>> {
    let mut cases = Vec::new();

    let urgent = |l: Cols<Line>| l.order().priority.in_(["1-URGENT", "2-HIGH"]);
    let shipping_modes = engine
        .query::<Line>()
        .filter(|l| l.mode.in_(["MAIL", "SHIP"]))
        .filter(|l| l.committed.lt(l.received) & l.shipped.lt(l.committed))
        .filter(|l| l.received.ge(day("1994-01-01")) & l.received.lt(day("1995-01-01")))
        .group_by(|l| l.mode)
        .order_by(|l| l.mode.asc())
        .select(|l| {
            let high = case().when(urgent(l), 1_i64).otherwise(0).sum();
            let low = case().when(!urgent(l), 1_i64).otherwise(0).sum();
            (l.mode, high, low)
        });
    cases.push(ran(12, shipping_modes).await?);

    let orders = alias::<Order>().optional();
    let per_customer = query::<Customer>()
        .left_join(&orders, |c, o| o.customer_id.eq(c.id) & o.comment.not_like("%special%requests%"))
        .group_by(|c| c.id)
        .select(|c| (c.id, orders.id.count()))
        .subquery();
    let customer_distribution = engine
        .query_from(&per_customer)
        .group_by(|c| c.1)
        .order_by(|c| (count_rows().desc(), c.1.desc()))
        .select(|c| (c.1, count_rows()));
    cases.push(ran(13, customer_distribution).await?);

    let promotion_effect = engine
        .query::<Line>()
        .filter(|l| l.shipped.ge(day("1995-09-01")) & l.shipped.lt(day("1995-10-01")))
        .select(|l| {
            let promoted = l.part().kind.starts_with("PROMO");
            let promotion = case().when(promoted, volume(l)).otherwise(Decimal::ZERO).sum();
            promotion * decimal("100.00") / revenue(l)
        });
    cases.push(ran(14, promotion_effect).await?);

    let earned = query::<Line>()
        .filter(|l| l.shipped.ge(day("1996-01-01")) & l.shipped.lt(day("1996-04-01")))
        .group_by(|l| l.supplier_id)
        .select(|l| (l.supplier_id, revenue(l)))
        .cte("earned");
    let top_supplier = engine
        .query::<Supplier>()
        .join(&earned, |s, e| s.id.eq(e.0))
        .filter(|_| {
            let others = earned.alias();
            earned.1.eq(query_from(&others).select(|o| o.1.max()).scalar())
        })
        .order_by(|s| s.id.asc())
        .select(|s| (s.id, s.name, s.address, s.phone, earned.1));
    cases.push(ran(15, top_supplier).await?);

    let parts_and_suppliers = engine
        .query::<PartSupplier>()
        .filter(|ps| ps.part().brand.ne("Brand#45") & !ps.part().kind.starts_with("MEDIUM POLISHED"))
        .filter(|ps| ps.part().size.in_([49, 14, 23, 45, 19, 3, 36, 9]))
        .filter(|ps| {
            let complained = query::<Supplier>().filter(|s| s.comment.like("%Customer%Complaints%"));
            ps.supplier_id.not_in_query(complained.select(|s| s.id))
        })
        .group_by(|ps| (ps.part().brand, ps.part().kind, ps.part().size))
        .order_by(|ps| {
            let count = ps.supplier_id.count().distinct();
            (count.desc(), ps.part().brand.asc(), ps.part().kind.asc(), ps.part().size.asc())
        })
        .select(|ps| (ps.part().brand, ps.part().kind, ps.part().size, ps.supplier_id.count().distinct()));
    cases.push(ran(16, parts_and_suppliers).await?);

    let small_quantity_orders = engine
        .query::<Line>()
        .filter(|l| l.part().brand.eq("Brand#23") & l.part().container.eq("MED BOX"))
        .filter(|l| {
            let usual = query::<Line>()
                .filter(|other| other.part_id.eq(l.part_id))
                .select(|other| other.quantity.avg() * 0.2);
            l.quantity.cast::<f64>().lt(usual.scalar())
        })
        .select(|l| l.price.sum() / decimal("7.0"));
    cases.push(ran(17, small_quantity_orders).await?);

    let large_volume_customers = engine
        .query::<Line>()
        .filter(|l| {
            let large = query::<Line>()
                .group_by(|other| other.order_id)
                .having(|other| other.quantity.sum().gt(250))
                .select(|other| other.order_id);
            l.order_id.in_query(large)
        })
        .group_by(|l| {
            let (o, c) = (l.order(), l.order().customer());
            (c.name, c.id, l.order_id, o.day, o.total)
        })
        .order_by(|l| (l.order().total.desc(), l.order().day.asc()))
        .limit(100)
        .select(|l| {
            let (o, c) = (l.order(), l.order().customer());
            (c.name, c.id, l.order_id, o.day, o.total, l.quantity.sum())
        });
    cases.push(ran(18, large_volume_customers).await?);

    let kind_of_part = |p: Cols<Part>, brand: &str, containers: [&str; 4], size: i32| {
        p.brand.eq(brand) & p.container.in_(containers) & p.size.between(1, size)
    };
    let discounted_revenue = engine
        .query::<Line>()
        .filter(|l| l.mode.in_(["AIR", "AIR REG"]) & l.instructions.eq("DELIVER IN PERSON"))
        .filter(|l| {
            let small = ["SM CASE", "SM BOX", "SM PACK", "SM PKG"];
            let medium = ["MED BAG", "MED BOX", "MED PKG", "MED PACK"];
            let large = ["LG CASE", "LG BOX", "LG PACK", "LG PKG"];
            let part = l.part();
            (part.has(|p| kind_of_part(p, "Brand#12", small, 5)) & l.quantity.between(1, 11))
                | (part.has(|p| kind_of_part(p, "Brand#23", medium, 10)) & l.quantity.between(10, 20))
                | (part.has(|p| kind_of_part(p, "Brand#34", large, 15)) & l.quantity.between(20, 30))
        })
        .select(revenue);
    cases.push(ran(19, discounted_revenue).await?);

    let potential_promotion = engine
        .query::<Supplier>()
        .filter(|s| s.nation().name.eq("CANADA"))
        .filter(|s| {
            let well_stocked = query::<PartSupplier>()
                .filter(|ps| ps.part().name.starts_with("forest"))
                .filter(|ps| {
                    let sold = query::<Line>()
                        .filter(|l| l.part_id.eq(ps.part_id) & l.supplier_id.eq(ps.supplier_id))
                        .filter(|l| l.shipped.ge(day("1994-01-01")) & l.shipped.lt(day("1995-01-01")))
                        .select(|l| l.quantity.sum().cast::<f64>() * 0.5);
                    ps.available.cast::<f64>().gt(sold.scalar())
                })
                .select(|ps| ps.supplier_id);
            s.id.in_query(well_stocked)
        })
        .order_by(|s| s.name.asc())
        .select(|s| (s.name, s.address));
    cases.push(ran(20, potential_promotion).await?);

    let waiting_suppliers = engine
        .query::<Line>()
        .filter(|l| l.order().status.eq("F") & l.received.gt(l.committed))
        .filter(|l| l.supplier().nation().name.eq("SAUDI ARABIA"))
        .filter(|l| {
            query::<Line>()
                .filter(|other| other.order_id.eq(l.order_id) & other.supplier_id.ne(l.supplier_id))
                .exists()
        })
        .filter(|l| {
            query::<Line>()
                .filter(|other| other.order_id.eq(l.order_id) & other.supplier_id.ne(l.supplier_id))
                .filter(|other| other.received.gt(other.committed))
                .not_exists()
        })
        .group_by(|l| l.supplier().name)
        .order_by(|l| (count_rows().desc(), l.supplier().name.asc()))
        .limit(100)
        .select(|l| (l.supplier().name, count_rows()));
    cases.push(ran(21, waiting_suppliers).await?);

    let codes = ["13", "31", "23", "29", "30", "18", "17"];
    let code = |c: Cols<Customer>| c.phone.substring(1, 2);
    let global_sales_opportunity = engine
        .query::<Customer>()
        .filter(|c| code(c).in_(codes) & c.orders().none(|_| value(true)))
        .filter(|c| {
            let usual = query::<Customer>()
                .filter(|other| other.balance.gt(Decimal::ZERO) & code(other).in_(codes))
                .select(|other| other.balance.avg());
            c.balance.gt(usual.scalar())
        })
        .group_by(code)
        .order_by(|c| code(c).asc())
        .select(|c| (code(c), count_rows(), c.balance.sum()));
    cases.push(ran(22, global_sales_opportunity).await?);
    Ok(cases)
}

trait Shim {
    fn year(self) -> Expr<i64>;
    fn substring(self, a: i64, b: i64) -> Expr<String>;
}
impl<T> Shim for orm::Column<T> {
    fn year(self) -> Expr<i64> {
        Shim::substring(self, 1, 4).cast()
    }
    fn substring(self, a: i64, b: i64) -> Expr<String> {
        let v = |x| orm::node::Node::Value(orm::Value::Int(x));
        Expr::new(orm::node::Node::Named { name: "SUBSTR", arguments: vec![self.into_node(), v(a), v(b)] })
    }
}
