//! Foreign keys of several columns: what `foreign_key(..)` on the struct says.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Ident, Lit, LitStr, Token};

use crate::attribute::Item;
use crate::errors::Errors;
use crate::keyword::{Keyword, TableKeyword};
use crate::naming;
use crate::nearest::nearest;

use super::reference::{Action, Reference};
use super::{Column, Key};

/// A foreign key of several columns.
pub(super) struct ForeignKey {
    /// The fields that hold it.
    pub(super) names: Vec<Ident>,
    /// Their positions, once they are known.
    pub(super) columns: Vec<usize>,
    pub(super) reference: Reference,
    /// The fields referred to, where it is not the primary key.
    pub(super) fields: Vec<Ident>,
    /// The place to complain at.
    pub(super) span: Span,
}

/// What may have a value in the parentheses.
const OPTIONS: [&str; 4] = ["references", "fields", "on_delete", "on_update"];

impl ForeignKey {
    /// Reads `foreign_key(order_id, position, references = Line, on_delete = "cascade")`.
    pub(super) fn read(item: &Item<TableKeyword>, model: &Ident, errors: &mut Errors) -> Option<ForeignKey> {
        let example = item.keyword.example();
        let mut names: Vec<Ident> = Vec::new();
        let (mut reference, mut fields, mut on_delete, mut on_update) = (None, Vec::new(), None, None);
        for (name, value) in item.parts(errors)? {
            let Some(value) = value else {
                names.push(name);
                continue;
            };
            match naming::plain(&name).as_str() {
                "references" => match value {
                    Expr::Path(path) if path.qself.is_none() => reference = Some(path.path),
                    other => errors.on(other, format!("`references` takes a path: write `{example}`")),
                },
                "fields" => fields = text(&value, errors).map_or(Vec::new(), |text| named(&text, errors)),
                "on_delete" => {
                    on_delete = text(&value, errors).and_then(|text| Action::read(&text, errors));
                }
                "on_update" => {
                    on_update = text(&value, errors).and_then(|text| Action::read(&text, errors));
                }
                other => {
                    let message = match nearest(other, OPTIONS) {
                        Some(meant) => format!("unknown attribute `{name}`; did you mean `{meant}`?"),
                        None => format!(
                            "unknown attribute `{name}`; known in `foreign_key(..)`: `references`, `fields`, `on_delete`, `on_update`"
                        ),
                    };
                    errors.at(name.span(), message);
                }
            }
        }
        let Some(reference) = reference else {
            errors.at(item.span(), format!("a foreign key refers to a model: write `{example}`"));
            return None;
        };
        let mut reference = Reference::to(reference, model);
        (reference.on_delete, reference.on_update) = (on_delete, on_update);
        if let Some(field) = &reference.field {
            let message = format!(
                "several columns refer to several fields: write `references = Model, fields = \"{field}, ..\"`"
            );
            errors.at(field.span(), message);
            return None;
        }
        if let [only] = names.as_slice() {
            let message = format!(
                "a foreign key of one column stands on its field: write `#[orm(references = ..)]` on `{only}`"
            );
            errors.at(only.span(), message);
            return None;
        }
        if names.is_empty() {
            errors.at(item.span(), format!("a foreign key names its fields: write `{example}`"));
            return None;
        }
        if !fields.is_empty() && fields.len() != names.len() {
            let message = format!(
                "the key has {} columns, and `fields` names {}: give one for each",
                names.len(),
                fields.len()
            );
            errors.at(item.span(), message);
            return None;
        }
        Some(ForeignKey { names, columns: Vec::new(), reference, fields, span: item.span() })
    }

    /// What the actions ask of the columns.
    pub(super) fn check(&self, columns: &[Column<'_>], errors: &mut Errors) {
        let own = || self.columns.iter().map(|position| &columns[*position]);
        for (action, span) in [self.reference.on_delete, self.reference.on_update].into_iter().flatten() {
            match action {
                Action::SetNull => {
                    let never =
                        |column: &&Column<'_>| !column.field_type.is_nullable() || column.key != Key::No;
                    if let Some(column) = own().find(never) {
                        let message = format!(
                            "it would set all columns of the key to NULL, and `{}` is never NULL: write its type as an \
                             `Option`, or another action",
                            column.ident
                        );
                        errors.at(span, message);
                    }
                }
                Action::SetDefault => {
                    if let Some(column) = own().find(|column| column.server_default.is_none()) {
                        let message = format!(
                            "`{}` has no default in the database: add `server_default = \"..\"` to it",
                            column.ident
                        );
                        errors.at(span, message);
                    }
                }
                Action::NoAction | Action::Restrict | Action::Cascade => {}
            }
        }
    }

    /// Whether these columns are the key, in whatever order.
    pub(super) fn is_of(&self, positions: &[usize]) -> bool {
        self.columns.len() == positions.len() && self.columns.iter().all(|column| positions.contains(column))
    }
}

fn text(value: &Expr, errors: &mut Errors) -> Option<LitStr> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.clone()),
        other => {
            errors.at(other.span(), "this is a string: write it in quotes");
            None
        }
    }
}

/// The names in a text, such as `"a, b"`; each keeps the place of the text.
fn named(text: &LitStr, errors: &mut Errors) -> Vec<Ident> {
    let parser = |input: ParseStream<'_>| {
        Punctuated::<Ident, Token![,]>::parse_terminated_with(input, Ident::parse_any)
    };
    match text.parse_with(parser) {
        Ok(names) => names.into_iter().collect(),
        Err(_) => {
            errors.at(text.span(), "`fields` names fields of the other model: write `fields = \"a, b\"`");
            Vec::new()
        }
    }
}
