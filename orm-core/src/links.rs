//! How models hang together: the columns that each relation joins, its other side, and the tables of many-to-many links.
//! Worked out once a model, from the metadata alone; what does not fit is an error that names both fields.

use std::sync::{PoisonError, RwLock};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::column::Column;
use crate::definition::{
    AnyModel, ColumnDef, ModelDef, Reference, ReferentialAction, RelationDef, RelationKind, Row, Through,
};
use crate::error::{Error, Result};
use crate::node::Order;
use crate::path::Path;
use crate::types::Mismatch;
use crate::value::{Encoded, Value, ValueRef};

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
            let link = link(model, relation, target)?;
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

// Links.

fn link(model: &'static ModelDef, relation: &'static RelationDef, target: &'static ModelDef) -> Result<Link> {
    match relation.through {
        None => Err(Error::invalid_model(format!(
            "{} needs `through = \"table\"`, or `through = Model`",
            name(model, relation)
        ))),
        Some(Through::Table(table)) => own_link(model, relation, target, table),
        Some(Through::Model(through)) => {
            let through = through();
            let side = |side: &'static ModelDef, via: Option<&str>, taken: &[u16]| -> Result<Vec<u16>> {
                let keys: Vec<u16> = through
                    .columns
                    .iter()
                    .filter(|column| {
                        let refers =
                            column.references.as_ref().is_some_and(|reference| (reference.model)().is(side));
                        refers && !taken.contains(&column.index) && via.is_none_or(|via| column.field == via)
                    })
                    .map(|column| column.index)
                    .collect();
                match keys.as_slice() {
                    [_] => Ok(keys),
                    _ => Err(Error::invalid_model(format!(
                        "{} goes through `{}`, which must have one foreign key to `{}`, and has {}{}",
                        name(model, relation),
                        through.name,
                        side.name,
                        keys.len(),
                        if keys.len() > 1 { ": say which, with `via = \"..\"`" } else { "" }
                    ))),
                }
            };
            let local = side(model, relation.via, &[])?;
            let remote = side(target, None, &local)?;
            let columns = [through.columns[usize::from(local[0])], through.columns[usize::from(remote[0])]];
            let (link, mirrored) = link_model(through.table, columns);
            let (first, second) = if mirrored { (1, 0) } else { (0, 1) };
            Ok(Link { model: link, local: vec![first], remote: vec![second], own_table: false })
        }
    }
}

/// The links that a model's rows are, where a many-to-many relation goes through it.
pub(crate) fn link_through(model: &'static ModelDef) -> Option<&'static ModelDef> {
    let references = model.columns.iter().filter_map(|column| column.references.as_ref());
    if references.clone().count() < 2 {
        return None;
    }
    let sides = references.map(|reference| (reference.model)());
    let mut relations = sides.flat_map(|side| of(side).unwrap_or_default());
    relations.find_map(|relation| {
        let link = relation.link.as_ref().filter(|link| !link.own_table)?;
        (link.model.table == model.table).then_some(link.model)
    })
}

/// A table of two foreign keys, named after the models.
fn own_link(
    model: &'static ModelDef,
    relation: &'static RelationDef,
    target: &'static ModelDef,
    table: &'static str,
) -> Result<Link> {
    let key = |side: &'static ModelDef| -> Result<&'static ColumnDef> {
        let mut key = side.key_columns();
        match (key.next(), key.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(Error::invalid_model(format!(
                "{} links through a table, but the primary key of `{}` has several columns: make the links a model, and \
                 write `through = ThatModel`",
                name(model, relation),
                side.name
            ))),
        }
    };
    let (here, there) = (key(model)?, key(target)?);
    let column = |side: &'static ModelDef, key: &'static ColumnDef, prefix: String| {
        let mut column = *key;
        column.name = Box::leak(format!("{prefix}_{}", key.name).into_boxed_str());
        column.field = column.name;
        column.primary_key = true;
        column.generated = false;
        column.nullable = false;
        column.default = false;
        column.server_default = None;
        column.check = None;
        column.comment = None;
        column.unique = false;
        column.indexed = false;
        let mut reference = Reference::new(definition_of(side)).on_delete(ReferentialAction::Cascade);
        reference.column = Some(key.name);
        column.references = Some(reference);
        column
    };
    let remote_prefix = if model.is(target) { relation.field.to_owned() } else { snake_case(target.name) };
    let columns = [column(model, here, snake_case(model.name)), column(target, there, remote_prefix)];
    let (link, mirrored) = link_model(table, columns);
    let (first, second) = if mirrored { (1, 0) } else { (0, 1) };
    Ok(Link { model: link, local: vec![first], remote: vec![second], own_table: true })
}

/// One definition a table and pair of columns, whichever side asks first; whether the columns stand the other way round.
fn link_model(table: &'static str, columns: [ColumnDef; 2]) -> (&'static ModelDef, bool) {
    static KNOWN: RwLock<Vec<&'static ModelDef>> = RwLock::new(Vec::new());
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    for model in known.iter().filter(|model| model.table == table) {
        if model.columns[0].name == columns[0].name && model.columns[1].name == columns[1].name {
            return (model, false);
        }
        if model.columns[0].name == columns[1].name && model.columns[1].name == columns[0].name {
            return (model, true);
        }
    }
    let mut columns = columns;
    for (index, column) in columns.iter_mut().enumerate() {
        column.index = index as u16;
        column.primary_key = true;
        column.nullable = false;
    }
    let columns: &'static [ColumnDef] = Box::leak(Box::new(columns));
    let model: &'static ModelDef =
        Box::leak(Box::new(ModelDef::new(table, "", table, columns, &[0, 1], LinkRow::read)));
    known.push(model);
    (model, false)
}

/// The function that gives a model's definition, as references hold it. A definition knows itself only by its columns'
/// references and relations, so the function is looked up among those that name the model.
fn definition_of(model: &'static ModelDef) -> fn() -> &'static ModelDef {
    model.itself
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for (position, character) in name.chars().enumerate() {
        if character.is_uppercase() && position > 0 {
            snake.push('_');
        }
        snake.extend(character.to_lowercase());
    }
    snake
}

/// A row of a link table.
#[derive(Debug)]
pub struct LinkRow {
    model: &'static ModelDef,
    values: SmallVec<[Value; 2]>,
}

impl LinkRow {
    /// A link between two keys, in the order of the table's columns.
    pub fn new(model: &'static ModelDef, values: [Value; 2]) -> Self {
        LinkRow { model, values: values.into() }
    }

    fn read(row: Row<'_>) -> Result<Box<dyn AnyModel>> {
        let values = [row.value(0).to_value(), row.value(1).to_value()];
        Ok(Box::new(LinkRow::new(row.model(), values)))
    }
}

impl AnyModel for LinkRow {
    fn definition(&self) -> &'static ModelDef {
        self.model
    }

    fn value(&self, column: u16) -> Encoded<'_> {
        self.values.get(usize::from(column)).map_or(ValueRef::Null, Value::as_ref).into()
    }

    fn set_value(&mut self, column: u16, value: ValueRef<'_>) -> Result<(), Mismatch> {
        if let Some(place) = self.values.get_mut(usize::from(column)) {
            *place = value.to_value();
        }
        Ok(())
    }

    fn is_unset(&self, _column: u16) -> bool {
        false
    }

    fn set_default(&mut self, _column: u16) {}
}
