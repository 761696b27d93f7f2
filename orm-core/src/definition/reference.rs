//! Foreign keys, as the derive states them: of one column, or of several. Which columns they refer to is worked out when the
//! models of the program are known.

use super::ModelDef;

/// What happens to a referring row when the row that it refers to goes, or changes its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferentialAction {
    /// The change is refused (at the end of the statement or transaction, where the backend can wait).
    NoAction,
    /// The change is refused at once.
    Restrict,
    /// The referring row goes, or follows.
    Cascade,
    /// The referring columns become NULL.
    SetNull,
    /// The referring columns take their server default.
    SetDefault,
}

/// A foreign key on one column.
#[derive(Clone, Copy, Debug)]
pub struct Reference {
    /// The model referred to.
    pub model: fn() -> &'static ModelDef,
    /// The column referred to, by the name of its field; the primary key where `None`.
    pub column: Option<&'static str>,
    /// ON DELETE.
    pub on_delete: ReferentialAction,
    /// ON UPDATE.
    pub on_update: ReferentialAction,
}

impl Reference {
    /// A reference to the primary key of a model.
    pub const fn new(model: fn() -> &'static ModelDef) -> Self {
        Reference {
            model,
            column: None,
            on_delete: ReferentialAction::NoAction,
            on_update: ReferentialAction::NoAction,
        }
    }

    /// Refers to another column than the primary key.
    pub const fn column(mut self, column: &'static str) -> Self {
        self.column = Some(column);
        self
    }

    /// Sets ON DELETE.
    pub const fn on_delete(mut self, action: ReferentialAction) -> Self {
        self.on_delete = action;
        self
    }

    /// Sets ON UPDATE.
    pub const fn on_update(mut self, action: ReferentialAction) -> Self {
        self.on_update = action;
        self
    }
}

/// A foreign key over several columns.
#[derive(Clone, Copy, Debug)]
pub struct ForeignKeyDef {
    /// The columns here, as positions.
    pub columns: &'static [u16],
    /// The model, and what happens when its row goes or changes its key.
    pub reference: Reference,
    /// The fields referred to, in the order of the columns; the primary key where empty.
    pub fields: &'static [&'static str],
}

impl ForeignKeyDef {
    /// A foreign key to the primary key of a model.
    pub const fn new(columns: &'static [u16], reference: Reference) -> Self {
        ForeignKeyDef { columns, reference, fields: &[] }
    }

    /// Refers to other fields than the primary key.
    pub const fn fields(mut self, fields: &'static [&'static str]) -> Self {
        self.fields = fields;
        self
    }
}
