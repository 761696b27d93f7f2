//! The core of the `orm` crate: models, queries, sessions, the unit of work. Applications use the `orm` crate, which
//! re-exports what they need; backends implement [`Engine`], [`Connection`] and [`Dialect`].
//!
//! Each module uses only those above it in this list.

pub mod column;
pub mod definition;
pub mod dialect;
pub mod engine;
pub mod error;
pub mod model;
pub mod node;
pub mod now;
pub mod path;
pub mod pool;
pub mod types;
pub mod value;

pub use column::{Column, Expr};
pub use definition::AnyModel;
pub use dialect::Dialect;
pub use engine::{Connection, Engine};
pub use error::{Error, ErrorKind, Result};
pub use model::{Cols, Model};
#[cfg(feature = "json")]
pub use types::Json;
pub use types::{Auto, ColumnType, Mismatch, Scalar, SqlType};
pub use value::{Encoded, Value, ValueRef};
