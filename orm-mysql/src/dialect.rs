//! The facts of MySQL's and MariaDB's SQL, and what the server that was met can do. No I/O.

mod functions;

use std::borrow::Cow;

use orm_core::definition::{ColumnDef, ModelDef};
use orm_core::dialect::{
    BatchUpdate, Capabilities, ColumnUse, ConcatRows, Dialect, Division, Explain, ExplainForm,
    GeneratedColumn, GeneratedKeys, Limits, Match, UpdateFrom, UpsertForm, ValuesForm, Writes,
};
use orm_core::error::Result;
use orm_core::node::{Function, Lock, LockStrength, LockWait};
use orm_core::types::SqlType;
use orm_core::value::ValueRef;

use crate::types;

/// The greatest comment of a table and of a column, in characters.
const TABLE_COMMENT: usize = 2048;
const COLUMN_COMMENT: usize = 1024;

/// Which of the two families a server belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    MariaDb,
    MySql,
}

impl Family {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Family::MariaDb => "mariadb",
            Family::MySql => "mysql",
        }
    }

    /// By code point, and without ignoring spaces at the end, which `utf8mb4_bin` does.
    fn collation(self) -> &'static str {
        match self {
            Family::MariaDb => "utf8mb4_nopad_bin",
            Family::MySql => "utf8mb4_0900_bin",
        }
    }
}

/// Whether INSERT and DELETE have a RETURNING clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Returning {
    Used,
    /// The server has none, or the application does without.
    Unused,
}

/// The dialect of one server.
#[derive(Debug)]
pub(crate) struct MySqlDialect {
    family: Family,
    capabilities: Capabilities,
    limits: Limits,
}

impl MySqlDialect {
    pub(crate) fn new(
        family: Family,
        release: (u16, u16),
        generated_keys: GeneratedKeys,
        returning: Returning,
        max_allowed_packet: usize,
    ) -> Self {
        let has_returning = returning == Returning::Used;
        MySqlDialect {
            family,
            capabilities: Capabilities {
                generated_keys,
                batch_update: BatchUpdate::Case,
                insert_returning: has_returning,
                forward_references: false,
                create_index_if_not_exists: false,
                nulls_order: false,
                transactional_ddl: false,
                aggregate_filter: false,
                set_all: true,
                lateral: family == Family::MySql,
                values: match family {
                    // VALUES of bound texts give empty texts there (seen in 10.11).
                    Family::MariaDb => ValuesForm::UnionAll,
                    Family::MySql => ValuesForm::ValuesRow,
                },
                tuple_lists: true,
                hints: family == Family::MySql,
                writes: Writes {
                    limit: true,
                    reads_itself: false,
                    sequential: true,
                    update_from: UpdateFrom::Join,
                    update_returning: false,
                    delete_returning: has_returning,
                    upsert: match family {
                        Family::MySql if release > (8, 0) => UpsertForm::OnDuplicateKeyAlias,
                        // The alias came with 8.0.19, and no release so far took VALUES() away.
                        Family::MySql | Family::MariaDb => UpsertForm::OnDuplicateKeyValues,
                    },
                },
            },
            // Half a packet: the core estimates sizes, and the server counts its own headers.
            limits: Limits {
                parameters: 65_535,
                batch_rows: 1024,
                packet_bytes: max_allowed_packet / 2,
                // On both servers 1,000 owners by two lists of 512 take longer than by one by 14 to 18 %: MariaDB joins with a
                // list of 1,000 keys or more in place of searching key by key, and does so no slower.
                list_keys: 1024,
                // Longer ones wait some 44 ms for an acknowledgement, since the driver leaves Nagle's algorithm on (seen with
                // 1,024 rows on both servers, not with 512). It takes no socket of ours; sqlx's pull request 4336, which no
                // release has yet, sets TCP_NODELAY.
                swift_bytes: Some(20_000),
            },
        }
    }
}

impl Dialect for MySqlDialect {
    fn name(&self) -> &'static str {
        self.family.name()
    }

    fn identifier_quote(&self) -> char {
        '`'
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn limits(&self) -> &Limits {
        &self.limits
    }

    fn column_type(
        &self,
        model: &ModelDef,
        column: &ColumnDef,
        usage: ColumnUse,
    ) -> Result<Cow<'static, str>> {
        types::column_type(model, column, usage)
    }

    fn generated_key(&self, model: &ModelDef, column: &ColumnDef) -> Result<GeneratedColumn> {
        let definition = types::generated_key(model, column)?;
        Ok(GeneratedColumn { definition, declares_primary_key: false })
    }

    fn table_options(&self, comment: Option<&str>) -> String {
        let mut options =
            format!(" ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={}", self.family.collation());
        if let Some(comment) = comment {
            options.push_str(" COMMENT=");
            push_literal(&mut options, comment, TABLE_COMMENT);
        }
        options
    }

    fn column_comment(&self, comment: &str) -> String {
        let mut clause = String::from(" COMMENT ");
        push_literal(&mut clause, comment, COLUMN_COMMENT);
        clause
    }

    fn refuses(&self, column: &ColumnDef, value: ValueRef<'_>) -> Option<&'static str> {
        types::refuses(column, value)
    }

    fn null_safe_equal(&self) -> &'static str {
        "<=>"
    }

    fn json_placeholder(&self) -> &'static str {
        match self.family {
            // JSON is text there.
            Family::MariaDb => "?",
            Family::MySql => "CAST(? AS JSON)",
        }
    }

    fn pattern(&self, kind: Match, negated: bool, left: &str, text: &str) -> (String, String) {
        let operator = if negated { "NOT LIKE" } else { "LIKE" };
        let pattern = match kind {
            Match::Like => text.to_owned(),
            Match::Contains => format!("%{}%", escaped(text)),
            Match::StartsWith => format!("{}%", escaped(text)),
            Match::EndsWith => format!("%{}", escaped(text)),
        };
        (format!("{left} {operator} ?"), pattern)
    }

    fn quotient(&self, left: &str, right: &str, division: Division) -> String {
        match division {
            Division::Integer => format!("({left} DIV {right})"),
            Division::Fraction => format!("({left} / {right})"),
        }
    }

    fn has_set_default(&self) -> bool {
        // InnoDB takes the words and refuses the change, as without them.
        false
    }

    fn function(&self, function: Function) -> Result<Cow<'static, str>> {
        functions::template(self.family, function)
    }

    fn share_of_window(&self) -> Option<&'static str> {
        match self.family {
            // They are given with ten digits behind the point.
            Family::MariaDb => Some("($1 + 0E0)"),
            Family::MySql => None,
        }
    }

    fn refuses_path(&self, path: &str) -> Option<&'static str> {
        // MariaDB 10.11 finds nothing there, quoted or not. A quote inside of a key is escaped, so this one starts a key.
        let dash = self.family == Family::MariaDb && path.contains(".\"-");
        dash.then_some("a key of a document that starts with `-`")
    }

    fn cast(&self, to: SqlType) -> Result<Cow<'static, str>> {
        functions::cast(self.family, to)
    }

    fn average_of_floats(&self) -> &'static str {
        // The mean of integers is a decimal number of four more digits there.
        "($1 * 1E0)"
    }

    fn concat_rows(&self, separator: &str, _distinct: bool) -> Result<ConcatRows> {
        let mut after_order = String::from(" SEPARATOR ");
        push_literal(&mut after_order, separator, separator.len());
        Ok(ConcatRows { after_order, ..ConcatRows::default() })
    }

    fn lock_clause(&self, lock: Lock) -> Option<&'static str> {
        let Lock { strength, wait } = lock;
        Some(match (strength, self.family, wait) {
            (LockStrength::Update, _, LockWait::Wait) => " FOR UPDATE",
            (LockStrength::Update, _, LockWait::NoWait) => " FOR UPDATE NOWAIT",
            (LockStrength::Update, _, LockWait::SkipLocked) => " FOR UPDATE SKIP LOCKED",
            (LockStrength::Share, Family::MySql, LockWait::Wait) => " FOR SHARE",
            (LockStrength::Share, Family::MySql, LockWait::NoWait) => " FOR SHARE NOWAIT",
            (LockStrength::Share, Family::MySql, LockWait::SkipLocked) => " FOR SHARE SKIP LOCKED",
            (LockStrength::Share, Family::MariaDb, LockWait::Wait) => " LOCK IN SHARE MODE",
            (LockStrength::Share, Family::MariaDb, LockWait::NoWait) => " LOCK IN SHARE MODE NOWAIT",
            (LockStrength::Share, Family::MariaDb, LockWait::SkipLocked) => " LOCK IN SHARE MODE SKIP LOCKED",
        })
    }

    fn explain(&self, kind: Explain) -> Option<(&'static str, ExplainForm)> {
        Some(match (self.family, kind) {
            (Family::MariaDb, Explain::Plan) => ("EXPLAIN", ExplainForm::Table),
            (Family::MariaDb, Explain::Analyze) => ("ANALYZE", ExplainForm::Table),
            (Family::MySql, Explain::Plan) => ("EXPLAIN FORMAT=TREE", ExplainForm::Text),
            (Family::MySql, Explain::Analyze) => ("EXPLAIN ANALYZE", ExplainForm::Text),
        })
    }

    fn limit_offset(&self, limit: Option<u64>, offset: Option<u64>) -> String {
        match (limit, offset) {
            (None, None) => String::new(),
            (Some(limit), None) => format!(" LIMIT {limit}"),
            (Some(limit), Some(offset)) => format!(" LIMIT {limit} OFFSET {offset}"),
            // There is no OFFSET without LIMIT: the manual says to write the greatest number.
            (None, Some(offset)) => format!(" LIMIT {} OFFSET {offset}", u64::MAX),
        }
    }

    fn default_values(&self) -> &'static str {
        " () VALUES ()"
    }

    fn table_names(&self) -> &'static str {
        "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() \
         AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY TABLE_NAME"
    }

    fn without_foreign_keys(&self) -> Option<(&'static str, &'static str)> {
        Some(("SET FOREIGN_KEY_CHECKS = 0", "SET FOREIGN_KEY_CHECKS = 1"))
    }
}

/// Text for LIKE in which nothing is a wildcard.
fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

/// A string literal of at most so many characters. Backslashes are escapes: the session's `sql_mode` is ours.
fn push_literal(sql: &mut String, text: &str, longest: usize) {
    sql.push('\'');
    for character in text.chars().take(longest) {
        match character {
            '\'' => sql.push_str("''"),
            '\\' => sql.push_str("\\\\"),
            '\0' => sql.push_str("\\0"),
            other => sql.push(other),
        }
    }
    sql.push('\'');
}
