//! How models hang together: the columns that each relation joins, its other side, and the tables of many-to-many links.
//! Worked out once a model, from the metadata alone; what does not fit is an error that names both fields.

mod foreign_keys;
mod known;
mod through;

use crate::column::Column;
use crate::definition::{ColumnDef, ModelDef, RelationDef, RelationKind};
use crate::error::{Error, Result};
use crate::model::Narrowing;
use crate::node::{Node, Order};
use crate::path::Path;

use known::Known;

pub(crate) use foreign_keys::{Followed, followed};
pub use foreign_keys::{ForeignKey, references};
pub use through::LinkRow;
pub(crate) use through::{differ, link_through};

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
    /// The foreign key that is followed; none through links.
    pub key: Option<&'static ForeignKey>,
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
    /// The model whose table it is; none where the library makes the table.
    pub through: Option<&'static ModelDef>,
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

    /// Whether the relation leads along this foreign key, from either side.
    pub(crate) fn follows(&self, key: &ForeignKey) -> bool {
        self.key.is_some_and(|own| own.is(key))
    }

    /// The condition that the relation itself sets for its rows.
    pub(crate) fn condition(&self, row: Path) -> Option<Node> {
        let condition = (self.definition.filter?)(row);
        condition.downcast().ok().map(|node| *node)
    }

    /// The order of the rows of one owner: the query's own, or else the relation's, and then the key's, so that it is always
    /// the same.
    pub(crate) fn order(&self, row: Path, narrowing: Option<&Narrowing>) -> Result<Vec<Order>> {
        let mut terms = narrowing.map(|narrowing| narrowing.order.clone()).unwrap_or_default();
        if terms.is_empty() {
            for (field, descending) in self.definition.order_by {
                let column = Column::<()>::new(row, self.ordering(field)?);
                terms.push(if *descending { column.desc() } else { column.asc() });
            }
        }
        for column in self.target.key_columns() {
            let is_there = |term: &Order| matches!(term.node, Node::Column(of, known) if of == row && known.index == column.index);
            if !terms.iter().any(is_there) {
                terms.push(Column::<()>::new(row, column).asc());
            }
        }
        Ok(terms)
    }

    /// The column that the relation says its rows are ordered by.
    fn ordering(&self, field: &str) -> Result<&'static ColumnDef> {
        let column = self.target.columns.iter().find(|column| column.field == field || column.name == field);
        column.ok_or_else(|| {
            let (name, target) = (self.name(), self.target.name);
            Error::invalid_model(format!("{name} is ordered by `{field}`, which `{target}` does not have"))
        })
    }

    /// `User.posts`
    pub fn name(&self) -> String {
        name(self.owner, self.definition)
    }
}

fn name(model: &ModelDef, relation: &RelationDef) -> String {
    format!("`{}.{}`", model.name, relation.field)
}

/// The relations of a model.
pub fn of(model: &'static ModelDef) -> Result<&'static [Relation]> {
    static KNOWN: Known<Relation> = Known::new();
    if model.relations.is_empty() {
        return Ok(&[]);
    }
    match KNOWN.get(model) {
        Some(relations) => Ok(relations),
        None => Ok(KNOWN.keep(model, resolve(model)?)),
    }
}

fn resolve(model: &'static ModelDef) -> Result<Vec<Relation>> {
    let mut relations = Vec::with_capacity(model.relations.len());
    for (index, definition) in model.relations.iter().enumerate() {
        let target = (definition.target)();
        let Joined { local, remote, key, link } = join(model, definition)?;
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
            key,
            inverse: None,
            link,
        };
        relation.inverse = inverse(&relation)?;
        relations.push(relation);
    }
    Ok(relations)
}

/// The other side: the relation of the target that joins the same columns the other way round. One that is only viewed is
/// a side of its own.
fn inverse(relation: &Relation) -> Result<Option<u8>> {
    if relation.definition.view_only {
        return Ok(None);
    }
    for (index, candidate) in relation.target.relations.iter().enumerate() {
        if candidate.view_only || !(candidate.target)().is(relation.owner) {
            continue;
        }
        let is_itself = relation.target.is(relation.owner) && index == usize::from(relation.index);
        if is_itself {
            continue;
        }
        let Joined { key, link, .. } = join(relation.target, candidate)?;
        let same = match (&relation.link, &link) {
            (None, None) => {
                let opposite = (candidate.kind == RelationKind::BelongsTo) != relation.holds_key();
                opposite && key.is_some_and(|key| relation.follows(key))
            }
            (Some(here), Some(there)) => {
                here.model.is(there.model) && here.local == there.remote && here.remote == there.local
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
    key: Option<&'static ForeignKey>,
    link: Option<Link>,
}

fn join(model: &'static ModelDef, relation: &'static RelationDef) -> Result<Joined> {
    let target = (relation.target)();
    match relation.kind {
        RelationKind::BelongsTo => {
            let key = own_key(model, relation, target)?;
            Ok(Joined {
                local: key.columns.clone(),
                remote: key.referred.clone(),
                key: Some(key),
                link: None,
            })
        }
        RelationKind::HasOne | RelationKind::HasMany => {
            let key = key_of_target(model, relation, target)?;
            Ok(Joined {
                local: key.referred.clone(),
                remote: key.columns.clone(),
                key: Some(key),
                link: None,
            })
        }
        RelationKind::ManyToMany => through::join(model, relation, target),
    }
}

/// The foreign key that a `BelongsTo` names by its columns.
fn own_key(
    model: &'static ModelDef,
    relation: &RelationDef,
    target: &'static ModelDef,
) -> Result<&'static ForeignKey> {
    let same = |key: &&ForeignKey| {
        key.columns.len() == relation.columns.len()
            && key.columns.iter().all(|column| relation.columns.contains(column))
            && key.parent.is(target)
    };
    references(model)?.iter().find(same).ok_or_else(|| {
        let fields = foreign_keys::fields_of(model, relation.columns);
        let place = match relation.columns {
            [_] => format!("`#[orm(references = {})]` on `{}.{fields}`", target.name, model.name),
            _ => {
                format!("`#[orm(foreign_key({fields}, references = {}))]` on `{}`", target.name, model.name)
            }
        };
        let here = name(model, relation);
        Error::invalid_model(format!(
            "{here} joins `{fields}`, which does not reference `{}`: write {place}",
            target.name
        ))
    })
}

/// The foreign key of the target that a `HasMany` or `HasOne` is the other side of.
fn key_of_target(
    model: &'static ModelDef,
    relation: &'static RelationDef,
    target: &'static ModelDef,
) -> Result<&'static ForeignKey> {
    let here = name(model, relation);
    let all = references(target)?;
    let candidates: Vec<&'static ForeignKey> = all.iter().filter(|key| key.parent.is(model)).collect();
    let listed = |candidates: &[&ForeignKey]| {
        let fields: Vec<String> = candidates.iter().map(|key| format!("`{}`", key.fields())).collect();
        if fields.is_empty() {
            "there is none".to_owned()
        } else {
            format!("the candidates are {}", fields.join(", "))
        }
    };
    let Some(via) = relation.via else {
        return match candidates.as_slice() {
            [only] => Ok(only),
            [] => Err(Error::invalid_model(format!(
                "{here} has no other side: give `{}` {}",
                target.name,
                how_to_refer(model)
            ))),
            _ => Err(Error::invalid_model(format!(
                "{here} may be the other side of several foreign keys: say which, with `via = \"..\"`; {}",
                listed(&candidates)
            ))),
        };
    };
    let other = target.relations.iter().find(|other| other.field == via);
    if let Some(other) = other.filter(|other| other.kind == RelationKind::BelongsTo) {
        if !(other.target)().is(model) {
            return Err(Error::invalid_model(format!(
                "{here} names `via = \"{via}\"`, but {} leads to `{}`: {}",
                name(target, other),
                (other.target)().name,
                listed(&candidates)
            )));
        }
        return own_key(target, other, model);
    }
    let mut named = candidates.iter().filter(|key| names(key, via));
    match (named.next(), named.next()) {
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => Err(Error::invalid_model(format!(
            "{here} names `via = \"{via}\"`, which is part of several foreign keys: name all columns of one; {}",
            listed(&candidates)
        ))),
        (None, _) => Err(Error::invalid_model(format!(
            "{here} names `via = \"{via}\"`, but `{}` has no such foreign key to `{}`: {}",
            target.name,
            model.name,
            listed(&candidates)
        ))),
    }
}

/// Whether a `via` names a foreign key: all of its columns, or one of them.
fn names(key: &ForeignKey, via: &str) -> bool {
    let fields: Vec<&str> = via.split(',').map(str::trim).collect();
    let has = |field: &&str| {
        let mut columns = key.columns.iter().map(|column| &key.model.columns[usize::from(*column)]);
        columns.any(|column| column.field == *field || column.name == *field)
    };
    fields.iter().all(has) && (fields.len() == 1 || fields.len() == key.columns.len())
}

/// What another model needs to refer to this one.
fn how_to_refer(model: &ModelDef) -> String {
    match model.primary_key {
        [_] => format!("a field with `#[orm(references = {})]`", model.name),
        key => format!(
            "a field for each of `{}`, and `#[orm(foreign_key(.., references = {}))]`",
            foreign_keys::fields_of(model, key),
            model.name
        ),
    }
}
