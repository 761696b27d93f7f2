//! The free functions of queries in one place: `use orm::functions::*;`, or `use orm::functions as f;` and `f::now()`.
//! Functions of one value are methods of columns and expressions: `u.name.lower()`, `o.total.sum()`.

pub use crate::column::{
    case, count_rows, cume_dist, dense_rank, function, now, ntile, percent_rank, random, rank, row_number,
    today, tuple, value, window,
};
pub use crate::node::{Bound, TimeUnit};
pub use crate::session::{alias, query, query_from, values};
