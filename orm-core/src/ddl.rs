//! CREATE and DROP of the tables of a set of models: order, columns, constraints, names. Text only, no I/O; called by
//! `metadata`.
//!
//! Names follow one convention: `uq_<table>_<columns>`, `ix_<table>_<columns>`, `fk_<table>_<columns>`,
//! `ck_<table>_<column or number>`; one that is too long for a backend (64 characters) ends in a hash.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use crate::definition::{ColumnDef, ModelDef, ReferentialAction};
use crate::dialect::{ColumnUse, Dialect};
use crate::error::{Error, Result};
use crate::links::{ForeignKey, references};
use crate::render::quote_into;
use crate::types::SqlType;

/// The shortest limit among the backends: identifiers of at most 64 characters.
const NAME_LENGTH: usize = 64;

/// Statements to run in order, and what runs before and after them outside of any transaction.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) statements: Vec<String>,
    pub(crate) around: Option<(&'static str, &'static str)>,
}

/// Parents before children where the references allow it; by table name otherwise.
pub(crate) fn creation_order(models: &[&'static ModelDef]) -> Vec<&'static ModelDef> {
    let mut order: Vec<&'static ModelDef> = Vec::new();
    let mut left: Vec<&'static ModelDef> = models.to_vec();
    while !left.is_empty() {
        let waits = |model: &ModelDef, left: &[&'static ModelDef]| {
            let mut parents = model.referred_models();
            parents.any(|parent| !parent.is(model) && left.iter().any(|other| other.is(parent)))
        };
        // In a cycle nobody is ready: the first by name goes, and its references are added later where that is needed.
        let next = left.iter().position(|model| !waits(model, &left)).unwrap_or(0);
        order.push(left.remove(next));
    }
    order
}

/// Creates the tables that do not exist yet. `models` stand in creation order.
pub(crate) fn create(
    models: &[&'static ModelDef],
    existing: &[String],
    dialect: &dyn Dialect,
) -> Result<Script> {
    let capabilities = dialect.capabilities();
    let (mut tables, mut later) = (Vec::new(), Vec::new());
    let mut created: Vec<&ModelDef> = Vec::new();
    for model in models {
        if existing.iter().any(|table| table == model.table) {
            created.push(model);
            continue;
        }
        created.push(model);
        let table = Table { model, dialect };
        let is_there = |target: &ModelDef| created.iter().any(|other| other.is(target));
        tables.push(table.create(&is_there)?);
        if capabilities.create_index_if_not_exists {
            for columns in table.indexes() {
                tables.push(table.create_index(&columns));
            }
        }
        if !capabilities.forward_references {
            for key in references(model)?.iter().filter(|key| !is_there(key.parent)) {
                later.push(table.add_foreign_key(key)?);
            }
        }
    }
    tables.append(&mut later);
    Ok(Script { statements: tables, around: None })
}

/// Drops the tables, children first. `models` stand in creation order.
pub(crate) fn drop(models: &[&'static ModelDef], dialect: &dyn Dialect) -> Script {
    let mut statements = Vec::new();
    for model in models.iter().rev() {
        let mut sql = String::from("DROP TABLE IF EXISTS ");
        quote_into(&mut sql, dialect, model.table);
        statements.push(sql);
    }
    Script { statements, around: dialect.without_foreign_keys() }
}

/// Whether a foreign key of one type can point at a column of the other on every backend.
pub(crate) fn same_storage(one: SqlType, other: SqlType) -> bool {
    one == other
}

struct Table<'a> {
    model: &'static ModelDef,
    dialect: &'a dyn Dialect,
}

impl Table<'_> {
    fn quoted(&self, identifier: &str) -> String {
        let mut sql = String::new();
        quote_into(&mut sql, self.dialect, identifier);
        sql
    }

    fn list(&self, columns: &[&ColumnDef]) -> String {
        let names: Vec<String> = columns.iter().map(|column| self.quoted(column.name)).collect();
        names.join(", ")
    }

    fn name(&self, prefix: &str, columns: &[&ColumnDef]) -> String {
        let mut name = format!("{prefix}_{}", self.model.table);
        for column in columns {
            name.push('_');
            name.push_str(column.name);
        }
        self.quoted(&shortened(name))
    }

    fn at(&self, positions: &[u16]) -> Vec<&'static ColumnDef> {
        positions.iter().map(|position| &self.model.columns[usize::from(*position)]).collect()
    }

    fn uniques(&self) -> impl Iterator<Item = Vec<&'static ColumnDef>> + '_ {
        let single = self.model.columns.iter().filter(|column| column.unique).map(|column| vec![column]);
        single.chain(self.model.uniques.iter().map(|positions| self.at(positions)))
    }

    fn indexes(&self) -> impl Iterator<Item = Vec<&'static ColumnDef>> + '_ {
        let single = self.model.columns.iter().filter(|column| column.indexed).map(|column| vec![column]);
        single.chain(self.model.indexes.iter().map(|positions| self.at(positions)))
    }

    fn usage(&self, column: &ColumnDef) -> ColumnUse {
        let listed = |lists: &[&[u16]]| lists.iter().any(|list| list.contains(&column.index));
        let indexed = column.primary_key
            || column.unique
            || column.indexed
            || column.references.is_some()
            || self.model.foreign_keys.iter().any(|key| key.columns.contains(&column.index))
            || listed(self.model.uniques)
            || listed(self.model.indexes);
        if indexed { ColumnUse::Indexed } else { ColumnUse::Plain }
    }

    fn create(&self, is_there: &dyn Fn(&ModelDef) -> bool) -> Result<String> {
        let capabilities = self.dialect.capabilities();
        let mut lines = Vec::new();
        let mut key_declared = false;
        for column in self.model.columns {
            lines.push(self.column(column, &mut key_declared)?);
        }
        if !key_declared {
            let key: Vec<&ColumnDef> = self.model.key_columns().collect();
            lines.push(format!("PRIMARY KEY ({})", self.list(&key)));
        }
        for columns in self.uniques() {
            lines.push(format!("CONSTRAINT {} UNIQUE ({})", self.name("uq", &columns), self.list(&columns)));
        }
        for column in self.model.columns {
            if let Some(check) = column.check {
                lines.push(format!("CONSTRAINT {} CHECK ({check})", self.name("ck", &[column])));
            }
        }
        for (number, check) in self.model.checks.iter().enumerate() {
            let name = self.quoted(&shortened(format!("ck_{}_{}", self.model.table, number + 1)));
            lines.push(format!("CONSTRAINT {name} CHECK ({check})"));
        }
        for key in references(self.model)? {
            if capabilities.forward_references || is_there(key.parent) {
                lines.push(self.foreign_key(key)?);
            }
        }
        if !capabilities.create_index_if_not_exists {
            for columns in self.indexes() {
                lines.push(format!("INDEX {} ({})", self.name("ix", &columns), self.list(&columns)));
            }
        }
        let options = self.dialect.table_options(self.model.comment);
        let table = self.quoted(self.model.table);
        Ok(format!("CREATE TABLE IF NOT EXISTS {table} (\n  {}\n){options}", lines.join(",\n  ")))
    }

    fn column(&self, column: &ColumnDef, key_declared: &mut bool) -> Result<String> {
        let mut line = self.quoted(column.name);
        line.push(' ');
        if column.generated {
            let generated = self.dialect.generated_key(self.model, column)?;
            line.push_str(&generated.definition);
            *key_declared |= generated.declares_primary_key;
        } else {
            line.push_str(&self.dialect.column_type(self.model, column, self.usage(column))?);
            line.push_str(if column.nullable { " NULL" } else { " NOT NULL" });
            if let Some(default) = column.server_default {
                // In parentheses, so that any expression is taken.
                line.push_str(&format!(" DEFAULT ({default})"));
            }
        }
        if let Some(comment) = column.comment {
            line.push_str(&self.dialect.column_comment(comment));
        }
        Ok(line)
    }

    fn foreign_key(&self, key: &ForeignKey) -> Result<String> {
        let ForeignKey { model: _, columns, parent, referred, on_delete, on_update, .. } = key;
        let columns = self.at(columns);
        let referred: Vec<&ColumnDef> =
            referred.iter().map(|column| &parent.columns[usize::from(*column)]).collect();
        let mut line = format!(
            "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({})",
            self.name("fk", &columns),
            self.list(&columns),
            self.quoted(parent.table),
            self.list(&referred)
        );
        for (event, action) in [(" ON DELETE ", on_delete), (" ON UPDATE ", on_update)] {
            if let Some(action) = action_sql(*action) {
                if action == "SET DEFAULT" && !self.dialect.has_set_default() {
                    let feature = format!("{}:{event}{action}", key.name());
                    return Err(Error::unsupported(feature, self.dialect.name()));
                }
                line.push_str(event);
                line.push_str(action);
            }
        }
        Ok(line)
    }

    fn add_foreign_key(&self, key: &ForeignKey) -> Result<String> {
        Ok(format!("ALTER TABLE {} ADD {}", self.quoted(self.model.table), self.foreign_key(key)?))
    }

    fn create_index(&self, columns: &[&ColumnDef]) -> String {
        let name = self.name("ix", columns);
        format!(
            "CREATE INDEX IF NOT EXISTS {name} ON {} ({})",
            self.quoted(self.model.table),
            self.list(columns)
        )
    }
}

fn action_sql(action: ReferentialAction) -> Option<&'static str> {
    match action {
        ReferentialAction::NoAction => None,
        ReferentialAction::Restrict => Some("RESTRICT"),
        ReferentialAction::Cascade => Some("CASCADE"),
        ReferentialAction::SetNull => Some("SET NULL"),
        ReferentialAction::SetDefault => Some("SET DEFAULT"),
    }
}

fn shortened(name: String) -> String {
    if name.chars().count() <= NAME_LENGTH {
        return name;
    }
    let mut hasher = FxHasher::default();
    name.hash(&mut hasher);
    let kept: String = name.chars().take(NAME_LENGTH - 9).collect();
    format!("{kept}_{:08x}", hasher.finish() as u32)
}
