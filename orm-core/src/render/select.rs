//! Queries: the clauses of a SELECT, counting and asking for rows, and two queries put together.

use super::Renderer;
use crate::along::Along;
use crate::column::Column;
use crate::dialect::ValuesForm;
use crate::error::{Error, Result};
use crate::node::{Body, Columns, Lock, LockStrength, LockWait, Node, Order, Output, Select, SetOperator};
use crate::path::Path;

/// What stands between SELECT and FROM.
#[derive(Clone, Copy)]
pub(super) enum Head {
    /// What the query selects.
    Selected,
    /// The same, named `c0`, `c1` and so on.
    Numbered,
    /// `1`, for EXISTS.
    One,
    /// `COUNT(*)`.
    Count,
}

impl Renderer<'_> {
    /// A whole statement.
    pub(super) fn statement(&mut self, select: &Select, output: Output) -> Result<()> {
        let computed = select.distinct || is_grouped(select);
        let cut = select.limit.is_some() || select.offset.is_some();
        match output {
            Output::Rows => self.query(select, Head::Selected, &select.order),
            Output::Count if !cut && !computed => self.query(select, Head::Count, &[]),
            Output::Count => {
                // Duplicates go and the rows are cut before they are counted; the order decides which ones are cut.
                self.push("SELECT COUNT(*) FROM (");
                let order: &[Order] = if cut { &select.order } else { &[] };
                let head = if select.output.is_empty() { Head::Selected } else { Head::Numbered };
                self.query(select, head, order)?;
                self.push(") AS ");
                self.quote("counted");
                Ok(())
            }
            Output::Exists => {
                self.push("SELECT EXISTS (");
                let head = if computed { Head::Selected } else { Head::One };
                self.query(select, head, &[])?;
                self.push(")");
                Ok(())
            }
        }
    }

    /// A query inside of a statement.
    pub(super) fn body(&mut self, body: &Body, head: Head) -> Result<()> {
        match body {
            Body::Select(select) => self.query(select, head, &select.order),
            Body::Set { operator, all, left, right } => {
                self.member(left, head)?;
                self.push(match operator {
                    SetOperator::Union => " UNION ",
                    SetOperator::Intersect => " INTERSECT ",
                    SetOperator::Except => " EXCEPT ",
                });
                if *all {
                    if *operator != SetOperator::Union && !self.dialect.capabilities().set_all {
                        let what =
                            if *operator == SetOperator::Intersect { "INTERSECT ALL" } else { "EXCEPT ALL" };
                        return Err(Error::unsupported(what, self.dialect.name()));
                    }
                    self.push("ALL ");
                }
                self.member(right, Head::Selected)
            }
            Body::Values(rows) => self.values(rows),
        }
    }

    /// One side of a set. What is sorted or cut stands in a query of its own: not every backend has parentheses here.
    fn member(&mut self, body: &Body, head: Head) -> Result<()> {
        let plain = match body {
            Body::Select(select) => {
                select.order.is_empty()
                    && select.limit.is_none()
                    && select.offset.is_none()
                    && select.lock.is_none()
            }
            Body::Set { .. } | Body::Values(_) => false,
        };
        if plain {
            return self.body(body, head);
        }
        self.push("SELECT * FROM (");
        self.body(body, head)?;
        self.push(") AS ");
        let name = self.name(Path::fresh(), "part", None, false);
        self.quote(&name);
        Ok(())
    }

    fn values(&mut self, rows: &[Vec<Node>]) -> Result<()> {
        let Some(first) = rows.first() else {
            return Err(Error::invalid_query(
                "a list of values without a row has no columns: leave the join out where nothing was given",
            ));
        };
        if rows.len() * first.len() > self.dialect.limits().parameters {
            return Err(Error::invalid_query(format!(
                "{} values are more than one statement of {} takes ({}): send them in parts",
                rows.len() * first.len(),
                self.dialect.name(),
                self.dialect.limits().parameters
            )));
        }
        let (keyword, opening, closing, separator) = match self.dialect.capabilities().values {
            ValuesForm::Values => ("VALUES ", "(", ")", ", "),
            ValuesForm::ValuesRow => ("VALUES ", "ROW(", ")", ", "),
            ValuesForm::UnionAll => ("", "SELECT ", "", " UNION ALL "),
        };
        self.push(keyword);
        self.list(rows, separator, |renderer, row| {
            renderer.push(opening);
            renderer.list(row, ", ", |renderer, node| renderer.node(node))?;
            renderer.push(closing);
            Ok(())
        })
    }

    /// A query of whole rows, which reads others along.
    pub(super) fn query_along(&mut self, select: &Select, along: &Along) -> Result<()> {
        let mut order = select.order.clone();
        if along.multiplies()
            && let Some(model) = select.model()
        {
            // The rows of an owner stand together.
            order.extend(model.key_columns().map(|column| Column::<()>::new(select.root, column).asc()));
        }
        self.query_with(select, Head::Selected, &order, along)
    }

    fn query(&mut self, select: &Select, head: Head, order: &[Order]) -> Result<()> {
        self.query_with(select, head, order, &Along::default())
    }

    /// One query: its expressions are rendered before its FROM clause, since they call for joins.
    fn query_with(&mut self, select: &Select, head: Head, order: &[Order], along: &Along) -> Result<()> {
        let Select {
            from,
            root,
            joins,
            output,
            filters,
            groups,
            having,
            order: _,
            limit,
            offset,
            distinct,
            lock,
            hints,
            comment,
        } = select;
        self.open_frame(*root);
        let table = self.aside(|renderer| renderer.source(from, *root, false))?;
        for join in joins {
            self.explicit_join(join)?;
        }
        if is_grouped(select) {
            let outside = matches!(head, Head::Selected | Head::Numbered);
            self.check_groups(select, outside, order)?;
        }
        let beginning = self.aside(|renderer| {
            renderer.comment(comment.as_deref());
            renderer.push("SELECT ");
            renderer.hints(hints)?;
            renderer.push(if *distinct { "DISTINCT " } else { "" });
            match head {
                Head::One => renderer.push("1"),
                Head::Count => renderer.push("COUNT(*)"),
                Head::Selected => renderer.output(*root, from.columns(), output, false)?,
                Head::Numbered => renderer.output(*root, from.columns(), output, true)?,
            }
            Ok(())
        })?;
        let mut tail = self.aside(|renderer| {
            renderer.conditions(" WHERE ", filters)?;
            if !groups.is_empty() {
                renderer.push(" GROUP BY ");
                renderer.list(groups, ", ", |renderer, term| renderer.node(term))?;
            }
            renderer.conditions(" HAVING ", having)?;
            renderer.ordered(order)
        })?;
        // What the query joined by itself is not joined again.
        let more = self.along(along)?;
        let end = self.aside(|renderer| {
            renderer.ordered_along(order.is_empty(), along)?;
            if limit.is_some() || offset.is_some() {
                let text = renderer.dialect.limit_offset(*limit, *offset);
                renderer.push(&text);
            }
            if let Some(lock) = lock {
                renderer.lock(*lock)?;
            }
            Ok(())
        })?;
        tail.append(end);
        let joins = self.close_frame();
        self.out.append(beginning);
        self.out.append(more);
        self.push(" FROM ");
        self.out.append(table);
        self.out.append(joins);
        self.out.append(tail);
        Ok(())
    }

    /// The select list.
    fn output(&mut self, root: Path, columns: Columns, output: &[Node], numbered: bool) -> Result<()> {
        if output.is_empty() {
            return self.all_columns(root, columns);
        }
        self.select_list(output, numbered)
    }

    /// Expressions, named `c0`, `c1` and so on where they are to have names.
    pub(super) fn select_list(&mut self, output: &[Node], numbered: bool) -> Result<()> {
        for (position, node) in output.iter().enumerate() {
            self.push(if position > 0 { ", " } else { "" });
            self.node(node)?;
            if numbered {
                self.push(" AS ");
                self.quote(&format!("c{position}"));
            }
        }
        Ok(())
    }

    pub(super) fn ordered(&mut self, order: &[Order]) -> Result<()> {
        for (position, term) in order.iter().enumerate() {
            self.push(if position == 0 { " ORDER BY " } else { ", " });
            self.order(term)?;
        }
        Ok(())
    }

    /// All of these conditions, if there are any.
    pub(super) fn conditions(&mut self, keyword: &str, conditions: &[Node]) -> Result<()> {
        for (position, condition) in conditions.iter().enumerate() {
            self.push(if position == 0 { keyword } else { " AND " });
            if conditions.len() > 1 { self.operand(condition)? } else { self.node(condition)? }
        }
        Ok(())
    }

    fn lock(&mut self, lock: Lock) -> Result<()> {
        let Some(clause) = self.dialect.lock_clause(lock) else {
            let what = match lock {
                Lock { wait: LockWait::NoWait, .. } => "NOWAIT of a row lock",
                Lock { wait: LockWait::SkipLocked, .. } => "SKIP LOCKED of a row lock",
                Lock { strength: LockStrength::Update, .. } => "a row lock by FOR UPDATE",
                Lock { strength: LockStrength::Share, .. } => "a row lock by FOR SHARE",
            };
            return Err(Error::unsupported(what, self.dialect.name()));
        };
        self.push(clause);
        Ok(())
    }

    /// A comment cannot end early: its end is taken apart.
    pub(super) fn comment(&mut self, comment: Option<&str>) {
        if let Some(comment) = comment {
            self.push("/* ");
            self.push(&harmless(comment));
            self.push(" */ ");
        }
    }

    fn hints(&mut self, hints: &[String]) -> Result<()> {
        if hints.is_empty() {
            return Ok(());
        }
        if !self.dialect.capabilities().hints {
            return Err(Error::unsupported("an optimizer hint", self.dialect.name()));
        }
        self.push("/*+ ");
        for hint in hints {
            self.push(&harmless(hint));
            self.push(" ");
        }
        self.push("*/ ");
        Ok(())
    }
}

/// Text that can stand inside of a comment.
fn harmless(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            // `*/` ends a comment, `/*!` starts one that is run, `?` may be taken for a placeholder.
            '*' | '/' | '?' | '\0' => safe.push(' '),
            other => safe.push(other),
        }
    }
    safe
}

/// Whether a query computes its rows from groups.
fn is_grouped(select: &Select) -> bool {
    !select.groups.is_empty() || !select.having.is_empty() || select.output.iter().any(Node::has_aggregate)
}
