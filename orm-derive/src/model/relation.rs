//! The relation fields, each by itself: what its type and its attributes say.

pub(super) mod definition;
pub(super) mod expansion;

mod cascade;
mod rules;

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Field, Ident, LitStr, Path, Token, Type, Visibility};

use crate::attribute::Item;
use crate::errors::Errors;
use crate::keyword::{FieldKeyword, Keyword};
use crate::relation_type::{RelationKind, RelationType, is_something_else};

use self::cascade::Cascade;

pub(super) use self::rules::{check_all, check_keys};

/// A field that is a relation.
pub(super) struct Relation<'a> {
    pub(super) ident: &'a Ident,
    visibility: &'a Visibility,
    /// Without `Self`, which means something else in parts of the code.
    whole_type: Type,
    kind: RelationKind,
    /// The fields that hold the key, as `belongs_to` names them.
    pub(super) key: Vec<Ident>,
    /// Their columns.
    columns: Vec<KeyColumn>,
    via: Option<LitStr>,
    through: Option<Through>,
    cascade: Option<Cascade>,
    passive_deletes: bool,
    view_only: bool,
    /// A function that gives the condition of the rows.
    filter: Option<Path>,
    /// Fields of the other model.
    order_by: Vec<Term>,
}

/// A column of the foreign key.
struct KeyColumn {
    position: usize,
    /// Whether it takes NULL, as far as names tell.
    nullable: bool,
    /// The model that it references.
    references: Path,
}

/// What a many-to-many relation goes through.
enum Through {
    Table(LitStr),
    Model(Path),
}

/// One term of an order.
struct Term {
    field: Ident,
    descending: bool,
}

impl Relation<'_> {
    /// The type taken apart; nothing behind an alias.
    fn known_type(&self) -> Option<RelationType<'_>> {
        RelationType::within(&self.whole_type)
    }

    /// Whether there may be no row at the other end, as far as names tell.
    fn is_optional(&self) -> bool {
        match (self.kind, self.known_type()) {
            (RelationKind::BelongsTo, Some(known)) => known.optional,
            (RelationKind::BelongsTo, None) => self.columns.iter().any(|column| column.nullable),
            (RelationKind::HasMany | RelationKind::HasOne | RelationKind::ManyToMany, _) => true,
        }
    }
}

/// Whether a field is a relation.
pub(super) fn is_one(field: &Field, items: &[Item<FieldKeyword>]) -> bool {
    RelationType::within(&field.ty).is_some() || kinds(items).next().is_some()
}

/// The kinds that the attributes name, each with its place.
fn kinds(items: &[Item<FieldKeyword>]) -> impl Iterator<Item = (RelationKind, Span)> {
    items.iter().filter_map(|item| {
        let kind = RelationKind::ALL.into_iter().find(|kind| kind.keyword() == item.keyword)?;
        Some((kind, item.span()))
    })
}

/// Reads a field of a model that is a relation.
pub(super) fn read<'a>(
    model: &Ident,
    field: &'a Field,
    ident: &'a Ident,
    items: &[Item<FieldKeyword>],
    errors: &mut Errors,
) -> Option<Relation<'a>> {
    let known_type = RelationType::within(&field.ty);
    let kind = kinds(items).next().map(|(kind, _)| kind).or(known_type.map(|known| known.kind))?;
    let mut relation = Relation {
        ident,
        visibility: &field.vis,
        whole_type: without_self(&field.ty, model),
        kind,
        key: Vec::new(),
        columns: Vec::new(),
        via: None,
        through: None,
        cascade: None,
        passive_deletes: false,
        view_only: false,
        filter: None,
        order_by: Vec::new(),
    };
    for item in items {
        apply(model, &mut relation, item, errors);
    }
    rules::check(&relation, items, errors);
    // Nothing leads on from a type that is no relation.
    let leads_on = relation.known_type().is_some() || !is_something_else(&field.ty);
    leads_on.then_some(relation)
}

fn apply(model: &Ident, relation: &mut Relation<'_>, item: &Item<FieldKeyword>, errors: &mut Errors) {
    match item.keyword {
        FieldKeyword::HasMany | FieldKeyword::HasOne | FieldKeyword::ManyToMany => item.flag(errors),
        FieldKeyword::BelongsTo => relation.key = names(item, Ident::parse_any, errors),
        FieldKeyword::Via => {
            relation.via = item.text(errors);
            let names = |input: ParseStream<'_>| {
                Punctuated::<Ident, Token![,]>::parse_separated_nonempty_with(input, Ident::parse_any)
            };
            if let Some(via) = relation.via.as_ref().filter(|via| via.parse_with(names).is_err()) {
                errors.at(via.span(), "`via` names a field of the other model: write `via = \"author_id\"`");
            }
        }
        FieldKeyword::Through if item.is_path() => {
            let path = item.path(errors);
            relation.through = path.map(|path| Through::Model(without_self(&path, model)));
        }
        FieldKeyword::Through => relation.through = item.text(errors).map(Through::Table),
        FieldKeyword::Cascade => {
            relation.cascade = item.any_text(errors).map(|text| Cascade::read(&text, errors));
        }
        FieldKeyword::OrderBy => relation.order_by = names(item, term, errors),
        FieldKeyword::PassiveDeletes => {
            item.flag(errors);
            relation.passive_deletes = true;
        }
        FieldKeyword::ViewOnly => {
            item.flag(errors);
            relation.view_only = true;
        }
        FieldKeyword::Filter => relation.filter = item.path(errors).map(|path| without_self(&path, model)),
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

/// `HasMany<Node>` for `HasMany<Self>`.
fn without_self<T: Parse + ToTokens + Clone>(written: &T, model: &Ident) -> T {
    fn replaced(tokens: TokenStream, model: &Ident) -> TokenStream {
        let replaced = tokens.into_iter().map(|token| match token {
            TokenTree::Ident(ident) if ident == "Self" => {
                let mut model = model.clone();
                model.set_span(ident.span());
                TokenTree::Ident(model)
            }
            TokenTree::Group(group) => {
                let mut inside = Group::new(group.delimiter(), replaced(group.stream(), model));
                inside.set_span(group.span());
                TokenTree::Group(inside)
            }
            other => other,
        });
        replaced.collect()
    }
    syn::parse2(replaced(written.to_token_stream(), model)).unwrap_or_else(|_| written.clone())
}

/// The names in a text, such as `"a, b"`; each keeps the place of the text.
fn names<T>(
    item: &Item<FieldKeyword>,
    name: fn(ParseStream<'_>) -> syn::Result<T>,
    errors: &mut Errors,
) -> Vec<T> {
    let Some(text) = item.text(errors) else { return Vec::new() };
    let parser = |input: ParseStream<'_>| Punctuated::<T, Token![,]>::parse_terminated_with(input, name);
    match text.parse_with(parser) {
        Ok(names) if !names.is_empty() => names.into_iter().collect(),
        Ok(_) | Err(_) => {
            let message = format!("`{}` names fields: write `{}`", item.name, item.keyword.example());
            errors.at(text.span(), message);
            Vec::new()
        }
    }
}

/// `-id`
fn term(input: ParseStream<'_>) -> syn::Result<Term> {
    let descending = input.parse::<Option<Token![-]>>()?.is_some();
    Ok(Term { field: input.call(Ident::parse_any)?, descending })
}
