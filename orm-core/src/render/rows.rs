//! The rows of FROM clauses: their names, and the joins that paths call for.

use super::{Part, Renderer};
use crate::definition::{ColumnDef, ModelDef};
use crate::error::{Error, Result};
use crate::links;
use crate::path::Path;

/// A row of a FROM clause.
pub(super) struct NamedRow {
    pub(super) path: Path,
    pub(super) name: String,
    /// The model whose columns it has, and whose relations can be walked from it.
    pub(super) model: Option<&'static ModelDef>,
    /// Whether it may be missing, because it was joined from the left.
    pub(super) optional: bool,
    /// Whether this place can see it. Names stay taken.
    pub(super) visible: bool,
}

/// A query under way: the joins that its expressions called for.
pub(super) struct Frame {
    /// The rows of its FROM clause from which paths start.
    pub(super) roots: Vec<Path>,
    /// What follows the first table.
    pub(super) joins: Part,
    /// The first of its rows.
    pub(super) first_row: usize,
    /// The row whose ON condition is being written.
    pub(super) joining: Option<Path>,
}

impl Renderer<'_> {
    /// Starts a query whose rows hang on this one.
    pub(super) fn open_frame(&mut self, root: Path) {
        let first_row = self.rows.len();
        self.frames.push(Frame { roots: vec![root], joins: Part::default(), first_row, joining: None });
    }

    /// Ends a query; its rows are not seen any more. Gives its joins.
    pub(super) fn close_frame(&mut self) -> Part {
        let Some(frame) = self.frames.pop() else { return Part::default() };
        for row in &mut self.rows[frame.first_row..] {
            row.visible = false;
        }
        frame.joins
    }

    /// Hides the rows from a position on while something is written; later rows keep what they became.
    pub(super) fn hidden_from(
        &mut self,
        first: usize,
        write: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        let end = self.rows.len();
        let mut before = Vec::with_capacity(end - first);
        for row in &mut self.rows[first..end] {
            before.push(std::mem::replace(&mut row.visible, false));
        }
        let outcome = write(self);
        for (row, visible) in self.rows[first..end].iter_mut().zip(before) {
            row.visible = visible;
        }
        outcome
    }

    pub(super) fn table(&mut self, model: &ModelDef, name: &str) {
        self.quote(model.table);
        if name != model.table {
            self.push(" AS ");
            self.quote(name);
        }
    }

    /// A name that nothing else in the statement has: the wanted one, or one with a number.
    pub(super) fn free_name(&self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut number = 0;
        while self.rows.iter().any(|row| row.name == name) || self.ctes.iter().any(|cte| cte.name == name) {
            number += 1;
            name = format!("{wanted}_{number}");
        }
        name
    }

    /// Gives the row of a path a name: the wanted one, or one with a number where that is taken.
    pub(super) fn name(
        &mut self,
        path: Path,
        wanted: &str,
        model: Option<&'static ModelDef>,
        optional: bool,
    ) -> String {
        let name = self.free_name(wanted);
        self.rows.push(NamedRow { path, name: name.clone(), model, optional, visible: true });
        name
    }

    /// Gives the row of a model's table a name.
    pub(super) fn name_model(&mut self, path: Path, model: &'static ModelDef, optional: bool) -> String {
        self.name(path, model.table, Some(model), optional)
    }

    /// The row of a path, joined where it was not yet: its position among the rows.
    pub(super) fn row(&mut self, path: Path, column: Option<&ColumnDef>) -> Result<usize> {
        self.row_joined(path, column, false)
    }

    /// The same; what is joined for it is joined from the left where `outer`, so that it leaves no row out.
    pub(super) fn row_joined(
        &mut self,
        path: Path,
        column: Option<&ColumnDef>,
        outer: bool,
    ) -> Result<usize> {
        if let Some(known) = self.rows.iter().position(|row| row.path == path && row.visible) {
            return Ok(known);
        }
        if path.is_too_long() {
            return Err(Error::invalid_query(format!("a path walks at most {} relations", Path::LONGEST)));
        }
        let foreign = || {
            let what = column.map_or("a relation".to_owned(), |column| format!("column `{}`", column.name));
            Error::invalid_query(format!(
                "{what} belongs to a row that is not part of this query: use the columns that the closure of this query was \
                 given, and join every alias that is used"
            ))
        };
        let (from, step) = path.parent().ok_or_else(foreign)?;
        let from = self.row_joined(from, column, outer)?;
        let model = self.rows[from].model.ok_or_else(foreign)?;
        let relation = links::of(model)?.get(usize::from(step)).ok_or_else(foreign)?;
        if relation.definition.is_collection() {
            return Err(Error::invalid_query(format!(
                "{} leads to many rows: ask about them with `any`, `all` or `count`",
                relation.name()
            )));
        }
        let owner = self
            .frames
            .iter()
            .position(|frame| frame.roots.iter().any(|root| root.is_root_of(path)))
            .ok_or_else(foreign)?;
        if self.frames[owner].joining.is_some_and(|joining| joining.is_root_of(path)) {
            return Err(Error::invalid_query(format!(
                "the condition of a join walks {} of the rows that it joins: join those as rows of their own, or put the \
                 condition into `filter`",
                relation.name()
            )));
        }
        let optional = outer
            || self.rows[from].optional
            || !relation.holds_key()
            || relation.local.iter().any(|column| relation.owner.columns[usize::from(*column)].nullable);
        let from = self.rows[from].name.clone();
        let name = self.name_model(path, relation.target, optional);
        let position = self.rows.len() - 1;
        let join = self.aside(|renderer| {
            renderer.push(if optional { " LEFT JOIN " } else { " INNER JOIN " });
            renderer.table(relation.target, &name);
            renderer.push(" ON ");
            renderer.join(relation.target, &name, &relation.remote, relation.owner, &from, &relation.local);
            if let Some(condition) = renderer.condition_of(relation, path) {
                renderer.push(" AND ");
                renderer.operand(&condition)?;
                if renderer.rows.iter().skip(position + 1).any(|row| row.visible) {
                    return Err(Error::invalid_query(format!(
                        "the `filter` of {} walks to other rows, which a path to one row cannot: read it with `with` or `load`",
                        relation.name()
                    )));
                }
            }
            Ok(())
        })?;
        self.frames[owner].joins.append(join);
        Ok(position)
    }

    /// `one.a = other.b AND ..`
    pub(super) fn join(
        &mut self,
        model: &ModelDef,
        name: &str,
        columns: &[u16],
        other: &ModelDef,
        other_name: &str,
        other_columns: &[u16],
    ) {
        for (position, (column, other_column)) in columns.iter().zip(other_columns).enumerate() {
            self.push(if position > 0 { " AND " } else { "" });
            self.quote(name);
            self.push(".");
            self.quote(model.columns[usize::from(*column)].name);
            self.push(" = ");
            self.quote(other_name);
            self.push(".");
            self.quote(other.columns[usize::from(*other_column)].name);
        }
    }
}
