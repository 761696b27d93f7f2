//! The reading half of a session: objects by key, queries, relations of objects that are there, and what a flush has to know
//! before it deletes.

use std::panic::Location;

use rustc_hash::FxHashSet;

use super::objects::Objects;
use super::related::{Found, Loading, Origin, TrackingAlong};
use super::tail::Tailed;
use super::tracking::{self, Populate, Tracking};
use super::{Effect, Errand, Lender, Lent, ObjectState, Phase, Request, UnitOfWork};
use crate::along::{Along, Prefetched};
use crate::any_engine::{AnyEngine, Link};
use crate::definition::{AnyModel, Cascade, Items, Load, ModelDef, RelationKind};
use crate::engine::{Done, RowSink, Sql};
use crate::error::{Error, ErrorKind, Result};
use crate::handle::{Handle, SlotId};
use crate::key::{IntoKey, KeyValues};
use crate::links::{self, Relation};
use crate::model::{Branch, Cols, Eager, Model, branches};
use crate::node::{Output, Select};
use crate::now::BoxFuture;
use crate::render::Rendered;
use crate::value::{Value, ValueRef};

/// How the session loads what it has to know for a flush.
pub(super) const FOR_ITSELF: (Populate, Origin) = (Populate::Stale, Origin::Session);

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
        let bound = crate::key::bound(&key);
        let mut sink = Tracking::new(&mut self.objects, model, populate);
        run(&mut self.transaction, &self.engine, sql, &bound, &mut sink, caller).await?;
        Ok(sink.found.first().copied())
    }

    /// Reads an object's row again, and overwrites the object with it, changes included. What its relations hold that
    /// cascade "refresh-expire" is read again as well, where it was loaded.
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
        let branches = self.loaded_along(slot, Cascade::REFRESH, &mut FxHashSet::default())?;
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
            Some(_) if branches.is_empty() => Ok(()),
            Some(_) => {
                let all_again = (Populate::Existing, Origin::Session);
                self.load_branches(model, &[slot], &branches, all_again, caller).await
            }
            None => Err(Error::new(ErrorKind::Stale { object: label })),
        }
    }

    /// The relations of an object that have a cascade and are loaded, and those beyond them.
    fn loaded_along(
        &self,
        slot: SlotId,
        cascade: Cascade,
        seen: &mut FxHashSet<SlotId>,
    ) -> Result<Vec<Branch>> {
        let mut branches: Vec<Branch> = Vec::new();
        let Some(object) = self.objects.object(slot).filter(|_| seen.insert(slot)) else {
            return Ok(branches);
        };
        for relation in links::of(object.definition())? {
            let Some(items) = object.relation(relation.index) else { continue };
            if items.load != Load::Loaded || !relation.definition.cascade.has(cascade) {
                continue;
            }
            let mut branch = Branch::new(relation.index);
            for member in items.slots() {
                branch.join(self.loaded_along(member, cascade, seen)?);
            }
            branches.push(branch);
        }
        Ok(branches)
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
        let Request { select, with, autoflush, populate_existing: _, tail, caller } = request;
        self.ready()?;
        self.autoflush(model.name, *autoflush, caller).await?;
        let populate = request.populate();
        let (select, along) = Along::of_query(select, model, with)?;
        if along.is_empty() {
            let statement = self.engine.prepare(&select, Output::Rows)?;
            self.begin_for_lock(&select, caller).await?;
            let mut sink = Tracking::new(&mut self.objects, model, populate);
            let mut tailed;
            let taker: &mut dyn RowSink = match tail {
                Some(tail) => {
                    tailed = Tailed { tail, sink: &mut sink };
                    &mut tailed
                }
                None => &mut sink,
            };
            run(&mut self.transaction, &self.engine, &statement.sql, &statement.bound(), taker, caller)
                .await?;
            let found = sink.found.into_vec();
            self.objects.remember_cohort(&found);
            if !with.is_empty() {
                self.load_branches(model, &found, with, (populate, Origin::Query), caller).await?;
            }
            return Ok(found);
        }
        let statement = self.engine.prepare_along(&select, &along)?;
        let sink = Tracking::new(&mut self.objects, model, populate);
        let mut sink = TrackingAlong::new(sink, &along);
        run(&mut self.transaction, &self.engine, &statement.sql, &statement.bound(), &mut sink, caller)
            .await?;
        let TrackingAlong { tracking, reader, .. } = sink;
        let (found, prefetched) = (tracking.found.into_vec(), reader.finish());
        self.objects.remember_cohort(&found);
        self.load_prefetched(model, &found, with, (populate, Origin::Query), prefetched, caller).await?;
        Ok(found)
    }

    /// Takes an object that a row of a mixed selection was read into.
    pub(crate) fn place_object(&mut self, object: Box<dyn AnyModel>, populate: Populate) -> Result<SlotId> {
        let slot = tracking::take(&mut self.objects, object, populate)?;
        self.placed.push(slot);
        Ok(slot)
    }

    /// Flushes, and lends a connection to a stream: that of the transaction, which has no other use until the stream ends,
    /// or else one of its own.
    pub(crate) async fn lend(&mut self, errand: Errand) -> Result<Lent> {
        let caller = errand.caller;
        self.prepare(errand).await?;
        match self.transaction.take() {
            Some(mut link) => {
                link.caller = caller;
                self.phase = Phase::Streaming;
                Ok(Lent { link, of: Lender::Transaction })
            }
            None => Ok(Lent { link: self.engine.connect(caller).await?, of: Lender::Pool }),
        }
    }

    /// Runs a statement that no query builder made. After one that may have written, every object is stale.
    pub(crate) async fn run_sql(
        &mut self,
        errand: Errand,
        statement: &Rendered,
        sink: &mut dyn RowSink,
    ) -> Result<Done> {
        let Errand { caller, effect, .. } = errand;
        self.prepare(errand).await?;
        let bound: Vec<ValueRef<'_>> = statement.values.iter().map(Value::as_ref).collect();
        let sql = self.engine.own_text(&statement.sql);
        let outcome = run(&mut self.transaction, &self.engine, &sql, &bound, sink, caller).await;
        if effect == Effect::Writes {
            self.objects.epoch += 1;
        }
        outcome
    }

    /// What comes before a statement: pending changes, and the transaction that a write takes part in.
    async fn prepare(&mut self, errand: Errand) -> Result<()> {
        let Errand { what, autoflush, effect, caller } = errand;
        self.ready()?;
        if effect == Effect::Writes {
            self.writable(|| what.to_owned())?;
        }
        self.autoflush(what, autoflush, caller).await?;
        match effect {
            Effect::Writes => self.begin_from(self.options.transaction, caller).await,
            Effect::Reads => Ok(()),
        }
    }

    /// A stream ended: its connection goes on with the transaction, unless that was given up meanwhile.
    pub(crate) fn take_back(&mut self, lent: Lent) {
        if lent.of == Lender::Transaction && self.phase == Phase::Streaming {
            self.transaction = Some(lent.link);
            self.phase = Phase::Active;
        }
    }

    /// A stream was dropped before its end, and the transaction with it.
    pub(crate) fn lose_lent(&mut self) {
        if self.phase == Phase::Streaming {
            self.fail(
                "a stream was dropped before its end inside a transaction, which was rolled back: `close` keeps it"
                    .into(),
            );
        }
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
        how: (Populate, Origin),
        caller: &'static Location<'static>,
    ) -> Result<()> {
        self.load_prefetched(model, owners, branches, how, Prefetched::default(), caller).await
    }

    /// The same, where a statement read some of it along.
    async fn load_prefetched(
        &mut self,
        model: &'static ModelDef,
        owners: &[SlotId],
        branches: &[Branch],
        (populate, origin): (Populate, Origin),
        prefetched: Prefetched<Found>,
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
        Loading { objects, engine, link, populate, origin }
            .branches(model, owners, branches, prefetched)
            .await
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
        crate::along::check_given(branches)?;
        self.autoflush(model.name, None, caller).await?;
        for branch in branches {
            // The siblings that came from the same query are loaded at once, so that a loop over them asks once.
            let relation = branch.relation;
            let lacks = |objects: &Objects, slot: SlotId| {
                objects.relation(slot, relation).is_some_and(|items| items.load != Load::Loaded)
            };
            let mut owners = targets.to_vec();
            if !alone
                && branch.how.narrowing.is_none()
                && targets.iter().any(|slot| lacks(&self.objects, *slot))
            {
                for target in targets {
                    let cohort = self.objects.slot(*target).cohort;
                    for sibling in &self.objects.cohorts[cohort as usize] {
                        let persistent = self.objects.slot(*sibling).state == ObjectState::Persistent;
                        let refuses = self.objects.refuses(*sibling, relation);
                        if persistent && !refuses && lacks(&self.objects, *sibling) {
                            owners.push(*sibling);
                        }
                    }
                }
            }
            let wanted = (Populate::Stale, Origin::Load);
            self.load_branches(model, &owners, std::slice::from_ref(branch), wanted, caller).await?;
        }
        Ok(())
    }

    /// Loads what hangs on objects that are to be deleted, level by level, and what stood in collections that were replaced
    /// without having been loaded. Gives the objects whose children are known now.
    pub(super) async fn load_for_flush(
        &mut self,
        doomed: &[SlotId],
        caller: &'static Location<'static>,
    ) -> Result<FxHashSet<SlotId>> {
        let mut level = doomed.to_vec();
        let mut seen: FxHashSet<SlotId> = level.iter().copied().collect();
        while !level.is_empty() {
            let mut next = Vec::new();
            for (model, owners) in self.objects.by_model(&level) {
                for relation in links::of(model)? {
                    if !hangs_on(relation) {
                        continue;
                    }
                    let cascades = relation.definition.cascade.has(Cascade::DELETE);
                    let branch = Branch::new(relation.index);
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
                        self.load_branches(model, &missing, &[branch], FOR_ITSELF, caller).await?;
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

    /// What a flush would have to read before it writes, and what it would do with what it finds: a line for each relation.
    pub(super) fn unknown(&self) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for slot in self.objects.doomed_now() {
            let Some(model) = self.objects.object(slot).map(|object| object.definition()) else { continue };
            for relation in links::of(model)?.iter().filter(|relation| hangs_on(relation)) {
                let is_loaded = |items: &Items| items.load == Load::Loaded;
                if self.objects.relation(slot, relation.index).is_none_or(is_loaded) {
                    continue;
                }
                let fate = match relation.definition.kind {
                    _ if relation.definition.cascade.has(Cascade::DELETE) => "deleted as well",
                    RelationKind::ManyToMany => "their links deleted",
                    RelationKind::BelongsTo | RelationKind::HasOne | RelationKind::HasMany => {
                        "their foreign key set to NULL, or an error where it takes none"
                    }
                };
                let (name, label) = (relation.name(), self.objects.label(slot));
                lines.push(format!("and what is not loaded of {name} of {label}: {fate}"));
            }
        }
        for slot in &self.objects.touched {
            let Some(model) = self.objects.object(*slot).map(|object| object.definition()) else { continue };
            for relation in links::of(model)? {
                if self.replaces_unread(*slot, relation) {
                    let (name, label) = (relation.name(), self.objects.label(*slot));
                    lines.push(format!(
                        "and what {name} of {label} held before, which is not loaded: taken out"
                    ));
                }
            }
        }
        Ok(lines)
    }

    /// Whether a collection was set anew that was not loaded before.
    fn replaces_unread(&self, slot: SlotId, relation: &Relation) -> bool {
        let held = self.objects.slot(slot).held.as_ref();
        held.is_some_and(|held| held[usize::from(relation.index)].load == Load::NotLoaded)
            && relation.definition.kind != RelationKind::BelongsTo
            && self.objects.relation(slot, relation.index).is_some_and(|items| items.load == Load::Loaded)
    }

    /// Rows that have to follow a key which changes.
    pub(super) async fn load_followers(
        &mut self,
        lacking: &[(SlotId, u8)],
        caller: &'static Location<'static>,
    ) -> Result<()> {
        for (owner, relation) in lacking {
            let Some(model) = self.objects.object(*owner).map(|object| object.definition()) else { continue };
            let branch = Branch::new(*relation);
            self.load_branches(model, &[*owner], &[branch], FOR_ITSELF, caller).await?;
        }
        Ok(())
    }

    /// A collection that was not loaded and is set anew: what it held before is loaded, so that it can be let go.
    pub(super) async fn load_replaced(&mut self, caller: &'static Location<'static>) -> Result<()> {
        for position in 0..self.objects.touched.len() {
            let slot = self.objects.touched[position];
            let Some(model) = self.objects.object(slot).map(|object| object.definition()) else { continue };
            for relation in links::of(model)? {
                if !self.replaces_unread(slot, relation) {
                    continue;
                }
                let Some(items) = self.objects.relation_mut(slot, relation.index) else { continue };
                let wanted = std::mem::replace(items, Items::not_loaded());
                let branch = Branch::new(relation.index);
                let loaded = self.load_branches(model, &[slot], &[branch], FOR_ITSELF, caller).await;
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
        let Request { select, with: _, autoflush, populate_existing: _, tail, caller } = request;
        self.ready()?;
        self.autoflush(select.model().map_or("rows", |model| model.name), *autoflush, caller).await?;
        let statement = self.engine.prepare(select, output)?;
        let mut tailed;
        let sink: &mut dyn RowSink = match tail {
            Some(tail) => {
                tailed = Tailed { tail, sink };
                &mut tailed
            }
            None => sink,
        };
        self.begin_for_lock(select, caller).await?;
        self.ready()?;
        run(&mut self.transaction, &self.engine, &statement.sql, &statement.bound(), sink, caller).await?;
        Ok(())
    }

    /// Runs a SELECT as it is, without a flush before it.
    pub(crate) async fn run_select(
        &mut self,
        rendered: Rendered,
        sink: &mut dyn RowSink,
        caller: &'static Location<'static>,
    ) -> Result<()> {
        self.ready()?;
        let bound: Vec<ValueRef<'_>> = rendered.values.iter().map(Value::as_ref).collect();
        let sql = self.engine.own_text(&rendered.sql);
        run(&mut self.transaction, &self.engine, &sql, &bound, sink, caller).await?;
        Ok(())
    }

    /// A lock lasts as long as its transaction: a query that locks begins the session's.
    async fn begin_for_lock(&mut self, select: &Select, caller: &'static Location<'static>) -> Result<()> {
        match select.lock {
            Some(_) => self.begin_from(self.options.transaction, caller).await,
            None => Ok(()),
        }
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

/// Whether a deletion of its owner has to know what a relation leads to.
fn hangs_on(relation: &Relation) -> bool {
    let definition = relation.definition;
    match definition.kind {
        RelationKind::BelongsTo => definition.cascade.has(Cascade::DELETE),
        RelationKind::HasOne | RelationKind::HasMany | RelationKind::ManyToMany => {
            !definition.passive_deletes && !definition.view_only
        }
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
) -> Result<Done> {
    match transaction {
        Some(link) => {
            link.caller = caller;
            link.run(sql, values, sink).await
        }
        None => engine.run_alone(sql, values, sink, caller).await,
    }
}
