//! Statements: the clauses of a SELECT, where its rows come from, what it reads along.

use super::Shape;
use crate::along::{Along, Reach, Step};
use crate::node::{Columns, Cte, From, Join, Select};

impl<'s> Shape<'s, '_> {
    pub(super) fn select(&mut self, select: &'s Select) {
        let Select {
            from,
            root,
            joins,
            output,
            filters,
            groups,
            having,
            order,
            limit,
            offset,
            distinct,
            lock,
            hints,
            comment,
        } = select;
        self.counts([joins.len(), output.len(), filters.len(), groups.len()]);
        self.counts([having.len(), order.len(), hints.len(), usize::from(*distinct)]);
        self.from(from);
        self.path(*root);
        for Join { kind, from, row, on } in joins {
            self.word(*kind as u64 | u64::from(on.is_some()) << 8);
            self.from(from);
            self.path(*row);
            if let Some(on) = on {
                self.node(on);
            }
        }
        self.nodes(filters);
        if groups.is_empty() {
            self.nodes(output);
            self.nodes(having);
            self.orders(order);
        } else {
            // What is selected has to be equal to what is grouped by, values included.
            self.with_values(|shape| {
                shape.nodes(groups);
                shape.nodes(output);
                shape.nodes(having);
                shape.orders(order);
            });
        }
        // Numbers of rows are written into the text.
        let rest = usize::from(limit.is_some())
            | usize::from(offset.is_some()) << 1
            | usize::from(lock.is_some()) << 2
            | usize::from(comment.is_some()) << 3;
        self.word(rest as u64);
        if rest != 0 {
            self.option(*limit);
            self.option(*offset);
            self.option(lock.map(|lock| lock.strength as u64 | (lock.wait as u64) << 8));
            self.bytes(comment.as_deref().unwrap_or_default().as_bytes());
        }
        for hint in hints {
            self.bytes(hint.as_bytes());
        }
    }

    fn from(&mut self, from: &'s From) {
        match from {
            From::Model(model) => {
                self.word(1);
                self.definition(*model);
            }
            From::Query { body, columns, lateral } => {
                self.word(2 | u64::from(*lateral) << 8);
                self.columns(*columns);
                self.body(body);
            }
            From::Cte(cte) => {
                let Cte { id, name, columns, body, recursive } = cte.as_ref();
                self.word(3 | u64::from(*recursive) << 8);
                self.path(*id);
                // It is written where it is met first, and called by its name from then on.
                if !self.ctes.contains(id) {
                    self.ctes.push(*id);
                    self.bytes(name.as_bytes());
                    self.columns(*columns);
                    self.body(body);
                }
            }
            From::SoFar { id, columns } => {
                self.word(4);
                self.path(*id);
                self.columns(*columns);
            }
        }
    }

    fn columns(&mut self, columns: Columns) {
        match columns {
            Columns::Model(model) => {
                self.word(1);
                self.definition(model);
            }
            Columns::Numbered(count) => {
                self.word(2);
                self.word(count as u64);
            }
        }
    }

    pub(super) fn along(&mut self, along: &'s Along) {
        self.word(along.steps.len() as u64);
        for Step { relation, owner, owner_row, row, reach, owner_first, first } in &along.steps {
            self.definition(*relation);
            self.option(owner.map(|owner| owner as u64));
            self.counts([*owner_first, *first, 0, 0]);
            self.path(*owner_row);
            self.path(*row);
            match reach {
                Reach::Path => self.word(1),
                Reach::Collection(order) => {
                    self.word(2);
                    self.word(order.len() as u64);
                    self.orders(order);
                }
                Reach::Given => self.word(3),
            }
        }
    }
}
