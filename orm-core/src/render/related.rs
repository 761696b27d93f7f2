//! The rows that relations lead to: subqueries that ask about them, and the SELECTs that load them.

use super::Renderer;
use crate::along::Along;
use crate::column::Column;
use crate::definition::ModelDef;
use crate::error::{Error, Result};
use crate::links::{self, Relation};
use crate::model::Narrowing;
use crate::node::{Columns, Node, Order, Related};
use crate::owners::{KeyList, Sorting};
use crate::path::Path;

impl Renderer<'_> {
    /// A correlated subquery about the rows of a collection.
    pub(super) fn related(&mut self, related: &Related) -> Result<()> {
        let Related { at, row, filters, count } = related;
        let (owner, step) = at.parent().ok_or_else(|| {
            Error::invalid_query(format!("a path walks at most {} relations", Path::LONGEST))
        })?;
        let owner = self.row(owner, None)?;
        let owner_name = self.rows[owner].name.clone();
        let foreign = || Error::invalid_query("a relation of another model");
        let model = self.rows[owner].model.ok_or_else(foreign)?;
        let relation = links::of(model)?.get(usize::from(step)).ok_or_else(foreign)?;
        self.push(if *count { "(SELECT COUNT(*) FROM " } else { "EXISTS (SELECT 1 FROM " });
        self.open_frame(*row);
        let name = self.name_model(*row, relation.target, false);
        let link =
            relation.link.as_ref().map(|link| (link, self.name_model(Path::fresh(), link.model, false)));
        let tail = self.aside(|renderer| {
            renderer.push(" WHERE ");
            match &link {
                None => renderer.join(
                    relation.target,
                    &name,
                    &relation.remote,
                    relation.owner,
                    &owner_name,
                    &relation.local,
                ),
                Some((link, link_name)) => {
                    renderer.join(
                        link.model,
                        link_name,
                        &link.local,
                        relation.owner,
                        &owner_name,
                        &relation.local,
                    );
                }
            }
            for filter in renderer.condition_of(relation, *row).iter().chain(filters) {
                renderer.push(" AND ");
                renderer.operand(filter)?;
            }
            Ok(())
        })?;
        let joins = self.close_frame();
        self.table(relation.target, &name);
        if let Some((link, link_name)) = &link {
            self.push(" INNER JOIN ");
            self.table(link.model, link_name);
            self.push(" ON ");
            self.join(link.model, link_name, &link.remote, relation.target, &name, &relation.remote);
        }
        self.out.append(joins);
        self.out.append(tail);
        self.push(")");
        Ok(())
    }

    /// The rows of a relation: all columns of its target, or these expressions.
    pub(super) fn related_rows(
        &mut self,
        relation: &Relation,
        keys: KeyList<'_>,
        root: Path,
        narrowing: Option<&Narrowing>,
        output: &[Node],
        along: &Along,
    ) -> Result<()> {
        let target = relation.target;
        self.open_frame(root);
        let name = self.name_model(root, target, false);
        let link_row = Path::fresh();
        let link = relation.link.as_ref().map(|link| (link, self.name_model(link_row, link.model, false)));
        let (key_row, key_model, key_name, key_columns) = match &link {
            Some((link, link_name)) => (link_row, link.model, link_name.clone(), &link.local),
            None => (root, target, name.clone(), &relation.remote),
        };
        let limit = narrowing.and_then(|narrowing| narrowing.limit);
        let order = match Sorting::of(relation, narrowing, along) {
            Sorting::Loader(_) if output.is_empty() => Vec::new(),
            _ => relation.order(root, narrowing)?,
        };
        // The columns of a query in parentheses need names of their own.
        let named = limit.is_some() && !output.is_empty();
        if output.is_empty() {
            self.all_columns(root, Columns::Model(target))?;
        } else {
            self.select_list(output, named)?;
        }
        if link.is_some() || !output.is_empty() {
            for (position, column) in key_columns.iter().enumerate() {
                self.push(", ");
                self.quote(&key_name);
                self.push(".");
                self.quote(key_model.columns[usize::from(*column)].name);
                if limit.is_some() {
                    self.push(" AS ");
                    self.quote(&format!("owner{position}"));
                }
            }
        }
        if limit.is_some() {
            self.push(", ROW_NUMBER() OVER (PARTITION BY ");
            for (position, column) in key_columns.iter().enumerate() {
                self.push(if position > 0 { ", " } else { "" });
                self.quote(&key_name);
                self.push(".");
                self.quote(key_model.columns[usize::from(*column)].name);
            }
            for (position, term) in order.iter().enumerate() {
                self.push(if position == 0 { " ORDER BY " } else { ", " });
                self.order(term)?;
            }
            self.push(") AS ");
            self.quote("row_of_owner");
        }
        let is_unordered = order.is_empty();
        let head = std::mem::take(&mut self.out);
        self.push(" WHERE ");
        self.key_list(&key_name, key_model, key_columns, keys);
        let filters = narrowing.iter().flat_map(|narrowing| &narrowing.filters);
        for filter in self.condition_of(relation, root).iter().chain(filters) {
            self.push(" AND ");
            self.operand(filter)?;
        }
        if limit.is_none() && !order.is_empty() {
            self.ordered(&owner_by_owner(key_row, key_model, key_columns, order))?;
        }
        let mut tail = std::mem::take(&mut self.out);
        let more = self.along(along)?;
        let end = self.aside(|renderer| renderer.ordered_along(is_unordered, along))?;
        tail.append(end);
        let joins = self.close_frame();
        if limit.is_some() {
            self.push("SELECT * FROM (");
        }
        self.push("SELECT ");
        self.out.append(head);
        self.out.append(more);
        self.push(" FROM ");
        self.table(target, &name);
        if let Some((link, link_name)) = &link {
            self.push(" INNER JOIN ");
            self.table(link.model, link_name);
            self.push(" ON ");
            self.join(link.model, link_name, &link.remote, target, &name, &relation.remote);
        }
        self.out.append(joins);
        self.out.append(tail);
        if let Some(limit) = limit {
            self.push(") AS ");
            self.quote("numbered");
            self.push(" WHERE ");
            self.quote("row_of_owner");
            self.push(&format!(" <= {limit} ORDER BY "));
            self.quote("row_of_owner");
        }
        Ok(())
    }

    /// `t.a IN (?, ?)`, or the same for keys of several columns.
    pub(super) fn key_list(&mut self, name: &str, model: &ModelDef, columns: &[u16], keys: KeyList<'_>) {
        let column = |renderer: &mut Self, column: u16| {
            renderer.quote(name);
            renderer.push(".");
            renderer.quote(model.columns[usize::from(column)].name);
        };
        if let [only] = columns {
            column(self, *only);
            self.push(" IN (");
            for (position, key) in keys.padded().enumerate() {
                self.push(if position > 0 { ", " } else { "" });
                for value in key {
                    self.value(value);
                }
            }
            self.push(")");
            return;
        }
        self.push("(");
        for (position, key) in keys.padded().enumerate() {
            self.push(if position > 0 { " OR (" } else { "(" });
            for (part, (position, value)) in columns.iter().zip(key).enumerate() {
                self.push(if part > 0 { " AND " } else { "" });
                column(self, *position);
                self.push(" = ");
                self.value(value);
            }
            self.push(")");
        }
        self.push(")");
    }
}

/// The rows owner by owner, and those of one in an order: an index of the key gives them so, and what is left to sort are the
/// few rows of each.
fn owner_by_owner(row: Path, model: &'static ModelDef, key: &[u16], order: Vec<Order>) -> Vec<Order> {
    let mut terms = Vec::with_capacity(key.len() + order.len());
    for column in key {
        terms.push(Column::<()>::new(row, &model.columns[usize::from(*column)]).asc());
    }
    let owner =
        |node: &Node| matches!(node, Node::Column(of, column) if *of == row && key.contains(&column.index));
    terms.extend(order.into_iter().filter(|term| !owner(&term.node)));
    terms
}
