//! The reading half of a session: objects by key, queries, relations of objects that are there, and what a flush has to know
//! before it deletes.

use std::panic::Location;

use super::objects::Objects;
use super::related::Loading;
use super::tracking::{self, Populate, Tracking};
use super::{ObjectState, Request, UnitOfWork};
use crate::any_engine::{AnyEngine, Link};
use crate::definition::{AnyModel, Cascade, Items, Load, ModelDef, RelationKind};
use crate::engine::{RowSink, Sql};
use crate::error::{Error, ErrorKind, Result};
use crate::handle::{Handle, SlotId};
use crate::key::{IntoKey, KeyValues};
use crate::links;
use crate::model::{Branch, Cols, Eager, Model, branches};
use crate::node::Output;
use crate::now::BoxFuture;
use crate::render;
use crate::value::{Value, ValueRef};

impl UnitOfWork {
    /// The object with this primary key. One that the session holds, and that is not stale, costs no statement; one that is
    /// to be deleted is none.
    #[track_caller]
    pub fn get<T: Model>(
        &mut self,
        key: impl IntoKey<T::Key>,
    ) -> impl Future<Output = Result<Option<Handle<T>>>> + Send + '_ {
        let caller = Location::caller();
        let mut values = KeyValues::new();
        key.append_to(&mut values);
        async move {
            let session = self.objects.session;
            let slot = self.get_slot(T::model(), values, caller).await?;
            Ok(slot.map(|slot| Handle::new(slot, session)))
        }
    }

    pub(crate) async fn get_slot(
        &mut self,
        model: &'static ModelDef,
        key: KeyValues,
        caller: &'static Location<'static>,
    ) -> Result<Option<SlotId>> {
        self.ready()?;
        if let Some(slot) = self.objects.find(model, key.iter().map(Value::as_ref)) {
            if self.objects.slot(slot).state == ObjectState::Doomed {
                return Ok(None);
            }
            if !self.objects.is_stale(slot) {
                return Ok(Some(slot));
            }
        }
        self.autoflush(model.name, None, caller).await?;
        self.read_by_key(model, key, Populate::Stale, caller).await
    }

    pub(super) async fn read_by_key(
        &mut self,
        model: &'static ModelDef,
        key: KeyValues,
        populate: Populate,
        caller: &'static Location<'static>,
    ) -> Result<Option<SlotId>> {
        let sql = self.engine.select_by_key(model);
        let bound: smallvec::SmallVec<[ValueRef<'_>; 2]> = key.iter().map(Value::as_ref).collect();
        let mut sink = Tracking { objects: &mut self.objects, model, populate, found: Vec::new() };
        run(&mut self.transaction, &self.engine, &sql, &bound, &mut sink, caller).await?;
        Ok(sink.found.first().copied())
    }

    /// Reads an object's row again, and overwrites the object with it, changes included.
    ///
    /// # Panics
    /// With a handle of another session, or of an object that is gone.
    #[track_caller]
    pub fn refresh<T: Model>(&mut self, handle: Handle<T>) -> impl Future<Output = Result<()>> + Send + '_ {
        let caller = Location::caller();
        let slot = self.expect(handle);
        async move { self.refresh_slot(slot, caller).await }
    }

    pub(super) async fn refresh_slot(
        &mut self,
        slot: SlotId,
        caller: &'static Location<'static>,
    ) -> Result<()> {
        self.ready()?;
        let label = self.objects.label(slot);
        let entry = self.objects.slot(slot);
        let (Some(object), ObjectState::Persistent) = (entry.object.as_deref(), entry.state) else {
            return Err(Error::app(format!("{label} has no row to be refreshed from: flush first")));
        };
        let model = object.definition();
        let mut key = KeyValues::new();
        for column in model.primary_key {
            key.push(entry.row_value(*column).map_or(Value::Null, |value| value.into_value()));
        }
        match self.read_by_key(model, key, Populate::Existing, caller).await? {
            Some(_) => Ok(()),
            None => Err(Error::new(ErrorKind::Stale { object: label })),
        }
    }

    /// Loads relations of objects that the session holds: `session.load(post, |p| p.author()).await?`. All siblings that
    /// came from the same query are loaded at once, so a loop over them sends one statement; `.alone()` opts out.
    ///
    /// # Panics
    /// With a handle of another session, or of an object that is gone.
    #[track_caller]
    pub fn load<T: Model, E: Eager>(
        &mut self,
        targets: impl LoadTargets<T>,
        relations: impl FnOnce(Cols<T>) -> E,
    ) -> LoadRequest<'_> {
        let mut slots = Vec::new();
        for handle in targets.handles() {
            slots.push(self.expect(handle));
        }
        let branches = branches::<T, E>(relations);
        LoadRequest {
            session: self,
            model: T::model(),
            slots,
            branches,
            alone: false,
            caller: Location::caller(),
        }
    }

    pub(crate) async fn select(
        &mut self,
        model: &'static ModelDef,
        request: &Request,
    ) -> Result<Vec<SlotId>> {
        let Request { select, with, autoflush, populate_existing, caller } = request;
        self.ready()?;
        self.autoflush(model.name, *autoflush, caller).await?;
        let rendered = render::select(select, Output::Rows, self.engine.dialect())?;
        let bound: Vec<ValueRef<'_>> = rendered.values.iter().map(Value::as_ref).collect();
        let populate = if *populate_existing { Populate::Existing } else { Populate::Stale };
        let mut sink = Tracking { objects: &mut self.objects, model, populate, found: Vec::new() };
        run(&mut self.transaction, &self.engine, &Sql::new(rendered.sql), &bound, &mut sink, caller).await?;
        let found = sink.found;
        self.objects.remember_cohort(&found);
        if !with.is_empty() {
            self.load_branches(model, &found, with, populate, caller).await?;
        }
        Ok(found)
    }

    /// Takes an object that a row of a mixed selection was read into.
    pub(crate) fn place_object(&mut self, object: Box<dyn AnyModel>) -> Result<SlotId> {
        let slot = tracking::take(&mut self.objects, object)?;
        self.placed.push(slot);
        Ok(slot)
    }

    /// The objects that were taken from one query are siblings: their relations are loaded at once.
    pub(crate) fn end_placing(&mut self) {
        let placed = std::mem::take(&mut self.placed);
        for (_, siblings) in self.objects.by_model(&placed) {
            self.objects.remember_cohort(&siblings);
        }
    }

    /// Loads relations of objects that the session holds, on the transaction's connection or a borrowed one.
    pub(super) async fn load_branches(
        &mut self,
        model: &'static ModelDef,
        owners: &[SlotId],
        branches: &[Branch],
        populate: Populate,
        caller: &'static Location<'static>,
    ) -> Result<()> {
        let UnitOfWork { engine, objects, transaction, .. } = self;
        let mut borrowed;
        let link = match transaction {
            Some(link) => link,
            None => {
                borrowed = engine.connect(caller).await?;
                &mut borrowed
            }
        };
        link.caller = caller;
        Loading { objects, engine, link, populate }.branches(model, owners, branches).await
    }

    pub(crate) async fn load_slots(
        &mut self,
        model: &'static ModelDef,
        targets: &[SlotId],
        branches: &[Branch],
        alone: bool,
        caller: &'static Location<'static>,
    ) -> Result<()> {
        self.ready()?;
        self.autoflush(model.name, None, caller).await?;
        for branch in branches {
            // The siblings that came from the same query are loaded at once, so that a loop over them asks once.
            let relation = branch.relation;
            let lacks = |objects: &Objects, slot: SlotId| {
                objects.relation(slot, relation).is_some_and(|items| items.load != Load::Loaded)
            };
            let mut owners = targets.to_vec();
            if !alone && branch.narrowing.is_none() && targets.iter().any(|slot| lacks(&self.objects, *slot))
            {
                for target in targets {
                    let cohort = self.objects.slot(*target).cohort;
                    for sibling in &self.objects.cohorts[cohort as usize] {
                        let persistent = self.objects.slot(*sibling).state == ObjectState::Persistent;
                        if persistent && lacks(&self.objects, *sibling) {
                            owners.push(*sibling);
                        }
                    }
                }
            }
            self.load_branches(model, &owners, std::slice::from_ref(branch), Populate::Stale, caller).await?;
        }
        Ok(())
    }

    /// Loads what hangs on objects that are to be deleted, level by level, and what stood in collections that were replaced
    /// without having been loaded. Gives the objects whose children are known now.
    pub(super) async fn load_for_flush(
        &mut self,
        doomed: &[SlotId],
        caller: &'static Location<'static>,
    ) -> Result<rustc_hash::FxHashSet<SlotId>> {
        let mut level = doomed.to_vec();
        let mut seen: rustc_hash::FxHashSet<SlotId> = level.iter().copied().collect();
        while !level.is_empty() {
            let mut next = Vec::new();
            for (model, owners) in self.objects.by_model(&level) {
                for relation in links::of(model)? {
                    let definition = relation.definition;
                    let cascades = definition.cascade.has(Cascade::DELETE);
                    let needed = match definition.kind {
                        RelationKind::BelongsTo => cascades,
                        RelationKind::HasOne | RelationKind::HasMany | RelationKind::ManyToMany => {
                            !definition.passive_deletes && !definition.view_only
                        }
                    };
                    if !needed {
                        continue;
                    }
                    let branch = Branch { relation: relation.index, narrowing: None, branches: Vec::new() };
                    let missing: Vec<SlotId> = owners
                        .iter()
                        .copied()
                        .filter(|slot| {
                            self.objects
                                .relation(*slot, relation.index)
                                .is_some_and(|items| items.load != Load::Loaded)
                        })
                        .collect();
                    if !missing.is_empty() {
                        self.load_branches(model, &missing, &[branch], Populate::Stale, caller).await?;
                    }
                    if cascades {
                        for owner in &owners {
                            let members = self
                                .objects
                                .relation(*owner, relation.index)
                                .into_iter()
                                .flat_map(Items::slots);
                            next.extend(members.filter(|member| seen.insert(*member)));
                        }
                    }
                }
            }
            level = next;
        }
        self.load_replaced(caller).await?;
        Ok(seen)
    }

    /// Rows that have to follow a key which changes.
    pub(super) async fn load_followers(
        &mut self,
        lacking: &[(SlotId, u8)],
        caller: &'static Location<'static>,
    ) -> Result<()> {
        for (owner, relation) in lacking {
            let Some(model) = self.objects.object(*owner).map(|object| object.definition()) else { continue };
            let branch = Branch { relation: *relation, narrowing: None, branches: Vec::new() };
            self.load_branches(model, &[*owner], &[branch], Populate::Stale, caller).await?;
        }
        Ok(())
    }

    /// A collection that was not loaded and is set anew: what it held before is loaded, so that it can be let go.
    pub(super) async fn load_replaced(&mut self, caller: &'static Location<'static>) -> Result<()> {
        for position in 0..self.objects.touched.len() {
            let slot = self.objects.touched[position];
            let Some(model) = self.objects.object(slot).map(|object| object.definition()) else { continue };
            for relation in links::of(model)? {
                let held =
                    self.objects.slot(slot).held.as_ref().map(|held| held[usize::from(relation.index)].load);
                let Some(items) = self.objects.relation_mut(slot, relation.index) else { continue };
                let replaced = held == Some(Load::NotLoaded)
                    && items.load == Load::Loaded
                    && relation.definition.kind != RelationKind::BelongsTo;
                if !replaced {
                    continue;
                }
                let wanted = std::mem::replace(items, Items::not_loaded());
                let branch = Branch { relation: relation.index, narrowing: None, branches: Vec::new() };
                let loaded = self.load_branches(model, &[slot], &[branch], Populate::Stale, caller).await;
                if let Some(items) = self.objects.relation_mut(slot, relation.index) {
                    *items = wanted;
                }
                loaded?;
            }
        }
        Ok(())
    }

    pub(crate) async fn select_into(
        &mut self,
        request: &Request,
        output: Output,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        let Request { select, with: _, autoflush, populate_existing: _, caller } = request;
        self.ready()?;
        self.autoflush(select.model().map_or("rows", |model| model.name), *autoflush, caller).await?;
        let rendered = render::select(select, output, self.engine.dialect())?;
        let bound: Vec<ValueRef<'_>> = rendered.values.iter().map(Value::as_ref).collect();
        run(&mut self.transaction, &self.engine, &Sql::new(rendered.sql), &bound, sink, caller).await
    }

    pub(super) async fn autoflush(
        &mut self,
        model: &str,
        wanted: Option<bool>,
        caller: &'static Location<'static>,
    ) -> Result<()> {
        if !wanted.unwrap_or(self.options.autoflush) || !self.objects.may_have_work() {
            return Ok(());
        }
        self.flush_from(caller)
            .await
            .map_err(|error| error.context(format!("in the flush before the query of `{model}` at {caller}")))
    }
}

/// What `load` takes: a handle, or a list of them.
pub trait LoadTargets<T> {
    #[doc(hidden)]
    fn handles(self) -> Vec<Handle<T>>;
}

impl<T> LoadTargets<T> for Handle<T> {
    fn handles(self) -> Vec<Handle<T>> {
        vec![self]
    }
}

impl<T> LoadTargets<T> for &Handle<T> {
    fn handles(self) -> Vec<Handle<T>> {
        vec![*self]
    }
}

impl<T> LoadTargets<T> for &[Handle<T>] {
    fn handles(self) -> Vec<Handle<T>> {
        self.to_vec()
    }
}

impl<T> LoadTargets<T> for &Vec<Handle<T>> {
    fn handles(self) -> Vec<Handle<T>> {
        self.clone()
    }
}

/// A load under way. Await it.
#[must_use = "a load does nothing until it is awaited"]
pub struct LoadRequest<'s> {
    session: &'s mut UnitOfWork,
    model: &'static ModelDef,
    slots: Vec<SlotId>,
    branches: Vec<Branch>,
    alone: bool,
    caller: &'static Location<'static>,
}

impl LoadRequest<'_> {
    /// Leaves the siblings alone that came from the same query.
    pub fn alone(mut self) -> Self {
        self.alone = true;
        self
    }
}

impl<'s> IntoFuture for LoadRequest<'s> {
    type Output = Result<()>;
    type IntoFuture = BoxFuture<'s, Result<()>>;

    fn into_future(self) -> Self::IntoFuture {
        let LoadRequest { session, model, slots, branches, alone, caller } = self;
        Box::pin(async move { session.load_slots(model, &slots, &branches, alone, caller).await })
    }
}

/// Runs a SELECT on the transaction's connection, or on one that is borrowed for it.
async fn run(
    transaction: &mut Option<Link>,
    engine: &AnyEngine,
    sql: &std::sync::Arc<Sql>,
    values: &[ValueRef<'_>],
    sink: &mut dyn RowSink,
    caller: &'static Location<'static>,
) -> Result<()> {
    match transaction {
        Some(link) => {
            link.caller = caller;
            link.run(sql, values, sink).await?;
        }
        None => {
            engine.connect(caller).await?.run(sql, values, sink).await?;
        }
    }
    Ok(())
}
