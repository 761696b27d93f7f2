//! How the time of one object grows with the number of objects: loading, inserting, updating, planning. In memory, so that
//! a disk has no part in it; the time is that of the processor, so that other programs have none either.

use std::time::Duration;

use bench_common::{Place, Result, rows};
use bench_orm::connected::Connected;
use bench_orm::models::{self, Customer, Inserted, Line, Order, Payment, Product};
use cpu_time::ProcessTime;
use orm::prelude::*;

use crate::{Extent, figure, floor};

/// Each figure is the least of repetitions that take as long as this together: what disturbs a run only adds to it.
const TIME: Duration = Duration::from_millis(600);
/// The objects of one round of [`graph`], and so a divisor of every size.
const OBJECTS_OF_A_ROUND: usize = 20;

#[derive(Clone, Copy, Debug, Default)]
struct Times {
    insert: Duration,
    load: Duration,
    change: Duration,
    update: Duration,
    plan: Duration,
}

impl Times {
    fn least(self, other: Times) -> Times {
        Times {
            insert: self.insert.min(other.insert),
            load: self.load.min(other.load),
            change: self.change.min(other.change),
            update: self.update.min(other.update),
            plan: self.plan.min(other.plan),
        }
    }
}

pub(crate) async fn run(extent: Extent) -> Result {
    let sizes: &[usize] = match extent {
        Extent::Full => &[1_000, 10_000, 100_000, 1_000_000],
        Extent::Quick => &[1_000, 10_000, 100_000],
    };
    let connected = Connected::connect(&Place::Memory).await?;
    connected.execute(bench_common::schema::SQLITE).await?;
    let bare = floor::connect()?;
    for size in sizes {
        let mut least = once(&connected, *size).await?;
        let mut least_bare = floor::once(&bare, *size)?;
        let start = ProcessTime::now();
        // In turns, so that what disturbs one disturbs the other.
        while start.elapsed() < TIME {
            least = least.least(once(&connected, *size).await?);
            least_bare = least_bare.least(floor::once(&bare, *size)?);
        }
        let each = |time: Duration| time.as_nanos() as f64 / *size as f64;
        let Times { insert, load, change, update, plan } = least;
        let all =
            [("insert", insert), ("load", load), ("change", change), ("update", update), ("plan", plan)];
        for (what, time) in all {
            figure(format_args!("growth {what} {size}"), each(time));
        }
        let floor::Times { insert, load, update } = least_bare;
        for (what, time) in [("insert", insert), ("load", load), ("update", update)] {
            figure(format_args!("floor {what} {size}"), each(time));
        }
    }
    Ok(())
}

async fn once(connected: &Connected, size: usize) -> Result<Times> {
    let engine = &connected.engine;
    let mut times = Times::default();

    let new = models::new_rows(size);
    let start = ProcessTime::now();
    let mut session = engine.session();
    session.add_all(new);
    session.commit().await?;
    times.insert = start.elapsed();
    drop(session);

    let mut session = engine.session();
    let start = ProcessTime::now();
    let handles = session.query::<Inserted>().all().await?;
    times.load = start.elapsed();
    anyhow::ensure!(handles.len() == size, "{} rows in place of {size}", handles.len());

    let names: Vec<String> = (0..size as i64).map(|id| rows::new_name(0, id)).collect();
    let start = ProcessTime::now();
    for (handle, name) in handles.iter().zip(names) {
        session[handle].name = name;
    }
    times.change = start.elapsed();
    let start = ProcessTime::now();
    session.commit().await?;
    times.update = start.elapsed();
    drop(session);
    connected.execute(&["DELETE FROM ins"]).await?;

    let mut session = engine.session();
    graph(&mut session, size / OBJECTS_OF_A_ROUND);
    let start = ProcessTime::now();
    let plan = session.plan()?;
    times.plan = start.elapsed();
    anyhow::ensure!(plan.row_count() == size, "{} planned rows in place of {size}", plan.row_count());
    Ok(times)
}

/// New objects of five related tables, 20 in each round.
fn graph(session: &mut UnitOfWork, rounds: usize) {
    for round in 0..rounds {
        let number = round as i64;
        let customer = session.add(Customer { name: format!("Customer {round}"), ..Default::default() });
        let product =
            session.add(Product { name: format!("Product {round}"), price: number, ..Default::default() });
        for _ in 0..3 {
            let order = session.add(Order { number, customer: customer.into(), ..Default::default() });
            for quantity in 0..4 {
                let (order, product) = (order.into(), product.into());
                session.add(Line { quantity, order, product, ..Default::default() });
            }
            session.add(Payment { amount: number, order: order.into(), ..Default::default() });
        }
    }
}
