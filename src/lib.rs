//! SQLAlchemy's unit of work in Rust, checked by the compiler.

pub use orm_core::*;
pub use orm_derive::{Model, ModelEnum, ModelType};

/// What a module with models and queries needs.
pub mod prelude {
    pub use orm_core::{Auto, Cols, Expr};
    pub use orm_derive::{Model, ModelEnum, ModelType};
}

/// What the derives name. Not for applications: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use inventory;
    pub use orm_core::column::Kind;
    pub use orm_core::definition::{
        AnyModel, ColumnDef, ModelDef, Reference, ReferentialAction, Registered, Row,
    };
    pub use orm_core::model::{Model, define};
    pub use orm_core::path::Path;
    pub use orm_core::types::{ColumnType, Mismatch, Numeric, Scalar, SqlType, Textual};
    pub use orm_core::value::{Encoded, Value, ValueRef};
    pub use orm_core::{Auto, Result};
}
