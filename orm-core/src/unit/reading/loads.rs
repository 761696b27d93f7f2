//! Relations of objects that the session holds: `session.load`, and what queries load behind their rows.

use std::panic::Location;

use crate::along::{self, Prefetched};
use crate::definition::{Load, ModelDef};
use crate::error::Result;
use crate::handle::{Handle, SlotId};
use crate::model::{Branch, Cols, Eager, Model, branches};
use crate::now::BoxFuture;
use crate::unit::objects::Objects;
use crate::unit::related::{Found, Loading, Origin};
use crate::unit::tracking::Populate;
use crate::unit::{ObjectState, UnitOfWork};

impl UnitOfWork {
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

    /// Loads relations of objects that the session holds, on the transaction's connection or a borrowed one.
    pub(in crate::unit) async fn load_branches(
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
    pub(super) async fn load_prefetched(
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
        along::check_given(branches)?;
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
                    for sibling in self.objects.siblings(*target) {
                        let persistent = self.objects.slot(sibling).state == ObjectState::Persistent;
                        let refuses = self.objects.refuses(sibling, relation);
                        if persistent && !refuses && lacks(&self.objects, sibling) {
                            owners.push(sibling);
                        }
                    }
                }
            }
            let wanted = (Populate::Stale, Origin::Load);
            self.load_branches(model, &owners, std::slice::from_ref(branch), wanted, caller).await?;
        }
        Ok(())
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
