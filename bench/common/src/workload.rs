//! The workloads by the names that the driver calls them.

use anyhow::Context;

/// Reads by key in one run of [`Workload::Get`].
pub const GETS: i64 = 200;
/// Tasks, or threads, of [`Workload::Concurrent`].
pub const TASKS: usize = 32;
/// Reads by key that each of them does.
pub const READS_OF_A_TASK: usize = 100;
/// Connections of a pool.
pub const POOL: usize = 8;
/// Rows of [`Workload::Update`].
pub const UPDATED: i64 = 10_000;

/// Something that a peer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    /// Reads so many users into objects.
    Load(i64),
    /// Reads 10,000 pairs of a user and a post through a join.
    Join,
    /// Reads 100 users with 10 posts each with 10 comments each.
    Eager,
    /// Reads [`GETS`] users by their keys, one after the other.
    Get,
    /// Inserts so many rows in one transaction and learns their keys.
    Insert(usize),
    /// Inserts one row and learns its key, without a transaction around the statement.
    InsertAlone,
    /// Gives [`UPDATED`] rows the name of this turn ([`crate::rows::new_name`]), different ones, in one transaction.
    Update { turn: u64 },
    /// [`TASKS`] tasks that read by key from one pool of [`POOL`] connections, [`READS_OF_A_TASK`] times each.
    Concurrent,
    /// Writes 2,000 new, changed and deleted objects of five related tables in one transaction: see [`crate::shop`].
    Shop(ShopForm),
}

/// How a peer that has no unit of work goes about one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShopForm {
    /// It saves and deletes object after object, by its own means.
    Objects,
    /// The program writes as much as it can in one statement, at the cost of doing by hand what a unit of work does.
    InBulk,
}

impl Workload {
    /// The workload of this name.
    pub fn parse(name: &str) -> crate::Result<Workload> {
        let (kind, count) = name.split_once('_').unwrap_or((name, "0"));
        let count: i64 = count.parse().with_context(|| format!("no count in the workload `{name}`"))?;
        Ok(match kind {
            "load" => Workload::Load(count),
            "join" => Workload::Join,
            "eager" => Workload::Eager,
            "get" => Workload::Get,
            "insert" => Workload::Insert(usize::try_from(count)?),
            "lone" => Workload::InsertAlone,
            "update" => Workload::Update { turn: 0 },
            "concurrent" => Workload::Concurrent,
            "shop" => Workload::Shop(ShopForm::Objects),
            "bulkshop" => Workload::Shop(ShopForm::InBulk),
            _ => anyhow::bail!("there is no workload `{name}`"),
        })
    }

    /// How many operations the time of one run is divided by.
    pub(crate) fn operations(self) -> u64 {
        match self {
            Workload::Get => GETS.unsigned_abs(),
            Workload::Concurrent => (TASKS * READS_OF_A_TASK) as u64,
            Workload::Load(_)
            | Workload::Join
            | Workload::Eager
            | Workload::Insert(_)
            | Workload::InsertAlone
            | Workload::Update { .. }
            | Workload::Shop(_) => 1,
        }
    }
}
