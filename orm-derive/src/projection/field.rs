//! The fields of a projection, each by itself: its type says what it becomes, its attributes where it comes from.

use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::{DeriveInput, FieldsNamed, Ident, Type};

use crate::attribute::{self, Item};
use crate::errors::Errors;
use crate::field_type::wrapped;
use crate::keyword::{Keyword, PartKeyword};
use crate::naming;
use crate::relation_type::RelationType;

use super::{Field, Shape, Source};

/// Types that are known to be kept in columns.
const COLUMN_TYPES: [&str; 25] = [
    "bool",
    "i8",
    "i16",
    "i32",
    "i64",
    "u8",
    "u16",
    "u32",
    "u64",
    "f32",
    "f64",
    "isize",
    "usize",
    "i128",
    "u128",
    "char",
    "str",
    "String",
    "NaiveDate",
    "NaiveTime",
    "NaiveDateTime",
    "DateTime",
    "Uuid",
    "Decimal",
    "Json",
];

pub(super) fn read<'a>(input: &DeriveInput, fields: &'a FieldsNamed, errors: &mut Errors) -> Vec<Field<'a>> {
    let mut read = Vec::new();
    for field in &fields.named {
        // A named field has a name.
        let Some(ident) = &field.ident else { continue };
        let items = attribute::read::<PartKeyword>(&field.attrs, errors);
        let shape = shape(&field.ty);
        check_type(&field.ty, errors);
        let mut part =
            Field { ident, whole_type: &field.ty, shape, source: Source::Named(ident.clone()), depth: None };
        apply(&mut part, &items, errors);
        if shape == Shape::Many && part.depth.is_none() && contains_itself(input, &field.ty) {
            let message = format!(
                "`{}` contains itself: say how many levels are read, with `#[orm(depth = 3)]`",
                input.ident
            );
            errors.on(&field.ty, message);
        }
        read.push(part);
    }
    read
}

/// What the name of a type says.
fn shape(whole: &Type) -> Shape {
    if let Some(inner) = wrapped(whole, "Vec") {
        return if is_named(inner, &["u8"]) { Shape::Value } else { Shape::Many };
    }
    let inner = wrapped(whole, "Option").unwrap_or(whole);
    let is_value = is_named(inner, &COLUMN_TYPES) || wrapped(inner, "Vec").is_some();
    if is_value { Shape::Value } else { Shape::Either }
}

fn is_named(whole: &Type, names: &[&str]) -> bool {
    match whole {
        Type::Group(group) => is_named(&group.elem, names),
        Type::Paren(paren) => is_named(&paren.elem, names),
        Type::Path(path) => {
            path.path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name))
        }
        _ => false,
    }
}

/// Types that are right in a model and wrong here.
fn check_type(whole: &Type, errors: &mut Errors) {
    if RelationType::within(whole).is_some() {
        let message = "a projection names what is read of the other rows: write a projection of their model, an `Option` \
                       of one, or a `Vec` of them";
        errors.on(whole, message);
    }
    if wrapped(whole, "Auto").is_some() {
        errors.on(whole, "a value that is read is set: write the type without `Auto`");
    }
}

fn contains_itself(input: &DeriveInput, whole: &Type) -> bool {
    wrapped(whole, "Vec").is_some_and(|inner| match inner {
        Type::Path(path) => path.path.is_ident("Self") || path.path.is_ident(&input.ident),
        _ => false,
    })
}

/// The field of this name, which may be a word of Rust.
fn named(text: &str) -> Option<Ident> {
    let name = Ident::parse_any.parse_str(text).ok()?;
    if syn::parse_str::<Ident>(text).is_ok() {
        return Some(name);
    }
    let is_taken = ["self", "Self", "super", "crate", "_"].contains(&text);
    (!is_taken).then(|| Ident::new_raw(text, name.span()))
}

fn apply(field: &mut Field<'_>, items: &[Item<PartKeyword>], errors: &mut Errors) {
    let find = |keyword| items.iter().find(|item| item.keyword == keyword);
    if let (Some(_), Some(expr)) = (find(PartKeyword::Column), find(PartKeyword::Expr)) {
        let message = "`column` and `expr` exclude each other: a field is read from one of them";
        errors.at(expr.span(), message);
    }
    for item in items {
        match item.keyword {
            PartKeyword::Column => {
                let Some(text) = item.text(errors) else { continue };
                match named(&text.value()) {
                    Some(mut name) => {
                        name.set_span(text.span());
                        field.source = Source::Column(name);
                    }
                    None => errors
                        .at(text.span(), "`column` names a field of the model: write `column = \"name\"`"),
                }
            }
            PartKeyword::Expr => {
                if let Some(expression) = item.expression(errors) {
                    field.source = Source::Computed(expression);
                }
            }
            PartKeyword::Depth => match item.number::<u32>(errors) {
                Some(0) => errors.at(item.value_span(), "a depth is 1 or more: leave the field out"),
                Some(_) if field.shape != Shape::Many => {
                    errors.at(item.span(), "`depth` is for a `Vec` of projections, and this field is none");
                }
                depth => field.depth = depth,
            },
        }
    }
    let column = find(PartKeyword::Column).filter(|_| field.shape == Shape::Many);
    if let Some(column) = column {
        let message = format!(
            "`{}` names a column, and this field is a collection: write `expr = |row| row.{}()`",
            column.keyword.name(),
            naming::plain(field.ident)
        );
        errors.at(column.span(), message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn names_of_types_tell_columns_from_collections() {
        for value in [parse_quote!(String), parse_quote!(Option<i64>), parse_quote!(chrono::DateTime<Utc>)] {
            assert_eq!(shape(&value), Shape::Value);
        }
        assert_eq!(shape(&parse_quote!(Vec<u8>)), Shape::Value);
        assert_eq!(shape(&parse_quote!(Option<Vec<u8>>)), Shape::Value);
        assert_eq!(shape(&parse_quote!(Vec<PostLine>)), Shape::Many);
        assert_eq!(shape(&parse_quote!(Option<TeamLine>)), Shape::Either);
        assert_eq!(shape(&parse_quote!(Status)), Shape::Either);
    }

    #[test]
    fn a_column_may_be_named_by_a_word_of_rust() {
        assert_eq!(named("name").map(|name| name.to_string()), Some("name".into()));
        assert_eq!(named("type").map(|name| name.to_string()), Some("r#type".into()));
        assert_eq!(named("self"), None);
        assert_eq!(named("users.name"), None);
    }
}
