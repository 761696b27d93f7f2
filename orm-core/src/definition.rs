//! What a derived model says of itself without types: static metadata, and the accessors that the compiled-once core
//! calls. `#[derive(Model)]` writes all of it; nobody else should. No I/O, no SQL.

mod block;
mod items;
mod list;
mod reference;
mod relation;

use std::any::Any;

use crate::error::{Error, ErrorKind, Result};
use crate::types::{ColumnType, Mismatch, SqlType};
use crate::value::{Encoded, ValueRef};

pub use block::Block;
pub(crate) use items::Removed;
pub use items::{Item, Items, Load};
pub use list::List;
pub(crate) use list::Seen;
pub use reference::{ForeignKeyDef, Reference, ReferentialAction};
pub use relation::{Cascade, Condition, RelationDef, RelationKind, Strategy, Through};

/// One column of a model.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ColumnDef {
    /// The field of the struct.
    pub field: &'static str,
    /// The column in the database.
    pub name: &'static str,
    /// The position among the model's columns.
    pub index: u16,
    /// The logical type.
    pub sql_type: SqlType,
    /// Whether it takes NULL.
    pub nullable: bool,
    /// Whether its field gives integers, text and bytes as they were read: see [`ColumnType::AS_READ`].
    pub as_read: bool,
    /// Whether it belongs to the primary key.
    pub primary_key: bool,
    /// Whether the database makes the value when none is set: an integer primary key.
    pub generated: bool,
    /// Whether it counts the versions of its row.
    pub version: bool,
    /// Whether no two rows have the same value.
    pub unique: bool,
    /// Whether it has an index of its own.
    pub indexed: bool,
    /// Whether the model has a Rust default for it (`default = ..`).
    pub default: bool,
    /// The default of the database, as SQL.
    pub server_default: Option<&'static str>,
    /// A condition that the database checks, as SQL.
    pub check: Option<&'static str>,
    /// The foreign key.
    pub references: Option<Reference>,
    /// The doc comment of the field.
    pub comment: Option<&'static str>,
}

impl ColumnDef {
    /// A column of the type of its field; the other properties are added by the methods below.
    pub const fn new<T: ColumnType>(field: &'static str, name: &'static str, index: u16) -> Self {
        ColumnDef {
            field,
            name,
            index,
            sql_type: T::TYPE,
            nullable: T::NULLABLE,
            as_read: T::AS_READ,
            primary_key: false,
            generated: false,
            version: false,
            unique: false,
            indexed: false,
            default: false,
            server_default: None,
            check: None,
            references: None,
            comment: None,
        }
    }

    /// Has these names and this position.
    pub const fn named(mut self, field: &'static str, name: &'static str, index: u16) -> Self {
        self.field = field;
        self.name = name;
        self.index = index;
        self
    }

    /// Belongs to the primary key, and is therefore never NULL in the database.
    pub const fn primary_key(mut self) -> Self {
        self.primary_key = true;
        self.nullable = false;
        self
    }

    /// Made by the database where it is an integer and nothing was set.
    pub const fn generated(mut self) -> Self {
        self.generated = self.sql_type.is_integer();
        self
    }

    /// Counts the versions of its row.
    #[track_caller]
    pub const fn version(mut self) -> Self {
        assert!(
            self.sql_type.is_integer() && !self.nullable,
            "a version column is a plain integer, such as i64"
        );
        self.version = true;
        self
    }

    /// At most this many characters (text) or bytes.
    #[track_caller]
    pub const fn length(mut self, length: u32) -> Self {
        self.sql_type = match self.sql_type {
            SqlType::Text { .. } => SqlType::Text { length: Some(length) },
            SqlType::Bytes { .. } => SqlType::Bytes { length: Some(length) },
            _ => panic!("`length` is for text and bytes only"),
        };
        self
    }

    /// So many digits, and so many of them after the point.
    #[track_caller]
    pub const fn precision(mut self, precision: u8, scale: u8) -> Self {
        assert!(
            matches!(self.sql_type, SqlType::Decimal { .. }),
            "`precision` and `scale` are for decimal numbers only"
        );
        assert!(
            precision >= 1 && precision <= 65 && scale <= 30 && scale <= precision,
            "precision is 1 to 65, scale 0 to 30 and at most the precision"
        );
        self.sql_type = SqlType::Decimal { precision, scale };
        self
    }

    /// No two rows have the same value.
    pub const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Has an index of its own.
    pub const fn indexed(mut self) -> Self {
        self.indexed = true;
        self
    }

    /// Has a Rust default.
    pub const fn default(mut self) -> Self {
        self.default = true;
        self
    }

    /// Has a default in the database.
    pub const fn server_default(mut self, sql: &'static str) -> Self {
        self.server_default = Some(sql);
        self
    }

    /// Is checked by the database.
    pub const fn check(mut self, sql: &'static str) -> Self {
        self.check = Some(sql);
        self
    }

    /// Refers to another model.
    pub const fn references(mut self, reference: Reference) -> Self {
        self.references = Some(reference);
        self
    }

    /// Has a comment.
    pub const fn comment(mut self, text: &'static str) -> Self {
        self.comment = Some(text);
        self
    }
}

/// One model: its table and columns, and how a row becomes an object.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ModelDef {
    /// The type's name.
    pub name: &'static str,
    /// The module that the type is in.
    pub module: &'static str,
    /// The table.
    pub table: &'static str,
    /// The columns, in the order of the fields.
    pub columns: &'static [ColumnDef],
    /// The positions of the primary key's columns.
    pub primary_key: &'static [u16],
    /// Unique constraints over several columns, as positions.
    pub uniques: &'static [&'static [u16]],
    /// Indexes over several columns, as positions.
    pub indexes: &'static [&'static [u16]],
    /// Conditions that the database checks for each row, as SQL.
    pub checks: &'static [&'static str],
    /// Foreign keys over several columns.
    pub foreign_keys: &'static [ForeignKeyDef],
    /// The relation fields, in their order.
    pub relations: &'static [RelationDef],
    /// The doc comment of the struct.
    pub comment: Option<&'static str>,
    /// Gives this definition, as references hold it.
    pub itself: fn() -> &'static ModelDef,
    /// Builds an object from a row, boxed for the session.
    pub read: fn(Row<'_>) -> Result<Box<dyn AnyModel>>,
    /// Makes an empty block of objects, for collections of untracked results.
    pub block: fn() -> Box<dyn Block>,
}

impl ModelDef {
    /// A model; constraints over several columns are added by the methods below.
    pub const fn new(
        name: &'static str,
        module: &'static str,
        table: &'static str,
        columns: &'static [ColumnDef],
        primary_key: &'static [u16],
        read: fn(Row<'_>) -> Result<Box<dyn AnyModel>>,
    ) -> Self {
        ModelDef {
            name,
            module,
            table,
            columns,
            primary_key,
            uniques: &[],
            indexes: &[],
            checks: &[],
            foreign_keys: &[],
            relations: &[],
            comment: None,
            itself: unnamed,
            read,
            block: || Box::new(Vec::<Box<dyn AnyModel>>::new()),
        }
    }

    /// Unique constraints over several columns.
    pub const fn uniques(mut self, uniques: &'static [&'static [u16]]) -> Self {
        self.uniques = uniques;
        self
    }

    /// Indexes over several columns.
    pub const fn indexes(mut self, indexes: &'static [&'static [u16]]) -> Self {
        self.indexes = indexes;
        self
    }

    /// Conditions that the database checks.
    pub const fn checks(mut self, checks: &'static [&'static str]) -> Self {
        self.checks = checks;
        self
    }

    /// Foreign keys over several columns.
    pub const fn foreign_keys(mut self, foreign_keys: &'static [ForeignKeyDef]) -> Self {
        self.foreign_keys = foreign_keys;
        self
    }

    /// The function that gives this definition.
    pub const fn itself(mut self, itself: fn() -> &'static ModelDef) -> Self {
        self.itself = itself;
        self
    }

    /// How blocks of its objects are made.
    pub const fn block(mut self, block: fn() -> Box<dyn Block>) -> Self {
        self.block = block;
        self
    }

    /// The relation fields.
    pub const fn relations(mut self, relations: &'static [RelationDef]) -> Self {
        self.relations = relations;
        self
    }

    /// Has a comment.
    pub const fn comment(mut self, text: &'static str) -> Self {
        self.comment = Some(text);
        self
    }

    /// The column with this name in the database.
    pub fn column(&self, name: &str) -> Option<&'static ColumnDef> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns of the primary key.
    pub fn key_columns(&self) -> impl Iterator<Item = &'static ColumnDef> + use<> {
        let columns = self.columns;
        self.primary_key.iter().map(move |index| &columns[usize::from(*index)])
    }

    /// The column that the database makes, if there is one.
    pub fn generated_key(&self) -> Option<&'static ColumnDef> {
        self.key_columns().find(|column| column.generated)
    }

    /// The column that counts versions, if there is one.
    pub fn version_column(&self) -> Option<&'static ColumnDef> {
        self.columns.iter().find(|column| column.version)
    }

    /// The models that foreign keys of this one refer to, once for each key.
    pub fn referred_models(&self) -> impl Iterator<Item = &'static ModelDef> + use<> {
        let (columns, foreign_keys) = (self.columns, self.foreign_keys);
        let single = columns.iter().filter_map(|column| column.references.as_ref());
        single.chain(foreign_keys.iter().map(|key| &key.reference)).map(|reference| (reference.model)())
    }

    /// The address of its columns: one for each model of the program, to be a key of maps.
    #[inline]
    pub(crate) fn address(&self) -> usize {
        self.columns.as_ptr().addr()
    }

    /// Whether two definitions are of one model.
    pub fn is(&self, other: &ModelDef) -> bool {
        std::ptr::eq(self.columns.as_ptr(), other.columns.as_ptr()) && self.table == other.table
    }
}

/// Stands where nobody refers to a definition: link tables.
fn unnamed() -> &'static ModelDef {
    static UNNAMED: ModelDef = ModelDef::new("", "", "", &[], &[], |_| Err(Error::not_found("")));
    &UNNAMED
}

/// The half of a model that the core, compiled once, works with. Derive only.
pub trait AnyModel: Any + Send + Sync {
    /// The model's metadata.
    fn definition(&self) -> &'static ModelDef;
    /// The value of a column.
    fn value(&self, column: u16) -> Encoded<'_>;
    /// Writes a column's value into its field. The error is a mismatch without names: see [`Row::mismatch`].
    fn set_value(&mut self, column: u16, value: ValueRef<'_>) -> Result<(), Mismatch>;
    /// Whether the field of a column holds "nothing was set".
    fn is_unset(&self, column: u16) -> bool;
    /// Writes the Rust default of a column into its field, where it has one.
    fn set_default(&mut self, column: u16);
    /// What a relation field holds.
    fn relation(&self, relation: u8) -> Option<&Items> {
        let _ = relation;
        None
    }
    /// What a relation field holds, to change.
    fn relation_mut(&mut self, relation: u8) -> Option<&mut Items> {
        let _ = relation;
        None
    }
}

impl std::fmt::Debug for dyn AnyModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.definition().name)
    }
}

/// A row that a backend hands on, starting at a model's first column.
#[derive(Clone, Copy, Debug)]
pub struct Row<'r> {
    values: &'r [ValueRef<'r>],
    model: &'static ModelDef,
}

impl<'r> Row<'r> {
    /// A row of a model's columns.
    #[inline]
    pub fn new(values: &'r [ValueRef<'r>], model: &'static ModelDef) -> Self {
        Row { values, model }
    }

    /// The model that the row is of.
    pub fn model(&self) -> &'static ModelDef {
        self.model
    }

    /// The value at a column's position.
    #[inline]
    pub fn value(&self, column: u16) -> ValueRef<'r> {
        self.values[usize::from(column)]
    }

    /// The value at a column's position as the type of its field.
    #[inline]
    pub fn get<T: ColumnType>(&self, column: u16) -> Result<T> {
        match T::decode(self.value(column)) {
            Ok(value) => Ok(value),
            Err(mismatch) => Err(Row::mismatch(self.model, column, &mismatch)),
        }
    }

    /// Names the model and the column of a mismatch.
    #[cold]
    pub fn mismatch(model: &'static ModelDef, column: u16, mismatch: &Mismatch) -> Error {
        Error::new(ErrorKind::Decode {
            model: model.name.into(),
            column: model.columns[usize::from(column)].name.into(),
            expected: mismatch.expected().into(),
            found: mismatch.found().into(),
        })
    }
}

/// A model that announces itself at start-up; the derive submits one, `metadata()` collects them.
#[derive(Debug)]
pub struct Registered(pub &'static ModelDef);

inventory::collect!(Registered);
