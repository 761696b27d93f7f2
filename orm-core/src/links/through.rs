//! Link tables: found by name and columns, whichever side asks first, and made up where no model stands for them; their rows
//! are objects like any other.

use std::sync::{PoisonError, RwLock};

use smallvec::SmallVec;

use super::{Link, name, of};
use crate::definition::{
    AnyModel, ColumnDef, ModelDef, Reference, ReferentialAction, RelationDef, Row, Through,
};
use crate::error::{Error, Result};
use crate::types::Mismatch;
use crate::value::{Encoded, Value, ValueRef};

pub(super) fn link(
    model: &'static ModelDef,
    relation: &'static RelationDef,
    target: &'static ModelDef,
) -> Result<Link> {
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
