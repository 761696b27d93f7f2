//! The core of the `orm` crate: models, queries, sessions, the unit of work. Applications use the `orm` crate, which
//! re-exports what they need; backends implement [`Engine`], [`Connection`] and [`Dialect`].
//!
//! Each module uses only those above it in this list.

pub mod error;
pub mod now;
pub mod value;
pub mod types;
pub mod path;
pub mod handle;
pub mod definition;
pub mod node;
pub mod dialect;
pub mod column;
pub mod model;
pub mod key;
mod grown;
pub mod links;
mod along;
mod owners;
pub mod render;
mod shape;
pub mod columns;
mod write;
pub mod engine;
pub mod pool;
pub mod observe;
pub mod any_engine;
mod ddl;
pub mod metadata;
mod check;
pub mod unit;
pub mod relation;
pub mod field;
mod owned;
pub mod dynamic;
pub mod session;
pub mod functions;
pub mod factory;

pub use any_engine::AnyEngine;
pub use column::{
    Aggregate, Column, Expr, and_all, case, count_rows, cume_dist, dense_rank, ntile, or_any, percent_rank,
    rank, row_number, value, window,
};
pub use definition::AnyModel;
pub use dialect::Dialect;
pub use dynamic::{Comparison, NamedColumn, NamedColumns, NamedTest};
pub use engine::{Connection, Engine};
pub use error::{Error, ErrorKind, Result};
pub use factory::SessionFactory;
pub use handle::Handle;
pub use metadata::{Metadata, metadata};
pub use model::{Cols, Model};
pub use node::Synchronize;
pub use relation::{BelongsTo, HasMany, HasOne, ManyToMany};
pub use session::{
    Crud, Cursor, Explanation, Page, Projection, Query, RawSql, RowChunks, RowStream, Rows, Session, SqlRow,
    alias, query, query_from, values,
};
#[cfg(feature = "json")]
pub use types::Json;
pub use types::{Auto, ColumnType, Mismatch, Scalar, SqlType};
pub use unit::{Change, ObjectState, Plan, UnitOfWork, Upserted};
pub use value::{Encoded, Value, ValueRef};
