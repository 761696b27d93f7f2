//! The derives do not use what they only carry.

#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations, rust_2018_idioms)]
#![deny(unused_qualifications, single_use_lifetimes, clippy::all, clippy::pedantic)]
#![forbid(unsafe_code, unused)]

use orm::prelude::*;

/// A user.
#[derive(Model, Debug)]
#[non_exhaustive]
#[must_use]
pub struct User {
    /// The key.
    #[orm(primary_key)]
    pub id: i64,
    /// Not any more.
    #[deprecated = "by a better one"]
    pub name: String,
    #[doc(hidden)]
    #[orm(skip)]
    pub old: Option<std::sync::Arc<User>>,
}

fn main() {
    let _ = |row: Cols<User>| row.id.eq(1);
}
