//! The fields of the struct, each by itself: its attributes become a column or a relation, or it is neither.

use syn::{Field, FieldsNamed, Ident};

use crate::attribute::{self, Item};
use crate::comment::comment;
use crate::errors::Errors;
use crate::field_type::FieldType;
use crate::keyword::{FieldKeyword, Keyword};
use crate::naming;

use super::reference::{Action, Reference};
use super::relation::{self, Relation};
use super::{Column, Key, Size, Skipped, rules};

/// The fields of a model.
pub(super) struct Columns<'a> {
    pub(super) columns: Vec<Column<'a>>,
    pub(super) relations: Vec<Relation<'a>>,
    pub(super) skipped: Vec<Skipped<'a>>,
    /// Whether every attribute was understood. If one was not, it may have been what seems to be missing.
    pub(super) understood: bool,
}

/// Reads the fields of a model. A field whose type cannot be a column is left out.
pub(super) fn read<'a>(model: &Ident, fields: &'a FieldsNamed, errors: &mut Errors) -> Columns<'a> {
    let mut read =
        Columns { columns: Vec::new(), relations: Vec::new(), skipped: Vec::new(), understood: true };
    for field in &fields.named {
        // A named field has a name.
        let Some(ident) = &field.ident else { continue };
        let errors_before = errors.count();
        let items = attribute::read::<FieldKeyword>(&field.attrs, errors);
        read.understood &= errors.count() == errors_before;
        if let Some(skip) = items.iter().find(|item| item.keyword == FieldKeyword::Skip) {
            skip.flag(errors);
            for other in items.iter().filter(|item| item.keyword != FieldKeyword::Skip) {
                let place = if other.keyword.is_of_relations() { "relations" } else { "columns" };
                let message =
                    format!("`{}` is for {place}, and this field is none: `skip` stands alone", other.name);
                errors.at(other.span(), message);
            }
            read.skipped.push(Skipped { ident, whole_type: &field.ty });
            continue;
        }
        if relation::is_one(field, &items) {
            read.relations.extend(relation::read(model, field, ident, &items, errors));
            continue;
        }
        match FieldType::of(&field.ty) {
            Ok(field_type) => {
                rules::check_field(field_type, &items, errors);
                let mut column = plain_column(field, ident, field_type);
                apply(model, &mut column, &items, errors);
                read.columns.push(column);
            }
            Err(error) => {
                let _ = errors.absorb::<()>(Err(error));
                read.understood = false;
            }
        }
    }
    read
}

/// A column as it is without attributes.
fn plain_column<'a>(field: &'a Field, ident: &'a Ident, field_type: FieldType<'a>) -> Column<'a> {
    Column {
        ident,
        visibility: &field.vis,
        whole_type: &field.ty,
        field_type,
        name: naming::plain(ident),
        key: Key::No,
        size: Size::OfType,
        unique: false,
        index: false,
        version: None,
        default: None,
        server_default: None,
        check: None,
        reference: None,
        comment: comment(&field.attrs),
    }
}

fn apply(model: &Ident, column: &mut Column<'_>, items: &[Item<FieldKeyword>], errors: &mut Errors) {
    let mut precision = None;
    let mut scale = 0;
    let mut on_delete = None;
    let mut on_update = None;
    let mut given = false;
    for item in items {
        match item.keyword {
            FieldKeyword::PrimaryKey => {
                item.flag(errors);
                column.key = Key::Generated;
            }
            FieldKeyword::Generated => {
                if item.boolean(errors) == Some(true) {
                    errors.at(
                        item.span(),
                        "an integer key is generated anyway: write `generated = false` to give it",
                    );
                }
                given = true;
            }
            FieldKeyword::Column => {
                if let Some(name) = item.text(errors) {
                    column.name = name.value();
                }
            }
            FieldKeyword::Length => match item.number::<u32>(errors) {
                Some(0) => errors.at(item.value_span(), "a length is 1 or more"),
                Some(length) => column.size = Size::Length(length, item.span()),
                None => {}
            },
            FieldKeyword::Precision => precision = item.number::<u8>(errors).map(|number| (number, item)),
            FieldKeyword::Scale => scale = item.number::<u8>(errors).unwrap_or(0),
            FieldKeyword::Unique => {
                item.flag(errors);
                column.unique = true;
            }
            FieldKeyword::Index => {
                item.flag(errors);
                column.index = true;
            }
            FieldKeyword::References => {
                column.reference = item.path(errors).map(|path| Reference::to(path, model));
                given = true;
            }
            FieldKeyword::OnDelete => {
                on_delete = item.text(errors).and_then(|text| Action::read(&text, errors))
            }
            FieldKeyword::OnUpdate => {
                on_update = item.text(errors).and_then(|text| Action::read(&text, errors))
            }
            FieldKeyword::Default => {
                column.default = item.expression(errors);
                given = true;
            }
            FieldKeyword::ServerDefault => column.server_default = item.text(errors),
            FieldKeyword::Check => column.check = item.text(errors),
            FieldKeyword::Version => {
                item.flag(errors);
                column.version = Some(item.span());
            }
            FieldKeyword::Skip => {}
            FieldKeyword::HasMany
            | FieldKeyword::HasOne
            | FieldKeyword::BelongsTo
            | FieldKeyword::ManyToMany
            | FieldKeyword::Via
            | FieldKeyword::Through
            | FieldKeyword::Cascade
            | FieldKeyword::OrderBy
            | FieldKeyword::PassiveDeletes
            | FieldKeyword::ViewOnly
            | FieldKeyword::Filter => {
                let (name, example) = (&item.name, item.keyword.example());
                let message = format!(
                    "`{name}` is for relations, and this field is a column: one is `#[orm({example})]`"
                );
                errors.at(item.span(), message);
            }
        }
    }
    if given && column.key == Key::Generated {
        column.key = Key::Given;
    }
    if let Some((precision, item)) = precision {
        let span = item.value_span();
        match (precision, scale) {
            (0 | 66.., _) => errors.at(span, "a precision is 1 to 65 digits"),
            (_, 31..) => errors.at(span, "a scale is 0 to 30 digits"),
            _ if scale > precision => {
                errors.at(span, "the scale counts digits of the precision: it cannot be greater")
            }
            _ => column.size = Size::Precision(precision, scale, item.span()),
        }
    }
    if let Some(reference) = &mut column.reference {
        reference.on_delete = on_delete;
        reference.on_update = on_update;
    }
}
