//! The README and the guide, so that `cargo test` compiles their code. Not part of the library.

#[cfg(feature = "sqlite")]
#[doc = include_str!("../README.md")]
mod readme {}

#[cfg(all(feature = "chrono", feature = "uuid"))]
#[doc = include_str!("../docs/guide/models.md")]
mod models {}

#[doc = include_str!("../docs/guide/relations.md")]
mod relations {}

#[doc = include_str!("../docs/guide/sessions.md")]
mod sessions {}

#[doc = include_str!("../docs/guide/queries.md")]
mod queries {}

#[doc = include_str!("../docs/guide/bulk.md")]
mod bulk {}

#[cfg(all(feature = "sqlite", feature = "mysql"))]
#[doc = include_str!("../docs/guide/engines.md")]
mod engines {}
