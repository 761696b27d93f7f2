//! The reading half of a session. Here: objects by their keys, and how a statement finds its connection.

mod before_flush;
mod lending;
mod loads;
mod queries;

use std::panic::Location;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::related::Origin;
use super::tracking::{Populate, Tracking};
use super::{ObjectState, Then, UnitOfWork};
use crate::any_engine::{AnyEngine, Link};
use crate::definition::{Cascade, Load, ModelDef};
use crate::engine::{Done, RowSink, Sql};
use crate::error::{Error, ErrorKind, Result};
use crate::handle::{Handle, SlotId};
use crate::key::{IntoKey, KeyValues, bound};
use crate::links;
use crate::model::{Branch, Model};
use crate::now::Now;
use crate::value::{Value, ValueRef};

pub use loads::{LoadRequest, LoadTargets};

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
        let bound = bound(&key);
        let mut sink = Tracking::one(&mut self.objects, model, populate);
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

    pub(super) async fn autoflush(
        &mut self,
        model: &str,
        wanted: Option<bool>,
        caller: &'static Location<'static>,
    ) -> Result<()> {
        if !wanted.unwrap_or(self.options.autoflush) || !self.objects.may_have_work() {
            return Ok(());
        }
        // In a box: few reads come with a flush, and its future is so large that reads would take longer to move theirs than to
        // do all else that tracking asks for.
        Box::pin(self.flush_from(Then::GoOn, caller))
            .await
            .map_err(|error| error.context(format!("in the flush before the query of `{model}` at {caller}")))
    }
}

/// Runs a SELECT on the transaction's connection, or on one that is borrowed for it.
fn run<'a>(
    transaction: &'a mut Option<Link>,
    engine: &'a AnyEngine,
    sql: &'a Arc<Sql>,
    values: &'a [ValueRef<'a>],
    sink: &'a mut dyn RowSink,
    caller: &'static Location<'static>,
) -> Now<'a, Result<Done>> {
    match transaction {
        Some(link) => {
            link.caller = caller;
            link.run(sql, values, sink)
        }
        None => engine.run_alone(sql, values, sink, caller),
    }
}
