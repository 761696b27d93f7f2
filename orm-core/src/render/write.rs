//! UPDATE, DELETE and INSERT .. SELECT by a query.
//!
//! A statement about its own table alone is written as it is. Where its filters need other tables, or what the backend's
//! UPDATE and DELETE do not have, the keys of the rows are picked by a subquery; where its values do, the values are picked
//! along. Values speak of the rows as they were before, also where the backend assigns one column after the other.

use super::select::Head;
use super::upsert::in_reading_order;
use super::{Part, Rendered, Renderer};
use crate::definition::ModelDef;
use crate::dialect::{Dialect, UpdateFrom};
use crate::error::{Error, Result};
use crate::node::{Assigned, Assignment, Body, Delete, InsertFrom, Node, Select, Update, Write};
use crate::path::Path;

/// Renders a statement that writes by a query.
pub(crate) fn write(write: &Write, dialect: &dyn Dialect) -> Result<Rendered> {
    let part = match write {
        Write::Update(update) => render_update(update, dialect),
        Write::Delete(delete) => render_delete(delete, dialect),
        Write::Insert(insert) => render_insert(insert, dialect),
    };
    part.map(Rendered::from)
}

/// The model whose rows a query finds; an error where it finds no rows of a table.
pub(crate) fn written_model(rows: &Select, verb: &str) -> Result<&'static ModelDef> {
    let refused = |what: &str| {
        Error::invalid_query(format!(
            "{what} does not go with {verb}: it writes the rows of one table as they are"
        ))
    };
    let crate::node::From::Model(model) = rows.from else { return Err(refused("a query of other queries")) };
    if !rows.groups.is_empty() || !rows.having.is_empty() {
        return Err(refused("GROUP BY"));
    }
    if rows.distinct {
        return Err(refused("DISTINCT"));
    }
    if rows.lock.is_some() {
        return Err(refused("a row lock"));
    }
    if !rows.hints.is_empty() {
        return Err(refused("a hint"));
    }
    Ok(model)
}

/// What an UPDATE or DELETE of one table alone consists of, if it can be one.
struct Written {
    table: Part,
    filters: Part,
    returning: Part,
    /// Whether the filters need more than the table itself.
    filters_need_more: bool,
}

impl Renderer<'_> {
    /// Whether something since then needs more than the table that is written.
    fn needs_more(&self, model: &ModelDef, first_row: usize) -> bool {
        let joined = self.frames.last().is_some_and(|frame| !frame.joins.sql.is_empty());
        let reads_itself = || {
            self.rows[first_row..].iter().any(|row| row.model.is_some_and(|other| other.table == model.table))
        };
        joined
            || !self.ctes.is_empty()
            || (!self.dialect.capabilities().writes.reads_itself && reads_itself())
    }

    /// Starts a statement about one table, and gives the table.
    fn begin_write(&mut self, root: Path, model: &'static ModelDef) -> Result<Part> {
        self.open_frame(root);
        self.aside(|renderer| {
            let name = renderer.name_model(root, model, false);
            renderer.table(model, &name);
            Ok(())
        })
    }

    fn written(
        &mut self,
        rows: &Select,
        table: Part,
        returning: &[Node],
        model: &'static ModelDef,
        verb: &str,
    ) -> Result<Written> {
        let returning = self.returning(returning, verb)?;
        let first_row = self.rows.len();
        let native_limit = self.dialect.capabilities().writes.limit;
        let cut = rows.limit.is_some() || rows.offset.is_some();
        let must = !rows.joins.is_empty() || rows.offset.is_some() || (rows.limit.is_some() && !native_limit);
        let filters = if must {
            Part::default()
        } else {
            self.aside(|renderer| {
                renderer.conditions(" WHERE ", &rows.filters)?;
                renderer.ordered(&rows.order)?;
                let text = renderer.dialect.limit_offset(rows.limit, None);
                renderer.push(&text);
                Ok(())
            })?
        };
        let filters_need_more = must || self.needs_more(model, first_row);
        if !rows.order.is_empty() && !cut && (filters_need_more || !native_limit) {
            return Err(Error::unsupported(
                format!("the order of an {verb} without a limit"),
                self.dialect.name(),
            ));
        }
        Ok(Written { table, filters, returning, filters_need_more })
    }

    /// RETURNING, which sees the written row alone.
    fn returning(&mut self, returning: &[Node], verb: &str) -> Result<Part> {
        let part = self.aside(|renderer| {
            for (position, node) in returning.iter().enumerate() {
                renderer.push(if position > 0 { ", " } else { " RETURNING " });
                if node.has_aggregate() {
                    return Err(Error::invalid_query(
                        "`returning` gives each written row, so it takes no aggregates: count what comes back",
                    ));
                }
                renderer.node(node)?;
            }
            Ok(())
        })?;
        if self.frames.last().is_some_and(|frame| !frame.joins.sql.is_empty()) {
            return Err(Error::invalid_query(format!(
                "`returning` of an {verb} sees the written row alone: take the column of the other row out, or query it"
            )));
        }
        Ok(part)
    }

    /// `t.id IN (SELECT ..)`: the keys of the rows.
    fn keys_in(&mut self, rows: &Select, model: &'static ModelDef) -> Result<()> {
        let keys: Vec<Node> = model.key_columns().map(|key| Node::Column(rows.root, key)).collect();
        self.push(" WHERE ");
        match keys.as_slice() {
            [only] => self.node(only)?,
            several => self.node(&Node::Tuple(several.to_vec()))?,
        }
        self.push(" IN (");
        if self.dialect.capabilities().writes.reads_itself {
            let part = picked(rows, keys, Head::Selected, self.dialect)?;
            self.out.append(part);
        } else {
            // The server reads the table that it writes only where it has kept the rows aside.
            let width = keys.len();
            let part = picked(&kept_aside(rows), keys, Head::Numbered, self.dialect)?;
            self.push("SELECT ");
            for position in 0..width {
                self.push(if position > 0 { ", " } else { "" });
                self.quote("picked");
                self.push(".");
                self.quote(&format!("c{position}"));
            }
            self.push(" FROM (");
            self.out.append(part);
            self.push(") AS ");
            self.quote("picked");
        }
        self.push(")");
        Ok(())
    }

    /// What a column gets.
    pub(super) fn assigned(&mut self, model: &ModelDef, assignment: &Assignment) -> Result<()> {
        match &assignment.value {
            Assigned::Node(node) => self.node(node),
            Assigned::Default => match assignment.column.server_default {
                Some(default) => {
                    self.push("(");
                    self.push(default);
                    self.push(")");
                    Ok(())
                }
                None => Err(Error::invalid_query(format!(
                    "`{}.{}` has no default in the database: write `#[orm(server_default = \"..\")]`, or set a value",
                    model.name, assignment.column.field
                ))),
            },
        }
    }
}

/// A SELECT of expressions of these rows, complete in itself.
fn picked(rows: &Select, output: Vec<Node>, head: Head, dialect: &dyn Dialect) -> Result<Part> {
    let mut select = Select { output, comment: None, ..rows.clone() };
    if select.limit.is_none() && select.offset.is_none() {
        select.order = Vec::new();
    }
    let mut renderer = Renderer::new(dialect);
    renderer.body(&Body::Select(Box::new(select)), head)?;
    Ok(renderer.finish())
}

/// The same rows in a form that no optimizer merges with the statement around it.
fn kept_aside(rows: &Select) -> Select {
    let cut = rows.limit.is_some() || rows.offset.is_some();
    Select { distinct: !cut, ..rows.clone() }
}

fn render_delete(delete: &Delete, dialect: &dyn Dialect) -> Result<Part> {
    let Delete { rows, returning } = delete;
    let model = written_model(rows, "DELETE")?;
    let mut renderer = Renderer::new(dialect);
    let table = renderer.begin_write(rows.root, model)?;
    let Written { table, filters, returning, filters_need_more } =
        renderer.written(rows, table, returning, model, "DELETE")?;
    renderer.close_write();
    renderer.comment(rows.comment.as_deref());
    renderer.push("DELETE FROM ");
    renderer.out.append(table);
    if filters_need_more {
        renderer.keys_in(rows, model)?;
    } else {
        renderer.out.append(filters);
    }
    renderer.out.append(returning);
    Ok(renderer.out)
}

impl Renderer<'_> {
    /// Forgets what was tried; the table itself stays.
    fn close_write(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.joins = Part::default();
        }
        self.rows.truncate(1);
        self.ctes.clear();
    }
}

fn render_update(update: &Update, dialect: &dyn Dialect) -> Result<Part> {
    let Update { rows, assignments, returning } = update;
    let model = written_model(rows, "UPDATE")?;
    let writes = dialect.capabilities().writes;
    let mut renderer = Renderer::new(dialect);
    let table = renderer.begin_write(rows.root, model)?;
    let values = renderer.aside(|renderer| {
        renderer.list(assignments, ", ", |renderer, assignment| renderer.assigned(model, assignment))
    });
    let order = if writes.sequential { in_reading_order(rows.root, assignments, &[]) } else { None };
    let values_need_more = match values {
        Ok(_) => renderer.needs_more(model, 1) || (writes.sequential && order.is_none()),
        // The columns of joined rows are not known here.
        Err(_) if !rows.joins.is_empty() => true,
        Err(error) => return Err(error),
    };
    renderer.close_write();
    let Written { table, filters, returning, filters_need_more } =
        renderer.written(rows, table, returning, model, "UPDATE")?;
    renderer.close_write();
    renderer.comment(rows.comment.as_deref());
    if values_need_more {
        renderer.update_from(rows, assignments, model, table)?;
        renderer.out.append(returning);
        return Ok(renderer.out);
    }
    renderer.push("UPDATE ");
    renderer.out.append(table);
    renderer.push(" SET ");
    let order = order.unwrap_or_else(|| (0..assignments.len()).collect());
    renderer.list(&order, ", ", |renderer, position| {
        let assignment = &assignments[*position];
        renderer.quote(assignment.column.name);
        renderer.push(" = ");
        renderer.assigned(model, assignment)
    })?;
    if filters_need_more {
        renderer.keys_in(rows, model)?;
    } else {
        renderer.out.append(filters);
    }
    renderer.out.append(returning);
    Ok(renderer.out)
}

impl Renderer<'_> {
    /// An UPDATE whose values are picked along with the keys.
    fn update_from(
        &mut self,
        rows: &Select,
        assignments: &[Assignment],
        model: &'static ModelDef,
        table: Part,
    ) -> Result<()> {
        let mut output: Vec<Node> = model.key_columns().map(|key| Node::Column(rows.root, key)).collect();
        let keys = output.len();
        for assignment in assignments {
            if let Assigned::Node(node) = &assignment.value
                && !matches!(node, Node::Value(_))
            {
                output.push(node.clone());
            }
        }
        let reads_itself = self.dialect.capabilities().writes.reads_itself;
        let part = if reads_itself {
            picked(rows, output, Head::Numbered, self.dialect)?
        } else {
            picked(&kept_aside(rows), output, Head::Numbered, self.dialect)?
        };
        let picked_name = self.free_name("picked");
        let picked_column = |renderer: &mut Self, position: usize| {
            renderer.quote(&picked_name);
            renderer.push(".");
            renderer.quote(&format!("c{position}"));
        };
        let source = |renderer: &mut Self| {
            renderer.push("(");
            renderer.out.append(part);
            renderer.push(") AS ");
            renderer.quote(&picked_name);
        };
        let same_key = |renderer: &mut Self| {
            for (position, key) in model.key_columns().enumerate() {
                renderer.push(if position > 0 { " AND " } else { "" });
                renderer.column(rows.root, key)?;
                renderer.push(" = ");
                picked_column(renderer, position);
            }
            Ok(())
        };
        let set = |renderer: &mut Self, qualified: bool| {
            let mut position = keys;
            renderer.push(" SET ");
            renderer.list(assignments, ", ", |renderer, assignment| {
                if qualified {
                    renderer.column(rows.root, assignment.column)?;
                } else {
                    renderer.quote(assignment.column.name);
                }
                renderer.push(" = ");
                match &assignment.value {
                    Assigned::Node(Node::Value(_)) | Assigned::Default => {
                        renderer.assigned(model, assignment)
                    }
                    Assigned::Node(_) => {
                        picked_column(renderer, position);
                        position += 1;
                        Ok(())
                    }
                }
            })
        };
        self.push("UPDATE ");
        self.out.append(table);
        match self.dialect.capabilities().writes.update_from {
            UpdateFrom::From => {
                set(self, false)?;
                self.push(" FROM ");
                source(self);
                self.push(" WHERE ");
                same_key(self)
            }
            UpdateFrom::Join => {
                self.push(" INNER JOIN ");
                source(self);
                self.push(" ON ");
                same_key(self)?;
                set(self, true)
            }
        }
    }
}

fn render_insert(insert: &InsertFrom, dialect: &dyn Dialect) -> Result<Part> {
    let InsertFrom { model, root, columns, rows, returning } = insert;
    let mut renderer = Renderer::new(dialect);
    renderer.push("INSERT INTO ");
    renderer.quote(model.table);
    renderer.push(" (");
    renderer.list(columns, ", ", |renderer, column| {
        renderer.quote(column.name);
        Ok(())
    })?;
    renderer.push(") ");
    // The query is complete in itself, WITH included: not every backend has WITH before INSERT.
    let mut query = Renderer::new(dialect);
    query.body(rows, Head::Selected)?;
    renderer.out.append(query.finish());
    let returning = {
        let mut written = Renderer::new(dialect);
        let _table = written.begin_write(*root, model)?;
        written.returning(returning, "INSERT")?
    };
    renderer.out.append(returning);
    Ok(renderer.out)
}
