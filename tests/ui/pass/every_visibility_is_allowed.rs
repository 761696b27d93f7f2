//! Models and their types may be as private as they like, and nobody is told of it.

#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations, rust_2018_idioms)]
#![deny(unused_qualifications, single_use_lifetimes, clippy::all, clippy::pedantic)]
#![forbid(unsafe_code, unused)]

use orm::prelude::*;

#[derive(ModelEnum, Debug)]
enum Private {
    One,
}

#[derive(Model)]
struct Hidden {
    #[orm(primary_key)]
    id: i64,
    private: Private,
}

/// Public, with fields that are not.
#[derive(Model, Debug)]
pub struct Shown {
    /// The key.
    #[orm(primary_key)]
    pub id: i64,
    private: Private,
    pub(crate) shared: i64,
}

mod inner {
    use orm::prelude::*;

    #[derive(ModelType)]
    pub(super) struct Newtype {
        pub(super) inside: i64,
    }

    #[derive(Model)]
    pub(super) struct Above {
        #[orm(primary_key)]
        pub(in crate::inner) id: i64,
        pub(super) newtype: Newtype,
    }

    pub(super) fn above() -> Above {
        Above { id: 1, newtype: Newtype { inside: 1 } }
    }
}

fn main() {
    fn filter(row: Cols<Hidden>) -> Expr<bool> {
        row.private.eq(Private::One) & row.id.eq(1)
    }
    #[derive(Model)]
    struct Local {
        #[orm(primary_key)]
        id: i64,
    }
    let _ = filter;
    let _ = |row: Cols<Shown>| row.private.eq(Private::One) & row.shared.eq(row.id);
    let _ = |row: Cols<inner::Above>| row.newtype.is_null();
    let _ = |row: Cols<Local>| row.id.eq(1);
    let _ = (Hidden { id: 1, private: Private::One }, Local { id: 1 }, inner::above().newtype.inside);
}
