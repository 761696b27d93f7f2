//! Projections: structs that name what a query reads. The derive writes a small description of each; everything that works
//! on descriptions is compiled once. Called by the query builder and by the ends of a query. No SQL text.

mod beside;
mod field;
mod levels;
mod part;

use std::any::{Any, TypeId};
use std::marker::PhantomData;

use crate::definition::{ModelDef, RelationDef};
use crate::error::{Error, Result};
use crate::links::{self, Relation};
use crate::model::{Cols, Model, Narrowing, Otherwise, Probe};
use crate::node::Node;
use crate::path::Path;

use super::selection::Cells;

pub use beside::{Of, RowOf};
pub use field::{Composite, FieldKind, FieldOf, Nested, ProjectedField, locate};
pub(super) use levels::fetch;
pub use part::Part;

/// A struct of what a query reads: columns, expressions, and other projections along relations. Derive only.
///
/// [`Query::project`](super::Query::project) reads it. Its values belong to the caller; no session tracks them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection",
    label = "not a projection",
    note = "write `#[derive(orm::Projection)] #[orm(from = User)]` on `{Self}`"
)]
pub trait Projection: Sized + Send + 'static {
    /// The model that it is read from.
    type Model: Model;
    /// Its name, for messages.
    const NAME: &'static str;
    /// Its fields, in their order.
    const FIELDS: &'static [ProjectedField];
    /// Everything that the core, compiled once, works with.
    #[doc(hidden)]
    const DEFINITION: &'static ProjectionDef = &ProjectionDef {
        name: Self::NAME,
        id: TypeId::of::<Self>(),
        fields: Self::FIELDS,
        model: <Self::Model as Model>::model,
        describe: Self::describe,
        batch: levels::batch::<Self>,
    };
    /// Says what is read for a row, field by field.
    fn describe(parts: &mut Parts);
    /// Reads the values of a row, in the order of the fields. Collections are empty, and take no value.
    fn read(cells: &mut Cells<'_>) -> Result<Self>;
    /// The projection of a row, to be selected beside other things: `select(|p| (Byline::of(p.author()), p.likes))`. One with
    /// a `Vec` of others does not stand here: [`Query::project`](super::Query::project) reads it.
    fn of<R: RowOf<Self::Model>>(row: R) -> Of<Self, R::Kind> {
        Of::new(row.path())
    }
    /// The collection of this number, of this struct or one that it contains; none where that is missing.
    #[doc(hidden)]
    fn collection(&mut self, number: usize) -> Option<&mut dyn Any> {
        let _ = number;
        None
    }
}

/// A query that gives projections.
pub struct Projected<P>(PhantomData<fn() -> P>);

/// A projection without its type.
#[derive(Debug)]
pub struct ProjectionDef {
    pub(crate) name: &'static str,
    /// What tells it from others.
    id: TypeId,
    pub(crate) fields: &'static [ProjectedField],
    model: fn() -> &'static ModelDef,
    describe: fn(&mut Parts),
    /// An empty list of its values.
    batch: fn() -> Box<dyn levels::Batch>,
}

/// Refuses a projection with collections, which are read by further statements once all rows are there.
pub(super) fn check_stream(definition: &'static ProjectionDef) -> Result<()> {
    match definition.fields.iter().find(|field| field.collections > 0) {
        None => Ok(()),
        Some(field) => Err(Error::invalid_query(format!(
            "`{}.{}` holds a list, which is read by a statement of its own: ask for `all` or a page in place of a stream",
            definition.name, field.name
        ))),
    }
}

/// What a projection reads for one row: filled by [`Projection::describe`].
pub struct Parts {
    /// The row that is described.
    row: Path,
    definition: &'static ProjectionDef,
    /// The field that is described.
    field: usize,
    output: Vec<Node>,
    collections: Vec<Collection>,
    /// The first thing that is wrong.
    error: Option<Error>,
}

/// A collection to read.
struct Collection {
    relation: &'static Relation,
    /// Of the row that owns it.
    key: Vec<Node>,
    narrowing: Narrowing,
    /// What its rows become.
    definition: &'static ProjectionDef,
    /// The field.
    origin: Origin,
}

/// A field of a projection.
#[derive(Clone, Copy)]
struct Origin {
    definition: &'static ProjectionDef,
    field: usize,
}

impl Origin {
    fn is(self, other: Origin) -> bool {
        self.definition.id == other.definition.id && self.field == other.field
    }

    fn get(self) -> &'static ProjectedField {
        &self.definition.fields[self.field]
    }

    /// `Card.posts`
    fn name(self) -> String {
        format!("`{}.{}`", self.definition.name, self.get().name)
    }
}

/// Adds what a projection reads to a select list: its values, and behind them the keys that its collections hang on. Where
/// the row may be missing, something says whether it is there.
pub(super) fn append(
    definition: &'static ProjectionDef,
    row: Path,
    may_be_missing: bool,
    output: &mut Vec<Node>,
) {
    if may_be_missing && field::presence(definition.fields).is_none() {
        output.push(definition.key(row));
    }
    output.append(&mut Parts::of(definition, row).into_output());
}

impl ProjectionDef {
    /// A column that is never NULL in a row that is there.
    fn key(&self, row: Path) -> Node {
        let model = (self.model)();
        Node::Column(row, &model.columns[usize::from(model.primary_key[0])])
    }
}

impl Parts {
    fn of(definition: &'static ProjectionDef, row: Path) -> Parts {
        let mut parts =
            Parts { row, definition, field: 0, output: Vec::new(), collections: Vec::new(), error: None };
        (definition.describe)(&mut parts);
        parts
    }

    fn into_output(self) -> Vec<Node> {
        let mut output = self.output;
        for mut collection in self.collections {
            output.append(&mut collection.key);
        }
        output
    }

    /// The columns of the row.
    pub fn row<M: Model>(&self) -> Cols<M> {
        M::columns(self.row)
    }

    /// The columns of the row; names that are none are those of `F`.
    pub fn probe<M: Model, F: Otherwise>(&self) -> M::Columns<Probe<F>> {
        M::columns(self.row)
    }

    /// Adds a field of type `T`: a column, or what a relation leads to.
    pub fn add<T, E: Part<T>>(&mut self, part: E) {
        part.add_to(self);
    }

    /// Adds a field of type `T` that is computed from the row.
    pub fn computed<M: Model, T, E: Part<T>>(&mut self, expression: impl FnOnce(Cols<M>) -> E) {
        expression(M::columns(self.row)).add_to(self);
    }

    fn value(&mut self, node: Node) {
        self.output.push(node);
        self.field += 1;
    }

    /// Describes a projection of the row that a reference leads to.
    fn one(&mut self, definition: &'static ProjectionDef, at: Path, may_be_missing: bool) {
        if may_be_missing && field::presence(definition.fields).is_none() {
            self.output.push(definition.key(at));
        }
        let (row, outer, field) = (self.row, self.definition, self.field);
        (self.row, self.definition, self.field) = (at, definition, 0);
        (definition.describe)(self);
        (self.row, self.definition, self.field) = (row, outer, field + 1);
    }

    /// Describes a collection, which is read by a statement of its own.
    fn many(
        &mut self,
        definition: &'static ProjectionDef,
        (at, narrowing, loads_along): (Path, Narrowing, bool),
    ) {
        let origin = Origin { definition: self.definition, field: self.field };
        self.field += 1;
        if loads_along {
            self.fail(format!(
                "{} reads `{}`, which names what is read of its own rows: leave `with` out",
                origin.name(),
                definition.name
            ));
        }
        match self.owner(at, origin) {
            Ok((owner, relation)) => {
                let mut key = Vec::new();
                for column in &relation.local {
                    key.push(Node::Column(owner, &relation.owner.columns[usize::from(*column)]));
                }
                self.collections.push(Collection { relation, key, narrowing, definition, origin });
            }
            Err(error) => self.error = self.error.take().or(Some(error)),
        }
    }

    fn fail(&mut self, message: String) {
        self.error.get_or_insert_with(|| Error::invalid_query(message));
    }

    /// The row that a step into a collection starts from, and the relation.
    fn owner(&self, at: Path, origin: Origin) -> Result<(Path, &'static Relation)> {
        let too_long = || Error::invalid_query(format!("a path walks at most {} relations", Path::LONGEST));
        let (owner, last) = at.parent().ok_or_else(too_long)?;
        let walked = owner.steps().get(self.row.steps().len()..).unwrap_or_default();
        let mut model = (self.definition.model)();
        for step in walked {
            let relation: &RelationDef = &model.relations[usize::from(*step)];
            if relation.is_collection() {
                return Err(Error::invalid_query(format!(
                    "{} leads through the collection `{}.{}`: read that one, with a projection that contains the other",
                    origin.name(),
                    model.name,
                    relation.field
                )));
            }
            model = (relation.target)();
        }
        Ok((owner, &links::of(model)?[usize::from(last)]))
    }
}

impl<P> std::fmt::Debug for Projected<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Projected")
    }
}
