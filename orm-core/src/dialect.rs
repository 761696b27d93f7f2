//! What a backend's SQL looks like: small leaf facts, asked by the one renderer, the DDL writer and the flush.
//! A dialect holds no connection and builds no statement.

use std::borrow::Cow;

use crate::definition::{ColumnDef, ModelDef};
use crate::error::Result;
pub use crate::node::Match;
use crate::node::{Function, Lock};
use crate::types::SqlType;
use crate::value::ValueRef;

/// How the keys that the database made come back from an INSERT of several rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeneratedKeys {
    /// The statement has a RETURNING clause.
    Returning,
    /// The connection hands them to the sink, a row each, in the order of the VALUES list: see
    /// [`Sql::with_keys`](crate::engine::Sql::with_keys).
    Handed,
    /// The first key is known and the server promises that the others follow it at this distance.
    Consecutive {
        /// The distance between two keys.
        increment: u64,
    },
    /// The first key is known, and nothing is promised of the others: they are read back and must follow it at this
    /// distance.
    Verified {
        /// The distance between two keys.
        increment: u64,
    },
}

/// How many rows with values of their own are updated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchUpdate {
    /// One statement a row, prepared once.
    RowByRow,
    /// The same; where the keys of the rows are integers that lie close together, the connection may run one statement for all
    /// of them, which asks for their values by this function: see [`Sql::with_range`](crate::engine::Sql::with_range).
    ByRange {
        /// The name of the function.
        function: &'static str,
    },
    /// One statement for many rows, with a CASE for each column.
    Case,
}

/// What a statement may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bound values in one statement.
    pub parameters: usize,
    /// Rows in one INSERT, UPDATE or DELETE batch; a power of two.
    pub batch_rows: usize,
    /// Bytes of one statement with its values.
    pub packet_bytes: usize,
    /// Keys in one list of a load of relations; a power of two.
    pub list_keys: usize,
    /// Bytes that one statement should not exceed where its rows are so short that many fit; none where that is all the same.
    pub swift_bytes: Option<usize>,
}

/// What the backend can do. The core adapts, or says `Unsupported`.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities {
    /// How generated keys come back.
    pub generated_keys: GeneratedKeys,
    /// How many rows are updated.
    pub batch_update: BatchUpdate,
    /// Whether columns other than keys can be returned by INSERT.
    pub insert_returning: bool,
    /// Whether a foreign key may name a table that is created later, and can only be written with its table.
    pub forward_references: bool,
    /// Whether `CREATE INDEX IF NOT EXISTS` exists; elsewhere indexes are written inside CREATE TABLE.
    pub create_index_if_not_exists: bool,
    /// Whether `ORDER BY x NULLS FIRST` exists; elsewhere it is emulated.
    pub nulls_order: bool,
    /// Whether DDL takes part in transactions.
    pub transactional_ddl: bool,
    /// Whether aggregates have `FILTER (WHERE ..)`; elsewhere it is emulated.
    pub aggregate_filter: bool,
    /// Whether INTERSECT ALL and EXCEPT ALL exist.
    pub set_all: bool,
    /// Whether a query in FROM may refer to the tables before it.
    pub lateral: bool,
    /// How rows of values are written.
    pub values: ValuesForm,
    /// Whether `(a, b) IN ((1, 2), (3, 4))` exists; elsewhere the list is written as VALUES.
    pub tuple_lists: bool,
    /// Whether `/*+ .. */` behind SELECT is read.
    pub hints: bool,
    /// How statements look that write by a query.
    pub writes: Writes,
}

/// How statements look that write by a query.
#[derive(Clone, Copy, Debug)]
pub struct Writes {
    /// Whether UPDATE and DELETE have ORDER BY and LIMIT; elsewhere the keys are picked by a subquery.
    pub limit: bool,
    /// Whether a subquery may read the table that is written.
    pub reads_itself: bool,
    /// Whether an assignment sees what those before it assigned, in place of the row as it was.
    pub sequential: bool,
    /// How the values of an UPDATE come from other rows.
    pub update_from: UpdateFrom,
    /// Whether UPDATE has RETURNING.
    pub update_returning: bool,
    /// Whether DELETE has RETURNING.
    pub delete_returning: bool,
    /// How a row is inserted that may be there already.
    pub upsert: UpsertForm,
}

/// How the values of an UPDATE come from other rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateFrom {
    /// `UPDATE t SET a = p.b FROM (..) AS p WHERE t.id = p.id`.
    From,
    /// `UPDATE t INNER JOIN (..) AS p ON t.id = p.id SET t.a = p.b`.
    Join,
}

/// How a row is inserted that may be there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpsertForm {
    /// `ON CONFLICT (a) DO UPDATE SET b = excluded.b`.
    OnConflict,
    /// `ON DUPLICATE KEY UPDATE b = VALUES(b)`.
    OnDuplicateKeyValues,
    /// `AS new ON DUPLICATE KEY UPDATE b = new.b`.
    OnDuplicateKeyAlias,
}

/// What a division keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Division {
    /// The fraction.
    Fraction,
    /// The whole part, rounded towards zero.
    Integer,
}

/// What a column is used for, as the DDL writer tells the dialect: some backends limit the types of indexed columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnUse {
    /// An ordinary column.
    Plain,
    /// Part of a primary key, a unique constraint, an index or a foreign key.
    Indexed,
}

/// The leaf facts of a backend's SQL. Implement me in a backend.
pub trait Dialect: Send + Sync {
    /// "sqlite", "mysql" or "mariadb": for messages and traces (OpenTelemetry's `db.system.name`).
    fn name(&self) -> &'static str;

    /// The character around identifiers; inside one it is doubled.
    fn identifier_quote(&self) -> char;

    /// What the backend can do.
    fn capabilities(&self) -> &Capabilities;

    /// What a statement may hold.
    fn limits(&self) -> &Limits;

    /// The type of a column as DDL writes it. An error says what to write in the model instead.
    fn column_type(
        &self,
        model: &ModelDef,
        column: &ColumnDef,
        usage: ColumnUse,
    ) -> Result<Cow<'static, str>>;

    /// What DDL writes in place of the type and PRIMARY KEY of a column whose values the database makes, and whether that
    /// already declares the primary key.
    fn generated_key(&self, model: &ModelDef, column: &ColumnDef) -> Result<GeneratedColumn>;

    /// What follows the closing parenthesis of CREATE TABLE, with its comment.
    fn table_options(&self, comment: Option<&str>) -> String;

    /// What follows a column definition for its comment; empty where the backend has none.
    fn column_comment(&self, comment: &str) -> String;

    /// Checks what only this backend refuses, before a value is sent: the reason, as in "above 9223372036854775807".
    fn refuses(&self, column: &ColumnDef, value: ValueRef<'_>) -> Option<&'static str>;

    /// The operator that is true for two NULLs: `IS` or `<=>`.
    fn null_safe_equal(&self) -> &'static str;

    /// What stands for a bound document that is compared with a JSON column: `?`, or a cast where text would be no document.
    fn json_placeholder(&self) -> &'static str {
        "?"
    }

    /// A case-sensitive match: writes `left` (SQL) against a placeholder and gives the pattern to bind. The SQL is the same for
    /// every `text`.
    fn pattern(&self, kind: Match, negated: bool, left: &str, text: &str) -> (String, String);

    /// The quotient of two operands (SQL), with its fraction or rounded towards zero.
    fn quotient(&self, left: &str, right: &str, division: Division) -> String;

    /// Whether `%` keeps the fraction of its operands.
    fn has_fraction_remainder(&self) -> bool {
        true
    }

    /// Whether a foreign key can say SET DEFAULT, and the database then does it.
    fn has_set_default(&self) -> bool {
        true
    }

    /// A function as a template: `$1` is the first argument, `$*` all of them with commas between. `Unsupported` where the
    /// backend has none.
    fn function(&self, function: Function) -> Result<Cow<'static, str>>;

    /// Why a place in a document cannot be reached by its path, if it cannot.
    fn refuses_path(&self, _path: &str) -> Option<&'static str> {
        None
    }

    /// What a computed decimal number is wrapped in, as a template, where the backend computes with binary fractions.
    fn exact(&self) -> Option<&'static str> {
        None
    }

    /// What PERCENT_RANK and CUME_DIST are wrapped in, as a template, where they would come with fewer digits than they have.
    fn share_of_window(&self) -> Option<&'static str> {
        None
    }

    /// CAST to a logical type, as a template in which `$1` is the operand.
    fn cast(&self, to: SqlType) -> Result<Cow<'static, str>>;

    /// What AVG is computed from, as a template, so that the mean of integers keeps its fraction.
    fn average_of_floats(&self) -> &'static str;

    /// How GROUP_CONCAT names its separator.
    fn concat_rows(&self, separator: &str, distinct: bool) -> Result<ConcatRows>;

    /// What follows a SELECT that locks its rows; none where the backend cannot.
    fn lock_clause(&self, lock: Lock) -> Option<&'static str>;

    /// What stands before a SELECT to explain it, and how the answer is laid out; none where the backend cannot.
    fn explain(&self, kind: Explain) -> Option<(&'static str, ExplainForm)>;

    /// LIMIT and OFFSET as SQL with the numbers written in; `limit` is none where only an offset is asked for.
    fn limit_offset(&self, limit: Option<u64>, offset: Option<u64>) -> String;

    /// What an INSERT of a row without any values looks like after the table's name.
    fn default_values(&self) -> &'static str;

    /// A SELECT of one column: the names of all tables of the current database or schema.
    fn table_names(&self) -> &'static str;

    /// Statements that run before and after tables are dropped regardless of their foreign keys.
    fn without_foreign_keys(&self) -> Option<(&'static str, &'static str)>;
}

/// How a query of nothing but values is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValuesForm {
    /// `VALUES (1, 2), (3, 4)`.
    Values,
    /// `VALUES ROW(1, 2), ROW(3, 4)`.
    ValuesRow,
    /// `SELECT 1, 2 UNION ALL SELECT 3, 4`.
    UnionAll,
}

/// What is asked of a SELECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Explain {
    /// How it would be run.
    Plan,
    /// How it was run.
    Analyze,
}

/// How an explanation is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExplainForm {
    /// Rows of a number, the number of the row above, a number without meaning, and a text.
    Tree,
    /// Rows of named columns.
    Table,
    /// Text.
    Text,
}

/// Where the separator of GROUP_CONCAT stands.
#[derive(Clone, Debug, Default)]
pub struct ConcatRows {
    /// Between the text and ORDER BY.
    pub before_order: String,
    /// Behind ORDER BY.
    pub after_order: String,
}

/// A column whose values the database makes.
#[derive(Clone, Debug)]
pub struct GeneratedColumn {
    /// What follows the column's name.
    pub definition: Cow<'static, str>,
    /// Whether that includes the primary key.
    pub declares_primary_key: bool,
}
