//! How the database means to run a query, and how it did: EXPLAIN in the words of each backend, as text to be read.

use std::fmt;
use std::panic::Location;

use super::Session;
use super::ends::Shape;
use super::query::Query;
use super::source::Source;
use crate::dialect::{Explain, ExplainForm};
use crate::engine::{Next, RowSink};
use crate::error::{Error, Result};
use crate::node::Output;
use crate::render::{self, Rendered};
use crate::unit::Errand;
use crate::value::ValueRef;

/// How the database runs a query. Its text is the backend's own, for people: nothing should depend on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The query's SQL.
    pub sql: String,
    /// The steps, as text of several lines.
    pub steps: String,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.sql, self.steps)
    }
}

impl<S: Session, T: Source, P: Shape<S, T>> Query<S, T, P> {
    /// How the database would run the query, without running it: `println!("{}", query.explain().await?)`.
    #[track_caller]
    pub fn explain(self) -> impl Future<Output = Result<Explanation>> + Send {
        self.explained(Explain::Plan, Location::caller())
    }

    /// Runs the query, passes over its rows and tells how that went: the rows and the time of each step. SQLite has no
    /// such statement: `Unsupported`.
    #[track_caller]
    pub fn explain_analyze(self) -> impl Future<Output = Result<Explanation>> + Send {
        self.explained(Explain::Analyze, Location::caller())
    }

    fn explained(
        self,
        kind: Explain,
        caller: &'static Location<'static>,
    ) -> impl Future<Output = Result<Explanation>> + Send {
        let (mut session, request) = self.request(caller);
        async move {
            let dialect = session.engine().dialect();
            let Rendered { sql, values } = render::select(&request.select, Output::Rows, dialect)?;
            let (prefix, form) = match dialect.explain(kind) {
                Some(explain) => explain,
                None => {
                    let what = match kind {
                        Explain::Plan => "EXPLAIN",
                        Explain::Analyze => "EXPLAIN ANALYZE",
                    };
                    return Err(Error::unsupported(what, dialect.name()));
                }
            };
            let statement = Rendered { sql: format!("{prefix} {sql}"), values };
            let mut told = Told::default();
            session.run_sql(Errand::of(&request), &statement, &mut told).await?;
            Ok(Explanation { sql, steps: told.written(form) })
        }
    }
}

/// The rows of an EXPLAIN, as text.
#[derive(Default)]
struct Told {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl RowSink for Told {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        let mut cells = Vec::with_capacity(row.len());
        for value in row {
            cells.push(match value {
                ValueRef::Text(text) => (*text).to_owned(),
                ValueRef::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                ValueRef::Null => String::new(),
                other => other.to_string(),
            });
        }
        self.rows.push(cells);
        Ok(Next::More)
    }

    fn restart(&mut self) {
        self.rows.clear();
    }

    fn wants_columns(&self) -> bool {
        true
    }

    fn columns(&mut self, names: &[&str]) -> Result<()> {
        self.names = names.iter().map(|name| (*name).to_owned()).collect();
        Ok(())
    }
}

impl Told {
    fn written(&self, form: ExplainForm) -> String {
        match form {
            ExplainForm::Text => {
                let lines: Vec<&str> = self.rows.iter().flatten().map(|cell| cell.trim_end()).collect();
                lines.join("\n")
            }
            ExplainForm::Tree => self.tree(),
            ExplainForm::Table => self.table(),
        }
    }

    /// Rows of a number, the number of the row above, something, and a text: each below its parent.
    fn tree(&self) -> String {
        let mut lines = Vec::new();
        let mut above: Vec<&str> = Vec::new();
        for row in &self.rows {
            let [id, parent, _, detail] = row.as_slice() else { continue };
            while above.last().is_some_and(|last| last != parent) {
                above.pop();
            }
            lines.push(format!("{}{detail}", "  ".repeat(above.len())));
            above.push(id);
        }
        lines.join("\n")
    }

    /// Names and rows, in columns of one width. Columns without any value are left out.
    fn table(&self) -> String {
        let mut lines = vec![String::new(); self.rows.len() + 1];
        for (column, name) in self.names.iter().enumerate() {
            let cell = |row: &Vec<String>| row.get(column).cloned().unwrap_or_default();
            let cells: Vec<String> = self.rows.iter().map(cell).collect();
            if cells.iter().all(String::is_empty) {
                continue;
            }
            let width = cells.iter().chain([name]).map(|cell| cell.chars().count()).max().unwrap_or(0);
            for (line, cell) in lines.iter_mut().zip([name].into_iter().chain(&cells)) {
                line.push_str(&format!("{cell:width$}  "));
            }
        }
        let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(names: &[&str], rows: &[&[&str]]) -> Told {
        let owned = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect();
        Told { names: owned(names), rows: rows.iter().map(|row| owned(row)).collect() }
    }

    #[test]
    fn a_tree_is_indented_by_its_parents() {
        let rows: &[&[&str]] = &[
            &["2", "0", "0", "SCAN a"],
            &["5", "0", "0", "SUBQUERY 1"],
            &["9", "5", "0", "SEARCH b"],
            &["11", "0", "0", "SORT"],
        ];
        assert_eq!(told(&[], rows).written(ExplainForm::Tree), "SCAN a\nSUBQUERY 1\n  SEARCH b\nSORT");
    }

    #[test]
    fn a_table_has_columns_of_one_width_and_none_that_are_empty() {
        let rows: &[&[&str]] = &[&["1", "", "users"], &["20", "", "posts"]];
        let text = told(&["id", "key", "table"], rows).written(ExplainForm::Table);
        assert_eq!(text, "id  table\n1   users\n20  posts");
    }
}
