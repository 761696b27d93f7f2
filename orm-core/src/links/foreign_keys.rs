//! The foreign keys of a model, with the relation fields on both sides that follow them. Worked out once a model.

use std::sync::{PoisonError, RwLock};

use rustc_hash::FxHashMap;

use super::{address, of};
use crate::definition::ModelDef;

/// A foreign key of a model, with the relation fields on both sides that follow it.
#[derive(Debug)]
pub(crate) struct ForeignKey {
    pub(crate) columns: Vec<u16>,
    pub(crate) parent: &'static ModelDef,
    /// Whether it refers to the parent's primary key, by which the session finds objects.
    pub(crate) refers_to_key: bool,
    /// The `BelongsTo` of this model.
    pub(crate) reference: Option<u8>,
    /// The `HasMany` and `HasOne` fields of the parent.
    pub(crate) collections: Vec<u8>,
}

/// The foreign keys of a model that relation fields follow. None where a relation of the models around is invalid: using
/// that relation reports it.
pub(crate) fn foreign_keys(model: &'static ModelDef) -> &'static [ForeignKey] {
    static KNOWN: RwLock<Option<FxHashMap<usize, &'static [ForeignKey]>>> = RwLock::new(None);
    if model.columns.iter().all(|column| column.references.is_none()) {
        return &[];
    }
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(keys) = known.as_ref().and_then(|known| known.get(&address(model))) {
        return keys;
    }
    drop(known);
    let mut keys: Vec<ForeignKey> = Vec::new();
    let mut key_of = |columns: &[u16], parent: &'static ModelDef, referred: &[u16]| -> usize {
        let known = keys.iter().position(|key| key.columns == columns && key.parent.is(parent));
        known.unwrap_or_else(|| {
            let refers_to_key = referred == parent.primary_key;
            let (columns, collections) = (columns.to_vec(), Vec::new());
            keys.push(ForeignKey { columns, parent, refers_to_key, reference: None, collections });
            keys.len() - 1
        })
    };
    let mut parents: Vec<&'static ModelDef> = Vec::new();
    for reference in model.columns.iter().filter_map(|column| column.references.as_ref()) {
        let parent = (reference.model)();
        if !parents.iter().any(|known| known.is(parent)) {
            parents.push(parent);
        }
    }
    let mut found = Vec::new();
    for relation in of(model).unwrap_or_default().iter().filter(|relation| relation.holds_key()) {
        found.push((key_of(&relation.local, relation.target, &relation.remote), Ok(relation.index)));
    }
    for parent in parents {
        for relation in of(parent).unwrap_or_default() {
            let ours = relation.target.is(model) && relation.link.is_none() && !relation.holds_key();
            if ours {
                found.push((key_of(&relation.remote, parent, &relation.local), Err(relation.index)));
            }
        }
    }
    for (key, relation) in found {
        match relation {
            Ok(reference) => keys[key].reference = Some(reference),
            Err(collection) => keys[key].collections.push(collection),
        }
    }
    let keys: &'static [ForeignKey] = Box::leak(keys.into_boxed_slice());
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    known.get_or_insert_default().entry(address(model)).or_insert(keys)
}
