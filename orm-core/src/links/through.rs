//! Link tables: found by name and columns, whichever side asks first, and made up where no model stands for them; their rows
//! are objects like any other.

use std::sync::{PoisonError, RwLock};

use smallvec::SmallVec;

use super::foreign_keys::{ForeignKey, fields_of, references};
use super::{Joined, Link, name, names, of};
use crate::definition::{
    AnyModel, ColumnDef, ForeignKeyDef, ModelDef, Reference, ReferentialAction, RelationDef, Row, Through,
};
use crate::error::{Error, Result};
use crate::key::KeyValues;
use crate::types::Mismatch;
use crate::value::{Encoded, Value, ValueRef};

/// What a many-to-many relation joins.
pub(super) fn join(
    model: &'static ModelDef,
    relation: &'static RelationDef,
    target: &'static ModelDef,
) -> Result<Joined> {
    match relation.through {
        None => Err(Error::invalid_model(format!(
            "{} needs `through = \"table\"`, or `through = Model`",
            name(model, relation)
        ))),
        Some(Through::Table(table)) => {
            let link = own_link(model, relation, target, table);
            let (local, remote) = (model.primary_key.to_vec(), target.primary_key.to_vec());
            Ok(Joined { local, remote, key: None, link: Some(link) })
        }
        Some(Through::Model(through)) => {
            let through = through();
            let here = side(model, relation, through, model, relation.via, None)?;
            let there = side(model, relation, through, target, None, Some(here))?;
            let (local, remote) = (here.referred.clone(), there.referred.clone());
            let link = link_model(through.table, [Side::of_key(here), Side::of_key(there)], Some(through));
            Ok(Joined { local, remote, key: None, link: Some(link) })
        }
    }
}

/// The foreign key of an association object to one side.
fn side(
    model: &'static ModelDef,
    relation: &'static RelationDef,
    through: &'static ModelDef,
    side: &'static ModelDef,
    via: Option<&str>,
    taken: Option<&ForeignKey>,
) -> Result<&'static ForeignKey> {
    let fits = |key: &&ForeignKey| {
        key.parent.is(side)
            && taken.is_none_or(|taken| !taken.is(key))
            && via.is_none_or(|via| names(key, via))
    };
    let keys: Vec<&'static ForeignKey> = references(through)?.iter().filter(fits).collect();
    match keys.as_slice() {
        [only] => Ok(only),
        several => {
            let fields: Vec<String> = several.iter().map(|key| format!("`{}`", key.fields())).collect();
            let remedy = match several {
                [] => match via {
                    Some(via) => format!(" that `via = \"{via}\"` names"),
                    None => String::new(),
                },
                _ => format!(" ({}): say which, with `via = \"..\"`", fields.join(", ")),
            };
            Err(Error::invalid_model(format!(
                "{} goes through `{}`, which must have one foreign key to `{}`, and has {}{remedy}",
                name(model, relation),
                through.name,
                side.name,
                several.len()
            )))
        }
    }
}

/// The links that a model's rows are, where a many-to-many relation goes through it.
pub(crate) fn link_through(model: &'static ModelDef) -> Option<&'static Link> {
    if model.referred_models().count() < 2 {
        return None;
    }
    let mut relations = model.referred_models().flat_map(|side| of(side).unwrap_or_default());
    relations.find_map(|relation| {
        let link = relation.link.as_ref().filter(|link| link.through.is_some())?;
        (link.model.table == model.table).then_some(link)
    })
}

/// One side of a link table: columns that refer to a key.
struct Side {
    columns: Vec<ColumnDef>,
    reference: Reference,
    /// The fields referred to, where it is not the primary key.
    fields: Vec<&'static str>,
}

impl Side {
    /// The side that a foreign key of an association object is.
    fn of_key(key: &ForeignKey) -> Side {
        let columns = key.columns.iter().map(|column| key.model.columns[usize::from(*column)]).collect();
        let reference = Reference::new(key.parent.itself).on_delete(key.on_delete).on_update(key.on_update);
        let fields = key.referred.iter().map(|column| key.parent.columns[usize::from(*column)].field);
        Side { columns, reference, fields: fields.collect() }
    }

    /// The side of a table that the library makes: the primary key of a model, with names that tell of which model.
    fn of_table(side: &'static ModelDef, prefix: &str) -> Side {
        let column = |key: &'static ColumnDef| {
            let mut column = *key;
            column.name = Box::leak(format!("{prefix}_{}", key.name).into_boxed_str());
            column.field = column.name;
            column.generated = false;
            column.version = false;
            column.default = false;
            column.server_default = None;
            column.check = None;
            column.comment = None;
            column.unique = false;
            column.indexed = false;
            column
        };
        let reference = Reference::new(side.itself)
            .on_delete(ReferentialAction::Cascade)
            .on_update(ReferentialAction::Cascade);
        let fields = side.key_columns().map(|key| key.field).collect();
        Side { columns: side.key_columns().map(column).collect(), reference, fields }
    }
}

/// A table of two foreign keys, named after the models.
fn own_link(
    model: &'static ModelDef,
    relation: &'static RelationDef,
    target: &'static ModelDef,
    table: &'static str,
) -> Link {
    let there = if model.is(target) { relation.field.to_owned() } else { snake_case(target.name) };
    let sides = [Side::of_table(model, &snake_case(model.name)), Side::of_table(target, &there)];
    link_model(table, sides, None)
}

/// One definition a table and set of columns, whichever side asks first.
fn link_model(table: &'static str, sides: [Side; 2], through: Option<&'static ModelDef>) -> Link {
    static KNOWN: RwLock<Vec<&'static ModelDef>> = RwLock::new(Vec::new());
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    let positions = |model: &ModelDef, side: &Side| -> Option<Vec<u16>> {
        side.columns.iter().map(|column| Some(model.column(column.name)?.index)).collect()
    };
    // Both sides may refer by one column.
    let mut names: Vec<&str> =
        sides.iter().flat_map(|side| &side.columns).map(|column| column.name).collect();
    names.sort_unstable();
    names.dedup();
    let of_table = |model: &ModelDef| {
        let (local, remote) = (positions(model, &sides[0])?, positions(model, &sides[1])?);
        (model.table == table && model.columns.len() == names.len()).then_some((local, remote))
    };
    for model in known.iter() {
        if let Some((local, remote)) = of_table(model) {
            return Link { model, local, remote, through };
        }
    }
    let model = new_link_model(table, &sides);
    known.push(model);
    let (local, remote) = of_table(model).unwrap_or_default();
    Link { model, local, remote, through }
}

fn new_link_model(table: &'static str, sides: &[Side; 2]) -> &'static ModelDef {
    // In the same order whichever side asked.
    let [one, other] = sides;
    let name = |side: &Side| side.columns.first().map_or("", |column| column.name);
    let sides = if name(one) <= name(other) { [one, other] } else { [other, one] };
    let mut columns: Vec<ColumnDef> = Vec::new();
    let mut keys: Vec<ForeignKeyDef> = Vec::new();
    for Side { columns: own, reference, fields } in sides {
        let mut positions: Vec<u16> = Vec::new();
        for column in own {
            let known = columns.iter().position(|known| known.name == column.name);
            let index = known.unwrap_or(columns.len()) as u16;
            if known.is_none() {
                let mut column = *column;
                column.index = index;
                column.primary_key = true;
                column.nullable = false;
                column.references = None;
                columns.push(column);
            }
            positions.push(index);
        }
        match (positions.as_slice(), fields.as_slice()) {
            ([only], [field]) => columns[usize::from(*only)].references = Some(reference.column(field)),
            (several, fields) => {
                let (positions, fields) = (Box::leak(several.into()), Box::leak(fields.into()));
                keys.push(ForeignKeyDef::new(positions, *reference).fields(fields));
            }
        }
    }
    let key: Vec<u16> = columns.iter().map(|column| column.index).collect();
    let (columns, key): (&[ColumnDef], &[u16]) = (Box::leak(columns.into()), Box::leak(key.into()));
    let model = ModelDef::new(table, "", table, columns, key, LinkRow::read);
    Box::leak(Box::new(model.foreign_keys(Box::leak(keys.into()))))
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

/// What two link tables of one name have, if they differ: they cannot both be made.
pub(crate) fn differ(one: &ModelDef, other: &ModelDef) -> Option<[String; 2]> {
    let both = one.table == other.table && !one.is(other);
    both.then(|| [one, other].map(|link| fields_of(link, link.primary_key)))
}

/// A row of a link table.
#[derive(Debug)]
pub struct LinkRow {
    model: &'static ModelDef,
    values: SmallVec<[Value; 2]>,
}

impl LinkRow {
    /// A link between two keys: the values of the table's columns, in their order.
    pub fn new(model: &'static ModelDef, values: KeyValues) -> Self {
        LinkRow { model, values }
    }

    fn read(row: Row<'_>) -> Result<Box<dyn AnyModel>> {
        let model = row.model();
        let values = model.columns.iter().map(|column| row.value(column.index).to_value()).collect();
        Ok(Box::new(LinkRow::new(model, values)))
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
