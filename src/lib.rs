//! SQLAlchemy's unit of work in Rust, checked by the compiler.
//!
//! Annotate structs, `add` objects to a session, change their fields, and one `commit` writes everything: in the right
//! order, in the fewest statements, or not at all.
//!
//! ```standalone_crate
//! use orm::prelude::*;
//!
//! #[derive(Model, Debug, Default)]
//! struct User {
//!     #[orm(primary_key)]
//!     id: i64,
//!     #[orm(length = 50, unique)]
//!     name: String,
//!     age: Option<i32>,
//! }
//!
//! # async fn example() -> orm::Result<()> {
//! let engine = orm::create_engine("sqlite::memory:").await?;
//! orm::metadata().create_all(&engine).await?;
//!
//! let mut session = engine.session();
//! let ann = session.add(User { name: "Ann".into(), ..Default::default() });
//! session.commit().await?;
//! assert_eq!(session[ann].id, 1);
//!
//! session[ann].age = Some(31); // plain field assignment is change tracking
//! session.commit().await?;
//!
//! let adults: Vec<User> = engine.query::<User>().filter(|u| u.age.ge(18)).all().await?;
//! assert_eq!(adults[0].name, "Ann");
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(example()).unwrap();
//! ```

mod connect;
#[cfg(doctest)]
mod documents;

pub use connect::create_engine;
pub use orm_core::engine::{Access, Isolation, PoolStatus, Target, TransactionOptions};
pub use orm_core::node::Order;
pub use orm_core::observe::{LoggedStatement, StatementLog};
pub use orm_core::pool::PoolOptions;
pub use orm_core::*;
pub use orm_derive::{Model, ModelEnum, ModelType};

#[cfg(feature = "mysql")]
pub use orm_mysql as mysql;
#[cfg(feature = "sqlite")]
pub use orm_sqlite as sqlite;

/// What a module with models and queries needs.
pub mod prelude {
    pub use orm_core::{
        AnyEngine, Auto, BelongsTo, Cols, Crud, Expr, Handle, HasMany, HasOne, ManyToMany, Model, Session,
        UnitOfWork,
    };
    pub use orm_derive::{Model, ModelEnum, ModelType};
}

/// What the derives name. Not for applications: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use inventory;
    pub use orm_core::definition::{
        AnyModel, ColumnDef, ForeignKeyDef, ModelDef, Reference, ReferentialAction, Registered, Row,
    };
    pub use orm_core::definition::{Cascade, Items, RelationDef, RelationKind, Through};
    pub use orm_core::field::{
        At, Field, KeyOf, RelationOf, Unkeyed, Unrelated, Unstorable, check_foreign_key, check_key,
        check_kind, check_target, condition,
    };
    pub use orm_core::model::{Kind, NoRelations, Required, ToMany};
    pub use orm_core::model::{Model, WholeColumns, define};
    pub use orm_core::path::Path;
    pub use orm_core::relation::RelationField;
    pub use orm_core::types::{ColumnType, Mismatch, Numeric, Scalar, SqlType, Summed, Textual};
    pub use orm_core::value::{Encoded, Value, ValueRef};
    pub use orm_core::{Auto, Result};
}
