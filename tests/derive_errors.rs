//! What the derives accept, and what they say of mistakes: each file of `tests/ui/fail` is named after its message.
//!
//! The messages hold words of the compiler too. After a new compiler, `TRYBUILD=overwrite cargo test --all-features
//! --test derive_errors` writes them anew, and the difference is reviewed.

use trybuild::TestCases;

#[test]
fn mistakes_are_explained_at_their_place() {
    TestCases::new().compile_fail("tests/ui/fail/*.rs");
}

#[test]
fn mistakes_in_relations_are_explained_at_their_place() {
    TestCases::new().compile_fail("tests/ui/fail/relations/*.rs");
}

#[test]
fn mistakes_in_projections_are_explained_at_their_place() {
    TestCases::new().compile_fail("tests/ui/fail/projections/*.rs");
}

/// Where the compiler lists types, or writes their paths, the list and the paths depend on what else is linked.
#[test]
#[cfg_attr(
    not(all(
        feature = "sqlite",
        feature = "mysql",
        feature = "chrono",
        feature = "uuid",
        feature = "decimal",
        feature = "json"
    )),
    ignore = "these messages are those of all features"
)]
fn mistakes_of_types_are_explained_once() {
    TestCases::new().compile_fail("tests/ui/fail/with_all_features/*.rs");
    TestCases::new().compile_fail("tests/ui/fail/queries/*.rs");
}

#[test]
fn odd_but_valid_input_compiles_without_warnings_and_works() {
    TestCases::new().pass("tests/ui/pass/*.rs");
}
