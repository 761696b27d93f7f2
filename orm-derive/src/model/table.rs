//! The attributes of the struct, read but not yet compared with the fields.

use syn::{DeriveInput, Ident, LitStr, Path};

use crate::attribute;
use crate::comment::comment;
use crate::enclosure::crate_path;
use crate::errors::Errors;
use crate::keyword::TableKeyword;
use crate::naming;

use super::foreign_key::ForeignKey;

/// What the attributes of the struct say.
pub(super) struct Table {
    pub(super) crate_path: Path,
    pub(super) name: String,
    /// Names of fields.
    pub(super) uniques: Vec<Vec<Ident>>,
    /// Names of fields.
    pub(super) indexes: Vec<Vec<Ident>>,
    pub(super) checks: Vec<LitStr>,
    pub(super) foreign_keys: Vec<ForeignKey>,
    pub(super) comment: Option<String>,
    /// Whether every attribute was understood.
    pub(super) understood: bool,
}

impl Table {
    pub(super) fn read(input: &DeriveInput, errors: &mut Errors) -> Table {
        let items = attribute::read::<TableKeyword>(&input.attrs, errors);
        let understood = errors.count() == 0;
        let find = |keyword| items.iter().find(|item| item.keyword == keyword);
        let plural = find(TableKeyword::Plural);
        let mut table = Table {
            crate_path: crate_path(find(TableKeyword::Crate), errors),
            name: naming::snake_case(&naming::plain(&input.ident)),
            uniques: Vec::new(),
            indexes: Vec::new(),
            checks: Vec::new(),
            foreign_keys: Vec::new(),
            comment: comment(&input.attrs),
            understood,
        };
        if plural.and_then(|item| item.boolean(errors)) != Some(false) {
            table.name = naming::plural(&table.name);
        }
        for item in &items {
            match item.keyword {
                TableKeyword::Table => {
                    if let Some(name) = item.text(errors) {
                        table.name = name.value();
                    }
                    if let Some(plural) = plural {
                        errors.at(
                            plural.span(),
                            "`plural` forms the name of the table, and `table` gives it: remove one",
                        );
                    }
                }
                TableKeyword::Unique => table.uniques.extend(item.names(errors)),
                TableKeyword::Index => table.indexes.extend(item.names(errors)),
                TableKeyword::Check => table.checks.extend(item.text(errors)),
                TableKeyword::ForeignKey => {
                    table.foreign_keys.extend(ForeignKey::read(item, &input.ident, errors));
                }
                TableKeyword::Plural | TableKeyword::Crate => {}
            }
        }
        table
    }
}
