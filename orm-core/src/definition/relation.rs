//! What the derive says of a relation field. Which columns it joins is worked out when the models of the program are known.

use std::any::Any;

use super::ModelDef;
use crate::path::Path;

/// The condition of a relation for the row at a path: a `Node` of the syntax tree, which is defined above this module.
pub type Condition = fn(Path) -> Box<dyn Any>;

/// How many rows a relation leads to, and which side holds the foreign key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelationKind {
    /// One row; the foreign key is here.
    BelongsTo,
    /// At most one row; the foreign key is there.
    HasOne,
    /// Any number of rows; the foreign key is there.
    HasMany,
    /// Any number of rows, through a table of links.
    ManyToMany,
}

/// What follows a relation when something happens to an object. SQLAlchemy's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cascade(u8);

impl Cascade {
    /// Nothing follows.
    pub const NONE: Cascade = Cascade(0);
    /// `save-update`: what the relation holds is added together with its owner.
    pub const SAVE: Cascade = Cascade(1);
    /// `delete`: what the relation leads to is deleted together with its owner.
    pub const DELETE: Cascade = Cascade(2);
    /// `delete-orphan`: what is taken out of the relation is deleted, unless it has a new owner.
    pub const DELETE_ORPHAN: Cascade = Cascade(4);
    /// `merge`: follows a merge.
    pub const MERGE: Cascade = Cascade(8);
    /// `refresh-expire`: follows a refresh.
    pub const REFRESH: Cascade = Cascade(16);
    /// `expunge`: leaves the session together with its owner.
    pub const EXPUNGE: Cascade = Cascade(32);
    /// `save-update, merge`: what a relation has that says nothing.
    pub const DEFAULT: Cascade = Cascade(1 | 8);
    /// `all`: everything but `delete-orphan`.
    pub const ALL: Cascade = Cascade(1 | 2 | 8 | 16 | 32);

    /// Both.
    #[must_use]
    pub const fn with(self, other: Cascade) -> Cascade {
        Cascade(self.0 | other.0)
    }

    /// Whether all of `other` is included.
    pub const fn has(self, other: Cascade) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What a many-to-many relation goes through.
#[derive(Clone, Copy, Debug)]
pub enum Through {
    /// A table of nothing but the two keys, which the library makes.
    Table(&'static str),
    /// A model with a foreign key to each side; its other columns take their defaults.
    Model(fn() -> &'static ModelDef),
}

/// One relation field of a model.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RelationDef {
    /// The field.
    pub field: &'static str,
    /// How many rows it leads to.
    pub kind: RelationKind,
    /// The model that it leads to.
    pub target: fn() -> &'static ModelDef,
    /// The fields of this model that hold the foreign key; for `BelongsTo` only.
    pub columns: &'static [u16],
    /// The field of the other model that this is the other side of: its relation field, or its foreign key.
    pub via: Option<&'static str>,
    /// The table of links; for `ManyToMany` only.
    pub through: Option<Through>,
    /// What follows the relation.
    pub cascade: Cascade,
    /// Whether rows that are not loaded are left to the database's own ON DELETE.
    pub passive_deletes: bool,
    /// Whether changes of the field are refused.
    pub view_only: bool,
    /// The condition that the rows of a relation meet which is only viewed.
    pub filter: Option<Condition>,
    /// The order of a collection: fields of the other model, and whether each descends.
    pub order_by: &'static [(&'static str, bool)],
}

impl RelationDef {
    /// A relation with the default cascades; the rest is added by the methods below.
    pub const fn new(field: &'static str, kind: RelationKind, target: fn() -> &'static ModelDef) -> Self {
        RelationDef {
            field,
            kind,
            target,
            columns: &[],
            via: None,
            through: None,
            cascade: Cascade::DEFAULT,
            passive_deletes: false,
            view_only: false,
            filter: None,
            order_by: &[],
        }
    }

    /// The foreign key's columns here.
    pub const fn columns(mut self, columns: &'static [u16]) -> Self {
        self.columns = columns;
        self
    }

    /// The other side.
    pub const fn via(mut self, field: &'static str) -> Self {
        self.via = Some(field);
        self
    }

    /// The links.
    pub const fn through(mut self, through: Through) -> Self {
        self.through = Some(through);
        self
    }

    /// What follows.
    pub const fn cascade(mut self, cascade: Cascade) -> Self {
        self.cascade = cascade;
        self
    }

    /// Leaves rows that are not loaded to the database.
    pub const fn passive_deletes(mut self) -> Self {
        self.passive_deletes = true;
        self
    }

    /// Refuses changes.
    pub const fn view_only(mut self) -> Self {
        self.view_only = true;
        self
    }

    /// Leads only to rows that meet a condition.
    pub const fn filter(mut self, condition: Condition) -> Self {
        self.filter = Some(condition);
        self
    }

    /// The order of a collection.
    pub const fn order_by(mut self, terms: &'static [(&'static str, bool)]) -> Self {
        self.order_by = terms;
        self
    }

    /// Whether the relation leads to any number of rows.
    pub const fn is_collection(&self) -> bool {
        matches!(self.kind, RelationKind::HasMany | RelationKind::ManyToMany)
    }
}
