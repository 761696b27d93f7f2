//! Words of Rust as names, models elsewhere, structs made by a macro, a name that is a column here and a relation there,
//! another name of the crate, and closures that are functions.

#![deny(warnings)]

mod models {
    use orm::prelude::*;

    #[derive(Model, Debug, Default)]
    pub struct Item {
        #[orm(primary_key)]
        pub id: i64,
        pub r#type: String,
        pub kind: Kind,
        #[orm(references = Self)]
        pub parent_id: Option<i64>,
        #[orm(belongs_to = "parent_id")]
        pub parent: BelongsTo<Option<Item>>,
        #[orm(has_many)]
        pub items: HasMany<Item>,
    }

    #[derive(ModelEnum, Debug, Default, Clone, Copy, PartialEq)]
    pub enum Kind {
        #[default]
        Plain,
    }
}

use ::orm as other;
use orm::prelude::*;

/// A name of the scope that the expansion must not take for its own.
#[allow(dead_code)]
struct Parts;

#[derive(Projection, Debug)]
#[orm(from = models::Item, crate = "other")]
pub struct Line {
    pub r#type: String,
    #[orm(column = "type")]
    pub again: String,
    pub kind: models::Kind,
    #[orm(expr = children)]
    pub count: i64,
    pub parent: Option<Parent>,
    #[orm(depth = 1)]
    pub items: Vec<Self>,
}

#[derive(Projection, Debug)]
#[orm(from = "models::Item")]
pub struct Parent {
    pub r#type: String,
}

fn children(item: Cols<models::Item>) -> Expr<i64> {
    item.items().count()
}

macro_rules! projection {
    ($name:ident, $field:ident: $type:ty) => {
        #[derive(Projection)]
        #[orm(from = models::Item)]
        struct $name {
            #[orm(expr = |item| item.$field)]
            $field: $type,
        }
    };
}
projection!(Made, kind: models::Kind);

fn main() {
    assert_eq!(Made::FIELDS.len(), 1);
    assert_eq!(Line::FIELDS[0].name, "type");
    let line = Made { kind: models::Kind::Plain };
    assert_eq!(line.kind, models::Kind::Plain);
}
