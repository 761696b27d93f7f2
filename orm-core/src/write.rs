//! The texts of the flush: INSERT, UPDATE and DELETE of many like rows, and the SELECTs by key. Text only: the values are
//! bound in the order that each function documents. Called by the flush and the loader through the engine's text cache.

use crate::columns::ColumnSet;
use crate::definition::{ColumnDef, ModelDef};
use crate::dialect::Dialect;
use crate::render::quote_into;

/// Builds one text.
struct Text<'d> {
    sql: String,
    dialect: &'d dyn Dialect,
}

impl Text<'_> {
    fn new(dialect: &dyn Dialect) -> Text<'_> {
        Text { sql: String::new(), dialect }
    }

    fn push(&mut self, text: &str) -> &mut Self {
        self.sql.push_str(text);
        self
    }

    fn quote(&mut self, identifier: &str) -> &mut Self {
        quote_into(&mut self.sql, self.dialect, identifier);
        self
    }

    fn names<'c>(&mut self, columns: impl Iterator<Item = &'c ColumnDef>) -> &mut Self {
        for (position, column) in columns.enumerate() {
            self.push(if position > 0 { ", " } else { "" }).quote(column.name);
        }
        self
    }

    /// `?, ?, ?`
    fn placeholders(&mut self, count: usize) -> &mut Self {
        for position in 0..count {
            self.push(if position > 0 { ", ?" } else { "?" });
        }
        self
    }

    /// `a = ? AND b = ?`
    fn equals(&mut self, columns: &[&ColumnDef]) -> &mut Self {
        for (position, column) in columns.iter().enumerate() {
            self.push(if position > 0 { " AND " } else { "" }).quote(column.name).push(" = ?");
        }
        self
    }

    /// `function(?1, key, 0)`
    fn given(&mut self, function: &str, key: &ColumnDef, position: usize) -> &mut Self {
        self.push(function).push("(?1, ").quote(key.name);
        self.sql.push_str(&format!(", {position})"));
        self
    }

    /// `a IN (?, ?)`, or `(a, b) IN ((?, ?), (?, ?))` in the form that every backend takes.
    fn one_of(&mut self, columns: &[&ColumnDef], rows: usize) -> &mut Self {
        if let ([column], true) = (columns, rows == 1) {
            return self.quote(column.name).push(" = ?");
        }
        if rows == 1 {
            return self.equals(columns);
        }
        if let [column] = columns {
            return self.quote(column.name).push(" IN (").placeholders(rows).push(")");
        }
        for row in 0..rows {
            self.push(if row > 0 { " OR (" } else { "(" }).equals(columns).push(")");
        }
        self
    }
}

fn columns_of<'m>(model: &'m ModelDef, set: &'m ColumnSet) -> impl Iterator<Item = &'m ColumnDef> {
    set.iter().map(|position| &model.columns[usize::from(position)])
}

/// The columns that find a row again: its key, and its version where it has one.
pub(crate) fn identifying(model: &'static ModelDef) -> Vec<&'static ColumnDef> {
    let mut columns: Vec<&ColumnDef> = model.key_columns().collect();
    columns.extend(model.version_column());
    columns
}

/// Binds the columns of the set, row by row.
pub(crate) fn insert(
    dialect: &dyn Dialect,
    model: &ModelDef,
    columns: &ColumnSet,
    rows: usize,
    returning: &ColumnSet,
) -> String {
    let mut text = Text::new(dialect);
    text.push("INSERT INTO ").quote(model.table);
    if columns.is_empty() {
        text.push(dialect.default_values());
    } else {
        text.push(" (").names(columns_of(model, columns)).push(") VALUES ");
        for row in 0..rows {
            text.push(if row > 0 { ", (" } else { "(" }).placeholders(columns.len()).push(")");
        }
    }
    if !returning.is_empty() {
        text.push(" RETURNING ").names(columns_of(model, returning));
    }
    text.sql
}

/// Binds the columns of the set but those that take the database's default, then the identifying columns.
pub(crate) fn update(
    dialect: &dyn Dialect,
    model: &'static ModelDef,
    columns: &ColumnSet,
    defaults: &ColumnSet,
) -> String {
    let mut text = Text::new(dialect);
    text.push("UPDATE ").quote(model.table).push(" SET ");
    for (position, column) in columns_of(model, columns).enumerate() {
        text.push(if position > 0 { ", " } else { "" }).quote(column.name);
        match column.server_default.filter(|_| defaults.contains(column.index)) {
            Some(default) => text.push(" = (").push(default).push(")"),
            None => text.push(" = ?"),
        };
    }
    text.push(" WHERE ").equals(&identifying(model));
    text.sql
}

/// Writes all rows of a range of keys, and asks for their values by a function: see
/// [`Range`](crate::engine::Range). The positions of the values are those in which [`update`] binds them. The key is one column,
/// which is not among those of the set.
pub(crate) fn update_range(
    dialect: &dyn Dialect,
    model: &'static ModelDef,
    columns: &ColumnSet,
    function: &str,
) -> String {
    let mut text = Text::new(dialect);
    let Some(key) = model.key_columns().next() else { return text.sql };
    text.push("UPDATE ").quote(model.table).push(" SET ");
    for (position, column) in columns_of(model, columns).enumerate() {
        text.push(if position > 0 { ", " } else { "" });
        text.quote(column.name).push(" = ").given(function, key, position);
    }
    text.push(" WHERE ").quote(key.name).push(" BETWEEN ?2 AND ?3");
    for (position, column) in (columns.len()..).zip(identifying(model)) {
        text.push(" AND ").quote(column.name).push(" = ").given(function, key, position);
    }
    text.sql
}

/// Binds, for each column of the set and each row, the key and the new value; then the identifying columns of each row.
///
/// The key of a row decides which value it gets, so a set must not hold key columns.
pub(crate) fn update_case(
    dialect: &dyn Dialect,
    model: &'static ModelDef,
    columns: &ColumnSet,
    rows: usize,
) -> String {
    let key: Vec<&ColumnDef> = model.key_columns().collect();
    let mut text = Text::new(dialect);
    text.push("UPDATE ").quote(model.table).push(" SET ");
    for (position, column) in columns_of(model, columns).enumerate() {
        text.push(if position > 0 { ", " } else { "" }).quote(column.name).push(" = CASE ");
        if let [only] = key.as_slice() {
            text.quote(only.name);
            for _ in 0..rows {
                text.push(" WHEN ? THEN ?");
            }
        } else {
            for _ in 0..rows {
                text.push("WHEN ").equals(&key).push(" THEN ? ");
            }
        }
        text.push(" END");
    }
    text.push(" WHERE ").one_of(&identifying(model), rows);
    text.sql
}

/// Binds, for each column of the set, the keys and values of a [search]; then the identifying columns of each row.
///
/// A CASE with a branch for each row is walked through for each row: the time grows with the square of the rows. Here a row's
/// value is found by halves. The key is one column, and rows stand in the order of their keys.
pub(crate) fn update_search(
    dialect: &dyn Dialect,
    model: &'static ModelDef,
    columns: &ColumnSet,
    rows: usize,
) -> String {
    let mut text = Text::new(dialect);
    text.push("UPDATE ").quote(model.table).push(" SET ");
    for (position, column) in columns_of(model, columns).enumerate() {
        text.push(if position > 0 { ", " } else { "" }).quote(column.name).push(" = ");
        search(0..rows, &mut |place| {
            match place {
                Place::Pivot(_) => {
                    text.push("CASE WHEN ");
                    for key in model.key_columns() {
                        text.quote(key.name);
                    }
                    text.push(" < ? THEN ")
                }
                Place::Value(_) => text.push("?"),
                Place::Else => text.push(" ELSE "),
                Place::End => text.push(" END"),
            };
        });
    }
    text.push(" WHERE ").one_of(&identifying(model), rows);
    text.sql
}

/// A place in the text of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Rows before this one are in the first half: its key is bound.
    Pivot(usize),
    /// The value of this row is bound.
    Value(usize),
    /// The second half begins.
    Else,
    /// The second half ends.
    End,
}

/// Goes through the places of a search among rows, in the order of the text.
pub(crate) fn search(rows: std::ops::Range<usize>, visit: &mut dyn FnMut(Place)) {
    if rows.len() <= 1 {
        rows.for_each(|row| visit(Place::Value(row)));
        return;
    }
    let middle = rows.start + rows.len() / 2;
    visit(Place::Pivot(middle));
    search(rows.start..middle, visit);
    visit(Place::Else);
    search(middle..rows.end, visit);
    visit(Place::End);
}

/// Binds the identifying columns of each row.
pub(crate) fn delete(dialect: &dyn Dialect, model: &'static ModelDef, rows: usize) -> String {
    let mut text = Text::new(dialect);
    text.push("DELETE FROM ").quote(model.table).push(" WHERE ").one_of(&identifying(model), rows);
    text.sql
}

/// Reads columns of rows by their key. Binds the key columns of each row.
pub(crate) fn select_by_key(
    dialect: &dyn Dialect,
    model: &'static ModelDef,
    columns: &ColumnSet,
    rows: usize,
) -> String {
    let key: Vec<&ColumnDef> = model.key_columns().collect();
    let mut text = Text::new(dialect);
    text.push("SELECT ").names(columns_of(model, columns)).push(" FROM ").quote(model.table);
    text.push(" WHERE ").one_of(&key, rows);
    text.sql
}

/// Reads a generated key's values in a range, in order. Binds the first and the last.
pub(crate) fn select_key_range(dialect: &dyn Dialect, model: &ModelDef, key: &ColumnDef) -> String {
    let mut text = Text::new(dialect);
    text.push("SELECT ").quote(key.name).push(" FROM ").quote(model.table).push(" WHERE ").quote(key.name);
    text.push(" BETWEEN ? AND ? ORDER BY ").quote(key.name);
    text.sql
}

/// Counts the keys of a range that includes its ends.
pub(crate) fn count_key_range(dialect: &dyn Dialect, model: &ModelDef, key: &ColumnDef) -> String {
    let mut text = Text::new(dialect);
    text.push("SELECT COUNT(*) FROM ").quote(model.table).push(" WHERE ").quote(key.name);
    text.push(" BETWEEN ? AND ?");
    text.sql
}

/// Asks whether a row is there with these values. Binds the identifying columns, then those of the set.
pub(crate) fn select_row(dialect: &dyn Dialect, model: &'static ModelDef, columns: &ColumnSet) -> String {
    let mut text = Text::new(dialect);
    text.push("SELECT 1 FROM ").quote(model.table).push(" WHERE ").equals(&identifying(model));
    for column in columns_of(model, columns) {
        text.push(" AND ").quote(column.name).push(" ").push(dialect.null_safe_equal()).push(" ?");
    }
    text.sql
}
