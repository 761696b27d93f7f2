//! `#[derive(ModelEnum)]`: an enum without data is kept in a column as the text or the number of its variant.

mod expansion;

use proc_macro2::TokenStream;
use syn::{Data, DeriveInput, Expr, ExprLit, ExprUnary, Fields, Ident, Lit, UnOp};

use crate::attribute::{self, Item};
use crate::column_stub;
use crate::enclosure::{crate_path, enclosed};
use crate::errors::Errors;
use crate::keyword::{EnumKeyword, VariantKeyword};
use crate::naming::{self, Case};
use crate::nearest::nearest;

/// An enum without data.
struct Enumeration<'a> {
    ident: &'a Ident,
    variants: Variants<'a>,
}

/// The variants, and what is kept of them.
enum Variants<'a> {
    Text(Vec<(&'a Ident, String)>),
    /// The numbers are known where they are literals.
    Integer(Vec<(&'a Ident, Option<i64>)>),
}

/// The whole of the derive.
pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let items = attribute::read::<EnumKeyword>(&input.attrs, &mut errors);
    let path = items.iter().find(|item| item.keyword == EnumKeyword::Crate);
    let crate_path = crate_path(path, &mut errors);
    let enumeration = read(input, &items, &mut errors);
    match (enumeration, errors.into_compile_errors()) {
        (Some(enumeration), None) => enclosed(&crate_path, expansion::code(&enumeration)),
        (_, compile_errors) => column_stub::expand(input, &crate_path, compile_errors.unwrap_or_default()),
    }
}

fn read<'a>(
    input: &'a DeriveInput,
    items: &[Item<EnumKeyword>],
    errors: &mut Errors,
) -> Option<Enumeration<'a>> {
    let Data::Enum(data) = &input.data else {
        let message =
            "`ModelEnum` is for an enum: derive `ModelType` on a struct with one field, `Model` on a table";
        errors.at(input.ident.span(), message);
        return None;
    };
    if !input.generics.params.is_empty() {
        errors.on(
            &input.generics.params,
            "a column type has no generic parameters: it owns one value of one type",
        );
    }
    if data.variants.is_empty() {
        errors.at(input.ident.span(), "an enum without variants has no value that a column could hold");
    }
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            let message = "a variant with data does not fit a column: `ModelEnum` is for variants without";
            errors.on(&variant.fields, message);
        }
    }
    let mut case = Case::Snake;
    let mut integer = false;
    for item in items {
        match item.keyword {
            EnumKeyword::RenameAll => case = read_case(item, errors).unwrap_or(case),
            EnumKeyword::Integer => {
                item.flag(errors);
                integer = true;
            }
            EnumKeyword::Crate => {}
        }
    }
    let variants = if integer {
        Variants::Integer(integers(data, items, errors))
    } else {
        Variants::Text(texts(data, case, errors))
    };
    Some(Enumeration { ident: &input.ident, variants })
}

fn read_case(item: &Item<EnumKeyword>, errors: &mut Errors) -> Option<Case> {
    let text = item.text(errors)?;
    let written = text.value();
    let found = Case::ALL.iter().find(|(name, _)| *name == written).map(|(_, case)| *case);
    if found.is_none() {
        let names = Case::ALL.map(|(name, _)| name);
        let message = match nearest(&written, names) {
            Some(meant) => format!("unknown case `{written}`; did you mean `{meant}`?"),
            None => format!("unknown case `{written}`; write {}", naming::one_of(&names)),
        };
        errors.at(text.span(), message);
    }
    found
}

/// The text of each variant.
fn texts<'a>(data: &'a syn::DataEnum, case: Case, errors: &mut Errors) -> Vec<(&'a Ident, String)> {
    let mut texts: Vec<(&Ident, String)> = Vec::new();
    for variant in &data.variants {
        let items = attribute::read::<VariantKeyword>(&variant.attrs, errors);
        let renamed = items.first().and_then(|item| item.text(errors));
        let place = renamed.as_ref().map_or(variant.ident.span(), |text| text.span());
        let text = renamed.map_or_else(|| case.apply(&naming::plain(&variant.ident)), |text| text.value());
        if let Some((earlier, _)) = texts.iter().find(|(_, earlier)| *earlier == text) {
            errors.at(
                place,
                format!("`{earlier}` is written `{text}` already: give another `#[orm(rename = \"..\")]`"),
            );
        }
        texts.push((&variant.ident, text));
    }
    texts
}

/// The number of each variant, as far as it is known.
fn integers<'a>(
    data: &'a syn::DataEnum,
    items: &[Item<EnumKeyword>],
    errors: &mut Errors,
) -> Vec<(&'a Ident, Option<i64>)> {
    let message = "a variant kept as an integer has no text: remove this, or `integer`";
    for item in items.iter().filter(|item| item.keyword == EnumKeyword::RenameAll) {
        errors.at(item.span(), message);
    }
    let mut integers = Vec::new();
    let mut next = Some(0);
    for variant in &data.variants {
        for item in attribute::read::<VariantKeyword>(&variant.attrs, errors) {
            errors.at(item.span(), message);
        }
        let number = match &variant.discriminant {
            Some((_, discriminant)) => literal(discriminant, errors),
            None => next,
        };
        next = number.and_then(|number| number.checked_add(1));
        integers.push((&variant.ident, number));
    }
    integers
}

/// The number of a literal, which may have a sign. Other expressions are left to the compiler.
fn literal(discriminant: &Expr, errors: &mut Errors) -> Option<i64> {
    let (sign, digits) = match discriminant {
        Expr::Lit(ExprLit { lit: Lit::Int(digits), .. }) => ("", digits),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => match &**expr {
            Expr::Lit(ExprLit { lit: Lit::Int(digits), .. }) => ("-", digits),
            _ => return None,
        },
        _ => return None,
    };
    let number = format!("{sign}{}", digits.base10_digits()).parse().ok();
    if number.is_none() {
        errors
            .on(discriminant, "a number of a variant is kept as an `i64`, and this one is out of its range");
    }
    number
}
