//! The columns and joins of relations that a statement reads along with its rows.

use super::{Part, Renderer};
use crate::along::{Along, Reach, Step};
use crate::error::Result;
use crate::node::{Columns, Order};
use crate::path::Path;

impl Renderer<'_> {
    /// The further columns of the select list, each behind a comma. What they need is joined from the left, so that no row is
    /// left out.
    pub(super) fn along(&mut self, along: &Along) -> Result<Part> {
        self.aside(|renderer| {
            for step in &along.steps {
                match &step.reach {
                    Reach::Path => _ = renderer.row_joined(step.row, None, true)?,
                    Reach::Collection(_) => renderer.join_collection(step)?,
                    Reach::Given => {}
                }
                renderer.push(", ");
                renderer.all_columns(step.row, Columns::Model(step.relation.target))?;
            }
            Ok(())
        })
    }

    /// In which order the rows of each owner stand, behind the order of the owners.
    pub(super) fn ordered_along(&mut self, is_first: bool, along: &Along) -> Result<()> {
        let mut is_first = is_first;
        for step in &along.steps {
            let order: &[Order] = match &step.reach {
                Reach::Collection(order) => order,
                Reach::Path | Reach::Given => &[],
            };
            for term in order {
                self.push(if std::mem::take(&mut is_first) { " ORDER BY " } else { ", " });
                self.order(term)?;
            }
        }
        Ok(())
    }

    fn join_collection(&mut self, step: &Step) -> Result<()> {
        let Step { relation, owner_row, row, .. } = step;
        let owner = self.row_joined(*owner_row, None, true)?;
        let owner = self.rows[owner].name.clone();
        let name = self.name_model(*row, relation.target, true);
        let join = self.aside(|renderer| {
            renderer.push(" LEFT JOIN ");
            match &relation.link {
                None => {
                    renderer.table(relation.target, &name);
                    renderer.push(" ON ");
                    renderer.join(
                        relation.target,
                        &name,
                        &relation.remote,
                        relation.owner,
                        &owner,
                        &relation.local,
                    );
                }
                Some(link) => {
                    let link_name = renderer.name_model(Path::fresh(), link.model, true);
                    renderer.table(link.model, &link_name);
                    renderer.push(" ON ");
                    renderer.join(
                        link.model,
                        &link_name,
                        &link.local,
                        relation.owner,
                        &owner,
                        &relation.local,
                    );
                    renderer.push(" LEFT JOIN ");
                    renderer.table(relation.target, &name);
                    renderer.push(" ON ");
                    renderer.join(
                        relation.target,
                        &name,
                        &relation.remote,
                        link.model,
                        &link_name,
                        &link.remote,
                    );
                }
            }
            Ok(())
        })?;
        if let Some(frame) = self.frames.last_mut() {
            frame.roots.push(*row);
            frame.joins.append(join);
        }
        Ok(())
    }
}
