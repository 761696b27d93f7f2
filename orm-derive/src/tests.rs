//! Snapshots of what the derives emit: `snapshots/NAME.rs` is the input, `snapshots/NAME.expanded.rs` the code.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test -p orm-derive` writes the code anew, and the difference is reviewed.

use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::{model, model_enum, model_type};

/// The most lines that a model of nine columns may take. Every model of every application pays for each of them.
const BUDGET_OF_NINE_COLUMNS: usize = 170;

/// The same with four relations.
const BUDGET_OF_FOUR_RELATIONS: usize = 300;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(name)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Expands an input, compares the code with its snapshot and gives it.
fn snapshot(name: &str, expand: fn(&DeriveInput) -> TokenStream) -> String {
    let input: DeriveInput =
        syn::parse_str(&read(&file(&format!("{name}.rs")))).expect("the input is one item");
    let code = syn::parse2(expand(&input)).expect("the code is a sequence of items");
    let code = prettyplease::unparse(&code);
    let path = file(&format!("{name}.expanded.rs"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &code).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    let message = "the code differs from its snapshot; see the head of this file for how to renew it";
    assert_eq!(read(&path), code, "{message}");
    code
}

#[test]
fn a_model_of_nine_columns_keeps_its_budget() {
    let lines = snapshot("nine_columns", model::expand).lines().count();
    assert!(lines <= BUDGET_OF_NINE_COLUMNS, "{lines} lines are more than {BUDGET_OF_NINE_COLUMNS}");
}

#[test]
fn a_model_with_four_relations_keeps_its_budget() {
    let lines = snapshot("four_relations", model::expand).lines().count();
    assert!(lines <= BUDGET_OF_FOUR_RELATIONS, "{lines} lines are more than {BUDGET_OF_FOUR_RELATIONS}");
}

#[test]
fn every_relation_shows_in_the_code() {
    snapshot("every_relation", model::expand);
}

#[test]
fn a_model_has_at_most_255_relations() {
    let expanded = |count: usize| {
        let fields: String =
            (0..count).map(|index| format!("#[orm(has_many)] r{index}: HasMany<B>,")).collect();
        let input = syn::parse_str(&format!("struct A {{ #[orm(primary_key)] id: i64, {fields} }}"));
        model::expand(&input.expect("the input is one item")).to_string()
    };
    assert!(!expanded(255).contains("compile_error"));
    assert!(expanded(256).contains("a model has 255 relations at most"));
}

#[test]
fn every_attribute_shows_in_the_code() {
    snapshot("every_attribute", model::expand);
}

#[test]
fn a_model_with_a_mistake_is_a_stub() {
    snapshot("mistake", model::expand);
}

#[test]
fn an_enum_is_text() {
    snapshot("text_enum", model_enum::expand);
}

#[test]
fn an_enum_is_an_integer_on_request() {
    snapshot("integer_enum", model_enum::expand);
}

#[test]
fn a_newtype_is_its_field() {
    snapshot("newtype", model_type::expand);
}
