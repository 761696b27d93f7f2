//! Nothing grows with the square of the rows: planning and book-keeping of 10,000 objects take about ten times what 1,000
//! take. Times are compared with each other, never with a clock of another machine, and are those of the thread where the
//! system tells them, so that a busy machine makes no difference.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use orm::prelude::*;

use super::*;
use crate::harness::{Backend, run};

/// How long this thread has been at work.
fn clock() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = statistics.and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// How long some work on so many objects takes: the best of a few.
fn best(runs: usize, mut work: impl FnMut() -> Duration) -> Duration {
    (0..runs).map(|_| work()).min().unwrap()
}

/// How long some short work takes: the clock may move in steps that are longer, so it is repeated until it moved for long.
fn average(mut work: impl FnMut() -> Duration) -> Duration {
    let (mut total, mut runs) = (Duration::ZERO, 0);
    while runs < 5 || (total < Duration::from_millis(20) && runs < 200) {
        total += work();
        runs += 1;
    }
    total / runs
}

/// Work on ten times as much takes at most fifty times as long: a square would take a hundred times.
#[track_caller]
fn assert_linear(what: &str, mut work: impl FnMut(usize) -> Duration) {
    let (few, many) = (1_000, 10_000);
    let small = average(|| work(few));
    let large = best(3, || work(many));
    let ratio = large.as_secs_f64() / small.as_secs_f64();
    assert!(ratio < 50.0, "{what}: {many} take {ratio:.0} times as long as {few} ({small:?}, {large:?})");
}

/// The time that planning takes.
fn planning(session: &mut UnitOfWork) -> Duration {
    let started = clock();
    let plan = session.plan().unwrap();
    let taken = clock() - started;
    assert!(!plan.is_empty());
    taken
}

#[test]
fn planning_grows_with_the_rows() {
    run(Backend::SqliteMemory, |db| async move {
        assert_linear("a chain of new rows", |count| {
            let mut session = db.session();
            for number in (0..count).rev() {
                let parent = (number > 0).then(|| (number - 1).to_string());
                session.add(Node { id: number.to_string(), parent });
            }
            planning(&mut session)
        });
        assert_linear("a ring of new rows", |count| {
            let mut session = db.session();
            for number in 0..count {
                session
                    .add(Node { id: number.to_string(), parent: Some(((number + 1) % count).to_string()) });
            }
            planning(&mut session)
        });
        assert_linear("pairs of new rows that refer to each other", |count| {
            let mut session = db.session();
            for number in 0..count {
                session.add(Node { id: number.to_string(), parent: Some((number ^ 1).to_string()) });
            }
            planning(&mut session)
        });
        assert_linear("a list of new rows that are linked both ways", |count| {
            let mut session = db.session();
            let name = |number: usize| (number < count).then(|| number.to_string());
            for number in 0..count {
                let (next, previous) = (name(number + 1), name(number.wrapping_sub(1)));
                session.add(Linked { id: number.to_string(), next, previous });
            }
            planning(&mut session)
        });
        Ok(())
    });
}

#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_linked")]
struct Linked {
    #[orm(primary_key, length = 20)]
    id: String,
    #[orm(references = Linked, length = 20)]
    next: Option<String>,
    #[orm(references = Linked, length = 20)]
    previous: Option<String>,
}

/// Two unique columns.
#[derive(Model, Debug, Default, Clone, PartialEq)]
#[orm(table = "uow_doubles")]
struct Double {
    #[orm(primary_key(generated = false))]
    id: i64,
    #[orm(unique)]
    one: i64,
    #[orm(unique)]
    other: i64,
}

#[test]
fn planning_of_unique_values_that_change_hands_grows_with_the_rows() {
    run(Backend::SqliteMemory, |db| async move {
        db.create::<(Double,)>().await?;
        let runtime = tokio::runtime::Handle::current();
        for (what, one, other) in
            [("a rotation", 1, 0), ("a rotation in two columns", 1, 1), ("rotations across each other", 1, 7)]
        {
            assert_linear(what, |count| {
                let mut session = db.session();
                let handles = session.add_all((0..count as i64).map(|id| Double { id, one: id, other: id }));
                tokio::task::block_in_place(|| runtime.block_on(session.flush())).unwrap();
                for (number, handle) in handles.iter().enumerate() {
                    session[handle].one = ((number + one) % count) as i64;
                    session[handle].other = ((number + other) % count) as i64;
                }
                planning(&mut session)
            });
        }
        Ok(())
    });
}

#[test]
fn many_objects_come_and_go() {
    run(Backend::SqliteMemory, |db| async move {
        db.create::<(Person,)>().await?;
        let mut times = Vec::new();
        for count in [5_000_u32, 50_000] {
            let mut session = db.session();
            let started = clock();
            let handles = session.add_all((1..=count).map(|number| Person {
                id: number.into(),
                name: number.to_string(),
                age: None,
            }));
            session.flush().await?;
            for handle in &handles {
                session[handle].age = Some(1);
            }
            for handle in &handles {
                session.delete(*handle);
            }
            session.flush().await?;
            session.rollback().await?;
            for handle in handles {
                session.add(handle);
                session.expunge(handle);
            }
            times.push(clock() - started);
        }
        let ratio = times[1].as_secs_f64() / times[0].as_secs_f64();
        assert!(ratio < 50.0, "{times:?}");
        Ok(())
    });
}
