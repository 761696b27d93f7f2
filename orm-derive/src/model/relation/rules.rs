//! What may stand together on a relation field, and what it has to do with the other fields of its model.

use quote::ToTokens;
use syn::{Ident, Type};

use crate::attribute::Item;
use crate::errors::Errors;
use crate::keyword::{FieldKeyword, Keyword};
use crate::model::foreign_key::ForeignKey;
use crate::model::{Column, Key, Skipped};
use crate::naming;
use crate::nearest::nearest;
use crate::relation_type::{RelationKind, contained, is_something_else};

use super::{KeyColumn, Relation, kinds};

/// The most relations that a model has: a path keeps each in a byte.
const MOST: usize = 255;

/// Names that the closures of queries have for something else.
const RESERVED: [&str; 19] = [
    "any", "all", "none", "exists", "count", "filter", "order_by", "limit", "with", "eq", "ne", "has",
    "is_none", "clone", "deref", "into", "try_into", "to_owned", "fmt",
];

/// Attributes that some relations have and others do not, and why.
const OPTIONS: &[(FieldKeyword, &[RelationKind], &str)] = &[
    (
        FieldKeyword::Through,
        &[RelationKind::ManyToMany],
        "only a `many_to_many` goes through a table of links",
    ),
    (
        FieldKeyword::Via,
        &[RelationKind::HasMany, RelationKind::HasOne, RelationKind::ManyToMany],
        "a `belongs_to` names its key itself",
    ),
    (
        FieldKeyword::OrderBy,
        &[RelationKind::HasMany, RelationKind::ManyToMany],
        "only collections have an order",
    ),
    (
        FieldKeyword::PassiveDeletes,
        &[RelationKind::HasMany, RelationKind::HasOne],
        "it leaves the rows of a `has_many` or `has_one` to the ON DELETE of their foreign key",
    ),
    (
        FieldKeyword::Filter,
        &[RelationKind::HasMany, RelationKind::HasOne, RelationKind::ManyToMany],
        "the row that a key leads to is there, whatever a condition says of it",
    ),
];

/// The rules for one field.
pub(super) fn check(relation: &Relation<'_>, items: &[Item<FieldKeyword>], errors: &mut Errors) {
    let Relation { kind, ident, .. } = relation;
    let attribute = kind.keyword().name();
    for (other, span) in kinds(items).skip(1) {
        let other = other.keyword().name();
        errors.at(span, format!("a relation is of one kind: `{attribute}` or `{other}`"));
    }
    for (option, fitting, reason) in OPTIONS {
        if let Some(item) = items.iter().find(|item| item.keyword == *option)
            && !fitting.contains(kind)
        {
            errors.at(item.span(), format!("a `{attribute}` has no `{}`: {reason}", option.name()));
        }
    }
    check_type(relation, items, errors);
    let own_attribute = items.iter().find(|item| item.keyword == kind.keyword());
    if *kind == RelationKind::ManyToMany
        && let Some(attribute) = own_attribute
        && !items.iter().any(|item| item.keyword == FieldKeyword::Through)
    {
        let message = "a `many_to_many` needs its table of links, or the model of it: write \
                       `many_to_many, through = \"post_tags\"`";
        errors.at(attribute.span(), message);
    }
    let view_only = items.iter().find(|item| item.keyword == FieldKeyword::ViewOnly);
    for writing in [FieldKeyword::Cascade, FieldKeyword::PassiveDeletes] {
        if view_only.is_some()
            && let Some(item) = items.iter().find(|item| item.keyword == writing)
        {
            let message =
                format!("`view_only` and `{}` exclude each other: nothing is written here", item.name);
            errors.at(item.span(), message);
        }
    }
    if let Some(filter) = items.iter().find(|item| item.keyword == FieldKeyword::Filter)
        && view_only.is_none()
    {
        let message = "a relation with a condition of its own is only viewed, for nobody knows what else it would hold: \
                       write `view_only, filter = ..`";
        errors.at(filter.span(), message);
    }
    if let Some(cascade) = &relation.cascade {
        cascade.check(*kind, &target(relation), errors);
    }
    let name = naming::plain(ident);
    if RESERVED.contains(&name.as_str()) {
        let message = format!(
            "`{name}` has a meaning of its own in the closures of queries: give the relation another name"
        );
        errors.at(ident.span(), message);
    }
}

/// The type and the attribute say the same.
fn check_type(relation: &Relation<'_>, items: &[Item<FieldKeyword>], errors: &mut Errors) {
    let Relation { kind, whole_type, .. } = relation;
    let (attribute, type_name) = (kind.keyword().name(), kind.type_name());
    let Some(known) = relation.known_type() else {
        if is_something_else(whole_type) {
            let model = contained(whole_type).map_or_else(|| "..".to_owned(), shown);
            let message = format!(
                "`{}` is no relation: write the type as `{type_name}<{model}>`, or remove `{attribute}`",
                shown(whole_type)
            );
            errors.on(whole_type, message);
        }
        return;
    };
    let model = shown(known.model);
    if kinds(items).next().is_none() {
        errors.on(whole_type, format!("this is a relation: write `#[orm({})]`", example(relation)));
    } else if known.misplaced {
        let inner = if *kind == RelationKind::BelongsTo { format!("Option<{model}>") } else { model };
        let message = format!(
            "a `{type_name}` holds its objects itself, and knows when there is none: write `{type_name}<{inner}>`"
        );
        errors.on(whole_type, message);
    } else if known.kind != *kind {
        let other = known.kind.type_name();
        let message = format!(
            "a `{other}` is no `{attribute}`: write the type as `{type_name}<{model}>`, or `#[orm({})]`",
            example(relation)
        );
        errors.on(whole_type, message);
    } else if known.optional && *kind != RelationKind::BelongsTo {
        errors.on(whole_type, format!("a `{type_name}` may be empty anyway: write `{type_name}<{model}>`"));
    }
}

/// What to write for the type of a field.
fn example(relation: &Relation<'_>) -> String {
    let name = naming::plain(relation.ident);
    match relation.known_type().map_or(relation.kind, |known| known.kind) {
        RelationKind::HasMany => "has_many".to_owned(),
        RelationKind::HasOne => "has_one".to_owned(),
        RelationKind::BelongsTo => format!("belongs_to = \"{name}_id\""),
        RelationKind::ManyToMany => "many_to_many, through = \"table_of_links\"".to_owned(),
    }
}

fn shown(of: &Type) -> String {
    of.to_token_stream().to_string().replace(' ', "")
}

/// The model that a relation leads to, for messages.
fn target(relation: &Relation<'_>) -> String {
    relation.known_type().map_or_else(|| "the other model".to_owned(), |known| shown(known.model))
}

/// The rules for all relations of a model together.
pub(in crate::model) fn check_all(relations: &[Relation<'_>], errors: &mut Errors) {
    if let Some(first_too_many) = relations.get(MOST) {
        errors.at(first_too_many.ident.span(), format!("a model has {MOST} relations at most"));
    }
}

/// Finds the columns that the relations name as their keys.
pub(in crate::model) fn check_keys(
    relations: &mut [Relation<'_>],
    columns: &[Column<'_>],
    foreign_keys: &[ForeignKey],
    skipped: &[Skipped<'_>],
    errors: &mut Errors,
) {
    let others: Vec<&Ident> = relations.iter().map(|relation| relation.ident).collect();
    let others: Vec<&Ident> = others.into_iter().chain(skipped.iter().map(|field| field.ident)).collect();
    for relation in relations {
        let before = errors.count();
        let mut positions: Vec<usize> = Vec::new();
        for name in &relation.key {
            let plain = naming::plain(name);
            match columns.iter().position(|column| naming::plain(column.ident) == plain) {
                None => errors.at(name.span(), no_column(&plain, columns, &others)),
                Some(position) if positions.contains(&position) => {
                    errors.at(name.span(), format!("`{plain}` is named twice"));
                }
                Some(position) => positions.push(position),
            }
        }
        let model = match positions.as_slice() {
            [] => continue,
            _ if errors.count() > before => continue,
            [only] => columns[*only].reference.as_ref().map(|reference| &reference.model),
            several => {
                let key = foreign_keys.iter().find(|key| key.is_of(several));
                key.map(|key| &key.reference.model)
            }
        };
        let Some(model) = model else {
            let target = target(relation);
            let names: Vec<String> = relation.key.iter().map(naming::plain).collect();
            let (names, place) = (names.join(", "), relation.key[0].span());
            let message = match positions.as_slice() {
                [_] => {
                    format!("`{names}` is no foreign key: write `#[orm(references = {target})]` on the field")
                }
                _ => format!(
                    "`{names}` is no foreign key: write `#[orm(foreign_key({names}, references = {target}))]` on the struct"
                ),
            };
            errors.at(place, message);
            continue;
        };
        for position in positions {
            let Column { field_type, key: primary, .. } = &columns[position];
            let nullable = field_type.is_nullable() && *primary == Key::No;
            relation.columns.push(KeyColumn { position, nullable, references: model.clone() });
        }
    }
}

fn no_column(name: &str, columns: &[Column<'_>], others: &[&Ident]) -> String {
    if others.iter().any(|other| naming::plain(other) == *name) {
        return format!("`{name}` is no column: name the field that holds the key");
    }
    let fields: Vec<String> = columns.iter().map(|column| naming::plain(column.ident)).collect();
    match nearest(name, fields.iter().map(String::as_str)) {
        Some(meant) => format!("there is no field `{name}`; did you mean `{meant}`?"),
        None => format!("there is no field `{name}`: name the one that holds the key"),
    }
}

/// What to say where the key takes NULL and the type of the field does not tell, or the other way round; nothing where
/// there is no key.
pub(super) fn wrong_nullability(relation: &Relation<'_>) -> Option<String> {
    let Relation { key, columns, .. } = relation;
    if columns.is_empty() {
        return None;
    }
    let fields: Vec<String> = key.iter().map(|name| format!("`{}`", naming::plain(name))).collect();
    let fields = fields.join(", ");
    Some(match relation.known_type() {
        Some(known) if known.optional => {
            let model = shown(known.model);
            format!(
                "the key {fields} is never NULL: write `BelongsTo<{model}>`, or a key that is an `Option`"
            )
        }
        Some(known) => {
            let model = shown(known.model);
            format!(
                "the key {fields} may be NULL: write `BelongsTo<Option<{model}>>`, or a key that is no `Option`"
            )
        }
        None => format!(
            "the key {fields} may be NULL and the type does not say so, or the other way round: \
             `BelongsTo<Option<..>>` goes with a key that is an `Option`"
        ),
    })
}
