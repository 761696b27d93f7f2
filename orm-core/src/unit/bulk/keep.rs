//! Keeps the objects of a session in step with rows that were written by a query: computed for the objects where that is
//! possible, else their rows are read again. What the database does along (ON DELETE, ON UPDATE) is read again as well, and
//! relations that were loaded and may be others by now are loaded anew when they are asked for.

use std::panic::Location;

use super::evaluate::{Evaluator, Unknown};
use crate::any_engine::{Shape, ShapeKind};
use crate::columns::ColumnSet;
use crate::definition::{AnyModel, Load, ModelDef, ReferentialAction, RelationKind, Row};
use crate::engine::{Next, RowSink};
use crate::error::{Error, ErrorKind, Result};
use crate::handle::SlotId;
use crate::links::{self, Relation};
use crate::node::{Assigned, Synchronize, Update, Write};
use crate::unit::objects::Objects;
use crate::unit::slot::ObjectState;
use crate::unit::{UnitOfWork, batch};
use crate::value::{Encoded, Value, ValueRef};
use crate::write;

/// What a write means for the objects, as far as it is known before.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    changed: Vec<(SlotId, Vec<(u16, Value)>)>,
    gone: Vec<SlotId>,
    /// Objects of the model whose rows are read again.
    reread: Vec<SlotId>,
    /// What happened to which table; none where the objects are left as they are.
    touched: Option<(&'static ModelDef, Touched)>,
}

/// What happened to rows of a table.
#[derive(Clone, Debug)]
pub(super) enum Touched {
    /// There are new ones.
    Added,
    /// These columns changed.
    Changed(ColumnSet),
    /// Some went.
    Gone,
}

impl Keeping {
    /// After rows were inserted, and perhaps others changed.
    pub(super) fn added(model: &'static ModelDef, reread: Vec<SlotId>) -> Self {
        Keeping { reread, touched: Some((model, Touched::Added)), ..Keeping::default() }
    }
}

/// The objects that have a row of the model.
pub(super) fn rows_of(objects: &Objects, model: &'static ModelDef) -> Vec<SlotId> {
    let mut slots = Vec::new();
    for slot in objects.ids() {
        let has_row = matches!(objects.slot(slot).state, ObjectState::Persistent | ObjectState::Doomed);
        if has_row && objects.object(slot).is_some_and(|object| object.definition().is(model)) {
            slots.push(slot);
        }
    }
    slots
}

/// Works out what a write means for the objects, before it is sent.
pub(super) fn prepare(objects: &Objects, write: &Write, how: Synchronize) -> Result<Keeping> {
    let (Some(model), true) = (write.model(), how != Synchronize::Nothing) else {
        return Ok(Keeping::default());
    };
    let mut keeping = Keeping::default();
    let outcome = match (write, how) {
        (Write::Insert(_), _) => return Ok(Keeping::added(model, Vec::new())),
        (_, Synchronize::Fetch) => Err(Unknown("")),
        (_, Synchronize::Auto | Synchronize::Evaluate | Synchronize::Nothing) => {
            evaluate(objects, write, model, &mut keeping)
        }
    };
    if let Err(Unknown(what)) = outcome {
        if how == Synchronize::Evaluate {
            return Err(Error::invalid_query(format!(
                "the {} of `{}` is to be evaluated for the objects of the session, and has what only the database \
                 computes ({what}): take `Synchronize::Fetch` or `Auto`",
                write.verb(),
                model.name
            )));
        }
        keeping = Keeping { reread: rows_of(objects, model), ..Keeping::default() };
    }
    keeping.touched = Some((
        model,
        match write {
            Write::Update(update) => {
                if let Some(key) = update.assignments.iter().find(|assignment| assignment.column.primary_key)
                    && !keeping.reread.is_empty()
                {
                    return Err(Error::invalid_query(format!(
                        "the UPDATE sets the key `{}.{}` of rows whose objects the session holds, in a way that only the \
                     database computes: set it through the objects, or in a session of its own",
                        model.name, key.column.field
                    )));
                }
                Touched::Changed(
                    update.assignments.iter().map(|assignment| assignment.column.index).collect(),
                )
            }
            Write::Delete(_) | Write::Insert(_) => Touched::Gone,
        },
    ));
    Ok(keeping)
}

/// Computes the filters and the values for each object.
fn evaluate(
    objects: &Objects,
    write: &Write,
    model: &'static ModelDef,
    keeping: &mut Keeping,
) -> Result<(), Unknown> {
    let rows = match write {
        Write::Update(Update { rows, .. }) => rows,
        Write::Delete(delete) => &delete.rows,
        Write::Insert(_) => return Ok(()),
    };
    if !rows.joins.is_empty() {
        return Err(Unknown("joined rows"));
    }
    if rows.limit.is_some() || rows.offset.is_some() {
        return Err(Unknown("a limit"));
    }
    for slot in rows_of(objects, model) {
        if objects.is_stale(slot) {
            // What it shows may be old by now, so nothing can be computed from it. It would not be found under a new key.
            if let Write::Update(update) = write
                && update.assignments.iter().any(|assignment| assignment.column.primary_key)
            {
                return Err(Unknown("the key of a stale object"));
            }
            keeping.reread.push(slot);
            continue;
        }
        let evaluator = Evaluator { root: rows.root, slot: objects.slot(slot) };
        if !evaluator.holds(&rows.filters)? {
            continue;
        }
        let Write::Update(update) = write else {
            keeping.gone.push(slot);
            continue;
        };
        let mut values = Vec::with_capacity(update.assignments.len());
        for assignment in &update.assignments {
            match &assignment.value {
                Assigned::Node(node) => values.push((assignment.column.index, evaluator.value(node)?)),
                Assigned::Default => return Err(Unknown("a default of the database")),
            }
        }
        keeping.changed.push((slot, values));
    }
    Ok(())
}

/// What reading rows again showed.
#[derive(Debug, Default)]
struct Reread {
    gone: Vec<SlotId>,
    /// Whether a row differed from its object.
    changed: bool,
}

impl UnitOfWork {
    /// Brings the objects in step with what was written.
    pub(super) async fn keep(&mut self, keeping: Keeping, caller: &'static Location<'static>) -> Result<()> {
        let Keeping { changed, gone, reread, touched } = keeping;
        let Some((model, touched)) = touched else { return Ok(()) };
        let mut all_gone = gone;
        for slot in &all_gone {
            self.journal.row_gone(*slot, &mut self.objects);
        }
        for (slot, values) in &changed {
            self.journal.row_changed(*slot, values, &mut self.objects);
        }
        let again = self.read_again(model, &reread, caller).await?;
        all_gone.extend(again.gone);
        let mut events = vec![(model, touched)];
        let mut next = 0;
        while let Some((parent, touched)) = events.get(next).cloned() {
            next += 1;
            for (child, columns) in self.followers(parent, &touched)? {
                let mut slots = rows_of(&self.objects, child);
                slots.retain(|slot| {
                    let entry = self.objects.slot(*slot);
                    columns
                        .iter()
                        .any(|column| entry.row_value(column).is_some_and(|value| !value.as_ref().is_null()))
                });
                let again = self.read_again(child, &slots, caller).await?;
                if !again.gone.is_empty() {
                    all_gone.extend(again.gone);
                    events.push((child, Touched::Gone));
                }
                if again.changed {
                    events.push((child, Touched::Changed(columns)));
                }
            }
        }
        for (model, touched) in &events {
            self.forget_relations(model, touched)?;
        }
        Ok(())
    }

    /// The models of the session whose rows the database changes or deletes along, and their columns that refer.
    fn followers(
        &self,
        parent: &'static ModelDef,
        touched: &Touched,
    ) -> Result<Vec<(&'static ModelDef, ColumnSet)>> {
        let mut followers: Vec<(&'static ModelDef, ColumnSet)> = Vec::new();
        let all: Vec<SlotId> = self.objects.ids().collect();
        for (child, _) in self.objects.by_model(&all) {
            let mut columns = ColumnSet::new();
            for key in links::references(child)? {
                let action = match touched {
                    Touched::Gone => key.on_delete,
                    Touched::Changed(changed)
                        if key.referred.iter().any(|column| changed.contains(*column)) =>
                    {
                        key.on_update
                    }
                    Touched::Added | Touched::Changed(_) => continue,
                };
                let follows = match action {
                    ReferentialAction::Cascade
                    | ReferentialAction::SetNull
                    | ReferentialAction::SetDefault => key.parent.is(parent),
                    ReferentialAction::NoAction | ReferentialAction::Restrict => false,
                };
                if follows {
                    key.columns.iter().for_each(|column| columns.insert(*column));
                }
            }
            if !columns.is_empty() {
                followers.push((child, columns));
            }
        }
        Ok(followers)
    }

    /// Reads the rows of objects again. Changes that were not flushed stay.
    async fn read_again(
        &mut self,
        model: &'static ModelDef,
        slots: &[SlotId],
        caller: &'static Location<'static>,
    ) -> Result<Reread> {
        let mut outcome = Reread::default();
        let all: ColumnSet = model.columns.iter().map(|column| column.index).collect();
        let limits = *self.engine.dialect().limits();
        let mut rest = slots;
        while !rest.is_empty() {
            let count = batch::largest(rest.len(), model.primary_key.len(), limits.batch_rows, &limits);
            let (part, others) = rest.split_at(count);
            rest = others;
            let shape = Shape::new(model, ShapeKind::SelectByKey, &all, count);
            let sql = self.engine.text(shape, |dialect| write::select_by_key(dialect, model, &all, count));
            let mut keys: Vec<Encoded<'_>> = Vec::with_capacity(count * model.primary_key.len());
            for slot in part {
                for column in model.primary_key {
                    keys.push(self.objects.slot(*slot).row_value(*column).unwrap_or(ValueRef::Null.into()));
                }
            }
            let bound: Vec<ValueRef<'_>> = keys.iter().map(Encoded::as_ref).collect();
            let mut found = Found { model, rows: Vec::new() };
            let Some(link) = self.transaction.as_mut() else {
                return Err(Error::new(ErrorKind::ConnectionLost));
            };
            link.caller = caller;
            link.run(&sql, &bound, &mut found).await?;
            let mut there = Vec::with_capacity(found.rows.len());
            for row in found.rows {
                let key: Vec<Encoded<'_>> =
                    model.primary_key.iter().map(|column| row.value(*column)).collect();
                if let Some(slot) = self.objects.find(model, key.iter().map(Encoded::as_ref)) {
                    there.push(slot);
                    outcome.changed |= self.journal.row_read(slot, row.as_ref(), &mut self.objects);
                }
            }
            for slot in part.iter().filter(|slot| !there.contains(slot)) {
                self.journal.row_gone(*slot, &mut self.objects);
                outcome.gone.push(*slot);
            }
        }
        Ok(outcome)
    }

    /// Relation fields that were loaded, and that may be others by now, are not loaded any more.
    fn forget_relations(&mut self, model: &'static ModelDef, touched: &Touched) -> Result<()> {
        let all: Vec<SlotId> = self.objects.ids().collect();
        for (owner, slots) in self.objects.by_model(&all) {
            for relation in links::of(owner)? {
                let concerned = concerns(relation, model, touched);
                // What was narrowed when it was loaded may have been narrowed by any column.
                let narrowed = relation.target.is(model) && matches!(touched, Touched::Changed(_));
                if !concerned && !narrowed {
                    continue;
                }
                for slot in &slots {
                    let load = self.objects.relation(*slot, relation.index).map(|items| items.load);
                    if concerned || load == Some(Load::Partial) {
                        self.forget_relation(*slot, relation, touched);
                    }
                }
            }
        }
        Ok(())
    }

    fn forget_relation(&mut self, slot: SlotId, relation: &Relation, touched: &Touched) {
        let objects = &self.objects;
        let Some(items) = objects.relation(slot, relation.index) else { return };
        if !matches!(items.load, Load::Loaded | Load::Partial)
            || objects.slot(slot).state != ObjectState::Persistent
        {
            return;
        }
        // Rows that went matter to the fields that hold their objects; a link row that went is not seen from there.
        let is_gone = |member: SlotId| objects.slot(member).state == ObjectState::Deleted;
        let by_link = relation.link.is_some();
        if matches!(touched, Touched::Gone) && !by_link && !items.slots().any(is_gone) {
            return;
        }
        let held = objects.slot(slot).held().map(|held| &held[usize::from(relation.index)]);
        if held.is_some_and(|held| held.differs(items)) {
            return;
        }
        self.journal.relation_forgotten(slot, relation.index, &mut self.objects);
    }
}

/// Whether a relation may lead elsewhere since rows of a table were written.
fn concerns(relation: &Relation, model: &'static ModelDef, touched: &Touched) -> bool {
    let through = relation.link.as_ref().is_some_and(|link| link.model.table == model.table);
    let target = relation.target.is(model);
    match touched {
        Touched::Added => through || (target && relation.definition.kind != RelationKind::BelongsTo),
        Touched::Gone => through || target,
        Touched::Changed(columns) => {
            let has = |joined: &[u16]| joined.iter().any(|column| columns.contains(*column));
            let by_link = relation.link.as_ref().filter(|_| through);
            // A relation with a condition may gain and lose rows by any column.
            (target && relation.definition.filter.is_some())
                || (relation.owner.is(model) && has(&relation.local))
                || (target && has(&relation.remote))
                || by_link.is_some_and(|link| has(&link.local) || has(&link.remote))
        }
    }
}

/// Whole rows of a model.
struct Found {
    model: &'static ModelDef,
    rows: Vec<Box<dyn AnyModel>>,
}

impl RowSink for Found {
    fn row(&mut self, row: &[ValueRef<'_>]) -> Result<Next> {
        self.rows.push((self.model.read)(Row::new(row, self.model))?);
        Ok(Next::More)
    }

    fn restart(&mut self) {
        self.rows.clear();
    }
}
