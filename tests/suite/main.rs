//! The integration tests: one binary, cases by topic, and each case on every backend. [`harness`] says how.

#![allow(clippy::unwrap_used, unreachable_pub)]

#[macro_use]
mod harness;

mod bulk;
mod crud;
mod errors;
mod factory;
mod metadata;
mod observability;
mod queries;
mod tpch;
mod statements;
mod sqlalchemy;
mod types;
mod plans;
mod projections;
mod relations;
mod rules;
mod unit_of_work;
mod unit_of_work_properties;
