//! Queries of groups select only what a group has one value of. The databases differ there: SQLite takes any row of the
//! group, MySQL asks its settings. Here it is an error that names the column.

use super::Renderer;
use crate::definition::ColumnDef;
use crate::error::{Error, Result};
use crate::node::{Columns, Node, Order, Select};
use crate::path::Path;

impl Renderer<'_> {
    /// Checks what stands outside of aggregates: the select list, where it is asked for, HAVING and ORDER BY.
    pub(super) fn check_groups(&mut self, select: &Select, outside: bool, order: &[Order]) -> Result<()> {
        let groups = &select.groups;
        if outside {
            match (select.output.is_empty(), select.from.columns()) {
                (true, Columns::Model(model)) => {
                    for column in model.columns {
                        self.check_column(select.root, column, groups)?;
                    }
                }
                (true, Columns::Numbered(_)) => {}
                (false, _) => {
                    for node in &select.output {
                        self.check_node(node, groups)?;
                    }
                }
            }
        }
        for node in &select.having {
            self.check_node(node, groups)?;
        }
        for term in order {
            self.check_node(&term.node, groups)?;
        }
        Ok(())
    }

    fn check_node(&mut self, node: &Node, groups: &[Node]) -> Result<()> {
        match node {
            Node::Column(path, column) => return self.check_column(*path, column, groups),
            // Over all rows of the group.
            Node::Aggregate(aggregate) if aggregate.over.is_none() => return Ok(()),
            _ => {}
        }
        for group in groups {
            if std::mem::discriminant(group) == std::mem::discriminant(node) {
                let here = self.aside(|renderer| renderer.node(node))?;
                let there = self.aside(|renderer| renderer.node(group))?;
                if here == there {
                    return Ok(());
                }
            }
        }
        for part in node.parts() {
            self.check_node(part, groups)?;
        }
        Ok(())
    }

    /// A column is grouped, or its row is known by a primary key that is.
    fn check_column(&mut self, path: Path, column: &'static ColumnDef, groups: &[Node]) -> Result<()> {
        let is_grouped = |row: Path, wanted: &ColumnDef| {
            groups.iter().any(
                |group| matches!(group, Node::Column(at, column) if *at == row && std::ptr::eq(*column, wanted)),
            )
        };
        if is_grouped(path, column) {
            return Ok(());
        }
        let known = self.row(path, Some(column))?;
        let owner = self.rows[known].model;
        let mut row = Some(path);
        while let Some(at) = row {
            let position = self.row(at, Some(column))?;
            if let Some(model) = self.rows[position].model {
                let mut key = model.primary_key.iter().map(|position| &model.columns[usize::from(*position)]);
                if key.all(|column| is_grouped(at, column)) {
                    return Ok(());
                }
            }
            row = at.parent().map(|(parent, _)| parent);
        }
        let model = owner.map_or("the query", |model| model.name);
        Err(Error::invalid_query(format!(
            "column `{}` of {model} has several values in a group: add it to `group_by`, or ask for its `min()`, `max()` or \
             another aggregate",
            column.name
        )))
    }
}
