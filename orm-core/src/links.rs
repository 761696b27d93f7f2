//! How models hang together: the columns that each relation joins, its other side, and the tables of many-to-many links.
//! Worked out once a model, from the metadata alone; what does not fit is an error that names both fields.

mod foreign_keys;
mod through;

use std::sync::{PoisonError, RwLock};

use rustc_hash::FxHashMap;

use crate::column::Column;
use crate::definition::{ColumnDef, ModelDef, RelationDef, RelationKind};
use crate::error::{Error, Result};
use crate::node::Order;
use crate::path::Path;

pub(crate) use foreign_keys::{ForeignKey, foreign_keys};
pub use through::LinkRow;
pub(crate) use through::link_through;

/// A relation with everything that is known of it.
#[derive(Debug)]
pub struct Relation {
    /// What the derive said.
    pub definition: &'static RelationDef,
    /// The position among the model's relations.
    pub index: u8,
    /// The model that it belongs to.
    pub owner: &'static ModelDef,
    /// The model that it leads to.
    pub target: &'static ModelDef,
    /// The columns here that are joined.
    pub local: Vec<u16>,
    /// The columns there, in the same order.
    pub remote: Vec<u16>,
    /// The relation of the other model that is the other side.
    pub inverse: Option<u8>,
    /// The table between.
    pub link: Option<Link>,
}

/// The table between the two sides of a many-to-many relation.
#[derive(Debug)]
pub struct Link {
    /// The table as a model of its own, whose objects are [`LinkRow`]s.
    pub model: &'static ModelDef,
    /// Its columns that refer to this side.
    pub local: Vec<u16>,
    /// Its columns that refer to the other side.
    pub remote: Vec<u16>,
    /// Whether the library makes the table.
    pub own_table: bool,
}

impl Relation {
    /// Whether the foreign key is on this side.
    pub fn holds_key(&self) -> bool {
        self.definition.kind == RelationKind::BelongsTo
    }

    /// Refuses to follow a relation deeper than one step that leads to another model.
    pub(crate) fn check_recursive(&self) -> Result<()> {
        if self.target.is(self.owner) {
            return Ok(());
        }
        Err(Error::invalid_query(format!(
            "`depth` and `recursive` follow a relation of a model to itself, and {} leads to `{}`: name each step, as in \
             `.with(|u| u.posts().comments())`",
            self.name(),
            self.target.name
        )))
    }

    /// The order that the relation itself asks for.
    pub(crate) fn order(&self, row: Path) -> Result<Vec<Order>> {
        let mut terms = Vec::new();
        for (field, descending) in self.definition.order_by {
            let column =
                self.target.columns.iter().find(|column| column.field == *field || column.name == *field);
            let column = column.ok_or_else(|| {
                let (name, target) = (self.name(), self.target.name);
                Error::invalid_model(format!(
                    "{name} is ordered by `{field}`, which `{target}` does not have"
                ))
            })?;
            let column = Column::<()>::new(row, column);
            terms.push(if *descending { column.desc() } else { column.asc() });
        }
        Ok(terms)
    }

    /// `User.posts`
    pub fn name(&self) -> String {
        name(self.owner, self.definition)
    }
}

fn name(model: &ModelDef, relation: &RelationDef) -> String {
    format!("`{}.{}`", model.name, relation.field)
}

fn address(model: &ModelDef) -> usize {
    model.columns.as_ptr().addr()
}

/// The relations of a model.
pub fn of(model: &'static ModelDef) -> Result<&'static [Relation]> {
    static KNOWN: RwLock<Option<FxHashMap<usize, &'static [Relation]>>> = RwLock::new(None);
    if model.relations.is_empty() {
        return Ok(&[]);
    }
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(relations) = known.as_ref().and_then(|known| known.get(&address(model))) {
        return Ok(relations);
    }
    drop(known);
    let relations: &'static [Relation] = Box::leak(resolve(model)?.into_boxed_slice());
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    Ok(known.get_or_insert_default().entry(address(model)).or_insert(relations))
}

fn resolve(model: &'static ModelDef) -> Result<Vec<Relation>> {
    let mut relations = Vec::with_capacity(model.relations.len());
    for (index, definition) in model.relations.iter().enumerate() {
        let target = (definition.target)();
        let Joined { local, remote, link } = join(model, definition)?;
        if definition.cascade.has(crate::definition::Cascade::DELETE_ORPHAN)
            && matches!(definition.kind, RelationKind::BelongsTo | RelationKind::ManyToMany)
        {
            return Err(Error::invalid_model(format!(
                "{} has cascade \"delete-orphan\", which belongs on the side of the parent: write it on the `HasMany` or \
                 `HasOne` field of `{}`",
                name(model, definition),
                target.name
            )));
        }
        let mut relation = Relation {
            definition,
            index: index as u8,
            owner: model,
            target,
            local,
            remote,
            inverse: None,
            link,
        };
        relation.inverse = inverse(&relation)?;
        relations.push(relation);
    }
    Ok(relations)
}

/// The other side: the relation of the target that joins the same columns the other way round.
fn inverse(relation: &Relation) -> Result<Option<u8>> {
    for (index, candidate) in relation.target.relations.iter().enumerate() {
        if !(candidate.target)().is(relation.owner) {
            continue;
        }
        let is_itself = relation.target.is(relation.owner) && index == usize::from(relation.index);
        if is_itself {
            continue;
        }
        let Joined { local, remote, link } = join(relation.target, candidate)?;
        let same = match (&relation.link, &link) {
            (None, None) => {
                let opposite = (candidate.kind == RelationKind::BelongsTo) != relation.holds_key();
                opposite && local == relation.remote && remote == relation.local
            }
            (Some(here), Some(there)) => {
                here.model.table == there.model.table
                    && here.local == there.remote
                    && here.remote == there.local
            }
            _ => false,
        };
        if same {
            return Ok(Some(index as u8));
        }
    }
    Ok(None)
}

struct Joined {
    local: Vec<u16>,
    remote: Vec<u16>,
    link: Option<Link>,
}

fn join(model: &'static ModelDef, relation: &'static RelationDef) -> Result<Joined> {
    let target = (relation.target)();
    match relation.kind {
        RelationKind::BelongsTo => {
            let remote = referred(model, relation.columns, target, relation)?;
            Ok(Joined { local: relation.columns.to_vec(), remote, link: None })
        }
        RelationKind::HasOne | RelationKind::HasMany => {
            let remote = foreign_key_of(model, relation, target)?;
            let local = referred(target, &remote, model, relation)?;
            Ok(Joined { local, remote, link: None })
        }
        RelationKind::ManyToMany => {
            let link = through::link(model, relation, target)?;
            Ok(Joined {
                local: model.primary_key.to_vec(),
                remote: target.primary_key.to_vec(),
                link: Some(link),
            })
        }
    }
}

/// The columns of `parent` that foreign key columns of `child` refer to.
fn referred(
    child: &'static ModelDef,
    columns: &[u16],
    parent: &'static ModelDef,
    relation: &RelationDef,
) -> Result<Vec<u16>> {
    let mut referred = Vec::with_capacity(columns.len());
    for position in columns {
        let column = &child.columns[usize::from(*position)];
        match &column.references {
            Some(reference) if (reference.model)().is(parent) => {
                referred.push(referred_column(child, column)?.index);
            }
            _ => {
                return Err(Error::invalid_model(format!(
                    "relation `{}` joins `{}.{}`, which does not reference `{}`: write `#[orm(references = {})]` on it",
                    relation.field, child.name, column.field, parent.name, parent.name
                )));
            }
        }
    }
    Ok(referred)
}

/// The foreign key of the target that a `HasMany` or `HasOne` is the other side of.
fn foreign_key_of(
    model: &'static ModelDef,
    relation: &'static RelationDef,
    target: &'static ModelDef,
) -> Result<Vec<u16>> {
    let refers = |column: &&ColumnDef| {
        column.references.as_ref().is_some_and(|reference| (reference.model)().is(model))
    };
    let here = name(model, relation);
    if let Some(via) = relation.via {
        let other = target.relations.iter().find(|other| other.field == via);
        if let Some(other) = other.filter(|other| other.kind == RelationKind::BelongsTo) {
            return Ok(other.columns.to_vec());
        }
        let column = target.columns.iter().find(|column| column.field == via || column.name == via);
        return match column.filter(refers) {
            Some(column) => Ok(vec![column.index]),
            None => Err(Error::invalid_model(format!(
                "{here} names `via = \"{via}\"`, but `{}` has no such foreign key to `{}`: {}",
                target.name,
                model.name,
                candidates(target, model)
            ))),
        };
    }
    let keys: Vec<u16> = target.columns.iter().filter(refers).map(|column| column.index).collect();
    match keys.as_slice() {
        [only] => Ok(vec![*only]),
        [] => Err(Error::invalid_model(format!(
            "{here} has no other side: give `{}` a field with `#[orm(references = {})]`",
            target.name, model.name
        ))),
        _ => Err(Error::invalid_model(format!(
            "{here} may be the other side of several foreign keys: say which, with `via = \"..\"`; {}",
            candidates(target, model)
        ))),
    }
}

fn candidates(target: &ModelDef, model: &ModelDef) -> String {
    let fields: Vec<String> = target
        .columns
        .iter()
        .filter(|column| column.references.as_ref().is_some_and(|reference| (reference.model)().is(model)))
        .map(|column| format!("`{}`", column.field))
        .collect();
    if fields.is_empty() {
        "there is none".to_owned()
    } else {
        format!("the candidates are {}", fields.join(", "))
    }
}

/// The column that a reference points at.
pub(crate) fn referred_column(model: &ModelDef, column: &ColumnDef) -> Result<&'static ColumnDef> {
    let here = format!("`{}.{}`", model.name, column.field);
    let Some(reference) = &column.references else {
        return Err(Error::invalid_model(format!("{here} references nothing")));
    };
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
            "{here} references `{}`, whose primary key has several columns: name the column, as in \
             `references = {}::column`",
            target.name, target.name
        ))),
    }
}
