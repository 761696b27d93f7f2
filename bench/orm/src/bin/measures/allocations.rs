//! How often the hot paths allocate, and how much a tracked object holds. Counts do not vary with the machine's load.

use bench_common::{Place, Result, rows};
use bench_orm::connected::Connected;
use bench_orm::models::{self, Updated, User};
use orm::prelude::*;
use stats_alloc::Region;

use crate::{ALLOCATOR, figure};

const ROWS: i64 = 10_000;

pub(crate) async fn run() -> Result {
    let connected = Connected::connect(&Place::Memory).await?;
    connected.execute(bench_common::schema::SQLITE).await?;
    let engine = &connected.engine;
    // Everything once before it is counted: statements are prepared and texts kept.
    for counted in [false, true] {
        let report = |name: &str, region: Region<'_, std::alloc::System>, operations: i64| {
            let allocations = region.change().allocations as f64 / operations as f64;
            if counted {
                figure(format_args!("allocations {name}"), allocations);
            }
        };
        let region = Region::new(ALLOCATOR);
        let users = engine.query::<User>().filter(|u| u.id.le(ROWS)).all().await?;
        report("load", region, users.len() as i64);
        drop(users);

        let region = Region::new(ALLOCATOR);
        for read in 0..1_000 {
            engine.get::<User>(rows::key(read)).await?;
        }
        report("get", region, 1_000);

        let mut session = engine.session();
        let region = Region::new(ALLOCATOR);
        let users = session.query::<User>().filter(|u| u.id.le(ROWS)).all().await?;
        let change = region.change();
        if counted {
            let held = (change.bytes_allocated - change.bytes_deallocated) as f64;
            figure("bytes tracked", held / users.len() as f64);
        }
        report("load tracked", region, ROWS);
        drop(session);

        let new = models::new_rows(ROWS as usize);
        let region = Region::new(ALLOCATOR);
        let mut session = engine.session();
        session.add_all(new);
        session.commit().await?;
        report("insert", region, ROWS);
        drop(session);
        connected.execute(&["DELETE FROM ins"]).await?;

        let mut session = engine.session();
        let handles = session.query::<Updated>().all().await?;
        for handle in handles {
            session[handle].name = rows::new_name(u64::from(counted), session[handle].id);
        }
        let region = Region::new(ALLOCATOR);
        session.commit().await?;
        report("update", region, ROWS);
    }
    Ok(())
}
