//! The foreign keys of a model, of one column or of several, and the relation fields on both sides that follow them. Worked
//! out once a model.

use std::ptr;

use super::known::Known;
use super::of;
use crate::definition::{ColumnDef, ModelDef, Reference, ReferentialAction};
use crate::error::{Error, Result};

/// A foreign key, with the columns that it refers to. There is one value for each key, so keys are compared by address.
#[derive(Debug)]
pub struct ForeignKey {
    /// The model that has the key.
    pub model: &'static ModelDef,
    /// Its columns. Where the key refers to a primary key, they stand in the order of that.
    pub columns: Vec<u16>,
    /// The model that it refers to.
    pub parent: &'static ModelDef,
    /// The columns there, in the same order.
    pub referred: Vec<u16>,
    /// ON DELETE.
    pub on_delete: ReferentialAction,
    /// ON UPDATE.
    pub on_update: ReferentialAction,
    /// The columns that become NULL where a row lets go of its parent: those that can, and that no other key needs.
    pub(crate) blank: Vec<u16>,
    /// Whether another key of the model needs one of the columns.
    pub(crate) shares: bool,
    /// Whether the parent gets a column that this refers to from a parent of its own.
    pub(crate) handed_on: bool,
}

impl ForeignKey {
    /// Whether it refers to the parent's primary key, by which a session finds objects.
    pub(crate) fn refers_to_key(&self) -> bool {
        self.referred == self.parent.primary_key
    }

    /// Whether two are one.
    pub(crate) fn is(&self, other: &ForeignKey) -> bool {
        ptr::eq(self, other)
    }

    /// Whether the database changes the key together with the one that it refers to.
    pub(crate) fn follows(&self) -> bool {
        self.on_update == ReferentialAction::Cascade
    }

    /// Whether the one that it refers to may change while it is there.
    pub(crate) fn yields(&self) -> bool {
        !matches!(self.on_update, ReferentialAction::NoAction | ReferentialAction::Restrict)
    }

    /// The columns, each with the one that it refers to.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (u16, u16)> + '_ {
        self.columns.iter().copied().zip(self.referred.iter().copied())
    }

    /// `Post.author_id`, or `Shipment.(order_id, position)`.
    pub(crate) fn name(&self) -> String {
        name_of(self.model, &self.columns)
    }

    /// The columns that it refers to, likewise.
    pub(crate) fn referred_name(&self) -> String {
        name_of(self.parent, &self.referred)
    }

    /// `id`, or `order_id, position`, of the columns that it refers to.
    pub(crate) fn referred_fields(&self) -> String {
        fields_of(self.parent, &self.referred)
    }

    /// `author_id`, or `order_id, position`.
    pub(crate) fn fields(&self) -> String {
        fields_of(self.model, &self.columns)
    }
}

impl PartialEq for ForeignKey {
    fn eq(&self, other: &Self) -> bool {
        self.is(other)
    }
}

impl Eq for ForeignKey {}

pub(super) fn fields_of(model: &ModelDef, columns: &[u16]) -> String {
    let names: Vec<&str> = columns.iter().map(|column| model.columns[usize::from(*column)].field).collect();
    names.join(", ")
}

fn name_of(model: &ModelDef, columns: &[u16]) -> String {
    match columns {
        [_] => format!("`{}.{}`", model.name, fields_of(model, columns)),
        _ => format!("`{}.({})`", model.name, fields_of(model, columns)),
    }
}

/// All foreign keys of a model: those of one column in the order of the columns, then the others.
pub fn references(model: &'static ModelDef) -> Result<&'static [ForeignKey]> {
    static KNOWN: Known<ForeignKey> = Known::new();
    match KNOWN.get(model) {
        Some(keys) => Ok(keys),
        None => Ok(KNOWN.keep(model, resolve(model)?)),
    }
}

fn resolve(model: &'static ModelDef) -> Result<Vec<ForeignKey>> {
    let mut keys = Vec::new();
    for column in model.columns {
        if let Some(reference) = &column.references {
            let referred = referred_column(model, column, reference)?;
            keys.push(key(model, vec![(column.index, referred.index)], reference));
        }
    }
    for definition in model.foreign_keys {
        let parent = (definition.reference.model)();
        let here = name_of(model, definition.columns);
        let mut referred = Vec::new();
        for field in definition.fields {
            let found = parent.columns.iter().find(|column| column.field == *field || column.name == *field);
            let column = found.ok_or_else(|| {
                Error::invalid_model(format!(
                    "{here} references `{}.{field}`, but there is no such column",
                    parent.name
                ))
            })?;
            referred.push(column.index);
        }
        if definition.fields.is_empty() {
            referred.extend_from_slice(parent.primary_key);
        }
        if referred.len() != definition.columns.len() {
            let written = if definition.fields.is_empty() { "its primary key" } else { "`fields`" };
            return Err(Error::invalid_model(format!(
                "{here} references `{}` by {} columns, and {written} has {}: `{}`; give one field for each",
                parent.name,
                definition.columns.len(),
                referred.len(),
                fields_of(parent, &referred)
            )));
        }
        let pairs = definition.columns.iter().copied().zip(referred).collect();
        keys.push(key(model, pairs, &definition.reference));
    }
    for position in 0..keys.len() {
        let key = &keys[position];
        let nullable = |column: &&u16| model.columns[usize::from(**column)].nullable;
        let shared = |column: &u16| {
            let mut others = keys.iter().enumerate().filter(|(other, _)| *other != position);
            others.any(|(_, other)| other.columns.contains(column))
        };
        let all: Vec<u16> = key.columns.iter().filter(nullable).copied().collect();
        let shares = key.columns.iter().any(shared);
        let own: Vec<u16> = all.iter().copied().filter(|column| !shared(column)).collect();
        keys[position].blank = if own.is_empty() { all } else { own };
        keys[position].shares = shares;
    }
    Ok(keys)
}

fn key(model: &'static ModelDef, mut pairs: Vec<(u16, u16)>, reference: &Reference) -> ForeignKey {
    let Reference { model: parent, column: _, on_delete, on_update } = *reference;
    let parent = parent();
    let place = |column: u16| parent.primary_key.iter().position(|key| *key == column);
    if pairs.len() == parent.primary_key.len() && pairs.iter().all(|(_, there)| place(*there).is_some()) {
        pairs.sort_by_key(|(_, there)| place(*there));
    }
    let is_foreign = |column: &u16| {
        parent.columns[usize::from(*column)].references.is_some()
            || parent.foreign_keys.iter().any(|key| key.columns.contains(column))
    };
    let handed_on = pairs.iter().any(|(_, there)| is_foreign(there));
    let (columns, referred) = pairs.into_iter().unzip();
    ForeignKey {
        model,
        columns,
        parent,
        referred,
        on_delete,
        on_update,
        blank: Vec::new(),
        shares: false,
        handed_on,
    }
}

/// The column that a reference points at.
fn referred_column(
    model: &ModelDef,
    column: &ColumnDef,
    reference: &Reference,
) -> Result<&'static ColumnDef> {
    let here = format!("`{}.{}`", model.name, column.field);
    let target = (reference.model)();
    if let Some(name) = reference.column {
        let found = target.columns.iter().find(|candidate| candidate.name == name || candidate.field == name);
        return found.ok_or_else(|| {
            Error::invalid_model(format!(
                "{here} references `{}.{name}`, but there is no such column",
                target.name
            ))
        });
    }
    let mut key = target.key_columns();
    match (key.next(), key.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(Error::invalid_model(format!(
            "{here} references `{0}`, whose primary key has several columns, `{1}`: give `{2}` a field for each and write \
             `#[orm(foreign_key(.., references = {0}))]` on the struct, or name one unique column, as in \
             `references = {0}::column`",
            target.name,
            fields_of(target, target.primary_key),
            model.name
        ))),
    }
}

/// A foreign key with the relation fields on both sides that follow it.
#[derive(Debug)]
pub(crate) struct Followed {
    pub(crate) key: &'static ForeignKey,
    /// The `BelongsTo` of the model.
    pub(crate) reference: Option<u8>,
    /// The `HasMany` and `HasOne` fields of the parent.
    pub(crate) collections: Vec<u8>,
}

/// The foreign keys of a model that relation fields follow. None where a relation of the models around is invalid: using
/// that relation reports it.
pub(crate) fn followed(model: &'static ModelDef) -> &'static [Followed] {
    static KNOWN: Known<Followed> = Known::new();
    if let Some(keys) = KNOWN.get(model) {
        return keys;
    }
    let mut keys: Vec<Followed> = Vec::new();
    for key in references(model).unwrap_or_default() {
        let ours = of(model).unwrap_or_default().iter();
        let reference = ours.filter(|relation| relation.holds_key() && relation.follows(key));
        let reference = reference.map(|relation| relation.index).next();
        let theirs = of(key.parent).unwrap_or_default().iter();
        let theirs = theirs.filter(|relation| !relation.holds_key() && relation.follows(key));
        let collections: Vec<u8> = theirs.map(|relation| relation.index).collect();
        if reference.is_some() || !collections.is_empty() {
            keys.push(Followed { key, reference, collections });
        }
    }
    KNOWN.keep(model, keys)
}
