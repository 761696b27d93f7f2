//! `#[derive(Projection)]`: what a struct and its attributes say, checked. This file holds the checked description; the
//! files below it read the fields and write the code.

mod expansion;
mod field;

use proc_macro2::TokenStream;
use syn::{Data, DeriveInput, Expr, Fields, FieldsNamed, Ident, Path, Type};

use crate::attribute::{self, Item};
use crate::enclosure::crate_path;
use crate::errors::Errors;
use crate::keyword::ProjectionKeyword;

/// A struct that is a projection.
struct Projection<'a> {
    input: &'a DeriveInput,
    /// The model that it is read from.
    from: Path,
    /// In the order of the fields.
    fields: Vec<Field<'a>>,
}

/// A field of a projection.
struct Field<'a> {
    ident: &'a Ident,
    whole_type: &'a Type,
    shape: Shape,
    source: Source,
    /// How often a collection is read along one path.
    depth: Option<u32>,
}

/// What the type of a field says of it, as far as names tell.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    /// A column type.
    Value,
    /// A list of projections.
    Many,
    /// A column type of the user's, or a projection: the compiler knows.
    Either,
}

/// Where the value of a field comes from.
enum Source {
    /// The column or relation of this name.
    Named(Ident),
    /// The column of this name.
    Column(Ident),
    /// What a closure gives.
    Computed(Expr),
}

/// The whole of the derive.
pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let items = attribute::read::<ProjectionKeyword>(&input.attrs, &mut errors);
    let understood = errors.count() == 0;
    let find = |keyword| items.iter().find(|item| item.keyword == keyword);
    let crate_path = crate_path(find(ProjectionKeyword::Crate), &mut errors);
    let from = find(ProjectionKeyword::From).and_then(|item| model(item, &mut errors));
    if find(ProjectionKeyword::From).is_none() && understood {
        let message = "a projection is read from a model: write `#[orm(from = User)]` on the struct";
        errors.at(input.ident.span(), message);
    }
    let fields = named_fields(input, &mut errors).map(|fields| field::read(input, fields, &mut errors));
    match (from, fields, errors.into_compile_errors()) {
        (Some(from), Some(fields), None) => {
            expansion::expand(&Projection { input, from, fields }, &crate_path)
        }
        (from, _, compile_errors) => {
            expansion::stub(input, from.as_ref(), &crate_path, compile_errors.unwrap_or_default())
        }
    }
}

/// The model behind `from`: a path, or one in a string.
fn model(item: &Item<ProjectionKeyword>, errors: &mut Errors) -> Option<Path> {
    if item.is_text() {
        let text = item.text(errors)?;
        return errors.absorb(text.parse().map_err(|_| {
            syn::Error::new(text.span(), "this is no path: write `from = User`, or `from = path::to::User`")
        }));
    }
    item.path(errors)
}

/// The fields of a struct that can be a projection.
fn named_fields<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Option<&'a FieldsNamed> {
    let wrong = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) if !named.named.is_empty() => {
                if !input.generics.params.is_empty() {
                    let message = "a projection has no generic parameters: it owns what it reads";
                    errors.on(&input.generics.params, message);
                }
                return Some(named);
            }
            Fields::Named(_) | Fields::Unit => {
                "a projection without fields reads nothing: write a field for each column"
            }
            Fields::Unnamed(_) => {
                "a tuple struct is no projection, for columns have names: write `struct Name { field: Type }`"
            }
        },
        Data::Enum(_) | Data::Union(_) => "a projection is a struct: write `struct Name { field: Type }`",
    };
    errors.at(input.ident.span(), wrong);
    None
}
