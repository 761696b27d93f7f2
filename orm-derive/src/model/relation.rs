//! The relation fields, each by itself: what its type and its attributes say.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{Field, Ident, LitStr, Path, Token, Type, Visibility};

use crate::attribute::Item;
use crate::errors::Errors;
use crate::keyword::{FieldKeyword, Keyword};
use crate::relation_type::{RelationKind, RelationType};

use super::cascade::Cascade;

/// A field that is a relation.
pub(super) struct Relation<'a> {
    pub(super) ident: &'a Ident,
    pub(super) visibility: &'a Visibility,
    pub(super) whole_type: &'a Type,
    pub(super) kind: RelationKind,
    /// Nothing behind an alias.
    pub(super) known_type: Option<RelationType<'a>>,
    /// The fields that hold the key, as `belongs_to` names them.
    pub(super) key: Vec<Ident>,
    /// The positions of their columns.
    pub(super) columns: Vec<usize>,
    pub(super) via: Option<LitStr>,
    pub(super) through: Option<Through>,
    pub(super) cascade: Option<Cascade>,
    pub(super) passive_deletes: bool,
    pub(super) view_only: bool,
    /// Fields of the other model, and whether each descends.
    pub(super) order_by: Vec<(Ident, bool)>,
}

/// What a many-to-many relation goes through.
pub(super) enum Through {
    Table(LitStr),
    Model(Path),
}

/// Whether a field is a relation.
pub(super) fn is_one(field: &Field, items: &[Item<FieldKeyword>]) -> bool {
    RelationType::of(&field.ty).is_some() || kinds(items).next().is_some()
}

/// The kinds that the attributes name, each with its place.
fn kinds(items: &[Item<FieldKeyword>]) -> impl Iterator<Item = (RelationKind, Span)> {
    items.iter().filter_map(|item| {
        let kind = RelationKind::ALL.into_iter().find(|kind| kind.keyword() == item.keyword)?;
        Some((kind, item.span()))
    })
}

/// Reads a relation field.
pub(super) fn read<'a>(
    field: &'a Field,
    ident: &'a Ident,
    items: &[Item<FieldKeyword>],
    errors: &mut Errors,
) -> Option<Relation<'a>> {
    let known_type = RelationType::of(&field.ty);
    let kind = kinds(items).next().map(|(kind, _)| kind).or(known_type.map(|known| known.kind))?;
    let mut relation = Relation {
        ident,
        visibility: &field.vis,
        whole_type: &field.ty,
        kind,
        known_type,
        key: Vec::new(),
        columns: Vec::new(),
        via: None,
        through: None,
        cascade: None,
        passive_deletes: false,
        view_only: false,
        order_by: Vec::new(),
    };
    for item in items {
        apply(&mut relation, item, errors);
    }
    Some(relation)
}

fn apply(relation: &mut Relation<'_>, item: &Item<FieldKeyword>, errors: &mut Errors) {
    match item.keyword {
        FieldKeyword::HasMany | FieldKeyword::HasOne | FieldKeyword::ManyToMany => item.flag(errors),
        FieldKeyword::BelongsTo => {
            let names = item.text(errors).and_then(|text| names(item, &text, errors));
            relation.key.extend(names.into_iter().flatten());
        }
        FieldKeyword::Via => relation.via = item.text(errors),
        FieldKeyword::Through if item.is_path() => {
            relation.through = item.path(errors).map(Through::Model);
        }
        FieldKeyword::Through => relation.through = item.text(errors).map(Through::Table),
        FieldKeyword::Cascade => {
            relation.cascade = item.any_text(errors).map(|text| Cascade::read(&text, errors));
        }
        FieldKeyword::OrderBy => {
            let terms = item.text(errors).and_then(|text| terms(item, &text, errors));
            relation.order_by.extend(terms.into_iter().flatten());
        }
        FieldKeyword::PassiveDeletes => {
            item.flag(errors);
            relation.passive_deletes = true;
        }
        FieldKeyword::ViewOnly => {
            item.flag(errors);
            relation.view_only = true;
        }
        FieldKeyword::PrimaryKey
        | FieldKeyword::Generated
        | FieldKeyword::Column
        | FieldKeyword::Length
        | FieldKeyword::Precision
        | FieldKeyword::Scale
        | FieldKeyword::Unique
        | FieldKeyword::Index
        | FieldKeyword::References
        | FieldKeyword::OnDelete
        | FieldKeyword::OnUpdate
        | FieldKeyword::Default
        | FieldKeyword::ServerDefault
        | FieldKeyword::Check
        | FieldKeyword::Version
        | FieldKeyword::Skip => {
            errors.at(item.span(), format!("`{}` is for columns, and this field is a relation", item.name));
        }
    }
}

/// `"a, b"`
fn names(item: &Item<FieldKeyword>, text: &LitStr, errors: &mut Errors) -> Option<Vec<Ident>> {
    let parser = Punctuated::<Ident, Token![,]>::parse_terminated_with;
    let names = text.parse_with(|input: syn::parse::ParseStream<'_>| parser(input, Ident::parse_any));
    names.map(|names| names.into_iter().collect()).map_err(|_| misread(item, text, errors)).ok()
}

/// `"title, -id"`
fn terms(item: &Item<FieldKeyword>, text: &LitStr, errors: &mut Errors) -> Option<Vec<(Ident, bool)>> {
    let term = |input: syn::parse::ParseStream<'_>| {
        let descending = input.parse::<Option<Token![-]>>()?.is_some();
        Ok((input.call(Ident::parse_any)?, descending))
    };
    let parser = |input: syn::parse::ParseStream<'_>| {
        Punctuated::<(Ident, bool), Token![,]>::parse_terminated_with(input, term)
    };
    let terms = text.parse_with(parser);
    terms.map(|terms| terms.into_iter().collect()).map_err(|_| misread(item, text, errors)).ok()
}

fn misread(item: &Item<FieldKeyword>, text: &LitStr, errors: &mut Errors) {
    let message = format!("`{}` takes names of fields: write `{}`", item.name, item.keyword.example());
    errors.at(text.span(), message);
}
