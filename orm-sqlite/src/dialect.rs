//! What SQLite's SQL looks like. Pure: no I/O; asked by the renderer, the DDL writer and the flush.

mod functions;

use std::borrow::Cow;

use orm_core::definition::{ColumnDef, ModelDef};
use orm_core::dialect::{
    BatchUpdate, Capabilities, ColumnUse, ConcatRows, Dialect, Division, Explain, ExplainForm,
    GeneratedColumn, GeneratedKeys, Limits, Match, UpdateFrom, UpsertForm, ValuesForm, Writes,
};
use orm_core::error::{Error, Result};
use orm_core::node::{Function, Lock};
use orm_core::types::SqlType;
use orm_core::value::ValueRef;

use crate::types;

/// The facts of SQLite 3.35 and later.
#[derive(Debug)]
pub(crate) struct SqliteDialect;

const CAPABILITIES: Capabilities = Capabilities {
    generated_keys: GeneratedKeys::Handed,
    batch_update: BatchUpdate::ByRange { function: "orm_given" },
    insert_returning: true,
    forward_references: true,
    create_index_if_not_exists: true,
    nulls_order: true,
    transactional_ddl: true,
    aggregate_filter: true,
    set_all: false,
    lateral: false,
    values: ValuesForm::Values,
    tuple_lists: false,
    hints: false,
    writes: Writes {
        // SQLITE_ENABLE_UPDATE_DELETE_LIMIT is not compiled in.
        limit: false,
        reads_itself: true,
        sequential: false,
        update_from: UpdateFrom::From,
        update_returning: true,
        delete_returning: true,
        upsert: UpsertForm::OnConflict,
    },
};

const LIMITS: Limits = Limits {
    parameters: 32_766,
    batch_rows: 512,
    // SQLITE_MAX_LENGTH and SQLITE_MAX_SQL_LENGTH, which hold for each value and for the text.
    packet_bytes: 1_000_000_000,
    list_keys: 512,
    swift_bytes: None,
};

impl Dialect for SqliteDialect {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn identifier_quote(&self) -> char {
        '"'
    }

    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn limits(&self) -> &Limits {
        &LIMITS
    }

    fn column_type(
        &self,
        _model: &ModelDef,
        column: &ColumnDef,
        _usage: ColumnUse,
    ) -> Result<Cow<'static, str>> {
        Ok(types::declared(column.sql_type))
    }

    fn generated_key(&self, model: &ModelDef, column: &ColumnDef) -> Result<GeneratedColumn> {
        if model.primary_key.len() != 1 {
            return Err(Error::invalid_model(format!(
                "SQLite makes the value of `{}.{}` only where it is the whole primary key: set it yourself, or make the \
                 other columns unique together in place of part of the key",
                model.name, column.field
            )));
        }
        // Without AUTOINCREMENT, which costs a write to a table of its own for each INSERT: the key of a deleted last row
        // is given again.
        Ok(GeneratedColumn { definition: "INTEGER PRIMARY KEY".into(), declares_primary_key: true })
    }

    fn table_options(&self, _comment: Option<&str>) -> String {
        String::new()
    }

    fn column_comment(&self, _comment: &str) -> String {
        String::new()
    }

    fn refuses(&self, _column: &ColumnDef, value: ValueRef<'_>) -> Option<&'static str> {
        types::refuses(value)
    }

    fn null_safe_equal(&self) -> &'static str {
        "IS"
    }

    fn pattern(&self, kind: Match, negated: bool, left: &str, text: &str) -> (String, String) {
        let operator = if negated { "NOT GLOB" } else { "GLOB" };
        (format!("{left} {operator} ?"), glob(kind, text))
    }

    fn quotient(&self, left: &str, right: &str, division: Division) -> String {
        match division {
            Division::Integer => format!("({left} / {right})"),
            Division::Fraction => format!("(1.0 * {left} / {right})"),
        }
    }

    fn has_fraction_remainder(&self) -> bool {
        // `%` casts both sides to INTEGER, and fmod() is not compiled in.
        false
    }

    fn function(&self, function: Function) -> Result<Cow<'static, str>> {
        functions::template(function)
    }

    fn exact(&self) -> Option<&'static str> {
        // Decimal numbers with a fraction are kept as REAL: 0.1 + 0.2 would not be 0.3.
        Some("orm_decimal($1)")
    }

    fn cast(&self, to: SqlType) -> Result<Cow<'static, str>> {
        functions::cast(to)
    }

    fn average_of_floats(&self) -> &'static str {
        "$1"
    }

    fn concat_rows(&self, separator: &str, distinct: bool) -> Result<ConcatRows> {
        if !distinct {
            return Ok(ConcatRows {
                before_order: format!(", {}", literal(separator)),
                ..ConcatRows::default()
            });
        }
        // DISTINCT takes one argument: the separator is a comma.
        if separator == "," {
            return Ok(ConcatRows::default());
        }
        Err(Error::unsupported("a separator other than `,` of distinct texts", self.name()))
    }

    fn lock_clause(&self, _lock: Lock) -> Option<&'static str> {
        None
    }

    fn explain(&self, kind: Explain) -> Option<(&'static str, ExplainForm)> {
        match kind {
            Explain::Plan => Some(("EXPLAIN QUERY PLAN", ExplainForm::Tree)),
            Explain::Analyze => None,
        }
    }

    fn limit_offset(&self, limit: Option<u64>, offset: Option<u64>) -> String {
        // A number beyond SQLite's integers would be read as a real, which LIMIT refuses.
        let most = i64::MAX.unsigned_abs();
        match (limit, offset) {
            (None, None) => String::new(),
            (Some(limit), None) => format!(" LIMIT {}", limit.min(most)),
            (Some(limit), Some(offset)) => format!(" LIMIT {} OFFSET {}", limit.min(most), offset.min(most)),
            (None, Some(offset)) => format!(" LIMIT -1 OFFSET {}", offset.min(most)),
        }
    }

    fn default_values(&self) -> &'static str {
        " DEFAULT VALUES"
    }

    fn table_names(&self) -> &'static str {
        r"SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name"
    }

    fn without_foreign_keys(&self) -> Option<(&'static str, &'static str)> {
        // Both work only outside of a transaction.
        Some(("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON"))
    }
}

/// A text in quotes. A NUL would end the statement.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''").replace('\0', ""))
}

/// The GLOB pattern of a match. GLOB is used because LIKE ignores the case of ASCII letters.
fn glob(kind: Match, text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    if matches!(kind, Match::Contains | Match::EndsWith) {
        pattern.push('*');
    }
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (kind, character) {
            (Match::Like, '%') => pattern.push('*'),
            (Match::Like, '_') => pattern.push('?'),
            (Match::Like, '\\') => push_literal(&mut pattern, characters.next().unwrap_or('\\')),
            (_, literal) => push_literal(&mut pattern, literal),
        }
    }
    if matches!(kind, Match::Contains | Match::StartsWith) {
        pattern.push('*');
    }
    pattern
}

/// GLOB has no escape character: a set of one stands for its wildcards.
fn push_literal(pattern: &mut String, character: char) {
    match character {
        '*' => pattern.push_str("[*]"),
        '?' => pattern.push_str("[?]"),
        '[' => pattern.push_str("[[]"),
        other => pattern.push(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_patterns_become_glob_patterns() {
        assert_eq!(glob(Match::Like, r"a%b_c\%d\\e\"), r"a*b?c%d\e\");
        assert_eq!(glob(Match::Like, "*?[]"), "[*][?][[]]");
        assert_eq!(glob(Match::Contains, "5%*"), "*5%[*]*");
        assert_eq!(glob(Match::StartsWith, r"a\_"), r"a\_*");
        assert_eq!(glob(Match::EndsWith, "z"), "*z");
    }

    #[test]
    fn a_match_is_a_glob_against_a_placeholder() {
        let (sql, pattern) = SqliteDialect.pattern(Match::StartsWith, true, "t.\"name\"", "He");
        assert_eq!((sql.as_str(), pattern.as_str()), ("t.\"name\" NOT GLOB ?", "He*"));
    }

    #[test]
    fn limits_beyond_the_integers_of_sqlite_are_its_greatest() {
        assert_eq!(SqliteDialect.limit_offset(None, None), "");
        assert_eq!(SqliteDialect.limit_offset(Some(3), None), " LIMIT 3");
        assert_eq!(SqliteDialect.limit_offset(None, Some(5)), " LIMIT -1 OFFSET 5");
        assert_eq!(
            SqliteDialect.limit_offset(Some(u64::MAX), Some(1)),
            " LIMIT 9223372036854775807 OFFSET 1"
        );
    }
}
