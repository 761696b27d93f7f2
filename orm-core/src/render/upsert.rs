//! What follows the rows of an INSERT that may be there already.

use super::rows::NamedRow;
use super::{Rendered, Renderer};
use crate::definition::{ColumnDef, ModelDef};
use crate::dialect::{Dialect, UpsertForm};
use crate::error::{Error, Result};
use crate::node::{Assigned, Assignment, Conflict, ConflictAction, Node};
use crate::path::Path;

/// Renders the clause, with a blank before it.
pub(crate) fn upsert(
    model: &'static ModelDef,
    conflict: &Conflict,
    dialect: &dyn Dialect,
) -> Result<Rendered> {
    let Conflict { root, proposed, target, action } = conflict;
    let form = dialect.capabilities().writes.upsert;
    let mut renderer = Renderer::new(dialect);
    renderer.open_frame(*root);
    renderer.name_model(*root, model, false);
    let name = match form {
        UpsertForm::OnConflict => "excluded",
        UpsertForm::OnDuplicateKeyValues | UpsertForm::OnDuplicateKeyAlias => "new",
    };
    // It has no relations to walk: nothing is joined here.
    renderer.rows.push(NamedRow {
        path: *proposed,
        name: name.into(),
        model: None,
        optional: false,
        visible: true,
    });
    renderer.values_of = (form == UpsertForm::OnDuplicateKeyValues).then_some(*proposed);
    match form {
        UpsertForm::OnConflict => {
            renderer.push(" ON CONFLICT (");
            renderer.list(target, ", ", |renderer, (_, column)| {
                renderer.quote(column.name);
                Ok(())
            })?;
            renderer.push(")");
            match action {
                ConflictAction::Nothing => renderer.push(" DO NOTHING"),
                ConflictAction::Update { assignments, filters } => {
                    renderer.push(" DO UPDATE SET ");
                    renderer.list(assignments, ", ", |renderer, assignment| {
                        renderer.quote(assignment.column.name);
                        renderer.push(" = ");
                        renderer.assigned(model, assignment)
                    })?;
                    renderer.conditions(" WHERE ", filters)?;
                }
            }
        }
        UpsertForm::OnDuplicateKeyValues | UpsertForm::OnDuplicateKeyAlias => {
            renderer.duplicate_key(model, *root, target, action, form)?;
        }
    }
    if renderer.frames.last().is_some_and(|frame| !frame.joins.sql.is_empty()) {
        return Err(Error::invalid_query(format!(
            "`on_conflict` of `{}` knows the row that is there and the new one, no relations of them",
            model.name
        )));
    }
    if !renderer.ctes.is_empty() {
        return Err(Error::invalid_query("an upsert takes no common table expressions: use subqueries"));
    }
    Ok(renderer.out.into())
}

impl Renderer<'_> {
    fn duplicate_key(
        &mut self,
        model: &'static ModelDef,
        root: Path,
        target: &[(Path, &'static ColumnDef)],
        action: &ConflictAction,
        form: UpsertForm,
    ) -> Result<()> {
        match action {
            ConflictAction::Nothing => {
                // Not INSERT IGNORE, which passes over other errors as well: the row is set to what it is.
                self.push(" ON DUPLICATE KEY UPDATE ");
                if let Some((_, column)) = target.first() {
                    self.quote(column.name);
                    self.push(" = ");
                    self.column(root, column)?;
                }
                Ok(())
            }
            ConflictAction::Update { assignments, filters } => {
                if form == UpsertForm::OnDuplicateKeyAlias {
                    self.push(" AS ");
                    self.quote("new");
                }
                let order = in_reading_order(root, assignments, filters).ok_or_else(|| {
                    Error::unsupported(
                        "an upsert whose values and filter read columns that it sets, each the other's",
                        self.dialect.name(),
                    )
                })?;
                self.push(" ON DUPLICATE KEY UPDATE ");
                self.list(&order, ", ", |renderer, position| {
                    let assignment = &assignments[*position];
                    renderer.quote(assignment.column.name);
                    renderer.push(" = ");
                    if filters.is_empty() {
                        return renderer.assigned(model, assignment);
                    }
                    renderer.push("CASE");
                    renderer.conditions(" WHEN ", filters)?;
                    renderer.push(" THEN ");
                    renderer.assigned(model, assignment)?;
                    renderer.push(" ELSE ");
                    renderer.column(root, assignment.column)?;
                    renderer.push(" END");
                    Ok(())
                })
            }
        }
    }
}

/// An order in which each value is computed before the columns that it reads are set; none where two read each other's.
pub(super) fn in_reading_order(
    row: Path,
    assignments: &[Assignment],
    filters: &[Node],
) -> Option<Vec<usize>> {
    let reads = |reader: &Assignment, column: &ColumnDef| {
        let value = match &reader.value {
            Assigned::Node(node) => node.reads(row, column),
            Assigned::Default => false,
        };
        value || filters.iter().any(|filter| filter.reads(row, column))
    };
    let mut left: Vec<usize> = (0..assignments.len()).collect();
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        // The first that none of the others reads.
        let free = left.iter().position(|candidate| {
            let column = assignments[*candidate].column;
            !left.iter().any(|other| other != candidate && reads(&assignments[*other], column))
        })?;
        order.push(left.remove(free));
    }
    Some(order)
}
