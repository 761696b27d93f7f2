//! `#[derive(Model)]`: what a struct and its attributes say, checked, and what follows from it. This file holds the checked
//! description; the files below it read the struct, apply the rules that span several fields, and write the code.

mod column;
mod definition;
mod expansion;
mod foreign_key;
mod reference;
mod relation;
mod rules;
mod stub;
mod table;

use proc_macro2::{Span, TokenStream};
use syn::{Data, DeriveInput, Expr, Fields, Ident, LitStr, Path, Type, Visibility};

use crate::errors::Errors;
use crate::field_type::FieldType;

use self::foreign_key::ForeignKey;
use self::reference::Reference;
use self::relation::Relation;

/// A struct that is a model.
struct Model<'a> {
    input: &'a DeriveInput,
    /// Where the `orm` crate is.
    crate_path: Path,
    table: String,
    /// In the order of the fields.
    columns: Vec<Column<'a>>,
    /// In the order of the fields.
    relations: Vec<Relation<'a>>,
    /// Fields that are neither.
    skipped: Vec<Skipped<'a>>,
    /// Positions of columns.
    uniques: Vec<Vec<usize>>,
    /// Positions of columns.
    indexes: Vec<Vec<usize>>,
    checks: Vec<LitStr>,
    /// Of several columns each.
    foreign_keys: Vec<ForeignKey>,
    comment: Option<String>,
}

/// A field that is a column.
struct Column<'a> {
    ident: &'a Ident,
    visibility: &'a Visibility,
    whole_type: &'a Type,
    field_type: FieldType<'a>,
    name: String,
    key: Key,
    size: Size,
    unique: bool,
    index: bool,
    /// With the place to complain at.
    version: Option<Span>,
    default: Option<Expr>,
    server_default: Option<LitStr>,
    check: Option<LitStr>,
    reference: Option<Reference>,
    comment: Option<String>,
}

/// A field that is neither a column nor a relation.
struct Skipped<'a> {
    ident: &'a Ident,
    whole_type: &'a Type,
}

/// What a column has to do with the primary key.
#[derive(Clone, Copy, PartialEq)]
enum Key {
    /// Nothing.
    No,
    /// It belongs to the key, and the program gives its value.
    Given,
    /// It is the key, and the database gives its value if it is an integer.
    Generated,
}

/// The size that an attribute gives a column; the tokens carry the place to complain at.
enum Size {
    OfType,
    Length(u32, Span),
    Precision(u8, u8, Span),
}

/// The whole of the derive.
pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let table = table::Table::read(input, &mut errors);
    let Some(fields) = named_fields(input, &mut errors) else {
        let compile_errors = errors.into_compile_errors().unwrap_or_default();
        return stub::without_fields(input, &table.crate_path, compile_errors);
    };
    let model = rules::checked(input, table, column::read(&input.ident, fields, &mut errors), &mut errors);
    match errors.into_compile_errors() {
        None => expansion::expand(&model),
        Some(compile_errors) => stub::with_fields(&model, compile_errors),
    }
}

/// The fields of a struct that can be a model.
fn named_fields<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Option<&'a syn::FieldsNamed> {
    let wrong = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) if input.generics.params.is_empty() => return Some(named),
            Fields::Named(_) => {
                let message = "a model has no generic parameters: its table is one, and it owns its values";
                errors.on(&input.generics.params, message);
                return None;
            }
            Fields::Unnamed(_) => {
                "a tuple struct is no model, for columns have names: write `struct Name { field: Type }`"
            }
            Fields::Unit => "a struct without fields is no model: write `struct Name { field: Type }`",
        },
        Data::Enum(_) => "an enum is no model: derive `ModelEnum` to keep it in a column of one",
        Data::Union(_) => "a union is no model: write a struct",
    };
    errors.at(input.ident.span(), wrong);
    None
}
