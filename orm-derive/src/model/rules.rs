//! What may stand together: attributes of one field, a field's type and its attributes, and the fields of one model.

use quote::ToTokens;
use syn::{DeriveInput, Ident};

use crate::attribute::Item;
use crate::errors::Errors;
use crate::field_type::FieldType;
use crate::keyword::{FieldKeyword, Keyword};
use crate::naming;
use crate::nearest::nearest;

use super::column::Columns;
use super::reference::Action;
use super::relation::{self, Relation};
use super::table::Table;
use super::{Column, Key, Model};

/// Attributes of one field that exclude each other, and why.
const CLASHES: &[(FieldKeyword, FieldKeyword, &str)] = &[
    (FieldKeyword::PrimaryKey, FieldKeyword::Version, "a key stays, and a version counts"),
    (FieldKeyword::References, FieldKeyword::Version, "a foreign key does not count"),
    (FieldKeyword::Default, FieldKeyword::Version, "a version starts by itself"),
    (
        FieldKeyword::Length,
        FieldKeyword::Precision,
        "text and bytes have a length, decimal numbers a precision",
    ),
    (FieldKeyword::Length, FieldKeyword::Scale, "text and bytes have a length, decimal numbers a scale"),
    (FieldKeyword::Unique, FieldKeyword::Index, "a unique column has an index already"),
];

/// Attributes that say more of another one, and what to write.
const NEEDS: &[(FieldKeyword, FieldKeyword, &str)] = &[
    (FieldKeyword::OnDelete, FieldKeyword::References, "references = User, on_delete = \"cascade\""),
    (FieldKeyword::OnUpdate, FieldKeyword::References, "references = User, on_update = \"cascade\""),
    (FieldKeyword::Scale, FieldKeyword::Precision, "precision = 12, scale = 2"),
    (FieldKeyword::Generated, FieldKeyword::PrimaryKey, "primary_key(generated = false)"),
];

/// The rules for one field.
pub(super) fn check_field(field_type: FieldType<'_>, items: &[Item<FieldKeyword>], errors: &mut Errors) {
    let find = |keyword| items.iter().find(|item| item.keyword == keyword);
    for (one, other, reason) in CLASHES {
        if let (Some(_), Some(clashing)) = (find(*one), find(*other)) {
            errors.at(
                clashing.span(),
                format!("`{}` and `{}` exclude each other: {reason}", one.name(), other.name()),
            );
        }
    }
    for (one, needed, example) in NEEDS {
        if let (Some(lonely), None) = (find(*one), find(*needed)) {
            let message = format!("`{}` needs `{}`: write `#[orm({example})]`", one.name(), needed.name());
            errors.at(lonely.span(), message);
        }
    }
    let is_plain = matches!(field_type, FieldType::Plain(_));
    if let Some(version) = find(FieldKeyword::Version).filter(|_| !is_plain) {
        let inner = shown(field_type);
        errors.at(version.span(), format!("a version always has a value: write the type as `{inner}`"));
    }
    let may_be_plain =
        [FieldKeyword::PrimaryKey, FieldKeyword::Version].into_iter().any(|one| find(one).is_some());
    if let Some(default) = find(FieldKeyword::Default).filter(|_| is_plain && !may_be_plain) {
        let inner = shown(field_type);
        let message = format!(
            "`default` fills a field that was not set, and a plain `{inner}` always has a value: \
             write `Option<{inner}>` or `Auto<{inner}>`"
        );
        errors.at(default.span(), message);
    }
}

fn shown(field_type: FieldType<'_>) -> String {
    field_type.inner().to_token_stream().to_string().replace(' ', "")
}

/// The rules for all fields together.
pub(super) fn checked<'a>(
    input: &'a DeriveInput,
    table: Table,
    fields: Columns<'a>,
    errors: &mut Errors,
) -> Model<'a> {
    let Table {
        crate_path,
        name,
        uniques,
        indexes,
        checks,
        foreign_keys,
        comment,
        understood: table_understood,
    } = table;
    let Columns { mut columns, mut relations, skipped, understood } = fields;
    let keys = columns.iter().filter(|column| column.key != Key::No).count();
    if keys == 0 && understood && table_understood {
        errors.at(
            input.ident.span(),
            "no primary key: add `#[orm(primary_key)]` to the field that identifies a row",
        );
    }
    if keys > 1 {
        for column in columns.iter_mut().filter(|column| column.key == Key::Generated) {
            column.key = Key::Given;
        }
    }
    check_names(&columns, errors);
    check_versions(&columns, errors);
    for column in &columns {
        check_actions(column, errors);
    }
    let mut positions = |constraints: Vec<Vec<Ident>>| -> Vec<Vec<usize>> {
        // A field that was left out would be an unknown name.
        let constraints = constraints.iter().filter(|_| understood);
        constraints.map(|names| positions(names, &columns, &relations, errors)).collect()
    };
    let (uniques, indexes) = (positions(uniques), positions(indexes));
    let mut known_keys = Vec::new();
    for mut key in foreign_keys {
        let before = errors.count();
        if understood {
            key.columns = self::positions(&key.names, &columns, &relations, errors);
            key.check(&columns, errors);
        }
        if errors.count() == before && understood {
            known_keys.push(key);
        }
    }
    relation::check_all(&relations, errors);
    if understood {
        relation::check_keys(&mut relations, &columns, &known_keys, &skipped, errors);
    }
    Model {
        input,
        crate_path,
        table: name,
        columns,
        relations,
        skipped,
        uniques,
        indexes,
        checks,
        foreign_keys: known_keys,
        comment,
    }
}

/// Databases do not tell `Name` from `name`.
fn check_names(columns: &[Column<'_>], errors: &mut Errors) {
    for (position, column) in columns.iter().enumerate() {
        let earlier =
            columns[..position].iter().find(|earlier| earlier.name.eq_ignore_ascii_case(&column.name));
        if let Some(earlier) = earlier {
            let message = format!(
                "the fields `{}` and `{}` have one column, `{}`",
                earlier.ident, column.ident, column.name
            );
            errors.at(column.ident.span(), message);
        }
    }
}

fn check_versions(columns: &[Column<'_>], errors: &mut Errors) {
    let mut versions = columns.iter().filter_map(|column| column.version.map(|span| (column, span)));
    let first = versions.next();
    for (_, span) in versions {
        let first = first.map(|(column, _)| column.ident.to_string()).unwrap_or_default();
        errors.at(span, format!("a row has one version, and `{first}` counts it already"));
    }
}

fn check_actions(column: &Column<'_>, errors: &mut Errors) {
    let Some(reference) = &column.reference else { return };
    let nullable = column.field_type.is_nullable() && column.key == Key::No;
    for (action, span) in [reference.on_delete, reference.on_update].into_iter().flatten() {
        match action {
            Action::SetNull if !nullable => {
                let inner = shown(column.field_type);
                let message = if column.key == Key::No {
                    format!(
                        "the column is never NULL: write the type as `Option<{inner}>`, or another action"
                    )
                } else {
                    "a primary key is never NULL: write another action".to_owned()
                };
                errors.at(span, message);
            }
            Action::SetDefault if column.server_default.is_none() => {
                errors.at(span, "the column has no default in the database: add `server_default = \"..\"`");
            }
            Action::SetNull | Action::SetDefault | Action::NoAction | Action::Restrict | Action::Cascade => {}
        }
    }
}

/// The positions of the named fields among the columns.
fn positions(
    names: &[Ident],
    columns: &[Column<'_>],
    relations: &[Relation<'_>],
    errors: &mut Errors,
) -> Vec<usize> {
    let mut positions = Vec::new();
    for name in names {
        let plain = naming::plain(name);
        let found = columns.iter().position(|column| naming::plain(column.ident) == plain);
        match found {
            Some(position) if positions.contains(&position) => {
                errors.at(name.span(), format!("`{name}` is named twice"));
            }
            Some(position) => positions.push(position),
            None if relations.iter().any(|relation| naming::plain(relation.ident) == plain) => {
                errors.at(name.span(), format!("`{name}` is a relation: name the field that holds its key"));
            }
            None => {
                let fields: Vec<String> = columns.iter().map(|column| naming::plain(column.ident)).collect();
                let message = match nearest(&plain, fields.iter().map(String::as_str)) {
                    Some(meant) => format!("no column comes from a field `{name}`; did you mean `{meant}`?"),
                    None => format!("no column comes from a field `{name}`"),
                };
                errors.at(name.span(), message);
            }
        }
    }
    positions
}
