//! The derives see through what `macro_rules!` puts around types and literals.

#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations, rust_2018_idioms)]
#![deny(unused_qualifications, single_use_lifetimes, clippy::all, clippy::pedantic)]
#![forbid(unsafe_code, unused)]

use orm::SqlType;
use orm::prelude::*;

macro_rules! model {
    ($(#[$doc:meta])* $name:ident, $table:literal, $key:ident: $key_type:ty, $($field:ident: $type:ty = $default:expr),*; $length:literal) => {
        $(#[$doc])*
        #[derive(Model)]
        #[orm(table = $table)]
        struct $name {
            #[orm(primary_key)]
            $key: $key_type,
            $(#[orm(default = $default)] $field: $type,)*
            #[orm(length = $length)]
            text: String,
            #[orm(references = $name)]
            parent: Option<i64>,
        }
    };
}

model! {
    /// A thing.
    Thing, "things_by_macro", number: Option<i64>, size: Option<i32> = 3, name: Auto<String> = "none"; 12
}

macro_rules! newtypes {
    ($($name:ident($inner:ty))*) => {
        $(#[derive(ModelType)] struct $name($inner);)*
    };
}

newtypes!(First(i64) Second(Vec<u8>));

fn is_key<T: Model>(_: T::Key) {}

fn main() {
    let model = Thing::model();
    assert_eq!((model.table, model.comment), ("things_by_macro", Some("A thing.")));
    assert!(model.columns[0].generated && model.columns[1].default);
    assert_eq!(model.columns[3].sql_type, SqlType::Text { length: Some(12) });
    is_key::<Thing>(1_i64);
    let _ = |row: Cols<Thing>| row.number.eq(1);
    let _ = Thing { number: None, size: None, name: Auto::Unset, text: String::new(), parent: None };
    let _ = (First(1), Second(Vec::new()));
}
