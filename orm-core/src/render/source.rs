//! What stands in FROM: tables, queries in parentheses, common table expressions; and the WITH clause that those need.

use std::sync::Arc;

use super::select::Head;
use super::{Part, Renderer};
use crate::error::{Error, Result};
use crate::node::NAMES;
use crate::node::{Body, Columns, Cte, From, Join, JoinKind};
use crate::path::Path;

/// A common table expression that was met.
pub(super) struct WrittenCte {
    id: Path,
    pub(super) name: String,
    columns: Columns,
    recursive: bool,
    /// What it is; none while it is being written.
    body: Option<Part>,
    /// When it was done: what it refers to was done before.
    rank: usize,
}

impl Renderer<'_> {
    /// A table of a FROM clause, with its name.
    pub(super) fn source(&mut self, from: &From, row: Path, optional: bool) -> Result<()> {
        match from {
            From::Model(model) => {
                let name = self.name_model(row, model, optional);
                self.table(model, &name);
                Ok(())
            }
            From::Query { body, columns, lateral } => {
                if *lateral {
                    if !self.dialect.capabilities().lateral {
                        return Err(Error::unsupported("LATERAL", self.dialect.name()));
                    }
                    self.push("LATERAL ");
                }
                self.push("(");
                let head = match columns {
                    Columns::Model(_) => Head::Selected,
                    Columns::Numbered(_) => Head::Numbered,
                };
                if *lateral {
                    self.body(body, head)?;
                } else {
                    // It stands beside the other tables of this FROM clause and does not see them.
                    let first = self.frames.last().map_or(0, |frame| frame.first_row);
                    self.hidden_from(first, |renderer| renderer.body(body, head))?;
                }
                self.push(") AS ");
                let name = self.name(row, derived_name(*columns), columns.model(), optional);
                self.quote(&name);
                Ok(())
            }
            From::Cte(cte) => {
                let name = self.cte(cte)?;
                self.named_cte(&name, row, cte.columns, optional);
                Ok(())
            }
            From::SoFar { id, columns } => {
                let cte = self.ctes.iter().find(|cte| cte.id == *id).map(|cte| cte.name.clone());
                let Some(name) = cte else {
                    return Err(Error::invalid_query(
                        "the rows so far of a recursive common table expression stand outside of its closure: use what \
                         `recursive_cte` gives",
                    ));
                };
                self.named_cte(&name, row, *columns, optional);
                Ok(())
            }
        }
    }

    fn named_cte(&mut self, table: &str, row: Path, columns: Columns, optional: bool) {
        let alias = self.name(row, table, columns.model(), optional);
        self.quote(table);
        self.push(" AS ");
        self.quote(&alias);
    }

    /// The name of a common table expression, which is written where it is met first.
    fn cte(&mut self, cte: &Arc<Cte>) -> Result<String> {
        if let Some(known) = self.ctes.iter().find(|known| known.id == cte.id) {
            return Ok(known.name.clone());
        }
        let name = self.free_name(cte.name);
        let position = self.ctes.len();
        let Cte { id, name: _, columns, body, recursive } = cte.as_ref();
        self.ctes.push(WrittenCte {
            id: *id,
            name: name.clone(),
            columns: *columns,
            recursive: *recursive,
            body: None,
            rank: 0,
        });
        let head = if matches!(body, Body::Values(_)) { Head::Numbered } else { Head::Selected };
        let outer = std::mem::take(&mut self.out);
        let outcome = self.hidden_from(0, |renderer| renderer.body(body, head));
        let part = std::mem::replace(&mut self.out, outer);
        outcome?;
        let rank = self.ctes.iter().filter(|cte| cte.body.is_some()).count();
        let written = &mut self.ctes[position];
        (written.body, written.rank) = (Some(part), rank);
        Ok(name)
    }

    /// The whole statement: the common table expressions first, each behind those that it refers to.
    pub(super) fn finish(mut self) -> Part {
        if self.ctes.is_empty() {
            return self.out;
        }
        let main = std::mem::take(&mut self.out);
        let mut ctes = std::mem::take(&mut self.ctes);
        ctes.sort_by_key(|cte| cte.rank);
        self.push(if ctes.iter().any(|cte| cte.recursive) { "WITH RECURSIVE " } else { "WITH " });
        for (position, cte) in ctes.into_iter().enumerate() {
            self.push(if position > 0 { ", " } else { "" });
            self.quote(&cte.name);
            self.push(" (");
            self.column_names(cte.columns);
            self.push(") AS (");
            self.out.append(cte.body.unwrap_or_default());
            self.push(")");
        }
        self.push(" ");
        self.out.append(main);
        self.out
    }

    fn column_names(&mut self, columns: Columns) {
        match columns {
            Columns::Model(model) => {
                for (position, column) in model.columns.iter().enumerate() {
                    self.push(if position > 0 { ", " } else { "" });
                    self.quote(column.name);
                }
            }
            Columns::Numbered(count) => {
                for (position, name) in NAMES.iter().take(count).enumerate() {
                    self.push(if position > 0 { ", " } else { "" });
                    self.quote(name);
                }
            }
        }
    }

    /// All columns of a row.
    pub(super) fn all_columns(&mut self, row: Path, columns: Columns) -> Result<()> {
        match columns {
            Columns::Model(model) => {
                for (position, column) in model.columns.iter().enumerate() {
                    self.push(if position > 0 { ", " } else { "" });
                    self.column(row, column)?;
                }
                Ok(())
            }
            Columns::Numbered(count) => {
                let row = self.row(row, None)?;
                let name = self.rows[row].name.clone();
                self.list(&NAMES[..count.min(NAMES.len())], ", ", |renderer, column| {
                    renderer.quote(&name);
                    renderer.push(".");
                    renderer.quote(column);
                    Ok(())
                })
            }
        }
    }

    /// A join that the query asked for.
    pub(super) fn explicit_join(&mut self, join: &Join) -> Result<()> {
        let Join { kind, from, row, on } = join;
        let table = self.aside(|renderer| renderer.source(from, *row, *kind == JoinKind::Left))?;
        if let Some(frame) = self.frames.last_mut() {
            frame.roots.push(*row);
            frame.joining = Some(*row);
        }
        let condition = match on {
            Some(condition) => Some(self.aside(|renderer| renderer.node(condition))?),
            None => None,
        };
        let mut text = Part::text(match kind {
            JoinKind::Inner => " INNER JOIN ",
            JoinKind::Left => " LEFT JOIN ",
            JoinKind::Cross => " CROSS JOIN ",
        });
        text.append(table);
        if let Some(condition) = condition {
            text.append(Part::text(" ON "));
            text.append(condition);
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.joining = None;
            frame.joins.append(text);
        }
        Ok(())
    }
}

/// What a query in parentheses is called.
fn derived_name(columns: Columns) -> &'static str {
    match columns {
        Columns::Model(model) => model.table,
        Columns::Numbered(_) => "derived",
    }
}
